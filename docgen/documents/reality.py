"""Documents that were written by hand, held against what is there: the findings as sections of a document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from checks.knowledge.documents.findings import Finding, count
from checks.model import Message, Status, Verdict, code, msg, nmsg, phrase
from docgen.documents.interface import Block, Cell, Paragraph, Point, Points, Section, Table


class Checked(NamedTuple):
    """``documents`` are all that were looked into, ``findings`` what was found out about each statement, ``at`` when
    (RFC 3339, UTC), ``commit`` what was checked out; empty: unknown. ``known``: git knows the folder."""

    documents: tuple[str, ...]
    findings: tuple[Finding, ...]
    at: str
    commit: str = ""
    known: bool = True

    def of(self, document: str) -> tuple[Finding, ...]:
        """What was found out about one of the documents."""
        return tuple(one for one in self.findings if one.file == document)


TITLE = msg("Documents against reality")


def verdict(findings: Sequence[Finding], at: str = "") -> Message:
    """How many statements hold, in one sentence without its stop; `at`: when they were looked at."""
    held, wrong, open_ = (
        count(findings, one) for one in (Verdict.CONFORM, Verdict.DEVIATES, Verdict.UNDETERMINED)
    )
    if not held and not wrong:
        if not open_:
            return msg("No statement that can be judged")
        return nmsg("{n} statement was not judged", "{n} statements were not judged", n=open_)
    said = msg("{held:int} of {all:int} statements hold", held=held, all=held + wrong)
    if at:
        said = msg(
            "{held:int} of {all:int} statements hold, checked at {at:time}",
            held=held,
            all=held + wrong,
            at=at,
        )
    if wrong:
        said = phrase("{a}; {b}", {"a": said, "b": nmsg("{n} does not", "{n} do not", n=wrong)})
    if open_:
        said = phrase(
            "{a}; {b}", {"a": said, "b": nmsg("{n} was not judged", "{n} were not judged", n=open_)}
        )
    return said


def status(findings: Sequence[Finding]) -> Status:
    """What `findings` come to."""
    if count(findings, Verdict.DEVIATES):
        return Status.FAIL
    return Status.OK if count(findings, Verdict.CONFORM) else Status.UNKNOWN


def place(finding: Finding) -> str:
    """Where it says so."""
    return f"{finding.file}:{finding.line}" if finding.line else finding.file


def sections(checked: Checked) -> tuple[Section, ...]:
    """What drifted, with what is true; then every document with how many of its statements hold; then why others could
    not be judged."""
    return tuple(_sections(checked))


def _sections(checked: Checked) -> Iterator[Section]:
    wrong = [one for one in checked.findings if one.verdict is Verdict.DEVIATES]
    overall: tuple[Block, ...] = (Paragraph(verdict(checked.findings, checked.at)),)
    if checked.commit:
        overall += (Paragraph(msg("Held against commit {commit:code}.", commit=checked.commit)),)
    yield Section(msg("Result"), overall)
    if wrong:
        rows: list[tuple[Cell, ...]] = [
            (code(place(one)), code(one.said), one.actual or msg("not seen")) for one in wrong
        ]
        yield Section(msg("What drifted"), (Table((msg("Place"), msg("Says"), msg("Is")), tuple(rows)),))
    each = tuple(Point(code(name), note=verdict(checked.of(name), checked.at)) for name in checked.documents)
    yield Section(msg("Documents"), (Points(each),))
    reasons: dict[str, tuple[Message, int]] = {}
    for one in checked.findings:
        if one.verdict is Verdict.UNDETERMINED and one.actual is not None:
            key = one.actual.id
            reasons[key] = one.actual, reasons.get(key, (one.actual, 0))[1] + 1
    if reasons:
        points = [
            Point(why, note=nmsg("{n} statement", "{n} statements", n=n)) for why, n in reasons.values()
        ]
        yield Section(msg("Not judged"), (Points(tuple(points)),))
