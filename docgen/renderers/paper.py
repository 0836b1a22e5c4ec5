"""The status report on paper, as a page for the press: the first page, then every row, deviations first.

Files are short, however long the report is: the cost of a table grows faster than its length, though but little.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from jinja2 import Template

from checks.model import Message, Report, msg, nmsg
from docgen import labels
from docgen.i18n import Translator
from docgen.renderers.cover import Cover, short
from docgen.renderers.document.about import About
from docgen.renderers.evidence import Listed, address, catalogue, ends
from docgen.renderers.html import exact, reason_as_ist
from docgen.renderers.layout import Group, Layout, is_marked, remarks
from docgen.renderers.page import jinja, message_markup, paper_marks, shell
from docgen.renderers.printable import one_line

MOST = 1200
"""So many rows are one file."""


class Part(NamedTuple):
    """A heading with its table. ``brief``: all is well, and only SOLL and IST are shown."""

    heading: Message
    note: Message | None
    groups: tuple[Group, ...]
    brief: bool = False


def parts(report: Report) -> int:
    """How many files `report` takes."""
    return len(_files(Layout(report)))


def render(report: Report, about: About, cover: Cover, translator: Translator, part: int = 1) -> str:
    """`report`, or the `part` of it, as one page of HTML for paper."""
    t = translator
    layout = Layout(report)
    several = len(report.environments) > 1
    titles = {e.name: e.title for e in report.environments}
    files = _files(layout)
    return _template().render(
        t=t,
        at=part,
        files=len(files),
        report=report,
        about=about,
        cover=cover,
        layout=layout,
        parts=files[part - 1],
        verdict=report.environments[0].verdict if len(report.environments) == 1 else None,
        place=lambda name: titles.get(name, name) if several and name else "",
        m=lambda message: message_markup(t, message),
        exact=lambda moment: exact(t, moment),
        proofs=_proofs(files[part - 1]),
    )


def _files(layout: Layout) -> list[list[Part]]:
    """What stands in each file: everything in its order, as many rows as one file takes."""
    files: list[list[Part]] = [[]]
    room = MOST
    for one in _parts(layout):
        for group in one.groups:
            rows = group.rows
            while rows:
                if not room:
                    files.append([])
                    room = MOST
                its, rows = group._replace(rows=rows[:room]), rows[room:]
                last = files[-1]
                if last and last[-1].heading == one.heading:
                    last[-1] = last[-1]._replace(groups=(*last[-1].groups, its))
                else:
                    last.append(one._replace(groups=(its,)))
                room -= len(its.rows)
    return files


def _parts(layout: Layout) -> Iterator[Part]:
    differing = msg("In brackets and underlined: where SOLL and IST differ.")
    for groups, heading, note, brief in (
        (layout.deviations, msg("Deviations and open points"), differing, False),
        (layout.undetermined, msg("Could not be determined"), None, False),
        (layout.exceptions, msg("Exceptions"), None, False),
        (layout.met, msg("Met"), None, True),
        (layout.inapplicable, msg("Not applicable"), None, True),
    ):
        if groups:
            n = sum(len(group.rows) for group in groups)
            title = nmsg("{what}: {n} check", "{what}: {n} checks", what=heading, n=n)
            yield Part(title, note, groups, brief)


def _proofs(parts: Iterable[Part]) -> list[Listed]:
    """The evidence behind the rows of one file."""
    return catalogue(row.result for part in parts for group in part.groups for row in group.rows)


@cache
def _template() -> Template:
    environment = jinja()
    environment.tests["marked"] = is_marked
    environment.filters.update(line=one_line, short=short, ends=ends)
    own = shell("document", also=("paper",))
    environment.globals.update(
        shell=own,
        marks=paper_marks(own),
        STATUS=labels.STATUS,
        LIGHT=labels.LIGHT,
        ASSURANCE=labels.ASSURANCE,
        LAYER=labels.LAYER,
        OBSERVATION=labels.OBSERVATION,
        address=address,
        status_label=labels.status_label,
        remarks=remarks,
        ist_reason=reason_as_ist,
    )
    return environment.get_template("paper.html.j2")
