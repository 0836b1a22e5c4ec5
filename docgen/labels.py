"""The words and marks readers see for statuses, lights and assurance. One table for all formats."""

from __future__ import annotations

from checks.model import Assurance, FlowStep, Light, Message, Observation, Result, Severity, Status, msg

STATUS = {
    Status.OK: msg("Met"),
    Status.WARN: msg("Warning"),
    Status.FAIL: msg("Not met"),
    Status.PENDING: msg("Not reached"),
    Status.UNKNOWN: msg("Could not be determined"),
    Status.WAIVED: msg("Exception"),
    Status.NOT_APPLICABLE: msg("Not applicable"),
}
AWAITING = msg("Awaiting approval")
EMOJI = {
    Status.OK: "✅",
    Status.WARN: "⚠️",
    Status.FAIL: "❌",
    Status.PENDING: "⏳",
    Status.UNKNOWN: "❔",
    Status.WAIVED: "🔕",
    Status.NOT_APPLICABLE: "➖",
}
ASCII = {
    Status.OK: "+",
    Status.WARN: "!",
    Status.FAIL: "x",
    Status.PENDING: "=",
    Status.UNKNOWN: "?",
    Status.WAIVED: "o",
    Status.NOT_APPLICABLE: "-",
}
LIGHT = {
    Light.GREEN: msg("In order"),
    Light.YELLOW: msg("Limited"),
    Light.RED: msg("Critical"),
    Light.GREY: msg("Could not be determined"),
}
LIGHT_EMOJI = {Light.GREEN: "🟢", Light.YELLOW: "🟡", Light.RED: "🔴", Light.GREY: "⚪"}
LIGHT_STATUS = {
    Light.GREEN: Status.OK,
    Light.YELLOW: Status.WARN,
    Light.RED: Status.FAIL,
    Light.GREY: Status.UNKNOWN,
}
ASSURANCE = {
    Assurance.IMPLEMENTED: msg("implemented"),
    Assurance.REHEARSED: msg("rehearsed"),
    Assurance.PROVEN: msg("proven"),
}
SEVERITY = {
    Severity.CRITICAL: msg("critical"),
    Severity.HIGH: msg("high"),
    Severity.MEDIUM: msg("medium"),
    Severity.LOW: msg("low"),
}
OBSERVATION = {
    Observation.OBSERVED: msg("observed"),
    Observation.ABSENT: msg("proven absent"),
    Observation.DENIED: msg("access denied"),
    Observation.UNREACHABLE: msg("not reachable"),
    Observation.TIMEOUT: msg("no answer in time"),
    Observation.MALFORMED: msg("answer not understood"),
    Observation.ERROR: msg("error while looking"),
    Observation.NOT_ATTEMPTED: msg("not attempted"),
    Observation.STALE: msg("out of date"),
}
STANDING = {
    "proven": ("proven", msg("works, seen live")),
    "rehearsed": ("rehearsed", msg("rehearsed, not yet seen live")),
    "implemented": ("implemented", msg("implemented, not yet seen to work")),
    "broken": (Status.FAIL, msg("does not work")),
    "held": (Status.PENDING, msg("not reached")),
    "open": (Status.UNKNOWN, msg("open")),
}
"""How the components of a section stand, by the name of the field: a mark and words."""


def status_label(result: Result | FlowStep) -> Message:
    """The status of one result, or of a step, with what belongs to it: until when an exception holds, that an approval is
    open."""
    if isinstance(result, Result) and result.status is Status.WAIVED and result.waived_until:
        if result.waived_day and len(result.waived_day) == 10:
            return msg("Exception until the end of {day:day}", day=result.waived_day)
        return msg("Exception until {until:time}", until=result.waived_until)
    if result.status is Status.PENDING and not result.because:
        return AWAITING
    return STATUS[result.status]


STYLE = {
    Status.OK: "green",
    Status.WARN: "yellow",
    Status.FAIL: "bold red",
    Status.PENDING: "cyan",
    Status.UNKNOWN: "bold",
    Status.WAIVED: "dim",
    Status.NOT_APPLICABLE: "dim",
}

LAYER = {
    "gate": msg("on the folder"),
    "gate-in-workflow": msg("in the workflow"),
    "bundle": msg("in the bundle"),
    "rehearsal": msg("in the rehearsal"),
}
"""Where a layer of a gate looks, by the kind of its check."""
