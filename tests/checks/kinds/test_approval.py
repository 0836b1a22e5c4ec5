from __future__ import annotations

from typing import Any

import pytest

from checks.model import Fact, Judgement, Observation, Verdict
from checks.testing import absent, denied, judge, observed
from docgen.i18n import Translator

EN = Translator("en")
NOW = "2025-11-02T10:00:00Z"
GIVEN = {"timestamp": "2025-11-02T08:00:00Z", "decision": "PROD-DEPLOY FREIGEGEBEN", "by": "m.weber"}


def said(*entries: dict[str, Any], fact: Fact | None = None, **params: Any) -> Judgement:
    found = [{"file": f"{n}.json", "line": 1, "entry": one, "error": None} for n, one in enumerate(entries)]
    seen = {"entries": found, "files": len(found), "denied": [], "read": len(found)}
    declared = {"decision": "PROD-DEPLOY FREIGEGEBEN", "files": "/l/*.json", **params}
    return judge("approval", declared, entries=fact or observed(seen, observed_at=NOW))


def test_a_decision_that_holds() -> None:
    assert said(GIVEN).verdict is Verdict.CONFORM
    assert said(GIVEN, by=["m.weber"]).verdict is Verdict.CONFORM
    assert (
        said({**GIVEN, "environment": "production", "result": "ok"}, environment="prod").verdict
        is Verdict.CONFORM
    )
    german = {"Datum": "02.11.2025 09:30", "Freigabe": "prod-deploy  freigegeben", "durch": "m.weber"}
    assert said(german).verdict is Verdict.CONFORM


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [{**GIVEN, "decision": "PROD-DEPLOY NICHT FREIGEGEBEN"}],
        [{**GIVEN, "timestamp": "2025-11-01T08:00:00Z"}],
        [{**GIVEN, "timestamp": "2025-11-03T08:00:00Z"}],
        [{**GIVEN, "timestamp": "yesterday"}],
        [{**GIVEN, "by": "somebody"}],
        [{**GIVEN, "result": "rejected"}],
        [{**GIVEN, "result": "failed"}],
        [{**GIVEN, "environment": "staging"}],
    ],
)
def test_one_that_is_open_says_who_has_to_act(entries: list[dict[str, Any]]) -> None:
    made = said(*entries, by=["m.weber"], environment="prod")
    assert (made.verdict, made.awaiting) == (Verdict.UNDETERMINED, "m.weber")


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"by": None}, "An entry says so, but does not say who decided."),
        ({"by": "  "}, "An entry says so, but does not say who decided."),
        ({"timestamp": "2025-11-03T08:00:00Z"}, "The last one lies in the future: 2025-11-03 08:00 UTC."),
        (
            {"timestamp": "2025-10-01T08:00:00Z"},
            "The last one is of 2025-10-01 08:00 UTC and holds no longer.",
        ),
        ({"result": "rejected"}, "Rejected by m.weber, 2025-11-02 08:00 UTC."),
        ({"timestamp": "yesterday"}, "An entry says so, but by m.weber, or without a time that can be read."),
    ],
)
def test_what_does_not_count_says_why(entry: dict[str, Any], reason: str) -> None:
    made = said({**GIVEN, **entry})
    assert made.reason and EN.plain(made.reason) == reason
    assert (made.verdict, made.awaiting) == (Verdict.UNDETERMINED, "–")


def test_one_that_was_taken_back_holds_no_longer() -> None:
    back = {**GIVEN, "result": "zurückgezogen", "timestamp": "2025-11-02T09:00:00Z"}
    made = said(GIVEN, back)
    assert made.reason and EN.plain(made.reason) == "Rejected by m.weber, 2025-11-02 09:00 UTC."
    assert said(back, {**GIVEN, "timestamp": "2025-11-02T09:30:00Z"}).verdict is Verdict.CONFORM
    assert said(GIVEN, {**back, "by": "somebody"}, by=["m.weber"]).verdict is Verdict.CONFORM


def test_one_of_the_future_hides_none_that_holds() -> None:
    assert said(GIVEN, {**GIVEN, "timestamp": "2025-11-03T08:00:00Z"}).verdict is Verdict.CONFORM


def test_who_decided_may_stand_in_a_table_and_a_time_may_lack_its_zone() -> None:
    made = said({**GIVEN, "by": {"login": "m.weber"}, "timestamp": "2025-11-02 08:00"}, by=["m.weber"])
    (it,) = made.aspects
    assert (
        it.actual
        and EN.plain(it.actual) == "by m.weber, 2025-11-02 08:00 UTC (it names no zone; taken as UTC)"
    )


def test_no_ledger_is_no_decision_and_a_closed_one_says_nothing() -> None:
    assert said(fact=absent().model_copy(update={"observed_at": NOW})).awaiting == "–"
    made = said(fact=denied())
    assert (made.verdict, made.observation, made.awaiting) == (Verdict.UNDETERMINED, Observation.DENIED, None)
