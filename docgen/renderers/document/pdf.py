"""PDF: the page of a document on paper, with what it was made from attached."""

from __future__ import annotations

from checks.model import Report
from docgen.documents.interface import Document
from docgen.i18n import Translator
from docgen.pdf.carried import Origin, files, manifest
from docgen.pdf.press import File, press
from docgen.pdf.sign import Seal
from docgen.renderers.cover import Stated, cover
from docgen.renderers.document import html
from docgen.renderers.document.about import About
from docgen.translated import translated


def render(
    document: Document,
    about: About,
    translator: Translator,
    templates: str | None = None,
    report: Report | None = None,
    origin: Origin | None = None,
    attached: tuple[File, ...] = (),
    seal: Seal | None = None,
) -> bytes:
    """`document` as PDF/A-3a and PDF/UA-1; with the `report` that it was composed of attached, and with the snapshot and
    the spec of its `origin`, and with what else is to be `attached`; signed with `seal`. Raises DocgenError where a PDF
    cannot be made here."""
    if report is None:
        return press(html.render(document, about, translator, templates).decode("utf-8"), about.at)
    language = translator.language
    stated = Stated(signer=seal and seal[:2])
    if origin:
        stated = stated._replace(
            commit=origin.commit,
            supersedes=origin.supersedes,
            version=str(origin.version),
            masked=origin.masked,
            whole=True,
        )
    its = translated(report, language)
    spec = origin.spec if origin else None
    first = cover(
        its, spec, document.title, document.environment, stated, translator, document.tried, document.also
    )
    page = html.render(document, about, translator, templates, cover=first).decode("utf-8")
    attached = (*files(origin, report, language), *attached)
    told = manifest(
        origin, about, report, language, attached, templates, seal,
        kind=document.kind, environment=document.environment,
    )  # fmt: skip
    made = press(page, about.at, attached, told)
    return seal.signed(made) if seal else made
