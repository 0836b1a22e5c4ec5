"""``backup``: the newest backup is there, fresh, of plausible size, what was written, and readable to its end."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from pydantic import field_validator

from checks.kinds.interface import Facts, Kind, RemotePath, aspect, judgement, undetermined
from checks.knowledge.archives import as_expression, checksum, members, readable
from checks.knowledge.backups import Members, bound, ladder, restored
from checks.knowledge.grants import read
from checks.knowledge.newest import files, is_pattern, listing, split
from checks.knowledge.series import Series, judged
from checks.knowledge.shares import Percent
from checks.model import Aspect, Judgement, Message, Observation, Probe, code, msg, probe
from checks.units import Duration, Size

PREDECESSORS = 7
ENTRIES = 500


class Backup(Series):
    files: RemotePath
    """The backups of one sort, all in one folder: `backups/app-*.tar.gz`. The newest is looked at."""
    min_size: Size = 1
    """The least size in bytes."""
    of_previous: Percent = 50
    """The least size, as a share of the median of the seven before it."""
    checksum: bool = True
    """`false`: there need be no file with the SHA-256 beside it, called as the backup with `.sha256` at the end."""
    readable: bool = True
    """`false`: it is not read to its end, for one that is encrypted. Which tool tries it goes by its ending: gz, xz,
    bz2, zst, zip, tar, sql."""
    contains: list[str] = []
    """What must be in the archive: names of files or folders, from its root; `*` stands for anything but `/`."""
    restore: Members = {}
    """Files in the archive that are unpacked as a sample and must not be empty: a list, or their names with the path of
    a file on the host that each must equal. They go through a pipe on the host; nothing is written there. At most
    five: each reads the backup once more."""
    deployment: RemotePath | None = None
    """The ledger, such as `ledger/deployment_*.json`: a backup must have been made before its newest deployment."""
    before: Duration = 7200.0
    """How long before the `deployment` it may have been made at most."""
    environment: str | None = None
    """Only the entries of this environment count as `deployment`. Default: all."""
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
    restore = [[member, path or ""] for member, path in p.restore.items()]
    asked = {
        "found": listing(p.files),
        "newest": probe("archive", path=folder, name=name, contains=wanted, restore=restore, deadline=3600),
    }
    if p.deployment:
        ledger, entries = split(p.deployment)
        asked["ledger"] = probe("ledger", path=ledger, name=entries, keep=ENTRIES, deadline=30)
    return asked


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
    closed = msg("The account may not read it.") if seen["sha256"] is None else None
    rungs: list[tuple[Message, list[Aspect]]] = [
        (msg("present"), [aspect(None, msg("present"), code(seen["name"]), True)]),
        (msg("fresh"), [*judged(p, [e["mtime"] for e in (*others, seen)], seen["mtime"] + seen["age"])]),
        (msg("plausible"), [*_plausible(p, seen, others)]),
        (msg("checksum"), [checksum(seen, closed)] if p.checksum else []),
        (msg("readable"), [*readable(seen, closed)] if p.readable else []),
        (msg("members"), [*members(p.contains, seen, closed)]),
        (msg("restored"), [restored(p.restore, seen, closed)] if p.restore else []),
        (
            msg("bound to deployment"),
            [bound(facts["ledger"], p.environment, p.before, found)] if p.deployment else [],
        ),
    ]
    private = [_private(itself)] if p.private else []
    grant = read(f"{split(p.files)[0].rstrip('/')}/{seen['name']}") if closed else None
    return judgement(*(a for _, aspects in rungs for a in aspects), *private, ladder(rungs), remedy=grant)


def _plausible(p: Backup, seen: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> Iterator[Aspect]:
    """What can be told without reading it."""
    size = msg("{size:size}", size=seen["size"])
    least_size = msg("at least {size:size}", size=p.min_size) if p.min_size > 1 else msg("not empty")
    yield aspect(msg("size"), least_size, size, seen["size"] >= p.min_size)
    if others:
        before = median(e["size"] for e in others[:PREDECESSORS])
        least = before * p.of_previous / 100
        limit = msg("at least {size:size}, going by those before it", size=round(least))
        yield aspect(msg("growth"), limit, size, seen["size"] >= least)


def _private(itself: Mapping[str, Any] | None) -> Aspect:
    closed = None if itself is None else not itself["mode"] & 0o004
    shown = None if closed is None else msg("may not read it") if closed else msg("may read it")
    return aspect(msg("other accounts"), msg("may not read it"), shown, closed)


def remedy(p: Backup) -> Message:
    return msg(
        "Look into the log of the backup job, and make a new one. Until then the last good one counts: {command:code}",
        command=f"ls -lt {shlex.quote(split(p.files)[0])}",
    )


KIND = Kind(
    name="backup",
    summary="The newest backup is fresh, of plausible size, what was written, and readable to its end.",
    why="A backup that is there may still be empty, old, cut off or somebody else's. Only a restore proves it whole; "
    "this is everything short of that, and samples of it.",
    params=Backup,
    shorthand="files",
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=remedy,
    handles=frozenset({Observation.DENIED}),
    example="backup: {files: backups/app-*.tar.gz, max-age: 26h, contains: [artisan]}",
)
