"""The nights that the hub remembers."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.model import Light, Status
from docgen.hub import nights
from docgen.hub.nights import Change, Link, Night
from docgen.hub.past import Past
from docgen.hub.strips import strip
from docgen.i18n import Translator


def night(day: str, light: Light = Light.GREEN, before: str | None = None, **statuses: Status) -> Night:
    made = Night(f"{day}T01:00:00.000Z", "ab" * 32, {"prod": light}, statuses, before)
    kept = nights.parse(nights.dump(made))
    assert kept is not None and kept._replace(sha256="") == made, "what is kept is read again"
    return kept


def chained(*days: str) -> list[Night]:
    made: list[Night] = []
    for day in days:
        made.append(night(day, before=made[-1].sha256 if made else None, a=Status.OK))
    return made


def test_a_record_has_a_name_that_sorts() -> None:
    assert night("2025-11-01").file == "nights/2025-11-01T010000Z.json"


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"[]", b"{}", b'{"schema": "other"}', b'{"schema": "docgen/night/v1"}', b"\xff",
        b'{"schema": "docgen/night/v1", "collected_at": "../x", "snapshot": "", "environments": {}, "checks": {}}',
        b'{"schema": "docgen/night/v1", "collected_at": "2025-13-01T00:00:00Z", "snapshot": "", "environments": {},'
        b' "checks": {}}',
    ],
)  # fmt: skip
def test_what_is_none_is_none(raw: bytes) -> None:
    assert nights.parse(raw) is None


def test_what_changed_the_worst_first() -> None:
    before = night("2025-11-01", a=Status.OK, b=Status.FAIL, gone=Status.OK, same=Status.OK)
    after = night("2025-11-02", a=Status.FAIL, b=Status.OK, new=Status.PENDING, same=Status.OK)
    assert nights.changes(before, after) == [
        Change("a", Status.OK, Status.FAIL),
        Change("new", None, Status.PENDING),
        Change("b", Status.FAIL, Status.OK),
        Change("gone", Status.OK, None),
    ]
    assert nights.changes(None, after) == []


def test_ninety_nights_with_those_that_are_missing() -> None:
    kept = [night("2025-10-30"), night("2025-10-30", Light.RED), night("2025-11-01", Light.YELLOW)]
    days = nights.strip(nights.calendar(kept, "2025-11-01"), lambda one: one.lights.get("prod"))
    assert len(days) == nights.SHOWN
    assert days[-3:] == [("2025-10-30", Light.RED), ("2025-10-31", "none"), ("2025-11-01", Light.YELLOW)]
    assert days[-4] == ("2025-10-29", "before") and days[0] == ("2025-08-04", "before")


def test_a_strip_says_in_words_what_it_shows_in_shapes() -> None:
    kept = [
        night("2025-10-28"),
        night("2025-10-29", a=Status.FAIL),
        night("2025-10-31", a=Status.OK),
        night("2025-11-01"),
        night("2025-11-02", a=Status.UNKNOWN),
    ]
    t = Translator("en")
    made = strip(nights.calendar(kept, "2025-11-02"), lambda one: one.statuses.get("a"))
    assert [t.plain(one) for one in made.sums] == [
        "1 met", "1 not met", "1 could not be determined", "1 not declared", "1 run missing",
        "85 before the introduction",
    ]  # fmt: skip
    told = [(one.day, t.plain(one.said), one.run) for one in made.told]
    assert told == [
        ("2025-11-02", "Could not be determined", "2025-11-02T010000Z"),
        ("2025-11-01", "not declared", "2025-11-01T010000Z"),
        ("2025-10-30", "no run", None),
        ("2025-10-29", "Not met", "2025-10-29T010000Z"),
    ]
    paths = dict(made.paths)
    assert paths["ok"] == "M870 35h8", "one bar, low"
    assert paths["fail"].startswith("M850 4h8v36"), "high, and notched"
    assert set(paths) == {"ok", "fail", "unknown", "absent", "none", "before"}


def test_nights_that_are_alike_are_one_line() -> None:
    kept = [night(f"2025-11-{n:02}", a=Status.OK) for n in range(1, 31)]
    made = strip(nights.calendar(kept, "2025-11-30"), lambda one: one.statuses.get("a"))
    assert dict(made.paths)["ok"] == "M600 35h298"


def test_since_when_a_check_is_as_it_is() -> None:
    kept = [
        night("2025-10-28", a=Status.OK),
        night("2025-10-29", a=Status.FAIL),
        night("2025-10-31", a=Status.FAIL),
        night("2025-11-01"),
        night("2025-11-02", a=Status.FAIL),
    ]
    found = [(p.status, p.first.day, p.last.day, p.runs) for p in nights.periods(kept, "a")]
    assert found == [
        (Status.FAIL, "2025-11-02", "2025-11-02", 1),
        (Status.FAIL, "2025-10-29", "2025-10-31", 2),
        (Status.OK, "2025-10-28", "2025-10-28", 1),
    ]
    assert nights.periods(kept, "b") == []


def test_the_days_between_two_runs() -> None:
    assert nights.missed(night("2025-10-30"), night("2025-11-02")) == ["2025-10-31", "2025-11-01"]
    assert nights.missed(night("2025-10-30"), night("2025-10-31")) == []


def test_each_record_names_the_one_before() -> None:
    kept = chained("2025-10-30", "2025-10-31", "2025-11-01", "2025-11-02")
    assert nights.chain(kept) == [Link.FIRST, Link.FOLLOWS, Link.FOLLOWS, Link.FOLLOWS]
    assert nights.chain(kept[1:]) == [Link.FIRST, Link.FOLLOWS, Link.FOLLOWS], "the oldest are let go"
    assert nights.chain([kept[0], *kept[2:]]) == [Link.FIRST, Link.BROKEN, Link.FOLLOWS], "one was taken out"
    altered = night("2025-10-31", before=kept[0].sha256, a=Status.FAIL)
    assert nights.chain([kept[0], altered, *kept[2:]]) == [
        Link.FIRST,
        Link.FOLLOWS,
        Link.BROKEN,
        Link.FOLLOWS,
    ]
    between = night("2025-10-31", before=kept[0].sha256, a=Status.WARN)
    assert Link.BROKEN not in nights.chain([kept[0], between, *kept[1:]]), (
        "published late, and nothing altered"
    )
    assert nights.chain([kept[0], night("2025-11-03")]) == [Link.FIRST, Link.UNLINKED]
    assert not Past([kept[0], *kept[2:3]], kept[3]).whole


def test_the_records_of_ninety_days_stay(tmp_path: Path) -> None:
    for day in ("2025-08-03", "2025-08-04", "2025-11-01"):
        for hour in ("01", "13"):
            (tmp_path / f"{day}T{hour}0000Z.json").touch()
    for other in ("x.json", "2025-11-01T010000Z.txt", "9999-99-99T000000Z", "zzz.json"):
        (tmp_path / other).touch()
    assert [one.name[:13] for one in nights.kept(tmp_path)] == [
        "2025-08-04T01", "2025-08-04T13", "2025-11-01T01", "2025-11-01T13",
    ]  # fmt: skip
    for n in range(nights.MOST):
        (tmp_path / f"2025-10-31T{n // 60:02}{n % 60:02}00Z.json").touch()
    assert len(nights.kept(tmp_path)) == nights.MOST
    assert nights.kept(tmp_path / "nothing") == []
