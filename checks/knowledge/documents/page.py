"""A document that somebody wrote, taken apart: lines, headings, links, code. Markdown, HTML and JSON alike."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from checks.knowledge.documents.anchors import slugs
from checks.knowledge.documents.markup import Heading, Link, Markup
from checks.knowledge.documents.parsed import LONGEST, Parsed, parsed

ENDINGS = (".md", ".markdown", ".html", ".htm", ".json")
"""How the names of documents end."""
_GENERATED = re.compile(
    r"^\s*(?:::: |\{%|\{!|--8<--|;--8<--|\.\. include|\{\{|\[\[|<!--\s*#include|\{\*)|\{\{[^{}]*\}\}|\{%"
    r"|^import .* from ['\"]|<[A-Z][A-Za-z]+[\s/>]",
    re.MULTILINE,
)
_BARE = re.compile(
    r"(?<![(<\"'=\w\]])https://github\.com/[\w.-]+/[\w.-]+/(?:blob|tree|raw)/[\w./#%+-]*[\w#/]"
)
"""An address of a file at GitHub that is written out."""
_EXPLICIT = re.compile(r"\s*\{\s*:?\s*#([\w.:-]+)[^}]*\}\s*$")


class Fence(NamedTuple):
    """A block of code. ``line`` is that of its first line of text; ``before`` the number of the line before it that says
    something, 0 where there is none."""

    line: int
    info: str
    text: str
    before: int


class Page(NamedTuple):
    """``lines`` as they are written; ``quiet`` are the numbers of those in which nothing is claimed: code, comments, front
    matter. ``generated``: a generator adds to it before anybody reads it. ``front`` is the front matter."""

    path: str
    lines: tuple[str, ...]
    quiet: frozenset[int]
    fences: tuple[Fence, ...]
    links: tuple[Link, ...]
    headings: tuple[Heading, ...]
    ids: frozenset[str]
    generated: bool
    front: dict[str, str]

    def spoken(self) -> Iterator[tuple[int, str]]:
        """The lines in which something may be claimed, with their numbers."""
        return ((n, line) for n, line in enumerate(self.lines, 1) if n not in self.quiet and line.strip())


@lru_cache(maxsize=256)
def read(path: str, text: str) -> Page:
    """The document in the file `path`. Whatever is in it, this ends, and raises nothing."""
    lowered = path.lower()
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if lowered.endswith((".html", ".htm")):
        return _html(path, text)
    if lowered.endswith(".json"):
        return _json(path, text)
    return _markdown(path, text)


def _markdown(path: str, text: str) -> Page:
    return markdown(path, text, parsed(text))


def markdown(path: str, text: str, given: Parsed) -> Page:
    """The Markdown document in the file `path`, whose `text` was `given` to the parser."""
    lines, front, taken, tokens = given
    quiet = set(range(1, taken + 1))
    fences: list[Fence] = []
    links: list[Link] = []
    headings: list[Heading] = []
    ids: set[str] = set()
    for index, token in enumerate(tokens):
        begin, end = token.map or (0, 0)
        if token.type in ("fence", "code_block"):
            quiet |= set(range(begin + 1, end + 1))
            first = begin + 2 if token.type == "fence" else begin + 1
            fences.append(Fence(first, token.info.strip(), token.content, _spoken_before(lines, begin)))
        elif token.type == "html_block":
            inner = Markup(begin)
            inner.take(token.content)
            links += inner.links
            ids |= inner.ids
            if re.match(r"\s*<(?:!--|script|pre|style|code|svg)", token.content, re.IGNORECASE):
                quiet |= set(range(begin + 1, end + 1))
        elif token.type == "inline":
            found = list(_inline(token, begin + 1))
            links += [one for one in found if isinstance(one, Link)]
            ids |= {one for one in found if isinstance(one, str)}
            if index and tokens[index - 1].type == "heading_open":
                said = _plain(token)
                if explicit := _EXPLICIT.search(said):
                    ids.add(explicit[1])
                    said = said[: explicit.start()]
                headings.append(Heading(begin + 1, int(tokens[index - 1].tag[1:]), said.strip()))
    known = {(link.line, link.target) for link in links}
    for number, line in enumerate(lines, 1):
        if number not in quiet and "://github.com/" in line:
            links += [Link(number, at) for at in _BARE.findall(line) if (number, at) not in known]
    ids |= set(re.findall(r"\{\s*:?\s*#([\w.:-]+)[^}\n]*\}", text))
    ids |= slugs([heading.text for heading in headings])
    return Page(
        path, tuple(lines), frozenset(quiet), tuple(fences), tuple(links), tuple(headings), frozenset(ids),
        bool(_GENERATED.search(_unquoted(lines, quiet))), front,
    )  # fmt: skip


def _unquoted(lines: Sequence[str], quiet: set[int]) -> str:
    """What is said outside of code: a macro that is shown is none."""
    said = "\n".join(line for n, line in enumerate(lines, 1) if n not in quiet)
    return re.sub(r"`[^`\n]{1,500}`", "", said)


def _spoken_before(lines: Sequence[str], index: int) -> int:
    for n in range(index, max(0, index - 4), -1):
        if lines[n - 1].strip():
            return n
    return 0


def _inline(token: Any, line: int) -> Iterator[Link | str]:
    """The links and explicit ids of a block of text."""
    for child in token.children or ():
        if child.type in ("softbreak", "hardbreak"):
            line += 1
        elif child.type == "link_open":
            yield Link(line, str(child.attrs.get("href", "")))
        elif child.type == "image":
            yield Link(line, str(child.attrs.get("src", "")))
        elif child.type == "html_inline":
            inner = Markup(line - 1)
            inner.take(child.content)
            yield from inner.links
            yield from inner.ids
            line += child.content.count("\n")


def _plain(token: Any) -> str:
    said = ""
    for child in token.children or ():
        if child.type in ("text", "code_inline", "image", "text_special"):
            said += child.content
        elif child.type in ("softbreak", "hardbreak"):
            said += " "
    return said


def _html(path: str, text: str) -> Page:
    lines = [line[:LONGEST] for line in text.split("\n")]
    text = "\n".join(lines)
    inner = Markup()
    inner.take(text)
    code = re.compile(r"</?(?:code|tt|kbd)\b[^<>]*>", re.IGNORECASE)
    between = re.compile(r"</t[dh]>\s*<t[dh][^<>]*>", re.IGNORECASE)
    shown = [re.sub(r"<[^<>]*>", " ", between.sub(" | ", code.sub("`", line))) for line in lines]
    for line, number in inner.items.items():
        shown[line - 1] = f"{number}. {shown[line - 1].strip()}"
    fences = [Fence(line, "", said, _spoken_before(shown, line - 1)) for line, said in inner.fences]
    return Page(
        path, tuple(shown), frozenset(inner.hidden), tuple(fences), tuple(inner.links), tuple(inner.headings),
        frozenset(inner.ids), "{{" in text or "{%" in text or "<script" in text.lower(), {},
    )  # fmt: skip


def _json(path: str, text: str) -> Page:
    lines = [line[:LONGEST] for line in text.split("\n")]
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    front = {}
    if isinstance(data, dict):
        front = {str(k).lower(): str(v) for k, v in data.items() if isinstance(v, str) and len(v) < 200}
    shown = [re.sub(r'"((?:[^"\\\n]|\\.)*)"', r"`\1`", line) for line in lines]
    return Page(path, tuple(shown), frozenset(), (), (), (), frozenset(), False, front)
