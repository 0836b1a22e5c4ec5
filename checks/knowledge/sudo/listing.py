"""What ``sudo -ll`` prints, read. Pure: text in, grants out."""

from __future__ import annotations

import re
from collections.abc import Iterable

from checks.knowledge.sudo.rights import Grant, Listing

_ENTRY = re.compile(r"(?:Sudoers entry|\S+ Role):")
_FIELD = re.compile(r"    ([A-Za-z]+):(?: (.*))?")
_DIGEST = re.compile(r"(?:sha\d+:\S+,?\s+)+")


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
        noexec="noexec" in options,
        chroot=fields.get("Chroot", ""),
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in re.split(r",\s*", text.strip()) if name)


def _split(text: str) -> tuple[str, str | None]:
    """Command and arguments: at the first blank that is not escaped, or after a regular expression."""
    match = re.match(
        r"(\^.*?\$)(?:\s+(.*))?\Z" if text.startswith("^") else r"((?:\\.|[^\s\\])+)(?:\s+(.*))?\Z", text
    )
    return (match[1], match[2]) if match else (text, None)


def refused(text: str) -> bool:
    """Whether sudo says that the account has no right at all."""
    return bool(
        re.search(r"may not run sudo|not allowed to run sudo|not in the sudoers file|afraid I can't", text)
    )


def wants_password(text: str) -> bool:
    """Whether sudo would not even list rights without a password."""
    return bool(re.search(r"password is required|authentication is required|a terminal is required", text))
