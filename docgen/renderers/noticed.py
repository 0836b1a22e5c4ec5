"""A document that somebody wrote, as readers should see it: with what no longer holds said at its top, its claims with
their verdicts, and its encoding repaired. Everything else stays as it was written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from checks.knowledge.documents.claims import INLINE
from checks.knowledge.documents.encoding import repaired
from checks.knowledge.documents.findings import Finding, in_its_line
from checks.knowledge.documents.page import Page
from checks.model import Status, Verdict
from docgen.documents.reality import Checked, status, verdict
from docgen.i18n import Translator
from docgen.labels import EMOJI
from docgen.renderers.document.notes import place
from docgen.renderers.escape import Markdown

_MARKS = {Verdict.CONFORM: Status.OK, Verdict.DEVIATES: Status.FAIL, Verdict.UNDETERMINED: Status.UNKNOWN}


def markdown(text: str, page: Page, checked: Checked, t: Translator, evidence: str) -> str:
    """The Markdown document `page` with `text`, of which `checked` tells; claims lead into the report `evidence`."""
    writer = Markdown(t)
    whole = repaired(text)
    lines = (whole.text if whole else text).replace("\r\n", "\n").split("\n")
    claims = [one for one in checked.of(page.path) if one.sort in ("claim", "reference")]
    for fence in page.fences:
        if fence.info.split(" ")[0] == "claim":
            _fence(lines, fence.line, [one for one in claims if one.line >= fence.line], writer, evidence)
    for number in {one.line for one in claims} - page.quiet:
        its = {one.said: one for one in claims if one.line == number}

        def shown(match: re.Match[str], its: dict[str, Finding] = its) -> str:
            return _claim(its[match[1]], writer, evidence) if match[1] in its else match[0]

        lines[number - 1] = INLINE.sub(shown, lines[number - 1])
    begin = _behind_front(lines)
    notice = [*_notice(checked, page.path, writer), ""]
    return "\n".join([*lines[:begin], *notice, *lines[begin:]])


def _behind_front(lines: Sequence[str]) -> int:
    if lines and lines[0].strip() == "---":
        for n, line in enumerate(lines[1:200], 1):
            if line.strip() in ("---", "..."):
                return n + 1
    return 0


def _notice(checked: Checked, path: str, writer: Markdown) -> Iterator[str]:
    """What holds and what does not, as a quotation."""
    findings = [one for one in checked.of(path) if one.sort not in ("claim", "encoding")]
    yield f"> {EMOJI[status(findings)]} {writer.text(verdict(findings, checked.at))}"
    for one in findings:
        if one.verdict is Verdict.DEVIATES and one.actual is not None:
            yield ">"
            yield f"> - {writer.text(in_its_line(one))} – {writer.text(one.actual)}"


def _claim(one: Finding, writer: Markdown, evidence: str) -> str:
    said = writer.text(one.actual) if one.actual is not None else ""
    name = writer.code(one.said)
    if one.sort == "claim" and one.actual is not None and (id_ := one.actual.params.get("id")):
        name = f"[{name}]({place(evidence, str(id_))})"
    return f"{EMOJI[_MARKS[one.verdict]]} {name}: {said}"


def _fence(lines: list[str], first: int, claims: Sequence[Finding], writer: Markdown, evidence: str) -> None:
    """A block of claims becomes a list of them; as many lines as before."""
    its = {one.line: one for one in claims}
    lines[first - 2] = ""
    for number in range(first, len(lines) + 1):
        if re.match(r"\s*(?:```|~~~)", lines[number - 1]):
            lines[number - 1] = ""
            return
        if number in its:
            lines[number - 1] = f"- {_claim(its[number], writer, evidence)}"
