"""The holes of documents, filled for readers of one language: links, pictures, claims, and what no longer holds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from html import escape
from urllib.parse import quote

from checks.knowledge.documents.findings import Finding, in_its_line
from checks.model import Status, Verdict, msg
from docgen import labels
from docgen.documents.reality import status, verdict
from docgen.hub.articles import Article, claims, stated
from docgen.hub.leads import leads
from docgen.hub.pictures import Picture
from docgen.hub.shelf import Shelf
from docgen.i18n import Translator
from docgen.renderers.article import Hole
from docgen.renderers.page import message_markup

MARKS = {Verdict.CONFORM: Status.OK, Verdict.DEVIATES: Status.FAIL, Verdict.UNDETERMINED: Status.UNKNOWN}


class Filler(ABC):
    """Fills the holes of documents for readers of one language; links, pictures, claims and what stands at the top are those
    of the one who is filled for."""

    def __init__(self, t: Translator) -> None:
        self._t = t

    def written(self, article: Article) -> tuple[str, str]:
        """The head of the page of `article` where its text does not bring a first heading, and its text."""
        wrong = [one for one in stated(article.findings) if one.verdict is Verdict.DEVIATES]
        numbers: dict[int, int] = {}
        for n, finding in enumerate(wrong, 1):
            numbers.setdefault(finding.line, n)
        marked = {hole.line for hole in article.body.holes if hole.kind == "mark"} & numbers.keys()
        own = claims(article)
        top = self._top(article, wrong, marked)
        pieces = [article.body.parts[0]]
        placed, ends = False, "</a>"
        for hole, part in zip(article.body.holes, article.body.parts[1:], strict=True):
            if hole.kind == "link":
                opened, ends = self._link(article, hole)
                pieces.append(opened)
            elif hole.kind == "end":
                pieces.append(ends)
            elif hole.kind == "top" and not placed:
                pieces.append(top)
                placed = True
            elif hole.kind == "mark" and hole.line in numbers:
                pieces.append(self._mark(hole.line, numbers[hole.line]))
            else:
                pieces.append(self._other(article, hole, own))
            pieces.append(part)
        if placed:
            return "", "".join(pieces)
        lang = f' lang="{article.body.front.language}"' if article.body.front.language else ""
        return f"<h1{lang}>{escape(article.title)}</h1>\n{top}", "".join(pieces)

    def _other(self, article: Article, hole: Hole, own: Mapping[str, Finding]) -> str:
        t = self._t
        if hole.kind == "image":
            return self._image(article, hole)
        if hole.kind == "claim":
            found = own.get(hole.value)
            return (
                self._claim(hole.value, found)
                if found
                else f"<code>{escape(f'{{{{ claim: {hole.value} }}}}')}</code>"
            )
        if hole.kind == "undrawn":
            said = t("This diagram is not drawn here; what it was written as:")
            return f'<p class="sub" lang="{t.language}">{escape(said)}</p>'
        return ""

    @abstractmethod
    def _mark(self, line: int, number: int) -> str:
        """What stands before the text of a `line` that drifted, to which the note `number` belongs."""

    @abstractmethod
    def _link(self, article: Article, hole: Hole) -> tuple[str, str]:
        """How a link begins and ends: as one, or as text where it would lead nowhere."""

    @abstractmethod
    def _image(self, article: Article, hole: Hole) -> str:
        """A picture, or why it is not shown."""

    @abstractmethod
    def _claim(self, name: str, finding: Finding) -> str:
        """What became of the claim `name`."""

    @abstractmethod
    def _top(self, article: Article, wrong: list[Finding], marked: set[int]) -> str:
        """What stands behind the first heading: what became of the statements, of which those `wrong` do not hold."""


class Writer(Filler):
    """Fills them for the pages of the hub. ``papers``: how the PDF of a document is told of on its page, by its path."""

    def __init__(
        self, shelf: Shelf, t: Translator, environments: Mapping[str, str], papers: Mapping[str, str] = {}
    ) -> None:
        super().__init__(t)
        self._shelf, self._environments, self._papers = shelf, environments, papers
        self._unshown = t("Not in the hub")

    def _mark(self, line: int, number: int) -> str:
        t = self._t
        said = escape(t("Drifted, see note {n:int}", n=number))
        return (
            f'<a class="drift" id="_line-{line}" href="#_drift-{number}" lang="{t.language}">'
            f'{_icon(Status.FAIL)}<span class="vh">{said}</span></a>'
        )

    def _link(self, article: Article, hole: Hole) -> tuple[str, str]:
        title = f' title="{escape(hole.text)}"' if hole.text else ""
        its = leads(self._shelf, article, hole.value.strip())
        if its.href:
            outward = ' class="out" rel="noopener noreferrer"' if not its.href.startswith("mailto:") else ""
            return f'<a href="{escape(its.href)}"{outward}{title}>', "</a>"
        if its.page or its.anchor:
            page = f"{its.page.rpartition('/')[2]}.html" if its.page else ""
            return f'<a href="{page}{its.fragment}"{title}>', "</a>"
        if its.picture:
            return f'<a href="../../{its.picture}"{title}>', "</a>"
        if not its.path:
            return "", ""
        self._shelf.unpublished.add((article.path, its.path))
        why = escape(self._unshown)
        return (
            "",
            f' <span class="path" title="{why}">(<code translate="no">{escape(its.path)}</code>)</span>',
        )

    def _image(self, article: Article, hole: Hole) -> str:
        found = self._shelf.shown(article, hole.value)
        if isinstance(found, Picture):
            return f'<img src="../../{found.name}" alt="{escape(hole.text)}" loading="lazy">'
        t = self._t
        what = t("Picture: {what}", what=hole.text or hole.value[:200])
        why = f'<span lang="{t.language}">{escape(t.plain(found))}</span>'
        return f'<span class="unshown"><b>{escape(what)}</b> {why}</span>'

    def _claim(self, name: str, finding: Finding) -> str:
        its = MARKS[finding.verdict]
        word = escape(self._t.plain(labels.STATUS[its]))
        said = message_markup(self._t, finding.actual) if finding.actual is not None else ""
        shown = f'<code translate="no">{escape(name)}</code>'
        id_ = str(finding.actual.params.get("id", "")) if finding.actual is not None else ""
        environment = self._environments.get(id_)
        if finding.sort == "claim" and environment:
            shown = f'<a href="../status-{quote(environment)}.html#{quote(id_, safe="/@:._~-")}">{shown}</a>'
        return (
            f'<span class="claim" lang="{self._t.language}"><span class="tag {its}">{_icon(its)}{word}</span> '
            f"{shown}: {said}</span>"
        )

    def _top(self, article: Article, wrong: list[Finding], marked: set[int]) -> str:
        """When it was changed, what of it is so, and what stands in it."""
        t, front = self._t, article.body.front
        facts = [escape(t("Hand-written")), f'<code translate="no">{escape(article.path)}</code>']
        if front.date:
            facts.append(f"{escape(t('dated {date}', date=front.date))}")
        if article.at:
            moment = f'<time datetime="{article.at}">{escape(t.time(article.at))}</time>'
            commit = f' (<code translate="no">{article.commit[:12]}</code>)'
            facts.append(f"{escape(t('last changed'))} {moment}{commit}")
        else:
            facts.append(escape(t("not committed")))
        if front.owner:
            facts.append(escape(t("by {owner}", owner=front.owner)))
        if front.audience:
            facts.append(escape(t("for {audience}", audience=front.audience)))
        lang = f' lang="{t.language}"'
        made = [
            f'<div class="about"{lang}><p class="sub">{" · ".join(facts)}</p>{self._papers.get(article.path, "")}',
            self._notice(article, wrong, marked),
        ]
        headings = [one for one in article.body.headings if one.level in (2, 3)]
        made.append("</div>")
        if len(headings) > 2:
            own = f' lang="{front.language}"' if front.language else ""
            rows = "".join(
                f'<li class="l{one.level}"><a href="#{one.id}">{escape(one.text)}</a></li>'
                for one in headings
            )
            made.append(
                f'<nav class="toc" aria-labelledby="_contents"><b id="_contents"{lang}>{escape(t("Contents"))}</b>'
                f'<ul role="list"{own}>{rows}</ul></nav>'
            )
        return "\n".join(made) + "\n"

    def _notice(self, article: Article, wrong: list[Finding], marked: set[int]) -> str:
        its = stated(article.findings)
        state = status(its)
        said = message_markup(self._t, verdict(its))
        against = self._shelf.articles.commit
        held = (
            message_markup(self._t, msg("Checked against commit {commit:code}.", commit=against[:12]))
            if against
            else ""
        )
        rows = []
        for n, one in enumerate(wrong, 1):
            line = str(message_markup(self._t, in_its_line(one)))
            if one.line in marked:
                line = f'<a href="#_line-{one.line}">{line}</a>'
            true = message_markup(self._t, one.actual) if one.actual is not None else ""
            rows.append(f'<li id="_drift-{n}">{line} – {true}</li>')
        listed = f"<ol>{''.join(rows)}</ol>" if rows else ""
        if any(one.sort == "encoding" for one in article.findings):
            t = self._t
            undone = t("Its double-encoded UTF-8 is undone here; the file itself stays as it is.")
            listed += f"<p>{escape(undone)}</p>"
        return f'<div class="notice {state}"><p>{_icon(state)}<b>{said}.</b> {held}</p>{listed}</div>'


def _icon(its: Status) -> str:
    return f'<svg class="mark {its}" aria-hidden="true" focusable="false"><use href="#_{its}"/></svg>'
