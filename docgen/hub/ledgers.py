"""The entries of the deployment ledgers, each with a page of its own, for good."""

from __future__ import annotations

import hashlib
import json
from typing import Any, NamedTuple

from checks.knowledge.ledgers import Entry
from checks.spec.slug import slug
from docgen.documents.compose import checks, entries
from docgen.documents.interface import Source

MOST = 200
"""Entries of an environment that have a page; the newest."""


class Filed(NamedTuple):
    """An entry with what stands in it, why it could not be read, if so, and the name of its page."""

    page: str
    entry: Entry
    raw: Any
    error: str | None


class Book(NamedTuple):
    """The ledger of an environment: its newest entries first; how many older ones there are ``more``; and whether the spec
    ``declares`` one at all."""

    filed: tuple[Filed, ...]
    more: int
    declares: bool


def book(source: Source) -> Book:
    """The ledger of the environment of `source`."""
    found = sorted(entries(source), key=lambda e: e[0].when.timestamp() if e[0].when else 0.0, reverse=True)
    filed: dict[str, Filed] = {}
    for entry, raw, error in found:
        page = _page(source.environment or "", entry, raw, error)
        filed.setdefault(page, Filed(page, entry, raw, error))
    kept = tuple(filed.values())[:MOST]
    return Book(kept, len(filed) - len(kept), bool(checks(source, "ledger")))


def _page(environment: str, entry: Entry, raw: Any, error: str | None) -> str:
    """The name of the page of an entry: it stays when the file is moved, as long as the entry says the same."""
    said = entry.place if error else json.dumps(raw, sort_keys=True, ensure_ascii=True)
    digest = hashlib.sha256(said.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    stamp = f"{entry.when:%Y%m%d-%H%M%S}-" if entry.when else ""
    return f"ledger/{environment}.{stamp}{slug(entry.action or 'entry', 40)}-{digest}"
