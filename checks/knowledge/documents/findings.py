"""What is found out about one statement of a document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from checks.model import Message, Verdict, msg

SORTS = (
    "path", "host", "rights", "link", "anchor", "lines", "quote", "commit", "checksum", "run", "count", "order", "step",
    "claim", "missing", "content", "age", "reference", "encoding", "unread",
)  # fmt: skip


class Finding(NamedTuple):
    """``said`` is what stands in `line` of the document (0: it is about all of it); ``actual`` what is true instead, or why
    it cannot be judged; None where it holds. ``sort`` is one of :data:`SORTS`."""

    file: str
    line: int
    sort: str
    verdict: Verdict
    said: str
    actual: Message | None = None


def told(one: Finding) -> Message:
    """``one.said``, as what it is: what stands in the document, or what should."""
    if not one.line and one.sort in ("missing", "content"):
        return msg("required is {said:code}", said=one.said)
    if not one.line and one.sort == "age":
        return msg("describes {said:code}", said=one.said)
    return msg("says {said:code}", said=one.said)


def in_its_line(one: Finding) -> Message:
    """The same, with its line."""
    return msg("line {line:int} {says}", line=one.line, says=told(one)) if one.line else told(one)


def holds(file: str, line: int, sort: str, said: str) -> Finding:
    """A statement that is true."""
    return Finding(file, line, sort, Verdict.CONFORM, said)


def drifted(file: str, line: int, sort: str, said: str, actual: Message) -> Finding:
    """A statement that is not true, and what is."""
    return Finding(file, line, sort, Verdict.DEVIATES, said, actual)


def unjudged(file: str, line: int, sort: str, said: str, why: Message) -> Finding:
    """A statement of which nobody can tell."""
    return Finding(file, line, sort, Verdict.UNDETERMINED, said, why)


def count(findings: Sequence[Finding], verdict: Verdict) -> int:
    """How many of `findings` came to `verdict`."""
    return sum(finding.verdict is verdict for finding in findings)
