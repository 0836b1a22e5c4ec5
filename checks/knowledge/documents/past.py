"""Documents about the past: an incident, a completion report, a changelog. They are held against their own time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

_DATED = re.compile(r"(?<!\d)(20\d\d)([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d)")
_NAMES = re.compile(
    r"(?:^|[-_./])(?:change-?log|changes|history|news|release[-_]?notes?|releases|incidents?|post-?mortems?|retrospectives?"
    r"|what(?:s|-is)-new|vorfall|vorfaelle|vorfälle|protokoll|archive|archiv|adrs?|decisions|entscheidungen)(?:$|[-_./])",
    re.IGNORECASE,
)
_KINDS = re.compile(
    r"incident|post-?mortem|report|changelog|completion|release|vorfall|bericht|protokoll|past", re.IGNORECASE
)
_VERSION = re.compile(r"/(?:v?\d+\.\d+(?:\.\w+)?|version-\d[\w.-]*)/")
EVER = 0
"""About the past, and it does not say when."""
DAY = 86400


def when(path: str, front: Mapping[str, str], declared: bool | None = None) -> int | None:
    """The beginning of the day (UTC, seconds since the epoch) that the document `path` is about; :data:`EVER` where it is
    about the past and names no day; None where it is about today. ``declared`` is what the spec says."""
    if declared is False:
        return None
    name = path.rpartition("/")[2]
    kind = " ".join(front.get(key, "") for key in ("kind", "type", "category", "art", "typ"))
    for text in (front.get("date", ""), front.get("datum", ""), front.get("timestamp", ""), name):
        if match := _DATED.search(text):
            return _begin(match)
    named = _NAMES.search(name.rpartition(".")[0]) or _NAMES.search(f"{path.rpartition('/')[0]}/")
    named = named or _VERSION.search(f"/{path}")
    return EVER if declared or named or _KINDS.search(kind) else None


def _begin(match: re.Match[str]) -> int | None:
    try:
        return int(datetime(int(match[1]), int(match[3]), int(match[4]), tzinfo=UTC).timestamp())
    except ValueError:
        return None
