"""The SOLL of a result says all that was wanted, and nothing of it twice."""

from __future__ import annotations

from typing import Any

import pytest

from checks.kinds import kind
from checks.kinds.interface import aspect
from checks.model import (
    Aspect,
    Disposition,
    Fact,
    Message,
    Result,
    Severity,
    Status,
    Verdict,
    msg,
)
from checks.phrases import difference, headline, soll
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


def differing(verdict: Verdict, *aspects: Aspect, reason: Message | None = None) -> str | None:
    made = result("process", {"name": "w"}, {"table": observed(TABLE)})
    said = headline(made._replace(verdict=verdict, aspects=aspects, reason=reason))
    return Translator("en").plain(said) if said else None


def test_the_headline_says_what_is_wrong() -> None:
    name, yes, no = msg("a failure"), msg("stops the run"), msg("is passed over")
    wrong, unclear = aspect(name, yes, no, False), aspect(name, yes, None, None, note=msg("unclear: x"))
    near = aspect(name, yes, yes, True, near=True, note=msg("unless it is skipped"))
    reason = msg("Access was denied.")
    fine = aspect(name, yes, yes, True)
    assert differing(Verdict.CONFORM, fine) is None
    assert differing(Verdict.CONFORM, near) == "a failure: unless it is skipped"
    assert differing(Verdict.UNDETERMINED, near, unclear) == "a failure: unclear: x"
    assert differing(Verdict.UNDETERMINED, unclear, reason=reason) == "Access was denied."
    assert differing(Verdict.UNDETERMINED, aspect(None, yes, None, None)) == "x: not seen"
    assert differing(Verdict.DEVIATES, wrong) == "a failure: is passed over"
    # A reason is about what could not be told, where there is such a thing.
    assert differing(Verdict.DEVIATES, wrong, reason=reason) == "Access was denied."
    assert differing(Verdict.DEVIATES, wrong, unclear, reason=reason) == differing(Verdict.DEVIATES, wrong)
