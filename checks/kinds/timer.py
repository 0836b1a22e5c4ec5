"""``timer``: a timer of systemd is armed, has run in time, and what it started went well."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import AfterValidator

from checks.kinds.interface import Facts, Kind, Params, aspect, judgement, undetermined
from checks.kinds.service import enabled, unit_name
from checks.model import Aspect, Judgement, Message, Observation, Probe, code, msg, probe
from checks.units import Duration


def _timer(value: str) -> str:
    name = unit_name(value)
    if name.endswith((".service", ".socket", ".target")):
        raise ValueError("expected the name of a timer, such as backup or backup.timer")
    return name if name.endswith(".timer") else f"{name}.timer"


class Timer(Params):
    unit: Annotated[str, AfterValidator(_timer)]
    """The timer, with or without `.timer`."""
    max_age: Duration | None = None
    """How long ago it may have run last, such as `26h`."""
    enabled: bool | None = None
    """``true``: it should start by itself with the machine. ``false``: it should not."""
    succeeded: bool = True
    """Whether the last run must have gone well. ``false``: it does not matter."""


def probes(p: Timer) -> dict[str, Probe]:
    return {"unit": probe("timer", unit=p.unit)}


def soll(p: Timer) -> Message:
    return msg("timer {unit:code} is armed", unit=p.unit)


def judge(p: Timer, facts: Facts) -> Judgement:
    seen = facts["unit"].value
    armed = msg("armed")
    if seen["load"] == "not-found":
        return judgement(aspect(None, armed, msg("no such unit"), False), observation=Observation.ABSENT)
    if not seen["active"]:
        said = code(seen["said"]) if seen["said"] else msg("nothing was said")
        reason = msg("systemd did not answer for {unit:code}: {said}", unit=p.unit, said=said)
        return undetermined(reason, Observation.ERROR)
    is_armed = seen["active"] == "active" and seen["sub"] != "elapsed"
    words = {"inactive": msg("stopped"), "failed": msg("failed"), "active": msg("will not run again")}
    actual = armed if is_armed else words.get(seen["active"]) or code(seen["active"])
    return judgement(aspect(None, armed, actual, is_armed), *_runs(p, seen))


def _runs(p: Timer, seen: dict[str, Any]) -> Iterator[Aspect]:
    """When it ran last and how that went, and whether it starts by itself."""
    if p.max_age is not None:
        yield _age(p.max_age, seen)
    if p.succeeded and seen["result"]:
        name, well = msg("last run of {unit:code}", unit=seen["unit"]), msg("succeeded")
        if seen["result"] in ("success", "exec-condition"):
            yield aspect(name, well, msg("has not run yet") if seen["last"] == 0 else well, True)
        elif seen["result"] == "not-found":
            yield aspect(name, well, msg("no such unit"), False)
        else:
            failed = msg(
                "failed ({result:code}, exit code {status:code})",
                result=seen["result"],
                status=seen["status"],
            )
            yield aspect(name, well, failed, False)
    if p.enabled is not None:
        yield enabled(seen["enabled"], wanted=p.enabled)


def _age(most: float, seen: dict[str, Any]) -> Aspect:
    name, expected = msg("last run"), msg("at most {age:seconds} ago", age=most)
    if seen["last"] is None:
        return aspect(name, expected, None, None, note=msg("It is not said when the timer ran."))
    if not seen["last"]:
        return aspect(name, expected, msg("never"), False)
    if seen["now"] is None:
        return aspect(name, expected, None, None, note=msg("The host does not tell its time."))
    age = max(0, seen["now"] - seen["last"])
    return aspect(name, expected, msg("{age:seconds} ago", age=age), age <= most)


KIND = Kind(
    name="timer",
    summary="A timer of systemd is armed, ran in time, and the last run went well.",
    why="A timer that is enabled but was never started, or whose job fails each night, looks well in every list of files.",
    params=Timer,
    shorthand="unit",
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=lambda p: msg(
        "See what happened with {look:code}, then arm it: {command:code}",
        look=f"journalctl -u {p.unit.removesuffix('.timer')}",
        command=f"systemctl enable --now {p.unit}",
    ),
    example="timer: {unit: backup, max-age: 26h}",
)
