"""``step``: a step of a workflow went well in its newest run; behind one that failed it was not reached."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checks.kinds.interface import Facts, Kind, aspect, judgement, undetermined
from checks.knowledge.builds import (
    OfWorkflow,
    Text,
    WorkflowFile,
    awaited,
    fits,
    keys,
    newest_run,
    step_state,
    stop_said,
)
from checks.knowledge.pipelines.evidence import uncalled
from checks.knowledge.pipelines.files import FOLDER
from checks.knowledge.pipelines.jobnames import nameless, names_of, own
from checks.knowledge.pipelines.progress import causes
from checks.knowledge.pipelines.versions import went
from checks.model import Judgement, Message, Observation, Probe, msg


class Step(OfWorkflow):
    workflow: WorkflowFile
    """The name of its file in `.github/workflows`, such as `deploy-staging.yml`."""
    job: str | None = None
    """The job that the step belongs to, by its id or name. Default: any."""
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
        aspect(None, msg("done"), said, state.word == "done"),
        remedy=msg("Open the run: {url:code}", url=run["url"]),
    )
    stands_for = (f"{p.workflow}/{state.job}/{state.step}", f"{p.workflow}/{state.job}")
    why = keys(p.workflow, value, state.job) if state.word == "failed" else ()
    if state.word in ("skipped", "missing"):
        why = causes(p.workflow, value, own(value, p.workflow, p).reading)
    return made._replace(stands_for=stands_for, behind=why, since=run["updated"] or None)


def _unwritten(p: Step, value: Mapping[str, Any]) -> bool:
    """Whether the file that the run had has no such step at all: then it was not the failure that kept it back."""
    its = own(value, p.workflow, p).reading
    if its is None or uncalled(its):
        return False
    return not any(fits(p.step, step.name) for job in its.jobs for step in job.steps)


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
