from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.knowledge.ledgers import Entry, last_success, understood
from checks.knowledge.moments import moment, rfc3339
from checks.model import Judgement, Verdict
from checks.testing import denied, judge
from docgen.i18n import Translator

EN = Translator("en")

OLD = {
    "Zeitstempel": "01.11.2025 22:24 Uhr",
    "Aktion": "PROD-FIX Rollback (alte Incident)",
    "Umgebung": "Produktion",
    "Ergebnis": "erfolgreich",
    "host": "www1",
}
PREFLIGHT = {
    "timestamp": "2025-11-01T23:10:00+01:00",
    "action": "preflight dry-run",
    "environment": "production",
    "result": {"status": "PASS"},
    "bundle_info": {"sha256": "ab", "commit": "4144baac"},
}
DEPLOYED = {"date": "2025-11-02T08:00:00Z", "type": "deploy", "env": "prod", "success": True}


def put(folder: Path, *entries: Any) -> Path:
    """Each entry in a file of its own; a str as it is."""
    for number, entry in enumerate(entries):
        text = entry if isinstance(entry, str) else json.dumps(entry)
        (folder / f"deployment_{number}.json").write_text(text)
    return folder


def asked(folder: Path, pattern: str = "deployment_*.json", **more: Any) -> Judgement:
    return judge("ledger", {"files": f"{folder}/{pattern}", **more})


def wrong(judgement: Judgement) -> dict[str, str]:
    """What deviates: the name of the aspect, and what was seen instead."""
    deviating = (a for a in judgement.aspects if a.verdict is Verdict.DEVIATES)
    return {a.name.id if a.name else "": str(a.actual) for a in deviating}


def test_old_entries_are_understood(tmp_path: Path) -> None:
    made = asked(put(tmp_path, OLD, PREFLIGHT, DEPLOYED), last="success", preflight="24h")
    assert made.verdict is Verdict.CONFORM, made


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("{", "Expecting property name"),
        ('{"result": NaN}', "NaN"),
        ('{"result": 1, "result": 2}', "stands twice"),
        ("[1]", "not an object"),
        ("[" * 100_000, "recursion"),
        ("", "Expecting value"),
        ("\x00\xff", "Expecting value"),
    ],
)
def test_what_is_no_entry_is_named_and_no_other_is_lost(tmp_path: Path, text: str, part: str) -> None:
    made = asked(put(tmp_path, text, DEPLOYED), last="success")
    assert list(wrong(made)) == ["readable"]
    assert part in wrong(made)["readable"] and "deployment_0.json:1" in wrong(made)["readable"]


def test_a_missing_field_is_named(tmp_path: Path) -> None:
    made = asked(put(tmp_path, {**DEPLOYED, "env": ""}, {**DEPLOYED, "date": "yesterday"}))
    assert list(wrong(made)) == ["fields"]
    assert "environment" in wrong(made)["fields"] and "timestamp" in wrong(made)["fields"]
    assert asked(tmp_path, requires=["action"]).verdict is Verdict.CONFORM


def test_one_time_twice(tmp_path: Path) -> None:
    made = asked(put(tmp_path, DEPLOYED, {**DEPLOYED, "date": "2025-11-02 09:00:00+01:00"}))
    assert list(wrong(made)) == ["times"]
    assert "deployment_0.json:1" in wrong(made)["times"] and "deployment_1.json:1" in wrong(made)["times"]


def test_the_last_deployment_failed(tmp_path: Path) -> None:
    failed = {**DEPLOYED, "date": "2025-11-03T08:00:00Z", "success": "FEHLGESCHLAGEN"}
    put(tmp_path, DEPLOYED, failed, {**PREFLIGHT, "timestamp": "2025-11-04T08:00:00Z"})
    made = asked(tmp_path, last="success")
    assert list(wrong(made)) == ["last deployment"] and "last success" in wrong(made)["last deployment"]
    assert asked(tmp_path, last="failed").verdict is Verdict.CONFORM
    assert asked(tmp_path, last="success", environment="staging").verdict is Verdict.DEVIATES


