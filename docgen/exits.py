"""Exit codes: the one table. Help, README and docs are made from it; a run's code comes from its report."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checks.model import Report, Result

OK, DEVIATION, USAGE, UNDETERMINED, INTERNAL, BUSY = 0, 1, 2, 3, 4, 75
HUNG_UP, INTERRUPTED, PIPE, TERMINATED = 129, 130, 141, 143

TABLE = {
    OK: "as it should be (warnings and pending checks alone too, unless --fail-on says otherwise)",
    DEVIATION: "a deviation at or above --fail-on",
    USAGE: "wrong usage, or an invalid spec; nothing was contacted",
    UNDETERMINED: "could not be determined: unreachable, denied, timed out, or nothing checked",
    INTERNAL: "docgen could not do its own work: integrity or write failure, internal error",
    BUSY: "another run holds the lock",
    HUNG_UP: "the terminal was closed",
    INTERRUPTED: "interrupted (Ctrl-C)",
    TERMINATED: "terminated",
}
"""The codes that commands return today, in the words of the help."""

FAIL_ON = {"fail": ("fail",), "pending": ("fail", "pending"), "warn": ("fail", "pending", "warn")}
"""The values of ``--fail-on`` with the statuses that then count as a deviation."""


def of(report: Report, fail_on: str = "fail") -> int:
    """The exit code of a run with `report`."""
    return of_results(report.results(), fail_on)


def of_results(results: list[Result], fail_on: str = "fail") -> int:
    """The exit code for some results. None at all is undetermined: nothing was checked."""
    statuses = {result.status.value for result in results}
    if statuses & set(FAIL_ON[fail_on]):
        return DEVIATION
    if not statuses or "unknown" in statuses:
        return UNDETERMINED
    return OK


def nagios(results: list[Result]) -> int:
    """What Nagios wants instead: 0 in order, 1 a warning, or something is awaited, 2 a deviation, 3 could not be
    determined, or nothing was checked."""
    statuses = {result.status.value for result in results}
    if "fail" in statuses:
        return 2
    if not statuses or "unknown" in statuses:
        return 3
    return 1 if statuses & {"warn", "pending"} else 0


def help_text() -> str:
    """The table as lines for ``--help``."""
    return "\n".join(f"  {code:>3}  {meaning}" for code, meaning in TABLE.items())
