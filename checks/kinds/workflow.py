"""``workflow``: the newest run of a GitHub Actions workflow really did its work, and its artifact is still there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from checks.kinds.interface import Facts, Kind, aspect, judgement, undetermined
from checks.knowledge.ages import aged
from checks.knowledge.artifacts import expired_since, left, without
from checks.knowledge.builds import (
    RUNNING,
    OfWorkflow,
    WorkflowFile,
    awaited,
    keys,
    named,
    newest_run,
    stopped_at,
)
from checks.knowledge.pipelines.idleness import did_nothing, only_talks, ran, unsure
from checks.knowledge.pipelines.jobnames import nameless, names_of, own
from checks.knowledge.pipelines.progress import idle
from checks.knowledge.pipelines.reading import Reading
from checks.model import Aspect, Judgement, Message, Observation, Probe, code, msg, nmsg
from checks.units import Duration


class Workflow(OfWorkflow):
    file: WorkflowFile
    """The name of its file in `.github/workflows`, such as `build-artifacts.yml`."""
    jobs: list[str] = []
    """Jobs, by id or name, that must have done their work: not skipped, and with a success of their own."""
    artifact: str | None = None
    """The name of an artifact that it must have left, and that has not expired; `*` stands for anything."""
    retention: Duration | None = None
    """How long that artifact must be kept at least, from when it was made."""
    commit: str | None = None
    """The beginning of the commit that it must have built."""
    max_age: Duration | None = None
    """How long ago it may have ended at most."""


def probes(p: Workflow) -> dict[str, Probe]:
    return {"run": newest_run(p, p.file)}


def soll(p: Workflow) -> Message:
    return msg("newest run of {workflow:code}", workflow=p.file)


def judge(p: Workflow, facts: Facts) -> Judgement:
    fact = facts["run"]
    seen = fact.value
    run, jobs = seen["run"], seen["jobs"]
    if run is None:
        none = aspect(None, msg("present"), msg("none"), False)
        start = msg("Start the workflow {workflow:code}.", workflow=p.file)
        return judgement(none, observation=Observation.ABSENT, remedy=start)
    shown = msg(
        "#{number} of {commit:code}, attempt {attempt:int}",
        number=str(run["number"]), commit=run["commit"][:8], attempt=run["attempt"],
    )  # fmt: skip
    if (first := seen["first"]) and first["conclusion"] != "success":
        shown = msg("{run}; the first: {conclusion:code}", run=shown, conclusion=first["conclusion"] or "–")
    if run["status"] != "completed":
        return _unfinished(run, awaited(seen), shown)
    note = None
    if last := seen.get("changed"):
        note = msg(
            "The file was last changed on {day:time}, commit {commit:code}.",
            day=last["date"],
            commit=last["commit"][:8],
        )
    aspects = [
        aspect(None, msg("present"), shown, True, note=note),
        *_result(run, jobs, seen["failed_line"], own(seen, p.file, p).reading),
    ]
    its = own(seen, p.file, p).reading
    for name in p.jobs:
        found = named(jobs, names_of(seen, p.file, name, p))
        job = min(found, key=lambda j: j["conclusion"] == "success", default=None)
        did = job is None or not its or not only_talks(its, job) or all(map(ran, job["steps"]))
        done = job is not None and job["conclusion"] == "success" and bool(job["steps"]) and did
        words = msg("missing") if job is None else code(job["conclusion"] or "–")
        words = words if did else msg("its work was skipped")
        what, unread = msg("job {name:code}", name=name), nameless(seen, p.file, name, p)
        if unread:
            aspects.append(aspect(what, msg("done"), None, None, note=unread.lack))
            continue
        aspects.append(aspect(what, msg("done"), msg("done") if done else words, done))
    if p.commit is not None:
        right = run["commit"].startswith(p.commit)
        aspects.append(aspect(msg("commit"), code(p.commit), code(run["commit"][:12]), right))
    if p.artifact is not None:
        if lack := seen.get("artifacts_lack"):
            what = msg("artifact {name:code}", name=p.artifact)
            aspects.append(aspect(what, msg("present"), None, None, note=code(lack)))
        else:
            aspects += left(p.artifact, p.retention, seen["artifacts"])
    if p.max_age is not None:
        age = datetime.fromisoformat(fact.observed_at) - datetime.fromisoformat(run["updated"])
        aspects.append(aged(age.total_seconds(), p.max_age))
    said = judgement(*aspects, remedy=msg("Open the run: {url:code}", url=run["url"]))
    names = (p.file, idle(p.file), *([without(p.file, p.artifact)] if p.artifact else []))
    why = keys(p.file, seen) if run["conclusion"] != "success" else ()
    since = None if why else expired_since(p.artifact, seen["artifacts"])
    return said._replace(stands_for=names, behind=why, since=since or run["updated"] or None)


def _unfinished(run: Mapping[str, Any], who: str | None, shown: Message) -> Judgement:
    if who is not None:
        reason = msg("{run} waits for an approval by {who:code}.", run=shown, who=who)
        return undetermined(reason, Observation.NOT_ATTEMPTED)._replace(awaiting=who)
    if run["status"] in RUNNING:
        reason = msg("{run} has not ended: {status:code}.", run=shown, status=run["status"])
    else:
        reason = msg("{run} is in a state that is not known: {status:code}.", run=shown, status=run["status"])
    return undetermined(reason, Observation.NOT_ATTEMPTED)


def _result(
    run: Mapping[str, Any], jobs: list[Any], line: str | None, reading: Reading | None
) -> Iterator[Aspect]:
    """How it ended, and whether it did anything at all: a run of skipped jobs is a success, too."""
    conclusion = run["conclusion"]
    good = conclusion == "success"
    said, lost = (did_nothing(jobs, reading), unsure(jobs, reading)) if good else (None, None)
    if said or lost:
        yield aspect(msg("result"), code("success"), said, False if said else None, note=lost)
        return
    stop = stopped_at(jobs)
    actual = code(conclusion or "–")
    if conclusion != "success" and stop:
        actual = msg(
            "{conclusion:code} in {job:code}, step {number:int} {step:code}",
            conclusion=conclusion, job=stop.job, number=stop.number, step=stop.step,
        )  # fmt: skip
        if stop.behind:
            rest = nmsg("{n} step not reached", "{n} steps not reached", n=stop.behind)
            actual = msg("{lead}; {rest}", lead=actual, rest=rest)
        if line:
            actual = msg("{lead}: {line:code}", lead=actual, line=line)
    yield aspect(msg("result"), code("success"), actual, conclusion == "success")


KIND = Kind(
    name="workflow",
    summary="The newest run of a GitHub Actions workflow really did its work, and its artifact is still there.",
    why="A green tick may be that of a run in which every job was skipped, of another branch, or of last month.",
    params=Workflow,
    shorthand="file",
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=lambda p: msg("Look into the runs of the workflow {workflow:code}.", workflow=p.file),
    on_host=lambda p: False,
    example="workflow: {file: build-artifacts.yml, branch: main, event: push, artifact: deployment-bundle-*}",
)
