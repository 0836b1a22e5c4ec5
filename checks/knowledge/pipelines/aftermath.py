"""What of a workflow is still done where something before it failed."""

from __future__ import annotations

from checks.knowledge.pipelines.conditions import despite
from checks.knowledge.pipelines.reading import Act, Reading


def goes_on(reading: Reading, job: str, failed: str) -> bool | None:
    """Whether the job with the id `job` runs although the one with the id `failed`, which it waits for, failed; None:
    cannot be known."""
    its = next(j for j in (*reading.jobs, *reading.callers) if j.id == job)
    results = {
        f"needs.{need}.result": "success" for name in its.needs for need in (name, name.rpartition("/")[2])
    }
    for name in (failed, failed.rpartition("/")[2], failed.split("/")[0]):
        results[f"needs.{name}.result"] = "failure"
    return despite(its.condition, results)


def goes_on_behind(reading: Reading, other: Act, failed: Act) -> bool | None:
    """Whether the step of `other` runs although that of `failed`, earlier in the same job, failed; None: cannot be
    known."""
    its = reading.job(other.job)
    if its is None:
        return None
    known = {f"steps.{s.id}.{word}": "success" for s in its.steps for word in ("outcome", "conclusion")}
    bad = its.steps[failed.at[0]].id
    known |= {
        f"steps.{bad}.outcome": "failure",
        f"steps.{bad}.conclusion": "failure",
        "job.status": "failure",
    }
    return despite(its.steps[other.at[0]].condition, known)
