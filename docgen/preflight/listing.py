"""What a bundle would do to the host that unpacks it, from the listing of GNU tar. Pure; everything in it is hostile.

Refused is what could reach out of the folder or become more than a file. Symbolic links are judged with the others in
mind: one that goes up from behind another link may end anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from checks.model import Message, msg

RATIO, FROM = 100, 64 * 1024**2
"""How many times its own size a bundle may unpack to, once that is more than `FROM` bytes."""
BLOCK = 4096

_LINE = re.compile(
    r"(?P<type>\S)(?P<mode>[r-][w-][xsS-][r-][w-][xsS-][r-][w-][xtT-])\S* +\d+/\d+ +(?P<size>\d+(?:,\d+)?) +"
    r'\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?(?:\.\d+)? "(?P<name>(?:[^"\\]|\\.)*)"'
    r'(?:(?P<link> -> | link to )"(?P<target>(?:[^"\\]|\\.)*)")?'
)
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


class Member(NamedTuple):
    """A line of the listing. ``link``: "" for none, ``symbolic`` or ``hard``."""

    type: str
    mode: str
    size: int
    name: str
    link: str = ""
    target: str = ""


class Listing(NamedTuple):
    """``size`` is that of all contents, ``needed`` what it takes on a disk, in bytes; ``problems`` why it may not be
    unpacked, each kind with the first member that shows it."""

    members: int
    size: int
    needed: int
    problems: tuple[Message, ...]


def read(text: str, packed: int, most: int, largest: int) -> Listing:
    """The listing in `text` of a bundle of `packed` bytes, which may hold `most` members and `largest` bytes."""
    members: list[Member] = []
    problems: dict[str, Message] = {}
    for line in text.splitlines():
        if len(members) > most:
            break
        if (member := _member(line)) is None:
            one = msg("It holds something that is no file, folder or link: {line:code}", line=line[:120])
            problems.setdefault(one.id, one)
        else:
            members.append(member)
    size = sum(m.size for m in members)
    for one in _problems(members, size, packed, most, largest):
        problems.setdefault(one.id, one)
    needed = sum(-(-m.size // BLOCK) * BLOCK or BLOCK for m in members)
    return Listing(len(members), size, needed, tuple(problems.values()))


def _member(line: str) -> Member | None:
    match = _LINE.fullmatch(line)
    if match is None:
        return None
    size = match["size"]
    link = {" -> ": "symbolic", " link to ": "hard"}.get(match["link"] or "", "")
    return Member(
        match["type"],
        match["mode"],
        int(size) if size.isdigit() else 0,
        _unquoted(match["name"]),
        link,
        _unquoted(match["target"] or ""),
    )


def _unquoted(text: str) -> str:
    return re.sub(
        r"\\([0-7]{1,3}|.)", lambda m: chr(int(m[1], 8)) if m[1].isdigit() else _PLAIN.get(m[1], m[1]), text
    )


def _problems(members: list[Member], size: int, packed: int, most: int, largest: int) -> Iterator[Message]:
    if len(members) > most:
        yield msg("It holds more than {most:int} members.", most=most)
    if size > largest:
        yield msg("It would unpack to {size:size}; at most {most:size} may be.", size=size, most=largest)
    if size > FROM and size > RATIO * max(packed, 1):
        yield msg(
            "It would unpack to {size:size}, {ratio:int} times its own size.",
            size=size,
            ratio=size // max(packed, 1),
        )
    links = {_parts(m.name) for m in members if m.link == "symbolic"}
    for member in members:
        yield from _of(member, links)


def _of(member: Member, links: set[tuple[str, ...]]) -> Iterator[Message]:
    name = member.name
    parts = _parts(name)
    if member.type not in "-dlh":
        yield msg("It holds a device, a pipe or another special file: {name:code}", name=name)
    if any(ord(c) < 32 or ord(c) == 127 for c in name + member.target):
        yield msg("It holds a name with control characters: {name:code}", name=name)
    if name.startswith("/"):
        yield msg("It holds an absolute path: {name:code}", name=name)
    if ".." in parts:
        yield msg("It holds a path that leads out of the folder: {name:code}", name=name)
    if member.mode[2] in "sS" or (member.mode[5] in "sS" and member.type != "d"):
        yield msg("It holds a program that would run as another user (setuid): {name:code}", name=name)
    if any(parts[:n] in links for n in range(1, len(parts))):
        yield msg("It holds a member behind a symbolic link: {name:code}", name=name)
    if member.link == "symbolic" and _leads_out(parts, member.target):
        yield msg(
            "It holds a symbolic link that leads out of the folder: {name:code} → {target:code}",
            name=name,
            target=member.target,
        )
    target = _parts(member.target)
    if member.link == "hard" and (member.target.startswith("/") or ".." in target or target in links):
        yield msg(
            "It holds a hard link that may lead out of the folder: {name:code} → {target:code}",
            name=name,
            target=member.target,
        )


def _parts(path: str) -> tuple[str, ...]:
    return tuple(part for part in path.split("/") if part not in ("", "."))


def _leads_out(link: tuple[str, ...], target: str) -> bool:
    """Whether a symbolic link may end outside: it is absolute, goes up more than it may, or goes up again after it
    went down, maybe through another link."""
    parts = _parts(target)
    up = next((n for n, part in enumerate(parts) if part != ".."), len(parts))
    return target.startswith("/") or up > len(link) - 1 or ".." in parts[up:]
