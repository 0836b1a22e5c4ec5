"""The PDFs of hand-written documents: which get one, and what is said in it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from checks.model import Message, Report, text
from checks.redact import Redactor
from docgen.hub.articles import Article, Articles, readable
from docgen.hub.leads import leads
from docgen.hub.papers import Job, basis
from docgen.hub.pictures import Picture
from docgen.hub.shelf import Shelf
from docgen.i18n import LANGUAGES, Translator
from docgen.pdf.carried import Origin
from docgen.pdf.sign import Seal
from docgen.renderers.article import pdf
from docgen.renderers.article.told import SEEN, Link, Told, kept
from docgen.translated import translated

if TYPE_CHECKING:
    from checks.spec import Spec

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class Press(NamedTuple):
    """What PDFs of documents are made with: the `report` that the documents are held against, of which `of` says what it
    was made of, and the `seal` that signs them."""

    spec: Spec
    report: Report
    of: Origin
    seal: Seal | None


def chosen(articles: Iterable[Article], limit: int) -> list[Article]:
    """Those of `articles` that get a PDF: as long as there are no more than `limit`, all but those that do not want one,
    else those that ask for one."""
    every = list(articles)
    return [
        one for one in every if one.body.front.pdf or (len(every) <= limit and one.body.front.pdf is None)
    ]


def few(articles: Articles, limit: int) -> list[str]:
    """That few of `articles` have a PDF, where that is so, in a line for a log."""
    every = len(articles.every)
    if every <= limit:
        return []
    n = len(chosen(articles.every, limit))
    return [
        f"{every} hand-written documents are more than documents.pdf-limit ({limit}): {n} have a PDF, as their front matter "
        "asks (pdf: true)."
    ]


def jobs(shelf: Shelf, press: Press) -> dict[str, Job]:
    """The PDFs of the documents on the `shelf`, by their names in the folder of their language."""
    from checks.sources.secrets import resolve

    redactor = Redactor(tuple(resolve(press.spec).values()))
    limit = press.spec.documents.pdf_limit
    return {one.page: _job(one, shelf, press, redactor) for one in chosen(shelf.articles.every, limit)}


def _job(article: Article, shelf: Shelf, press: Press, redactor: Redactor) -> Job:
    raw = (shelf.articles.root / article.path).read_bytes()
    plain = raw.decode("utf-8", "replace")
    shown = readable(plain, redactor)
    source = raw if shown == plain else shown.encode("utf-8", "replace")
    own = article.body.front
    language = own.language if own.language in LANGUAGES else press.report.language
    links, pictures, files = _around(article, shelf, press.spec.publish.address or "", language)
    report = translated(press.report, language)
    words = report.translations.get(language, {})
    declared = press.spec.documents
    seen = any(one.sort in SEEN for one in article.findings)
    dated = f"{own.date}T00:00:00Z" if _DAY.fullmatch(own.date) else ""
    told = Told(
        path=article.path,
        name=article.page.rpartition("/")[2],
        language="de" if language == "de" else "en",
        project=report.project,
        organisation=words.get(declared.organisation or "", declared.organisation or ""),
        classification=words.get(declared.classification or "", declared.classification or ""),
        zone=report.timezone,
        sha256=hashlib.sha256(raw).hexdigest(),
        masked=source is not raw,
        commit=article.commit,
        at=article.at,
        moment=report.collected_at if seen else article.at or dated or report.collected_at,
        held=shelf.articles.commit,
        collected=report.collected_at if seen else "",
        until=report.valid_until if seen else "",
        snapshot=report.snapshot_sha256 if seen else "",
        findings=kept(article.findings),
        links=links,
        pictures=pictures,
    )
    parts = (hashlib.sha256(told.dump() + source).hexdigest(), press.seal and press.seal.basis)
    return Job(
        partial(_title, article.title),
        None,
        repr(parts) + (basis("written", press.report, press.of, press.seal) if seen else ""),
        lambda _: pdf.render(told, source, files, (press.report, press.of) if seen else None, press.seal),
        (language,),
        article.path,
    )


def _title(title: str, language: str) -> Message:
    return text(title)


def _around(
    article: Article, shelf: Shelf, address: str, language: str
) -> tuple[dict[str, Link], dict[str, str | Message], dict[str, bytes]]:
    """Where the links of `article` lead, what became of its pictures, and these by the names that they get. `address` is
    that of the hub, if it is known."""
    links: dict[str, Link] = {}
    pictures: dict[str, str | Message] = {}
    files: dict[str, bytes] = {}
    names: dict[str, str] = {}
    for hole in article.body.holes:
        if hole.kind == "link" and (link := hole.value.strip()) not in links:
            its = leads(shelf, article, link)
            href = its.href or its.fragment
            if its.page or its.picture:
                place = f"{language}/{its.page}.html{its.fragment}" if its.page else its.picture
                href = f"{address}/{place}" if address else ""
            links[link] = Link(href=href, path=its.path)
        elif hole.kind == "image" and hole.value not in pictures:
            found = shelf.shown(article, hole.value)
            if isinstance(found, Picture):
                stem, _, ending = found.name.rpartition("/")[2].partition(".")
                name = names.setdefault(
                    found.name, f"picture-{len(names) + 1}-{stem}.{ending.rpartition('.')[2]}"
                )
                files[name] = found.content
                pictures[hole.value] = name
            else:
                pictures[hole.value] = found
    return links, pictures, files


def unmade(said: Mapping[str, list[str]], before: Path) -> dict[str, Job]:
    """The PDFs that were told of as :func:`told` does, as they are in the release `before`."""
    return {
        name: Job(
            partial(_title, title),
            None,
            of,
            partial(_read, before, name),
            (language,),
            path,
        )
        for name, (language, title, of, path) in said.items()
    }


def _read(before: Path, name: str, language: str) -> bytes:
    return (before / language / f"{name}.pdf").read_bytes()


def told(wanted: Mapping[str, Job]) -> dict[str, list[str]]:
    """The PDFs `wanted` as they are kept in a file: language, title, what each depends on, and its document."""
    return {
        name: [job.languages[0], Translator("en").plain(job.title("en")), job.basis, job.path]
        for name, job in wanted.items()
    }
