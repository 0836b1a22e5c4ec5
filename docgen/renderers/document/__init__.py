"""Formats of documents, one file each. A new format is one file and one line in :data:`FORMATS`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from checks.model import Report
from docgen.documents.interface import Document
from docgen.i18n import Translator
from docgen.renderers.document.about import About, about
from docgen.renderers.document.notes import Places
from docgen.translated import translated_document

if TYPE_CHECKING:
    from docgen.pdf.carried import Origin
    from docgen.pdf.press import File
    from docgen.pdf.sign import Seal
    from docgen.renderers.page import Frame

FORMATS = {
    "html": "docgen.renderers.document.html",
    "md": "docgen.renderers.document.markdown",
    "pdf": "docgen.renderers.document.pdf",
    "text": "docgen.renderers.document.text",
}

__all__ = ["FORMATS", "About", "render"]


def render(
    document: Document,
    report: Report,
    format: str,
    language: str | None = None,
    templates: str | None = None,
    *,
    frame: Frame | None = None,
    origin: Origin | None = None,
    attached: tuple[File, ...] = (),
    seal: Seal | None = None,
    evidence: Places = {},  # noqa: B006
) -> bytes:
    """`document`, which was composed of `report`, in `format` (a key of :data:`FORMATS`) and `language` (default: the
    spec's); HTML in a `frame` as a page of the hub; HTML and PDF with the ``document.html.j2`` and ``document.css`` of the
    folder `templates`, if given. What it was made of, its `origin`, is attached to a PDF, and what else is `attached`;
    `seal` signs it.
    `evidence`: by the id of a result, the address at which what was seen of it is shown; without one HTML and PDF show it at
    their end.
    Raises :class:`~checks.errors.DocgenError` where a template is at fault, or a PDF cannot be made here."""
    language = language or report.language
    own = translated_document(document, report, language)
    more: dict[str, Any] = {"templates": templates} if templates else {}
    if frame is not None:
        more["frame"] = frame
    if format == "pdf":
        more |= {"report": report, "origin": origin, "attached": attached, "seal": seal}
    renderer = import_module(FORMATS[format])
    made: bytes = renderer.render(own, about(own, report, language, evidence), Translator(language), **more)
    return made
