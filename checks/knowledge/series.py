"""Series of backups: how old the newest is, how many there are, and whether one is missing between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from checks.kinds.interface import Params, aspect
from checks.knowledge.ages import aged
from checks.knowledge.ledgers import rfc3339
from checks.model import Aspect, Message, msg, nmsg
from checks.units import Duration


class Series(Params):
    """Base of the kinds that look at a series of backups."""

    max_age: Duration | None = None
    """How long ago the newest may have been made at most, by the clock of the host."""
    keep: Annotated[int, Field(ge=1)] = 1
    """How many there must be at least."""
    every: Duration | None = None
    """How far apart two that follow each other may be at most: for a nightly job that takes now longer, now shorter,
    rather `25h` than `24h`."""
    over: Duration = 14 * 86400.0
    """How far back `every` is looked at."""

    @model_validator(mode="after")
    def _far_enough(self) -> Self:
        if self.every is not None and self.every > self.over:
            raise ValueError("expected `over` to be longer than `every`")
        return self


def judged(p: Series, times: Sequence[float], now: float) -> Iterator[Aspect]:
    """What there is to say of backups that were made at `times` (seconds, at least one) where it is `now`."""
    if p.max_age is not None:
        yield aged(now - max(times), p.max_age)
    if p.keep > 1:
        count = len(times)
        yield aspect(msg("kept"), msg("at least {n:int}", n=p.keep), msg("{n:int}", n=count), count >= p.keep)
    if p.every is not None:
        gaps = [*_gaps(sorted(times), p.every, now - p.over, now)]
        limit = msg("at most {age:seconds} apart, over {over:seconds}", age=p.every, over=p.over)
        seen = _first(gaps) if gaps else msg("no gap")
        yield aspect(msg("series"), limit, seen, not gaps)


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
