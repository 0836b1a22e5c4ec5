"""Markdown: a document for repositories and wikis. Everything from outside is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.model import Message
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
    Point,
    Points,
    Section,
    Step,
    Steps,
    Table,
)
from docgen.i18n import Translator
from docgen.labels import EMOJI
from docgen.renderers.document.about import About
from docgen.renderers.document.notes import Notes
from docgen.renderers.escape import Markdown
from docgen.renderers.printable import printable


def render(document: Document, about: About, translator: Translator) -> bytes:
    """`document` as GitHub-flavoured Markdown."""
    return ("\n".join(_Page(translator, about.notes).lines(document, about)) + "\n").encode(
        "utf-8", "backslashreplace"
    )


def plain(title: Message, sections: tuple[Section, ...], translator: Translator) -> str:
    """A document of no report: only a title and sections."""
    page = _Page(translator)
    return "\n".join([f"# {page.text(title)}", *page.sections(sections)]) + "\n"


class _Page(Markdown):
    def __init__(self, translator: Translator, notes: Notes = Notes()) -> None:  # noqa: B008
        super().__init__(translator)
        self._notes = notes

    def reference(self, mark: Mark) -> str:
        """A number that leads to what was seen, where that is shown somewhere."""
        to = self._notes.at.get(mark.of)
        return f" [\\[{self._notes.number(mark.of)}\\]]({to})" if to else ""

    def lines(self, document: Document, about: About) -> Iterator[str]:
        t = self.t
        yield f"# {self.text(document.title)}"
        yield ""
        yield f"{EMOJI[document.status]} **{self.text(document.verdict)}**"
        yield ""
        place = f"{about.project} · {about.environment}" if about.environment else about.project
        yield f"- {self.plain(place)}"
        yield f"- {t('Document')}: {self.code(about.id)}"
        yield f"- {t('As of {at:time}', at=about.at)}; {t('valid until {at:time}', at=about.until)}"
        yield f"- {t('Snapshot')}: {self.code(about.snapshot)} (sha256)"
        yield f"- {t('SOLL')}: {self.code(about.spec)}"
        yield from self.sections(document.sections)
        yield ""
        yield t("A snapshot; no statement of conformity with any standard.")
        yield self.text(document.method)
        yield t("Made with docgen {version}.", version=about.docgen)

    def sections(self, sections: tuple[Section, ...]) -> Iterator[str]:
        for number, section in enumerate(sections, 1):
            yield ""
            yield f"## {number}. {self.text(section.heading)}"
            for block in section.blocks:
                yield ""
                yield from self.block(block)

    def block(self, block: Block) -> Iterator[str]:
        match block:
            case Paragraph():
                yield self.text(block.text)
            case Facts():
                yield from (f"- **{self.text(name)}:** {self.cell(value)}" for name, value in block.rows)
            case Table():
                yield f"| {' | '.join(self.text(head) for head in block.heads)} |"
                yield "|---" * len(block.heads) + "|"
                yield from (f"| {' | '.join(self.cell(one) for one in row)} |" for row in block.rows)
            case Points():
                yield from (self.point(point) for point in block.points)
            case Steps():
                for number, step in enumerate(block.steps, 1):
                    yield from self.step(number, step)
            case Code():
                yield from self.fenced(block.text, "")

    def cell(self, cell: Cell) -> str:
        match cell:
            case Mark():
                return f"{EMOJI[cell.status]} {self.text(cell.text)}{self.reference(cell)}"
            case Lines():
                return "<br>".join(map(self.text, cell.lines))
            case Link():
                shown = self.text(cell.text)
                return f"[{shown}](<{cell.href}>)" if cell.href else shown
        return self.text(cell)

    def point(self, point: Point) -> str:
        said = self.text(point.text)
        if point.mark:
            said = (
                f"{EMOJI[point.mark.status]} {said}: {self.text(point.mark.text)}{self.reference(point.mark)}"
            )
        return f"- {said}" + (f"  \n  {self.text(point.note)}" if point.note is not None else "")

    def step(self, number: int, step: Step) -> Iterator[str]:
        said = self.text(step.text)
        yield f"{number}. " + (
            f"{EMOJI[step.mark.status]} {said}: {self.text(step.mark.text)}{self.reference(step.mark)}"
            if step.mark
            else said
        )
        indent = " " * (len(str(number)) + 2)
        if step.decision is not None:
            yield f"\n{indent}**{self.t('Decision:')}** {self.text(step.decision)}"
        if step.commands:
            yield ""
            yield from self.fenced("\n".join(step.commands), indent)
        if step.expected is not None:
            yield f"\n{indent}{self.t('Expected:')} {self.text(step.expected)}"
        yield from (f"\n{indent}{self.text(note)}" for note in step.notes)

    def fenced(self, text: str, indent: str) -> Iterator[str]:
        shown = printable(text)
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", shown)), default=0))
        yield indent + fence
        yield from (indent + line for line in shown.split("\n"))
        yield indent + fence
