"""Whether GitHub knows the runs that documents name: one request for each, or what saved answers say."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from checks.knowledge.documents.runs import Run, Seen
from checks.model import Observation
from checks.sources.etags import shared
from checks.sources.github import opened
from checks.sources.interface import NoAnswer
from checks.sources.limit import Limit
from checks.sources.network import dial_from_here
from checks.sources.shapes import number, text

MOST = 50
"""Runs that are asked for."""
SECONDS = 20.0
"""For all of them; one that is not answered in time is the last."""


def seen(
    source: Mapping[str, Any],
    ids: Sequence[int],
    secrets: dict[str, str],
    folder: str,
    seconds: float = SECONDS,
) -> Seen:
    """What is known of the runs `ids` at `source` (as in :mod:`checks.sources.github`; its folders start in `folder`), as
    far as it is told within `seconds`."""
    if source["answers"]:
        return _saved(Path(folder, Path(source["answers"]).expanduser()), source["repository"])
    runs: dict[int, Run] = {}
    missing: set[int] = set()
    if seconds <= 0:
        return Seen({})
    try:
        api = opened(source, dial_from_here, secrets, Limit(min(seconds, SECONDS)))
    except NoAnswer:
        return Seen({})
    for id_ in list(dict.fromkeys(ids))[:MOST]:
        try:
            runs |= {
                run.id: run for run in _runs([api.json(f"/repos/{source['repository']}/actions/runs/{id_}")])
            }
        except NoAnswer as error:
            if error.observation is not Observation.ABSENT:
                break
            missing.add(id_)
    shared().save()
    return Seen(runs, frozenset(missing))


def _saved(folder: Path, repository: str) -> Seen:
    runs: dict[int, Run] = {}
    base = folder / "repos" / repository / "actions"
    whole = True
    lists = [*sorted(base.glob("workflows/*/runs.json"))[:200], base / "runs.json"]
    for file in lists:
        try:
            data = json.loads(file.read_bytes())
        except (OSError, ValueError, RecursionError):
            whole = whole and file == lists[-1]
            continue
        listed = data.get("workflow_runs") if isinstance(data, dict) else None
        if not isinstance(listed, list):
            continue
        whole = whole and data.get("total_count") == len(listed)
        runs |= {run.id: run for run in _runs(listed, file.parent.name)}
    for file in sorted(base.glob("runs/*.json"))[:500]:
        try:
            runs |= {run.id: run for run in _runs([json.loads(file.read_bytes())])}
        except (OSError, ValueError, RecursionError):
            continue
    return Seen(runs, complete=whole and bool(runs))


def _runs(listed: Sequence[Any], workflow: str = "") -> Iterator[Run]:
    for one in listed:
        if isinstance(one, dict) and number(one.get("id")):
            yield Run(number(one["id"]), text(one.get("head_sha")), workflow or text(one.get("name")))
