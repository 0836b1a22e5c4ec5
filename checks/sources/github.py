"""``github`` (source, workflow, branch, event): the newest run of a workflow, with what it did and left behind.

``source`` is ``{"api", "repository" (owner/name), "token" (a text with ``{secret.name}``, or null), "answers": a folder
with saved answers instead of the API, or null, "checkout": a folder with the repository's files, or null}``.

Value: ``{"run": null, or {"id", "number", "attempt", "title", "event", "branch", "commit", "status", "conclusion",
"created", "updated", "url"}, "good": the same of the newest run that ended well, or null, "jobs": [{"id", "name",
"status", "conclusion", "steps": [{"number", "name", "status", "conclusion"}]}] (of a job that ended before the step that it
was at, that step has the job's conclusion), "artifacts": [{"id", "name", "size",
"digest", "expired", "created", "expires"}], "artifacts_lack": why they are not known, or null, "waiting":
[{"environment", "reviewers": [names]}], "failed_line": the last error in the log of the first job that failed, or
null, "failed_line_lack": why that log could not be read, or null, "rejected": {"by", "environment", "comment"} where a job
failed that no step of its own stopped and a deployment of the run was rejected, or null, "first":
{"status", "conclusion"} of the first attempt where there were several, or null, "file": the workflow
file as the run had it, and "next": as the next would have it (each as :func:`checks.sources.workflow_files.files`
says; null: no run, or the same text), "changed": {"commit", "date"} of its last change, or null}``. Words of the API
that are not known stay as
they are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from checks.clock import now
from checks.knowledge.pipelines.files import FOLDER
from checks.model import Fact, Observation, Probe, msg
from checks.redact import Redactor
from checks.sources.api import Api, Live
from checks.sources.etags import shared
from checks.sources.github_further import further
from checks.sources.interface import Answer, NoAnswer, fact
from checks.sources.limit import Limit
from checks.sources.network import Dial
from checks.sources.saved import Saved
from checks.sources.secrets import lacking
from checks.sources.shapes import name_of, number, objects, text
from checks.sources.workflow_files import Checkout, Contents, Repository, files, said
from checks.spec.variables import SECRET

VERSION = "2022-11-28"


def describe(probe: Probe) -> str:
    a = probe.args
    source, path = a["source"], _path(a)
    if source["answers"]:
        first = (
            f"read the saved answers in {source['answers']}: {path}, then the run's jobs, artifacts and log"
        )
    else:
        first = f"GET {source['api']}{path}?{urlencode(_query(a))} (then the run's jobs, artifacts, approvals and log)"
    where = f"from the checkout in {source['checkout']}" if source["checkout"] else "from there, too"
    return f"{first}; {FOLDER}/{a['workflow']} with the files that it runs, {where}"


def observe(probe: Probe, dial: Dial, secrets: dict[str, str]) -> Fact:
    source, limit = probe.args["source"], Limit(probe.deadline)
    redactor = Redactor(list(secrets.values()))
    try:
        api = opened(source, dial, secrets, limit)
        value = _value(api, probe.args)
        value |= _files(api, probe.args, value["run"], limit, redactor)
        value |= further(api, probe.args, value)
    except NoAnswer as error:
        return fact(probe, None, describe(probe), error.observation, reason=error.reason)
    finally:
        if not source["answers"]:
            shared().save()
    raw = json.dumps({key: value[key] for key in ("run", "changed")}, sort_keys=True).encode()
    answer = Answer(raw, b"", None, observed_at=now(), duration=limit.spent())
    return fact(probe, answer, describe(probe), value=value, raw=raw)


def opened(source: Mapping[str, Any], dial: Dial, secrets: dict[str, str], limit: Limit) -> Api:
    """The API at `source`. Raises :class:`NoAnswer` where its token is missing."""
    if source["answers"]:
        return Saved(source["answers"])
    headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": VERSION}
    for name in SECRET.findall(source["token"] or ""):
        if name not in secrets:
            raise NoAnswer(Observation.ERROR, lacking(name, secrets))
        headers["Authorization"] = f"Bearer {secrets[name]}"
    return Live(source["api"], headers, dial, limit, shared(), Redactor(list(secrets.values())))


def _path(args: Mapping[str, Any]) -> str:
    return f"/repos/{args['source']['repository']}/actions/workflows/{quote(args['workflow'], safe='')}/runs"


def _query(args: Mapping[str, Any]) -> dict[str, str]:
    wanted = {
        "branch": args["branch"],
        "event": args["event"],
        "per_page": "1",
        "exclude_pull_requests": "true",
    }
    return {key: value for key, value in wanted.items() if value}


def newest(api: Api, args: Mapping[str, Any], status: str | None = None) -> dict[str, Any] | None:
    """The newest run that fits `args`, as the API gives it; with `status`, only one that ended so."""
    query = {**_query(args), **({"status": status} if status else {})}
    runs = objects(api.json(_path(args), query), "workflow_runs")
    # Saved answers know no query; and an API that ignores one must not answer for another branch.
    fitting = [
        run
        for run in runs
        if all(
            not args[mine] or run.get(its) == args[mine]
            for mine, its in (("branch", "head_branch"), ("event", "event"))
        )
        and (not status or run.get("conclusion") == status)
    ]
    return max(fitting, key=lambda one: (str(one.get("created_at")), number(one.get("id"))), default=None)


def _value(api: Api, args: Mapping[str, Any]) -> dict[str, Any]:
    run = newest(api, args)
    if run is None:
        return {
            "run": None,
            "good": None,
            "jobs": [],
            "artifacts": [],
            "waiting": [],
            "artifacts_lack": None,
        }
    good = run if run.get("conclusion") == "success" else newest(api, args, status="success")
    base = f"/repos/{args['source']['repository']}/actions"
    its = f"{base}/runs/{number(run.get('id'))}"
    jobs = [
        _job(job) for job in api.pages(f"{its}/jobs", "jobs", {"filter": "latest"}) if isinstance(job, dict)
    ]
    waiting = objects(api.json(f"{its}/pending_deployments"), "") if run.get("status") == "waiting" else []
    return {
        "run": _run(run),
        "good": _run(good) if good else None,
        "jobs": jobs,
        **_artifacts(api, f"{its}/artifacts"),
        "waiting": [_approval(one) for one in waiting],
    }


def _run(run: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": number(run.get("id")),
        "number": number(run.get("run_number")),
        "attempt": number(run.get("run_attempt")),
        "title": text(run.get("display_title")),
        "event": text(run.get("event")),
        "branch": text(run.get("head_branch")),
        "commit": text(run.get("head_sha")),
        "status": text(run.get("status")),
        "conclusion": text(run.get("conclusion")),
        "created": text(run.get("created_at")),
        "updated": text(run.get("updated_at")),
        "url": text(run.get("html_url")),
    }


def _artifacts(api: Api, path: str) -> dict[str, Any]:
    """The artifacts; that they cannot be had is no reason to lose what the run did."""
    try:
        return {"artifacts": artifacts(api, path), "artifacts_lack": None}
    except NoAnswer as error:
        return {"artifacts": [], "artifacts_lack": said(error)}


def artifacts(api: Api, path: str) -> list[dict[str, Any]]:
    """The artifacts of a run, as :func:`observe` tells them, each with its ``id``."""
    return [
        {
            "id": number(a.get("id")),
            "name": text(a.get("name")),
            "size": number(a.get("size_in_bytes")),
            "digest": text(a.get("digest")),
            "expired": bool(a.get("expired")),
            "created": text(a.get("created_at")),
            "expires": text(a.get("expires_at")),
        }
        for a in api.pages(path, "artifacts")
        if isinstance(a, dict)
    ]


def _files(
    api: Api, args: Mapping[str, Any], run: Mapping[str, Any] | None, limit: Limit, redactor: Redactor
) -> dict[str, Any]:
    """The workflow file as the newest run had it, and as the next would have it."""
    source, path = args["source"], f"{FOLDER}/{args['workflow']}"
    of: Repository = Contents(api, source["repository"], args["branch"])
    if source["checkout"]:
        of = Checkout(source["checkout"], limit)
    ran = files(of, path, run["commit"]) if run and run["commit"] else None
    following = files(of, path, None)
    parts = ("texts", "unread")
    same = ran is not None and bool(ran["texts"]) and all(ran[part] == following[part] for part in parts)
    found = {"file": ran, "next": None if same else following, "changed": of.changed(path)}
    return {name: redactor.value(value) for name, value in found.items()}


def _job(job: Mapping[str, Any]) -> dict[str, Any]:
    if job.get("conclusion") == "success" and not isinstance(job.get("steps"), list):
        # Whether it did anything, or all was skipped, is then not known.
        raise NoAnswer(Observation.MALFORMED, msg("The answer has no list {key:code}.", key="steps"))
    steps = [step for step in job.get("steps") or () if isinstance(step, dict)]
    told = [
        {
            "number": number(step.get("number")),
            "name": text(step.get("name")),
            "status": text(step.get("status")),
            "conclusion": text(step.get("conclusion")),
        }
        for step in sorted(steps, key=lambda step: number(step.get("number")))
    ]
    ended = text(job.get("conclusion"))
    if ended in ("failure", "cancelled", "timed_out") and not any(one["conclusion"] == ended for one in told):
        # Its runner was lost, and could not tell how the step ended.
        cut = next((one for one in told if not one["conclusion"]), None)
        if cut is not None:
            cut["conclusion"] = ended
    return {
        "id": number(job.get("id")),
        "name": text(job.get("name")),
        "status": text(job.get("status")),
        "conclusion": ended,
        "steps": told,
    }


def _approval(pending: Mapping[str, Any]) -> dict[str, Any]:
    reviewers = [r.get("reviewer") for r in pending.get("reviewers") or () if isinstance(r, dict)]
    names = [text(r.get("login") or r.get("name")) for r in reviewers if isinstance(r, dict)]
    return {"environment": name_of(pending.get("environment")), "reviewers": names}
