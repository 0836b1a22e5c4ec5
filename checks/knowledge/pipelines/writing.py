"""A step as a workflow file writes it: whether it is there, and whether its failure would be seen."""

from __future__ import annotations

from collections.abc import Iterator

from checks.knowledge.builds import fits
from checks.knowledge.pipelines.evidence import held, uncalled
from checks.knowledge.pipelines.files import Job, Step
from checks.knowledge.pipelines.idleness import TALK
from checks.knowledge.pipelines.reading import Reading
from checks.model import Message

_CARRIERS = ("ssh", "sh", "bash", "uses")
"""Commands that only bring about what others do."""


def written(reading: Reading, job: str | None, *names: str) -> list[tuple[Job, Step]]:
    """The steps called one of `names` in the job called `job` (None: in any), each with its job."""
    its = reading.job(job) if job else None
    jobs = reading.inside(its.id) if its else [] if job else reading.jobs
    return [
        (one, step)
        for one in jobs
        for step in one.steps
        if any(name and (name == step.name or fits(name, step.name)) for name in names)
    ]


def unwritten(reading: Reading, job: str | None, *names: str) -> bool:
    """Whether there surely is no such step."""
    return not uncalled(reading) and not written(reading, job, *names)


def passed_over(reading: Reading, job: str | None, *names: str) -> Message | None:
    """Why a failure of the step would not be seen: all that it does, but for talk, may fail without one."""
    for its, step in written(reading, job, *names):
        said = [*_doubts(reading, its, step)]
        if said and all(said):
            return said[0]
    return None


def _doubts(reading: Reading, its: Job, step: Step) -> Iterator[Message | None]:
    mine = [a for a in reading.commands if (a.job, a.step) == (its.id, step.name) and a.argv[0] not in TALK]
    for act in [a for a in mine if a.argv[0] not in _CARRIERS] or mine:
        sure, why = held(reading, act._replace(only=None))
        ignored = act.fails.why.startswith("continue-on-error")
        yield why if sure is False or (sure is None and ignored) else None
