"""How it was: one small record a run, and what changed from one to the next. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from checks.model import Light, Report, Status

SCHEMA = "docgen/night/v1"
SHOWN = 90
"""Nights that are shown, and kept."""
FOLDER = "nights"


class Night(NamedTuple):
    """``lights`` are those of the environments as a whole, ``statuses`` those of the checks by their ids."""

    collected_at: str
    snapshot: str
    lights: Mapping[str, Light]
    statuses: Mapping[str, Status]

    @property
    def day(self) -> str:
        return self.collected_at[:10]

    @property
    def file(self) -> str:
        """Its name in the hub."""
        return f"{FOLDER}/{self.collected_at.split('.')[0].replace(':', '').rstrip('Z')}Z.json"


class Change(NamedTuple):
    """``before`` None: it is new; ``after`` None: it is no longer declared."""

    id: str
    before: Status | None
    after: Status | None


def of(report: Report) -> Night:
    """The record of `report`."""
    return Night(
        report.collected_at,
        report.snapshot_sha256,
        {one.name: one.overall for one in report.environments},
        {one.id: one.status for one in report.results()},
    )


def dump(night: Night) -> bytes:
    """`night` as it is kept."""
    body = {
        "schema": SCHEMA,
        "collected_at": night.collected_at,
        "snapshot": night.snapshot,
        "environments": {name: light.value for name, light in night.lights.items()},
        "checks": {id_: status.value for id_, status in night.statuses.items()},
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode() + b"\n"


def parse(raw: bytes) -> Night | None:
    """The night in `raw`; None where it is none."""
    try:
        body: Any = json.loads(raw)
        if body["schema"] != SCHEMA:
            return None
        return Night(
            str(body["collected_at"]),
            str(body["snapshot"]),
            {str(name): Light(light) for name, light in body["environments"].items()},
            {str(id_): Status(status) for id_, status in body["checks"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def changes(before: Night | None, after: Night) -> list[Change]:
    """The checks whose status is another, the worst that is new first."""
    if before is None:
        return []
    ids = {**before.statuses, **after.statuses}
    found = [
        Change(id_, before.statuses.get(id_), after.statuses.get(id_))
        for id_ in ids
        if before.statuses.get(id_) is not after.statuses.get(id_)
    ]
    return sorted(found, key=lambda c: c.after.rank if c.after else len(Status))


def strip(nights: Iterable[Night], environment: str, last: str) -> list[tuple[str, Light | str | None]]:
    """The days up to `last` (ISO), with the light of the last run of each: None where there was no run, ``before`` where
    docgen was not there yet."""
    lights = {
        night.day: night.lights.get(environment) for night in sorted(nights, key=lambda n: n.collected_at)
    }
    known = [day for day, light in lights.items() if light is not None]
    first = min(known, default=last)
    end = date.fromisoformat(last)
    days = [(end - timedelta(days=n)).isoformat() for n in range(SHOWN - 1, -1, -1)]
    return [(day, "before" if day < first else lights.get(day)) for day in days]
