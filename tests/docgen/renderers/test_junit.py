"""JUnit's XML: every check is a case, the numbers add up, and nothing of a server becomes markup."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from checks.model import Status
from docgen.renderers import render

from . import sample


def test_every_check_is_a_case() -> None:
    report = sample.report("staging", "prod")
    root = ET.fromstring(render(report, "junit", "en"))
    cases = root.findall("./testsuite/testcase")
    results = report.results()
    assert [c.get("name", "").rpartition("[")[2].rstrip("]") for c in cases] == [r.id for r in results]
    for tag, attribute, statuses in (
        ("failure", "failures", {Status.FAIL}),
        ("error", "errors", {Status.UNKNOWN}),
        ("skipped", "skipped", {Status.PENDING, Status.WAIVED, Status.NOT_APPLICABLE}),
    ):
        count = sum(r.status in statuses for r in results)
        assert count == int(root.get(attribute, "-1")) == len(root.findall(f"./testsuite/testcase/{tag}"))
        assert count == sum(int(suite.get(attribute, "-1")) for suite in root)
    assert int(root.get("tests", "0")) == len(results) > 0
    failed = root.find("./testsuite/testcase/failure")
    assert failed is not None and failed.get("message", "").startswith("Not met: ")


def test_what_a_server_said_stays_text() -> None:
    bad = sample.result("staging/one/a", "a", Status.FAIL, sample.aspect(*[sample.HOSTILE + "]]>\0"] * 3))
    report = sample.report()
    component = sample.component("staging/one", sample.HOSTILE, bad)
    report = report._replace(sections=(report.sections[1]._replace(components=(component,)),))
    root = ET.fromstring(render(report, "junit", "de"))
    assert {e.tag for e in root.iter()} == {"testsuites", "testsuite", "testcase", "failure", "system-out"}
    assert "<script>" in root.findtext("./testsuite/testcase/system-out", "")
