"""The numbered notes of a document: ``[n]`` beside a status leads to the result that it is of. Pieces of evidence have no
number but an address, which :mod:`docgen.renderers.evidence` gives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from checks.model import Evidence, Report
from docgen.documents.interface import Document, Mark
from docgen.renderers.html import anchor

Places = Mapping[str, str]
"""By the id of a result, the link to where what was seen of it is shown."""


class Note(NamedTuple):
    """A result that a document speaks of: its number and id, and what was seen. ``anchor`` is its place at the end of the
    document."""

    number: int
    id: str
    evidence: tuple[Evidence, ...]

    @property
    def anchor(self) -> str:
        return f"_e{self.number}"


class Notes(NamedTuple):
    """The results behind the statuses of a document, each once. ``at``: where they are shown, if elsewhere."""

    all: tuple[Note, ...] = ()
    at: Places = {}

    def number(self, id_: str) -> int:
        """The number of the result `id_`; 0: the document speaks of none such."""
        return next((one.number for one in self.all if one.id == id_), 0)

    def link(self, id_: str) -> str:
        """Where what was seen of the result `id_` stands."""
        return self.at.get(id_) or f"#_e{self.number(id_)}"

    def here(self) -> tuple[Note, ...]:
        """Those that the document itself shows, because they are shown nowhere else."""
        return tuple(one for one in self.all if one.id not in self.at)


def places(report: Report, page: str) -> dict[str, str]:
    """The links to all results of `report` on its status page `page`."""
    return {result.id: place(page, result.id) for result in report.results()}


def place(page: str, id_: str) -> str:
    """The link to the result `id_` on the status page `page`."""
    return f"{quote(page, safe='/:.#?=&%-_~@')}{anchor(id_)}"


def notes(document: Document, report: Report, at: Places) -> Notes:
    """The results that `document`, composed of `report`, speaks of, in the order in which it does."""
    results = {result.id: result for result in report.results()}
    ids = dict.fromkeys(id_ for id_ in _marked(document.sections) if id_ in results)
    return Notes(tuple(Note(n, id_, results[id_].evidence) for n, id_ in enumerate(ids, 1)), at)


def _marked(value: Any) -> Iterator[str]:
    if isinstance(value, Mark):
        yield value.of
    elif isinstance(value, tuple):
        for one in value:
            yield from _marked(one)
