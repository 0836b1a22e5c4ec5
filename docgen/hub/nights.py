"""How it was: one small record a run, what changed from one to the next, and that none was altered since."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, NamedTuple

from checks.model import Light, Message, Report, Status, nmsg

SCHEMA = "docgen/night/v1"
SHOWN = 90
"""Nights that are shown, and kept."""
MOST = 360
"""Records that are kept, where there are several runs a day."""
FOLDER = "nights"
FINE = (Status.OK, Status.NOT_APPLICABLE, Status.WAIVED)
"""The statuses of a check that nobody has to look at."""
_FILE = re.compile(r"(\d{4}-\d\d-\d\d)T\d{6}Z\.json")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[0-9.]*Z")


class Night(NamedTuple):
    """``lights`` are those of the environments as a whole, ``statuses`` those of the checks by their ids. ``before`` is
    the SHA-256 of the record of the run before; ``sha256`` that of this one as it is kept."""

    collected_at: str
    snapshot: str
    lights: Mapping[str, Light]
    statuses: Mapping[str, Status]
    before: str | None = None
    sha256: str = ""

    @property
    def day(self) -> str:
        return self.collected_at[:10]

    @property
    def name(self) -> str:
        """Its name, which sorts by time: ``2025-11-01T225100Z``."""
        return f"{self.collected_at.split('.')[0].replace(':', '').rstrip('Z')}Z"

    @property
    def file(self) -> str:
        """Its name in the hub."""
        return f"{FOLDER}/{self.name}.json"


class Change(NamedTuple):
    """``before`` None: it is new; ``after`` None: it is no longer declared."""

    id: str
    before: Status | None
    after: Status | None


class Link(StrEnum):
    """How a record stands to the one before it: the ``first`` that is kept; it ``follows`` one that is there, byte for byte;
    ``unlinked``: it names none; ``broken``: the one that it names is not there, or not as it was."""

    FIRST = "first"
    FOLLOWS = "follows"
    UNLINKED = "unlinked"
    BROKEN = "broken"


class Period(NamedTuple):
    """A check had one ``status`` in so many ``runs``, from the ``first`` to the ``last``."""

    status: Status
    first: Night
    last: Night
    runs: int


def of(report: Report, kept: Sequence[Night] = ()) -> Night:
    """The record of `report`, behind those that are `kept`."""
    night = Night(
        report.collected_at,
        report.snapshot_sha256,
        {one.name: one.overall for one in report.environments},
        {one.id: one.status for one in report.results()},
        kept[-1].sha256 if kept else None,
    )
    return night._replace(sha256=_digest(dump(night)))


def dump(night: Night) -> bytes:
    """`night` as it is kept."""
    body = {
        "schema": SCHEMA,
        "collected_at": night.collected_at,
        "snapshot": night.snapshot,
        "before": night.before,
        "environments": {name: light.value for name, light in night.lights.items()},
        "checks": {id_: status.value for id_, status in night.statuses.items()},
    }
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.encode(errors="backslashreplace") + b"\n"


def parse(raw: bytes) -> Night | None:
    """The night in `raw`; None where it is none."""
    try:
        body: Any = json.loads(raw)
        before = body.get("before")
        if body["schema"] != SCHEMA or not _MOMENT.fullmatch(body["collected_at"]):
            return None
        date.fromisoformat(body["collected_at"][:10])
        return Night(
            str(body["collected_at"]),
            str(body["snapshot"]),
            {str(name): Light(light) for name, light in body["environments"].items()},
            {str(id_): Status(status) for id_, status in body["checks"].items()},
            None if before is None else str(before),
            _digest(raw),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def kept(folder: Path, until: str = "9999-12-31") -> list[Path]:
    """The records in `folder` that stay, the oldest first: those of the last :data:`SHOWN` days, at most :data:`MOST`. The
    last day is the newest that is not after `until` (ISO): a run by a clock that was ahead must not push out the others."""
    files = sorted(one for one in folder.glob("*.json") if _FILE.fullmatch(one.name))
    last = max((day for one in files if (day := one.name[:10]) <= until[:10]), default=None)
    if last is None:
        return files[-MOST:]
    first = (date.fromisoformat(last) - timedelta(days=SHOWN - 1)).isoformat()
    return [one for one in files if one.name[:10] >= first][-MOST:]


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def changes(before: Night | None, after: Night) -> list[Change]:
    """The checks whose status is another, the worst that is new first."""
    return compared(before.statuses, after.statuses) if before else []


def compared(before: Mapping[str, Status], after: Mapping[str, Status]) -> list[Change]:
    """The checks, by their ids, whose status is another, the worst that is new first."""
    found = [
        Change(id_, before.get(id_), after.get(id_))
        for id_ in {**before, **after}
        if before.get(id_) is not after.get(id_)
    ]
    return sorted(found, key=lambda c: c.after.rank if c.after else len(Status))


def sums(changed: Sequence[Change]) -> list[Message]:
    """How many changes of which sort; each change counts once."""
    sorts = [_sort(one) for one in changed]
    n = {name: sorts.count(name) for name in dict.fromkeys(sorts)}
    told = [
        nmsg("{n} newly not met", "{n} newly not met", n=n.get("fail", 0)),
        nmsg("{n} no longer reached", "{n} no longer reached", n=n.get("pending", 0)),
        nmsg("{n} no longer determined", "{n} no longer determined", n=n.get("unknown", 0)),
        nmsg("{n} new warning", "{n} new warnings", n=n.get("warn", 0)),
        nmsg("{n} new exception", "{n} new exceptions", n=n.get("waived", 0)),
        nmsg("{n} resolved", "{n} resolved", n=n.get("ok", 0)),
        nmsg("{n} down to a warning", "{n} down to a warning", n=n.get("better", 0)),
        nmsg("{n} new check", "{n} new checks", n=n.get("new", 0)),
        nmsg("{n} no longer declared", "{n} no longer declared", n=n.get("gone", 0)),
    ]
    return [said for said in told if said.params["n"]]


def _sort(change: Change) -> str:
    if change.after is None:
        return "gone"
    if change.after is Status.FAIL:
        return "fail"
    if change.before is None:
        return "new"
    if change.after is Status.WARN:
        return "warn" if change.before in FINE else "better"
    return "ok" if change.after in (Status.OK, Status.NOT_APPLICABLE) else change.after.value


def chain(nights: Sequence[Night]) -> list[Link]:
    """How each of `nights` (the oldest first) stands to those before it. What was altered, or taken out, shows in the
    record behind it; for the newest only whoever noted its digest can tell."""
    found, there = [], set[str]()
    for night in nights:
        if not there:
            found.append(Link.FIRST)
        elif night.before is None:
            found.append(Link.UNLINKED)
        else:
            found.append(Link.FOLLOWS if night.before in there else Link.BROKEN)
        there.add(night.sha256)
    return found


def missed(before: Night, after: Night) -> list[str]:
    """The days between two runs on which there was none."""
    start, end = date.fromisoformat(before.day), date.fromisoformat(after.day)
    return [(start + timedelta(days=n)).isoformat() for n in range(1, (end - start).days)]


def periods(nights: Sequence[Night], id: str) -> list[Period]:
    """Since when the check `id` has been as it is, and how it was before, the newest first. `nights`: the oldest first. A
    run that did not know the check ends what was before it."""
    found: list[Period | None] = []
    for night in nights:
        status, last = night.statuses.get(id), found[-1] if found else None
        if status is None:
            found.append(None)
        elif last is not None and last.status is status:
            found[-1] = last._replace(last=night, runs=last.runs + 1)
        else:
            found.append(Period(status, night, night, 1))
    return [one for one in reversed(found) if one is not None]


Lack = Literal["before", "none", "absent"]
"""Why a day has no value: docgen was not there yet, there was no run, or the run knew of no such check."""
Day = tuple[str, Night | Literal["before"] | None]
"""A day (ISO) with its last run: None where there was none, ``before`` where docgen was not there yet."""


def calendar(nights: Iterable[Night], last: str) -> list[Day]:
    """The days up to `last` (ISO), each with its last run."""
    runs = {night.day: night for night in sorted(nights, key=lambda n: n.collected_at)}
    first = min(runs, default=last)
    end = date.fromisoformat(last)
    days = [(end - timedelta(days=n)).isoformat() for n in range(SHOWN - 1, -1, -1)]
    return [(day, "before" if day < first else runs.get(day)) for day in days]


Value = Light | Status


def strip(days: Sequence[Day], value: Callable[[Night], Value | None]) -> list[tuple[str, Value | Lack]]:
    """`days` with the `value` of each run, or why there is none."""
    found: list[tuple[str, Value | Lack]] = []
    known = False
    for day, night in days:
        its = value(night) if isinstance(night, Night) else None
        known = known or its is not None
        lack: Lack = "none" if night is None else "absent"
        found.append((day, its if its is not None else lack if known else "before"))
    return found
