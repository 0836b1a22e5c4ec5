"""JUnit's XML, as continuous integration reads it: a suite for each component, a case for each check."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter

from checks.model import ComponentResult, Report, Result, SectionResult, Status
from checks.phrases import awaited, headline, ist, soll
from docgen.i18n import Translator
from docgen.labels import status_label
from docgen.renderers.printable import one_line, printable

_OUTCOME = {
    Status.FAIL: "failure",
    Status.UNKNOWN: "error",
    Status.PENDING: "skipped",
    Status.WAIVED: "skipped",
    Status.NOT_APPLICABLE: "skipped",
}
"""What stands in a case. A warning passes, and is said in its output: JUnit knows none."""


def render(report: Report, translator: Translator) -> str:
    """`report` as one document; ``failure`` is a deviation, ``error`` what could not be determined, ``skipped`` what was
    not reached, is accepted or does not apply."""
    suites = [_suite(s, c, report, translator) for s in report.sections for c in s.components]
    root = ET.Element("testsuites", {"name": one_line(report.project), **_counts(report.results())})
    root.extend(suites)
    ET.indent(root)
    body: str = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _counts(results: list[Result]) -> dict[str, str]:
    outcomes = Counter(_OUTCOME.get(r.status) for r in results)
    return {
        "tests": str(len(results)),
        "failures": str(outcomes["failure"]),
        "errors": str(outcomes["error"]),
        "skipped": str(outcomes["skipped"]),
    }


def _suite(section: SectionResult, component: ComponentResult, report: Report, t: Translator) -> ET.Element:
    results = list(component.results)
    moment = report.collected_at.split(".")[0].rstrip("Z")
    name = one_line(f"{section.name} / {component.name}")
    suite = ET.Element("testsuite", {"name": name, **_counts(results), "timestamp": moment})
    for r in results:
        file, line = (*r.origin.rsplit(":", 2), "")[:2]
        place = {"file": one_line(file), "line": line} if line.isdecimal() else {}
        names = {"classname": component.id.replace("/", "."), "name": one_line(f"{t.plain(r.name)} [{r.id}]")}
        case = ET.SubElement(suite, "testcase", {**names, **place})
        said = awaited(r) or headline(r)
        text = t.plain(status_label(r)) + (f": {t.plain(said)}" if said else "")
        if (outcome := _OUTCOME.get(r.status)) is not None:
            kind = {} if outcome == "skipped" else {"type": r.kind}
            ET.SubElement(case, outcome, {"message": one_line(text), **kind})
        lines = [text, f"SOLL: {t.plain(soll(r))}", f"IST: {t.plain(ist(r))}"]
        ET.SubElement(case, "system-out").text = printable("\n".join(lines))
    return suite
