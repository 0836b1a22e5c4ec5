"""The nights that the hub remembers."""

from __future__ import annotations

import pytest

from checks.model import Light, Status
from docgen.hub import nights
from docgen.hub.nights import Change, Night


def night(day: str, light: Light = Light.GREEN, **statuses: Status) -> Night:
    return Night(f"{day}T01:00:00.000Z", "ab" * 32, {"prod": light}, statuses)


def test_what_is_kept_is_read_again() -> None:
    one = night("2025-11-01", Light.RED, a=Status.FAIL)
    assert nights.parse(nights.dump(one)) == one
    assert one.file == "nights/2025-11-01T010000Z.json"


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{}", b'{"schema": "other"}', b'{"schema": "docgen/night/v1"}', b"\xff"]
)
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
    days = nights.strip(kept, "prod", "2025-11-01")
    assert len(days) == nights.SHOWN
    assert days[-3:] == [("2025-10-30", Light.RED), ("2025-10-31", None), ("2025-11-01", Light.YELLOW)]
    assert days[-4] == ("2025-10-29", "before") and days[0] == ("2025-08-04", "before")
