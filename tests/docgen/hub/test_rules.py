"""Which part of the hub is whose."""

from __future__ import annotations

import pytest

from docgen.hub import rules

RESTRICTED = rules.restrictions(["/*/sudo=admins", "/*.pdf=evidence", "/a.b=dots"])


@pytest.mark.parametrize(
    ("path", "group"),
    [
        ("/de/sudo-prod.html", "admins"),
        ("/de/sudo-prod.pdf", "admins"),  # the longest path decides
        ("/en/status-prod.pdf", "evidence"),
        ("/status.pdf", "evidence"),
        ("/en/status-prod.html", None),
        ("/statusXpdf", None),
        ("/a.b", "dots"),
        ("/aXb", None),
        ("/x/a.b", None),
    ],
)
def test_a_star_is_anything_and_all_else_is_itself(path: str, group: str | None) -> None:
    assert rules.group_of(path, RESTRICTED) == group
