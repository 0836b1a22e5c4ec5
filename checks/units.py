"""Durations and sizes as people write them: ``26h``, ``1h30m``, ``7d``, ``500ms``; ``10M``, ``1.5 GiB``, ``21 MB``."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d|w)\s*")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:([kKMGTP])?(i)?B?)")
_DURATION_PATTERN = r"^(\d+(\.\d+)?\s*(ms|s|min|m|h|d|w)\s*)+$"
_SIZE_PATTERN = r"^\d+(\.\d+)?\s*[kKMGTP]?i?B?$"


def seconds(value: Any) -> float:
    """Seconds from ``"26h"`` or a number of seconds. Raises ValueError."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        total, end = 0.0, 0
        for part in _DURATION.finditer(value):
            if part.start() != end:
                break
            total, end = total + float(part[1]) * _SECONDS[part[2]], part.end()
        if end and end == len(value):
            return total
    raise ValueError("expected a duration such as 90s, 26h or 7d")


def octets(value: Any) -> int:
    """Bytes from ``"10M"``, ``"21 MB"`` or a number. ``k M G T`` and ``KiB MiB …`` count by 1024,
    ``kB MB GB`` by 1000. Raises ValueError."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and (match := _SIZE.fullmatch(value.strip())):
        decimal = value.rstrip().endswith("B") and not match[3]
        power = " KMGTP".index((match[2] or " ").upper())
        return int(float(match[1]) * (1000 if decimal else 1024) ** power)
    raise ValueError("expected a size such as 500M, 2GiB or 1024")


Duration = Annotated[
    float,
    BeforeValidator(seconds),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "pattern": _DURATION_PATTERN}]}),
]
"""Seconds; written ``90s``, ``26h``, ``7d``."""

Size = Annotated[
    int,
    BeforeValidator(octets),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string", "pattern": _SIZE_PATTERN}]}),
]
"""Bytes; written ``500M``, ``2GiB``, ``1024``."""
