"""What a document is: a title block, and sections of a few sorts of blocks. Text is still :class:`Message`.

A document composes what the report, the spec and the snapshot say; it never judges and does no I/O. A module in this
folder exports ``DOCUMENT``, a :class:`Kind`; the renderers in :mod:`docgen.renderers.document` write it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from checks.errors import DocgenError
from checks.model import Message, Report, Snapshot, Status, msg
from checks.spec.spec import Spec


class Mark(NamedTuple):
    """A status and what it is of, or the word for it; ``of`` is the id of the result that it is the status of, if it is that
    of one."""

    status: Status
    text: Message
    of: str = ""


class Lines(NamedTuple):
    """Several texts in one cell, one below the other."""

    lines: tuple[Message, ...]


class Link(NamedTuple):
    """A text that leads to the address `url`, if that is one of the web; else it is only a text."""

    text: Message
    url: str

    @property
    def href(self) -> str | None:
        """The address, if it can be followed."""
        return self.url if re.fullmatch(r"https?://[^\s<>\"'\\^`{|}\x00-\x1f\x7f]+", self.url) else None


Cell = Message | Mark | Lines | Link


class Paragraph(NamedTuple):
    text: Message


class Facts(NamedTuple):
    """Names and what they are: cause, impact, owner."""

    rows: tuple[tuple[Message, Cell], ...]


class Table(NamedTuple):
    """`heads` name the columns; the first cell of a row names the row. ``hosts``: the last one names hosts."""

    heads: tuple[Message, ...]
    rows: tuple[tuple[Cell, ...], ...]
    hosts: bool = False


class Point(NamedTuple):
    """A line of a list: ``mark`` says how it stands; ``note`` says more."""

    text: Message
    mark: Mark | None = None
    note: Message | None = None


class Points(NamedTuple):
    """A list without an order."""

    points: tuple[Point, ...]


class Step(NamedTuple):
    """Something to do. ``commands`` are typed one after the other; ``expected`` is what is seen then; ``decision``: who
    has to decide what before one goes on; ``notes`` say more."""

    text: Message
    commands: tuple[str, ...] = ()
    expected: Message | None = None
    decision: Message | None = None
    mark: Mark | None = None
    notes: tuple[Message, ...] = ()


class Steps(NamedTuple):
    """What to do, in order."""

    steps: tuple[Step, ...]


class Code(NamedTuple):
    """Text as it stands in a file or was seen."""

    text: str


Block = Paragraph | Facts | Table | Points | Steps | Code


class Section(NamedTuple):
    heading: Message
    blocks: tuple[Block, ...]


READ_ONLY = msg("Collected automatically and read-only; what may have changed since is not in it.")


class Tried(NamedTuple):
    """One thing that was tried, and what came of it."""

    title: Message
    status: Status
    said: Message


class Document(NamedTuple):
    """``kind`` is the name of its module, ``environment`` None where it is about the whole project; ``verdict`` and
    ``status`` say in a sentence and a word what it comes to; ``method`` how it came about. ``tried``: what the verdict
    counts, where that is not the results of the report; ``also``: the ids of results of other environments that it counts,
    too."""

    kind: str
    title: Message
    environment: str | None
    verdict: Message
    status: Status
    sections: tuple[Section, ...]
    method: Message = READ_ONLY
    tried: tuple[Tried, ...] = ()
    also: tuple[str, ...] = ()


class NotYet(DocgenError):
    """The document cannot be written truthfully, for the reason `why`; `lacking` is what is missing, each with what was
    seen of it."""

    def __init__(self, why: Message, lacking: tuple[Point, ...] = ()) -> None:
        super().__init__(why.id)
        self.why, self.lacking = why, lacking


class Source(NamedTuple):
    """What a document is composed of. ``environment`` is the one it is about."""

    spec: Spec
    snapshot: Snapshot
    report: Report
    environment: str | None


class Kind(NamedTuple):
    """``compose`` makes the document of a :class:`Source`, or raises :class:`NotYet`. ``one_environment``: it is about one
    environment, which has to be named where there are several."""

    compose: Callable[[Source], Document]
    one_environment: bool = True
