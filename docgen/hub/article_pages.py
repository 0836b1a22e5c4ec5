"""The pages of documents: each rendered once, with a frame for each language around it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from functools import cache
from html import escape

from jinja2 import Template

from checks.model import Message, Report, Status, nmsg, text
from docgen.hub import places
from docgen.hub.articles import FOLDER, Article, Articles, stands
from docgen.hub.filled import Writer
from docgen.hub.pages import WRITTEN, Page
from docgen.hub.pictures import Picture
from docgen.hub.shelf import Shelf
from docgen.hub.views import Paper
from docgen.i18n import Translator
from docgen.renderers.page import Entry, Frame, jinja, message_markup, shell
from docgen.renderers.printable import one_line

AROUND = 24
"""Documents of the same folder that stand in the navigation of one."""
_SHEET = "article.css"


def made(
    shelf: Shelf,
    framed: Callable[[Page], Frame],
    report: Report,
    language: str,
    papers: Iterable[Paper] = (),
) -> dict[str, bytes]:
    """The pages of all documents for readers of `language`, and their pictures, by their paths in the hub; `framed` gives
    what stands around a page, `papers` are the PDFs that there are."""
    t = Translator(language)
    lines = {one.path: _line(one, t) for one in papers if one.path and one.size}
    writer = Writer(shelf, t, _environments(report), lines)
    files = {}
    for its in shelf.folders.values():
        around = _Around(its, framed, language, report)
        for n, one in enumerate(its):
            files[f"{language}/{one.page}.html"] = around.page(one, n, *writer.written(one))
    return files | {one.name: one.content for one in shelf.pictures.values() if isinstance(one, Picture)}


def _line(paper: Paper, t: Translator) -> str:
    """What stands on the page of a document of its PDF."""
    pages = t.plain(nmsg("{n} page", "{n} pages", n=paper.pages))
    size = t("{size:size}", size=paper.size)
    return (
        f'<p class="sub"><a href="../{paper.file}">PDF</a> · {escape(size)} · {escape(pages)} · '
        f'sha256 <code translate="no">{paper.sha256}</code></p>'
    )


def _environments(report: Report) -> dict[str, str]:
    """The first status page that shows each check."""
    first = report.environments[0].name if report.environments else ""
    return {
        result.id: section.environment or first
        for section in report.sections
        for component in section.components
        for result in component.results
    }


class _Around:
    """What stands around the documents of one folder: rendered once, then cut at what differs."""

    def __init__(
        self, its: list[Article], framed: Callable[[Page], Frame], language: str, report: Report
    ) -> None:
        self._its = its
        names = "\0".join(f"{one.path}\0{one.title}" for one in its)
        self._cut = f"_{hashlib.sha256(names.encode(errors='surrogateescape')).hexdigest()}"
        page = Page(f"{FOLDER}/{self._cut}", "article", text(self._cut), WRITTEN, parent="documents")
        frame = framed(page)._replace(until="")
        self._groups, self._frame, self._report = frame.groups, frame, report
        self._t = Translator(language)
        self._pieces: dict[int, list[str]] = {}

    def page(self, article: Article, n: int, head: str, body: str) -> bytes:
        """The page of `article`, the `n`-th of its folder."""
        block = n // AROUND
        if block not in self._pieces:
            self._pieces[block] = self.whole(self._its[block * AROUND : (block + 1) * AROUND]).split(
                self._cut
            )
        *before, tail = self._pieces[block]
        name = article.page.rpartition("/")[2]
        # Cut at the title, wherever its own name stands, and at its content.
        made = before[0] + escape(article.title) + name.join(before[1:])
        href = f'href="{name}.html"'
        made = made.replace(href, f'{href} aria-current="page"')
        lang = f' lang="{article.body.front.language}"' if article.body.front.language else ""
        whole = f'{made}{head}<div class="article"{lang}>{body}</div>{tail}'
        return whole.encode("utf-8", "backslashreplace")

    def whole(self, near: list[Article]) -> str:
        """The page with the documents `near` in its navigation, and the mark where it is cut."""
        entries = tuple(
            Entry(text(one.title), f"{one.page.rpartition('/')[2]}.html", "", one.body.front.language)
            for one in near
        )
        groups = tuple((group, (*its, *entries) if group == WRITTEN else its) for group, its in self._groups)
        return _template().render(
            t=self._t,
            frame=self._frame._replace(groups=groups),
            report=self._report,
            cut=self._cut,
            sheet=_SHEET,
            m=lambda message: message_markup(self._t, message) if isinstance(message, Message) else message,
        )


@cache
def _template() -> Template:
    environment = jinja()
    environment.globals.update(shell=shell("page", "page"))
    return environment.get_template("hub/article.html.j2")


def around(framed: Callable[[Page], Frame], report: Report, language: str) -> str:
    """What stands around every document for readers of `language`."""
    return _Around([], framed, language, report).whole([])


def index(articles: Articles, frame: Frame, report: Report, t: Translator) -> bytes:
    """The page that lists all documents, and those that should be there."""
    folders: dict[str, list[Article]] = {}
    for one in articles.every:
        folders.setdefault(one.folder, []).append(one)
    wrong = sum(stands(one)[0] is Status.FAIL for one in articles.every)
    made = _index().render(
        t=t,
        frame=frame,
        report=report,
        folders=[(name, places.document(f"{name}/x.md"), its) for name, its in sorted(folders.items())],
        articles=articles,
        wrong=wrong,
        unpublished=articles.unpublished,
        count=nmsg("{n} document", "{n} documents", n=len(articles.every)),
        drifted=nmsg("{n} of them drifted", "{n} of them drifted", n=wrong),
        leads=nmsg(
            "{n} link leads to a file that is not in the hub",
            "{n} links lead to files that are not in the hub",
            n=articles.unpublished,
        ),
        state=stands,
        m=lambda message: message_markup(t, message) if isinstance(message, Message) else message,
    )
    return made.encode("utf-8", "backslashreplace")


@cache
def _index() -> Template:
    environment = jinja()
    environment.filters["line"] = one_line
    environment.globals.update(shell=shell("page", "page"))
    return environment.get_template("hub/documents.html.j2")
