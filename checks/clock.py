"""The only place that reads the clock; used by sources, never by evaluate or a renderer."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> str:
    """The present as RFC 3339 in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
