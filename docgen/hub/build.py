"""Makes the files of a hub from one snapshot. No file of it is on the disk yet, and nothing is contacted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from checks import snapshot as snapshots
from checks.evaluate import evaluate
from checks.model import Message, Report, Snapshot
from checks.spec.spec import Spec
from docgen.documents import composed
from docgen.documents.interface import Document, NotYet, Source
from docgen.hub import article_pages, feed, nights, places, search
from docgen.hub.articles import where
from docgen.hub.badges import badge
from docgen.hub.bundle import bundle
from docgen.hub.components import component, gone
from docgen.hub.deployments import deployments, entry, release
from docgen.hub.exceptions import exceptions
from docgen.hub.ledgers import book
from docgen.hub.manifest import Stored
from docgen.hub.nights import Night
from docgen.hub.pages import OWN, Page, pages
from docgen.hub.papers import jobs, listed, papers
from docgen.hub.past import Past, further
from docgen.hub.printed import Press, few
from docgen.hub.rules import ASSETS, POLICY
from docgen.hub.runs import run
from docgen.hub.views import Seen, auditors, history, home
from docgen.hub.written import found, written
from docgen.i18n import LANGUAGES, Translator
from docgen.pdf.carried import origin
from docgen.pdf.sign import Seal
from docgen.renderers import html as status_page
from docgen.renderers import json as report_json
from docgen.renderers import openmetrics
from docgen.renderers.document import render
from docgen.renderers.layout import Layout
from docgen.renderers.page import NAMES, Entry, Find, Frame, assets
from docgen.translated import translated, translated_refusal


class Built(NamedTuple):
    """``files`` by their path in the hub, made of the ``report``."""

    files: dict[str, bytes]
    report: Report
    searchable: bool = True
    """Whether the program for the index of the search is installed."""
    kept: Mapping[str, Stored] = {}
    """Files that lie on the disk: of the release before, as they were, or the index of the search."""
    said: tuple[str, ...] = ()
    """Which hand-written documents have no PDF, and why, in lines for a log."""


def build(
    spec: Spec,
    snapshot: Snapshot,
    kept: list[Night],
    variables: dict[str, str],
    cache: Path | None = None,
    tell: Callable[[str], None] = lambda what: None,
    seal: Seal | None = None,
    shelf: Path | None = None,
    before: Path | None = None,
) -> Built:
    """The hub of `snapshot`; `kept` are the nights before, `variables` those of the command line. ``cache``: a folder for
    PDFs that were made before; without one there are no PDFs; `seal` signs them. ``shelf``: a folder for hand-written
    documents that were rendered before, and for the index of the search, which there is not without one; ``before`` is the
    release that readers see."""
    report = evaluate(spec, snapshot)
    night = nights.of(report, kept)
    past = Past(kept, night)
    files: dict[str, bytes] = {
        "snapshot.json": snapshots.dump(snapshot),
        night.file: nights.dump(night),
        "index.html": _entrance(report),
        "valid.css": _validity(report),
        "robots.txt": b"User-agent: *\nDisallow: /\n",
    }
    files |= {f"{ASSETS.strip('/')}/{name}": content for name, content in assets().items()}
    there = where(spec)
    all_ = list(pages(report, documents=there is not None))
    documents: dict[str, Document] = {}
    refused: dict[str, NotYet] = {}
    for page in all_:
        if page.kind in OWN:
            continue
        try:
            documents[page.name] = composed(page.kind, Source(spec, snapshot, report, page.environment))
        except NotYet as error:
            refused[page.name] = error
    own = {e.name: evaluate(spec.select((e.name,)), snapshot) for e in spec.environments}
    books = {e.name: book(Source(spec, snapshot, report, e.name)) for e in spec.environments}
    of = origin(spec, snapshot, variables)
    indexer = search.program() if shelf else None
    sides = {language: _side(report, language, refused, there is not None, indexer) for language in LANGUAGES}
    framed = {language: (one.report, one.framed) for language, one in sides.items()}
    press = Press(spec, report, of, seal) if cache else None
    by_hand = found(spec, there, snapshot, report, framed, indexer, shelf, before, press) if there else None
    wanted = jobs(documents, report, own, of, seal) | (by_hand.jobs if by_hand else {})
    said: list[str] = []
    weak = seal.weak if seal else lambda made: False
    made = papers(wanted, cache, tell, said.append, weak) if cache else {}
    files |= {path: one.data for path, one in made.items()}
    for language in LANGUAGES:
        files |= _for_machines(translated(report, language), past, Translator(language))
    files["metrics.txt"] = openmetrics.render(report, Translator("en")).encode()
    told = None
    if cache:
        days = [one.day for one in past.nights]
        told, packed = bundle(files, made, of.raw, report, days, seal, cache)
        files[told.file] = packed
    papers_ = {language: listed(wanted, made, language) for language in LANGUAGES}
    short = any(weak(one.data) for one in made.values())
    hand = written(by_hand, report, framed, papers_, indexer, shelf, short) if by_hand else None
    files |= hand.files if hand else {}
    on_disk = dict(hand.kept) if hand else {}
    newest = tuple(hand.articles.newest(6)) if hand else ()
    for language, side in sides.items():
        tell(language)
        its, t = side.report, Translator(language)
        seen = Seen(
            spec, snapshot, its, Layout(its), past, books, side.shown, side.lacking, papers_[language], told, newest
        )  # fmt: skip
        for page in [*side.shown, *further(its, past, books)]:
            frame = side.framed(page)
            files[f"{language}/{page.name}.html"] = (
                article_pages.index(hand.articles, frame, its, t)
                if page.kind == "documents" and hand
                else _page(page, own, report, documents, seen, frame)
            )
        if indexer and shelf:
            records = list(_found(language, its, side.shown, documents, files))
            on_disk |= search.index(language, language, records, indexer, shelf)
    if hand and cache:
        said += few(hand.articles, spec.documents.pdf_limit)
    return Built(files, report, bool(indexer), on_disk, tuple(said))


class _Side(NamedTuple):
    """One language of the hub: the report in it, the pages that there are, those that were refused, and what stands around
    a page."""

    report: Report
    shown: list[Page]
    lacking: list[tuple[Message, NotYet, str]]
    framed: Callable[[Page], Frame]


def _side(
    report: Report, language: str, refused: Mapping[str, NotYet], documents: bool, indexer: str | None
) -> _Side:
    its = translated(report, language)
    every = list(pages(its, documents=documents))
    shown = [page for page in every if page.name not in refused]
    lacking = [
        (page.title, translated_refusal(refused[page.name], report, language), page.kind)
        for page in every
        if page.name in refused
    ]
    find = (
        Find(search.choices(its, Translator(language)), search.indexes(language, documents))
        if indexer
        else None
    )
    return _Side(
        its, shown, lacking, partial(_frame, shown=shown, language=language, report=report, find=find)
    )


def _found(
    language: str,
    report: Report,
    shown: list[Page],
    documents: Mapping[str, Document],
    files: Mapping[str, bytes],
) -> Iterator[search.Record]:
    """What of the `report`, in the `language`, and of its `documents` the search may find; what gives rights away is left
    out, since a group alone may read it."""
    t = Translator(language)
    yield from search.checks(report, report_json.document(report, t))
    for page in shown:
        if page.name in documents and page.kind != "sudo":
            content = files[f"{language}/{page.name}.html"]
            yield search.guide(page.name, t.plain(page.title), content, page.environment)


def _for_machines(report: Report, past: Past, t: Translator) -> dict[str, bytes]:
    """What programs read in the folder of a language."""
    return {
        f"{t.language}/status.json": report_json.render(report, t).encode(),
        f"{t.language}/{feed.FILE}": feed.feed(report, past, t),
    } | {f"{t.language}/badges/{e.name}.svg": badge(report, e, t) for e in report.environments}


_VIEWS: dict[str, Callable[[Seen, Frame, Translator], bytes]] = {
    "home": home,
    "release": release,
    "deployments": deployments,
    "exceptions": exceptions,
    "history": history,
    "auditors": auditors,
}
_ONES: dict[str, Callable[[str, Seen, Frame, Translator], bytes]] = {
    "component": component,
    "gone": gone,
    "run": run,
    "entry": entry,
}
"""Pages of which there are several, by their names."""


def _page(
    page: Page,
    own: Mapping[str, Report],
    report: Report,
    documents: Mapping[str, Document],
    seen: Seen,
    frame: Frame,
) -> bytes:
    t = Translator(frame.language)
    if page.kind == "status":
        its = translated(own[page.environment or ""], frame.language)
        made = status_page.render(its, t, frame, lambda id_: f"{places.component(id_)}.html")
        return made.encode("utf-8", "backslashreplace")
    if view := _VIEWS.get(page.kind):
        return view(seen, frame, t)
    if one := _ONES.get(page.kind):
        return one(page.name, seen, frame, t)
    evidence = {result.id: places.check(result.id) for result in report.results()}
    return render(documents[page.name], report, "html", frame.language, frame=frame, evidence=evidence)


def _frame(page: Page, shown: list[Page], language: str, report: Report, find: Find | None = None) -> Frame:
    """What stands around `page`: the navigation, and the same page in the other language."""
    up = "../" * page.name.count("/")
    groups = [
        (group, tuple(Entry(one.title, f"{up}{one.name}.html", _here(one, page)) for one in its))
        for group, its in groupby(shown, key=lambda one: one.group)
    ]
    other = next(one for one in LANGUAGES if one != language)
    return Frame(
        language=language,
        up=up,
        project=translated(report, language).project,
        groups=tuple(groups),
        other=(other, f"{up}../{other}/{page.name}.html"),
        find=find,
        until=report.valid_until,
    )


def _here(one: Page, page: Page) -> str:
    return "page" if one is page else "true" if one.name == page.parent else ""


def _entrance(report: Report) -> bytes:
    """The page at the root: it leads on without script, and says where to."""
    first = report.language
    links = " · ".join(
        f'<a href="{one}/index.html" hreflang="{one}" lang="{one}">{NAMES[one]}</a>' for one in LANGUAGES
    )
    return (
        f'<!DOCTYPE html>\n<html lang="{first}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f'<meta http-equiv="refresh" content="0; url={first}/index.html">\n<title>docgen</title>\n'
        '<link rel="icon" href="data:,">\n'
        f"</head>\n<body>\n<main><h1>docgen</h1>\n<p>{links}</p></main>\n</body>\n</html>\n"
    ).encode()


def _validity(report: Report) -> bytes:
    """For pages that are taken over as they are from one night to the next."""
    until = report.valid_until[:16].replace("T", " ")
    return f'.until::after {{ content: "{until} UTC"; }}\n'.encode()


def known(release: Path | None, until: str = "9999-12-31") -> list[Night]:
    """The nights that a `release` remembers, the oldest first; `until` as of :func:`nights.kept`."""
    files = nights.kept(release / nights.FOLDER, until) if release else []
    return [night for file in files if (night := nights.parse(file.read_bytes()))]
