"""Addresses that stay: components, checks and runs."""

from __future__ import annotations

import pytest

from docgen.hub import places


@pytest.mark.parametrize(
    ("id", "address"),
    [
        ("build/tests", "checks/build.tests.html"),
        ("build/tests/job-ci@web-1", "checks/build.tests.html#build/tests/job-ci@web-1"),
        ("a/b/c d", "checks/a.b.html#a/b/c%20d"),
    ],
)
def test_a_check_has_its_place(id: str, address: str) -> None:
    assert places.check(id) == address


@pytest.mark.parametrize(
    "id", ["../../etc/passwd", "a/../b", "<script>/x/y", "", "a", "a\0/b", "./x", "a" * 300]
)
def test_what_a_record_says_leads_nowhere_else(id: str) -> None:
    page = places.component(id)
    assert page.startswith("checks/") and page.count("/") == 1 and "<" not in page and len(page) < 200
