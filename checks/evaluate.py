"""Spec x Snapshot -> Report. Pure: no I/O, no clock, no language."""

from __future__ import annotations

from collections.abc import Mapping

from checks.kinds.interface import Kind, undetermined
from checks.model import Fact, Judgement, Message, Observation, msg


def judge_facts(its: Kind, params: object, facts: Mapping[str, Fact]) -> Judgement:
    """The judgement of one check. What the kind does not handle itself, and an exception in it, is
    undetermined, with the reason."""
    seen = {Observation.OBSERVED, Observation.ABSENT} | its.handles
    for fact in facts.values():
        if fact.observation not in seen:
            return undetermined(fact.reason or msg("It was not observed."), fact.observation, remedy=grant(fact))
    try:
        return its.judge(params, facts)
    except Exception as error:  # noqa: BLE001 - a judgement that breaks is one result with a reason
        reason = msg("The check itself failed: {error:code}", error=f"{type(error).__name__}: {error}")
        return undetermined(reason, Observation.MALFORMED)


def grant(fact: Fact) -> Message | None:
    """What would let the observer see, where permission was denied."""
    if fact.observation is not Observation.DENIED:
        return None
    return msg("Let the observing account see it; what it ran: {command:code}", command=fact.command)
