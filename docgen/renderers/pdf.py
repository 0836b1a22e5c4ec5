"""PDF: the status report on paper, with what it was made from attached."""

from __future__ import annotations

from checks.model import Report, msg
from docgen.i18n import Translator
from docgen.pdf.carried import Origin, files, manifest
from docgen.pdf.press import press
from docgen.pdf.sign import Seal
from docgen.renderers import paper
from docgen.renderers.cover import Stated, cover
from docgen.renderers.document.about import identified
from docgen.translated import translated

KIND = "status"


def parts(report: Report) -> int:
    """How many files `report` takes: the first is an overview with what deviates, the others go on with its rows."""
    return paper.parts(report)


def render(
    report: Report, language: str | None, origin: Origin, part: int = 1, seal: Seal | None = None
) -> bytes:
    """`report`, which is that of `origin`, or the `part` of it, as PDF/A-3a and PDF/UA-1, signed with `seal`. Raises
    DocgenError where none can be made here."""
    language = language or report.language
    t = Translator(language)
    its = translated(report, language)
    only = its.environments[0].name if len(its.environments) == 1 else None
    about = identified(KIND, only, report, language)
    if part > 1:
        about = about._replace(id=f"{about.id}-part-{part}")
    stated = Stated(
        origin.commit,
        origin.supersedes,
        str(origin.version),
        masked=origin.masked,
        whole=True,
        signer=seal and seal[:2],
    )
    first = cover(its, origin.spec, msg("Status report"), None, stated, t)
    attached = files(origin, report, language)
    told = manifest(
        origin, about, report, language, attached, None, seal, kind=KIND, environment=None, part=part
    )
    made = press(paper.render(its, about, first, t, part), about.at, attached, told)
    return seal.signed(made) if seal else made
