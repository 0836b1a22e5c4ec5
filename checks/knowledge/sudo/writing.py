"""Rights, written as lines of sudoers. Pure."""

from __future__ import annotations

import re

from checks.knowledge.sudo.rights import Right


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
