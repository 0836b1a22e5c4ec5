"""What a run calls the jobs that the spec names by their ids: the workflow file tells, as the run had it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checks.knowledge.builds import State, job_state, named
from checks.knowledge.pipelines.conditions import condition
from checks.knowledge.pipelines.evidence import uncalled
from checks.knowledge.pipelines.files import Job
from checks.knowledge.pipelines.progress import job_of
from checks.knowledge.pipelines.reading import Reading
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
    if found is None or its is None or its not in found.callers:
        return [job, *([its.id.rpartition("/")[2], its.name] if its else [])]
    # Where it did not come to that, the run shows who would have called them.
    caller = [its.id.rpartition("/")[2], found.shown(its.id)]
    event = (value["run"] or {}).get("event", "")
    return [*caller, *(found.shown(one.id) for one in working(found, its, event))]


def working(reading: Reading, its: Job, event: str) -> list[Job]:
    """The jobs that do the work of `its`: itself, or those of the workflow that it calls, but for those that only run
    where something fails, or with another event."""
    inside = reading.inside(its.id)
    needs = {need for one in inside for name in one.needs for need in (name, name.rpartition("/")[2])}
    known = {f"needs.{need}.result": "success" for need in needs} | {"github.event_name": event}
    return [one for one in inside if condition(one.condition, known).runs is not False] or inside


def states(value: Mapping[str, Any], reading: Reading, its: Job) -> list[State]:
    """How far the newest run got with the job `its`, or with each job of the workflow that it calls."""
    if its not in reading.callers:
        return [] if its.uses else [job_of(value, reading, its.id)]
    found = []
    for one in working(reading, its, value["run"]["event"]):
        state = job_state(value, [reading.shown(one.id)])
        if not state.job:
            # Where it did not come to that, the run shows who would have called it.
            caller = job_state(value, [its.id.rpartition("/")[2], its.name])
            state = caller if caller.job else state
        found.append(state)
    return found


def nameless(value: Mapping[str, Any], workflow: str, job: str, p: Any) -> Version | None:
    """The version of the file that would tell how the run calls the job with the id `job`, but could not be read, or calls
    a workflow that could not; None where it tells, or where the run has a job of that very name."""
    if named(value["jobs"], [job]):
        return None
    found = own(value, workflow, p)
    its = found.reading.job(job) if found.reading else None
    if found.reading is None:
        return found
    lost = uncalled(found.reading, its.id if its else "") if its is None or its.uses else None
    return found._replace(lack=lost, observation=Observation.ERROR) if lost else None
