"""The output of a plugin for Nagios, Icinga and others that read the same: one line, then one for each open check."""

from __future__ import annotations

from checks.model import Report, Result, Status, nmsg
from checks.phrases import awaited, headline
from docgen import exits
from docgen.i18n import Translator
from docgen.labels import status_label
from docgen.renderers.printable import one_line

STATES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
_LINES = 30
_LONGEST = 300
"""Characters of a line: some agents cut off the whole behind 4 KiB."""
_OPEN = (Status.FAIL, Status.UNKNOWN, Status.PENDING, Status.WARN)


def render(report: Report, translator: Translator) -> str:
    """`report` for the exit code :func:`docgen.exits.nagios`, with the number of checks of each status as performance
    data."""
    t, results = translator, report.results()
    verdict = " ".join(t.plain(e.verdict) for e in report.environments)
    counts = [(status, sum(r.status is status for r in results)) for status in Status]
    data = " ".join(f"{status.value}={n};;;0;{len(results)}" for status, n in counts)
    first = f"DOCGEN {STATES[exits.nagios(results)]} - {_line(verdict)} | {data}"
    names = {r.id: c.name for s in report.sections for c in s.components for r in c.results}
    told = sorted((r for r in results if r.status in _OPEN), key=lambda r: (_OPEN.index(r.status), r.id))
    lines = [_told(r, names[r.id], t) for r in told[:_LINES]]
    if len(told) > _LINES:
        lines.append(t.plain(nmsg("and {n} more", "and {n} more", n=len(told) - _LINES)))
    return "\n".join([first, *lines]) + "\n"


def _told(r: Result, component: str, t: Translator) -> str:
    said = awaited(r) or headline(r)
    name = f"{t.plain(status_label(r))}: {component}: {t.plain(r.name)}"
    return _line(f"{name}: {t.plain(said)}" if said else name)


def _line(text: str) -> str:
    """What a server said must not become performance data, or a line of its own."""
    shown = one_line(text).replace("|", "¦")
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"
