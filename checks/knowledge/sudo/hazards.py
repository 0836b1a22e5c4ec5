"""Hazards that many programs share. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.knowledge.sudo.findings import Hazard
from checks.knowledge.sudo.host import Host, Risk, sensitive
from checks.model import msg


def replaceable(risk: Risk) -> Hazard:
    """A part of a path is in the hands of the account."""
    if risk.known:
        said = msg(
            "The account can put something else in the place of what is below {path:code}.", path=risk.path
        )
    else:
        said = msg("Nothing is known of {path:code}; the account may be able to replace it.", path=risk.path)
    return Hazard("PARENT_WRITABLE", "critical", said, True)


def writable_input(program: str, risk: Risk, severity: str = "critical", root: bool = True) -> Hazard:
    """A program does what the account writes into a file."""
    if risk.known:
        said = msg(
            "{program:code} uses what the account can write: {path:code}", program=program, path=risk.path
        )
    else:
        said = msg(
            "{program:code} uses {path:code}, of which nothing is known; the account may be able to write it.",
            program=program,
            path=risk.path,
        )
    return Hazard("WRITABLE_INPUT", severity, said, root)


def writable_target(risk: Risk) -> Hazard:
    """The program itself is in the hands of the account."""
    if risk.known:
        said = msg("The account can replace the program that root runs: {path:code}", path=risk.path)
    else:
        said = msg(
            "Nothing is known of {path:code}; the account may be able to replace the program that root runs.",
            path=risk.path,
        )
    return Hazard("WRITABLE_TARGET", "critical", said, True)


def relative(word: str, severity: str, root: bool = True) -> Hazard:
    """The caller's folder decides."""
    said = msg("{text:code} is no whole path; the folder of the caller decides.", text=word)
    return Hazard("RELATIVE_ARG", severity, said, root)


def trailing_slash(path: str) -> Hazard:
    said = msg(
        "The slash at the end lets a link be followed, and a call without it does not match: {path:code}",
        path=path,
    )
    return Hazard("TRAILING_SLASH", "high", said)


def hands_over(program: str, path: str, host: Host) -> Iterator[Hazard]:
    """The account decides the content of `path`."""
    said = msg("{program:code} writes {path:code}.", program=program, path=path)
    log = path.startswith("/var/log/") and ".." not in path.split("/")
    if sensitive(path) and not log:
        yield Hazard("FILE_WRITE", "critical", said, True)
    elif risk := host.above(path):
        yield replaceable(risk)
    else:
        yield Hazard("FILE_WRITE", "low", said)


def operands(words: list[str]) -> list[str]:
    """`words` without options; what stands behind ``--`` too."""
    if "--" in words:
        at = words.index("--")
        return operands(words[:at]) + words[at + 1 :]
    return [word for word in words if not word.startswith("-")]


def paths(words: list[str]) -> list[str]:
    """The whole paths in `words`, also as the value of an option."""
    found = [re.sub(r"\A--?[\w-]+=|\A-[A-Za-z](?=/)", "", word) for word in words]
    return [word for word in found if word.startswith("/")]
