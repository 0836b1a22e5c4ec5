from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from checks.model import Judgement, Observation, Verdict
from checks.testing import denied, judge, observed, validated


def said(declared: Any, **value: Any) -> Judgement:
    blank = {
        "load": "",
        "active": "",
        "sub": "",
        "enabled": "",
        "result": "",
        "by": "systemctl",
        "status": None,
        "said": "",
    }
    return judge("service", declared, unit=observed({**blank, **value}))


def shown(judgement: Judgement) -> str:
    actual = judgement.aspects[0].actual
    assert actual
    return " ".join(map(str, actual.params.values())) or actual.id


@pytest.mark.parametrize(
    ("value", "verdict", "actual"),
    [
        ({"load": "loaded", "active": "active", "sub": "running"}, Verdict.CONFORM, "running"),
        ({"load": "", "active": "active"}, Verdict.CONFORM, "running"),
        ({"load": "loaded", "active": "active", "sub": "exited"}, Verdict.CONFORM, "active (exited)"),
        ({"load": "loaded", "active": "reloading", "sub": "reload"}, Verdict.CONFORM, "reloading (reload)"),
        ({"load": "loaded", "active": "inactive", "sub": "dead"}, Verdict.DEVIATES, "stopped"),
        ({"load": "loaded", "active": "failed", "result": "exit-code"}, Verdict.DEVIATES, "exit-code"),
        (
            {"load": "loaded", "active": "activating", "sub": "auto-restart"},
            Verdict.DEVIATES,
            "activating (auto-restart)",
        ),
        ({"load": "masked", "active": "inactive"}, Verdict.DEVIATES, "masked"),
        ({"load": "not-found", "active": "inactive"}, Verdict.DEVIATES, "no such unit"),
        ({"by": "service", "status": 0}, Verdict.CONFORM, "running"),
        ({"by": "service", "status": 3}, Verdict.DEVIATES, "stopped"),
        ({"by": "service", "status": 1}, Verdict.DEVIATES, "died"),
        ({"by": "service", "status": 1, "said": "x: unrecognized service"}, Verdict.DEVIATES, "no such unit"),
        ({"by": "rc-service", "status": 32}, Verdict.DEVIATES, "died"),
    ],
)
def test_running(value: dict[str, Any], verdict: Verdict, actual: str) -> None:
    judgement = said("nginx", **value)
    assert (judgement.verdict, shown(judgement)) == (verdict, actual)


@pytest.mark.parametrize(
    "value",
    [
        {"by": None, "said": "System has not been booted with systemd"},
        {"by": None},
        {"by": "service", "status": 4},
        {
            "by": "service",
            "status": 1,
            "said": "x: unrecognized service",
            "silent": "Failed to connect to bus",
        },
        {"by": "service", "status": 1, "said": "x: unrecognized service", "silent": ""},
        {"by": "service", "status": 1, "said": "Usage: /etc/init.d/x {start|stop}"},
    ],
)
def test_nobody_can_tell(value: dict[str, Any]) -> None:
    for state in ("running", "stopped"):
        assert said({"unit": "x", "state": state}, **value).verdict is Verdict.UNDETERMINED


def test_denied_is_not_stopped() -> None:
    assert judge("service", {"unit": "x", "state": "stopped"}, unit=denied()).verdict is Verdict.UNDETERMINED


def test_stopped() -> None:
    wanted = {"unit": "telnet", "state": "stopped"}
    assert said(wanted, load="loaded", active="inactive").verdict is Verdict.CONFORM
    assert said(wanted, load="not-found", active="inactive").verdict is Verdict.CONFORM
    assert said(wanted, load="loaded", active="active").verdict is Verdict.DEVIATES


@pytest.mark.parametrize(
    ("word", "wanted", "verdict"),
    [
        ("enabled", True, Verdict.CONFORM),
        ("enabled", False, Verdict.DEVIATES),
        ("disabled", True, Verdict.DEVIATES),
        ("disabled", False, Verdict.CONFORM),
        ("enabled-runtime", True, Verdict.DEVIATES),
        ("masked", False, Verdict.CONFORM),
        ("static", True, Verdict.DEVIATES),
        ("", True, Verdict.UNDETERMINED),
    ],
)
def test_enabled(word: str, wanted: bool, verdict: Verdict) -> None:
    judgement = said({"unit": "nginx", "enabled": wanted}, load="loaded", active="active", enabled=word)
    assert judgement.verdict is verdict


def test_a_unit_that_nobody_has_is_not_running_here() -> None:
    judgement = judge("service", "docgen-surely-not-there")
    assert judgement.verdict is not Verdict.CONFORM
    assert judgement.observation in (Observation.ABSENT, Observation.ERROR)


@pytest.mark.parametrize("name", ["--version", "nginx*", "a b", "", "worker@.service", "x;y", "-x"])
def test_only_the_name_of_one_unit(name: str) -> None:
    with pytest.raises(ValidationError, match="expected"):
        validated("service", name)


@pytest.mark.parametrize(
    ("declared", "value", "remedy"),
    [
        ({"enabled": True}, {"active": "active", "enabled": "disabled"}, "systemctl enable x"),
        ({"enabled": False}, {"active": "active", "enabled": "enabled"}, "systemctl disable x"),
        (
            {"state": "stopped", "enabled": False},
            {"active": "inactive", "enabled": "enabled"},
            "systemctl disable x",
        ),
        ({}, {"load": "masked", "active": "inactive"}, "systemctl unmask x"),
    ],
)
def test_the_remedy_is_for_what_is_wrong(declared: Any, value: Any, remedy: str) -> None:
    judgement = said({"unit": "x", **declared}, **{"load": "loaded", **value})
    assert judgement.verdict is Verdict.DEVIATES
    assert judgement.remedy and judgement.remedy.params["command"] == remedy


def test_a_unit_that_is_not_there_cannot_be_started() -> None:
    judgement = said("x", load="not-found", active="inactive")
    assert judgement.remedy and "Install" in judgement.remedy.id
    assert said("x", load="loaded", active="inactive").remedy is None, "the kind's own: start it"


def test_a_unit_that_failed_is_stopped_with_a_warning() -> None:
    failed = said({"unit": "x", "state": "stopped"}, load="loaded", active="failed", result="exit-code")
    stopped = said({"unit": "x", "state": "stopped"}, load="loaded", active="inactive")
    assert failed.verdict is stopped.verdict is Verdict.CONFORM
    assert (failed.aspects[0].near, stopped.aspects[0].near) == (True, False)
