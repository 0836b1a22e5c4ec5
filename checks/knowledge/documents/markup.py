"""HTML, alone or within Markdown: its links, ids, headings and code."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import NamedTuple


class Link(NamedTuple):
    line: int
    target: str


class Heading(NamedTuple):
    line: int
    level: int
    text: str


class Markup(HTMLParser):
    """Links, ids, headings and code of HTML, whose first line is number `before` + 1; ``items``: lines of what is counted,
    with its number."""

    def __init__(self, before: int = 0) -> None:
        super().__init__(convert_charrefs=True)
        self._before = before
        self.links: list[Link] = []
        self.ids: set[str] = set()
        self.headings: list[Heading] = []
        self.fences: list[tuple[int, str]] = []
        self.hidden: set[int] = set()
        self.items: dict[int, int] = {}
        self._open: list[tuple[str, int, list[str]]] = []
        self._lists: list[int | None] = []

    def take(self, text: str) -> None:
        try:
            self.feed(text)
            self.close()
        except (AssertionError, ValueError, RecursionError):
            return

    def _line(self) -> int:
        return self._before + self.getpos()[0]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("id", "name") and value and (name == "id" or tag == "a"):
                self.ids.add(value)
            wanted = (tag, name) in (("a", "href"), ("img", "src"), ("source", "src"), ("video", "src"))
            if wanted and value:
                self.links.append(Link(self._line(), value.strip()))
        if tag in ("ol", "ul"):
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "li" and self._lists and self._lists[-1] is not None:
            self._lists[-1] += 1
            self.items.setdefault(self._line(), self._lists[-1])
        if tag in ("h1", "h2", "h3", "h4", "h5", "h6", "pre", "script", "style"):
            self._open.append((tag, self._line(), []))

    def handle_data(self, data: str) -> None:
        if self._open:
            self._open[-1][2].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("ol", "ul") and self._lists:
            self._lists.pop()
        if not self._open or self._open[-1][0] != tag:
            return
        _, line, parts = self._open.pop()
        said = "".join(parts)
        if tag == "pre":
            self.fences.append((line, said))
        elif tag.startswith("h"):
            self.headings.append(Heading(line, int(tag[1]), " ".join(said.split())))
        if not tag.startswith("h"):
            self.hidden |= set(range(line, self._line() + 1))
