"""Logs of a CI service: which line says what failed."""

from __future__ import annotations

import re

LONGEST = 300
_STAMP = re.compile(r"^\ufeff?\d{4}-\d\d-\d\dT[\d:.]+Z ?")
_NO_REASON = re.compile(
    r"Process completed with exit code|(?:\d{4}/\d\d/\d\d [\d:]+ )?(?:Process exited with status|exit status) \d+$"
)
"""That something failed, as the service and actions that run a script elsewhere say it behind what says why."""


def last_error(log: str) -> str | None:
    """The last line of a `log` of GitHub Actions that says what failed: an error with words of its own, else what was
    printed before the first that has none; None where nothing did."""
    lines = [_STAMP.sub("", line).rstrip() for line in log.splitlines()]
    errors = [n for n, line in enumerate(lines) if line.startswith("##[error]")]
    for n in errors[::-1]:
        said = lines[n].removeprefix("##[error]")
        if not _NO_REASON.match(said):
            return said[:LONGEST]
    for line in reversed(lines[: errors[-1]] if errors else []):
        if line and not line.startswith("##[") and not _NO_REASON.match(line):
            return line[:LONGEST]
    return None