def test_a_result_that_nobody_knows(tmp_path: Path) -> None:
    assert (
        asked(put(tmp_path, {**DEPLOYED, "success": "so so"}), last="success").verdict is Verdict.UNDETERMINED
    )


def test_a_production_deployment_without_a_preflight(tmp_path: Path) -> None:
    late = {**PREFLIGHT, "timestamp": "2025-11-03T08:00:00Z"}
    early = {**PREFLIGHT, "timestamp": "2025-10-30T08:00:00Z"}
    for entry in (late, early, {**PREFLIGHT, "result": "FAIL"}):
        assert list(wrong(asked(put(tmp_path, DEPLOYED, entry), preflight="24h"))) == ["preflight"]


def test_an_entry_a_line_and_an_old_one(tmp_path: Path) -> None:
    (tmp_path / "ledger.jsonl").write_text(f"{json.dumps(PREFLIGHT)}\n\n{json.dumps(DEPLOYED)}\n{{\n")
    made = asked(tmp_path, "ledger.jsonl", **{"max-age": "1h"})
    assert list(wrong(made)) == ["readable", "age"] and "ledger.jsonl:4" in wrong(made)["readable"]


def test_no_deployment_of_the_environment_is_not_green(tmp_path: Path) -> None:
    assert list(wrong(asked(put(tmp_path, DEPLOYED), environment="staging"))) == ["last deployment"]
    assert asked(tmp_path, environment="Production").verdict is Verdict.CONFORM


def test_an_age_that_nobody_can_tell(tmp_path: Path) -> None:
    put(tmp_path, {**DEPLOYED, "date": ""})
    assert asked(tmp_path, requires=["action"], **{"max-age": "1h"}).verdict is Verdict.UNDETERMINED


def test_hostile_entries_stay_text(tmp_path: Path) -> None:
    bad = "<script>alert(1)</script>\x1b[31m"
    made = asked(put(tmp_path, {**DEPLOYED, "type": f"deploy {bad}", bad: bad}), last="success")
    assert made.verdict is Verdict.CONFORM and "<script>" in str(made)


def test_every_field_with_markup_is_named(tmp_path: Path) -> None:
    names = ["note", "by", "why", "a", "b", "c", "d"]

    def said(bad: list[str]) -> str:
        made = asked(put(tmp_path, {**DEPLOYED, **dict.fromkeys(bad, "<script>alert(1)</script>")}))
        return Translator("en").plain(next(a.actual for a in made.aspects if a.near and a.actual))

    assert said(names[:3]).endswith(" in note, by, why")
    assert said(names).endswith(" in note, by, why, a, b and 2 more")


def test_secrets_are_not_kept(tmp_path: Path) -> None:
    entry = {**DEPLOYED, "type": "deploy --password=hunter2222", "db": {"password": "other3333"}}
    made = asked(put(tmp_path, entry))
    assert "hunter2222" not in repr(made) and "other3333" not in repr(made)


def test_none_no_folder_and_denied(tmp_path: Path) -> None:
    assert asked(tmp_path).verdict is Verdict.DEVIATES
    assert asked(tmp_path / "x").verdict is Verdict.DEVIATES
    assert judge("ledger", f"{tmp_path}/x.json", entries=denied()).verdict is Verdict.UNDETERMINED


def test_names_of_any_sort(tmp_path: Path) -> None:
    for name in ("a b.json", "'$(id)'.json", "-x.json", "ü.json"):
        (tmp_path / name).write_text(
            json.dumps({**DEPLOYED, "date": f"2025-11-02T08:{len(os.listdir(tmp_path)):02}:00Z"})
        )
    assert asked(tmp_path, "*.json", last="success").verdict is Verdict.CONFORM


