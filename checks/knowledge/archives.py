"""Archives and what is written beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from checks.kinds.interface import aspect
from checks.model import Aspect, Message, code, msg, nmsg

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
"""The SHA-256 of nothing."""
BEGINNING = 1024 * 1024
"""So many bytes of a dump are searched for tables, by ``archive``."""
NOT_LISTED = msg("Its members could not be listed.")
_UNKNOWN = msg("No tool is known by its ending; say `readable: false` if it is encrypted.")
_HEX = "[0-9a-fA-F]{64}"
_GNU = re.compile(rf"(?P<escaped>\\)?(?P<digest>{_HEX}) [ *](?P<name>.*?)\r?")
_BSD = re.compile(rf"(?P<escaped>\\)?SHA(?:2-)?256 ?\((?P<name>.*)\) ?= ?(?P<digest>{_HEX})\s*")
_SPECIAL = frozenset("\\.^$*+?()[]{}|")


def as_expression(member: str) -> str:
    """The extended regular expression for the name `member` in an archive, and for all below it; ``*`` stands for
    anything but ``/``, ``?`` for one character."""
    wild = {"*": "[^/]*", "?": "[^/]"}
    name = member.strip("/").removeprefix("./")
    body = "".join(
        wild.get(c) or (f"[{c}]" if c in _SPECIAL - {"\\", "^"} else "\\" + c if c in "\\^" else c)
        for c in name
    )
    return f"^{body}(/.*)?$"


def noted_digest(noted: str, name: str) -> str | None:
    """The SHA-256 of the file `name` in `noted`, which is what sha256sum wrote, in its own style or that of BSD, for one
    file or for several, or a digest alone; None where it is
    not there, or in two folders with different ones."""
    found: dict[str, set[str]] = {"alone": set(), "exact": set(), "elsewhere": set()}
    for line in noted.removeprefix("\ufeff").splitlines():
        if alone := re.fullmatch(rf"\s*({_HEX})\s*", line):
            found["alone"].add(alone[1].lower())
        elif match := _GNU.fullmatch(line) or _BSD.fullmatch(line):
            its = match["name"]
            if match["escaped"]:
                its = re.sub(r"\\([\\nr])", lambda m: {"\\": "\\", "n": "\n", "r": "\r"}[m[1]], its)
            short = its.rpartition("/")[2]
            if short == name.rpartition("/")[2]:
                exact = its.removeprefix("./") in (short, name)
                found["exact" if exact else "elsewhere"].add(match["digest"].lower())
    known = found["exact"] or found["elsewhere"] or found["alone"]
    return known.pop() if len(known) == 1 else None


def checksum(seen: Mapping[str, Any], closed: Message | None, list_: str | None = None) -> Aspect:
    """Whether the checksum of what was `seen` by ``archive`` is the one beside it, in the file `list_` or in one with its
    own name; `closed`: why it was not read."""
    name, expected = msg("checksum"), msg("as in {file:code}", file=list_ or f"{seen['name']}.sha256")
    if seen["noted_denied"] or closed:
        note = closed or msg("The file with the checksum may not be read.")
        return aspect(name, expected, None, None, note=note)
    if seen["noted"] is None:
        return aspect(name, expected, msg("the file is missing"), False)
    noted = noted_digest(seen["noted"], seen["name"])
    if noted is None:
        return aspect(name, expected, msg("the file does not name it"), False)
    right = noted == seen["sha256"]
    return aspect(name, expected, msg("matches") if right else msg("differs"), right)


def encrypted(seen: Mapping[str, Any], closed: Message | None) -> Aspect:
    """Whether the first bytes of what was `seen` by ``archive`` are those of an encrypted file; `closed`: why it was not
    read. What nobody knows, such as a zip of which only some members are encrypted, is undetermined."""
    name, expected = msg("encrypted"), msg("age, OpenPGP or openssl")
    sort, _, form = seen["form"].partition(" ")
    if closed or sort == "other":
        note = closed or msg("Its first bytes are those of no format that is known.")
        return aspect(name, expected, None, None, note=note)
    right = sort == "encrypted"
    return aspect(
        name, expected, code(form) if right else msg("not encrypted: {form:code}", form=form), right
    )


def readable(seen: Mapping[str, Any], closed: Message | None) -> Iterator[Aspect]:
    """Whether what was `seen` by ``archive`` can be read to its end; `closed`: why it was not read."""
    yield _to_its_end(seen, closed)
    dump = seen["dump"]
    if dump is None:
        return
    said, right = dump["said"], seen["complete"] and not dump["said"]
    if not dump["bytes"]:
        actual = msg("nothing is in it")
    elif dump["version"]:
        actual = msg("it is no dump, but the version of the program")
    elif said and not dump["tables"]:
        actual = msg("it is no dump, but an error: {said:code}", said=said)
    elif said:
        actual = msg("a message of the program is in it: {said:code}", said=said)
    else:
        actual = msg("as a whole dump") if right else msg("in the middle")
    yield aspect(msg("ends"), msg("as a whole dump"), actual, right)


def tables(seen: Mapping[str, Any]) -> Iterator[Aspect]:
    """Whether the whole dump that was `seen` by ``archive`` makes or fills a table."""
    dump = seen["dump"]
    if dump is None or not seen["complete"]:
        return
    name, expected = msg("tables"), msg("at least one")
    if dump["tables"] or dump["bytes"] < BEGINNING:
        yield aspect(name, expected, expected if dump["tables"] else msg("none"), dump["tables"])
    else:
        yield aspect(name, expected, None, None, note=msg("There is none in its first MiB."))


def _to_its_end(seen: Mapping[str, Any], closed: Message | None) -> Aspect:
    name, expected = msg("readable"), msg("to its end")
    if closed:
        return aspect(name, expected, None, None, note=closed)
    if seen["exit_code"] is None:
        note = msg("The host has no {tool:code} to try it.", tool=seen["tool"]) if seen["tool"] else _UNKNOWN
        return aspect(name, expected, None, None, note=note)
    if seen["exit_code"]:
        return aspect(name, expected, msg("no: {said:code}", said=seen["said"] or seen["tool"]), False)
    if seen.get("ended") is False:
        return aspect(name, expected, msg("no: its end is not marked, as if it were cut off"), False)
    if seen["members"] is None:
        return aspect(name, expected, msg("to its end"), True)
    actual = nmsg("to its end, {n} member", "to its end, {n} members", n=seen["members"])
    return aspect(name, expected, actual, seen["members"] > 0)


def members(wanted: Sequence[str], seen: Mapping[str, Any], closed: Message | None) -> Iterator[Aspect]:
    """Whether the `wanted` are in the archive; `closed`: why it was not read."""
    listed = seen["members"] is not None and seen["exit_code"] == 0
    for member, there in zip(wanted, seen["found"], strict=True):
        if listed:
            yield aspect(code(member), msg("in it"), msg("in it") if there else msg("not in it"), there)
        else:
            yield aspect(code(member), msg("in it"), None, None, note=closed or NOT_LISTED)
