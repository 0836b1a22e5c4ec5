"""The pages about deployments: what the next one waits for, what the ledgers say, and each entry by itself."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from checks.model import Blocker, EnvironmentResult, Item, Message, Readiness, Result, Status, msg, nmsg
from docgen.documents.compose import Found, checks, item_state
from docgen.documents.interface import Mark
from docgen.documents.ledger import LONGEST, outcome
from docgen.hub.ledgers import Book, Filed
from docgen.hub.views import Seen, rendered
from docgen.i18n import Translator
from docgen.renderers.page import Frame

_APPROVALS = ("approval", "protected-environment")
_REHEARSALS = ("rehearsal", "candidate")
_SHOWN = 100


class Awaited(NamedTuple):
    """What a deployment to one environment waits for."""

    environment: EnvironmentResult
    readiness: tuple[Readiness, ...]
    approvals: list[Found]
    rehearsals: list[Found]
    blockers: list[Blocker]
    preflights: list[Filed]
    book: Book


def release(seen: Seen, frame: Frame, t: Translator) -> bytes:
    """What a deployment waits for, by environment: what must be so first, who decides, what was tried."""
    report = seen.report
    found = []
    for e in report.environments:
        source = seen.source(e.name)
        own = {r.id for r in report.results() if r.environment == e.name}
        waiting = [one for one in checks(source) if _decision(one.result)]
        book = seen.books[e.name]
        found.append(
            Awaited(
                e,
                tuple(one for one in report.readiness if one.environment == e.name),
                [one for one in waiting if one.check.environment in (e.name, None)],
                checks(source, *_REHEARSALS),
                [b for b in report.blockers if b.environment in (e.name, None) or own & set(b.blocks)],
                [one for one in book.filed if one.entry.rehearsal],
                book,
            )
        )

    # A host that was not reached blocks, too, and has no page of its own.
    own_pages = {c.id for s in report.sections for c in s.components} | {r.id for r in report.results()}

    def state(item: Item, environment: str) -> Mark:
        return item_state(seen.source(environment), item)

    return rendered("release", frame, t, seen, awaited=found, own=own_pages, state=state, outcome=outcome)


def _decision(result: Result) -> bool:
    return result.kind in _APPROVALS or result.awaiting is not None


def deployments(seen: Seen, frame: Frame, t: Translator) -> bytes:
    """What the ledgers say, the newest first, and where the documents about deployments are."""
    documents = [page for page in seen.pages if page.kind in ("ledger", "completion")]
    lacking = [(title, why) for title, why, kind in seen.refused if kind in ("ledger", "completion")]
    return rendered(
        "deployments", frame, t, seen,
        books=[(e, seen.books[e.name]) for e in seen.report.environments],
        most=_SHOWN, documents=documents, lacking=lacking, outcome=outcome,
    )  # fmt: skip


def entry(page: str, seen: Seen, frame: Frame, t: Translator) -> bytes:
    """The page called `page`, which is that of an entry of a ledger."""
    place, filed = next(
        (name, one) for name, book in seen.books.items() for one in book.filed if one.page == page
    )
    order = seen.books[place].filed
    at = order.index(filed)
    shown = json.dumps(filed.raw, ensure_ascii=False, indent=2)
    return rendered(
        "entry", frame, t, seen,
        environment=next(e for e in seen.report.environments if e.name == place),
        filed=filed, before=order[at + 1] if at + 1 < len(order) else None, after=order[at - 1] if at else None,
        outcome=outcome(filed.entry), tried=_tried(filed.raw),
        raw=shown if len(shown) <= LONGEST else shown[:LONGEST] + "\n…",
    )  # fmt: skip


_WORDS = {
    "pass": (Status.OK, msg("passed")),
    "warn": (Status.WARN, nmsg("warning", "warnings", n=1)),
    "fail": (Status.FAIL, msg("failed")),
    "unknown": (Status.UNKNOWN, msg("not known")),
    "skipped": (Status.PENDING, msg("skipped")),
}


def _tried(raw: Any) -> list[tuple[str, Status, Message | str, str]]:
    """What an entry of a preflight says of each thing that was tried: name, status, word, detail."""
    listed = raw.get("preflight_checks") if isinstance(raw, dict) else None
    found = []
    for one in listed[:_SHOWN] if isinstance(listed, list) else ():
        if isinstance(one, dict) and "name" in one:
            said = str(one.get("status", ""))[:100]
            status, word = _WORDS.get(said, (Status.UNKNOWN, said or "–"))
            found.append((str(one["name"])[:200], status, word, str(one.get("detail", ""))[:500]))
    return found
