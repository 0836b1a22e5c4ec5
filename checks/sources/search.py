"""Looking for patterns in what came from outside, before it is redacted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from checks.redact import MASK, Redactor

LONGEST_LINE = 10_000
LONGEST_TEXT = 200
WINDOW = 4_000


def search(text: str, patterns: Iterable[str]) -> dict[str, dict[str, Any] | None]:
    """For each pattern (Python regular expression, line by line, ``^`` and ``$`` at line ends): where it
    first matches, as ``{"line": number from 1, "text": the match}``, and ``"count"`` of lines; else None."""
    lines = text.splitlines()
    found: dict[str, dict[str, Any] | None] = {}
    for pattern in patterns:
        compiled = re.compile(pattern)
        hits = [
            (number, match[0]) for number, line in enumerate(lines, 1) if (match := first(compiled, line))
        ]
        found[pattern] = None
        if hits:
            number, match_ = hits[0]
            shown = kept(match_, lines[number - 1], text)
            found[pattern] = {"line": number, "text": shown, "count": len(hits)}
    return found


def kept(found: str, line: str, text: str) -> str:
    """`found`, unless it is a secret: which may show only by its `line`, or by the lines of `text` around it,
    because a pattern can leave out the name in front."""
    redactor = Redactor()
    clean = found in redactor.text(line) and ("PRIVATE KEY" not in text or found in redactor.text(text))
    return found[:LONGEST_TEXT] if clean else MASK


def first(pattern: re.Pattern[str], line: str) -> re.Match[str] | None:
    """Where `pattern` first matches in `line`. A very long line is searched in overlapping parts, so that the
    time stays in proportion to its length; a match in it may be up to 1,000 characters long."""
    if len(line) <= LONGEST_LINE:
        return pattern.search(line)
    for start in range(0, len(line), WINDOW // 2):
        end = min(start + WINDOW, len(line))
        match = pattern.search(line, start, end)
        # What touches the end of a part may only seem to end there; the next part has it inside.
        if match and (match.end() < end or match.start() < start + WINDOW // 2 or end == len(line)):
            return match
    return None
