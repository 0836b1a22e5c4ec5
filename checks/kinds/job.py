"""``job``: a job of a workflow is what it should be in the file, and went well in the newest run."""

from __future__ import annotations

from collections.abc import Iterator

from checks.kinds.interface import Facts, Kind, aspect
from checks.knowledge.builds import OfWorkflow, State, Text, WorkflowFile, newest_run
from checks.knowledge.pipelines.aftermath import goes_on
from checks.knowledge.pipelines.conditions import condition
from checks.knowledge.pipelines.deeds import Doing, wishes
from checks.knowledge.pipelines.evidence import uncalled, unfollowed, wished
from checks.knowledge.pipelines.files import Job as Written
from checks.knowledge.pipelines.progress import job_of, left_out
from checks.knowledge.pipelines.reading import Reading
from checks.knowledge.pipelines.versions import judged, versions
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
        if its is None or its.uses:
            return []
        state = job_of(value, reading, its.id)
        if p.on_failure and state.word in ("skipped", "missing", "not reached"):
            return []  # a rescue that was not needed has nothing to prove
        wanted = [act for _, acts in wishes(reading, p.runs, p.does, its.id) for act in acts]
        return [state, *left_out(value, reading, wanted)] if state.word == "done" else [state]

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
    # What a job does that calls a workflow is in that; nor does the run show it under its own name.
    lost = unfollowed(reading, its.id) if its.uses else None
    yield aspect(None, msg("present"), None if lost else code(at), None if lost else True, note=lost)
    for wish, acts in wishes(reading, p.runs, p.does, its.id):
        # That a rescue does not run where all went well is what is wanted of it.
        yield wished(reading, its.id, wish, [a._replace(only=None) for a in acts] if p.on_failure else acts)
    for service in p.services:
        found = next((image for image in its.services if service in image), None)
        missing = (
            msg("missing; there is {images:list}", images=its.services) if its.services else msg("missing")
        )
        yield aspect(
            msg("service {name:code}", name=service),
            code(service),
            code(found) if found else None if lost else missing,
            True if found else None if lost else False,
            note=lost,
        )
    for name in p.before:
        yield _waits(reading, its.id, name)
    if p.on_failure:
        yield from _rescue(p, reading, its)


def _waits(reading: Reading, job: str, name: str) -> Aspect:
    """Whether the job called `name` waits for `job`, and does not run where that failed."""
    other, what = reading.job(name), msg("before {act:code}", act=name)
    if other is None:
        return _no_such(reading, what)
    if job not in reading.before[other.id]:
        return aspect(what, msg("yes"), msg("it does not wait for it"), False)
    usual = condition(other.condition, {f"needs.{need}.result": "success" for need in other.needs})
    rescue = usual.after_failure and usual.runs is False
    through = False if rescue else goes_on(reading, other.id, job)
    if through is None:
        return aspect(
            what, msg("yes"), None, None, note=msg("unclear: {why:code}", why=f"if: {other.condition}")
        )
    its = reading.job(job)
    if through or (its and its.ignored):
        return aspect(what, msg("yes"), msg("it runs although it failed"), False)
    return aspect(what, msg("yes"), msg("yes"), True)


def _no_such(reading: Reading, what: Message) -> Aspect:
    lost = uncalled(reading)
    said = None if lost else msg("there is no such job")
    return aspect(what, msg("yes"), said, None if lost else False, note=lost)


def _rescue(p: Job, reading: Reading, its: Written) -> Iterator[Aspect]:
    """Whether the job runs where one of the others failed, and not where all went well."""
    said = condition(its.condition, {f"needs.{name}.result": "success" for name in its.needs})
    shown = code(" ".join(its.condition.split())) if its.condition else msg("no condition")
    for name in p.on_failure:
        other, what = reading.job(name), msg("after {act:code}", act=name)
        if other is None:
            yield _no_such(reading, what)
            continue
        if other.id not in reading.before[its.id]:
            yield aspect(what, msg("yes"), msg("it does not wait for it"), False)
            continue
        rescues = goes_on(reading, its.id, other.id) if not other.ignored else False
        right = False if said.runs is True or rescues is False else None if rescues is None else True
        note = None if right is not None else msg("It depends on more than that.")
        yield aspect(what, msg("runs, and only then"), shown if right is not None else None, right, note=note)


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
