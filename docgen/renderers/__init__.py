"""Formats, one file each. A new format is one file and one line in :data:`FORMATS`."""

from __future__ import annotations

from importlib import import_module

from checks.errors import DocgenError
from checks.model import Report
from docgen.i18n import LANGUAGES, Translator
from docgen.translated import translated

FORMATS = {
    "text": "docgen.renderers.text",
    "html": "docgen.renderers.html",
    "md": "docgen.renderers.markdown",
    "json": "docgen.renderers.json",
    "junit": "docgen.renderers.junit",
    "sarif": "docgen.renderers.sarif",
    "nagios": "docgen.renderers.nagios",
    "csv": "docgen.renderers.csv",
    "openmetrics": "docgen.renderers.openmetrics",
    "github": "docgen.renderers.github",
}


def render(report: Report, format: str, language: str | None = None) -> str:
    """`report` in `format` (a key of :data:`FORMATS`) and `language` (``de`` or ``en``; default: the spec's).

    Raises :class:`~checks.errors.DocgenError` for a format or language that does not exist."""
    if format not in FORMATS:
        raise DocgenError(f"There is no format {format!r}; the formats are {', '.join(FORMATS)}.")
    language = language or report.language
    if language not in LANGUAGES:
        raise DocgenError(f"There is no language {language!r}; the languages are {', '.join(LANGUAGES)}.")
    rendered: str = import_module(FORMATS[format]).render(translated(report, language), Translator(language))
    return rendered
