"""CSV (RFC 4180): a row for each check, for spreadsheets and for programs that join tables."""

from __future__ import annotations

import csv
import io

from checks.model import Report
from checks.phrases import headline, ist, soll
from docgen.i18n import Translator
from docgen.labels import status_label
from docgen.renderers.printable import one_line

COLUMNS = (
    "id", "environment", "section", "component", "check", "kind", "host", "status", "status_text", "verdict",
    "observation", "disposition", "severity", "soll", "ist", "difference", "because", "since", "observed_at",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@")


def render(report: Report, translator: Translator) -> str:
    """`report` with a line of names, then a row for each declared check; several values are parted by spaces."""
    t = translator
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for section in report.sections:
        for component in section.components:
            for r in component.results:
                differs = headline(r)
                cells = (
                    r.id, r.environment or "", section.name, component.name, t.plain(r.name), r.kind, r.host or "",
                    r.status.value, t.plain(status_label(r)), r.verdict.value, r.observation.value,
                    r.disposition.value, r.severity.value, t.plain(soll(r)), t.plain(ist(r)),
                    t.plain(differs) if differs else "", " ".join(r.because), r.since or "",
                    max((e.observed_at or "" for e in r.evidence), default=""),
                )  # fmt: skip
                writer.writerow([_cell(cell) for cell in cells])
    return lines.getvalue()


def _cell(text: str) -> str:
    """What a server said must not become a formula."""
    shown = one_line(text)
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA) else shown
