"""``ledger``: all entries of the deployment ledgers, then each with everything that stands in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from checks.knowledge.ledgers import Entry
from checks.knowledge.moments import rfc3339
from checks.model import Message, Status, msg, nmsg, text, worst
from docgen.documents.compose import checks, entries, plain, said, title_of
from docgen.documents.interface import (
    Block,
    Cell,
    Code,
    Document,
    Facts,
    Kind,
    Mark,
    Paragraph,
    Section,
    Source,
    Table,
)

MOST = 100
LONGEST = 6000


def compose(source: Source) -> Document:
    """The newest entries first; what could not be read stands among them, with the reason."""
    own = checks(source, "ledger")
    found = sorted(entries(source), key=lambda e: e[0].when.timestamp() if e[0].when else 0.0, reverse=True)
    heads = (
        msg("When"),
        msg("Action"),
        msg("Environment"),
        msg("Result"),
        msg("Release or commit"),
        msg("Entry"),
    )
    rows = tuple(_row(entry, error) for entry, _, error in found[:MOST])
    overview: Block = Table(heads, rows) if rows else Paragraph(msg("There is no entry."))
    judged = Facts(
        tuple((one.result.name, Mark(one.result.status, said(one.result), one.result.id)) for one in own)
    )
    sections = [Section(msg("Entries"), (judged, overview) if own else (overview,))]
    if len(found) > MOST:
        left = nmsg("{n} older entry is not shown.", "{n} older entries are not shown.", n=len(found) - MOST)
        sections[0] = sections[0]._replace(blocks=(*sections[0].blocks, Paragraph(left)))
    for entry, raw, error in found[:MOST]:
        heading = msg("{place:code}", place=entry.place)
        sections.append(Section(heading, tuple(_blocks(entry, raw, error))))
    return Document(
        kind="ledger",
        title=msg("Deployment ledger: {environment}", environment=title_of(source)),
        environment=source.environment,
        verdict=nmsg("{n} entry.", "{n} entries.", n=len(found)) if own else msg("Nothing was checked."),
        status=worst([one.result.status for one in own]) or Status.UNKNOWN,
        sections=tuple(sections),
    )


def _row(entry: Entry, error: str | None) -> tuple[Cell, ...]:
    when = msg("{at:time}", at=rfc3339(entry.when)) if entry.when else text("–")
    if error:
        return when, Mark(Status.FAIL, msg("unreadable")), text("–"), text("–"), text("–"), plain(entry.place)
    return (
        when, plain(entry.action), plain(entry.environment), outcome(entry), plain(entry.release or entry.commit[:12]),
        plain(entry.place),
    )  # fmt: skip


def outcome(entry: Entry) -> Mark:
    """How what an entry tells of went."""
    words: Message = plain(entry.result)
    if entry.rehearsal:
        words = msg("{result} (rehearsal)", result=words)
    status = {True: Status.OK, False: Status.FAIL, None: Status.UNKNOWN}[entry.good]
    return Mark(status, words)


def _blocks(entry: Entry, raw: Any, error: str | None) -> Iterator[Block]:
    if error:
        yield Paragraph(msg("It could not be read: {reason}", reason=error))
        return
    rows: list[tuple[Message, Cell]] = [(msg("Result"), outcome(entry))]
    if entry.when:
        rows.insert(0, (msg("When"), msg("{at:time}", at=rfc3339(entry.when))))
    if entry.changes:
        rows.append((msg("Changed"), msg("{what:list}", what=entry.changes)))
    if entry.when and not entry.zoned:
        rows.append((msg("Note"), msg("It does not say its time zone; UTC is assumed.")))
    yield Facts(tuple(rows))
    shown = json.dumps(raw, ensure_ascii=False, indent=2)
    yield Code(shown if len(shown) <= LONGEST else shown[:LONGEST] + "\n…")


DOCUMENT = Kind(compose)
