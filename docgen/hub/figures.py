"""Figures of the runs that are kept: how many were in order, how long it took until it was so again. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from checks.model import Light
from docgen.hub import nights
from docgen.hub.nights import FINE, Night, Period


class Figures(NamedTuple):
    """Of an environment: of so many ``runs`` that knew it, so many were ``green`` and ``red``; ``recovered``: how many times
    it was in order again, after ``mean`` and at most ``longest`` seconds; ``open``: the run since which it is not."""

    runs: int
    green: int
    red: int
    recovered: int
    mean: float | None
    longest: float | None
    open: Night | None


def figures(kept: Sequence[Night], environment: str) -> Figures:
    """The figures of `environment` over the runs `kept`, the oldest first. It takes from the first run that was not in
    order to the first that was again; what was not in order in the oldest run began nobody knows when, and counts not."""
    its = [(night, night.lights[environment]) for night in kept if environment in night.lights]
    lights = [light for _, light in its]
    began: Night | None = None
    took: list[float] = []
    for night, light in its:
        if light is not Light.GREEN:
            began = began or night
        elif began is not None:
            if began is not its[0][0]:
                took.append(_seconds(began, night))
            began = None
    return Figures(
        len(its),
        lights.count(Light.GREEN),
        lights.count(Light.RED),
        len(took),
        sum(took) / len(took) if took else None,
        max(took, default=None),
        began,
    )


def restless(kept: Sequence[Night], most: int = 10) -> list[tuple[str, int]]:
    """The checks of the newest run whose status changed most often, with how often; only such as did more than once."""
    counts = {id_: len(nights.periods(kept, id_)) - 1 for id_ in kept[-1].statuses}
    return sorted(((id_, n) for id_, n in counts.items() if n > 1), key=lambda one: -one[1])[:most]


def longest_open(kept: Sequence[Night], most: int = 10) -> list[tuple[str, Period]]:
    """The checks of the newest run that are open, those that are so for the longest first."""
    found = [
        (id_, nights.periods(kept, id_)[0]) for id_, status in kept[-1].statuses.items() if status not in FINE
    ]
    return sorted(found, key=lambda one: (one[1].first.collected_at, one[1].status.rank))[:most]


def _seconds(first: Night, last: Night) -> float:
    begin, end = (datetime.fromisoformat(night.collected_at) for night in (first, last))
    return (end - begin).total_seconds()
