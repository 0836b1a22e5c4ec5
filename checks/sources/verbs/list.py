"""``list`` (path, max): the entries of a directory, or of what a link to one leads to.

Value: ``{"entries": [entry], "count", "truncated"}``; an entry as in :mod:`checks.sources.entries`, sorted by
name; at most ``max`` of the ``count`` that there are. ``truncated``: there are more. A directory whose
entries could not all be looked at is denied, never shorter.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from checks.model import Fact, Observation, Probe, msg
from checks.sources.entries import Found, find, groups, own_error, parse
from checks.sources.interface import Answer, Answers, Command, Verb, display, fact, unanswered

TOGETHER = 64
MOST = 1000


def commands(probes: Sequence[Probe]) -> list[Command]:
    return [command for command, _, _ in _plan(probes)]


def _plan(probes: Sequence[Probe]) -> Iterator[tuple[Command, int, list[str]]]:
    deadline = max(probe.deadline for probe in probes)
    by_max: dict[int, dict[str, None]] = {}
    for probe in probes:
        by_max.setdefault(probe.args.get("max", MOST), {})[probe.args["path"]] = None
    for most, paths in by_max.items():
        for group in groups(list(paths), TOGETHER):
            # With a slash at the end a link is followed, and what is no directory is an error, not empty.
            starts = [f"{path.rstrip('/')}/" for path in group]
            expression = [*starts, "-mindepth", "1", "-maxdepth", "1"]
            yield find(expression, most=most, starts=len(group), deadline=deadline), most, group


def read(probes: Sequence[Probe], answers: Answers) -> Iterator[Fact]:
    by_key: dict[tuple[int, str], tuple[Answer | None, Found | None, bool]] = {}
    for command, most, group in _plan(probes):
        answer = answers.get(command.argv)
        found = parse(answer) if answer else None
        for path in group:
            by_key[most, path] = (answer, found, len(group) == 1)
    for probe in probes:
        yield _fact(probe, *by_key[probe.args.get("max", MOST), probe.args["path"]])


def _fact(probe: Probe, answer: Answer | None, found: Found | None, alone: bool) -> Fact:
    path = probe.args["path"]
    shown = f"find {shlex.quote(display(path) + '/')} -mindepth 1 -maxdepth 1"
    missing = unanswered(probe, answer, shown)
    if missing or answer is None or found is None:
        return missing or fact(probe, answer, shown, Observation.ERROR)
    error = own_error(path, found, alone=alone)
    if error:
        return fact(probe, answer, shown, error[0], reason=error[1], raw=answer.stderr, shared=True)
    if not found.complete:
        reason = msg("The listing was cut off, so it proves nothing.")
        return fact(probe, answer, shown, Observation.ERROR, reason=reason, raw=b"", shared=True)
    name = path.rstrip("/").encode("utf-8", "surrogateescape")
    mine = [entry for at, entry in found.entries if alone or at.rpartition(b"/")[0] == name]
    mine.sort(key=lambda entry: str(entry["name"]))
    count = sum(n for key, n in found.counts.items() if alone or key == name)
    raw = "\n".join(str(entry["name"]) for entry in mine).encode()
    value = {"entries": mine, "count": count, "truncated": count > len(mine)}
    return fact(probe, answer, shown, value=value, raw=raw, shared=True)


VERB = Verb("list", commands, read)
