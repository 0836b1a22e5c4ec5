"""Where a gate stands among what a workflow does."""

from __future__ import annotations

from collections.abc import Sequence

from checks.kinds.interface import aspect
from checks.knowledge.pipelines.aftermath import goes_on, goes_on_behind
from checks.knowledge.pipelines.deeds import doing
from checks.knowledge.pipelines.evidence import places, unclear, unfollowed, unread, where
from checks.knowledge.pipelines.reading import Act, Reading, Unclear, precedes
from checks.model import Aspect, Message, code, msg


def placed(reading: Reading, acts: Sequence[Act], wish: str, *, behind: bool) -> Aspect:
    """Whether all of the gate comes before (or, `behind`, after) everything that is `wish`."""
    name = msg("after {act:code}", act=wish) if behind else msg("before {act:code}", act=wish)
    others = doing(reading, wish)
    if not others:
        note = unfollowed(reading) or msg("It was not found in the workflow.")
        return aspect(name, msg("yes"), None, None, note=note)
    for other in others:
        for act in acts:
            first = precedes(reading, other, act) if behind else precedes(reading, act, other)
            if not first:
                at, there = places(reading, act, other)
                said = (
                    msg("at the same time: {gate}, {other}", gate=at, other=there)
                    if first is None
                    else msg("no: the gate in {gate}, that in {other}", gate=at, other=there)
                )
                return aspect(name, msg("yes"), said, False)
        through: bool | None = False
        if not behind:
            failed = acts[-1]
            same = other.job == failed.job
            through = (
                goes_on_behind(reading, other, failed) if same else goes_on(reading, other.job, failed.job)
            )
        if through is None:
            return aspect(name, msg("yes"), None, None, note=_unless(reading, other, failed))
        if through:
            said = msg("that is done even if the gate fails ({place:code})", place=where(reading, other))
            return aspect(name, msg("yes"), said, False)
    lost = None if behind else _unread_before(reading, acts[0])
    if lost := lost or unread(reading, lambda one: _stands(reading, one, acts, before=behind)):
        return aspect(name, msg("yes"), None, None, note=lost)
    return aspect(name, msg("yes"), msg("yes ({place:code})", place=where(reading, others[0])), True)


def _unless(reading: Reading, other: Act, failed: Act) -> Message:
    """The condition that decides whether `other` is done although `failed` failed."""
    its = reading.job(other.job)
    said = its.condition if its else ""
    if its and other.job == failed.job:
        said = its.steps[other.at[0]].condition
    return msg("unclear: {why} ({place:code})", why=code(f"if: {said}"), place=where(reading, other))


def _stands(reading: Reading, one: Unclear, acts: Sequence[Act], *, before: bool) -> bool:
    """Whether `one` surely comes before (or after) all of `acts`."""
    for act in acts:
        its = reading.job(act.job)
        places = [n for n, step in enumerate(its.steps) if step.name == one.step] if its else []
        if one.job == act.job:
            right = bool(places) and all(n < act.at[0] if before else n > act.at[0] for n in places)
        else:
            first, then = (one.job, act.job) if before else (act.job, one.job)
            right = first in reading.before.get(then, ())
        if not right:
            return False
    return True


def _unread_before(reading: Reading, act: Act) -> Message | None:
    """What could not be followed and is run before `act`: it may do anything."""
    its = reading.job(act.job)
    steps = [step.name for step in its.steps] if its else []
    earlier = steps[: act.at[0]]
    for one in reading.unclear:
        if one.opaque:
            continue
        if one.job in reading.before[act.job] or (one.job == act.job and one.step in earlier):
            return unclear(reading, one.fate)
    return None
