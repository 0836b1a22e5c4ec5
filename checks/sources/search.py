"""Looking for patterns in what came from outside, before it is redacted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

LONGEST_LINE = 10_000


def search(text: str, patterns: Iterable[str]) -> dict[str, dict[str, Any] | None]:
    """For each pattern (Python regular expression, line by line, ``^`` and ``$`` at line ends): where it
    first matches, as ``{"line": number from 1, "text": the match}``, and ``"count"`` of lines; else None."""
    lines = [line[:LONGEST_LINE] for line in text.splitlines()]
    found: dict[str, dict[str, Any] | None] = {}
    for pattern in patterns:
        compiled = re.compile(pattern)
        hits = [
            (number, match[0]) for number, line in enumerate(lines, 1) if (match := compiled.search(line))
        ]
        found[pattern] = {"line": hits[0][0], "text": hits[0][1][:200], "count": len(hits)} if hits else None
    return found
