"""``github_environment`` (source, name): how an environment of GitHub is protected, whether or not anything waits for it.

``source`` as for ``github``. Value: ``{"environment": null (there is none of this name) or {"name", "reviewers" (names of
those of whom one must approve; null: nobody must), "self_review" (whether who started it may approve; null: nobody must),
"wait" (minutes), "branches": ``any``, ``protected`` or ``listed``, "listed": the patterns of branches and tags, or null,
"listed_lack": {"observation", "said"} why they could not be seen, or null, "admins" (whether they may pass by it; null: not
told)}}``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from checks.clock import now
from checks.model import Fact, Probe
from checks.redact import Redactor
from checks.sources.api import Api
from checks.sources.etags import shared
from checks.sources.github import opened
from checks.sources.interface import Answer, NoAnswer, fact
from checks.sources.limit import Limit
from checks.sources.network import Dial
from checks.sources.shapes import number, text
from checks.sources.workflow_files import said


def describe(probe: Probe) -> str:
    source = probe.args["source"]
    where = (
        f"read the saved answers in {source['answers']}: " if source["answers"] else f"GET {source['api']}"
    )
    name = quote(probe.args["name"], safe="")
    return (
        f"{where}/repos/{source['repository']}/environments, then where branches are listed"
        f" /environments/{name}/deployment-branch-policies"
    )


def observe(probe: Probe, dial: Dial, secrets: dict[str, str]) -> Fact:
    source, limit = probe.args["source"], Limit(probe.deadline)
    try:
        api = opened(source, dial, secrets, limit)
        found = _found(api, f"/repos/{source['repository']}/environments", probe.args["name"])
    except NoAnswer as error:
        return fact(probe, None, describe(probe), error.observation, reason=error.reason)
    finally:
        if not source["answers"]:
            shared().save()
    value = Redactor(list(secrets.values())).value({"environment": found})
    raw = json.dumps(value, sort_keys=True).encode()
    answer = Answer(raw, b"", None, observed_at=now(), duration=limit.spent())
    return fact(probe, answer, describe(probe), value=value, raw=raw)


def _found(api: Api, base: str, name: str) -> dict[str, Any] | None:
    # In the list of all a missing one is really missing; asked for alone it may as well be hidden.
    every = [one for one in api.pages(base, "environments") if isinstance(one, dict)]
    its = next((one for one in every if text(one.get("name")).lower() == name.lower()), None)
    if its is None:
        return None
    rules = [one for one in its.get("protection_rules") or () if isinstance(one, dict)]
    review = next((one for one in rules if one.get("type") == "required_reviewers"), None)
    wait = next((one for one in rules if one.get("type") == "wait_timer"), {})
    admins = its.get("can_admins_bypass")
    return {
        "name": text(its.get("name")),
        "reviewers": _reviewers(review) if review else None,
        "self_review": review.get("prevent_self_review") is not True if review else None,
        "wait": number(wait.get("wait_timer")),
        **_branches(api, f"{base}/{quote(name, safe='')}", its.get("deployment_branch_policy")),
        "admins": admins if isinstance(admins, bool) else None,
    }


def _reviewers(rule: Mapping[str, Any]) -> list[str]:
    listed = [one.get("reviewer") for one in rule.get("reviewers") or () if isinstance(one, dict)]
    return [
        text(one.get("login") or one.get("slug") or one.get("name"))
        for one in listed
        if isinstance(one, dict)
    ]


def _branches(api: Api, base: str, policy: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"branches": "any", "listed": None, "listed_lack": None}
    if not isinstance(policy, dict):
        return made
    if policy.get("protected_branches") is True:
        return {**made, "branches": "protected"}
    made["branches"] = "listed"
    try:
        found = api.pages(f"{base}/deployment-branch-policies", "branch_policies")
        made["listed"] = [text(one.get("name")) for one in found if isinstance(one, dict)]
    except NoAnswer as error:
        made["listed_lack"] = {"observation": error.observation.value, "said": said(error)}
    return made
