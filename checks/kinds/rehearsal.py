"""``rehearsal``: the newest preflight in the ledger passed, and how much of a gate it tried."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pydantic import Field, ValidationInfo, field_validator

from checks.kinds.interface import Facts, Kind, RemotePath, aspect, judgement, undetermined
from checks.knowledge.ages import aged
from checks.knowledge.entries import dated
from checks.knowledge.grants import enter
from checks.knowledge.ledgers import Entry, Trial, place_named, trials, tries, understood
from checks.knowledge.moments import rfc3339
from checks.knowledge.newest import split
from checks.knowledge.pipelines.gates import GateName, OfGate
from checks.model import (
    Aspect,
    Assurance,
    GateSeen,
    Judgement,
    Message,
    Observation,
    Probe,
    Verdict,
    msg,
    nmsg,
    probe,
)
from checks.units import Duration

MOST = 500
SHOWN = 4


class Rehearsal(OfGate):
    files: RemotePath
    """The ledger: JSON files in one folder, such as `ledger/*.json`, or one file with an entry a line."""
    gate: GateName
    """A key of `gates`: its files and directories are what should be tried."""
    environment: str | None = Field(default=None, validate_default=True)
    """Only preflights of this environment count, and those that name none. Default: that of the section."""
    all: bool = False
    """`true`: every check of the gate must have been tried. Otherwise it is said how many were."""
    max_age: Duration | None = None
    """How long ago it may have been at most."""

    @field_validator("environment", mode="before")
    @classmethod
    def _of_the_section(cls, value: Any, info: ValidationInfo) -> Any:
        return value if value is not None else (info.context or {}).get("environment")


def probes(p: Rehearsal) -> dict[str, Probe]:
    folder, name = split(p.files)
    return {"entries": probe("ledger", path=folder, name=name, keep=MOST, deadline=30)}


def soll(p: Rehearsal) -> Message:
    return msg("rehearsal of gate {gate:code}", gate=p.gate)


def judge(p: Rehearsal, facts: Facts) -> Judgement:
    fact = facts["entries"]
    if fact.observation is Observation.DENIED:
        return undetermined(fact.reason or msg("Access was denied."), fact.observation, remedy=enter(p.files))
    raw = fact.value["entries"] if fact.observation is Observation.OBSERVED else []
    read = [
        (understood(one["entry"], f"{one['file']}:{one['line']}"), one["entry"])
        for one in raw
        if one["entry"] is not None
    ]
    mine = [
        (entry, body)
        for entry, body in read
        if entry.rehearsal and entry.when and (not entry.environment or not p.environment or _same(p, entry))
    ]
    if not mine:
        return judgement(aspect(None, msg("rehearsed"), msg("never"), False), observation=Observation.ABSENT)
    entry, body = max(mine, key=lambda pair: rfc3339(pair[0].when))
    shown = msg("{result}, {time}", result=entry.result or "–", time=dated(entry.when, entry.zoned))
    aspects = [aspect(None, msg("passed"), shown, entry.good), *_tried(p, trials(body))]
    if p.max_age is not None and entry.when:
        age = (datetime.fromisoformat(fact.observed_at) - entry.when).total_seconds()
        aspects.append(aged(age, p.max_age))
    parts = tuple((path, seen) for path in p.paths if (seen := _verdict(path, trials(body))))
    made = judgement(*aspects)
    when = rfc3339(entry.when) if made.verdict is Verdict.CONFORM else None
    return made._replace(gate=GateSeen(p.gate, parts, None, when))


def _same(p: Rehearsal, entry: Entry) -> bool:
    return place_named(entry.environment) == place_named(p.environment or "")


def _verdict(path: str, found: list[Trial]) -> Verdict | None:
    """Whether the part of the gate passed; None: it was not tried."""
    mine = [trial.good for trial in found if tries(trial.name, path)]
    if not mine:
        return None
    return Verdict.DEVIATES if False in mine else Verdict.UNDETERMINED if None in mine else Verdict.CONFORM


def _tried(p: Rehearsal, found: list[Trial]) -> Iterator[Aspect]:
    """How many of the gate's checks it tried, going by the names that it gave them."""
    wanted = p.paths
    tried = [path for path in wanted if any(tries(trial.name, path) for trial in found)]
    failed = [trial.name for trial in found if trial.good is False]
    expected = nmsg("{n} check", "{n} checks", n=len(wanted))
    said = nmsg("{n} of {all:int} was tried", "{n} of {all:int} were tried", n=len(tried), all=len(wanted))
    rest = tuple(path for path in wanted if path not in tried)
    if rest:
        said = msg("{lead}; not {paths:list}", lead=said, paths=rest[:SHOWN])
        if len(rest) > SHOWN:
            said = nmsg("{lead} and {n} more", "{lead} and {n} more", lead=said, n=len(rest) - SHOWN)
    yield aspect(msg("scope"), expected, said, bool(tried) and (not rest or not p.all))
    if failed:
        yield aspect(
            msg("each"), msg("passed"), msg("failed: {names:list}", names=tuple(failed[:SHOWN])), False
        )


KIND = Kind(
    name="rehearsal",
    summary="The newest preflight in the ledger passed, and how much of a gate it tried.",
    why="“Nine checks, validated in a dry run” where three ran: a rehearsal is worth what it tried, and no more.",
    params=Rehearsal,
    subject=("gate",),
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=lambda p: msg("Rehearse the deployment, and let it run the whole gate {gate:code}.", gate=p.gate),
    assurance=Assurance.REHEARSED,
    handles=frozenset({Observation.DENIED}),
    example="rehearsal: {files: ledger/*.json, gate: release-structure, max-age: 24h}",
)
