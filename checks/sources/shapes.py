"""What an answer of an API may say, and is checked to say, before it is believed."""

from __future__ import annotations

from typing import Any

from checks.sources.api import listed


def objects(data: Any, key: str) -> list[dict[str, Any]]:
    """What of the list under `key` of an answer is an object. Raises :class:`NoAnswer` where there is none."""
    return [one for one in listed(data, key) if isinstance(one, dict)]


def text(value: Any) -> str:
    """`value`, if it is a text, and not more of it than is kept."""
    return value[:500] if isinstance(value, str) else ""


def number(value: Any) -> int:
    """`value`, if it is a whole number; else 0."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def name_of(environment: Any) -> str:
    """The name of the `environment` of an answer, "" if it has none."""
    return text(environment.get("name")) if isinstance(environment, dict) else ""
