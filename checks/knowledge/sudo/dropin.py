"""The file that grants exactly what is needed, and nothing that gives root away. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from checks.knowledge.sudo import commands, writing
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
    lines = [writing.rule(user, need.rights()[0]) for need in granted]
    text = "".join(f"{line}\n" for line in dict.fromkeys(lines))
    return DropIn(path, text, granted, refused)


def _against(need: Need, host: Host) -> list[Message]:
    """Why a rule for exactly `need` must not be written."""
    argv = need.argv
    if argv[0] != "sudoedit" and not argv[0].startswith("/"):
        return [msg("The whole path of the program is not known: sudo would take the first of its name.")]
    if not all(argv) or re.search(r"[\0-\x1f\x7f]", "".join(argv)) or list(argv[1:]) == ['""']:
        return [msg("It has words that no rule can hold: empty ones, or control characters.")]
    if argv[0].endswith("/") or (argv[0] == "sudoedit" and len(argv) == 1):
        return [msg("It is not one exact command.")]
    if re.search(r"\$[{(A-Za-z_]|`", " ".join(argv)):
        return [msg("It holds a variable: its value has to be known, or the rule would never match.")]
    grant = of(Right(argv, need.user, need.group))
    found = [h for h in commands.hazards(grant, host) if SEVERITIES.index(h.severity) <= 1]
    return [hazard.message for hazard in found] if commands.root(grant) else []


def of(right: Right) -> Grant:
    """The grant of exactly `right`."""
    arguments = re.sub(r"([\\*?\[\]])", r"\\\1", right.arguments) or '""'
    groups = (right.group,) if right.group else ()
    path = re.sub(r"([\\*?\[\]])", r"\\\1", right.argv[0])
    shown = " ".join(right.argv)
    return Grant((right.user,), groups, False, False, path, arguments, False, False, "", "", shown)
