"""What every page of the hub must be: its links lead somewhere in the hub, its ids are its own, nothing in it needs
more than the strict policy allows, and its fonts are there."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator, Mapping
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

_STYLED = re.compile(r"""url\(\s*["']?([^"')]*)["']?\s*\)""")
_LOADED = {"img": "src", "script": "src", "link": "href", "iframe": "src", "object": "data", "source": "src"}


class _Page(HTMLParser):
    """The links, ids and problems of one page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.ids: set[str] = set()
        self.problems: list[str] = []
        self.language = ""
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.language = given.get("lang") or ""
        if (own := given.get("id")) is not None:
            if own in self.ids:
                self.problems.append(f"the id {own!r} twice")
            self.ids.add(own)
        for name in given:
            if name == "style" or name.startswith("on"):
                self.problems.append(f"the attribute {name!r} in <{tag}>")
        if tag in ("a", "area") and (to := given.get("href")) is not None:
            self.links.append(to)
        if tag in _LOADED and (what := given.get(_LOADED[tag])) is not None:
            self.links.append(what) if given.get("rel") in (
                "alternate",
                "next",
                "prev",
            ) else self.loaded.append(what)
        self._inside = tag if tag in ("script", "style") else ""
        if tag == "style":
            self.problems.append("a <style>")

    def handle_data(self, data: str) -> None:
        if self._inside == "script" and data.strip():
            self.problems.append("a <script> with its own text")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""


def problems(files: Mapping[str, bytes], others: Collection[str] = ()) -> list[str]:
    """What is wrong with the pages among `files` (by their path in the hub); `others` are there, too."""
    there = {*files, *others}
    pages: dict[str, _Page] = {}
    for name, content in files.items():
        if name.endswith(".html"):
            pages[name] = page = _Page()
            page.feed(content.decode())
            page.close()
    found = [f"{name}: {said}" for name, page in pages.items() for said in _wrong(name, page, pages, there)]
    for name, content in files.items():
        if name.endswith(".css"):
            links = [
                link for link in _STYLED.findall(content.decode()) if not link.startswith(("data:", "#"))
            ]
            found += [
                f"{name}: {said}" for link in links for said in _broken(name, link, pages, there, loaded=True)
            ]
    return found


def _wrong(name: str, page: _Page, pages: Mapping[str, _Page], there: Collection[str]) -> Iterator[str]:
    yield from page.problems
    if not page.language:
        yield "it does not say its language"
    for link in page.loaded:
        if not link.startswith("data:"):
            yield from _broken(name, link, pages, there, loaded=True)
    for link in page.links:
        yield from _broken(name, link, pages, there, loaded=False)


def _broken(
    name: str, link: str, pages: Mapping[str, _Page], there: Collection[str], *, loaded: bool
) -> Iterator[str]:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        if loaded:
            yield f"it loads {link!r} from elsewhere"
        elif parts.scheme not in ("http", "https", "mailto"):
            yield f"a link to {link!r}"
        return
    path = unquote(parts.path)
    target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
    if target not in there:
        yield f"the link {link!r} leads nowhere"
    elif parts.fragment and target in pages:
        anchor = unquote(parts.fragment)
        if anchor not in pages[target].ids:
            yield f"the link {link!r} leads to no such place"
