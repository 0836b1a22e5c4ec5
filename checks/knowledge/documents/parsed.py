"""Markdown as the parser takes it apart: what is judged is what is shown. Pure."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

_DEEPEST = 30
LONGEST = 5000
"""Characters of a line that are looked at."""
_CONTAINER = re.compile(r"^( *)(?:===!?|\.\.\. )")


class Parsed(NamedTuple):
    """``taken`` lines of `lines` are front matter; ``tokens`` are those of the parser, with numbers of lines from 0."""

    lines: list[str]
    front: dict[str, str]
    taken: int
    tokens: list[Any]


def _front(lines: list[str]) -> tuple[dict[str, str], int]:
    """The front matter and how many lines it takes."""
    if not lines or lines[0].strip() != "---":
        return {}, 0
    found: dict[str, str] = {}
    for n, line in enumerate(lines[1:200], 1):
        if line.strip() in ("---", "..."):
            return found, n + 1
        key, colon, value = line.partition(":")
        if colon and key.strip() and not key.startswith((" ", "-", "#")):
            found[key.strip().lower()] = value.strip().strip("'\"")
    return {}, 0


def _opened(lines: list[str]) -> list[str]:
    """`lines` with what stands indented in a tab moved to the left: it is text, not code."""
    made: list[str] = []
    depths: list[int] = []
    for line in lines:
        indent = len(line) - len(line.lstrip(" "))
        if line.strip():
            while depths and indent < depths[-1]:
                depths.pop()
        if depths:
            line = line[min(depths[-1], indent) :]
        made.append(line)
        if head := _CONTAINER.match(line):
            depths.append((depths[-1] if depths else 0) + len(head[1]) + 4)
    return made


@cache
def _parser() -> Any:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.admon import admon_plugin
    from mdit_py_plugins.deflist import deflist_plugin
    from mdit_py_plugins.footnote import footnote_plugin

    made = MarkdownIt("commonmark", {"maxNesting": _DEEPEST, "html": True})
    made.enable(["table", "strikethrough"])
    return made.use(admon_plugin).use(deflist_plugin).use(footnote_plugin, inline=False)


def parsed(text: str) -> Parsed:
    """The Markdown `text`: what is judged is what is shown."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = [line[:LONGEST] for line in text.split("\n")]
    front, taken = _front(lines)
    shown = ["" for _ in lines[:taken]] + _opened(lines[taken:])
    return Parsed(lines, front, taken, _parser().parse("\n".join(shown)))
