"""``step``: a step of a workflow went well in its newest run; behind one that failed it was not reached."""

from __future__ import annotations

from checks.kinds.interface import Facts, Kind, aspect, judgement, undetermined
from checks.knowledge.builds import OfWorkflow, keys, newest_run, step_state
from checks.knowledge.pipelines.evidence import went
from checks.model import Judgement, Message, Observation, Probe, msg


class Step(OfWorkflow):
    workflow: str
    """The name of its file in `.github/workflows`, such as `deploy-staging.yml`."""
    job: str | None = None
    """The job that the step belongs to, by its id or name. Default: any."""
    step: str
    """The name of the step."""


def probes(p: Step) -> dict[str, Probe]:
    return {"run": newest_run(p, p.workflow)}


def soll(p: Step) -> Message:
    return msg("step {step:code} of {workflow:code}", step=p.step, workflow=p.workflow)


def judge(p: Step, facts: Facts) -> Judgement:
    value = facts["run"].value
    run = value["run"]
    if run is None:
        return judgement(
            aspect(None, msg("done"), msg("it never ran"), False), observation=Observation.ABSENT
        )
    state = step_state(value, [p.job] if p.job else None, p.step)
    said = msg("{word} (run {number:code})", word=went(state._replace(step="")), number=str(run["number"]))
    if state.word == "not reached":
        made = undetermined(msg("Not reached: the run stopped before it."), Observation.OBSERVED)
        unreached = aspect(None, msg("done"), said, None)
        return made._replace(aspects=(unreached,), behind=keys(p.workflow, value))
    if state.word == "running":
        return undetermined(msg("The run has not ended."), Observation.NOT_ATTEMPTED)
    if state.word == "failed" and value["failed_line"]:
        said = msg("{lead}: {line:code}", lead=said, line=value["failed_line"])
    made = judgement(
        aspect(None, msg("done"), said, state.word == "done"),
        remedy=msg("Open the run: {url:code}", url=run["url"]),
    )
    names = (f"{p.workflow}/{state.job}/{state.step}", f"{p.workflow}/{state.job}")
    return made._replace(stands_for=names, since=run["updated"] or None)


KIND = Kind(
    name="step",
    summary="A step of a workflow went well in its newest run; behind one that failed it was not reached.",
    why="After a failure the steps behind it did not happen: no switch, no reload. Whoever only sees the failed one may "
    "think that they did.",
    params=Step,
    shorthand="step",
    subject=("workflow",),
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=lambda p: msg("Look into the runs of the workflow {workflow:code}.", workflow=p.workflow),
    on_host=lambda p: False,
    example="step: {workflow: deploy-staging.yml, job: deploy-staging, step: Run migrations}",
)
