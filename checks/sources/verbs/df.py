"""``df`` (path): the space and the inodes of the file system that `path` is on.

Value: ``{"filesystem", "mounted_on", "size", "used", "free" (bytes; free is what an account other than root may
use), "inodes", "inodes_used", "inodes_free"}``; the last three are null where the file system has no limit.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Any

from checks.model import Fact, Observation, Probe, msg
from checks.sources.interface import (
    MARK,
    Answers,
    Command,
    Verb,
    decode,
    display,
    errno,
    fact,
    one_each,
    unanswered,
)

# stat first, because busybox's df does not say why it knows nothing of a path.
_DF = """stat -L -c '' -- "$2" >/dev/null || exit 1
df -Pk -- "$2" && printf '%s\\n' "$1" && df -Pi -- "$2"
"""
_ROW = re.compile(rb"[^\n]*\n(.*?)\s+(\d+|-)\s+(\d+|-)\s+(-?\d+|-)\s+(?:-?\d+%|-)\s+([^\n]*)", re.DOTALL)


def command(probe: Probe) -> Command:
    """One process for each path: a mount that hangs takes only its own path along."""
    argv = ("sh", "-c", _DF, "sh", MARK, probe.args["path"])
    return Command(argv, deadline=probe.deadline, cap=32_768)


def read(probes: Sequence[Probe], answers: Answers) -> Iterator[Fact]:
    for probe in probes:
        answer = answers.get(command(probe).argv)
        path = shlex.quote(display(probe.args["path"]))
        shown = f"df -Pk -- {path} && df -Pi -- {path}"
        missing = unanswered(probe, answer, shown)
        if missing or answer is None:
            yield missing or fact(probe, answer, shown, Observation.ERROR)
            continue
        space, _, inodes = answer.stdout.partition(answer.mark.encode() + b"\n")
        raw = space + inodes
        value = parsed(space, inodes)
        if value is not None:
            yield fact(probe, answer, shown, value=value, raw=raw)
        elif answer.stderr.strip():
            observation, reason = errno(answer.stderr)
            yield fact(probe, answer, shown, observation, reason=reason, raw=raw + answer.stderr)
        else:
            reason = msg("The answer of {command:code} could not be read.", command="df")
            yield fact(probe, answer, shown, Observation.MALFORMED, reason=reason, raw=raw)


def parsed(space: bytes, inodes: bytes) -> dict[str, Any] | None:
    """The value from what the two calls printed; None where there is none."""
    row, inode_row = _ROW.fullmatch(space.rstrip(b"\n")), _ROW.fullmatch(inodes.rstrip(b"\n"))
    if not row:
        return None
    size, used, free = (_number(cell, 1024) for cell in row.groups()[1:4])
    if size is None or used is None or free is None:
        return None
    counts: list[int | None] = [None, None, None]
    if inode_row and _number(inode_row[2]):
        counts = [_number(cell) for cell in inode_row.groups()[1:4]]
    return {
        "filesystem": decode(row[1]),
        "mounted_on": decode(row[5]),
        "size": size,
        "used": used,
        "free": free,
        **dict(zip(("inodes", "inodes_used", "inodes_free"), counts, strict=True)),
    }


def _number(cell: bytes, unit: int = 1) -> int | None:
    return None if cell == b"-" else int(cell) * unit


commands = one_each(command)
VERB = Verb("df", commands, read)
