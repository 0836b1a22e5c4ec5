"""Rights, written as lines of sudoers. Pure."""

from __future__ import annotations

import re

from checks.knowledge.sudo.rights import Right


def rule(user: str, right: Right, *, setenv: bool = False) -> str:
    """The line of sudoers that grants exactly `right` to `user`, without a password."""
    tags = "NOPASSWD: SETENV:" if setenv else "NOPASSWD:"
    return f"{_for(user, right)} {tags} {command(right)}"


def keeping(user: str, right: Right, alias: str, names: list[str]) -> list[str]:
    """The lines that grant `right`, and let the caller set the variables `names` for it alone."""
    return [
        f"Cmnd_Alias {alias} = {command(right)}",
        f'Defaults!{alias} env_keep += "{" ".join(names)}"',
        f"{_for(user, right)} NOPASSWD: {alias}",
    ]


def _for(user: str, right: Right) -> str:
    runas = _name(right.user) + (f" : {_name(right.group)}" if right.group else "")
    return f"{_name(user)} ALL=({runas})"


def _name(name: str) -> str:
    """As sudoers wants names written: in capitals they would be aliases, and ALL would be everybody."""
    if re.fullmatch(r"[A-Z][A-Z0-9_]*|Defaults|\w+_Alias", name):
        return f'"{name}"'
    if re.fullmatch(r"#\d+", name):
        return name
    return re.sub(r"([\\,:=\s#@!%+\"()])", r"\\\1", name)


def command(right: Right) -> str:
    """`right` as sudoers wants its commands written."""
    path = re.sub(r"([\\,:=#\s*?\[\]])", r"\\\1", right.argv[0])
    # A leading ^ would make all arguments one regular expression.
    # A backslash is read twice: by the parser, and as a pattern.
    doubled = [argument.replace("\\", "\\\\") for argument in right.argv[1:]]
    arguments = [re.sub(r"([\\,:=#\s*?\[\]!]|^\^)", r"\\\1", argument) for argument in doubled]
    if "" in right.argv[1:]:
        # sudo sees one text, in which an empty word is one more blank.
        arguments = ["\\ ".join(arguments)]
    if right.argv[0] == "sudoedit":
        return " ".join([path, *arguments])
    return " ".join([path, *(arguments or ['""'])])
