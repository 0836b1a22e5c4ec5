"""The closed vocabularies. Their values are the contract; their order, where it matters, is `rank`."""

from __future__ import annotations

from enum import StrEnum


class Observation(StrEnum):
    """What came of looking. ``absent`` is proven absence; ``denied`` is not absence."""

    OBSERVED = "observed"
    ABSENT = "absent"
    DENIED = "denied"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    MALFORMED = "malformed"
    ERROR = "error"
    NOT_ATTEMPTED = "not_attempted"
    STALE = "stale"


class Verdict(StrEnum):
    CONFORM = "conform"
    DEVIATES = "deviates"
    UNDETERMINED = "undetermined"
    NOT_APPLICABLE = "not_applicable"


class Disposition(StrEnum):
    OPEN = "open"
    WAIVED = "waived"
    WAIVER_EXPIRED = "waiver_expired"
    ATTESTED = "attested"
    ATTESTATION_LAPSED = "attestation_lapsed"


class Status(StrEnum):
    """What people see. Declared from worst to best: a component takes the first that any check has."""

    FAIL = "fail"
    UNKNOWN = "unknown"
    PENDING = "pending"
    WARN = "warn"
    WAIVED = "waived"
    OK = "ok"
    NOT_APPLICABLE = "not_applicable"

    @property
    def rank(self) -> int:
        """0 is worst."""
        return _STATUS_RANK[self]


class Severity(StrEnum):
    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 is most severe."""
        return _SEVERITY_RANK[self]


class Assurance(StrEnum):
    """How well it is known: read in a file, seen in a dry run, seen in a live run. Best last."""

    IMPLEMENTED = "implemented"
    REHEARSED = "rehearsed"
    PROVEN = "proven"


class Light(StrEnum):
    RED = "red"
    GREY = "grey"
    YELLOW = "yellow"
    GREEN = "green"


class Area(StrEnum):
    """The two questions: is what runs healthy, and may we deploy?"""

    OPERATION = "operation"
    DELIVERY = "delivery"


_STATUS_RANK = {status: rank for rank, status in enumerate(Status)}
_SEVERITY_RANK = {severity: rank for rank, severity in enumerate(Severity)}


def worst(statuses: list[Status]) -> Status | None:
    """The worst of `statuses`; None where there are none, because nothing checked is not green."""
    return min(statuses, key=lambda s: s.rank, default=None)
