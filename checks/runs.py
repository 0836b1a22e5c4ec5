"""What the run behind a result adds: since when, where to look, who rejected it, and that its log says nothing. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checks.knowledge.builds import stop_said, stopped_at
from checks.knowledge.told import told
from checks.model import Message, Result, Snapshot, Status, Verdict, msg
from checks.phrases import sentences
from checks.spec.spec import Check


def with_runs(
    checks: Mapping[str, Check], results: Mapping[str, Result], snapshot: Snapshot
) -> dict[str, Result]:
    """`results` by id, those that are not met because of where a run stopped with what the run adds to them."""
    return {
        id_: _with(result, value)
        if result.status in (Status.FAIL, Status.WARN)
        and result.behind
        and (value := _run(checks[id_], snapshot)) is not None
        else result
        for id_, result in results.items()
    }


def _run(check: Check, snapshot: Snapshot) -> Mapping[str, Any] | None:
    """What the newest run did that `check` asks about, where it ended badly."""
    facts = (snapshot.facts.get(probe.id) for probe in check.probes.values() if probe.verb == "github")
    values = (fact.value for fact in facts if fact is not None and fact.value)
    return next((v for v in values if v["run"] and v["run"]["conclusion"] not in ("success", "")), None)


def _with(result: Result, value: Mapping[str, Any]) -> Result:
    run = value["run"]
    if result.remedy is None and run["url"]:
        result = result._replace(remedy=msg("Open the run: {url:code}", url=run["url"]))
    result = result._replace(since=result.since or run["updated"] or None)
    lack = value.get("failed_line_lack")
    if value.get("rejected") and result.reason is None and stopped_at(value["jobs"]) is None:
        return _noted(result, stop_said(value))
    return _noted(result, msg("Its log could not be read: {why}", why=told(lack))) if lack else result


def _noted(result: Result, note: Message) -> Result:
    """`result` with `note` where the last line of the log would stand."""
    if result.reason is not None:
        return result._replace(reason=sentences([result.reason, note]))
    place = next((n for n, a in enumerate(result.aspects) if a.verdict is Verdict.DEVIATES), None)
    if place is None or (aspect := result.aspects[place]).note or aspect.actual is None:
        return result
    actual = msg("{actual} ({note})", actual=aspect.actual, note=note)
    return result._replace(
        aspects=(*result.aspects[:place], aspect._replace(actual=actual), *result.aspects[place + 1 :])
    )
