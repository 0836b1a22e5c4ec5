"""The hand-written part of a hub: pages, pictures and the index of the search; or what is there of it already."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from checks.model import Report, Snapshot
from checks.spec.spec import Spec
from docgen.hub import article_pages, search, unchanged
from docgen.hub.articles import Articles, Where, gathered
from docgen.hub.pages import Page
from docgen.hub.pictures import Picture
from docgen.hub.shelf import Shelf
from docgen.i18n import LANGUAGES
from docgen.renderers.page import Frame


class Written(NamedTuple):
    """``files`` were made now; ``kept`` are those of the release before that are as they were, with where they lie."""

    articles: Articles
    files: dict[str, bytes]
    kept: dict[str, Path]


def written(
    spec: Spec,
    there: Where,
    snapshot: Snapshot,
    report: Report,
    framed: Mapping[str, tuple[Report, Callable[[Page], Frame]]],
    indexer: str | None,
    shelf: Path | None,
    before: Path | None,
) -> Written:
    """The documents that are `there`, held against the `report`. ``framed``: for each language, the report in it and what
    stands around a page; `before` is the release that readers see."""
    around = [article_pages.around(frame, its, language) for language, (its, frame) in framed.items()]
    key = unchanged.key(
        spec, there, snapshot, report, [*around, str(indexer)], shelf.parents[1] if shelf else None
    )
    found = unchanged.kept(shelf, key, there, before, report.collected_at) if shelf else None
    if found:
        return Written(found[0], {}, found[1])
    articles = gathered(spec, there, snapshot, report, shelf)
    bound = Shelf(articles)
    files: dict[str, bytes] = {}
    for language, (its, frame) in framed.items():
        files |= article_pages.made(bound, frame, its, language)
    pictures = [path for path, one in bound.pictures.items() if isinstance(one, Picture)]
    articles = articles._replace(unpublished=len(bound.unpublished))
    if indexer:
        for language in LANGUAGES:
            its_own = [
                search.article(one)
                for one in articles.every
                if one.body.front.search and search.language_of(one, report.language) == language
            ]
            files |= search.index(f"{language}-{search.DOCUMENTS}", language, its_own, indexer, shelf)
    if shelf:
        unchanged.keep(shelf, key, articles, files, pictures)
    return Written(articles, files, {})
