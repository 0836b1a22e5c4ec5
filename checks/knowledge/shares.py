"""Shares of a whole, and amounts that may be one: ``85%``; ``5G`` or ``10%``."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from checks.units import octets

_AMOUNT = r"^\d+(\.\d+)?\s*(%|[kKMGTP]?i?B?)$"


def percent(value: Any) -> int:
    """Per cent from ``"85%"`` or 85. Raises ValueError."""
    match = re.fullmatch(r"(\d{1,3})\s*%?", str(value)) if not isinstance(value, bool) else None
    if not match or int(match[1]) > 100:
        raise ValueError("expected a share such as 85%")
    return int(match[1])


def amount(value: Any) -> str:
    """``"10%"`` as it is, and a size as its number of bytes. Raises ValueError."""
    if isinstance(value, str) and value.rstrip().endswith("%"):
        return f"{percent(value)}%"
    try:
        size = octets(value)
    except ValueError:
        size = -1
    if size < 0:
        raise ValueError("expected a size such as 5G, or a share such as 10%")
    return str(size)


def share(part: int, rest: int, *, up: bool) -> int:
    """What per cent `part` is of itself and `rest`, rounded up or down."""
    total = max(1, part + rest)
    return -(-100 * part // total) if up else 100 * part // total


Percent = Annotated[
    int,
    BeforeValidator(percent),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string", "pattern": r"^\d{1,3}\s*%$"}]}),
]
"""Per cent; written ``85%``."""

Amount = Annotated[
    str,
    BeforeValidator(amount),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string", "pattern": _AMOUNT}]}),
]
"""A size, or a share of the whole; written ``5G`` or ``10%``."""
