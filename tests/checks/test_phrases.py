"""The SOLL of a result says all that was wanted, and nothing of it twice."""

from __future__ import annotations

from typing import Any

import pytest

from checks.kinds import kind
from checks.model import Disposition, Fact, Result, Severity, Status, msg
from checks.phrases import difference, soll
from checks.testing import judge, observed, validated
from docgen.i18n import Translator

DIRECTORY = observed({"type": "directory", "resolved": None, "target": None})
HITS = {
    "type": "file",
    "size": 9,
    "capped": False,
    "contains": [{"line": 1, "text": "A=1"}, None],
    "matches": [],
}
TABLE = {"count": 1, "rows": [], "visible": True, "uid": None, "own": 0}


def result(name: str, declared: dict[str, Any], facts: dict[str, Fact]) -> Result:
    judged = judge(name, declared, root="/", url=None, **facts)
    return Result(
        id="x",
        name=msg("x"),
        kind=name,
        environment=None,
        host=None,
        status=Status.OK,
        observation=judged.observation,
        verdict=judged.verdict,
        disposition=Disposition.OPEN,
        severity=Severity.HIGH,
        soll=kind(name).soll(validated(name, declared)),
        aspects=judged.aspects,
        reason=judged.reason,
        remedy=judged.remedy,
    )


@pytest.mark.parametrize(
    ("name", "declared", "facts", "said"),
    [
        (
            "content",
            {"path": "/x", "contains": "A=1", "not-contains": "B"},
            {"path": observed({"type": "file"}), "content": observed(HITS)},
            "content of `/x` · with `A=1` · without `B`",
        ),
        (
            "directory",
            {"path": "/x", "empty": False},
            {"path": DIRECTORY, "entries": observed({"entries": ["y"]})},
            "directory `/x` · content not empty",
        ),
        ("directory", {"path": "/x"}, {"path": DIRECTORY}, "directory `/x`"),
        (
            "process",
            {"name": "w", "min": 1, "max": 3},
            {"table": observed(TABLE)},
            "process `w` · running 1 to 3",
        ),
    ],
)
def test_what_was_wanted(name: str, declared: dict[str, Any], facts: dict[str, Fact], said: str) -> None:
    assert Translator("en").plain(soll(result(name, declared, facts))).replace("`", "") == said.replace(
        "`", ""
    )


@pytest.mark.parametrize(
    ("name", "declared", "facts", "said"),
    [
        ("process", {"name": "w", "min": 2}, {"table": observed(TABLE)}, "running: 1 instead of at least 2"),
        ("process", {"name": "w", "max": 0}, {"table": observed(TABLE)}, "running: 1 instead of none"),
        ("symlink", {"path": "/x"}, {"path": DIRECTORY}, "type: directory instead of symbolic link"),
    ],
)
def test_the_difference_names_both(
    name: str, declared: dict[str, Any], facts: dict[str, Fact], said: str
) -> None:
    found = difference(result(name, declared, facts))
    assert found and Translator("en").plain(found) == said
