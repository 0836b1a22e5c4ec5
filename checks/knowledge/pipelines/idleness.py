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
    if reading and all(only_talks(reading, job) for job in ran):
        return msg("success, but what ran only prints a text")
    return None


def unsure(jobs: Sequence[Mapping[str, Any]], reading: Reading | None) -> Message | None:
    """What could not be read, and would tell whether a run that went well did any work."""
    if reading is None:
        return None
    ran = [only_talks(reading, job) for job in jobs if worked(job["steps"])]
    return unread(reading) if None in ran and False not in ran else None


def only_talks(reading: Reading, job: Mapping[str, Any]) -> bool | None:
    """Whether the `job` of a run did nothing but print a text: what stands in for work that was left out; False where that
    cannot be told, None where it could not be read."""
    shown = job["name"]
    its = next((j for j in reading.jobs if fits(shown, j.name) or fits(shown, j.id)), None)
    caller = shown.rpartition(" / ")[0]
    its = its or next(
        (j for j in reading.jobs if j.uses and (fits(caller, j.name) or fits(caller, j.id))), None
    )
    left = {step["name"] for step in job["steps"] if step["conclusion"] == "skipped"}
    left -= {step["name"] for step in job["steps"] if step["conclusion"] != "skipped"}
    unclear = [one for one in reading.unclear if its and one.job in ("", its.id) and one.step not in left]
    mine = [act for act in reading.commands if its and act.job == its.id and act.step not in left]
    if any(one.unread for one in unclear) and all(map(_talks, mine)):
        return None
    if its is None or not its.steps or unclear:
        return False
    return all(map(_talks, mine))


def ran(step: Mapping[str, Any]) -> bool:
    """Whether a `step` of a run was not left out."""
    return bool(step["conclusion"] != "skipped")


def _talks(act: Act) -> bool:
    return act.argv[0] in TALK or (act.argv[0] == "uses" and "checkout" in act.argv[1])
