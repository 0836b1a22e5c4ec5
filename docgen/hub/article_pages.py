"""The pages of documents: each rendered once, with a frame for each language around it."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Callable, Mapping
from functools import cache
from html import escape
from urllib.parse import quote, unquote, urlsplit

from jinja2 import Template

from checks.knowledge.documents.anchors import loose, slugs
from checks.knowledge.documents.findings import Finding, count
from checks.model import Message, Report, Status, Verdict, msg, nmsg, phrase, text
from docgen import labels
from docgen.documents.reality import status
from docgen.hub import places
from docgen.hub.articles import FOLDER, Article, Articles, claims, stands, stated
from docgen.hub.pages import WRITTEN, Page
from docgen.hub.pictures import Picture, picture
from docgen.i18n import Translator
from docgen.renderers.article import Hole
from docgen.renderers.page import Entry, Frame, jinja, message_markup, shell
from docgen.renderers.printable import one_line

AROUND = 24
"""Documents of the same folder that stand in the navigation of one."""
_SHEET = "article.css"
_MARKS = {Verdict.CONFORM: Status.OK, Verdict.DEVIATES: Status.FAIL, Verdict.UNDETERMINED: Status.UNKNOWN}


class Shelf:
    """All documents of one hub, and what leads from one to another."""

    def __init__(self, articles: Articles) -> None:
        self.articles = articles
        self.by_path = {one.path: one for one in articles.every}
        self.pictures: dict[str, Picture | Message] = {}
        self.unpublished: set[tuple[str, str]] = set()
        self._anchors: dict[str, dict[str, str]] = {}
        self.folders: dict[str, list[Article]] = {}
        for one in articles.every:
            self.folders.setdefault(one.folder, []).append(one)

    def target(self, article: Article, link: str) -> str | None:
        """The path of the repository to which `link` in `article` leads; None where it leads elsewhere or out of it."""
        path = unquote(urlsplit(link).path)
        folder = "" if path.startswith("/") else article.folder
        joined = posixpath.normpath(posixpath.join(folder, path.lstrip("/"))) if path else article.path
        return None if joined.startswith("..") or "\0" in joined else joined.removeprefix("./")

    def article(self, path: str) -> Article | None:
        """The document at `path`, as viewers and generators read it."""
        tails = ("", ".md", ".markdown", "/README.md", "/index.md", "/readme.md")
        stem, ending = posixpath.splitext(path)
        tried = [path + tail for tail in tails] + ([f"{stem}.md"] if ending in (".html", ".htm") else [])
        return next((self.by_path[one] for one in tried if one in self.by_path), None)

    def anchor(self, article: Article, fragment: str) -> str:
        """The id in the page of `article` that `fragment` means; empty where there is none."""
        known = self._anchors.get(article.path)
        if known is None:
            known = {one: one for one in article.body.ids}
            for one in article.body.headings:
                known.setdefault(loose(one.text), one.id)
                for name in slugs([one.text]):
                    known.setdefault(name, one.id)
            self._anchors[article.path] = known
        wanted = unquote(fragment).removeprefix("user-content-")
        return next((known[one] for one in (wanted, wanted.casefold(), loose(wanted)) if one in known), "")

    def shown(self, article: Article, source: str) -> Picture | Message:
        """The picture at `source` in `article`, or why it is not shown."""
        try:
            parts = urlsplit(source)
        except ValueError:
            return msg("It is no address that can be read.")
        if parts.scheme or parts.netloc:
            return msg("It lies elsewhere, and nothing is loaded from there.")
        path = self.target(article, source)
        if path is None:
            return msg("It leads out of the repository.")
        if path not in self.pictures:
            root = self.articles.root
            file = root / path
            try:
                inside = file.resolve().is_relative_to(root) and file.is_file()
            except (OSError, RuntimeError, ValueError):
                inside = False
            hidden = any(part.startswith(".") for part in path.split("/"))
            self.pictures[path] = picture(file) if inside and not hidden else msg("It is not there.")
        return self.pictures[path]


def made(shelf: Shelf, framed: Callable[[Page], Frame], report: Report, language: str) -> dict[str, bytes]:
    """The pages of all documents for readers of `language`, and their pictures, by their paths in the hub; `framed` gives
    what stands around a page."""
    writer = _Writer(shelf, Translator(language), _environments(report))
    files = {}
    for its in shelf.folders.values():
        around = _Around(its, framed, language, report)
        for n, one in enumerate(its):
            files[f"{language}/{one.page}.html"] = around.page(one, n, *writer.written(one))
    return files | {one.name: one.content for one in shelf.pictures.values() if isinstance(one, Picture)}


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
        frame = framed(page)
        self._groups, self._frame, self._report = frame.groups, frame, report
        self._t = Translator(language)
        self._pieces: dict[int, list[str]] = {}

    def page(self, article: Article, n: int, head: str, body: str) -> bytes:
        """The page of `article`, the `n`-th of its folder."""
        block = n // AROUND
        if block not in self._pieces:
            self._pieces[block] = self._rendered(self._its[block * AROUND : (block + 1) * AROUND])
        *before, tail = self._pieces[block]
        name = article.page.rpartition("/")[2]
        # Cut at the title, wherever its own name stands, and at its content.
        made = before[0] + escape(article.title) + name.join(before[1:])
        href = f'href="{name}.html"'
        made = made.replace(href, f'{href} aria-current="page"')
        lang = f' lang="{article.body.front.language}"' if article.body.front.language else ""
        whole = f'{made}{head}<div class="article"{lang}>{body}</div>{tail}'
        return whole.encode("utf-8", "backslashreplace")

    def _rendered(self, near: list[Article]) -> list[str]:
        entries = tuple(
            Entry(text(one.title), f"{one.page.rpartition('/')[2]}.html", "", one.body.front.language)
            for one in near
        )
        groups = tuple((group, (*its, *entries) if group == WRITTEN else its) for group, its in self._groups)
        whole = _template().render(
            t=self._t,
            frame=self._frame._replace(groups=groups),
            report=self._report,
            cut=self._cut,
            sheet=_SHEET,
            m=lambda message: message_markup(self._t, message) if isinstance(message, Message) else message,
        )
        return whole.split(self._cut)


@cache
def _template() -> Template:
    environment = jinja()
    environment.globals.update(shell=shell("page", "page"))
    return environment.get_template("hub/article.html.j2")


class _Writer:
    """Fills the holes of documents for readers of one language."""

    def __init__(self, shelf: Shelf, t: Translator, environments: Mapping[str, str]) -> None:
        self._shelf, self._t, self._environments = shelf, t, environments
        self._unshown = t("Not in the hub")

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

    def _mark(self, line: int, number: int) -> str:
        t = self._t
        said = escape(t("Drifted, see note {n:int}", n=number))
        return (
            f'<a class="drift" id="_line-{line}" href="#_drift-{number}" lang="{t.language}">'
            f'{_icon(Status.FAIL)}<span class="vh">{said}</span></a>'
        )

    def _link(self, article: Article, hole: Hole) -> tuple[str, str]:
        """How a link begins and ends: as one, or as text where it would lead nowhere."""
        target, title = hole.value.strip(), f' title="{escape(hole.text)}"' if hole.text else ""
        try:
            parts = urlsplit(target)
        except ValueError:
            return "", ""
        if parts.scheme in ("http", "https", "mailto"):
            outward = ' class="out" rel="noopener noreferrer"' if parts.scheme != "mailto" else ""
            return f'<a href="{escape(target)}"{outward}{title}>', "</a>"
        if parts.scheme or parts.netloc:
            return "", ""
        if not parts.path and not parts.query:
            anchor = self._shelf.anchor(article, parts.fragment) if parts.fragment else ""
            return (f'<a href="#{anchor}"{title}>', "</a>") if anchor else ("", "")
        path = self._shelf.target(article, target)
        found = self._shelf.article(path) if path is not None else None
        if found is not None:
            anchor = self._shelf.anchor(found, parts.fragment) if parts.fragment else ""
            href = f"{found.page.rpartition('/')[2]}.html" + (f"#{anchor}" if anchor else "")
            return f'<a href="{href}"{title}>', "</a>"
        shown = path if path is not None else unquote(parts.path)
        picture_ = path is not None and posixpath.splitext(path)[1].lower() in (
            ".png",
            ".jpg",
            ".jpeg",
            ".gif",
            ".webp",
            ".svg",
        )
        if picture_ and isinstance(its := self._shelf.shown(article, target), Picture):
            return f'<a href="../../{its.name}"{title}>', "</a>"
        self._shelf.unpublished.add((article.path, shown))
        why = escape(self._unshown)
        return "", f' <span class="path" title="{why}">(<code translate="no">{escape(shown)}</code>)</span>'

    def _image(self, article: Article, hole: Hole) -> str:
        found = self._shelf.shown(article, hole.value)
        if isinstance(found, Picture):
            return f'<img src="../../{found.name}" alt="{escape(hole.text)}" loading="lazy">'
        t = self._t
        what = t("Picture: {what}", what=hole.text or hole.value[:200])
        why = f'<span lang="{t.language}">{escape(t.plain(found))}</span>'
        return f'<span class="unshown"><b>{escape(what)}</b> {why}</span>'

    def _claim(self, name: str, finding: Finding) -> str:
        its = _MARKS[finding.verdict]
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
            f'<div class="about"{lang}><p class="sub">{" · ".join(facts)}</p>',
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
        against = self._shelf.articles.checked.commit
        held = (
            message_markup(self._t, msg("Checked against commit {commit:code}.", commit=against[:12]))
            if against
            else ""
        )
        rows = []
        for n, one in enumerate(wrong, 1):
            says = msg("line {line:int} says {said:code}", line=one.line, said=one.said)
            line = str(
                message_markup(self._t, says if one.line else msg("it says {said:code}", said=one.said))
            )
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


def verdict(findings: tuple[Finding, ...]) -> Message:
    """How many statements hold."""
    held, wrong, open_ = (
        count(findings, one) for one in (Verdict.CONFORM, Verdict.DEVIATES, Verdict.UNDETERMINED)
    )
    if not held and not wrong and not open_:
        return msg("It makes no statement that can be judged")
    said = msg("{held:int} of {all:int} statements hold", held=held, all=held + wrong)
    if not held and not wrong:
        return nmsg("{n} statement was not judged", "{n} statements were not judged", n=open_)
    if wrong:
        said = phrase("{a}; {b}", {"a": said, "b": nmsg("{n} does not", "{n} do not", n=wrong)})
    if open_:
        said = phrase(
            "{a}; {b}", {"a": said, "b": nmsg("{n} was not judged", "{n} were not judged", n=open_)}
        )
    return said


def _icon(its: Status) -> str:
    return f'<svg class="mark {its}" aria-hidden="true" focusable="false"><use href="#_{its}"/></svg>'


def index(shelf: Shelf, frame: Frame, report: Report, t: Translator) -> bytes:
    """The page that lists all documents, and those that should be there."""
    articles = shelf.articles
    wrong = sum(stands(one)[0] is Status.FAIL for one in articles.every)
    made = _index().render(
        t=t,
        frame=frame,
        report=report,
        folders=[(name, places.document(f"{name}/x.md"), its) for name, its in sorted(shelf.folders.items())],
        articles=articles,
        wrong=wrong,
        unpublished=len(shelf.unpublished),
        count=nmsg("{n} document", "{n} documents", n=len(articles.every)),
        drifted=nmsg("{n} of them drifted", "{n} of them drifted", n=wrong),
        leads=nmsg(
            "{n} link leads to a file that is not in the hub",
            "{n} links lead to files that are not in the hub",
            n=len(shelf.unpublished),
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
