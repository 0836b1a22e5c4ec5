"""Plain text: a document for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from checks.model import Message, Status
from docgen.documents.interface import (
    Block,
    Cell,
    Code,
    Document,
    Facts,
    Lines,
    Link,
    Mark,
    Paragraph,
    Points,
    Section,
    Steps,
    Table,
)
from docgen.i18n import Translator
from docgen.labels import ASCII
from docgen.renderers.document.about import About
from docgen.renderers.printable import one_line, printable

WIDTH = 100


def render(document: Document, about: About, translator: Translator) -> bytes:
    """`document` as text of at most 100 columns, but for what is typed."""
    page = _Page(translator)
    lines = [
        *page.heading(page.text(document.title), "="),
        *page.wrapped(page.text(document.verdict), f"{ASCII[document.status]} "),
        f"{translator('As of {at:time}', at=about.at)} · {one_line(about.id)}",
        *page.sections(document.sections),
        "",
        *page.wrapped(page.text(document.method)),
    ]
    return ("\n".join(lines) + "\n").encode("utf-8", "backslashreplace")


def plain(title: Message, sections: tuple[Section, ...], translator: Translator) -> str:
    """A document of no report: only a title and sections."""
    page = _Page(translator)
    return "\n".join([*page.heading(page.text(title), "="), *page.sections(sections)]) + "\n"


class _Page:
    def __init__(self, t: Translator) -> None:
        self.t = t

    def text(self, message: Message) -> str:
        return one_line(self.t.plain(message))

    def heading(self, text: str, line: str) -> list[str]:
        return [text, line * len(text)]

    def sections(self, sections: tuple[Section, ...]) -> Iterator[str]:
        for number, section in enumerate(sections, 1):
            yield from ("", *self.heading(f"{number}. {self.text(section.heading)}", "-"))
            for block in section.blocks:
                yield from ("", *self.block(block))

    def block(self, block: Block) -> Iterator[str]:
        match block:
            case Paragraph():
                yield from self.wrapped(self.text(block.text))
            case Facts():
                for name, value in block.rows:
                    yield from self.wrapped(f"{self.text(name)}: {self.cell(value)}", "- ")
            case Table() if any(isinstance(cell, Mark) for row in block.rows for cell in row):
                for row in block.rows:
                    yield from self.judged(block.heads, row)
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
                    if step.decision is not None:
                        yield from self.wrapped(f"{self.t('Decision:')} {self.text(step.decision)}", "    ")
                    yield from (f"    {printable(command)}" for command in step.commands)
                    if step.expected is not None:
                        yield from self.wrapped(f"{self.t('Expected:')} {self.text(step.expected)}", "    ")
                    for more in step.notes:
                        yield from self.wrapped(self.text(more), "    ")
            case Code():
                yield from (f"    {line}" for line in printable(block.text).rstrip("\n").split("\n"))

    def judged(self, heads: tuple[Message, ...], row: tuple[Cell, ...]) -> list[str]:
        """A row that says how something stands, as a line of a list."""
        marks = [cell for cell in row if isinstance(cell, Mark)]
        words = [self.text(mark.text) for mark in marks if mark.status is not Status.OK]
        rest = [(h, c) for h, c in zip(heads[1:], row[1:], strict=False) if not isinstance(c, Mark)]
        words += [self.cell(c) if len(rest) == 1 else f"{self.text(h)}: {self.cell(c)}" for h, c in rest]
        sign = f"{ASCII[marks[0].status]} " if marks else "- "
        return self.wrapped(f"{self.cell(row[0])} – {'; '.join(words)}", sign)

    def cell(self, cell: Cell) -> str:
        match cell:
            case Mark():
                return f"{ASCII[cell.status]} {self.text(cell.text)}"
            case Lines():
                return " · ".join(map(self.text, cell.lines))
            case Link():
                shown = self.text(cell.text)
                return f"{shown} <{cell.href}>" if cell.href and cell.href != shown else shown
        return self.text(cell)

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
