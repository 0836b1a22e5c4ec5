"""The tables of a document."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from checks.knowledge.documents.page import Page

_RULE = re.compile(r"[\s|:-]*-[\s|:-]*")


class Cell(NamedTuple):
    """A cell of a table, and what stands at the head of its column."""

    line: int
    head: str
    text: str


def cells(page: Page) -> Sequence[Cell]:
    """The cells of the tables of `page`, as Markdown has them."""
    return _cells(page.spoken, page.lines)


@lru_cache(4)  # for those who ask for the cells of the same page, one after the other
def _cells(spoken: tuple[tuple[int, str], ...], lines: tuple[str, ...]) -> Sequence[Cell]:
    found: list[Cell] = []
    heads: list[str] = []
    for number, line in spoken:
        if "|" not in line:
            heads = []
            continue
        parts = [part.strip() for part in line.strip().strip("|").split("|")]
        if _RULE.fullmatch(lines[number] if number < len(lines) else ""):
            heads = parts
        elif len(parts) == len(heads):
            found += [Cell(number, head, part) for head, part in zip(heads, parts, strict=True)]
    return found
