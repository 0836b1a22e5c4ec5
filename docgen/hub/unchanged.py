"""Documents of which nothing has changed: their pages are taken over from the release before, as they are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checks.knowledge.documents.findings import Finding
from checks.model import Message, Report, Snapshot, Verdict
from docgen.hub.articles import Article, Articles, Where, version_of_markup
from docgen.hub.manifest import Stored, stored, sums
from docgen.renderers.article import Body, Front

if TYPE_CHECKING:
    from checks.spec import Spec

FILE = "pages.json"


def key(
    spec: Spec, there: Where, snapshot: Snapshot, report: Report, around: Iterable[str], hub: Path | None
) -> str:
    """What the pages of all documents depend on: the documents and the checkout, what they are held against, and what
    stands `around` them. The `hub` may lie within the checkout."""
    own = hub.resolve() if hub else there.its.root
    inside = own != there.its.root and own.is_relative_to(there.its.root)
    # The hub itself changes with each run.
    world = there.its.world.fingerprint(own.relative_to(there.its.root).as_posix() if inside else "")
    digest = hashlib.sha256(f"{version_of_markup()}\0{spec.sha256}\0{world}".encode())
    told = False
    for path in there.paths:
        content = _content(there.its.root / path)
        told = told or b"claim" in content
        digest.update(f"{path}\0{len(content)}\0".encode(errors="surrogateescape") + content)
    for piece in around:
        digest.update(piece.encode(errors="surrogateescape"))
    # Only where nothing of it is spoken of, another run says the same of the documents.
    if told or spec.github or any(one.guide for one in spec.documents.expected):
        digest.update(report.snapshot_sha256.encode())
    for id_, fact in sorted(snapshot.facts.items()):
        digest.update(f"{id_}\0{fact.observation}\0{fact.value!r}\0".encode(errors="surrogateescape"))
    return digest.hexdigest()


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


def kept(
    shelf: Path, key: str, there: Where, before: Path | None, at: str
) -> tuple[Articles, dict[str, Stored], dict[str, list[str]]] | None:
    """The documents as they were when their pages were made of the same `key`, without their text, where these pages
    are in the release `before`, and what was kept of their PDFs; None where they have to be made."""
    if before is None:
        return None
    try:
        data: Any = json.loads((shelf / FILE).read_bytes())
        if data["key"] != key or not _same(there.its.root, data["pictures"]):
            return None
        places = {name: stored(before / name) for name in data["files"]}
        if any(one.sha256 != data["files"][name] for name, one in places.items()):
            return None
        papers: dict[str, list[str]] = data["papers"]
        if not all((before / its[0] / f"{name}.pdf").is_file() for name, its in papers.items()):
            return None
        every = tuple(
            Article(path, page, Body((), (), Front(*front), (), ()), moment, commit, held, wrong, ())
            for path, page, front, moment, commit, held, wrong in data["articles"]
        )
        missing = tuple(
            Finding(
                file, 0, "missing", Verdict.DEVIATES, said, Message.model_validate(actual) if actual else None
            )
            for file, said, actual in data["missing"]
        )
        known = Articles(
            every, missing, tuple(data["unread"]), at, data["commit"], there.its.root, data["unpublished"]
        )
        return known, places, papers
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _same(root: Path, pictures: Mapping[str, list[int]]) -> bool:
    return all(_times(root / path) == its for path, its in pictures.items())


def _times(file: Path) -> list[int]:
    try:
        its = file.stat()
        return [its.st_size, its.st_mtime_ns]
    except OSError:
        return []


def keep(
    shelf: Path,
    key: str,
    articles: Articles,
    files: Mapping[str, bytes | Stored],
    pictures: Iterable[str],
    papers: Mapping[str, list[str]],
) -> None:
    """Remembers the `files` that were made of the `key`, which `pictures` of the checkout they show, and what is known of
    their PDFs, `papers`."""
    body = {
        "key": key,
        "files": {name: sums(its)[0] for name, its in files.items()},
        "pictures": {path: _times(articles.root / path) for path in pictures},
        "articles": [
            [one.path, one.page, one.body.front, one.at, one.commit, one.held, one.wrong]
            for one in articles.every
        ],
        "missing": [
            [one.file, one.said, one.actual.model_dump(mode="json") if one.actual else None]
            for one in articles.missing
        ],
        "papers": papers,
        "unread": articles.unread,
        "commit": articles.commit,
        "unpublished": articles.unpublished,
    }
    shelf.mkdir(parents=True, exist_ok=True)
    half = (shelf / FILE).with_suffix(".part")
    half.write_text(json.dumps(body, ensure_ascii=False), "utf-8")
    half.replace(shelf / FILE)
