"""The file that grants exactly what is needed, and nothing that gives root away. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from checks.knowledge.sudo import commands, writing
from checks.knowledge.sudo.environment import CODE, LOADER
from checks.knowledge.sudo.findings import SEVERITIES
from checks.knowledge.sudo.host import Host
from checks.knowledge.sudo.needs import Need
from checks.knowledge.sudo.rights import Grant, Right
from checks.model import Message, msg


class DropIn(NamedTuple):
    """``path`` is where it belongs, ``text`` its content (empty: nothing can be granted), ``refused`` what is not in
    it, with the reasons."""

    path: str
    text: str
    granted: list[Need]
    refused: list[tuple[Need, list[Message]]]


def write(user: str, needs: list[Need], host: Host) -> DropIn:
    """The drop-in for `user`. What is dangerous as root, as far as is known of `host`, stays out."""
    path = f"/etc/sudoers.d/{re.sub(r'[^A-Za-z0-9_-]', '-', user)}"
    granted, refused = [], []
    for need in needs:
        why = _against(need, host)
        if why:
            refused.append((need, why))
        else:
            granted.append(need)
    lines: list[str] = []
    for need in granted:
        kept = [name for name in need.names if "E" not in need.switches]
        if kept:
            alias = f"{re.sub(r'[^A-Z0-9]', '_', f'U_{user}'.upper())}_{len(lines) + 1}"
            lines += writing.keeping(user, need.rights()[0], alias, kept)
        else:
            lines.append(writing.rule(user, need.rights()[0], setenv="E" in need.switches))
    text = "".join(f"{line}\n" for line in dict.fromkeys(lines))
    return DropIn(path, text, granted, refused)


def _against(need: Need, host: Host) -> list[Message]:
    """Why a rule for exactly `need` must not be written."""
    argv = need.argv
    if argv[0] != "sudoedit" and not argv[0].startswith("/"):
        return [msg("The whole path of the program is not known: sudo would take the first of its name.")]
    odd = re.search(r"[\0-\x1f\x7f]", "".join(argv)) or list(argv[1:]) in ([""], ['""'])
    # A backslash before a blank at the end of a line would continue it.
    if not argv[0] or odd or " ".join(argv).endswith(" "):
        return [msg("It has words that no rule can hold: empty ones, or control characters.")]
    if argv[0].endswith("/") or (argv[0] == "sudoedit" and len(argv) == 1):
        return [msg("It is not one exact command.")]
    if re.search(r"\$[{(A-Za-z_]|`", " ".join(argv)):
        return [msg("It holds a variable: its value has to be known, or the rule would never match.")]
    if set("isDR") & set(need.switches):
        return [
            msg("It asks sudo for a shell or for another folder: name the program itself, with whole paths.")
        ]
    grant = of(Right(argv, need.user, need.group))
    found = [h for h in commands.hazards(grant, host) if SEVERITIES.index(h.severity) <= 1]
    if not commands.root(grant):
        return []
    heeded = [name for name in need.names if LOADER.match(name) or CODE.match(name)]
    if "E" in need.switches or heeded:
        named = tuple(heeded or ["-E"])
        said = msg("The caller decides what reaches the command: {names:list}", names=named)
        return [*(hazard.message for hazard in found), said]
    return [hazard.message for hazard in found]


def of(right: Right) -> Grant:
    """The grant of exactly `right`."""
    arguments = re.sub(r"([\\*?\[\]])", r"\\\1", right.arguments) or '""'
    groups = (right.group,) if right.group else ()
    path = re.sub(r"([\\*?\[\]])", r"\\\1", right.argv[0])
    shown = " ".join(right.argv)
    return Grant((right.user,), groups, False, False, path, arguments, False, False, "", "", shown)
