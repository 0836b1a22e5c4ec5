"""What the hub remembers: the runs that are kept, and what follows from them. The same for readers of every language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from checks.model import Report, msg, text
from docgen.hub import figures, nights, places
from docgen.hub.ledgers import Book
from docgen.hub.nights import Change, Link, Night, Period
from docgen.hub.pages import DEPLOYMENTS, HISTORY, STATUS, Page
from docgen.hub.strips import Strip, strip


class Past:
    """The runs that are ``kept`` and the newest one, ``night``; ``nights`` are all of them, the oldest first."""

    def __init__(self, kept: Sequence[Night], night: Night) -> None:
        self.kept, self.night = list(kept), night
        self.nights = [*kept, night]
        self.days = nights.calendar(self.nights, night.day)
        self.links = dict(zip((n.name for n in self.nights), nights.chain(self.nights), strict=True))
        self._strips: dict[str, Strip] = {}
        self._periods: dict[str, list[Period]] = {}

    @cached_property
    def changed(self) -> dict[str, list[Change]]:
        """What changed in each run, by its name."""
        pairs = zip([None, *self.nights], self.nights, strict=False)
        return {after.name: nights.changes(before, after) for before, after in pairs}

    @cached_property
    def whole(self) -> bool:
        """Whether no record was altered or taken out since, as far as the records themselves can tell."""
        return Link.BROKEN not in self.links.values()

    @cached_property
    def restless(self) -> list[tuple[str, int]]:
        """The checks whose status changed most often."""
        return figures.restless(self.nights)

    @cached_property
    def longest_open(self) -> list[tuple[str, Period]]:
        """The checks that are open for the longest."""
        return figures.longest_open(self.nights)

    def figures(self, name: str) -> figures.Figures:
        """The figures of the environment `name`."""
        return figures.figures(self.nights, name)

    def environment(self, name: str) -> Strip:
        """The last 90 nights of the environment `name`."""
        return strip(self.days, lambda night: night.lights.get(name))

    def check(self, id: str) -> Strip:
        """The last 90 nights of the check `id`."""
        if id not in self._strips:
            self._strips[id] = strip(self.days, lambda night: night.statuses.get(id))
        return self._strips[id]

    def periods(self, id: str) -> list[Period]:
        """Since when the check `id` has been as it is, and how it was before, the newest first."""
        if id not in self._periods:
            self._periods[id] = nights.periods(self.nights, id)
        return self._periods[id]

    @cached_property
    def dropped(self) -> dict[str, list[str]]:
        """The checks that the newest run does not know, by the page of their component."""
        found: dict[str, dict[str, None]] = {}
        for id_ in dict.fromkeys(id_ for night in self.kept for id_ in night.statuses):
            if id_ not in self.night.statuses:
                found.setdefault(places.component(id_), {})[id_] = None
        return {page: list(checks) for page, checks in found.items()}

    def gone(self, report: Report) -> dict[str, list[str]]:
        """The components that are no longer declared, by their pages, with the ids of their checks."""
        there = {places.component(c.id) for s in report.sections for c in s.components}
        return {page: checks for page, checks in self.dropped.items() if page not in there}


def further(report: Report, past: Past, books: Mapping[str, Book]) -> Iterator[Page]:
    """The pages that stand in no navigation: one of each component, those of the past too, one of each run, and one of each
    entry of a ledger."""
    for section in report.sections:
        parent = f"status-{section.environment or report.environments[0].name}"
        for one in section.components:
            yield Page(
                places.component(one.id), "component", text(one.name), STATUS, section.environment, parent
            )
    for page, checks in past.gone(report).items():
        yield Page(page, "gone", text(places.component_of(checks[0])), STATUS, None, "history")
    for night in past.nights:
        title = msg("Run of {at:time}", at=night.collected_at)
        yield Page(places.night(night.name), "run", title, HISTORY, None, "history")
    for place, book in books.items():
        for filed in book.filed:
            yield Page(filed.page, "entry", text(filed.entry.action), DEPLOYMENTS, place, "deployments")
