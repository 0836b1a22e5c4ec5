"""What every page of the hub must be: its links lead somewhere in the hub, its ids are its own, nothing in it needs
more than the strict policy allows, and its fonts are there."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from html import unescape
from html.parser import HTMLParser
from urllib.parse import SplitResult, unquote, urlsplit

_STYLED = re.compile(r"""url\(\s*["']?([^"')]*)["']?\s*\)""")
_LOADED = {"img": "src", "script": "src", "link": "href", "iframe": "src", "object": "data", "source": "src"}


_TAG = re.compile(r"<([a-zA-Z][a-zA-Z0-9]*)((?:\s+[^\s\"'<>/=]+(?:=\"[^\"<>]*\")?)*)\s*/?>")
_ATTRIBUTE = re.compile(r"\s([^\s\"'<>/=]+)(?:=\"([^\"]*)\")?")
_COLOURED = re.compile(r'<span class="[a-z0-9]+">')
"""Of code, of which pages have many: there is nothing in it."""


_TALKING = "a <script> with its own text"
_TELLING = frozenset(("id", "href", "src", "data", "style", "lang"))
_TELLS = re.compile(r"\s(?:id|href|src|data|style|lang|on)", re.IGNORECASE)
"""What one of these begins with: most tags have but a class."""


class _Page:
    """The links, ids and problems of a page, or of a part of one. ``loaded``: what a browser fetches by itself."""

    def __init__(self) -> None:
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.ids: set[str] = set()
        self.problems: list[str] = []
        self.language = ""

    def begins(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Takes note of a `tag` with its `attributes`."""
        given = dict(attributes)
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
            where = self.links if given.get("rel") in ("alternate", "next", "prev") else self.loaded
            where.append(what)
        if tag == "style":
            self.problems.append("a <style>")

    def holds(self, part: _Page) -> None:
        """Takes over what is in `part` of it."""
        self.language = self.language or part.language
        self.problems += part.problems
        self.problems += [f"the id {own!r} twice" for own in self.ids & part.ids]
        self.ids |= part.ids
        self.links += part.links
        self.loaded += part.loaded


class _Parser(HTMLParser):
    """Takes a page apart, however it is written."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = _Page()
        self._script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.begins(tag, attrs)
        self._script = tag == "script"

    def handle_data(self, data: str) -> None:
        if self._script and data.strip():
            self.page.problems.append(_TALKING)

    def handle_endtag(self, tag: str) -> None:
        self._script = False


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
        found += its[0]
        if its[1] is not None:
            page.holds(its[1])
    if found == text.count("<") - text.count("</") - text.count("<!DOCTYPE html>"):
        return page
    parser = _Parser()
    parser.feed(text)
    parser.close()
    return parser.page


@lru_cache(200_000)
def _in_line(line: str) -> tuple[int, _Page | None] | None:
    """How many tags begin in a `line`, which many pages have, and what there is to remember of them; None where only the
    parser can tell."""
    plain = _COLOURED.sub("<b>", line)
    tags = 0
    page = None
    for match in _TAG.finditer(plain):
        tags += 1
        tag = match[1].lower()
        if tag == "style":
            return None
        if match[2] and _TELLS.search(match[2]):
            attributes = [
                (one[1].lower(), unescape(one[2]) if one[2] and "&" in one[2] else one[2])
                for one in _ATTRIBUTE.finditer(match[2])
            ]
            if any(name in _TELLING or name.startswith("on") for name, _ in attributes):
                page = page or _Page()
                page.begins(tag, attributes)
        if tag == "script":
            end = plain.find("</script>", match.end())
            if end < 0:
                return None
            if plain[match.end() : end].strip():
                page = page or _Page()
                page.problems.append(_TALKING)
    return tags, page


def problems(files: Mapping[str, bytes], others: Collection[str] = ()) -> list[str]:
    """What is wrong with the pages among `files` (by their path in the hub); `others` are there, too."""
    there = {*files, *others}
    pages: dict[str, _Page] = {}
    for name, content in files.items():
        if name.endswith(".html"):
            pages[name] = _seen(content.decode())
    fine: set[tuple[str, str]] = set()
    found = [
        f"{name}: {said}" for name, page in pages.items() for said in _wrong(name, page, pages, there, fine)
    ]
    for name, content in files.items():
        if name.endswith(".css"):
            links = [
                link for link in _STYLED.findall(content.decode()) if not link.startswith(("data:", "#"))
            ]
            found += [
                f"{name}: {said}" for link in links for said in _broken(name, link, pages, there, loaded=True)
            ]
    return found


def _wrong(
    name: str,
    page: _Page,
    pages: Mapping[str, _Page],
    there: Collection[str],
    fine: set[tuple[str, str]],
) -> Iterator[str]:
    """What is wrong with the `page`; ``fine`` are links that are known to lead somewhere, each with the folder of a page."""
    yield from page.problems
    if not page.language:
        yield "it does not say its language"
    for link in page.loaded:
        if not link.startswith("data:"):
            yield from _broken(name, link, pages, there, loaded=True)
    folder = posixpath.dirname(name)
    for link in page.links:
        if (folder, link) in fine:
            continue
        said = list(_broken(name, link, pages, there, loaded=False))
        yield from said
        # What begins so leads into the page itself.
        if not said and link and link[0] not in "#?":
            fine.add((folder, link))


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
