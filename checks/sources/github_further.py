"""What else is asked about a run of GitHub, and nothing is judged by: its first attempt, its log, who rejected it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checks.knowledge.logs import last_error
from checks.sources.api import Api, Live, listed
from checks.sources.interface import NoAnswer
from checks.sources.shapes import name_of, objects, text
from checks.sources.workflow_files import said

_BAD = ("failure", "timed_out", "cancelled", "startup_failure", "action_required")


def further(api: Api, args: Mapping[str, Any], value: Mapping[str, Any]) -> dict[str, Any]:
    """What nothing is judged by; asked last, so that its slowness costs nothing else."""
    base, run = f"/repos/{args['source']['repository']}/actions", value["run"] or {}
    failed = next((job for job in value["jobs"] if job["conclusion"] in _BAD and job["steps"]), None)
    its = f"{base}/runs/{run.get('id')}"
    line, lack = _last_error(api, f"{base}/jobs/{failed['id']}/logs") if failed else (None, None)
    return {
        "first": _first(api, f"{its}/attempts/1") if run.get("attempt", 0) > 1 else None,
        "failed_line": line,
        "failed_line_lack": lack,
        "rejected": _rejected(api, f"{its}/approvals") if any(map(_unexplained, value["jobs"])) else None,
    }


def _unexplained(job: Mapping[str, Any]) -> bool:
    """Whether a job failed, but none of its steps did."""
    return job["conclusion"] == "failure" and all(step["conclusion"] not in _BAD for step in job["steps"])


def _rejected(api: Api, path: str) -> dict[str, str] | None:
    """Who rejected a deployment of a run. Of an earlier attempt it may be that it was approved later."""
    try:
        made = objects(api.json(path), "")
    except NoAnswer:
        return None
    places = [{name_of(one) for one in listed(review.get("environments") or [], "")} for review in made]
    good = set[str]().union(
        *(p for p, review in zip(places, made, strict=True) if review.get("state") == "approved")
    )
    for where, review in zip(places, made, strict=True):
        if review.get("state") == "rejected" and (named := sorted(where - good)):
            who = review.get("user")
            return {
                "by": text(who.get("login")) if isinstance(who, dict) else "",
                "environment": ", ".join(named),
                "comment": text(review.get("comment")),
            }
    return None


def _first(api: Api, path: str) -> dict[str, str] | None:
    try:
        first = api.json(path)
    except NoAnswer:
        return None
    if not isinstance(first, dict):
        return None
    return {"status": text(first.get("status")), "conclusion": text(first.get("conclusion"))}


def _last_error(api: Api, path: str) -> tuple[str | None, str | None]:
    """The last line of a log that says what failed, and why the log could not be read. A log may be gone; that is no
    reason to lose the rest."""
    # The log of a job that has ended does not change, and costs two requests.
    known = api.kept(f"{path}#last") if isinstance(api, Live) else None
    if isinstance(known, dict):
        return known.get("line"), known.get("lack")
    line, lack = None, None
    try:
        line = last_error(api.text(path))
    except NoAnswer as error:
        lack = said(error)
        if not error.expired:
            return None, lack
    if isinstance(api, Live):
        api.keep(f"{path}#last", {"line": line, "lack": lack})
    return line, lack
