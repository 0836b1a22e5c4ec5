"""``sha256`` (path): the SHA-256 of a file, computed on the host. Slow: it reads all of it.

Value: ``{"type" ("file"; else what it is, and nothing more), "sha256" (64 hexadecimal digits)}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from checks.model import Fact, Observation, Probe, msg
from checks.sources.entries import groups
from checks.sources.interface import MARK, Answers, Command, Verb, display, errno, fact, unanswered
from checks.sources.verbs.stat import type_of

TOGETHER = 16
# openssl knows the processor's instructions for it, which Debian's sha256sum does not: four times faster.
_HASH = """m=$1; shift
if command -v openssl >/dev/null 2>&1; then h() { openssl dgst -sha256 -r "$1"; }
else h() { sha256sum -- "$1"; }; fi
for p; do
printf '%s\\n' "$m"; printf '%s\\n' "$m" >&2
if [ -f "$p" ]; then h "$p"; else stat -L -c 'is %f' -- "$p"; fi
done"""
_DIGEST = re.compile(rb"\\?([0-9a-f]{64})[ *]")


def _plan(probes: Sequence[Probe]) -> Iterator[tuple[Command, list[str]]]:
    deadline = max(probe.deadline for probe in probes)
    for group in groups(list(dict.fromkeys(probe.args["path"] for probe in probes)), TOGETHER):
        argv = ("sh", "-c", _HASH, "sh", MARK, *group)
        yield Command(argv, deadline=deadline, cap=len(group) * 4500 + 4096, slow=True), group


def commands(probes: Sequence[Probe]) -> list[Command]:
    return [command for command, _ in _plan(probes)]


def read(probes: Sequence[Probe], answers: Answers) -> Iterator[Fact]:
    by_path = {path: (answers.get(c.argv), i) for c, group in _plan(probes) for i, path in enumerate(group)}
    for probe in probes:
        answer, index = by_path[probe.args["path"]]
        shown = f"sha256sum -- {display(probe.args['path'])}"
        mark = answer.mark.encode() + b"\n" if answer else b""
        out = _part(answer.stdout, mark, index) if answer else b""
        if digest := _DIGEST.match(out):
            value = {"type": "file", "sha256": digest[1].decode()}
            yield fact(probe, answer, shown, value=value, raw=out)
            continue
        missing = unanswered(probe, answer, shown)
        if missing or answer is None:
            yield missing or fact(probe, answer, shown, Observation.ERROR)
            continue
        if out.startswith(b"is "):
            yield fact(probe, answer, shown, value={"type": type_of(int(out[3:], 16))}, raw=out)
            continue
        error = _part(answer.stderr, mark, index)
        observation, reason = (
            errno(error) if error else (Observation.ERROR, msg("It was not hashed to the end."))
        )
        yield fact(probe, answer, shown, observation, reason=reason, raw=error)


def _part(stream: bytes, mark: bytes, index: int) -> bytes:
    parts = stream.split(mark)[1:]
    return parts[index].strip(b"\n") if index < len(parts) else b""


VERB = Verb("sha256", commands, read)
