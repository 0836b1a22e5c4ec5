"""``sha256`` (path): the SHA-256 of a file, computed on the host. Slow: it reads all of it.

Value: ``{"type" ("file"; else what it is, and nothing more), "sha256" (64 hexadecimal digits)}``.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence

from checks.model import Fact, Observation, Probe, msg
from checks.sources.entries import groups
from checks.sources.interface import MARK, Answer, Answers, Command, Verb, display, errno, fact, unanswered
from checks.sources.verbs.stat import type_of

TOGETHER = 256
# One process hashes all regular files that may be read; of each other path it is said what stands there, or why
# nothing does. openssl knows the processor's instructions for it, which Debian's sha256sum does not: four times
# faster.
_HASH = """m=$1 i=0 l=; shift
for p; do
i=$((i+1))
if [ -f "$p" ] && [ -r "$p" ]; then l="$l \\"\\${$i}\\""
else printf '%s %s\\n' "$m" "$p"; stat -L -c 'is %f' -- "$p" 2>&1
fi; done
printf '%s\\n' "$m"
eval "set -- $l"
[ $# -gt 0 ] || exit 0
if command -v openssl >/dev/null 2>&1; then exec openssl dgst -sha256 -r "$@"; fi
exec sha256sum -- "$@"
"""
_DIGEST = re.compile(rb"(?m)^\\?([0-9a-f]{64}) [ *]")
_IS = re.compile(rb"is ([0-9a-f]+)\n?\Z")


def _plan(probes: Sequence[Probe]) -> Iterator[tuple[Command, list[str]]]:
    deadline = max(probe.deadline for probe in probes)
    for group in groups(list(dict.fromkeys(probe.args["path"] for probe in probes)), TOGETHER):
        argv = ("sh", "-c", _HASH, "sh", MARK, *group)
        yield Command(argv, deadline=deadline, cap=len(group) * 9000 + 4096, slow=True), group


def commands(probes: Sequence[Probe]) -> list[Command]:
    return [command for command, _ in _plan(probes)]


def read(probes: Sequence[Probe], answers: Answers) -> Iterator[Fact]:
    by_path: dict[str, tuple[Answer | None, bytes, bytes]] = {}
    for command, group in _plan(probes):
        answer = answers.get(command.argv)
        hashed, others = _taken_apart(answer, group) if answer else ({}, {})
        for path in group:
            by_path[path] = answer, hashed.get(path, b""), others.get(path, b"")
    for probe in probes:
        path = probe.args["path"]
        yield _fact(probe, f"sha256sum -- {shlex.quote(display(path))}", *by_path[path])


def _fact(probe: Probe, shown: str, answer: Answer | None, digest: bytes, other: bytes) -> Fact:
    if digest:
        value = {"type": "file", "sha256": digest.decode()}
        return fact(probe, answer, shown, value=value, raw=digest, shared=True)
    if is_ := _IS.match(other):
        type_ = type_of(int(is_[1], 16))
        if type_ == "file":
            reason = msg("Access was denied.")
            return fact(probe, answer, shown, Observation.DENIED, reason=reason, raw=other, shared=True)
        return fact(probe, answer, shown, value={"type": type_}, raw=other, shared=True)
    if other:
        observation, reason = errno(other)
        return fact(probe, answer, shown, observation, reason=reason, raw=other, shared=True)
    missing = unanswered(probe, answer, shown)
    reason = msg("It was not hashed to the end.")
    return missing or fact(probe, answer, shown, Observation.ERROR, reason=reason, raw=b"", shared=True)


def _taken_apart(answer: Answer, group: list[str]) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The digests by path, and what was said of the paths that were not hashed."""
    mark = answer.mark.encode()
    said, _, digests = answer.stdout.rpartition(mark + b"\n")
    names = {path.encode("utf-8", "surrogateescape"): path for path in group}
    others: dict[str, bytes] = {}
    for part in said.split(mark + b" ")[1:]:
        name = next((n for n in names if part.startswith(n + b"\n")), None)
        if name is not None:
            others[names[name]] = part[len(name) + 1 :]
    if len(group) == 1:  # an odd name is alone, since it may be shown escaped
        digest = _DIGEST.search(digests)
        return ({group[0]: digest[1]} if digest else {}), others
    hashed = {}
    for line in digests.splitlines():
        digest = _DIGEST.match(line)
        if digest and line[digest.end() :] in names:
            hashed[names[line[digest.end() :]]] = digest[1]
    return hashed, others


VERB = Verb("sha256", commands, read)
