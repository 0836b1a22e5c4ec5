"""Which pages the hub has: data, from what the spec declares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from checks.model import Message, Report, msg, text

OVERVIEW, STATUS, RELEASE, DEPLOYMENTS, GATES, BACKUPS, GUIDES, WRITTEN, EXCEPTIONS, HISTORY, AUDITORS = (
    msg("Overview"),
    msg("Status"),
    msg("Approval and preflight"),
    msg("Deployments"),
    msg("Gates"),
    msg("Backups and rollback"),
    msg("Guides"),
    msg("Documents"),
    msg("Exceptions and evidence"),
    msg("History and figures"),
    msg("For auditors"),
)
_GROUPS = {
    "summary": OVERVIEW,
    "completion": DEPLOYMENTS,
    "ledger": DEPLOYMENTS,
    "gates": GATES,
    "backups": BACKUPS,
    "rollback": BACKUPS,
    "deploy": GUIDES,
    "releases": GUIDES,
    "sudo": GUIDES,
}
"""The group of each document; what is not named here stands under guides."""
OWN = frozenset(
    {
        "home",
        "status",
        "release",
        "deployments",
        "documents",
        "article",
        "exceptions",
        "history",
        "auditors",
        "component",
        "gone",
        "run",
        "entry",
    }
)
"""The kinds of pages that are no documents."""
TITLES = {
    "summary": msg("Executive summary"),
    "completion": msg("Completion report"),
    "ledger": msg("Ledger"),
    "gates": msg("Gate validation"),
    "backups": msg("Backups"),
    "deploy": msg("Deployment guide"),
    "rollback": msg("Rollback guide"),
    "releases": msg("Old releases"),
    "sudo": msg("sudo"),
}


class Page(NamedTuple):
    """``name`` is that of its file below the folder of the language, without ending; ``kind`` is one of :data:`OWN`, or the
    name of a document. ``parent`` is the page of the navigation to which one belongs that does not stand there itself."""

    name: str
    kind: str
    title: Message
    group: Message
    environment: str | None = None
    parent: str | None = None


def pages(report: Report, *, documents: bool = False) -> Iterator[Page]:
    """All pages of the hub of `report`, in its language and in the order of the navigation; with `documents`, that of the
    hand-written ones."""
    from docgen.documents import DOCUMENTS, document

    titles = {one.name: text(one.title) for one in report.environments}
    yield Page("index", "home", OVERVIEW, OVERVIEW)
    yield Page("summary", "summary", TITLES["summary"], OVERVIEW)
    for name, title in titles.items():
        yield Page(f"status-{name}", "status", title, STATUS, name)
    yield Page("release", "release", RELEASE, RELEASE)
    yield Page("deployments", "deployments", msg("All entries"), DEPLOYMENTS)
    for group in (DEPLOYMENTS, GATES, BACKUPS, GUIDES):
        for kind in DOCUMENTS:
            if kind == "summary" or _GROUPS.get(kind, GUIDES) is not group:
                continue
            if not document(kind).one_environment:
                yield Page(kind, kind, TITLES[kind], group)
                continue
            for name, title in titles.items():
                several = len(titles) > 1
                said = (
                    msg("{title}: {environment}", title=TITLES[kind], environment=title)
                    if several
                    else TITLES[kind]
                )
                yield Page(f"{kind}-{name}", kind, said, group, name)
    if documents:
        yield Page("documents", "documents", WRITTEN, WRITTEN)
    yield Page("exceptions", "exceptions", EXCEPTIONS, EXCEPTIONS)
    yield Page("history", "history", HISTORY, HISTORY)
    yield Page("auditors", "auditors", AUDITORS, AUDITORS)
