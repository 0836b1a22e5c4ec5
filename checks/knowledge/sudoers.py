"""What sudo lists, read and matched as sudo itself does. Pure: text in, decisions out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from checks.knowledge.wildcards import glob, regex, unescaped, wildcard

_ENTRY = re.compile(r"(?:Sudoers entry|\S+ Role):")
_FIELD = re.compile(r"    ([A-Za-z]+):(?: (.*))?")
_DIGEST = re.compile(r"(?:sha\d+:\S+,?\s+)+")
_MERGED = re.compile(r"/(?:usr/)?s?bin(?=/[^/]+\Z)")


class Right(NamedTuple):
    """A command that is to be allowed: exact words, and as whom."""

    argv: tuple[str, ...]
    user: str = "root"
    group: str = ""

    @property
    def arguments(self) -> str:
        """As sudo compares them: joined by spaces."""
        return " ".join(self.argv[1:])


class Grant(NamedTuple):
    """One command of a rule, as listed. ``arguments`` None: any; ``'""'``: none. ``password`` None: as the
    defaults say. ``since`` and ``until`` are sudo's compact times, or empty."""

    users: tuple[str, ...]
    groups: tuple[str, ...]
    negated: bool
    digest: bool
    command: str
    arguments: str | None
    password: bool | None
    setenv: bool
    since: str
    until: str
    listed: str

    @property
    def is_regex(self) -> bool:
        return self.command.startswith("^") or (self.arguments or "").startswith("^")

    @property
    def is_exact(self) -> bool:
        """Whether it grants one command with one text of arguments."""
        patterns = self.is_regex or wildcard(self.command) or wildcard(self.arguments or "")
        return self.arguments is not None and not patterns and self.command[-1:] != "/"

    def text(self) -> str:
        """The arguments of an exact one."""
        return "" if self.arguments == '""' else unescaped(self.arguments or "")

    def shown(self, password: bool) -> str:
        """The rule as ``sudo -l`` would put it."""
        groups = f" : {', '.join(self.groups)}" if self.groups else ""
        return f"({', '.join(self.users)}{groups}) {'PASSWD' if password else 'NOPASSWD'}: {self.listed}"


class Listing(NamedTuple):
    """All that an account may do, in the order of sudo: the last match counts."""

    grants: tuple[Grant, ...]
    authenticate: bool = True
    special: tuple[tuple[str, frozenset[str], bool], ...] = ()

    def password(self, grant: Grant, right: Right | None = None) -> bool:
        """Whether `grant` asks for a password (when used for `right`)."""
        if grant.password is not None:
            return grant.password
        asked = self.authenticate
        for sort, names, authenticate in self.special:
            used = {right.user} if right else set(grant.users)
            if sort == "!":
                used = {right.argv[0] if right else grant.command, "ALL"}
            if names & used:
                asked = authenticate
        return asked

    def in_force(self, now: str) -> list[Grant]:
        """The grants that neither time nor a rule after them has taken back altogether."""
        grants: list[Grant] = []
        for one in self.grants:
            if one.negated and one.command == "ALL":
                grants = [g for g in grants if "ALL" not in one.users and not set(g.users) <= set(one.users)]
            elif not one.negated and (not one.until or valid(one, now)):
                grants.append(one)
        return [g for g in grants if not self._taken_back(g)]

    def _taken_back(self, grant: Grant) -> bool:
        if not (grant.is_exact and grant.users):
            return False
        right = Right((unescaped(grant.command), *filter(None, [grant.text()])), grant.users[0])
        return self.decide(right)[0] is False

    def decide(self, right: Right, now: str = "") -> tuple[bool | None, Grant | None]:
        """Whether `right` is granted (None: it depends on what the list does not show), and by what.
        `now` (RFC 3339, UTC) leaves out rules that are not valid yet or any more."""
        for grant in reversed(self.grants):
            if not valid(grant, now):
                continue
            found = _both(_runas(grant, right), matches(grant, right))
            if found is None or (found and grant.digest):
                return None, grant
            if found:
                return not grant.negated, grant
        return False, None


def valid(grant: Grant, now: str) -> bool:
    """Whether `grant` is in force at `now`."""
    digits = re.sub(r"\D", "", now)[:14]
    since, until = (re.sub(r"\D", "", t)[:14] for t in (grant.since, grant.until))
    return not digits or ((not since or since <= digits) and (not until or digits <= until))


def parse(text: str) -> Listing | None:
    """The listing in the output of ``sudo -ll``; None where there is none."""
    before, found, after = text.partition(" may run the following commands on ")
    if not found:
        return None
    grants: list[Grant] = []
    fields: dict[str, str] = {}
    for line in _unwrapped(after.splitlines()[1:]):
        if _ENTRY.match(line):
            fields = {}
        elif line.startswith("\t"):
            grants.append(_grant(line.strip(), fields))
        elif match := _FIELD.match(line):
            fields[match[1]] = match[2] or ""
    defaults = re.search(r"Matching Defaults entries for .*?:\n(.*?)(?:\n\n|\Z)", before, re.DOTALL)
    words = re.split(r",\s+", defaults[1].strip()) if defaults else []
    switches = [word == "authenticate" for word in words if word in ("authenticate", "!authenticate")]
    special = tuple(
        (m[1], frozenset(m[2].split(",")), m[3] == "")
        for m in re.finditer(r"Defaults([>!])(\S+) (?:[^\n]*?, )?(!?)authenticate\b", before)
    )
    return Listing(tuple(grants), (switches or [True])[-1], special)


