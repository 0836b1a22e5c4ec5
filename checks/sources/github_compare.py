"""``github_compare`` (source, follows, branch): what lies between two commits, and whether a branch holds the second.

``source`` as for ``github``. ``follows`` names ``base`` and ``head``, each a ``ref``, or the ``probe`` whose answer names
it; when it is asked, they are commits or refs, or null where nobody named one. Value: ``{"base", "head" (as they were
asked for, or null), "between": null (one of them is not known) or {"status" (``ahead``, ``behind``, ``identical``,
``diverged``), "ahead", "behind" (commits), "commits": [{"commit", "title", "author", "date"}] (the newest, at most 20,
the newest first), "files": [{"path", "what"}] (those of note: ``migration``, ``workflow``, ``lock``), "touched" (how many
files), "all" (whether the API told all files)}, "on_branch": the same of the branch (its commits are those that it lacks),
or null, "lack", "branch_lack": {"observation", "said"} why the one or the other could not be told, or null}``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from checks.clock import now
from checks.model import Fact, Observation, Probe, msg
from checks.redact import Redactor
from checks.sources.api import Api
from checks.sources.etags import shared
from checks.sources.github import opened
from checks.sources.interface import Answer, NoAnswer, fact
from checks.sources.limit import Limit
from checks.sources.network import Dial
from checks.sources.shapes import number, text
from checks.sources.workflow_files import said

MOST = 20
FILES = 300
"""Files of a comparison that the API tells at most."""
_OF_NOTE = (
    ("migration", re.compile(r"(?:^|/)migrations/[^/]+\.(?:php|sql|py|rb|js|ts)$")),
    ("workflow", re.compile(r"^\.github/(?:workflows|actions)/")),
    ("lock", re.compile(r"(?:^|/)(?:composer\.lock|package-lock\.json|yarn\.lock|pnpm-lock\.yaml)$")),
)


def describe(probe: Probe) -> str:
    source, follows = probe.args["source"], probe.args["follows"]
    base, head = (_ref(follows[name]) or f"{{{name}}}" for name in ("base", "head"))
    pairs = [(base, head)] + ([(probe.args["branch"], head)] if probe.args["branch"] else [])
    paths = " and ".join(_path(source, *pair) for pair in pairs)
    named = " ({…}: the commits that the other answers name)" if "{" in base + head else ""
    where = (
        f"read the saved answers in {source['answers']}: " if source["answers"] else f"GET {source['api']}"
    )
    return f"{where}{paths}{named}"


def observe(probe: Probe, dial: Dial, secrets: dict[str, str]) -> Fact:
    args, limit = probe.args, Limit(probe.deadline)
    try:
        api = opened(args["source"], dial, secrets, limit)
    except NoAnswer as error:
        return fact(probe, None, describe(probe), error.observation, reason=error.reason)
    base, head = (_ref(args["follows"][name]) for name in ("base", "head"))
    value: dict[str, Any] = {"base": base, "head": head}
    try:
        value["between"], value["lack"] = _compared(api, args["source"], base, head)
        value["on_branch"], value["branch_lack"] = _compared(api, args["source"], args["branch"], head)
    finally:
        if not args["source"]["answers"]:
            shared().save()
    value = Redactor(list(secrets.values())).value(value)
    raw = json.dumps(value, sort_keys=True).encode()
    answer = Answer(raw, b"", None, observed_at=now(), duration=limit.spent())
    return fact(probe, answer, describe(probe), value=value, raw=raw)


def _ref(said: Any) -> str | None:
    """What was found out (a text or null); a declared ref that needed no finding out."""
    return said.get("ref") if isinstance(said, Mapping) else said


def _path(source: Mapping[str, Any], base: str, head: str) -> str:
    return f"/repos/{source['repository']}/compare/{quote(base, safe='/{}')}...{quote(head, safe='/{}')}"


def _compared(
    api: Api, source: Mapping[str, Any], base: str | None, head: str | None
) -> tuple[dict[str, Any] | None, dict[str, str] | None]:
    if base is None or head is None:
        return None, None
    try:
        if ".." in base or ".." in head:
            raise NoAnswer(Observation.ERROR, msg("{commit:code} is no commit.", commit=f"{base} {head}"))
        data = api.json(_path(source, base, head))
        if not isinstance(data, dict) or data.get("status") not in (
            "ahead",
            "behind",
            "identical",
            "diverged",
        ):
            raise NoAnswer(Observation.MALFORMED, msg("The answer is no comparison."))
    except NoAnswer as error:
        return None, {"observation": error.observation.value, "said": said(error)}
    commits = [one for one in data.get("commits") or () if isinstance(one, dict)]
    files = [text(one.get("filename")) for one in data.get("files") or () if isinstance(one, dict)]
    return {
        "status": data["status"],
        "ahead": number(data.get("ahead_by")),
        "behind": number(data.get("behind_by")),
        "commits": [_commit(one) for one in commits[: -MOST - 1 : -1]],
        "files": [
            {"path": path, "what": what} for path in files for what, like in _OF_NOTE if like.search(path)
        ],
        "touched": len(files),
        "all": len(files) < FILES,
    }, None


def _commit(one: Mapping[str, Any]) -> dict[str, str]:
    about = one.get("commit")
    inner: Mapping[str, Any] = about if isinstance(about, dict) else {}
    by = inner.get("author")
    author: Mapping[str, Any] = by if isinstance(by, dict) else {}
    first = text(inner.get("message")).strip().split("\n", 1)[0]
    return {
        "commit": text(one.get("sha"))[:64],
        "title": first[:100],
        "author": text(author.get("name"))[:100],
        "date": text(author.get("date"))[:40],
    }
