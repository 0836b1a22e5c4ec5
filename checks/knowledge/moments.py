"""Times as people and scripts write them: ISO 8601, German dates, what `date` prints, seconds since the epoch."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

_ZONES = {"UTC": 0, "GMT": 0, "WET": 0, "MEZ": 1, "CET": 1, "MESZ": 2, "CEST": 2}
_ZONE = re.compile(rf"\s*\b({'|'.join(_ZONES)})\b")
_MONTHS = (
    "jan",
    "feb",
    "mar|mär|mrz",
    "apr",
    "may|mai",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct|okt",
    "nov",
    "dec|dez",
)
_CLOCK = r"(\d{1,2}):(\d{2})(?::(\d{2}))?"
_GERMAN = re.compile(rf"(\d{{1,2}})\.(\d{{1,2}})\.(\d{{4}})(?:,?\s+(?:um\s+)?{_CLOCK})?(?:\s*Uhr)?")
_NAMED = re.compile(
    rf"(\d{{1,2}})\.?\s+([^\W\d_]{{3,9}})\.?\s+(\d{{4}})(?:,?\s+(?:um\s+)?{_CLOCK})?(?:\s*Uhr)?"
)
_PRINTED = re.compile(rf"\w{{2,3}}\s+([^\W\d_]{{3}})\s+(\d{{1,2}})\s+{_CLOCK}\s+(\d{{4}})")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})[_T-]?(\d{2})(\d{2})(\d{2})Z?")


def moment(value: Any) -> tuple[datetime | None, bool]:
    """The time that `value` names, in UTC, and whether it says its zone."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None, False
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value / (1000 if value > 1e11 else 1), UTC), True
        return _written(value.strip()[:100])
    except (ValueError, OverflowError, OSError):
        return None, False


def _written(text: str) -> tuple[datetime, bool]:
    zone = _ZONE.search(text)
    bare = _ZONE.sub("", text, count=1).strip()
    made = _named(bare)
    if made is not None:
        return made - timedelta(hours=_ZONES[zone[1]] if zone else 0), bool(zone)
    if match := _COMPACT.fullmatch(bare):
        year, month, day, hour, minute, second = map(int, match.groups())
        made = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        return made, bool(zone) or bare.endswith("Z")
    made = datetime.fromisoformat(bare.replace("Z", "+00:00"))
    if made.tzinfo:
        return made.astimezone(UTC), True
    return made.replace(tzinfo=UTC) - timedelta(hours=_ZONES[zone[1]] if zone else 0), bool(zone)


def _named(text: str) -> datetime | None:
    """The time in a form whose parts stand in another order than in ISO 8601."""
    if (match := _GERMAN.fullmatch(text)) or (match := _NAMED.fullmatch(text)):
        day, month, year, *clock = match.groups()
    elif match := _PRINTED.fullmatch(text):
        month, day, *clock, year = match.groups()
    else:
        return None
    if not month.isdigit():
        known = [n for n, names in enumerate(_MONTHS, 1) if re.match(names, month.lower())]
        month = str(known[0] if known else 0)
    hour, minute, second = (int(part or 0) for part in clock)
    return datetime(int(year), int(month), int(day), hour, minute, second, tzinfo=UTC)


def rfc3339(when: datetime | None) -> str:
    """`when` as RFC 3339."""
    return f"{when:%Y-%m-%dT%H:%M:%SZ}" if when else "–"
