"""Where a link in a document leads."""

from __future__ import annotations

import posixpath
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from docgen.hub.articles import Article
from docgen.hub.pictures import Picture
from docgen.hub.shelf import Shelf

_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg")


class Leads(NamedTuple):
    """``href``: elsewhere; ``page``: to a document of the hub, there or in the same one to ``anchor``; ``picture``: to a
    picture of the hub; ``path``: to a file of the repository, where that is no page. All empty: nowhere."""

    href: str = ""
    page: str = ""
    anchor: str = ""
    picture: str = ""
    path: str = ""

    @property
    def fragment(self) -> str:
        return f"#{self.anchor}" if self.anchor else ""


def leads(shelf: Shelf, article: Article, link: str) -> Leads:
    """Where `link` in `article` leads."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return Leads()
    if parts.scheme in ("http", "https", "mailto"):
        return Leads(href=link)
    if parts.scheme or parts.netloc:
        return Leads()
    if not parts.path and not parts.query:
        return Leads(anchor=shelf.anchor(article, parts.fragment) if parts.fragment else "")
    path = shelf.target(article, link)
    found = shelf.article(path) if path is not None else None
    if found is not None:
        anchor = shelf.anchor(found, parts.fragment) if parts.fragment else ""
        return Leads(page=found.page, anchor=anchor, path=found.path)
    shown = path if path is not None else unquote(parts.path)
    named = path is not None and posixpath.splitext(path)[1].lower() in _PICTURES
    its = shelf.shown(article, link) if named else None
    return Leads(picture=its.name, path=shown) if isinstance(its, Picture) else Leads(path=shown)
