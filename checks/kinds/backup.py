"""``backup``: the newest backup is there, fresh, of plausible size, what was written, and readable to its end."""

from __future__ import annotations

import shlex
from typing import Self

from pydantic import field_validator, model_validator

from checks.kinds.interface import Facts, Kind, RemotePath, aspect, judgement, undetermined
from checks.knowledge.archives import as_expression, checksum, members, readable, tables
from checks.knowledge.backups import FileName, Members, bound, contradicted, ladder, made, plausible, restored
from checks.knowledge.copies import probes as copies
from checks.knowledge.grants import read
from checks.knowledge.newest import base, files, listing, series_of, split
from checks.knowledge.protections import Protected, protections
from checks.knowledge.restores import named, rto
from checks.knowledge.series import entries, judged, restores, retained, rpo, usable
from checks.knowledge.shares import Percent
from checks.model import Aspect, Judgement, Message, Observation, Probe, Verdict, code, msg, probe
from checks.units import Duration, Size


class Backup(Protected):
    files: RemotePath
    """The backups of one sort, in one folder, `backups/app-*.tar.gz`, or in many, `backups/*/app.tar.gz`. The newest is
    looked at. Links are not followed, but for the folder itself."""
    dated: bool = True
    """`false`: a date in the name does not say when it was made. Else it counts where it is more than a day older than
    the time of the file: copied or touched, a backup is no younger."""
    min_size: Size = 1
    """The least size in bytes."""
    of_previous: Percent = 50
    """The least size, as a share of the median of the seven before it."""
    checksum: bool | FileName = True
    """`false`: there need be no file with the SHA-256 beside it, called as the backup with `.sha256` at the end; or the
    name of one for several, such as `SHA256SUMS`."""
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

    @field_validator("files")
    @classmethod
    def _a_pattern(cls, value: str) -> str:
        return series_of(value)

    @model_validator(mode="after")
    def _closed(self) -> Self:
        if self.encrypted and (self.contains or self.restore):
            raise ValueError(
                "nobody sees what is in it if it is `encrypted`: expected no `contains` and no `restore`"
            )
        return self


def probes(p: Backup) -> dict[str, Probe]:
    folder, name = base(p.files)
    wanted = [as_expression(member) for member in p.contains]
    restore = [[member, path or ""] for member, path in p.restore.items()]
    list_ = p.checksum if isinstance(p.checksum, str) else None
    asked = {
        "found": listing(p.files),
        "newest": probe(
            "archive", path=folder, name=name, contains=wanted, restore=restore, list=list_, deadline=3600
        ),
    }
    if p.deployment:
        asked["ledger"] = entries(p.deployment)
    return asked | restores(p) | (copies(p.files, p.copy_) if p.copy_ else {})


def soll(p: Backup) -> Message:
    return msg("newest backup of {pattern:code}", pattern=p.files)


def judge(p: Backup, facts: Facts) -> Judgement:
    listed = facts["found"]
    if listed.observation not in (Observation.OBSERVED, Observation.ABSENT, Observation.DENIED):
        return undetermined(listed.reason or msg("It was not observed."), listed.observation)
    found = files(p.files, listed)
    if isinstance(found, Judgement):
        return found
    fact = facts["newest"]
    if fact.observation is not Observation.OBSERVED or fact.value["name"] is None:
        return undetermined(fact.reason or msg("The newest was not seen."), fact.observation)
    seen = fact.value
    others = sorted((e for e in found if e["path"] != seen["name"]), key=lambda e: -e["mtime"])
    clock, times = seen["mtime"] + seen["age"], made(seen, others, dated=p.dated)
    itself = next((e for e in found if e["path"] == seen["name"]), None)
    closed = msg("The account may not read it.") if seen["sha256"] is None else None
    list_ = p.checksum if isinstance(p.checksum, str) else None
    samples = [restored(p.restore, seen, closed)] if p.restore else []
    rungs: list[tuple[Message, list[Aspect]]] = [
        (msg("present"), [aspect(None, msg("present"), code(seen["name"]), True)]),
        (msg("fresh"), [*judged(p, times, clock)]),
        (msg("plausible"), [*plausible(p.min_size, p.of_previous, seen, others)]),
        (msg("checksum"), [checksum(seen, closed, list_)] if p.checksum else []),
        (msg("readable"), [*readable(seen, closed)] if p.readable and not p.encrypted else []),
        (msg("members"), [*members(p.contains, seen, closed), *(tables(seen) if p.readable else ())]),
        (msg("restored"), samples),
        (
            msg("bound to deployment"),
            [bound(facts["ledger"], p.environment, p.before, found)] if p.deployment else [],
        ),
    ]
    kept = [*retained(p, times, clock)]
    more = [
        *(contradicted(seen, others) if p.dated else ()),
        *protections(p, seen, itself, closed, facts),
        *kept,
    ]
    if p.rpo is not None:
        whole = usable([a for _, aspects in (*rungs[:1], *rungs[2:-1]) for a in aspects])
        more.append(rpo(p.rpo, p.over, times, clock, whole))
    if p.rto is not None:
        sample = seen["sample_took"] if samples and usable(samples) else None
        more.append(rto(p.rto, facts.get("restores"), named(split(p.files)[1]), sample))
    grant = read(f"{base(p.files)[0].rstrip('/')}/{seen['name']}") if closed else None
    said = judgement(*(a for _, aspects in rungs for a in aspects), *more, ladder(rungs), remedy=grant)
    wrong = [a for a in said.aspects if a.verdict is Verdict.DEVIATES]
    if wrong and all(a in kept for a in wrong):
        return said._replace(remedy=msg("Remove the backups that are kept longer than they may be."))
    return said


def remedy(p: Backup) -> Message:
    return msg(
        "Look into the log of the backup job, and make a new one. Until then the last good one counts: {command:code}",
        command=f"ls -lt {shlex.quote(base(p.files)[0])}",
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
    handles=frozenset(Observation),
    example="backup: {files: backups/app-*.tar.gz, max-age: 26h, contains: [artisan]}",
)
