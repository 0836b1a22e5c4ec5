"""``readlink`` (path): the real path, with every link in it resolved. It may lead to nothing: ``stat`` tells.

Value: the path as text.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from checks.model import Fact, Observation, Probe, msg
from checks.sources.interface import (
    MARK,
    Answers,
    Command,
    Verb,
    chunks,
    decode,
    display,
    errno,
    fact,
    unanswered,
)

# Into a directory the shell changes by itself, without a process; all else costs one of readlink.
_REAL = """m=$1; shift
for p; do
printf '%s\\n' "$m"; printf '%s\\n' "$m" >&2
if cd -P -- "$p" 2>/dev/null; then printf '%s\\n' "$PWD"; cd /; else readlink -vf -- "$p"; fi
done"""


def command(paths: Sequence[str], deadline: float) -> Command:
    argv = ("sh", "-c", _REAL, "sh", MARK, *paths)
    return Command(argv, deadline=deadline, cap=len(paths) * 4200 + 4096)


def _plan(probes: Sequence[Probe]) -> Iterator[tuple[Command, list[str]]]:
    deadline = max(probe.deadline for probe in probes)
    for group in chunks(dict.fromkeys(probe.args["path"] for probe in probes), extra=160):
        yield command(group, deadline), group


def commands(probes: Sequence[Probe]) -> list[Command]:
    return [command for command, _ in _plan(probes)]


def read(probes: Sequence[Probe], answers: Answers) -> Iterator[Fact]:
    by_path = {path: (answers.get(c.argv), i) for c, group in _plan(probes) for i, path in enumerate(group)}
    for probe in probes:
        answer, index = by_path[probe.args["path"]]
        shown = f"readlink -f -- {shlex.quote(display(probe.args['path']))}"
        missing = unanswered(probe, answer, shown)
        if missing or answer is None:
            yield missing or fact(probe, answer, shown, Observation.ERROR)
            continue
        mark = answer.mark.encode() + b"\n"
        real, error = (_part(stream, mark, index) for stream in (answer.stdout, answer.stderr))
        if real:
            yield fact(probe, answer, shown, value=decode(real), raw=real, shared=True)
            continue
        observation, reason = (
            errno(error) if error else (Observation.ERROR, msg("It leads to no path that could be named."))
        )
        yield fact(probe, answer, shown, observation, reason=reason, raw=error, shared=True)


def _part(stream: bytes, mark: bytes, index: int) -> bytes:
    parts = stream.split(mark)[1:]
    return parts[index].removesuffix(b"\n") if index < len(parts) else b""


VERB = Verb("readlink", commands, read)
