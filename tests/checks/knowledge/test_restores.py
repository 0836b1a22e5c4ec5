from __future__ import annotations

from typing import Any

import pytest

from checks.knowledge.ledgers import deployments, understood
from checks.knowledge.restores import lasted, rto
from checks.model import Verdict
from checks.testing import absent, denied, observed


@pytest.mark.parametrize(
    ("said", "took"),
    [
        ({"duration": 90}, 90),
        ({"duration_seconds": "90"}, 90),
        ({"Dauer": "1 Std. 5 Min."}, None),
        ({"Dauer": "1 Stunde 5 Minuten"}, 3900),
        ({"duration": "12m"}, 720),
        ({"duration": "1h30m"}, 5400),
        ({"duration": "00:12:30"}, 750),
        ({"duration": "PT12M30.5S"}, 750.5),
        ({"duration": "12 min"}, 720),
        ({"started_at": "2025-11-01T10:00:00Z", "finished_at": "2025-11-01T11:30:00+01:00"}, 1800),
        ({"started_at": "2025-11-01T10:00:00Z", "finished_at": "2025-11-01T09:00:00Z"}, None),
        *[({"duration": wrong}, None) for wrong in ("soon", True, -1, 1e300, [], "", "P", "99:99:99")],
        ({}, None),
    ],
)
def test_how_long_an_entry_says_that_it_took(said: dict[str, Any], took: float | None) -> None:
    assert lasted(said) == took


GOOD = {
    "timestamp": "2025-11-01T10:00:00Z", "action": "restore test", "backup": "db-1.sql.gz", "result": "ok",
    "duration": "20m",
}  # fmt: skip


def ledger(*entries: dict[str, Any], unread: tuple[str, ...] = ()) -> Any:
    rows = [{"file": "r.jsonl", "line": n, "entry": e, "error": None} for n, e in enumerate(entries, 1)]
    return observed({"entries": rows, "denied": list(unread), "files": 1, "read": 1})


@pytest.mark.parametrize(
    ("fact", "sample", "verdict", "near"),
    [
        (ledger(GOOD), None, Verdict.CONFORM, False),
        (ledger(GOOD | {"duration": "2h"}), None, Verdict.DEVIATES, False),
        (ledger(GOOD | {"duration": "2h"}, GOOD | {"timestamp": "2025-11-02T10:00:00Z"}), None, Verdict.CONFORM, False),
        (ledger(GOOD, GOOD | {"timestamp": "2025-11-02T10:00:00Z", "result": "failed"}), None, Verdict.DEVIATES, False),
        (ledger(GOOD | {"backup": "app-1.tar.gz"}), None, Verdict.UNDETERMINED, False),
        (ledger(GOOD | {"action": "deploy"}), None, Verdict.UNDETERMINED, False),
        (ledger(GOOD | {"timestamp": "soon"}), None, Verdict.UNDETERMINED, False),
        (ledger(GOOD | {"result": "so so"}), None, Verdict.UNDETERMINED, False),
        (ledger(GOOD | {"duration": None}), None, Verdict.UNDETERMINED, False),
        (ledger(GOOD, unread=("x",)), None, Verdict.UNDETERMINED, False),
        (ledger(), None, Verdict.UNDETERMINED, False),
        (absent(), None, Verdict.UNDETERMINED, False),
        (denied(), 5.0, Verdict.UNDETERMINED, False),
        (None, None, Verdict.UNDETERMINED, False),
        (None, 5.0, Verdict.CONFORM, True),
        (absent(), 5000.0, Verdict.DEVIATES, False),
        (ledger(GOOD), 5000.0, Verdict.CONFORM, False),
    ],
)  # fmt: skip
def test_only_what_was_measured_counts(fact: Any, sample: float | None, verdict: Verdict, near: bool) -> None:
    made = rto(3600, fact, lambda name: name.startswith("db-"), sample)
    assert (made.verdict, made.near) == (verdict, near), made
    assert verdict is not Verdict.UNDETERMINED or made.note


@pytest.mark.parametrize(
    ("action", "counts"),
    [
        *[(a, False) for a in ("restore", "Restore-Test", "db_restore", "Wiederherstellung", "backup restore drill")],
        *[(a, True) for a in ("deploy", "PROD-FIX Deployment", "deploy, restore permissions", "hotfix")],
    ],
)  # fmt: skip
def test_the_restore_of_a_backup_is_no_deployment(action: str, counts: bool) -> None:
    entry = understood({"timestamp": "2025-11-01T10:00:00Z", "action": action, "result": "ok"}, "x")
    assert bool(deployments([entry], None)) is counts
