"""Why a release stays where it is: who speaks of it, and until when that holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from checks.knowledge import layout
from checks.knowledge.ledgers import Entry
from checks.knowledge.moments import moment, rfc3339
from checks.model import Disposition, Message, Result, msg, text
from docgen.documents.compose import checks, entries
from docgen.documents.interface import Source

_MARKS = re.compile(
    r"mark|keep|kept|hold|retain|freez|incident|quarantin|behalt|aufheb|aufbewahr|sperr|vorfall",
    re.IGNORECASE,
)
_UNTIL = ("until", "keep_until", "kept_until", "valid_until", "bis")


def why_kept(source: Source, seen: dict[str, Any], stray: set[str]) -> dict[str, list[Message]]:
    """For each release in `seen`, the value of the verb ``releases``, why it is not to be removed; nothing where nobody
    speaks of it. `stray` is what is no release."""
    live, before = seen["current"]["name"], layout.previous(seen, stray)
    whole = layout.previous(seen, stray | {r["name"] for r in seen["releases"] if not _usable(r)})
    reasons: dict[str, list[Message]] = {}
    for release in seen["releases"]:
        name = release["name"]
        why = []
        if name == live:
            why.append(msg("it is live"))
        elif before and name == before["name"]:
            why.append(msg("it is the one before the live one"))
        elif whole and name == whole["name"]:
            why.append(msg("it is the newest one that one could go back to"))
        elif name not in stray and layout.order(name) > layout.order(live):
            why.append(msg("it is newer than the live one"))
        reasons[name] = [*why, *_declared(source, name), *_written(source, name)]
    return reasons


def _usable(release: dict[str, Any]) -> bool:
    return release["bad"] != "there" and not set(release["has"].values()) & set(layout.GAPS)


def _names(value: object, name: str) -> bool:
    """Whether `name` stands somewhere in `value`, as a word of its own."""
    if isinstance(value, str):
        return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", value) is not None
    if isinstance(value, dict):
        return any(_names(one, name) for pair in value.items() for one in pair)
    return isinstance(value, list | tuple | set | frozenset) and any(_names(one, name) for one in value)


def _declared(source: Source, name: str) -> Iterator[Message]:
    """What the spec says of the release: exceptions, and checks that look into it."""
    for one in checks(source):
        result = one.result
        excepted = result.disposition is Disposition.WAIVED
        its = _names(one.check.params.model_dump(mode="json"), name)
        if one.check.environment != source.environment:
            continue
        # An exception from what is asked of all releases speaks of each of them.
        if excepted and (its or result.kind == "releases" or _names(str(result.waived_reason or ""), name)):
            yield _excepted(result)
        elif its:
            yield msg(
                "a check of the spec looks into it: {component}, {check}",
                component=one.component.name, check=result.name,
            )  # fmt: skip


def _excepted(result: Result) -> Message:
    reason = result.waived_reason or text("–")
    if result.waived_day and len(result.waived_day) == 10:
        return msg("an exception until the end of {day:day}: {reason}", day=result.waived_day, reason=reason)
    return msg("an exception until {until:time}: {reason}", until=result.waived_until, reason=reason)


def _written(source: Source, name: str) -> Iterator[Message]:
    """What the ledger says of the release, but that it was deployed."""
    for entry, raw, error in entries(source):
        if error is None and isinstance(raw, dict) and _speaks(entry) and _names(raw, name):
            until = next((when for key in _UNTIL if (when := moment(raw.get(key))[0])), None)
            if until:
                yield msg(
                    "the ledger speaks of it, until {until:time} ({place:code})",
                    until=rfc3339(until), place=entry.place,
                )  # fmt: skip
            else:
                yield msg("the ledger speaks of it, without an end ({place:code})", place=entry.place)


def _speaks(entry: Entry) -> bool:
    if entry.rehearsal:
        return False
    return entry.rollback or not entry.deployment or bool(_MARKS.search(entry.action))
