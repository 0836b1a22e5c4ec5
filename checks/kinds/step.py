"""``step``: a step of a workflow went well in its newest run; behind one that failed it was not reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checks.kinds.interface import Facts, Kind, aspect, judgement, undetermined
from checks.knowledge.builds import (
    OfWorkflow,
    State,
    Text,
    WorkflowFile,
    awaited,
    keys,
    newest_run,
    step_state,
    stop_said,
)
from checks.knowledge.pipelines.files import FOLDER
from checks.knowledge.pipelines.jobnames import nameless, names_of, own
from checks.knowledge.pipelines.progress import causes
from checks.knowledge.pipelines.versions import versions, went
from checks.knowledge.pipelines.writing import passed_over, unwritten
from checks.model import Aspect, Assurance, Judgement, Message, Observation, Probe, Verdict, msg


class Step(OfWorkflow):
    workflow: WorkflowFile
    """The name of its file in `.github/workflows`, such as `deploy-staging.yml`."""
    job: str | None = None
    """The job that the step belongs to, by its id or name; or the job that calls the workflow it is in. Default: any."""
    step: Text
    """The name of the step."""


def probes(p: Step) -> dict[str, Probe]:
    return {"run": newest_run(p, p.workflow)}


def soll(p: Step) -> Message:
    return msg("step {step:code} of {workflow:code}", step=p.step, workflow=p.workflow)


def judge(p: Step, facts: Facts) -> Judgement:
    value = facts["run"].value
    run = value["run"]
    if run is None:
        return judgement(aspect(None, msg("done"), msg("no such run"), False), observation=Observation.ABSENT)
    names = names_of(value, p.workflow, p.job, p) if p.job else None
    state = step_state(value, names, p.step)
    said = msg("{word} (run {number:code})", word=went(state._replace(step="")), number=str(run["number"]))
    unread = nameless(value, p.workflow, p.job, p) if p.job else None
    if unread is not None and state.word in ("missing", "not reached"):
        return undetermined(unread.lack or stop_said(value), unread.observation)
    if state.word == "not reached" and not state.job and _unwritten(p, value):
        missing = msg("{file:code} has no such step", file=f"{FOLDER}/{p.workflow}")
        return judgement(aspect(None, msg("done"), missing, False), observation=Observation.ABSENT)
    if state.word == "not reached":
        made = undetermined(stop_said(value), Observation.OBSERVED)
        unreached = aspect(None, msg("done"), said, None)
        return made._replace(aspects=(unreached,), behind=keys(p.workflow, value))
    if state.word == "running" and (who := awaited(value)):
        reason = msg("The run waits for an approval by {who:code}.", who=who)
        return undetermined(reason, Observation.NOT_ATTEMPTED)._replace(awaiting=who)
    if state.word == "running":
        return undetermined(msg("The run has not ended."), Observation.NOT_ATTEMPTED)
    if state.word == "failed" and value["failed_line"]:
        said = msg("{lead}: {line:code}", lead=said, line=value["failed_line"])
    made = judgement(
        *_seen(p, value, said, state),
        remedy=msg("Open the run: {url:code}", url=run["url"]),
    )
    stands_for = (f"{p.workflow}/{state.job}/{state.step}", f"{p.workflow}/{state.job}")
    why = keys(p.workflow, value, state.job) if state.word == "failed" else ()
    if state.word in ("skipped", "missing"):
        why = causes(p.workflow, value, own(value, p.workflow, p).reading)
    made = made._replace(stands_for=stands_for, behind=why, since=run["updated"] or None)
    proven = made.aspects[0].verdict is Verdict.CONFORM and not made.aspects[0].near
    return made if proven or state.word != "done" else made._replace(assurance=Assurance.IMPLEMENTED)


def _seen(p: Step, value: Mapping[str, Any], said: Message, state: State) -> Iterator[Aspect]:
    """How far it got, whether that says anything, and what the next run would have of it."""
    done = state.word == "done"
    for version in versions(value, p.workflow, "current", p):
        reading, now = version.reading, version.commit is not None
        lost = passed_over(reading, p.job, p.step, state.step) if reading and done else None
        note = msg("that it went well is not known: {why}", why=lost) if lost else None
        if now:
            yield aspect(None, msg("done"), said, done, near=lost is not None, note=note)
        elif reading and done and unwritten(reading, p.job, p.step, state.step):
            yield aspect(msg("the next run"), msg("present"), msg("missing"), False)
        elif lost:
            yield aspect(msg("the next run"), msg("present"), lost, True, near=True)


def _unwritten(p: Step, value: Mapping[str, Any]) -> bool:
    """Whether the file that the run had has no such step at all: then it was not the failure that kept it back."""
    its = own(value, p.workflow, p).reading
    return its is not None and unwritten(its, None, p.step)


KIND = Kind(
    name="step",
    summary="A step of a workflow went well in its newest run; behind one that failed it was not reached.",
    why="After a failure the steps behind it did not happen: no switch, no reload. Whoever only sees the failed one may "
    "think that they did.",
    params=Step,
    subject=("step",),
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=lambda p: msg("Look into the runs of the workflow {workflow:code}.", workflow=p.workflow),
    on_host=lambda p: False,
    example="step: {workflow: deploy-staging.yml, job: deploy-staging, step: Run migrations}",
)
