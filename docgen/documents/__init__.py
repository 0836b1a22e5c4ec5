"""Documents, one file each. A new document is one file and one line in :data:`DOCUMENTS`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docgen.documents.interface import Document, Kind, Source

DOCUMENTS = {
    "backups": "What there is to restore from, and how far each of it is proven.",
    "completion": "That a deployment is complete, with the proof; refused where it is not.",
    "deploy": "How to deploy, with what is there today; and whether today is the day.",
    "gates": "What each layer of each gate looks for, would stop, and when it last proved itself.",
    "ledger": "All entries of the deployment ledgers, then each with everything that stands in it.",
    "releases": "Which old releases to remove or to mark, so that nobody goes back to one that is not whole.",
    "rollback": "How to go back to the release before the live one, with the release that is really there.",
    "sudo": "What an account needs, may do and should be allowed through sudo; or sudoers files, judged offline.",
    "summary": "Half a page for people who read nothing else.",
}
"""One file per document in ``docgen/documents``, with the line that ``docgen guide --help`` shows."""


def document(name: str) -> Kind:
    """The kind of document called `name`, a key of :data:`DOCUMENTS`."""
    kind: Kind = import_module(f"docgen.documents.{name}").DOCUMENT
    return kind


def composed(name: str, source: Source) -> Document:
    """The document called `name`, of `source`. Raises :class:`~docgen.documents.interface.NotYet` where it could not be
    written truthfully."""
    return document(name).compose(source)
