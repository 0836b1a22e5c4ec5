"""The hand-written part of a hub: what there is of it, and then its pages, pictures and the index of the search; or what is
there of it already."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from checks.model import Report, Snapshot
from checks.spec.spec import Spec
from docgen.hub import article_pages, printed, search, unchanged
from docgen.hub.articles import Articles, Where, gathered
from docgen.hub.manifest import Stored
from docgen.hub.pages import Page
from docgen.hub.papers import Job, versions
from docgen.hub.pictures import Picture
from docgen.hub.shelf import Shelf
from docgen.hub.views import Paper
from docgen.i18n import LANGUAGES
from docgen.renderers.page import Frame

Framed = Mapping[str, tuple[Report, Callable[[Page], Frame]]]
"""For each language, the report in it and what stands around a page."""


class Found(NamedTuple):
    """The documents that there are, and their PDFs, ``jobs``. ``shelf`` holds them where their pages have to be made; else
    ``kept`` are those of the release before that are as they were."""

    articles: Articles
    jobs: dict[str, Job]
    key: str
    shelf: Shelf | None
    kept: dict[str, Stored]


def found(
    spec: Spec,
    there: Where,
    snapshot: Snapshot,
    report: Report,
    framed: Framed,
    indexer: str | None,
    shelf: Path | None,
    before: Path | None,
    press: printed.Press | None,
) -> Found:
    """The documents that are `there`, held against the `report`. `before` is the release that readers see, `press` what PDFs
    are made with, if they are."""
    around = [article_pages.around(frame, its, language) for language, (its, frame) in framed.items()]
    around += [str(indexer), repr(press and (press.seal and press.seal.basis, versions()))]
    key = unchanged.key(spec, there, snapshot, report, around, shelf.parents[1] if shelf else None)
    known = unchanged.kept(shelf, key, there, before, report.collected_at) if shelf else None
    if known and before:
        return Found(known[0], printed.unmade(known[2], before), key, None, known[1])
    bound = Shelf(gathered(spec, there, snapshot, report, shelf))
    return Found(bound.articles, printed.jobs(bound, press) if press else {}, key, bound, {})


class Written(NamedTuple):
    """``files`` were made now; ``kept`` lie on the disk: those of the release before, or the index of the search."""

    articles: Articles
    files: dict[str, bytes]
    kept: dict[str, Stored]


def written(
    its: Found,
    report: Report,
    framed: Framed,
    papers: Mapping[str, Iterable[Paper]],
    indexer: str | None,
    shelf: Path | None,
    weak: bool,
) -> Written:
    """The pages of what was found. ``papers``: for each language, the PDFs that there are; where one is `weak`, all is
    made anew the next time."""
    if its.shelf is None:
        return Written(its.articles, {}, its.kept)
    bound, articles = its.shelf, its.articles
    files: dict[str, bytes] = {}
    for language, (own, frame) in framed.items():
        files |= article_pages.made(bound, frame, own, language, papers[language])
    pictures = [path for path, one in bound.pictures.items() if isinstance(one, Picture)]
    articles = articles._replace(unpublished=len(bound.unpublished))
    indexed: dict[str, Stored] = {}
    if indexer and shelf:
        for language in LANGUAGES:
            its_own = [
                search.article(one)
                for one in articles.every
                if one.body.front.search and search.language_of(one, report.language) == language
            ]
            indexed |= search.index(f"{language}-{search.DOCUMENTS}", language, its_own, indexer, shelf)
    if shelf and not weak:
        unchanged.keep(shelf, its.key, articles, {**files, **indexed}, pictures, printed.told(its.jobs))
    return Written(articles, files, indexed)
