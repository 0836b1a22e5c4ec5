"""SARIF 2.1.0 (OASIS): what is not as it should be, at the line of the spec that declares it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from checks.kinds import kind
from checks.model import Report, Result, Severity, Status
from checks.phrases import awaited, headline, ist, soll
from docgen.i18n import Translator
from docgen.labels import status_label
from docgen.renderers.printable import one_line

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVEL = {Status.FAIL: "error", Status.WARN: "warning", Status.UNKNOWN: "warning", Status.PENDING: "note"}
_SECURITY = {Severity.CRITICAL: "9.0", Severity.HIGH: "7.0", Severity.MEDIUM: "4.0", Severity.LOW: "1.0"}


def render(report: Report, translator: Translator) -> str:
    """`report` with a result for each check that is open, was accepted or could not be determined, and a rule for each of
    their kinds. A check is known again from run to run by its id (``partialFingerprints``)."""
    t = translator
    told = [
        (c.name, r)
        for s in report.sections
        for c in s.components
        for r in c.results
        if r.status in _LEVEL or r.status is Status.WAIVED
    ]
    kinds = sorted({r.kind for _, r in told})
    driver = {
        "name": "docgen",
        "semanticVersion": report.docgen,
        "rules": [_rule(name, t) for name in kinds],
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [
            {
                "executionSuccessful": True,
                "startTimeUtc": report.collected_at,
                "endTimeUtc": report.finished_at,
            }
        ],
        "columnKind": "unicodeCodePoints",
        "properties": {"snapshot": report.snapshot_sha256, "language": t.language},
        "results": [_result(component, r, kinds.index(r.kind), t) for component, r in told],
    }
    whole = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(whole, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace").decode() + "\n"


def _rule(name: str, t: Translator) -> dict[str, Any]:
    its = kind(name)
    return {
        "id": name,
        "shortDescription": {"text": t(its.summary)},
        "fullDescription": {"text": t(its.why)},
    }


def _result(component: str, r: Result, rule: int, t: Translator) -> dict[str, Any]:
    said = awaited(r) or headline(r)
    text = f"{component}: {t.plain(r.name)}: {t.plain(status_label(r))}" + (
        f": {t.plain(said)}" if said else ""
    )
    found: dict[str, Any] = {
        "ruleId": r.kind,
        "ruleIndex": rule,
        "level": _LEVEL.get(r.status, "note"),
        "message": {"text": one_line(text)},
        "partialFingerprints": {"docgenCheck/v1": r.id},
        "properties": {
            "status": r.status.value,
            "severity": r.severity.value,
            "security-severity": _SECURITY[r.severity],
            "soll": one_line(t.plain(soll(r))),
            "ist": one_line(t.plain(ist(r))),
            "because": list(r.because),
        },
    }
    file, line, column = (*r.origin.rsplit(":", 2), "", "")[:3]
    if file and line.isdecimal():
        region = {"startLine": int(line)} | ({"startColumn": int(column)} if column.isdecimal() else {})
        artifact = {"uri": ("file://" if file.startswith("/") else "") + quote(file.removeprefix("./"))}
        found["locations"] = [{"physicalLocation": {"artifactLocation": artifact, "region": region}}]
    if r.status is Status.WAIVED:
        why = t.plain(r.waived_reason) if r.waived_reason else ""
        found["suppressions"] = [{"kind": "external", "status": "accepted", "justification": one_line(why)}]
    return found
