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
    ERROR_CAP,
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
_QUOTED = re.compile(rb"(?:\A| )'(.*)'", re.DOTALL)
_TYPES = {
    0o10: "file",
    0o4: "directory",
    0o12: "link",
    0o1: "fifo",
    0o14: "socket",
    0o6: "block",
    0o2: "char",
}


# Only a link leads anywhere. From the root, because find wants to come back to where it started, and that may be
# closed.
_FOLLOW = 'cd /; f=$1; shift; exec find "$@" -maxdepth 0 -type l -exec stat -L -c "$f" -- {} +'


def command(paths: Sequence[str], deadline: float) -> Command:
    """``stat`` of `paths` themselves, in one process."""
    return _command(("stat", "-c", FORMAT, "--"), paths, deadline)


def following(paths: Sequence[str], deadline: float) -> Command:
    """``stat`` of what those of `paths` lead to that are links."""
    return _command(("sh", "-c", _FOLLOW, "sh", FORMAT), paths, deadline)


def _command(argv: tuple[str, ...], paths: Sequence[str], deadline: float) -> Command:
    cap = len(paths) * 1200 + 8 * sum(map(len, paths)) + 65536
    return Command((*argv, *paths), deadline=deadline, cap=cap)


def groups(paths: Sequence[str]) -> Iterator[list[str]]:
    """Paths that can share a process; an odd name gets one of its own, so that its error is its own."""
    # All of them may be missing, and what is said of each must fit below the cap of standard error.
    yield from chunks((path for path in paths if is_plain(path)), limit=ERROR_CAP - 16_384, extra=80)
    yield from ([path] for path in paths if not is_plain(path))


def _plan(probes: Sequence[Probe]) -> Iterator[tuple[list[str], Command, Command]]:
    paths = list(dict.fromkeys(probe.args["path"] for probe in probes))
    deadline = max(probe.deadline for probe in probes)
    for group in groups(paths):
        yield group, command(group, deadline), following(group, deadline)


def commands(probes: Sequence[Probe]) -> list[Command]:
    return [command for _, *both in _plan(probes) for command in both]


def read(probes: Sequence[Probe], answers: Answers) -> Iterator[Fact]:
    by_path: dict[str, tuple[_Group, _Group]] = {}
    for paths, own, resolved in _plan(probes):
        both = _Group(answers.get(own.argv), paths), _Group(answers.get(resolved.argv), paths)
        by_path.update(dict.fromkeys(paths, both))
    for probe in probes:
        yield _fact(probe, probe.args["path"], *by_path[probe.args["path"]])


def _fact(probe: Probe, path: str, lstat: _Group, stat: _Group) -> Fact:
    shown = _shown(path, "%n")
    missing = unanswered(probe, lstat.answer, "stat")
    if missing:
        return missing.model_copy(update={"command": shown})
    seen, raw = lstat.of(path)
    if seen is None:
        observation, reason = errno(raw)
        return fact(
            probe, lstat.answer, shown, observation, reason=reason, raw=raw and b"stat: " + raw, shared=True
        )
    seen |= {"resolved": None, "resolved_error": None}
    if seen["type"] == "link":
        seen["resolved"], error = stat.of(path)
        if seen["resolved"] is None:
            seen["resolved_error"] = _why_nothing(error)
        shown = f"QUOTING_STYLE=escape {_shown(path, '%N')}"
    return fact(probe, lstat.answer, shown, value=seen, raw=raw, shared=True)


def _shown(path: str, name: str) -> str:
    """What a person would type to get this one answer."""
    return f"stat -c '%f %u %g %s %Y %h %U %G {name}' -- {shlex.quote(display(path))}"


def _why_nothing(error: bytes) -> str:
    if b"levels of symbolic links" in error or b"Symbolic link loop" in error:
        return "loop"
    return errno(error)[0].value if error else Observation.ERROR.value


class _Group:
    """The answer of one ``stat`` process, taken apart by path."""

    def __init__(self, answer: Answer | None, paths: Sequence[str]) -> None:
        self.answer = answer
        self._parts: dict[bytes, bytes] = {}
        self._errors: dict[bytes, bytes] = {}
        self._alone = len(paths) == 1
        if answer is None:
            return
        names = {path.encode("utf-8", "surrogateescape") for path in paths}
        for part in answer.stdout.split(answer.mark.encode() + b" ")[1:]:
            name = next((n for n in _prefixes(part.split(b"\n", 3)[3]) if n in names), None)
            if name is not None:
                self._parts[name] = part
        for error in re.split(rb"(?m)^(?:stat|find): ", answer.stderr):
            if error.strip():
                quoted = _QUOTED.search(error)
                self._errors.setdefault(quoted[1] if quoted else b"", error)

    def of(self, path: str) -> tuple[dict[str, Any] | None, bytes]:
        """The record of `path`, with its answer as one line; or None, with what was said instead."""
        name = path.encode("utf-8", "surrogateescape")
        part = self._parts.get(name)
        if part is not None:
            head, user, group, rest = part.split(b"\n", 3)
            quoted = rest[len(name) + 1 :]
            seen = record(head, user, group, name, quoted)
            end = quoted.rstrip(b"\n") if seen["type"] == "link" else name
            return seen, b" ".join((head, user, group, end)) + b"\n"
        return None, next(iter(self._errors.values()), b"") if self._alone else self._errors.get(name, b"")


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
