"""Causes that the spec does not name: what a run did not reach waits for the check of the step that stopped it. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from checks.model import Result, Status
from checks.spec.spec import Check


def with_causes(checks: dict[str, Check], results: Mapping[str, Result]) -> dict[str, Check]:
    """`checks` by id, each that was not reached also needing the one that failed in its place: of those that stand for
    one of the names in its ``behind``, the first of the most exact name."""
    failed = {
        name: r.id for r in reversed([*results.values()]) if r.status is Status.FAIL for name in r.stands_for
    }
    known = dict(checks)
    for result in results.values():
        cause = next(
            (failed[name] for name in result.behind if failed.get(name, result.id) != result.id), None
        )
        if cause and result.status is Status.PENDING and not _needs(known, cause, result.id):
            check = known[result.id]
            known[result.id] = check._replace(needs=(*check.needs, cause))
    return known


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
