"""Annotations for GitHub Actions: one line each, at the line of the spec, and nothing of a server becomes a command."""

from __future__ import annotations

import re

from checks.model import Status
from docgen.renderers import render

from . import sample


def test_what_is_open_is_annotated_and_what_is_met_is_not() -> None:
    report = sample.report("staging", "prod")
    lines = render(report, "github", "en").splitlines()
    open_ = [
        r for r in report.results() if r.status in (Status.FAIL, Status.UNKNOWN, Status.WARN, Status.PENDING)
    ]
    assert len(lines) == len(open_) + 1
    for line in lines[:-1]:
        assert re.match(r"::(error|warning|notice) .*title=[^:,]*::\S", line), line
    levels = [line.split()[0].strip(":") for line in lines[:-1]]
    assert levels.count("warning") == sum(r.status is Status.WARN for r in open_)


def test_what_a_server_said_stays_text() -> None:
    hostile = "x\n::error::owned\r::set-output name=a::b 100%\x1b[31m"
    bad = sample.result("staging/one/a", "a", Status.FAIL, sample.aspect(hostile, hostile, hostile))
    report = sample.report()
    one = sample.component("staging/one", hostile, bad)
    report = report._replace(sections=(report.sections[1]._replace(components=(one,)),))
    first, count = render(report, "github", "en").splitlines()
    assert first.startswith("::error ") and "%25" in first and "\x1b" not in first
    assert "checks met" in count
