"""What several documents are composed of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from checks.knowledge.ledgers import Entry, understood
from checks.model import (
    Blocker,
    ComponentResult,
    Fact,
    FlowStep,
    Item,
    Message,
    Result,
    Status,
    code,
    msg,
    text,
)
from checks.phrases import awaited, headline, ist, ist_parts, soll_parts
from checks.spec.spec import Check
from docgen.documents.interface import Cell, Lines, Link, Mark, Point, Source, Table
from docgen.labels import STATUS, status_label

FINE = (Status.OK, Status.WARN, Status.WAIVED, Status.NOT_APPLICABLE)
"""The statuses that hold nothing up."""


class Found(NamedTuple):
    """A check with its result and the component it belongs to."""

    check: Check
    result: Result
    component: ComponentResult


def title_of(source: Source) -> str:
    """How readers see the environment."""
    named = (e.title for e in source.report.environments if e.name == source.environment)
    return next(named, source.environment or source.report.project)


def decides(source: Source, own: str | None = None) -> Message:
    """Who decides about the environment: the owner `own` of what it is about, or that of the whole project."""
    if owner := own or source.report.owner:
        return msg("{owner} decides.", owner=text(owner))
    return msg("Whoever answers for the environment decides.")


def components(source: Source) -> Iterator[ComponentResult]:
    """The components of the environment, and those of none."""
    for section in source.report.sections:
        if section.environment in (source.environment, None) or source.environment is None:
            yield from section.components


def checks(source: Source, *kinds: str) -> list[Found]:
    """The checks of the environment, and those of none, that are of one of `kinds`; all, where none is named."""
    declared = {check.id: check for check in source.spec.checks()}
    return [
        Found(declared[result.id], result, component)
        for component in components(source)
        for result in component.results
        if result.id in declared and (not kinds or result.kind in kinds)
    ]


def fact(source: Source, found: Found, role: str) -> Fact | None:
    """What the probe called `role` of a check saw; None where the snapshot has it not, or it saw nothing."""
    probe = found.check.probes.get(role)
    seen = source.snapshot.facts.get(probe.id) if probe else None
    return seen if seen is not None and seen.value is not None else None


def entries(source: Source) -> Iterator[tuple[Entry, Any, str | None]]:
    """Each entry once, with what stands in it, and why it could not be read."""
    seen: set[tuple[str | None, str]] = set()
    for one in checks(source, "ledger"):
        its = fact(source, one, "entries")
        for raw in its.value["entries"] if its else ():
            place = f"{raw['file']}:{raw['line']}" if raw["line"] > 1 else str(raw["file"])
            if (one.check.host, place) not in seen:
                seen.add((one.check.host, place))
                yield understood(raw["entry"] or {}, place), raw["entry"], raw["error"]


def state(result: Result) -> Mark:
    """The status of a result, with its word."""
    return Mark(result.status, status_label(result), result.id)


def word(status: Status) -> Mark:
    """A status with its word."""
    return Mark(status, STATUS[status])


def said(result: Result) -> Message:
    """What is to be said of a result in one sentence: whose decision is open, what differs, or what was seen."""
    return awaited(result) or headline(result) or ist(result)


def point(found: Found) -> Point:
    """A check as a line of a list."""
    name = msg("{component}: {check}", component=found.component.name, check=found.result.name)
    return Point(name, state(found.result), said(found.result))


def item_state(source: Source, item: Item | FlowStep) -> Mark:
    """The status of a line of one of the report's lists, with its word: whether a decision is open stands in the results
    behind it."""
    own = [r for r in source.report.results() if r.id in item.results and r.status is item.status]
    return state(own[0]) if own else word(item.status)


def blocker(one: Blocker, note: Message) -> Point:
    """What blocks, as a line of a list."""
    return Point(one.title, Mark(Status.FAIL, msg("critical") if one.critical else msg("blocks")), note)


def soll_and_ist(results: Iterable[Result]) -> Table:
    """Checks with SOLL, IST and status."""
    rows: list[tuple[Cell, ...]] = [
        (Link(r.name, asked_of(r)), _lines(soll_parts(r)), _lines(ist_parts(r)), state(r)) for r in results
    ]
    return Table((msg("Check"), msg("SOLL"), msg("IST"), msg("Status")), tuple(rows))


def asked_of(result: Result) -> str:
    """The address that a check asked; "" where it asked none."""
    said = (re.match(r"(?:GET|HEAD) (https?://\S+)", e.command or "") for e in result.evidence)
    return next((match[1] for match in said if match), "")


def _lines(parts: list[Message]) -> Cell:
    return parts[0] if len(parts) == 1 else Lines(tuple(parts))


def aspects(result: Result) -> Table:
    """What was compared of one check, a property a row."""
    rows: list[tuple[Cell, ...]] = []
    for one in result.aspects:
        seen = one.actual or msg("not seen")
        if one.note is not None:
            seen = msg("{sentence} ({note})", sentence=seen, note=one.note)
        rows.append((one.name or result.name, one.expected, seen))
    return Table((msg("Property"), msg("SOLL"), msg("IST")), tuple(rows))


def plain(value: Any) -> Message:
    """A value of a ledger or an answer, as code; a dash where there is none."""
    return code(value) if value not in (None, "") else text("–")
