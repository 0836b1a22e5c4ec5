"""What a run calls the jobs that the spec names by their ids: the workflow file tells, as the run had it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checks.knowledge.builds import named
from checks.knowledge.pipelines.evidence import uncalled
from checks.knowledge.pipelines.versions import Version, versions
from checks.model import Observation, msg


def own(value: Mapping[str, Any], workflow: str, p: Any) -> Version:
    """The version of the file that the run had. What the next run would have says nothing of this one."""
    found = next((v for v in versions(value, workflow, "current", p) if v.commit), None)
    lack = msg("The workflow file was not read.")
    return found or Version(None, None, Observation.NOT_ATTEMPTED, lack)


def names_of(value: Mapping[str, Any], workflow: str, job: str, p: Any) -> list[str]:
    """What the job with the id or name `job` may be called in a run, as far as the workflow file tells."""
    found = own(value, workflow, p).reading
    its = found.job(job) if found else None
    return [job, *([its.id.rpartition("/")[2], its.name] if its else [])]


def nameless(value: Mapping[str, Any], workflow: str, job: str, p: Any) -> Version | None:
    """The version of the file that would tell how the run calls the job with the id `job`, but could not be read, or calls
    a workflow that could not; None where it tells, or where the run has a job of that very name."""
    if named(value["jobs"], [job]):
        return None
    found = own(value, workflow, p)
    its = found.reading.job(job) if found.reading else None
    if found.reading is None:
        return found
    lost = uncalled(found.reading) if its is None or its.uses else None
    return found._replace(lack=lost, observation=Observation.ERROR) if lost else None