@pytest.mark.parametrize(
    ("said", "when", "zoned"),
    [
        ("2025-11-01T22:24:00Z", "2025-11-01T22:24:00Z", True),
        ("2025-11-01 22:24:00 UTC", "2025-11-01T22:24:00Z", True),
        ("2025-11-01T22:24:00+01:00", "2025-11-01T21:24:00Z", True),
        ("2025-11-01T22:24:00", "2025-11-01T22:24:00Z", False),
        ("1.11.2025, 22:24", "2025-11-01T22:24:00Z", False),
        ("01.11.2025", "2025-11-01T00:00:00Z", False),
        ("20251101_222400", "2025-11-01T22:24:00Z", False),
        (1762035840, "2025-11-01T22:24:00Z", True),
        (1762035840000, "2025-11-01T22:24:00Z", True),
        ("01.11.2025 23:24 Uhr MEZ", "2025-11-01T22:24:00Z", True),
        ("2025-07-01 22:24:00 CEST", "2025-07-01T20:24:00Z", True),
        ("1. November 2025, 22:24 Uhr", "2025-11-01T22:24:00Z", False),
        ("3. März 2025", "2025-03-03T00:00:00Z", False),
        ("Sat Nov  1 23:24:05 CET 2025", "2025-11-01T22:24:05Z", True),
        ("Sa 1. Nov 22:24:05 2025", "–", False),
        ("1. Foo 2025", "–", False),
        ("9" * 5000, "–", False),
        ("soon", "–", False),
        (True, "–", False),
        (1e30, "–", False),
        ("31.02.2025", "–", False),
    ],
)
def test_times(said: Any, when: str, zoned: bool) -> None:
    seen, has_zone = moment(said)
    assert (rfc3339(seen), has_zone) == (when, zoned)


@pytest.mark.parametrize(
    ("said", "good"),
    [
        *[
            (word, True)
            for word in ("PASS", "ok", True, "Erfolgreich", "success.", "PASS (9/9)", "✅", "ok - done")
        ],
        *[(word, False) for word in ("FAIL", False, "rolled_back", "Fehlgeschlagen", "failed: 2 of 9", "❌")],
        *[(word, None) for word in ("partial", "", None, "not ok", ["ok"])],
    ],
)
def test_results(said: Any, good: bool | None) -> None:
    assert understood({"result": said}, "x").good is good


def lines(folder: Path, *entries: Any, end: str = "\n") -> Judgement:
    """The judgement of a file with an entry a line."""
    text = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in entries)
    (folder / "ledger.jsonl").write_text(text + end)
    return asked(folder, "ledger.jsonl")


def at(hour: int, **more: Any) -> dict[str, Any]:
    return {**DEPLOYED, "date": f"2025-11-02T{hour:02}:00:00Z", **more}


@pytest.mark.parametrize(
    ("entries", "end", "where", "words"),
    [
        ([at(8), at(9)], "\n", "", ""),
        ([at(8), at(9)], "", "", ""),  # whole, but for its end
        ([at(8), at(9), '{"date": "2025-11-02T10:00'], "", "readable", "ledger.jsonl:3: cut off"),
        ([at(8), '{"date": "2025-11-02T10:00', at(9)], "\n", "readable", "ledger.jsonl:2: Unterminated string"),
        ([at(8), json.dumps(at(9)) + json.dumps(at(10)), at(11)], "\n", "readable", "ledger.jsonl:2: Extra data"),
        ([at(8), "\0" * 30], "\n", "readable", "ledger.jsonl:2: Expecting value"),
        ([at(9), at(8), at(10)], "\n", "times", "ledger.jsonl:2 is older than the entry above it"),
        ([at(8), at(9), at(9)], "\n", "times", "stands in ledger.jsonl:2, ledger.jsonl:3"),
        ([at(8), {"type": "deploy", "env": "prod", "success": True}], "\r\n", "fields", "ledger.jsonl:2 lacks timestamp"),
        ([at(9), {**at(8), "date": "2025-11-02T08:00:00"}], "\n", "", ""),  # which may be later, for all it says
    ],
)  # fmt: skip
def test_one_bad_line_is_named_and_loses_no_other(
    tmp_path: Path, entries: list[Any], end: str, where: str, words: str
) -> None:
    made = lines(tmp_path, *entries, end=end)
    (count,) = [a.actual for a in made.aspects if a.name is None]
    assert count and count.params["n"] == len(entries)
    assert list(wrong(made)) == ([where] if where else [])
    if where:
        (it,) = [a for a in made.aspects if a.verdict is Verdict.DEVIATES]
        assert it.actual and words in EN.plain(it.actual)