def _unwrapped(lines: Iterable[str]) -> list[str]:
    """`lines` with those joined that sudo broke at the width of the terminal."""
    joined: list[str] = []
    for line in lines:
        if line.startswith(" " * 8) and joined:
            joined[-1] += " " + line.strip()
        else:
            joined.append(line.rstrip())
    return joined


def _grant(listed: str, fields: dict[str, str]) -> Grant:
    plain = listed.lstrip("!")
    digest = _DIGEST.match(plain)
    command, arguments = _split(plain[digest.end() :] if digest else plain)
    options = fields.get("Options", "").split(", ")
    password = False if "!authenticate" in options else True if "authenticate" in options else None
    return Grant(
        users=_names(fields.get("RunAsUsers", "root")),
        groups=_names(fields.get("RunAsGroups", "")),
        negated=(len(listed) - len(plain)) % 2 == 1,
        digest=bool(digest),
        command=command,
        arguments=arguments,
        password=password,
        setenv="setenv" in options,
        since=fields.get("NotBefore", ""),
        until=fields.get("NotAfter", ""),
        listed=listed,
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in re.split(r",\s*", text.strip()) if name)


def _split(text: str) -> tuple[str, str | None]:
    """Command and arguments: at the first blank that is not escaped, or after a regular expression."""
    match = re.match(
        r"(\^.*?\$)(?:\s+(.*))?\Z" if text.startswith("^") else r"((?:\\.|[^\s\\])+)(?:\s+(.*))?\Z", text
    )
    return (match[1], match[2]) if match else (text, None)


def _both(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def _runas(grant: Grant, right: Right) -> bool | None:
    user = _listed(grant.users, right.user, "#0" if right.user == "root" else "")
    return _both(user, _listed(grant.groups, right.group, "")) if right.group else user


def _listed(names: Sequence[str], wanted: str, number: str) -> bool | None:
    found: bool | None = False
    for name in names:
        plain = name.lstrip("!")
        if plain in ("ALL", wanted, number):
            found = plain == name
        elif plain[:1] in "%+" or (plain[:1] == "#" and plain != "#0" and not number):
            found = None if found is not (plain == name) else found
    return found


def matches(grant: Grant, right: Right) -> bool | None:
    """Whether the command and arguments of `grant` are those of `right`; None where that cannot be told."""
    if grant.command == "ALL":
        return True
    return _both(_command(grant.command, right.argv[0]), _arguments(grant, right))


def _command(pattern: str, path: str) -> bool | None:
    if "sudoedit" in (pattern, path) or pattern == "list":
        return pattern == path
    if pattern.startswith("^"):
        return regex(pattern, path)  # the text as typed: sudo does not compare files here
    if pattern.endswith("/"):
        return any(one.rpartition("/")[0] + "/" == pattern for one in _same(path))
    return any(glob(pattern, True).fullmatch(one) for one in _same(path))


def _arguments(grant: Grant, right: Right) -> bool | None:
    pattern = grant.arguments
    if pattern is None:
        return True
    if pattern == '""':
        return not right.arguments
    if pattern.startswith("^"):
        return regex(pattern, right.arguments)
    return bool(glob(pattern, grant.command == "sudoedit").fullmatch(right.arguments))


def _same(path: str) -> set[str]:
    """`path` and what it is as well where /bin is a link to /usr/bin: sudo compares the files."""
    match = _MERGED.match(path)
    if not match:
        return {path}
    rest, tail = path[match.end() :], match[0].removeprefix("/usr")
    return {path, f"/usr{tail}{rest}", f"{tail}{rest}"}


def same_command(one: str, other: str) -> bool:
    """Whether two paths are one command, merged /usr allowed for."""
    return one in _same(other)


def refused(text: str) -> bool:
    """Whether sudo says that the account has no right at all."""
    return bool(
        re.search(r"may not run sudo|not allowed to run sudo|not in the sudoers file|afraid I can't", text)
    )


def wants_password(text: str) -> bool:
    """Whether sudo would not even list rights without a password."""
    return bool(re.search(r"password is required|authentication is required|a terminal is required", text))


def rule(user: str, right: Right) -> str:
    """The line of sudoers that grants exactly `right` to `user`, without a password."""
    runas = right.user + (f" : {right.group}" if right.group else "")
    who = re.sub(r"([\\,:=\s#@!%+\"()])", r"\\\1", user)
    return f"{who} ALL=({runas}) NOPASSWD: {command(right)}"


def command(right: Right) -> str:
    """`right` as sudoers wants its commands written."""
    path = re.sub(r"([\\,:=#\s*?\[\]])", r"\\\1", right.argv[0])
    # A leading ^ would make all arguments one regular expression.
    # A backslash is read twice: by the parser, and as a pattern.
    doubled = [argument.replace("\\", "\\\\") for argument in right.argv[1:]]
    arguments = [re.sub(r"([\\,:=#\s*?\[\]!]|^\^)", r"\\\1", argument) for argument in doubled]
    if right.argv[0] == "sudoedit":
        return " ".join([path, *arguments])
    return " ".join([path, *(arguments or ['""'])])
