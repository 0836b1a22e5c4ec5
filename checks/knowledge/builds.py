"""What the words of a CI service mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

RUNNING = ("queued", "in_progress", "waiting", "requested", "pending")
_DONE = ("success", "skipped", "neutral", "")


class Stop(NamedTuple):
    """Where a run stopped; ``behind``: how many steps of the same job were not reached."""

    job: str
    number: int
    step: str
    behind: int


def stopped_at(jobs: Sequence[Mapping[str, Any]]) -> Stop | None:
    """The first step that failed. What comes behind it and was skipped was not reached; numbers may have gaps."""
    for job in jobs:
        steps = job["steps"]
        for place, step in enumerate(steps):
            if step["conclusion"] not in _DONE:
                behind = sum(later["conclusion"] in ("skipped", "") for later in steps[place + 1 :])
                return Stop(job["name"], step["number"], step["name"], behind)
    return None
