"""Whether a run that went well did any work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from checks.knowledge.builds import fits, worked
from checks.knowledge.pipelines.evidence import unread
from checks.knowledge.pipelines.reading import Act, Reading
from checks.model import Message, msg

TALK = ("echo", "printf", "true", ":", "exit", "set")
"""Commands that do nothing but print a text, or end."""


def did_nothing(jobs: Sequence[Mapping[str, Any]], reading: Reading | None) -> Message | None:
    """Why a run that went well did no work for all that; None: it did some, or that cannot be told."""
    began = [job for job in jobs if job["conclusion"] not in ("skipped", "") and job["steps"]]
    if not began:
        return msg("success, but every job was skipped")
    ran = [job for job in began if worked(job["steps"])]
    if not ran:
        return msg("success, but every step was skipped")
    if reading and all(_only_talks(reading, job["name"]) for job in ran):
        return msg("success, but what ran only prints a text")
    return None


def unsure(jobs: Sequence[Mapping[str, Any]], reading: Reading | None) -> Message | None:
    """What could not be read, and would tell whether a run that went well did any work."""
    if reading is None:
        return None
    ran = [_only_talks(reading, job["name"]) for job in jobs if worked(job["steps"])]
    return unread(reading) if None in ran and False not in ran else None


def _only_talks(reading: Reading, shown: str) -> bool | None:
    """Whether the job that a run shows as `shown` does nothing but print a text: what stands in for a job that was left
    out; False where that cannot be told, None where it could not be read."""
    its = next((job for job in reading.jobs if fits(shown, job.name) or fits(shown, job.id)), None)
    caller = shown.rpartition(" / ")[0]
    its = its or next(
        (j for j in reading.jobs if j.uses and (fits(caller, j.name) or fits(caller, j.id))), None
    )
    unclear = [one for one in reading.unclear if its and one.job in ("", its.id)]
    mine = [act for act in reading.commands if its and act.job == its.id]
    if any(one.unread for one in unclear) and all(map(_talks, mine)):
        return None
    if its is None or not its.steps or unclear:
        return False
    return all(map(_talks, mine))


def _talks(act: Act) -> bool:
    return act.argv[0] in TALK or (act.argv[0] == "uses" and "checkout" in act.argv[1])
