"""A document that somebody wrote, as markup for a page: sanitised, and with holes where the hub has to decide.

What a link leads to, whether a picture may be shown, and what became of a claim is not known here: there the markup has a
:class:`Hole`. So the same document is rendered once for all languages and nights.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from checks.knowledge.documents.page import Page, markdown
from checks.knowledge.documents.parsed import Parsed, parsed
from docgen.i18n import LANGUAGES
from docgen.renderers.article.clean import Cleaned, cleaned
from docgen.renderers.article.front import Front, front
from docgen.renderers.article.slugs import Slugs

VERSION = "3"
"""Part of what the markup depends on; another one, and it is made anew."""
TOP = "top"


class Hole(NamedTuple):
    """``kind`` is ``link`` (`value`: where to, `text`: its title), ``end`` of a link that was opened, ``image`` (`value`:
    where from, `text`: what it shows), ``claim`` (`value`: its name, `line`), ``mark`` (something in `line` drifted),
    ``undrawn`` (`value`: why) or ``top``, behind the first heading."""

    kind: str
    value: str = ""
    text: str = ""
    line: int = 0


class Heading(NamedTuple):
    level: int
    id: str
    text: str


class Body(NamedTuple):
    """``parts`` of trusted markup, with the ``holes`` between them; ``ids`` are those in the markup."""

    parts: tuple[str, ...]
    holes: tuple[Hole, ...]
    front: Front
    headings: tuple[Heading, ...]
    ids: tuple[str, ...]

    def dump(self) -> list[Any]:
        """As it is kept in a file."""
        return [self.parts, self.holes, self.front, self.headings, self.ids]

    @classmethod
    def load(cls, data: list[Any]) -> Body:
        """What :meth:`dump` gave. Raises TypeError or ValueError where it is something else."""
        parts, holes, front_, headings, ids = data
        return cls(
            tuple(parts),
            tuple(Hole(*one) for one in holes),
            Front(*front_),
            tuple(Heading(*one) for one in headings),
            tuple(ids),
        )


def of(
    path: str,
    text: str,
    drifted: frozenset[int] = frozenset(),
    given: Parsed | None = None,
    language: str = "en",
) -> Body:
    """The document `path` with the `text`, of the sort that its name says. Where it does not name its own, it is in
    `language`."""
    lowered = path.lower()
    if lowered.endswith((".html", ".htm")):
        return of_html(path, text)
    if lowered.endswith(".json"):
        return of_json(path, text)
    return of_markdown(path, text, drifted, given, language)


def of_markdown(
    path: str,
    text: str,
    drifted: frozenset[int] = frozenset(),
    given: Parsed | None = None,
    language: str = "en",
) -> Body:
    """The Markdown `text` of the file `path`; in each of the lines that `drifted` there is a mark. What nobody wrote is in
    its language, which is `language` where it does not name it."""
    from docgen.renderers.article.writer import Writer

    given = given or parsed(text)
    own = front(given.lines[: given.taken])
    slugs = Slugs()
    writer = Writer(slugs, own.language if own.language in LANGUAGES else language, drifted)
    markup = writer.markup(given.events)
    # A sanitiser drops the one and makes a line's end of the other.
    ours = writer.ours and "\0" not in markup and "\r" not in markup
    return _body(own, markup, writer.own, writer.headings, slugs, path, ours=ours)


def of_html(path: str, text: str) -> Body:
    """The HTML `text`: what is in its body, without style and script."""
    title = re.search(r"<title[^>]*>([^<]{1,300})</title>", text, re.IGNORECASE)
    language = re.search(r"<html[^>]*\slang=[\"']?([a-zA-Z]{2})", text, re.IGNORECASE)
    own = Front(title=_plain(title[1]) if title else "", language=language[1].lower() if language else "")
    slugs = Slugs()
    return _body(own, text, [], [], slugs, path)


def of_json(path: str, text: str) -> Body:
    """The JSON `text`, laid out for reading."""
    from docgen.renderers.article.code import coloured

    try:
        data = json.loads(text)
        shown = json.dumps(data, ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        data, shown = None, text
    title = next(
        (data[k] for k in ("title", "name") if isinstance(data.get(k), str))
        if isinstance(data, dict)
        else iter(()),
        "",
    )
    return Body((coloured(shown, "json"),), (), Front(title=title[:200]), (), ())


def _body(
    own: Front,
    markup: str,
    trusted: list[Hole | str],
    headings: list[Heading],
    slugs: Slugs,
    path: str,
    *,
    ours: bool = False,
) -> Body:
    its: Cleaned = cleaned(markup, slugs, named=not headings, ours=ours)
    parts: list[str] = [""]
    holes: list[Hole] = []
    used: set[int] = set()
    found: Hole | str
    for piece in its.pieces:
        if isinstance(piece, str):
            parts[-1] += piece
            continue
        if isinstance(piece, int):
            # A number that somebody wrote as an entity stands for nothing.
            found = trusted[piece] if piece < len(trusted) and piece not in used else ""
            used.add(piece)
        else:
            found = Hole(*piece)
        if isinstance(found, str):
            parts[-1] += found
        else:
            holes.append(found)
            parts.append("")
    every = headings or [Heading(*one) for one in its.headings]
    first = next((one for one in every if one.level == 1), None)
    title = own.title or (first.text if first else "") or path.rpartition("/")[2]
    return Body(
        tuple(parts), tuple(holes), own._replace(title=title), tuple(every), tuple(sorted(slugs.given))
    )


def _plain(markup: str) -> str:
    from html import unescape

    return " ".join(unescape(re.sub(r"<[^>]*>", "", markup)).split())


__all__ = ["Body", "Front", "Heading", "Hole", "Page", "markdown", "of", "of_html", "of_json", "of_markdown"]
