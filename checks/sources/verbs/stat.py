"""``stat`` (path): what stands there, by lstat; and what it leads to, where it is a link.

Value: ``{"type", "mode" (int, permission bits), "uid", "gid", "user", "group", "size" (bytes), "mtime"
(epoch seconds), "links", "target" (where the link points, as written; else null), "resolved" (the same
dict for what a link leads to; null where it leads to nothing), "resolved_error" (why there is nothing: an
observation, or "loop")}``.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Any

from checks.model import Fact, Observation, Probe
from checks.sources.interface import (
    MARK,
    Answer,
    Answers,
    Command,
    Verb,
    chunks,
    decode,
    display,
    errno,
    fact,
    is_plain,
    unanswered,
)

FORMAT = f"{MARK} %f %u %g %s %Y %h\n%U\n%G\n%n\n%N"
_TYPES = {
    0o10: "file",
    0o4: "directory",
    0o12: "link",
    0o1: "fifo",
    0o14: "socket",
    0o6: "block",
    0o2: "char",
}


def command(paths: Sequence[str], *, follow: bool, deadline: float) -> Command:
    """``stat`` of `paths` in one process."""
    argv = ("stat", *(("-L",) if follow else ()), "-c", FORMAT, "--", *paths)
    return Command(argv, deadline=deadline, cap=len(paths) * 1200 + 8 * sum(map(len, paths)) + 65536)


def groups(paths: Sequence[str]) -> Iterator[list[str]]:
    """Paths that can share a process; an odd name gets one of its own, so that its error is its own."""
    # All of them may be missing, and what is said of each must fit below the cap of standard error.
    yield from chunks((path for path in paths if is_plain(path)), extra=80)
    yield from ([path] for path in paths if not is_plain(path))


def commands(probes: Sequence[Probe]) -> list[Command]:
    paths = list(dict.fromkeys(probe.args["path"] for probe in probes))
    deadline = max(probe.deadline for probe in probes)
    return [
        command(group, follow=follow, deadline=deadline)
        for group in groups(paths)
        for follow in (False, True)
    ]


def read(probes: Sequence[Probe], answers: Answers) -> Iterator[Fact]:
    by_path: dict[str, tuple[_Seen, _Seen]] = {}
    todo = commands(probes)
    for own, resolved in zip(todo[::2], todo[1::2], strict=True):
        paths = own.argv[4:]
        lstat, stat = (_Group(c, answers.get(c.argv), paths) for c in (own, resolved))
        for path in paths:
            by_path[path] = (lstat.of(path), stat.of(path))
    for probe in probes:
        path = probe.args["path"]
        lstat_seen, stat_seen = by_path[path]
        yield _fact(probe, path, lstat_seen, stat_seen)


def _fact(probe: Probe, path: str, lstat: _Seen, stat: _Seen) -> Fact:
    shown = f"stat -- {shlex.quote(display(path))}"
    missing = unanswered(probe, lstat.answer, "stat")
    if missing:
        return missing.model_copy(update={"command": shown})
    if lstat.record is None:
        observation, reason = errno(lstat.error)
        return fact(probe, lstat.answer, shown, observation, reason=reason, raw=lstat.error)
    value: dict[str, Any] = {**lstat.record, "resolved": None, "resolved_error": None}
    if value["type"] == "link":
        value["resolved"] = stat.record
        if stat.record is None:
            value["resolved_error"] = _why_nothing(stat.error)
    return fact(probe, lstat.answer, shown, value=value, raw=lstat.raw)


def _why_nothing(error: bytes) -> str:
    if b"levels of symbolic links" in error or b"Symbolic link loop" in error:
        return "loop"
    return errno(error)[0].value if error else Observation.ERROR.value


class _Seen:
    __slots__ = ("answer", "error", "raw", "record")

    def __init__(
        self, answer: Answer | None, record: dict[str, Any] | None, raw: bytes, error: bytes
    ) -> None:
        self.answer, self.record, self.raw, self.error = answer, record, raw, error


class _Group:
    """The answer of one ``stat`` process, taken apart by path."""

    def __init__(self, command: Command, answer: Answer | None, paths: Sequence[str]) -> None:
        self.answer = answer
        self.records: dict[bytes, tuple[dict[str, Any], bytes]] = {}
        self.errors: list[bytes] = []
        self.alone = len(paths) == 1
        if answer is None:
            return
        names = {path.encode("utf-8", "surrogateescape") for path in paths}
        for part in answer.stdout.split(answer.mark.encode() + b" ")[1:]:
            head, user, group, rest = part.split(b"\n", 3)
            name = next((n for n in _prefixes(rest) if n in names), None)
            if name is not None:
                self.records[name] = (record(head, user, group, name, rest[len(name) + 1 :]), part)
        self.errors = [e for e in re.split(rb"(?m)^stat: ", answer.stderr) if e.strip()]

    def of(self, path: str) -> _Seen:
        name = path.encode("utf-8", "surrogateescape")
        record, raw = self.records.get(name, (None, b""))
        error = b""
        if record is None:
            mine = self.errors if self.alone else [e for e in self.errors if b"'" + name + b"'" in e]
            error = mine[0] if mine else b""
        return _Seen(self.answer, record, raw, error)


def _prefixes(rest: bytes) -> Iterator[bytes]:
    """The candidates for the name at the beginning of `rest`: a name may hold line breaks."""
    end = rest.find(b"\n")
    while end != -1:
        yield rest[:end]
        end = rest.find(b"\n", end + 1)


def type_of(mode: int) -> str:
    """The type in a raw mode."""
    return _TYPES.get(mode >> 12, "other")


def record(head: bytes, user: bytes, group: bytes, name: bytes, quoted: bytes) -> dict[str, Any]:
    """One record of :data:`FORMAT`, its lines apart."""
    mode_hex, uid, gid, size, mtime, links = head.split()
    mode = int(mode_hex, 16)
    type_ = type_of(mode)
    return {
        "type": type_,
        "mode": mode & 0o7777,
        "uid": int(uid),
        "gid": int(gid),
        "user": decode(uid if user == b"UNKNOWN" else user),
        "group": decode(gid if group == b"UNKNOWN" else group),
        "size": int(size),
        "mtime": int(mtime),
        "links": int(links),
        "target": _target(name, quoted) if type_ == "link" else None,
    }


def _target(name: bytes, quoted: bytes) -> str:
    """The target from ``%N``: GNU with QUOTING_STYLE=escape, or busybox's quotes."""
    text = quoted.rstrip(b"\n")
    busybox = b"'" + name + b"' -> '"
    if text.startswith(busybox):
        return decode(text[len(busybox) : -1])
    return decode(unescape(text.split(b" -> ", 1 + name.count(b" -> "))[-1]))


def unescape(quoted: bytes) -> bytes:
    """What GNU's tools show with backslashes, as it is."""
    return re.sub(
        rb"\\([0-7]{3}|.)",
        lambda m: bytes([int(m[1], 8)]) if len(m[1]) == 3 else {b"n": b"\n", b"t": b"\t"}.get(m[1], m[1]),
        quoted,
    )


VERB = Verb("stat", commands, read)
