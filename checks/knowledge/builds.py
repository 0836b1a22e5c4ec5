"""What the words of a CI service mean, and where a run stands."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, Field, field_validator

from checks.kinds.interface import Params
from checks.model import Message, Probe, msg, probe

RUNNING = ("queued", "in_progress", "waiting", "requested", "pending")
_DONE = ("success", "skipped", "neutral", "")


def _workflow(value: str) -> str:
    if not re.fullmatch(r"[\w.-]+\.ya?ml", value):
        raise ValueError("expected the name of a file in .github/workflows, such as deploy.yml")
    return value


WorkflowFile = Annotated[str, AfterValidator(_workflow)]
"""The name of a file in ``.github/workflows``."""
Text = Annotated[str, Field(min_length=1)]
_EVENTS = (
    "push", "pull_request", "pull_request_target", "workflow_run", "workflow_dispatch", "workflow_call", "schedule",
    "release", "create", "delete", "deployment", "deployment_status", "repository_dispatch", "merge_group", "status",
    "check_run", "check_suite", "issues", "issue_comment", "label", "milestone", "page_build", "public", "fork", "gollum",
    "registry_package", "watch", "branch_protection_rule", "discussion", "discussion_comment", "pull_request_review",
    "pull_request_review_comment", "dynamic",
)  # fmt: skip


def _event(value: str) -> str:
    if value not in _EVENTS:
        close = get_close_matches(value, _EVENTS, 1)
        raise ValueError(f"expected an event of GitHub Actions{f', such as {close[0]}' if close else ''}")
    return value


Event = Annotated[str, AfterValidator(_event)]


class OfGitHub(Params):
    """What every check that asks the CI service has."""

    source: dict[str, str | None] | None = Field(default=None, validate_default=True, exclude=True)
    """Where the builds are. Default, and usual: the spec's `github`."""

    @field_validator("source", mode="before")
    @classmethod
    def _of_the_spec(cls, value: Any, info: Any) -> Any:
        found = (info.context or {}).get("github")
        if value is not None:
            raise ValueError("expected the repository under `github` at the top of the spec, not here")
        if found is None:
            raise ValueError("expected `github: {repository: owner/name}` at the top of the spec")
        return found


class OfWorkflow(OfGitHub):
    """What every check of a workflow may say."""

    branch: str | None = None
    """Only runs of this branch count."""
    event: Event | None = None
    """Only runs that this event started count, such as `push`: what a pull request starts may be a dummy."""


def newest_run(p: OfWorkflow, workflow: str) -> Probe:
    """What asks for the newest run of `workflow`. All checks of a workflow share it."""
    args = {"source": p.source, "workflow": workflow, "branch": p.branch, "event": p.event}
    return probe("github", here=True, deadline=60, **args)


class Stop(NamedTuple):
    """Where a run stopped; ``behind``: how many steps of the same job were not reached."""

    job: str
    number: int
    step: str
    behind: int


def stopped_at(jobs: Sequence[Mapping[str, Any]]) -> Stop | None:
    """The first step that failed. What comes behind it and was skipped was not reached; numbers may have gaps."""
    for job in jobs:
        steps = job["steps"]
        for place, step in enumerate(steps):
            if step["conclusion"] not in _DONE:
                behind = sum(later["conclusion"] in ("skipped", "") for later in steps[place + 1 :])
                return Stop(job["name"], step["number"], step["name"], behind)
    return None


class State(NamedTuple):
    """How far a job or a step got in a run. ``word``: ``done``, ``failed``, ``not reached``, ``skipped``, ``missing``
    (the run has none of this name) or ``running``. ``conclusion`` is the service's own word."""

    word: str
    conclusion: str = ""
    job: str = ""
    step: str = ""


