from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from checks.model import Observation, Verdict
from checks.testing import failed, judge, observed, validated


def verdict(declared: Any, *versions: str) -> Verdict:
    return judge(
        "package", declared, package=observed({"manager": "dpkg", "versions": list(versions)})
    ).verdict


def test_installed() -> None:
    assert verdict("nginx", "1.22.1-9") is Verdict.CONFORM
    assert verdict("nginx") is Verdict.DEVIATES


def test_version() -> None:
    wanted = {"name": "nginx", "version": ">=1.22"}
    assert verdict(wanted, "1.22.1-9") is Verdict.CONFORM
    assert verdict(wanted, "1.18.0-6") is Verdict.DEVIATES
    assert verdict(wanted, "1.22.1-9", "1.18.0-6") is Verdict.DEVIATES
    assert verdict(wanted) is Verdict.DEVIATES


def test_absent() -> None:
    wanted = {"name": "telnetd", "absent": True}
    assert verdict(wanted) is Verdict.CONFORM
    assert verdict(wanted, "1.0") is Verdict.DEVIATES


def test_no_answer_is_not_absence() -> None:
    judgement = judge("package", {"name": "x", "absent": True}, package=failed(Observation.ERROR))
    assert judgement.verdict is Verdict.UNDETERMINED


@pytest.mark.parametrize(
    "declared",
    ["", "-x", "a b", "x*", {"name": "x", "version": "^8"}, {"name": "x", "version": "1", "absent": True}],
)
def test_nonsense(declared: Any) -> None:
    with pytest.raises(ValidationError):
        validated("package", declared)
