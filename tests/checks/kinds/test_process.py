from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from checks.kinds.process import KIND
from checks.model import Judgement, Verdict
from checks.testing import denied, judge, observed, validated


def seen(declared: Any, count: int, *, visible: bool = True, uid: int | None = 33) -> Judgement:
    return judge(
        "process",
        declared,
        table=observed({"count": count, "rows": [], "visible": visible, "uid": uid, "own": 1001}),
    )


@pytest.mark.parametrize(
    ("declared", "count", "verdict"),
    [
        ("nginx", 1, Verdict.CONFORM),
        ("nginx", 5, Verdict.CONFORM),
        ("nginx", 0, Verdict.DEVIATES),
        ({"name": "w", "min": 2}, 1, Verdict.DEVIATES),
        ({"name": "w", "min": 2, "max": 2}, 2, Verdict.CONFORM),
        ({"name": "w", "min": 2, "max": 2}, 3, Verdict.DEVIATES),
        ({"name": "w", "max": 0}, 0, Verdict.CONFORM),
        ({"name": "w", "max": 0}, 1, Verdict.DEVIATES),
    ],
)
def test_counted(declared: Any, count: int, verdict: Verdict) -> None:
    assert seen(declared, count).verdict is verdict


@pytest.mark.parametrize(
    ("declared", "count", "verdict"),
    [
        ("nginx", 0, Verdict.UNDETERMINED),
        ("nginx", 1, Verdict.CONFORM),
        ({"name": "w", "max": 0}, 0, Verdict.UNDETERMINED),
        ({"name": "w", "max": 0}, 1, Verdict.DEVIATES),
        ({"name": "w", "max": 3}, 1, Verdict.UNDETERMINED),
        ({"name": "w", "min": 2}, 1, Verdict.UNDETERMINED),
    ],
)
def test_what_is_hidden_is_not_absent(declared: Any, count: int, verdict: Verdict) -> None:
    judgement = seen(declared, count, visible=False)
    assert judgement.verdict is verdict
    assert (judgement.remedy is not None) is (verdict is Verdict.UNDETERMINED)


def test_the_observers_own_are_never_hidden() -> None:
    assert seen({"name": "w", "user": "deploy"}, 0, visible=False, uid=1001).verdict is Verdict.DEVIATES
    assert (
        seen({"name": "w", "user": "deploy", "max": 0}, 0, visible=False, uid=1001).verdict is Verdict.CONFORM
    )


def test_no_such_user() -> None:
    assert seen({"name": "w", "user": "nobody-here"}, 0, uid=None).verdict is Verdict.DEVIATES
    assert seen({"name": "w", "user": "nobody-here", "max": 0}, 0, uid=None).verdict is Verdict.CONFORM


def test_soll_and_ist_name_the_numbers() -> None:
    aspect = seen({"name": "w", "min": 2, "max": 3}, 1).aspects[0]
    assert (aspect.expected.params, aspect.actual and aspect.actual.params) == (
        {"least": 2, "most": 3},
        {"n": 1},
    )
    none = seen({"name": "w", "max": 0}, 0).aspects[0]
    assert (none.expected.id, none.actual and none.actual.id) == ("none", "none")


@pytest.mark.parametrize(
    ("declared", "command"),
    [
        ({"pattern": "it's (a|b)"}, "pgrep -a -f -- 'it'\"'\"'s (a|b)'"),
        ({"name": "w", "user": "deploy"}, "pgrep -a -u deploy -- w"),
        ({"user": "deploy"}, "ps -f -u deploy"),
    ],
)
def test_what_shows_them(declared: Any, command: str) -> None:
    assert KIND.remedy(validated("process", declared)).params["command"] == command


def test_denied() -> None:
    assert judge("process", {"name": "x", "max": 0}, table=denied()).verdict is Verdict.UNDETERMINED


def test_really() -> None:
    assert judge("process", "docgen-surely-not-there").verdict is Verdict.DEVIATES


@pytest.mark.parametrize(
    "declared",
    [
        {},
        {"name": ""},
        {"pattern": "("},
        {"name": "x", "min": 2, "max": 1},
        {"name": "x", "min": -1},
        {"user": "-u"},
    ],
)
def test_nonsense(declared: Any) -> None:
    with pytest.raises(ValidationError):
        validated("process", declared)