def named(jobs: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[Mapping[str, Any]]:
    """The jobs of a run that are called one of `names`: as part of a matrix or of a called workflow, too."""
    return [job for job in jobs if any(fits(job["name"], name) for name in names)]


def fits(shown: str, name: str) -> bool:
    """Whether the run shows as `shown` what the file calls `name`, in which expressions stand for anything; behind each
    part of it may stand that of a matrix."""
    parts = [".*".join(re.escape(w) for w in re.split(r"\$\{\{.*?\}\}", one)) for one in name.split(" / ")]
    pattern = r"(?: \(.*\))? / ".join(parts)
    return bool(re.fullmatch(rf"(?:.* / )?(?:{pattern})(?: \(.*\))?", shown, re.DOTALL))


def job_state(value: Mapping[str, Any], names: Sequence[str]) -> State:
    """How far the job called one of `names` got in the run of the fact `value`."""
    mine = named(value["jobs"], names)
    if not mine:
        return State(_absent(value))
    worst = max(mine, key=_badness)
    conclusion = worst["conclusion"] or ""
    at = (conclusion, worst["name"])
    if worst["status"] != "completed" and not conclusion:
        return State("running", worst["status"], worst["name"])
    if conclusion == "success":
        return State("done" if worst["steps"] else "skipped", *at)
    if conclusion in ("skipped", ""):
        return State("not reached" if _broke(value, worst) else "skipped", *at)
    # A job that nobody let begin has no steps.
    return State("failed" if worst["steps"] else "not reached", *at)


def step_state(value: Mapping[str, Any], job_names: Sequence[str] | None, step: str) -> State:
    """How far the step called `step` got, in one of the jobs called one of `job_names`; None: in any job."""
    jobs = value["jobs"] if job_names is None else named(value["jobs"], job_names)
    ran = [job for job in jobs if job["conclusion"] != "skipped"]
    found = [(job, one) for job in ran for one in job["steps"] if fits(one["name"], step)]
    if not found:
        if job_names is not None and jobs and not any(job["steps"] for job in ran):
            return job_state(value, job_names)._replace(step=step)
        return State(_absent(value), step=step)
    job, one = max(found, key=lambda pair: _badness(pair[1]))
    conclusion, at = one["conclusion"] or "", (one["conclusion"] or "", job["name"], one["name"])
    if not conclusion and job["conclusion"]:
        return State("not reached", *at)
    if conclusion == "success":
        return State("done", *at)
    if conclusion in ("skipped", ""):
        if one["status"] != "completed" and not conclusion:
            return State("running", *at)
        broke = any(
            before["conclusion"] not in _DONE and before["number"] < one["number"] for before in job["steps"]
        )
        return State("not reached" if broke or (_broke(value, job) and not job["steps"]) else "skipped", *at)
    return State("failed", *at)


def _badness(one: Mapping[str, Any]) -> int:
    """Which of several jobs or steps of a name speaks for all: before all others one that failed."""
    return {"success": 0, "skipped": 1, "": 2}.get(one["conclusion"] or "", 3)


def _absent(value: Mapping[str, Any]) -> str:
    """What it means that a run does not have a job or step: one that was broken off may not have come to it."""
    if value["run"]["status"] != "completed":
        return "running"
    return "missing" if value["run"]["conclusion"] == "success" else "not reached"


_OF_THE_SERVICE = (
    "Set up job",
    "Complete job",
    "Initialize containers",
    "Stop containers",
    "Set up runner",
    "Complete runner",
)


def worked(steps: Sequence[Mapping[str, Any]]) -> bool:
    """Whether any of the `steps` of a job did something, other than those that the service adds itself."""
    own = [
        s for s in steps if s["name"] not in _OF_THE_SERVICE and not s["name"].startswith(("Post ", "Pre "))
    ]
    return any(step["conclusion"] not in ("skipped", "") for step in own)


def awaited(value: Mapping[str, Any]) -> str | None:
    """Who has to approve what the run waits for; None where it waits for nobody."""
    if not value["waiting"]:
        return None
    return ", ".join(name for one in value["waiting"] for name in one["reviewers"]) or "–"


def stop_said(value: Mapping[str, Any]) -> Message:
    """Why something was not reached: where the run stopped, or who stopped it."""
    run, stop = value["run"], stopped_at(value["jobs"])
    number = str(run["number"])
    if stop is None and (it := value.get("rejected")):
        said = msg(
            "Run {number:code} was rejected by {who:code} (environment {environment:code}).",
            number=number, who=it["by"] or "–", environment=it["environment"],
        )  # fmt: skip
        return msg("{said} Comment: {line:code}", said=said, line=it["comment"]) if it["comment"] else said
    if stop is None and run["conclusion"] == "startup_failure":
        return msg(
            "Run {number:code} could not be started: {result:code}.", number=number, result="startup_failure"
        )
    lost = next((job for job in value["jobs"] if job["conclusion"] == "failure"), None)
    if stop is None and lost is not None:
        return msg(
            "Not reached: in run {number:code} the job {job:code} failed, and none of its steps says why.",
            number=number, job=lost["name"],
        )  # fmt: skip
    if stop is None:
        return msg(
            "Not reached: run {number:code} ended with {result:code}.",
            number=number,
            result=run["conclusion"] or "–",
        )
    return msg(
        "Not reached: run {number:code} stopped in {job:code}, step {step:code}.",
        number=number, job=stop.job, step=stop.step,
    )  # fmt: skip


def _broke(value: Mapping[str, Any], job: Mapping[str, Any]) -> bool:
    """Whether something else in the run failed, so that `job` was not started."""
    return any(
        other is not job and other["conclusion"] not in (*_DONE, None) for other in value["jobs"]
    ) or value["run"]["conclusion"] not in ("success", *_DONE)


def keys(workflow: str, value: Mapping[str, Any], job: str | None = None) -> tuple[str, ...]:
    """What stands for the place where the run stopped, or its `job` did, the most exact first: the step, the job, the
    workflow."""
    jobs = [one for one in value["jobs"] if job in (None, one["name"])]
    stop = stopped_at(jobs)
    bad = next((one["name"] for one in jobs if one["conclusion"] not in (*_DONE, None)), None)
    found = [f"{workflow}/{stop.job}/{stop.step}"] if stop else []
    place = stop.job if stop else bad
    return (*found, *([f"{workflow}/{place}"] if place else []), workflow)
