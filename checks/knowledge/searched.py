"""What a search (the verb ``find``) leaves open: folders that were closed, or an end that it did not reach."""

from __future__ import annotations

from collections.abc import Iterable

from checks.kinds.interface import undetermined
from checks.knowledge.grants import look_into
from checks.model import Fact, Judgement, Observation, msg, nmsg


def gap(search: Fact, closed: Iterable[str] | None = None) -> Judgement | None:
    """Why `search` proves nothing by finding nothing, and what would settle it; None where it is proof.
    `closed`: those of the closed folders that matter; all of them, unless given."""
    if search.value is None:
        return undetermined(search.reason or msg("It was not observed."), search.observation)
    denied = list(search.value["denied"] if closed is None else closed)
    if denied:
        reason = nmsg(
            "{n} folder could not be looked into: {path:code}",
            "{n} folders could not be looked into, such as {path:code}",
            n=len(denied),
            path=denied[0],
        )
        return undetermined(reason, Observation.DENIED, remedy=look_into(denied[0]))
    if search.value["failed"]:
        reason = msg("It could not be searched in full: {error:code}", error=search.value["failed"])
        return undetermined(reason, Observation.ERROR)
    return None
