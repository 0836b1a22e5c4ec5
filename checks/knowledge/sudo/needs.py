"""The commands that somebody needs, as they type them, and why one is not granted. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

from checks.knowledge.sudo.findings import Hazard
from checks.knowledge.sudo.rights import NUMBERS, Grant, Listing, Right, matches, same_command
from checks.knowledge.sudo.typed import Typed, calls, parse
from checks.model import msg

FOLDERS = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")


class Need(NamedTuple):
    """One line of what is needed. ``named``: the call says as whom. ``names`` are the variables that it sets or keeps,
    ``switches`` the options of sudo that a rule has to allow as well (-E, -i, -s, -D, -R)."""

    line: str
    argv: tuple[str, ...]
    user: str
    group: str
    named: bool
    names: tuple[str, ...] = ()
    switches: str = ""
    folders: tuple[str, ...] = FOLDERS

    def rights(self) -> list[Right]:
        """What sudo may take it for: a bare name is looked for in the usual folders."""
        first, *rest = self.argv
        if "/" in first or first == "sudoedit":
            return [Right(self.argv, self.user, self.group)]
        return [Right((f"{folder}/{first}", *rest), self.user, self.group) for folder in self.folders]


def read_all(line: str, account: str, default: str = "root") -> list[Need]:
    """Of a line as it is typed, which may hold several calls. Raises ValueError."""
    each = calls(line)
    if len(each) == 1:
        return [_one(line, each[0], account, default)]
    return [_one(one, one, account, default) for one in each]


def read(line: str, account: str, default: str = "root") -> Need:
    """Of ``sudo -n -u www-data /usr/bin/x``, or of the command alone. Raises ValueError."""
    first, *more = read_all(line, account, default)
    if more:
        raise ValueError("expected one command")
    return first


def _one(line: str, text: str, account: str, default: str) -> Need:
    words = shlex.split(re.sub(r"(?<=[^\s\\]);\s*\Z", "", text))
    typed = Typed(tuple(words), "", "", (), "")
    if words and words[0].rpartition("/")[2] == "sudo":
        typed = parse(words[1:])
    argv = typed.words
    if "e" in typed.switches:
        argv = ("sudoedit", *argv)
    if not argv and not set("is") & set(typed.switches):
        raise ValueError("there is no command")
    if set("is") & set(typed.switches):
        argv = ("/bin/bash", *(["-c", " ".join(argv)] if argv else []))
    if "/" in argv[0] and not argv[0].startswith("/"):
        raise ValueError(f"expected a command with its whole path, not {argv[0]}")
    by_default = account if typed.group else default
    named = bool(typed.user or typed.group)
    switches = "".join(letter for letter in "EisDR" if letter in typed.switches)
    numbered = {number: name for name, number in NUMBERS.items()}
    user = numbered.get(typed.user, typed.user) or by_default
    return Need(line, argv, user, typed.group, named, typed.names, switches)


def decide(need: Need, listing: Listing, now: str = "") -> tuple[bool, Grant | None]:
    """Whether `need` is granted, and by what; by a rule that asks for a password too."""
    for right in need.rights():
        granted, by = listing.decide(right, now)
        if granted or (granted is None and by is not None and by.digest and not by.negated):
            return True, by
    return False, None


def uses(need: Need, grant: Grant) -> bool:
    """Whether `grant` is one that allows `need`."""
    one = Listing((grant._replace(negated=False, digest=False, since="", until=""),))
    return any(one.decide(right)[0] for right in need.rights())


def why_not(need: Need, grants: list[Grant]) -> Iterator[tuple[Grant, Hazard]]:
    """The rules that were meant to allow `need`, with what is different."""
    for grant in grants:
        if grant.negated or grant.command in ("ALL", "list"):
            continue
        if any(matches(grant, right) for right in need.rights()):
            users = ", ".join(grant.users) + (f":{', '.join(grant.groups)}" if grant.groups else "")
            if need.named:
                said = msg(
                    "{command:code} is needed as {wanted:code}, and the rule is for {granted:code}.",
                    command=need.line,
                    wanted=f"{need.user}{f':{need.group}' if need.group else ''}",
                    granted=users,
                )
                yield grant, Hazard("RUNAS_MISMATCH", "medium", said)
            else:
                said = msg(
                    "The call does not say as whom it runs, and so means root; the rule is for {granted:code}: "
                    "{command:code}",
                    granted=users,
                    command=need.line,
                )
                yield grant, Hazard("RUNAS_MISSING_IN_CALL", "medium", said)
        elif _close(need, grant):
            said = msg("{command:code} is needed; the text of the rule is another.", command=need.line)
            yield grant, Hazard("PIN_MISMATCH", "medium", said)


def _close(need: Need, grant: Grant) -> bool:
    """Whether the same program is meant, with arguments that a person might take for the same."""
    right = need.rights()[0]
    if right.argv[0].rpartition("/")[2] != grant.command.rpartition("/")[2] or grant.arguments is None:
        return False
    one, other = _plain(right.arguments), _plain(grant.text())
    if one == other and same_command(right.argv[0], grant.command):
        return True
    return SequenceMatcher(None, one, other).ratio() > 0.8


def _plain(arguments: str) -> str:
    text = re.sub(r"[\"'\\]", "", arguments)
    return re.sub(r"\b0+(?=[0-7]{3}\b)|\.service\b|/(?=\s|\Z)", "", text).strip()
