"""The tables of a document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from checks.knowledge.documents.page import Page

_RULE = re.compile(r"[\s|:-]*-[\s|:-]*")


class Cell(NamedTuple):
    """A cell of a table, and what stands at the head of its column."""

    line: int
    head: str
    text: str


def cells(page: Page) -> Iterator[Cell]:
    """The cells of the tables of `page`, as Markdown has them."""
    heads: list[str] = []
    for number, line in page.spoken:
        if "|" not in line:
            heads = []
            continue
        parts = [part.strip() for part in line.strip().strip("|").split("|")]
        if _RULE.fullmatch(page.lines[number] if number < len(page.lines) else ""):
            heads = parts
        elif len(parts) == len(heads):
            yield from (Cell(number, head, part) for head, part in zip(heads, parts, strict=True))
