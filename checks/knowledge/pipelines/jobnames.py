"""What a run calls the jobs that the spec names by their ids: the workflow file tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checks.knowledge.builds import named
from checks.knowledge.pipelines.evidence import Version, versions


def names_of(value: Mapping[str, Any], workflow: str, job: str, p: Any) -> list[str]:
    """What the job with the id or name `job` may be called in a run, as far as the workflow file tells."""
    found = next((v.reading for v in versions(value, workflow, "current", p) if v.reading), None)
    its = found.job(job) if found else None
    return [job, *([its.id.rpartition("/")[2], its.name] if its else [])]


def nameless(value: Mapping[str, Any], workflow: str, job: str, p: Any) -> Version | None:
    """The version of the file that would tell how the run calls the job with the id `job`, but could not be read; None
    where one was, or where the run has a job of that very name."""
    found = versions(value, workflow, "current", p)
    if any(v.reading for v in found) or named(value["jobs"], [job]):
        return None
    return next((v for v in found if v.lack is not None), None)
