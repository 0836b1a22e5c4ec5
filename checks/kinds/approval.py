"""``approval``: a person decided, and the decision stands in the ledger and still holds."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator

from checks.kinds.interface import Facts, Kind, Params, RemotePath, aspect, judgement, undetermined
from checks.knowledge.ages import AHEAD
from checks.knowledge.decisions import Decision, counting, decisions
from checks.knowledge.entries import dated
from checks.knowledge.grants import enter
from checks.knowledge.newest import split
from checks.model import Judgement, Message, Observation, Probe, code, msg, probe
from checks.units import Duration

MOST = 500


class Approval(Params):
    decision: Annotated[str, Field(min_length=1)]
    """The words of the decision as they stand in the entry: `PROD-DEPLOY FREIGEGEBEN`."""
    files: RemotePath
    """The ledger: JSON files in one folder, such as `ledger/*.json`, or one file with an entry a line."""
    by: list[str] = []
    """Who may decide, as the entries name them. Default: anyone who is named."""
    environment: str | None = Field(default=None, validate_default=True)
    """Only decisions for this environment count, and those that name none. Default: that of the section."""
    valid: Duration = 86400.0
    """How long a decision holds. Default: 24h."""

    @field_validator("environment", mode="before")
    @classmethod
    def _of_the_section(cls, value: Any, info: ValidationInfo) -> Any:
        return value if value is not None else (info.context or {}).get("environment")


def probes(p: Approval) -> dict[str, Probe]:
    folder, name = split(p.files)
    return {"entries": probe("ledger", path=folder, name=name, keep=MOST, deadline=30)}


def soll(p: Approval) -> Message:
    return msg("decision {decision:code}", decision=p.decision)


def judge(p: Approval, facts: Facts) -> Judgement:
    fact = facts["entries"]
    if fact.observation is Observation.DENIED or (fact.value and fact.value["denied"]):
        return undetermined(
            fact.reason or msg("Access was denied."), Observation.DENIED, remedy=enter(p.files)
        )
    raw = fact.value["entries"] if fact.observation is Observation.OBSERVED else []
    given = decisions([one["entry"] for one in raw if one["entry"] is not None], p.decision, p.environment)
    now = datetime.fromisoformat(fact.observed_at) if fact.observed_at else None
    counts = counting(given, p.by)
    ages = [(now - one.when).total_seconds() for one in counts if now and one.when]
    made = [(age, one) for age, one in zip(ages, counts, strict=True) if age >= -AHEAD]
    if made and made[0][0] <= p.valid and not made[0][1].refused:
        newest = made[0][1]
        words = msg("by {who:code}, {time}", who=newest.by, time=dated(newest.when, newest.zoned))
        return judgement(aspect(None, code(p.decision), words, True))
    return _open(p, given, counts[0] if counts else None, ahead=len(made) < len(counts))


def _open(p: Approval, given: list[Decision], newest: Decision | None, *, ahead: bool) -> Judgement:
    who, when = ", ".join(p.by) or "–", newest and dated(newest.when, newest.zoned)
    if ahead:
        reason = msg("The last one lies in the future: {time}.", time=when)
    elif newest and newest.refused:
        reason = msg("Rejected by {who:code}, {time}.", who=newest.by, time=when)
    elif newest:
        reason = msg("The last one is of {time} and holds no longer.", time=when)
    elif given and not any(one.by for one in given):
        reason = msg("An entry says so, but does not say who decided.")
    elif given:
        said = ", ".join(dict.fromkeys(one.by for one in given if one.by))
        reason = msg("An entry says so, but by {who:code}, or without a time that can be read.", who=said)
    else:
        reason = msg("No entry of the ledger says so.")
    return undetermined(reason, Observation.ABSENT)._replace(awaiting=who)


KIND = Kind(
    name="approval",
    summary="A person decided, and the decision stands in the ledger and still holds.",
    why="“Released” that was said on the phone is forgotten by the morning; one of last month was for another bundle.",
    params=Approval,
    subject=("decision",),
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=lambda p: msg("Ask for the decision {decision:code}.", decision=p.decision),
    handles=frozenset({Observation.DENIED}),
    example="approval: {decision: PROD-DEPLOY FREIGEGEBEN, files: ledger/*.json, by: [m.weber], valid: 24h}",
)