def test_of_a_very_long_file_the_end_is_read(tmp_path: Path) -> None:
    start = datetime(2020, 1, 1, tzinfo=UTC)
    entries = [
        {**DEPLOYED, "date": (start + timedelta(hours=n)).isoformat(), "x": "y" * 80} for n in range(6000)
    ]
    made = lines(tmp_path, *entries, "{")
    assert list(wrong(made)) == ["readable"] and "ledger.jsonl:6001" in wrong(made)["readable"]
    (count,) = [a for a in made.aspects if a.name is None]
    assert count.near and count.note and "Only the end" in count.note.id
    assert count.actual and 2000 < int(str(count.actual.params["n"])) < 6000


def test_missing_zones_and_markup_are_named_by_entry(tmp_path: Path) -> None:
    put(tmp_path, DEPLOYED, {**DEPLOYED, "date": "03.11.2025 22:24 Uhr"})
    made = asked(tmp_path)
    assert [EN.plain(a.note) for a in made.aspects if a.note and a.name and a.name.id == "times"] == [
        "No time zone, so that UTC is assumed: deployment_1.json:1"
    ]
    for bad in (
        "<script>alert(1)</script>",
        "<IMG src=x>",
        "\x1b[31m",
        {"a": ["</a>"]},
        {"<svg/onload=x>": 1},
    ):
        put(tmp_path, DEPLOYED, {**DEPLOYED, "date": "03.11.2025 22:24 Uhr", "changes": bad})
        made = asked(tmp_path)
        (it,) = [a for a in made.aspects if a.near]
        assert made.verdict is Verdict.CONFORM and it.actual
        assert EN.plain(it.actual) == "deployment_1.json:1 in changes"
    put(tmp_path, DEPLOYED, {**DEPLOYED, "date": "03.11.2025 22:24 Uhr", "by": "Jo <jo@example.org>, a < b"})
    assert not any(a.near for a in asked(tmp_path).aspects)


def test_two_deployments_of_a_day_are_two(tmp_path: Path) -> None:
    day = {**DEPLOYED, "date": "02.11.2025"}
    assert asked(put(tmp_path, day, day)).verdict is Verdict.CONFORM


def test_a_name_with_a_line_break_hides_nothing(tmp_path: Path) -> None:
    put(tmp_path, at(8))
    (tmp_path / "deployment_\n9999999999 etc").write_text("{}")
    assert list(wrong(asked(tmp_path, "*"))) == ["readable"]


def test_a_folder_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    put(tmp_path / "real", at(8))
    (tmp_path / "ledger").symlink_to("real")
    assert asked(tmp_path / "ledger").verdict is Verdict.CONFORM


@pytest.mark.parametrize(
    ("field", "value", "changes"),
    [
        ("changes_made", ["symlink", "migrations"], ("symlink", "migrations")),
        (
            "Änderungen",
            {"symlink": True, "migrations": False, "caches": "none", "fpm": "reloaded"},
            ("symlink", "fpm"),
        ),
        ("changes", "NONE", ()),
        ("changes", "The config was replaced.", ("The config was replaced.",)),
        ("changes", [{"name": "symlink"}, 7, None, ["deep"]], ("symlink", "7")),
        ("changes", ["x"] * 50, ("x",) * 10),
        ("changes", None, ()),
    ],
)
def test_what_was_changed_is_said(tmp_path: Path, field: str, value: Any, changes: tuple[str, ...]) -> None:
    assert understood({field: value}, "x:1").changes == changes
    made = asked(put(tmp_path, {**DEPLOYED, field: value}), last="success")
    last = next(a for a in made.aspects if a.name and a.name.id == "last deployment")
    assert last.actual is not None
    assert ("changed" in EN.plain(last.actual)) is bool(changes)


