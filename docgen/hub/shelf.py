"""All documents of one hub, and what leads from one to another."""

from __future__ import annotations

import posixpath
from urllib.parse import unquote, urlsplit

from checks.knowledge.documents.anchors import loose, slugs
from checks.model import Message, msg
from docgen.hub.articles import Article, Articles
from docgen.hub.pictures import Picture, picture


class Shelf:
    """``unpublished``: the links that lead to files which are not in the hub: (document, path)."""

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
        wanted = unquote(fragment).removeprefix("user-content-")
        if wanted in article.body.ids:
            return wanted
        known = self._anchors.get(article.path)
        if known is None:
            known = {one: one for one in article.body.ids}
            for one in article.body.headings:
                known.setdefault(loose(one.text), one.id)
                for name in slugs([one.text]):
                    known.setdefault(name, one.id)
            self._anchors[article.path] = known
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
