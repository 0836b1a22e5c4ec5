"""HTML: a document as one file that asks nobody for anything."""

from __future__ import annotations

from functools import cache
from itertools import count
from traceback import extract_tb

from jinja2 import Template, TemplateError, TemplateSyntaxError

from checks.errors import DocgenError
from docgen.documents.interface import Document
from docgen.i18n import Translator
from docgen.labels import STATUS
from docgen.renderers.cover import Cover, short
from docgen.renderers.document.about import About
from docgen.renderers.evidence import address
from docgen.renderers.page import Frame, jinja, message_markup, paper_colours, paper_marks, shell, spared
from docgen.renderers.printable import one_line


def render(
    document: Document,
    about: About,
    translator: Translator,
    templates: str | None = None,
    frame: Frame | None = None,
    cover: Cover | None = None,
) -> bytes:
    """`document` as one self-contained page; in a `frame`, as a page of the hub; for paper with a `cover`. Raises
    DocgenError where a template in the folder `templates` is at fault."""
    try:
        made = _template(templates, cover is not None).render(
            t=translator,
            frame=frame,
            document=document,
            about=about,
            cover=cover,
            numbered=count(1).__next__,
            m=lambda message: message_markup(translator, message, breaks=cover is None),
        )
    except TemplateError as error:
        if templates is None:
            raise
        raise DocgenError(f"{_place(error, templates)}: {error.message or type(error).__name__}") from error
    if not frame and not cover:
        made = spared(made, shell("document", own=templates))
    return made.encode("utf-8", "backslashreplace")


def _place(error: TemplateError, templates: str) -> str:
    """The file and line in the folder `templates` at which `error` arose."""
    if isinstance(error, TemplateSyntaxError):
        return f"{error.filename or templates}:{error.lineno}"
    frames = [f for f in extract_tb(error.__traceback__) if f.filename.startswith(templates)]
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else templates


@cache
def _template(templates: str | None, paper: bool = False) -> Template:
    environment = jinja(templates)
    environment.tests["sort"] = lambda value, name: type(value).__name__ == name
    environment.filters.update(line=one_line, short=short)
    own = shell("document", own=templates, also=("paper",) if paper else ())
    environment.globals.update(
        shell=own, paper=paper_colours(own.style), marks=paper_marks(own), STATUS=STATUS, address=address
    )
    return environment.get_template("document.html.j2")
