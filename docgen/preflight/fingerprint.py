"""What a host looked like, and what differs between twice looking. Pure."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from checks.model import Message, msg
from checks.sources.interface import Answer, decode
from docgen.preflight.commands import Place

LIMIT = 512 * 1024**2
_STAT = re.compile(
    r"f (?P<mode>[0-9a-f]+) (?P<user>\d+) (?P<group>\d+) (?P<links>\d+) (?P<inode>\d+) (?P<size>\d+) "
    r"(?P<mtime>\S+ \S+ [+-]\d{4}) (?P<ctime>\S+ \S+ [+-]\d{4}) (?P<name>.*)"
)
_SUM = re.compile(r"\\?(?P<sha256>[0-9a-f]{64})  (?P<name>.*)")

LOOKS = {
    "mode": msg("mode"),
    "user": msg("owner"),
    "group": msg("group"),
    "links": msg("number of links"),
    "inode": msg("another file under the same name"),
    "size": msg("size"),
    "mtime": msg("time of change of its content"),
    "ctime": msg("time of change of its properties"),
    "sha256": msg("content"),
    "target": msg("where it leads"),
}
_LASTING = {"mode", "user", "group", "target"}
"""What a running application does not change of its own files."""


class Fingerprint(NamedTuple):
    """Properties by what they are of: a path, or a unit with ``unit`` before it. ``unseen``: what could not be looked
    at, each with the reason. Without `whole`, parts of the listings are missing: nothing can be compared with it."""

    seen: Mapping[str, Mapping[str, str]]
    unseen: tuple[Message, ...]
    whole: bool

    def counted(self) -> int:
        """How many properties were seen."""
        return sum(len(one) for one in self.seen.values())


class Difference(NamedTuple):
    """``what`` are properties, or ``new`` or ``gone``. ``usual``: the running application does that all the time."""

    of: str
    what: tuple[str, ...]
    usual: bool


def read(answers: Mapping[str, Answer | None], place: Place) -> Fingerprint:
    """The fingerprint in the `answers` to :func:`~docgen.preflight.commands.fingerprint`."""
    seen: dict[str, dict[str, str]] = {}
    unseen: list[Message] = []
    parts = []
    wanted = {"files": _STAT, **({"contents": _SUM} if place.settings.configuration else {})}
    for name, pattern in wanted.items():
        text, whole = _unzipped(answers.get(name))
        for fields in _records(text, pattern):
            seen.setdefault(fields.pop("name"), {}).update(fields)
        parts.append(whole)
    for line in _lines(answers.get("files")) | _lines(answers.get("contents")):
        if (path := _path_in(line)) and "No such file" not in line:
            unseen.append(msg("{path:code}: {reason:code}", path=path, reason=line.rpartition(": ")[2]))
    current, root, services = (answers.get(name) for name in ("current", "root", "services"))
    link = place.path(place.settings.current)
    if current and current.exit_code == 0:
        seen.setdefault(link, {})["target"] = decode(current.stdout).rstrip("\n")
    elif link not in seen:
        unseen.append(msg("{path:code}: {reason:code}", path=link, reason="not there"))
    if root and root.exit_code == 0:
        values = decode(root.stdout).split()
        seen[place.root] = dict(zip(("mode", "user", "group"), values, strict=False))
    if services and services.exit_code == 0:
        for block in decode(services.stdout).split("\n\n"):
            pairs = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
            if pairs.get("Id"):
                seen[f"unit {pairs.pop('Id')}"] = pairs
    elif place.units:
        unseen.append(msg("the services: {reason:code}", reason=_said(services)))
    return Fingerprint(seen, tuple(unseen), all(parts))


def differences(before: Fingerprint, after: Fingerprint, place: Place) -> list[Difference]:
    """What is not the same, in the order of the names."""
    usual = tuple(place.path(one) for one in place.settings.volatile)
    found = []
    for name in sorted(before.seen.keys() | after.seen.keys()):
        old, new = before.seen.get(name), after.seen.get(name)
        if old == new:
            continue
        if old is None or new is None:
            what: tuple[str, ...] = ("new",) if old is None else ("gone",)
        else:
            what = tuple(key for key in {**old, **new} if old.get(key) != new.get(key))
        running = any(name == one or name.startswith(f"{one}/") for one in usual)
        found.append(Difference(name, what, running and not _LASTING & set(what)))
    return found


def described(difference: Difference) -> Message:
    """A difference in a sentence."""
    if difference.what == ("new",):
        return msg("{path:code} is new", path=difference.of)
    if difference.what == ("gone",):
        return msg("{path:code} is gone", path=difference.of)
    what: Message | None = None
    for name in difference.what:
        own = LOOKS.get(name) or msg("{name:code}", name=name)
        what = own if what is None else msg("{first}, {second}", first=what, second=own)
    return msg("{path:code}: {what}", path=difference.of, what=what)


def _records(text: str, pattern: re.Pattern[str]) -> Iterator[dict[str, str]]:
    """Records that begin a line; a line that begins none belongs to the name before it."""
    one: dict[str, str] | None = None
    for line in text.split("\n")[:-1]:
        if match := pattern.fullmatch(line):
            if one:
                yield one
            one = match.groupdict()
        elif one:
            one["name"] += f"\n{line}"
    if one:
        yield one


def _unzipped(answer: Answer | None) -> tuple[str, bool]:
    """The text of an answer, and whether it is all of it."""
    if answer is None:
        return "", False
    engine = zlib.decompressobj(wbits=31)
    try:
        text = engine.decompress(answer.stdout, LIMIT)
    except zlib.error:
        return "", False
    return decode(text), engine.eof and not answer.errors_cut


def _lines(answer: Answer | None) -> set[str]:
    return set(decode(answer.stderr).splitlines()) if answer else set()


def _path_in(line: str) -> str | None:
    match = re.match(r"[\w./-]+: (?:cannot \w+ |can't \w+ )?['\"]?(?P<path>/[^'\"]*?)['\"]?: ", line)
    return match["path"] if match else None


def _said(answer: Answer | None) -> str:
    return " ".join(decode(answer.stderr[:200]).split()) if answer else "–"
