"""What a source and a verb are.

A verb is one file in ``checks/sources/verbs`` that exports ``VERB``: it turns probes into argument lists
(data) and reads the raw answers. It executes nothing; the batch does, and only what verbs compiled.
"""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from checks.model import Fact, Message, Observation, Probe, msg, trusted

MARK = "\0MARK\0"
"""Stands in an argument for the run's random marker, which no answer can forge."""

EXCERPT = 2000
OUTPUT_CAP = 1024 * 1024
ERROR_CAP = 256 * 1024
"""Bytes that are kept of a command's standard output by default, and of its standard error."""


class NoAnswer(Exception):
    """There is no usable answer; ``observation`` and ``reason`` say why. ``not_found``: there is nothing at this address,
    or it is not shown; ``expired``: there was, and never will be again."""

    def __init__(
        self, observation: Observation, reason: Message, *, not_found: bool = False, expired: bool = False
    ) -> None:
        super().__init__(reason.id)
        self.observation, self.reason, self.not_found, self.expired = observation, reason, not_found, expired


class Command(NamedTuple):
    """One command of a batch: an argument list, never a shell text of somebody else's making.

    ``deadline`` in seconds, ``cap`` in bytes of standard output. ``slow`` commands run in a lane of their own
    beside the quick ones. ``application`` marks what runs the application's own code, ``unlisted`` what is not on
    the list of read-only commands and runs because the spec says so."""

    argv: tuple[str, ...]
    deadline: float = 10.0
    cap: int = OUTPUT_CAP
    slow: bool = False
    application: bool = False
    unlisted: bool = False

    def shell(self) -> str:
        """The command as the script holds it; the marker is ``$M``."""
        return " ".join(_quoted(part) for part in self.argv)


class Answer(NamedTuple):
    """What came back. ``exit_code`` None: it did not end by itself."""

    stdout: bytes
    stderr: bytes
    exit_code: int | None
    truncated: bool = False
    timed_out: bool = False
    observed_at: str = ""
    duration: float = 0.0
    mark: str = ""

    @property
    def errors_cut(self) -> bool:
        """Whether a part of standard error may be missing; the exit code took some of its room."""
        return len(self.stderr) >= ERROR_CAP - 600


Answers = Mapping[tuple[str, ...], Answer]


class Verb(NamedTuple):
    """``commands`` gives the same commands for the same probes, grouped as far as possible. ``read`` makes
    one fact per probe from the answers; an answer that is missing is the batch's to explain."""

    name: str
    commands: Callable[[Sequence[Probe]], list[Command]]
    read: Callable[[Sequence[Probe], Answers], Iterator[Fact]]


def one_each(command: Callable[[Probe], Command]) -> Callable[[Sequence[Probe]], list[Command]]:
    """The ``commands`` of a verb that has a command of its own for each probe; the same one only once."""
    return lambda probes: list({c.argv: c for c in map(command, probes)}.values())


def framed(answer: Answer) -> list[tuple[str, str]]:
    """The parts of a script's answer, each after a line of its own with the mark and a name: (name, text)."""
    found = decode(answer.stdout).split(f"\n{answer.mark} ")[1:]
    return [(key, value) for key, _, value in (part.partition("\n") for part in found)]


def _quoted(part: str) -> str:
    if MARK not in part:
        return shlex.quote(part)
    before, after = part.split(MARK, 1)
    return f'{shlex.quote(before) if before else ""}"$M"{shlex.quote(after) if after else ""}'


def decode(raw: bytes) -> str:
    """Bytes from outside as text: UTF-8, anything else as ``\\xff``."""
    return raw.decode("utf-8", "backslashreplace")


def display(path: str) -> str:
    """A path that may carry surrogate escapes, as text that can be stored."""
    return decode(path.encode("utf-8", "surrogateescape"))


