"""PDF: a hand-written document on paper, with its text and what was found out about it attached."""

from __future__ import annotations

from collections.abc import Mapping

from checks.model import Report, msg
from docgen import __version__
from docgen.i18n import Translator
from docgen.pdf.carried import TOLD, WRITTEN, Origin, files, manifest
from docgen.pdf.press import File, press
from docgen.pdf.sign import Seal
from docgen.renderers.article import of as body_of
from docgen.renderers.article import paper
from docgen.renderers.article.told import Told
from docgen.renderers.document.about import About


def about(told: Told) -> About:
    """The title block of the document of which `told` speaks."""
    return About(
        id=told.id,
        project=told.project,
        environment="",
        at=told.moment,
        until=told.until,
        local="",
        snapshot=told.snapshot,
        spec="",
        docgen=__version__,
    )


def render(
    told: Told,
    source: bytes,
    pictures: Mapping[str, bytes],
    seen: tuple[Report, Origin] | None = None,
    seal: Seal | None = None,
) -> bytes:
    """The document with the text `source`, of which `told` speaks, as PDF/A-3a and PDF/UA-1, signed with `seal`. Attached
    are the text, what was told of it, its `pictures` by name, and where something of it was held against what was `seen`,
    the report, the snapshot and the spec. Raises DocgenError where none can be made here."""
    t = Translator(told.language)
    its = about(told)
    body = body_of(told.path, source.decode("utf-8", "replace"), told.drifted, language=told.language)
    said = t("The text that the pages were made of: {path}", path=told.path)
    attached = [
        File(told.source, source, paper.TYPES[told.source.rpartition(".")[2]], said, "Source"),
        File(
            TOLD,
            told.dump(),
            "application/json",
            t("What was found out about it (docgen/written/v1)"),
            "Data",
        ),
    ]
    for name, data in pictures.items():
        said = t.plain(msg("A picture of the text"))
        attached.append(File(name, data, paper.TYPES[name.rpartition(".")[2]], said, "Source"))
    report, of = seen or (None, None)
    if report and of:
        attached += files(of, report, told.language)
    given = tuple(attached)
    manifested = manifest(of, its, report, told.language, given, None, seal, kind=WRITTEN, environment=None)
    made = press(
        paper.render(told, body, pictures, its, seal and seal[:2], t), told.moment, given, manifested
    )
    return seal.signed(made) if seal else made
