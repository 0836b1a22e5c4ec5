"""The output of a plugin: one status line with performance data, and the code that goes with it."""

from __future__ import annotations

import re

import pytest

from checks.model import Report, Status
from docgen import exits
from docgen.renderers import render

from . import sample


def of(*statuses: Status, said: str = "y") -> Report:
    results = [
        sample.result(f"staging/one/{n}", "a", status, sample.aspect("x", "x", said))
        for n, status in enumerate(statuses)
    ]
    report = sample.report()
    component = sample.component("staging/one", "One", *results)
    return report._replace(sections=(report.sections[1]._replace(components=(component,)),))


@pytest.mark.parametrize(
    ("statuses", "code", "word"),
    [
        ((Status.OK, Status.WAIVED, Status.NOT_APPLICABLE), 0, "OK"),
        ((Status.OK, Status.WARN), 1, "WARNING"),
        ((Status.OK, Status.PENDING), 1, "WARNING"),
        ((Status.OK, Status.UNKNOWN, Status.WARN), 3, "UNKNOWN"),
        ((Status.UNKNOWN, Status.FAIL, Status.PENDING), 2, "CRITICAL"),
    ],
)
def test_the_code_and_the_word_are_one(statuses: tuple[Status, ...], code: int, word: str) -> None:
    report = of(*statuses)
    assert exits.nagios(report.results()) == code
    assert render(report, "nagios", "en").startswith(f"DOCGEN {word} - ")


def test_nothing_checked_is_unknown() -> None:
    assert exits.nagios([]) == 3


def test_performance_data_adds_up_and_what_a_server_said_is_none_of_it() -> None:
    hostile = "x | fail=0;;;0;1\nDOCGEN OK - fine" + 5000 * "y"
    first, *rest = render(of(*[Status.FAIL] * 40, said=hostile), "nagios", "de").splitlines()
    counts = dict(re.findall(r"(\w+)=(\d+);;;0;40", first.partition(" | ")[2]))
    assert (first.count("|"), counts["fail"], sum(map(int, counts.values()))) == (1, "40", 40)
    assert len(rest) == 31 and rest[-1] == "und 10 weitere"
    assert all("|" not in line and len(line) <= 300 for line in rest)
