"""``github_rules`` (source, branch): what protects a branch, as far as the token may see it, and the workflow files.

``source`` as for ``github``. Value: ``{"rules": [{"type", "parameters", "ruleset" (its id)}] of all rulesets in force, or
null, "rulesets": [{"id", "name", "bypass": [{"type", "id", "mode"}], or null where it is not shown}], "protected" (whether
any rule holds for the branch; null: not told), "protection": the classic protection {"reviews" (null: no pull request is
required), "code_owners", "last_push", "checks": [{"context", "app"}], "admins" (whether it holds for them, too),
"force_pushes", "deletions", "bypass": [names]}, or null, "workflows": [each as
:func:`checks.sources.workflow_files.files` says, with its "path"], "rules_lack", "protection_lack", "workflows_lack":
{"observation", "said"} why each could not be seen, or null}``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from checks.clock import now
from checks.knowledge.pipelines.files import FOLDER
from checks.model import Fact, Observation, Probe, msg
from checks.redact import Redactor
from checks.sources.api import Api
from checks.sources.etags import shared
from checks.sources.github import opened
from checks.sources.interface import Answer, NoAnswer, fact
from checks.sources.limit import Limit
from checks.sources.network import Dial
from checks.sources.shapes import number, text
from checks.sources.workflow_files import Checkout, Contents, Repository, files, said

MOST = 30
"""Workflow files and rulesets that are read."""


def describe(probe: Probe) -> str:
    source = probe.args["source"]
    base, branch = f"/repos/{source['repository']}", quote(probe.args["branch"], safe="")
    where = (
        f"read the saved answers in {source['answers']}: " if source["answers"] else f"GET {source['api']}"
    )
    files_ = f"from the checkout in {source['checkout']}" if source["checkout"] else "from there, too"
    return (
        f"{where}{base}/rules/branches/{branch}, then its {base}/rulesets/{{id}}, {base}/branches/{branch} and its"
        f" /protection; all of {FOLDER}, {files_}"
    )


def observe(probe: Probe, dial: Dial, secrets: dict[str, str]) -> Fact:
    args, limit = probe.args, Limit(probe.deadline)
    source, branch = args["source"], args["branch"]
    try:
        api = opened(source, dial, secrets, limit)
    except NoAnswer as error:
        return fact(probe, None, describe(probe), error.observation, reason=error.reason)
    base, value = f"/repos/{source['repository']}", dict[str, Any]()
    of: Repository = Contents(api, source["repository"], branch)
    if source["checkout"]:
        of = Checkout(source["checkout"], limit)
    try:
        value["rules"], value["rules_lack"] = _told(lambda: _rules(api, base, branch))
        value["rulesets"] = _rulesets(api, base, value["rules"] or [])
        value["protected"], _ = _told(lambda: _protected(api, base, branch))
        value["protection"], value["protection_lack"] = None, None
        if value["protected"] is not False:  # what is refused costs a request of the limit, each time
            value["protection"], value["protection_lack"] = _told(lambda: _protection(api, base, branch))
        value["workflows"], value["workflows_lack"] = _told(lambda: _workflows(of))
    except NoAnswer as error:
        return fact(probe, None, describe(probe), error.observation, reason=error.reason)
    finally:
        if not source["answers"]:
            shared().save()
    value = Redactor(list(secrets.values())).value(value)
    raw = json.dumps({k: v for k, v in value.items() if k != "workflows"}, sort_keys=True).encode()
    answer = Answer(raw, b"", None, observed_at=now(), duration=limit.spent())
    return fact(probe, answer, describe(probe), value=value, raw=raw)


def _told(ask: Callable[[], Any]) -> tuple[Any, dict[str, str] | None]:
    """What `ask` gives, or why it may not be seen. Raises :class:`NoAnswer` where nobody answered: that says nothing of
    what the token may."""
    try:
        return ask(), None
    except NoAnswer as error:
        if error.observation in (Observation.UNREACHABLE, Observation.TIMEOUT):
            raise
        return None, {"observation": error.observation.value, "said": said(error)}


def _rules(api: Api, base: str, branch: str) -> list[dict[str, Any]]:
    found = api.pages(f"{base}/rules/branches/{quote(branch, safe='')}", "")
    return [
        {"type": text(r.get("type")), "parameters": _mapping(r.get("parameters")), "ruleset": number(r.get("ruleset_id"))}
        for r in found
        if isinstance(r, dict)
    ]  # fmt: skip


def _rulesets(api: Api, base: str, rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    made = []
    for id_ in list(dict.fromkeys(rule["ruleset"] for rule in rules))[:MOST]:
        found, _ = _told(lambda id_=id_: api.json(f"{base}/rulesets/{id_}"))  # type: ignore[misc]
        its = _mapping(found)
        actors = its.get("bypass_actors")
        bypass = [
            {"type": text(a.get("actor_type")), "id": number(a.get("actor_id")), "mode": text(a.get("bypass_mode"))}
            for a in actors
            if isinstance(a, dict)
        ] if isinstance(actors, list) else None  # fmt: skip
        made.append({"id": id_, "name": text(its.get("name")) or str(id_), "bypass": bypass})
    return made


def _protected(api: Api, base: str, branch: str) -> bool | None:
    said_ = _mapping(api.json(f"{base}/branches/{quote(branch, safe='')}")).get("protected")
    return said_ if isinstance(said_, bool) else None


def _protection(api: Api, base: str, branch: str) -> dict[str, Any]:
    found = api.json(f"{base}/branches/{quote(branch, safe='')}/protection")
    if not isinstance(found, dict):
        raise NoAnswer(Observation.MALFORMED, msg("The answer is no branch protection."))
    reviews, checks = (
        found.get("required_pull_request_reviews"),
        _mapping(found.get("required_status_checks")),
    )
    its = _mapping(reviews)
    may = _mapping(its.get("bypass_pull_request_allowances"))
    listed_ = [one for one in checks.get("checks") or () if isinstance(one, dict)]
    named = [{"context": text(one.get("context")), "app": number(one.get("app_id"))} for one in listed_]
    named = named or [{"context": text(one), "app": 0} for one in checks.get("contexts") or ()]
    return {
        "reviews": number(its.get("required_approving_review_count")) if isinstance(reviews, dict) else None,
        "code_owners": its.get("require_code_owner_reviews") is True,
        "last_push": its.get("require_last_push_approval") is True,
        "checks": named,
        "admins": _enabled(found, "enforce_admins"),
        "force_pushes": _enabled(found, "allow_force_pushes"),
        "deletions": _enabled(found, "allow_deletions"),
        "bypass": [
            text(one.get("login") or one.get("slug") or one.get("name"))
            for key in ("users", "teams", "apps")
            for one in may.get(key) or ()
            if isinstance(one, dict)
        ],
    }


def _enabled(found: Mapping[str, Any], name: str) -> bool:
    return _mapping(found.get(name)).get("enabled") is True


def _workflows(of: Repository) -> list[dict[str, Any]]:
    names = [name for name in of.names(FOLDER) if name.endswith((".yml", ".yaml"))]
    if len(names) > MOST:
        raise NoAnswer(Observation.ERROR, msg("There are more than {n:int} workflow files.", n=MOST))
    return [{"path": f"{FOLDER}/{name}", **files(of, f"{FOLDER}/{name}", None)} for name in names]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
