"""``job``: a job of a workflow is what it should be in the file, and went well in the newest run."""

from __future__ import annotations

from collections.abc import Iterator

from checks.kinds.interface import Facts, Kind, aspect
from checks.knowledge.builds import OfWorkflow, State, Text, WorkflowFile, newest_run
from checks.knowledge.pipelines import jobnames
from checks.knowledge.pipelines.deeds import Doing, wishes
from checks.knowledge.pipelines.evidence import uncalled, unfollowed, wished
from checks.knowledge.pipelines.progress import left_out
from checks.knowledge.pipelines.reading import Reading
from checks.knowledge.pipelines.versions import judged, versions
from checks.knowledge.pipelines.waiting import rescues_from, waits
from checks.model import Aspect, Judgement, Message, Probe, code, msg


class Job(OfWorkflow):
    workflow: WorkflowFile
    """The name of its file in `.github/workflows`, such as `build-artifacts.yml`."""
    job: Text
    """Its id in the file, or its name. That of a job that calls a workflow of the repository means all jobs in there."""
    runs: list[Text] = []
    """Commands that it must run, with the options that matter: `composer install --no-dev`. Their failure must fail
    the job."""
    does: list[Doing] = []
    """What it must do, whatever the command is: `backup database`, `switch`, `reload nginx`, `request /health`."""
    services: list[str] = []
    """Containers that it must have beside it, by a part of the image's name: `mariadb`."""
    before: list[str] = []
    """Jobs that must wait for it."""
    on_failure: list[str] = []
    """It is a rescue: it must run where one of these jobs failed, and only then."""
    link: str = "current"
    """The link that makes a release live, for `switch`."""


def probes(p: Job) -> dict[str, Probe]:
    return {"run": newest_run(p, p.workflow)}


def soll(p: Job) -> Message:
    return msg("job {job:code} of {workflow:code}", job=p.job, workflow=p.workflow)


def judge(p: Job, facts: Facts) -> Judgement:
    value = facts["run"].value

    def states(reading: Reading) -> list[State]:
        its = reading.job(p.job)
        found = jobnames.states(value, reading, its) if its else []
        # A rescue that was not needed has nothing to prove.
        idle = ("skipped", "missing", "not reached") if p.on_failure else ()
        went = [state for state in found if state.word not in idle]
        if its is None or not went or {state.word for state in went} != {"done"}:
            return went
        wanted = [act for _, acts in wishes(reading, p.runs, p.does, its.id) for act in acts]
        return [*went, *left_out(value, reading, wanted)]

    return judged(
        value, p.workflow, versions(value, p.workflow, p.link, p), lambda r: [*_aspects(p, r)], states
    )


def _aspects(p: Job, reading: Reading) -> Iterator[Aspect]:
    its = reading.job(p.job)
    if its is None:
        unclear = unfollowed(reading)
        yield aspect(
            None,
            msg("present"),
            None if unclear else msg("missing"),
            None if unclear else False,
            note=unclear,
        )
        return
    at = f"{(its.file or reading.workflow.path).rpartition('/')[2]}:{its.line}"
    # What a job does that calls a workflow is in that.
    lost = uncalled(reading, its.id) if its.uses else None
    there = True if its in reading.callers or not lost else None
    yield aspect(None, msg("present"), code(at) if there else None, there, note=None if there else lost)
    for wish, acts in wishes(reading, p.runs, p.does, its.id):
        # That a rescue does not run where all went well is what is wanted of it.
        yield wished(reading, its.id, wish, [a._replace(only=None) for a in acts] if p.on_failure else acts)
    services = tuple(image for one in reading.inside(its.id) for image in one.services)
    for service in p.services:
        found = next((image for image in services if service in image), None)
        missing = msg("missing; there is {images:list}", images=services) if services else msg("missing")
        yield aspect(
            msg("service {name:code}", name=service),
            code(service),
            code(found) if found else None if lost else missing,
            True if found else None if lost else False,
            note=lost,
        )
    for name in p.before:
        yield waits(reading, its, name)
    yield from rescues_from(p.on_failure, reading, its)


KIND = Kind(
    name="job",
    summary="A job of a workflow is what it should be in the file, and went well in the newest run.",
    why="“Composer without dev, PHPStan level 5, tests with a database, a rollback on failure”: each is a line of a file "
    "that somebody may change, and nobody looks at while the build is green.",
    params=Job,
    subject=("workflow", "job"),
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=lambda p: msg("Look into {workflow:code}, job {job:code}.", workflow=p.workflow, job=p.job),
    on_host=lambda p: False,
    example="job: {workflow: build-artifacts.yml, job: build-backend, runs: [composer install --no-dev]}",
)
