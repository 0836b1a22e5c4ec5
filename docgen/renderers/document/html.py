"""HTML: a document as one file that asks nobody for anything."""

from __future__ import annotations

import re
from functools import cache

from jinja2 import Template

from docgen.documents.interface import Document
from docgen.i18n import Translator
from docgen.renderers.document.about import About
from docgen.renderers.page import jinja, message_markup, shell
from docgen.renderers.printable import one_line


def render(document: Document, about: About, translator: Translator) -> bytes:
    """`document` as one self-contained page."""
    made = _template().render(
        t=translator,
        document=document,
        about=about,
        m=lambda message: message_markup(translator, message, breaks=True),
    )
    return made.encode("utf-8", "backslashreplace")


def _paper(style: str) -> dict[str, str]:
    """The colour of the mark of each status on paper, as the sheet `style` has it for light ground. WeasyPrint does not
    pass the colour of the text on to a drawing."""
    tokens = dict(re.findall(r"--(\w+): light-dark\((#[0-9a-f]+)", style))
    rules = re.findall(r"^((?:\.\w+(?:, )?)+) \{ color: var\(--(\w+)\); \}", style, re.MULTILINE)
    return {status: tokens[token] for names, token in rules for status in re.findall(r"\w+", names)}


@cache
def _template() -> Template:
    environment = jinja()
    environment.tests["sort"] = lambda value, name: type(value).__name__ == name
    environment.filters["line"] = one_line
    own = shell("document")
    environment.globals.update(shell=own, paper=_paper(own.style))
    return environment.get_template("document.html.j2")
