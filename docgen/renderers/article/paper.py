"""A hand-written document on paper, as a page for the press: the first page, what is in it, and its text."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from html import escape, unescape

from jinja2 import Template

from checks.knowledge.documents.findings import Finding, count
from checks.model import Message, Verdict, msg
from docgen import labels
from docgen.documents.reality import status, verdict
from docgen.hub.articles import Article, claims, stated
from docgen.hub.filled import MARKS, Filler
from docgen.i18n import Translator
from docgen.renderers.article import Body, Hole
from docgen.renderers.article.told import Told
from docgen.renderers.cover import short
from docgen.renderers.document.about import About
from docgen.renderers.page import jinja, message_markup, paper_marks, shell
from docgen.renderers.printable import one_line

KIND = msg("Hand-written document")
MOST = 6
"""So many statements that do not hold have room on the first page."""
TYPES = {
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp",
    "svg": "image/svg+xml", "json": "application/json", "md": "text/markdown", "html": "text/html", "htm": "text/html",
}  # fmt: skip
_TITLE = re.compile(r'\s*<h1(?P<id> id="[^"]*")?>(?P<text>.*?)</h1>', re.DOTALL)
_LISTED = re.compile(r'<ol start="(\d{1,4})"')
_DRAWN = re.compile(r'<svg role="img" aria-label="([^"]*)"([^>]*)>')
_FIGURE = (
    ".box { fill: #f5f6f8; stroke: #6f7886 }.edge { fill: none; stroke: #6f7886; stroke-width: 1.5 } .head { fill: #6f7886 }"
    'text { fill: #14181f; font-family: "docgen Sans", "docgen Sans 2", "docgen Sans 3", "docgen Sans 4"; '
    "font-size: 13.5px; text-anchor: middle }"
    ".said { fill: #434b58; font-size: 12px }"
)


class _Paper(Filler):
    """Fills a document with what was `told` of it, and with the `pictures` that are attached, by name."""

    def __init__(self, told: Told, pictures: Mapping[str, bytes], t: Translator) -> None:
        super().__init__(t)
        self._told, self._pictures = told, pictures

    def _top(self, article: Article, wrong: list[Finding], marked: set[int]) -> str:
        return ""

    def _mark(self, line: int, number: int) -> str:
        return f'<span class="drift"><span class="mark fail"></span><a href="#_drift-{number}">[{number}]</a></span> '

    def _link(self, article: Article, hole: Hole) -> tuple[str, str]:
        its = self._told.links.get(hole.value.strip())
        if its is None:
            return "", ""
        path = f' <span class="path">(<code>{escape(its.path)}</code>)</span>' if its.path else ""
        if not its.href:
            return "", path
        if its.href.startswith(("http:", "https:")) and not its.path:
            path = f' <span class="path">(<code>{escape(its.href)}</code>)</span>'
        return f'<a href="{escape(its.href)}">', f"</a>{path}"

    def _image(self, article: Article, hole: Hole) -> str:
        t, found = self._t, self._told.pictures.get(hole.value)
        if isinstance(found, str) and found in self._pictures:
            name = hole.value.rpartition("/")[2]
            shows = hole.text or t("Picture without a description: {name}", name=name)
            data = b64encode(self._pictures[found]).decode()
            return f'<img src="data:{TYPES[found.rpartition(".")[2]]};base64,{data}" alt="{escape(shows)}">'
        what = t("Picture: {what}", what=hole.text or hole.value[:200])
        why = t.plain(found) if isinstance(found, Message) else ""
        return f'<span class="unshown"><b>{escape(what)}</b> {escape(why)}</span>'

    def _claim(self, name: str, finding: Finding) -> str:
        its = MARKS[finding.verdict]
        word = escape(self._t.plain(labels.STATUS[its]))
        said = message_markup(self._t, finding.actual) if finding.actual is not None else ""
        return (
            f'<span class="claim"><span class="mark {its}"></span><b>{word}</b> <code>{escape(name)}</code>: '
            f"{said}</span>"
        )


def render(
    told: Told,
    body: Body,
    pictures: Mapping[str, bytes],
    about: About,
    signer: tuple[str, str] | None,
    t: Translator,
) -> str:
    """The document of which `told` speaks as one page of HTML for paper; `pictures` are those attached, by name. `signer` is
    the name in the certificate of who signs, and the fingerprint of it."""
    held, wrong = (count(stated(told.found), one) for one in (Verdict.CONFORM, Verdict.DEVIATES))
    article = Article(told.path, told.name, body, told.at, told.commit, held, wrong, told.found)
    markup = _Paper(told, pictures, t).written(article)[1]
    drifts = [one for one in stated(told.found) if one.verdict is Verdict.DEVIATES]
    numbers: dict[int, int] = {}
    for n, one in enumerate(drifts, 1):
        numbers.setdefault(one.line, n)
    return _template().render(
        t=t,
        cover=True,
        told=told,
        about=about,
        front=body.front,
        kind=KIND,
        signer=signer,
        verdict=verdict(stated(told.found)),
        state=status(stated(told.found)),
        counts=[(MARKS[one], count(stated(told.found), one)) for one in MARKS],
        drifts=drifts,
        most=MOST,
        claims=[(name, one, MARKS[one.verdict]) for name, one in claims(article).items()],
        headings=_contents(body),
        text=_text(markup, body.front.title),
        m=lambda message: message_markup(t, message),
        local=lambda moment: t.local(moment, told.zone),
    )


def _contents(body: Body) -> list[tuple[int, str, str]]:
    """The headings for the table of contents: level, id and text. Fewer than three need none."""
    found = [(one.level, one.id, one.text) for one in body.headings if one.level in (2, 3)]
    return found if len(found) > 2 else []


def _text(markup: str, title: str) -> str:
    """`markup` below a heading that says `title`: it does not say that again, numbers its lists itself, and its drawings
    bring their colours along."""
    first = _TITLE.match(markup)
    if first:
        own = " ".join(unescape(re.sub(r"<[^>]*>", "", first["text"])).split())
        again = (
            f"<p{first['id'] or ''}></p>" if own == title else f"<h2{first['id'] or ''}>{first['text']}</h2>"
        )
        markup = again + markup[first.end() :]
    markup = _LISTED.sub(lambda one: f'<ol style="counter-reset: item {int(one[1]) - 1}"', markup)
    return _DRAWN.sub(rf"<svg\2><title>\1</title><style>{_FIGURE}</style>", markup)


@cache
def _template() -> Template:
    environment = jinja()
    environment.filters.update(line=one_line, short=short)
    own = shell("document", also=("paper", "code", "written"))
    environment.globals.update(shell=own, marks=paper_marks(own), STATUS=labels.STATUS)
    return environment.get_template("written.html.j2")
