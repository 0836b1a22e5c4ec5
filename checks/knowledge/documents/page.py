"""A document that somebody wrote, taken apart: lines, headings, links, code. Markdown, HTML and JSON alike."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import NamedTuple

from checks.knowledge.documents.anchors import slugs
from checks.knowledge.documents.markup import Heading, Link, Markup
from checks.knowledge.documents.parsed import EXPLICIT, LONGEST, Event, Parsed, address, parsed

_GENERATED = re.compile(
    r"^\s*(?:::: |\{%|\{!|--8<--|;--8<--|\.\. include|\{\{|\[\[|<!--\s*#include|\{\*)|\{\{[^{}]*\}\}|\{%"
    r"|^import .* from ['\"]|<[A-Z][A-Za-z]+[\s/>]",
    re.MULTILINE,
)
_BARE = re.compile(
    r"(?<![(<\"'=\w\]])https://github\.com/[\w.-]+/[\w.-]+/(?:blob|tree|raw)/[\w./#%+-]*[\w#/]"
)
"""An address of a file at GitHub that is written out."""
_DIGITS = re.compile(r"[0-9a-fA-F]{4}")
_SILENT = re.compile(r"\s*<(?:!--|script|pre|style|code|svg)", re.IGNORECASE)


class Fence(NamedTuple):
    """A block of code. ``line`` is that of its first line of text; ``before`` the number of the line before it that says
    something, 0 where there is none."""

    line: int
    info: str
    text: str
    before: int


class Page(NamedTuple):
    """``lines`` as they are written; ``quiet`` are the numbers of those in which nothing is claimed: code, comments, front
    matter; ``spoken`` are the others that say something, with their numbers; ``numbered`` those of all lines that may name
    a run, a commit or a checksum. ``generated``: a generator adds to it before anybody reads it. ``front`` is the front
    matter."""

    path: str
    lines: tuple[str, ...]
    quiet: frozenset[int]
    fences: tuple[Fence, ...]
    links: tuple[Link, ...]
    headings: tuple[Heading, ...]
    ids: frozenset[str]
    generated: bool
    front: dict[str, str]
    spoken: tuple[tuple[int, str], ...]
    numbered: tuple[tuple[int, str], ...]


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
    lines, front, taken, events = given
    quiet = set(range(1, taken + 1))
    fences: list[Fence] = []
    links: list[Link] = []
    headings: list[Heading] = []
    ids: set[str] = set()
    title: list[str] | None = None
    begun = Event("")
    for kind, data, line, last in events:
        if kind in ("Text", "Code"):
            if title is not None:
                title.append(data)
            elif begun.kind == "CodeBlock":
                fences.append(_fence(lines, begun, data))
        elif kind == "Link":
            links.append(Link(line, address(data)))
        elif kind == "Image":
            links.append(Link(line, data["dest_url"]))
        elif kind in ("Html", "InlineHtml"):
            inner = Markup(line - 1)
            inner.take(data)
            links += inner.links
            ids |= inner.ids
            if kind == "Html" and _SILENT.match(data):
                quiet |= set(range(begun.line, begun.last + 1))
        elif kind == "Heading":
            title, begun = [], Event(kind, data, line)
        elif kind == "/Heading":
            said = "".join(title or ())
            title = None
            if explicit := EXPLICIT.search(said):
                ids.add(explicit[1])
                said = said[: explicit.start()]
            headings.append(Heading(begun.line, int(begun.data["level"][1:]), said.strip()))
        elif kind in ("CodeBlock", "HtmlBlock"):
            begun = Event(kind, data, line, last)
            if kind == "CodeBlock":
                quiet |= set(range(line, last + 1))
        elif kind == "/CodeBlock":
            if begun.kind == "CodeBlock" and not (fences and fences[-1].line == _first(begun)):
                fences.append(_fence(lines, begun, ""))
            begun = Event("")
        elif kind in ("SoftBreak", "HardBreak") and title is not None:
            title.append(" ")
    known = {(link.line, link.target) for link in links}
    for number, written in enumerate(lines, 1):
        if number not in quiet and "://github.com/" in written:
            links += [Link(number, at) for at in _BARE.findall(written) if (number, at) not in known]
    ids |= set(re.findall(r"\{\s*:?\s*#([\w.:-]+)[^}\n]*\}", text))
    ids |= slugs([heading.text for heading in headings])
    return Page(
        path, tuple(lines), frozenset(quiet), tuple(fences), tuple(links), tuple(headings), frozenset(ids),
        bool(_GENERATED.search(_unquoted(lines, quiet))), front, _spoken(lines, quiet),
        _numbered(lines),
    )  # fmt: skip


def _unquoted(lines: Sequence[str], quiet: set[int]) -> str:
    """What is said outside of code: a macro that is shown is none."""
    said = "\n".join(line for n, line in enumerate(lines, 1) if n not in quiet)
    return re.sub(r"`[^`\n]{1,500}`", "", said)


def _spoken(lines: Sequence[str], quiet: Collection[int]) -> tuple[tuple[int, str], ...]:
    return tuple((n, line) for n, line in enumerate(lines, 1) if n not in quiet and line.strip())


def _numbered(lines: Sequence[str]) -> tuple[tuple[int, str], ...]:
    """Found in one go: three looks at each line of each document cost a fifth of all that is judged."""
    found: dict[int, str] = {}
    whole, number, at = "\n".join(lines), 1, 0
    for match in _DIGITS.finditer(whole):
        number += whole.count("\n", at, match.start())
        at = match.start()
        found[number] = lines[number - 1]
    return tuple(found.items())


def _spoken_before(lines: Sequence[str], index: int) -> int:
    for n in range(index, max(0, index - 4), -1):
        if lines[n - 1].strip():
            return n
    return 0


def _first(block: Event) -> int:
    """The line in which the text of a block of code begins."""
    return block.line if block.data == "Indented" else block.line + 1


def _fence(lines: Sequence[str], block: Event, text: str) -> Fence:
    info = "" if block.data == "Indented" else block.data["Fenced"].strip()
    return Fence(_first(block), info, text, _spoken_before(lines, block.line - 1))


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
        frozenset(inner.ids), "{{" in text or "{%" in text or "<script" in text.lower(), {}, _spoken(shown, inner.hidden),
        _numbered(shown),
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
    return Page(
        path, tuple(shown), frozenset(), (), (), (), frozenset(), False, front, _spoken(shown, ()), _numbered(shown)
    )  # fmt: skip
