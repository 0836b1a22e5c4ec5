from __future__ import annotations

from typing import Any

import pytest

from checks.model import Judgement, Verdict
from checks.testing import denied, judge, observed

NOW = "2025-11-02T10:00:00Z"
TRIED = {"public/index.php": "PASSED", "artisan": "ok"}
ENTRY = {
    "timestamp": "2025-11-01T23:10:00Z",
    "action": "preflight",
    "result": "PASS",
    "preflight_checks": TRIED,
}


def said(*entries: dict[str, Any], **params: Any) -> Judgement:
    found = [{"file": f"{n}.json", "line": 1, "entry": one, "error": None} for n, one in enumerate(entries)]
    seen = {"entries": found, "files": len(found), "denied": [], "read": len(found)}
    declared = {"files": "/l/*.json", "gate": "release-structure", **params}
    return judge("rehearsal", declared, entries=observed(seen, observed_at=NOW))


def scope(made: Judgement) -> str:
    return str(made.aspects[1].actual)


def test_it_is_said_how_much_was_tried() -> None:
    made = said(ENTRY)
    assert made.verdict is Verdict.CONFORM
    assert "'n': 2" in scope(made) and "'all': 3" in scope(made) and "'app'" in scope(made)
    assert said(ENTRY, all=True).verdict is Verdict.DEVIATES
    whole = {**ENTRY, "preflight_checks": {**TRIED, "app/": True}}
    assert said(whole, all=True).verdict is Verdict.CONFORM


@pytest.mark.parametrize(
    "checks",
    [
        [{"name": "1. public/index.php", "status": "PASSED"}, {"check": "artisan", "result": True}],
        ["public/index.php: ok", "artisan: ok"],
    ],
)
def test_other_ways_to_write_them(checks: list[Any]) -> None:
    made = said({**ENTRY, "preflight_checks": checks})
    assert made.verdict is Verdict.CONFORM and "'n': 2" in scope(made)


@pytest.mark.parametrize(
    "entry",
    [
        {**ENTRY, "result": "failed"},
        {**ENTRY, "preflight_checks": {**TRIED, "app": "FAILED"}},
        {**ENTRY, "action": "deploy"},
        {**ENTRY, "timestamp": "2025-10-01T23:10:00Z"},
    ],
)
def test_what_did_not_pass_or_is_old_or_is_none(entry: dict[str, Any]) -> None:
    assert said(entry, **{"max-age": "24h"}).verdict is Verdict.DEVIATES


@pytest.mark.parametrize(
    ("name", "tried"),
    [
        ("public/index.php", ["public/index.php"]),
        ("1. public/index.php", ["public/index.php"]),
        ("test -f release/public/index.php", ["public/index.php"]),
        ("file artisan exists", ["artisan"]),
        ("Verzeichnis app/ vorhanden", ["app"]),
        ("php artisan config:cache", []),
        ("php artisan --version", []),
        ("app boots", []),
        ("public/index.php5", []),
    ],
)
def test_what_a_check_tried_goes_by_its_name(name: str, tried: list[str]) -> None:
    made = said({**ENTRY, "preflight_checks": {name: "PASSED"}})
    assert made.gate and [path for path, verdict in made.gate.parts if verdict is Verdict.CONFORM] == tried


def test_the_newest_counts() -> None:
    assert (
        said({**ENTRY, "timestamp": "2025-11-01T20:00:00Z", "result": "failed"}, ENTRY).verdict
        is Verdict.CONFORM
    )


def test_a_closed_ledger_says_nothing() -> None:
    made = judge("rehearsal", {"files": "/l/*.json", "gate": "release-structure"}, entries=denied())
    assert made.verdict is Verdict.UNDETERMINED
