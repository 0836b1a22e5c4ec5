"""Causes that the spec does not name: what a run did not reach waits for the check of the step that stopped it, and what
several checks saw of one failure is one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from checks.model import Result, Severity, Status, Verdict
from checks.spec.spec import Check


def with_causes(
    checks: Mapping[str, Check], results: Mapping[str, Result]
) -> tuple[dict[str, Check], dict[str, Result]]:
    """`checks` by id, each that was not reached also needing the one that failed in its place: of those that stand for
    one of the names in its ``behind``, the first of the most exact name. Where no check is about what stopped the run,
    the first that was not reached is not met itself: a run that failed is never without a failure."""
    known, own = dict(checks), dict(results)
    failed = _standing_for(own.values())
    # A warning holds nothing up: where there is a choice, it is not the one that failed.
    for result in sorted(results.values(), key=lambda r: r.severity is Severity.LOW):
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


def followers(results: Iterable[Result]) -> dict[str, str]:
    """Of the `results` that are not met, or not known to be, for one and the same reason, by id: the one that is about
    it, or comes first."""
    bad = [r for r in results if r.status is Status.FAIL or (r.status is Status.UNKNOWN and r.behind)]
    failed = _standing_for(bad)
    near: dict[str, str] = {}
    for result in bad:
        cause = next((failed[name] for name in result.behind if name in failed), None)
        if cause is None and result.behind and result.status is Status.FAIL:
            # A place in the run may stand for several failures; a cause by name is one.
            for name in result.behind[:1] + tuple(name for name in result.behind if ": " in name):
                cause = failed.setdefault(name, cause or result.id)
        if cause is not None and cause != result.id:
            near[result.id] = cause
    found: dict[str, str] = {}
    for one, cause in near.items():
        seen = {one}
        while cause in near and cause not in seen:
            seen.add(cause)
            cause = near[cause]
        if cause not in near:
            found[one] = cause
    return found


def _standing_for(results: Iterable[Result]) -> dict[str, str]:
    """By name, the first of the `results` that is not met and stands for it."""
    return {name: r.id for r in reversed([*results]) if r.status is Status.FAIL for name in r.stands_for}


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
