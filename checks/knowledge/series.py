"""Series of backups: how old the newest is, how many there are, and whether one is missing between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from checks.kinds.interface import Params, RemotePath, aspect
from checks.knowledge.ages import AHEAD, aged
from checks.knowledge.moments import rfc3339
from checks.knowledge.newest import split
from checks.model import Aspect, Message, Probe, Verdict, msg, nmsg, probe
from checks.units import Duration

ENTRIES = 500


class Series(Params):
    """Base of the kinds that look at a series of backups."""

    max_age: Duration | None = None
    """How long ago the newest may have been made at most, by the clock of the host."""
    keep: Annotated[int, Field(ge=1)] = 1
    """How many there must be at least."""
    keep_at_most: Annotated[int, Field(ge=1)] | None = None
    """How many there may be at most: what is kept for longer than it is needed is a matter of data protection."""
    oldest: Duration | None = None
    """How long ago the oldest may have been made at most, for the same reason."""
    every: Duration | None = None
    """How far apart two that follow each other may be at most: for a nightly job that takes now longer, now shorter,
    rather `25h` than `24h`."""
    over: Duration = 14 * 86400.0
    """How far back `every` and `rpo` are looked at."""
    rpo: Duration | None = None
    """How much may be lost at most, as time (recovery point objective): how old the newest backup may be that is all it
    should be, and how far apart two that follow each other may be."""
    rto: Duration | None = None
    """How long a restore may take at most (recovery time objective). Only what was measured counts: the newest restore
    in `restores`."""
    restores: RemotePath | None = None
    """The ledger in which restores are recorded, such as `ledger/restore_*.json`. An entry counts whose `action` is a
    restore and whose `backup` names one of these; it must say the `duration`, or when it began and ended."""

    @model_validator(mode="after")
    def _far_enough(self) -> Self:
        if self.every is not None and self.every > self.over:
            raise ValueError("expected `over` to be longer than `every`")
        if self.keep_at_most is not None and self.keep_at_most < self.keep:
            raise ValueError("expected `keep-at-most` not to be less than `keep`")
        if self.restores and self.rto is None:
            raise ValueError("`restores` is where `rto` is measured: expected `rto`, too")
        return self


def judged(p: Series, times: Sequence[float], now: float) -> Iterator[Aspect]:
    """What there is to say of backups that were made at `times` (seconds, at least one) where it is `now`."""
    if p.max_age is not None:
        yield aged(now - max(times), p.max_age)
    elif max(times) - now > AHEAD:
        ahead = msg("It is dated in the future, so its age is not known.")
        yield aspect(msg("age"), msg("not in the future"), None, None, note=ahead)
    if p.keep > 1:
        count = len(times)
        yield aspect(msg("kept"), msg("at least {n:int}", n=p.keep), msg("{n:int}", n=count), count >= p.keep)
    if p.every is not None:
        gaps = [*_gaps(sorted(times), p.every, now - p.over, now)]
        limit = msg("at most {age:seconds} apart, over {over:seconds}", age=p.every, over=p.over)
        seen = _first(gaps) if gaps else msg("no gap")
        yield aspect(msg("series"), limit, seen, not gaps)


def retained(p: Series, times: Sequence[float], now: float) -> Iterator[Aspect]:
    """What there is to say of backups that are kept for longer than they may be."""
    if p.keep_at_most is not None:
        count, limit = len(times), msg("at most {n:int}", n=p.keep_at_most)
        yield aspect(msg("retention"), limit, msg("{n:int}", n=count), count <= p.keep_at_most)
    if p.oldest is not None:
        age = max(0, round(now - min(times)))
        limit = msg("at most {age:seconds}", age=p.oldest)
        yield aspect(msg("oldest"), limit, msg("{age:seconds}", age=age), age <= p.oldest)


def restores(p: Series) -> dict[str, Probe]:
    """What asks for the ledger of the restores, as ``restores``."""
    return {"restores": entries(p.restores)} if p.restores else {}


def entries(ledger: str) -> Probe:
    """What asks for the entries of the files `ledger`."""
    folder, name = split(ledger)
    return probe("ledger", path=folder, name=name, keep=ENTRIES, deadline=30)


def rpo(most: float, over: float, times: Sequence[float], now: float, usable: bool | None) -> Aspect:
    """Whether at most `most` seconds would be lost where the last backups were made at `times` and it is `now`, going
    back as far as `over`. Only the newest was tried out; where it is not `usable`, the one before it is a lower limit."""
    name, limit = msg("RPO"), msg("at most {age:seconds}", age=most)
    made = sorted(times)
    lead = msg("{age:seconds} since the newest", age=max(0, round(now - made[-1])))
    if made[-1] - now > AHEAD:
        ahead = msg("It is dated in the future, so its age is not known.")
        return aspect(name, limit, None, None, note=ahead)
    if usable is False:
        made.pop()
        if not made:
            return aspect(name, limit, msg("none is usable"), False)
        lead = msg(
            "{age:seconds} since the one before, as the newest is not usable", age=round(now - made[-1])
        )
    widest = max((after - before for before, after in pairwise(made) if after > now - over), default=0)
    actual = lead
    if widest:
        actual = msg("{lead}; at most {gap:seconds} between two", lead=lead, gap=round(widest))
    if max(now - made[-1], widest) > most:
        return aspect(name, limit, actual, False)
    note: Message | None = None
    if usable is not True:
        note = msg("The newest is not usable, and the one before it was not tried out.")
        if usable is None:
            note = msg("Whether the newest is usable is not known.")
    return aspect(name, limit, actual, usable or None, note=note)


def usable(aspects: Sequence[Aspect]) -> bool | None:
    """Whether a backup is all it should be, going by what there is to say of it; None where that is not known."""
    verdicts = {one.verdict for one in aspects}
    return False if Verdict.DEVIATES in verdicts else None if Verdict.UNDETERMINED in verdicts else True


Gap = tuple[float | None, float | None]
"""From when until when nothing was made; None where the series begins later, or has ended."""


def _gaps(times: Sequence[float], every: float, since: float, now: float) -> Iterator[Gap]:
    """The gaps between `since` and `now`, the first one first."""
    if times[0] - since > every:
        yield None, times[0]
    for before, after in pairwise(times):
        if after > since and after - before > every:
            yield before, after
    if now - times[-1] > every:
        yield times[-1], None


def _first(gaps: Sequence[Gap]) -> Message:
    start, end = gaps[0]
    if start is None:
        shown = msg("none before {time:time}", time=_shown(end))
    elif end is None:
        shown = msg("none since {time:time}", time=_shown(start))
    else:
        shown = msg("none from {start:time} to {end:time}", start=_shown(start), end=_shown(end))
    if len(gaps) == 1:
        return shown
    rest = nmsg("and {n} more gap", "and {n} more gaps", n=len(gaps) - 1)
    return msg("{lead}; {rest}", lead=shown, rest=rest)


def _shown(moment: float | None) -> str:
    return rfc3339(None if moment is None else datetime.fromtimestamp(moment, UTC))
