"""Causes that the spec does not name: what a run did not reach waits for the check of the step that stopped it. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from checks.model import Result, Severity, Status, Verdict
from checks.spec.spec import Check


def with_causes(
    checks: Mapping[str, Check], results: Mapping[str, Result]
) -> tuple[dict[str, Check], dict[str, Result]]:
    """`checks` by id, each that was not reached also needing the one that failed in its place: of those that stand for
    one of the names in its ``behind``, the first of the most exact name. Where no check is about what stopped the run,
    the first that was not reached is not met itself: a run that failed is never without a failure."""
    known, own = dict(checks), dict(results)
    failed = {
        name: r.id for r in reversed([*own.values()]) if r.status is Status.FAIL for name in r.stands_for
    }
    for result in results.values():
        if result.status is not Status.PENDING or not result.behind:
            continue
        cause = next((failed[name] for name in result.behind if name in failed), None)
        if cause is None:
            status = Status.WARN if result.severity is Severity.LOW else Status.FAIL
            own[result.id] = result._replace(status=status, verdict=Verdict.DEVIATES)
            failed.update(dict.fromkeys(result.behind, result.id))
        elif not _needs(known, cause, result.id):
            check = known[result.id]
            known[result.id] = check._replace(needs=(*check.needs, cause))
    return known, own


def _needs(known: Mapping[str, Check], start: str, goal: str) -> bool:
    """Whether the check `start` needs `goal`, directly or not."""
    seen, waiting = set[str](), [start]
    while waiting:
        one = waiting.pop()
        if one == goal:
            return True
        if one in known and one not in seen:
            seen.add(one)
            waiting += known[one].needs
    return False