def fact(
    probe: Probe,
    answer: Answer | None,
    command: str,
    observation: Observation = Observation.OBSERVED,
    value: Any = None,
    reason: Message | None = None,
    raw: bytes | None = None,
    shared: bool = False,
) -> Fact:
    """The fact of `probe` from `answer`; `raw` is its own part of it. With `shared`, the answer is to several
    probes: that it failed says nothing of this one."""
    if raw is None:
        raw = (answer.stdout + answer.stderr) if answer else b""
    if answer and answer.mark and (mark := answer.mark.encode()) in raw:
        raw = re.sub(re.escape(mark) + rb"[ \n]?", b"", raw)  # ours, not what the host said
    return trusted(
        Fact,
        {
            "probe": probe.id,
            "at": probe.at,
            "verb": probe.verb,
            "observation": observation,
            "value": value,
            "reason": reason,
            "command": command,
            "exit_code": answer.exit_code if answer and not (shared and answer.exit_code) else None,
            "excerpt": decode(raw[:EXCERPT]),
            "sha256": hashlib.sha256(raw).hexdigest() if answer else "",
            "observed_at": answer.observed_at if answer else "",
            "duration": round(answer.duration, 3) if answer else 0.0,
            "truncated": answer.truncated if answer else False,
        },
    )


def unanswered(probe: Probe, answer: Answer | None, command: str) -> Fact | None:
    """The fact of a probe whose command gave no usable answer: not run, or not in time. None if it did."""
    if answer is None:
        return fact(probe, None, command, Observation.NOT_ATTEMPTED, reason=msg("The command was not run."))
    if answer.timed_out:
        reason = msg("No answer within {limit:seconds}.", limit=probe.deadline)
        return fact(probe, answer, command, Observation.TIMEOUT, reason=reason)
    if answer.exit_code == 127:
        tool = command.split()[0] if command else ""
        reason = msg("{tool:code} was not found on the host.", tool=tool)
        return fact(probe, answer, command, Observation.ERROR, reason=reason)
    return None


_ERRNO = (
    (b"No such file or directory", Observation.ABSENT, msg("It does not exist.")),
    (b"Permission denied", Observation.DENIED, msg("Access was denied.")),
    (b"Operation not permitted", Observation.DENIED, msg("Access was denied.")),
    (b"Not a directory", Observation.ABSENT, msg("A part of the path is not a directory.")),
    (b"Too many levels of symbolic links", Observation.ABSENT, msg("Its symbolic links go in a circle.")),
    (b"Symbolic link loop", Observation.ABSENT, msg("Its symbolic links go in a circle.")),
    (b"ile name too long", Observation.ERROR, msg("The name is too long.")),
    (b"ilename too long", Observation.ERROR, msg("The name is too long.")),
    (b"Is a directory", Observation.ERROR, msg("It is a directory.")),
)


def errno(stderr: bytes) -> tuple[Observation, Message]:
    """What the C library's error text means (``LC_ALL=C``; glibc and musl)."""
    for text, observation, reason in _ERRNO:
        if text in stderr:
            return observation, reason
    return Observation.ERROR, msg(
        "It failed: {error:code}", error=" ".join(decode(stderr[:200]).split()) or "–"
    )


def chunks(items: Iterable[str], limit: int = 60_000, extra: int = 1) -> Iterator[list[str]]:
    """`items` in lists whose texts, with `extra` bytes for each, stay under `limit` bytes: below the kernel's
    limit for arguments and, with what is said about each, below that for standard error."""
    chunk: list[str] = []
    size = 0
    for item in items:
        length = len(item.encode("utf-8", "surrogateescape")) + extra
        if chunk and size + length > limit:
            yield chunk
            chunk, size = [], 0
        chunk.append(item)
        size += length
    if chunk:
        yield chunk


def is_plain(path: str) -> bool:
    """Whether error messages show `path` as it is, so that its errors can be told apart within a group."""
    return path.isascii() and path.isprintable() and not set(path) & set("'\"\\`$ ")