@pytest.mark.parametrize(
    ("action", "more", "deployment"),
    [
        ("deploy", {}, True),
        ("PROD-FIX Deployment", {}, True),
        ("", {}, True),
        ("Auslieferung", {}, True),
        ("hotfix", {}, True),
        ("ausgespielt", {"release": "20251101"}, True),
        ("ausgespielt", {}, False),
        ("release", {}, True),
        ("release decision", {"release": "20251101"}, False),
        ("PROD-DEPLOY FREIGEGEBEN", {"commit": "4144baac"}, False),
        ("pre-deploy backup", {}, False),
        ("post-deploy smoke test", {"commit": "4144baac"}, False),
        ("rollback", {"release": "20251031"}, False),
        ("restore of the database", {}, False),
        ("preflight", {}, False),
    ],
)
def test_only_a_deployment_hides_one_that_failed(
    tmp_path: Path, action: str, more: dict[str, str], deployment: bool
) -> None:
    failed = {**DEPLOYED, "success": False}
    newer = {**DEPLOYED, "date": "2025-11-02T09:00:00Z", "type": action, **more}
    made = asked(put(tmp_path, failed, newer), last="success", requires=["result"])
    assert (made.verdict is Verdict.CONFORM) is deployment


def test_after_a_rollback_the_ledger_says_that_the_older_release_is_live() -> None:
    entries = [
        {**DEPLOYED, "date": f"2025-11-0{day}T08:00:00Z", "type": action, "release": release}
        for day, action, release in ((3, "rollback", "one"), (2, "deploy", "two"), (1, "deploy", "one"))
    ]
    raw = [{"file": f"{n}.json", "line": 1, "entry": entry, "error": None} for n, entry in enumerate(entries)]
    newest = last_success(raw, None)
    assert isinstance(newest, Entry) and (newest.release, newest.rollback) == ("one", True)


def test_the_remedy_is_for_what_is_wrong(tmp_path: Path) -> None:
    put(tmp_path, {**DEPLOYED, "success": False})
    said = {
        name: str(asked(tmp_path, requires=["result"], **more).remedy)
        for name, more in (("last", {"last": "success"}), ("preflight", {"preflight": "24h"}))
    }
    assert "deploy again" in said["last"] and "docgen preflight" in said["preflight"]
    assert asked(tmp_path, requires=["backup"]).remedy is None  # the kind's own


def test_a_time_stands_once_whatever_was_done_then(tmp_path: Path) -> None:
    made = asked(put(tmp_path, DEPLOYED, {**PREFLIGHT, "timestamp": "2025-11-02T08:00:00Z"}))
    assert list(wrong(made)) == ["times"]


def test_a_result_without_a_word_is_none(tmp_path: Path) -> None:
    made = asked(put(tmp_path, {**DEPLOYED, "success": {"code": 0}}))
    assert "'fields': 'result'" in wrong(made)["fields"]
    assert asked(put(tmp_path, {**DEPLOYED, "success": {"status": "ok"}})).verdict is Verdict.CONFORM


def test_the_last_deployment_says_that_its_zone_is_assumed(tmp_path: Path) -> None:
    made = asked(put(tmp_path, {**DEPLOYED, "date": "2025-11-03T22:24:00"}), last="success")
    (last,) = [a for a in made.aspects if a.name and a.name.id == "last deployment"]
    assert last.actual and "2025-11-03 22:24 UTC (it names no zone; taken as UTC)" in EN.plain(last.actual)
