"""``job``: a job of a workflow is what it should be in the file, and went well in the newest run."""

from __future__ import annotations

from collections.abc import Iterator

from checks.kinds.interface import Facts, Kind, aspect
from checks.knowledge.builds import OfWorkflow, State, Text, WorkflowFile, newest_run
from checks.knowledge.pipelines.conditions import condition
from checks.knowledge.pipelines.deeds import Doing, doing, runs
from checks.knowledge.pipelines.evidence import held, job_of, judged, unfollowed, versions, where
from checks.knowledge.pipelines.files import Job as Written
from checks.knowledge.pipelines.reading import Act, Reading
from checks.model import Aspect, Judgement, Message, Probe, code, msg


class Job(OfWorkflow):
    workflow: WorkflowFile
    """The name of its file in `.github/workflows`, such as `build-artifacts.yml`."""
    job: Text
    """Its id in the file, or its name."""
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
        if its is None:
            return []
        state = job_of(value, reading, its.id)
        # A rescue that was not needed has nothing to prove.
        return [] if p.on_failure and state.word in ("skipped", "missing", "not reached") else [state]

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
    yield aspect(None, msg("present"), code(at), True)
    wishes = [(wish, runs(reading, wish, its.id)) for wish in p.runs]
    wishes += [(wish, doing(reading, wish, its.id)) for wish in p.does]
    for wish, acts in wishes:
        # That a rescue does not run where all went well is what is wanted of it.
        yield _wish(reading, its.id, wish, [a._replace(only=None) for a in acts] if p.on_failure else acts)
    for service in p.services:
        found = next((image for image in its.services if service in image), None)
        missing = (
            msg("missing; there is {images:list}", images=its.services) if its.services else msg("missing")
        )
        yield aspect(
            msg("service {name:code}", name=service),
            code(service),
            code(found) if found else missing,
            found is not None,
        )
    for name in p.before:
        other = reading.job(name)
        waits = other is not None and its.id in reading.before[other.id]
        no = msg("there is no such job") if other is None else msg("it does not wait for it")
        yield aspect(msg("before {act:code}", act=name), msg("yes"), msg("yes") if waits else no, waits)
    if p.on_failure:
        yield from _rescue(p, reading, its)


def _wish(reading: Reading, job: str, wish: str, acts: list[Act]) -> Aspect:
    """Whether it is done, and whether a failure of it would be seen."""
    if not acts:
        unclear = unfollowed(reading, job)
        return aspect(
            code(wish),
            msg("in the job"),
            None if unclear else msg("not in it"),
            None if unclear else False,
            note=unclear,
        )
    told = [(held(reading, act), act) for act in acts]
    (sure, why), act = next((one for one in told if one[0][0]), told[0])
    at = code(where(reading, act))
    return aspect(code(wish), msg("in the job"), why or at, sure, note=None if sure is not None else why)


def _rescue(p: Job, reading: Reading, its: Written) -> Iterator[Aspect]:
    """Whether the job runs where one of the others failed, and not where all went well."""
    said = condition(its.condition, {f"needs.{name}.result": "success" for name in its.needs})
    shown = code(" ".join(its.condition.split())) if its.condition else msg("no condition")
    runs_then = said.after_failure and said.runs is not True
    yield aspect(msg("runs"), msg("only after a failure"), shown, runs_then)
    for name in p.on_failure:
        other = reading.job(name)
        waits = other is not None and other.id in reading.before[its.id]
        no = msg("there is no such job") if other is None else msg("it does not wait for it")
        yield aspect(msg("after {act:code}", act=name), msg("yes"), msg("yes") if waits else no, waits)


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
