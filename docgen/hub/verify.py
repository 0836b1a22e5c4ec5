"""What every page of the hub must be: its links lead somewhere in the hub, its ids are its own, nothing in it needs
more than the strict policy allows, and its fonts are there."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from html import unescape
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

_STYLED = re.compile(r"""url\(\s*["']?([^"')]*)["']?\s*\)""")
_LOADED = {"img": "src", "script": "src", "link": "href", "iframe": "src", "object": "data", "source": "src"}


_TAG = re.compile(r"<([a-zA-Z][a-zA-Z0-9]*)((?:\s+[^\s\"'<>/=]+(?:=\"[^\"<>]*\")?)*)\s*/?>")
_ATTRIBUTE = re.compile(r"\s([^\s\"'<>/=]+)(?:=\"([^\"]*)\")?")
_COLOURED = re.compile(r'<span class="[a-z0-9]+">')
"""Of code, of which pages have many: there is nothing in it."""


_TELLING = frozenset(("id", "href", "src", "data", "style", "lang"))


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


def _seen(text: str) -> _Page:
    """What is in the page `text`. Most pages are written so plainly that their tags can be picked out of them, line by line;
    whatever is not is left to the parser."""
    page = _Page()
    found = 0
    for line in text.split("\n"):
        if "<" not in line:
            continue
        its = _in_line(line)
        if its is None:
            break
        found += its.tags
        for tag, attributes in its.told:
            page.handle_starttag(tag, attributes)
        page.problems += its.problems
    if found == text.count("<") - text.count("</") - text.count("<!DOCTYPE html>"):
        return page
    page = _Page()
    page.feed(text)
    page.close()
    return page


class _Line(NamedTuple):
    """``tags``: how many begin in it; ``told`` are those of which something is to be remembered."""

    tags: int
    told: tuple[tuple[str, list[tuple[str, str | None]]], ...]
    problems: tuple[str, ...]


@lru_cache(200_000)
def _in_line(line: str) -> _Line | None:
    """The tags of a `line`, which many pages have; None where only the parser can tell."""
    plain = _COLOURED.sub("<b>", line)
    found = list(_TAG.finditer(plain))
    told = []
    wrong: list[str] = []
    for match in found:
        tag = match[1].lower()
        if tag == "style":
            return None
        if match[2]:
            attributes = [
                (one[1].lower(), unescape(one[2]) if one[2] and "&" in one[2] else one[2])
                for one in _ATTRIBUTE.finditer(match[2])
            ]
            if any(name in _TELLING or name.startswith("on") for name, _ in attributes):
                told.append((tag, attributes))
        if tag == "script":
            end = plain.find("</script>", match.end())
            if end < 0:
                return None
            if plain[match.end() : end].strip():
                wrong.append("a <script> with its own text")
    return _Line(len(found), tuple(told), tuple(wrong))


def problems(files: Mapping[str, bytes], others: Collection[str] = ()) -> list[str]:
    """What is wrong with the pages among `files` (by their path in the hub); `others` are there, too."""
    there = {*files, *others}
    pages: dict[str, _Page] = {}
    for name, content in files.items():
        if name.endswith(".html"):
            pages[name] = _seen(content.decode())
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
    parts, target = _parted(posixpath.dirname(name), link)
    if parts.scheme or parts.netloc:
        if loaded:
            yield f"it loads {link!r} from elsewhere"
        elif parts.scheme not in ("http", "https", "mailto"):
            yield f"a link to {link!r}"
        return
    target = target or name
    if target not in there:
        yield f"the link {link!r} leads nowhere"
    elif parts.fragment and target in pages:
        anchor = unquote(parts.fragment)
        if anchor not in pages[target].ids:
            yield f"the link {link!r} leads to no such place"


@lru_cache(20_000)
def _parted(folder: str, link: str) -> tuple[SplitResult, str]:
    """`link` in its parts, and what it leads to from `folder`; empty: the page itself."""
    parts = urlsplit(link)
    path = unquote(parts.path)
    return parts, posixpath.normpath(posixpath.join(folder, path)) if path else ""
