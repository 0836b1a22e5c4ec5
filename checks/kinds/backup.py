"""``backup``: the newest backup is there, fresh, of plausible size, what was written, and readable to its end."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from pydantic import field_validator

from checks.kinds.interface import Facts, Kind, Params, RemotePath, aspect, judgement, undetermined
from checks.knowledge.ages import aged
from checks.knowledge.archives import NOT_LISTED, as_expression, checksum, ends, readable
from checks.knowledge.grants import read
from checks.knowledge.newest import files, is_pattern, listing, split
from checks.knowledge.shares import Percent
from checks.model import Aspect, Judgement, Message, Observation, Probe, code, msg, probe
from checks.units import Duration, Size

PREDECESSORS = 7


class Backup(Params):
    files: RemotePath
    """The backups of one sort, all in one folder: `backups/app-*.tar.gz`. The newest is looked at."""
    max_age: Duration | None = None
    """How long ago it may have been made at most, by the clock of the host."""
    min_size: Size = 1
    """The least size in bytes."""
    of_previous: Percent = 50
    """The least size, as a share of the median of the seven before it."""
    keep: int = 1
    """How many there must be at least."""
    checksum: bool = True
    """`false`: there need be no file with the SHA-256 beside it, called as the backup with `.sha256` at the end."""
    readable: bool = True
    """`false`: it is not read to its end, for one that is encrypted. Which tool tries it goes by its ending: gz, xz,
    bz2, zst, zip, tar, sql."""
    contains: list[str] = []
    """What must be in the archive: names of files or folders, from its root; `*` stands for anything but `/`."""
    private: bool = True
    """`false`: every account of the host may read it."""

    @field_validator("files")
    @classmethod
    def _a_pattern(cls, value: str) -> str:
        if not is_pattern(value):
            raise ValueError("expected a pattern with `*` in its last part, and only there")
        return value


def probes(p: Backup) -> dict[str, Probe]:
    folder, name = split(p.files)
    wanted = [as_expression(member) for member in p.contains]
    return {
        "found": listing(p.files),
        "newest": probe("archive", path=folder, name=name, contains=wanted, deadline=600),
    }


def soll(p: Backup) -> Message:
    return msg("newest backup of {pattern:code}", pattern=p.files)


def judge(p: Backup, facts: Facts) -> Judgement:
    found = files(p.files, facts["found"])
    if isinstance(found, Judgement):
        return found
    fact = facts["newest"]
    if fact.observation is not Observation.OBSERVED or fact.value["name"] is None:
        return undetermined(fact.reason or msg("The newest was not seen."), fact.observation)
    seen = fact.value
    others = sorted((e for e in found if e["name"] != seen["name"]), key=lambda e: -e["mtime"])
    itself = next((e for e in found if e["name"] == seen["name"]), None)
    aspects = [
        aspect(None, msg("present"), code(seen["name"]), True),
        *_outside(p, seen, others, itself),
        *_inside(p, seen),
    ]
    closed = read(f"{split(p.files)[0].rstrip('/')}/{seen['name']}") if seen["sha256"] is None else None
    return judgement(*aspects, remedy=closed)


def _outside(
    p: Backup, seen: Mapping[str, Any], others: Sequence[Mapping[str, Any]], itself: Mapping[str, Any] | None
) -> Iterator[Aspect]:
    """What can be told without reading it."""
    if p.max_age is not None:
        yield aged(seen["age"], p.max_age)
    size = msg("{size:size}", size=seen["size"])
    least_size = msg("at least {size:size}", size=p.min_size) if p.min_size > 1 else msg("not empty")
    yield aspect(msg("size"), least_size, size, seen["size"] >= p.min_size)
    if others:
        before = median(e["size"] for e in others[:PREDECESSORS])
        least = before * p.of_previous / 100
        limit = msg("at least {size:size}, going by those before it", size=round(least))
        yield aspect(msg("growth"), limit, size, seen["size"] >= least)
    if p.keep > 1:
        count = len(others) + 1
        yield aspect(msg("kept"), msg("at least {n:int}", n=p.keep), msg("{n:int}", n=count), count >= p.keep)
    if p.private:
        closed = None if itself is None else not itself["mode"] & 0o004
        shown = None if closed is None else msg("may not read it") if closed else msg("may read it")
        yield aspect(msg("other accounts"), msg("may not read it"), shown, closed)


def _inside(p: Backup, seen: Mapping[str, Any]) -> Iterator[Aspect]:
    """What only reading it tells."""
    closed = msg("The account may not read it.") if seen["sha256"] is None else None
    if p.checksum:
        yield checksum(seen, closed)
    if p.readable:
        yield readable(seen, closed)
        if its_end := ends(seen):
            yield its_end
    listed = seen["members"] is not None and seen["exit_code"] == 0
    for member, there in zip(p.contains, seen["found"], strict=True):
        actual = msg("in it") if there else msg("not in it")
        note = None if listed else closed or NOT_LISTED
        yield aspect(
            code(member), msg("in it"), actual if listed else None, there if listed else None, note=note
        )


def remedy(p: Backup) -> Message:
    return msg(
        "Look into the log of the backup job, and make a new one. Until then the last good one counts: {command:code}",
        command=f"ls -lt {shlex.quote(split(p.files)[0])}",
    )


KIND = Kind(
    name="backup",
    summary="The newest backup is fresh, of plausible size, what was written, and readable to its end.",
    why="A backup that is there may still be empty, old, cut off or somebody else's. Only a restore proves it whole; "
    "this is everything short of that.",
    params=Backup,
    shorthand="files",
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=remedy,
    handles=frozenset({Observation.DENIED}),
    example="backup: {files: backups/app-*.tar.gz, max-age: 26h, contains: [artisan]}",
)
