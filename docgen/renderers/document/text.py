"""Plain text: a document for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from checks.model import Message
from docgen.documents.interface import (
    Block,
    Cell,
    Code,
    Facts,
    Mark,
    Paragraph,
    Points,
    Section,
    Steps,
    Table,
)
from docgen.i18n import Translator
from docgen.labels import ASCII
from docgen.renderers.printable import one_line, printable

WIDTH = 100


def plain(title: Message, sections: tuple[Section, ...], translator: Translator) -> str:
    """A document of no report: only a title and sections."""
    page = _Page(translator)
    lines = page.heading(page.text(title), "=")
    for number, section in enumerate(sections, 1):
        lines += ["", *page.heading(f"{number}. {page.text(section.heading)}", "-")]
        for block in section.blocks:
            lines += ["", *page.block(block)]
    return "\n".join(lines) + "\n"


class _Page:
    def __init__(self, t: Translator) -> None:
        self.t = t

    def text(self, message: Message) -> str:
        return one_line(self.t.plain(message))

    def heading(self, text: str, line: str) -> list[str]:
        return [text, line * len(text)]

    def block(self, block: Block) -> Iterator[str]:
        match block:
            case Paragraph():
                yield from self.wrapped(self.text(block.text))
            case Facts():
                for name, value in block.rows:
                    yield from self.wrapped(f"{self.text(name)}: {self.cell(value)}", "- ")
            case Table():
                yield from (" | ".join(map(self.cell, row)) for row in (block.heads, *block.rows))
            case Points():
                for point in block.points:
                    mark = f"{ASCII[point.mark.status]} {self.text(point.mark.text)}: " if point.mark else ""
                    note = f" – {self.text(point.note)}" if point.note is not None else ""
                    yield from self.wrapped(f"{mark}{self.text(point.text)}{note}", "- ")
            case Steps():
                for number, step in enumerate(block.steps, 1):
                    yield from self.wrapped(self.text(step.text), f"{number}. ")
                    yield from (f"    {printable(command)}" for command in step.commands)
            case Code():
                yield from (f"    {line}" for line in printable(block.text).rstrip("\n").split("\n"))

    def cell(self, cell: Cell) -> str:
        return f"{ASCII[cell.status]} {self.text(cell.text)}" if isinstance(cell, Mark) else self.text(cell)

    def wrapped(self, text: str, mark: str = "") -> list[str]:
        inside = " " * len(mark)
        return wrap(
            text,
            WIDTH,
            initial_indent=mark,
            subsequent_indent=inside,
            break_long_words=False,
            break_on_hyphens=False,
        )
