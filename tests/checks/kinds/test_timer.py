from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from checks.model import Judgement, Verdict
from checks.testing import denied, judge, observed, validated

GOOD = {
    "load": "loaded",
    "active": "active",
    "sub": "waiting",
    "enabled": "enabled",
    "unit": "backup.service",
    "result": "success",
    "status": "0",
    "last": 1_000_000,
    "next": 1_086_400,
    "now": 1_003_600,
    "said": "",
}


def seen(declared: Any = "backup", **changes: Any) -> Judgement:
    return judge("timer", declared, unit=observed({**GOOD, **changes}))


def test_armed() -> None:
    assert seen().verdict is Verdict.CONFORM


@pytest.mark.parametrize(
    "changes",
    [
        {"load": "not-found", "active": "inactive", "sub": "dead", "result": "not-found"},
        {"active": "inactive", "sub": "dead"},
        {"active": "failed", "sub": "failed"},
        {"active": "active", "sub": "elapsed"},
        {"result": "exit-code", "status": "2"},
        {"result": "not-found"},
    ],
)
def test_deviations(changes: dict[str, Any]) -> None:
    assert seen(**changes).verdict is Verdict.DEVIATES


def test_how_the_last_run_went_may_not_matter() -> None:
    assert seen({"unit": "backup", "succeeded": False}, result="exit-code").verdict is Verdict.CONFORM


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, Verdict.CONFORM),
        ({"last": 1_000_000, "now": 1_007_201}, Verdict.DEVIATES),
        ({"last": 0}, Verdict.DEVIATES),
        ({"last": None}, Verdict.UNDETERMINED),
        ({"now": None}, Verdict.UNDETERMINED),
    ],
)
def test_age(changes: dict[str, Any], verdict: Verdict) -> None:
    assert seen({"unit": "backup.timer", "max-age": "2h"}, **changes).verdict is verdict


def test_enabled() -> None:
    assert seen({"unit": "backup", "enabled": True}).verdict is Verdict.CONFORM
    assert seen({"unit": "backup", "enabled": True}, enabled="disabled").verdict is Verdict.DEVIATES


def test_nobody_to_ask() -> None:
    blank = {**dict.fromkeys(("load", "active", "sub", "result"), ""), "said": "not booted with systemd"}
    assert seen(**blank).verdict is Verdict.UNDETERMINED
    assert judge("timer", "x", unit=denied()).verdict is Verdict.UNDETERMINED


@pytest.mark.parametrize("name", ["backup.service", "-x", "a b", "x*", ""])
def test_nonsense(name: str) -> None:
    with pytest.raises(ValidationError, match="expected"):
        validated("timer", name)
    assert validated("timer", "backup").unit == "backup.timer"
