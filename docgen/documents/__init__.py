"""Documents, one file each. A new document is one file and one line in :data:`DOCUMENTS`."""

from __future__ import annotations

from importlib import import_module

from docgen.documents.interface import Document, Kind, Source

DOCUMENTS = {
    "backups": "docgen.documents.backups",
    "completion": "docgen.documents.completion",
    "deploy": "docgen.documents.deploy",
    "gates": "docgen.documents.gates",
    "ledger": "docgen.documents.ledger",
    "releases": "docgen.documents.releases",
    "rollback": "docgen.documents.rollback",
    "summary": "docgen.documents.summary",
}


def document(name: str) -> Kind:
    """The kind of document called `name`, a key of :data:`DOCUMENTS`."""
    kind: Kind = import_module(DOCUMENTS[name]).DOCUMENT
    return kind


def compose(name: str, source: Source) -> Document:
    """The document called `name`, of `source`. Raises :class:`~docgen.documents.interface.NotYet` where it could not be
    written truthfully."""
    return document(name).compose(source)
