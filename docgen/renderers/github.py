"""Annotations for GitHub Actions: what is not as it should be, at the line of the spec that declares it."""

from __future__ import annotations

from checks.model import Report, Result, Status, msg, nmsg
from checks.phrases import awaited, headline
from docgen.i18n import Translator
from docgen.labels import status_label
from docgen.renderers.printable import one_line

_LEVEL = {
    Status.FAIL: "error",
    Status.UNKNOWN: "error",
    Status.WARN: "warning",
    Status.PENDING: "notice",
}


def render(report: Report, translator: Translator) -> str:
    """`report` as workflow commands, one for each check that is open, and a last line that counts."""
    t, names = translator, {r.id: c.name for s in report.sections for c in s.components for r in c.results}
    lines = [_annotation(r, names[r.id], t) for r in report.results() if r.status in _LEVEL]
    met = sum(r.status in (Status.OK, Status.NOT_APPLICABLE) for r in report.results())
    count = nmsg(
        "{met:int} of {n} check met", "{met:int} of {n} checks met", n=report.coverage.declared, met=met
    )
    return "\n".join([*lines, t.plain(count)]) + "\n"


def _annotation(result: Result, component: str, t: Translator) -> str:
    said = awaited(result) or headline(result) or msg("It does not conform.")
    file, line, column = (*result.origin.rsplit(":", 2), "", "")[:3]
    place = {"file": file, "line": line, "col": column, "title": f"{component}: {t.plain(result.name)}"}
    shown = ",".join(f"{key}={_property(value)}" for key, value in place.items() if value)
    status = t.plain(status_label(result))
    return f"::{_LEVEL[result.status]} {shown}::{_data(f'{status}: {t.plain(said)}')}"


def _data(text: str) -> str:
    """What a server said must not become a command: it is one line, and a percent sign is written out."""
    return one_line(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
