"""Where the evidence of a status in a document is: a number beside it leads there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from checks.model import Evidence, Report
from docgen.documents.interface import Document, Mark
from docgen.renderers.html import anchor

Addresses = Mapping[str, str]
"""By the id of a result, the address of what was seen of it."""


class Proof(NamedTuple):
    """A result that a document speaks of: its number and id, and what was seen. ``anchor`` is its place at the end of the
    document."""

    number: int
    id: str
    evidence: tuple[Evidence, ...]

    @property
    def anchor(self) -> str:
        return f"_e{self.number}"


class Proofs(NamedTuple):
    """The results behind the statuses of a document, each once. ``at``: where the evidence is shown, if elsewhere."""

    all: tuple[Proof, ...] = ()
    at: Addresses = {}

    def number(self, id_: str) -> int:
        """The number of the result `id_`; 0: the document speaks of none such."""
        return next((one.number for one in self.all if one.id == id_), 0)

    def address(self, id_: str) -> str:
        """Where what was seen of the result `id_` stands."""
        return self.at.get(id_) or f"#_e{self.number(id_)}"

    def here(self) -> tuple[Proof, ...]:
        """Those whose evidence the document itself shows, because it is shown nowhere else."""
        return tuple(one for one in self.all if one.id not in self.at)


def on_page(report: Report, page: str) -> dict[str, str]:
    """The addresses of all results of `report` on its status page `page`."""
    return {result.id: address(page, result.id) for result in report.results()}


def address(page: str, id_: str) -> str:
    """The address of the result `id_` on the status page `page`."""
    return f"{quote(page, safe='/:.#?=&%-_~@')}{anchor(id_)}"


def proofs(document: Document, report: Report, at: Addresses) -> Proofs:
    """The results that `document`, composed of `report`, speaks of, in the order in which it does."""
    results = {result.id: result for result in report.results()}
    ids = dict.fromkeys(id_ for id_ in _marked(document.sections) if id_ in results)
    return Proofs(tuple(Proof(n, id_, results[id_].evidence) for n, id_ in enumerate(ids, 1)), at)


def _marked(value: Any) -> Iterator[str]:
    if isinstance(value, Mark):
        yield value.of
    elif isinstance(value, tuple):
        for one in value:
            yield from _marked(one)
