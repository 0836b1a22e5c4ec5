"""``service``: a unit runs (or does not), and starts by itself (or does not)."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from checks.kinds.interface import Facts, Kind, Params, aspect, judgement, undetermined
from checks.model import Aspect, Judgement, Message, Observation, Probe, code, msg, probe

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9:_.@\\+-]{0,254}")


def unit_name(value: str) -> str:
    """`value` if it is the name of one unit. Raises ValueError."""
    if not NAME.fullmatch(value):
        raise ValueError("expected the name of a unit, such as nginx or php8.3-fpm.service")
    if value.partition(".")[0].endswith("@"):
        raise ValueError("expected an instance, such as worker@1.service; a template does not run by itself")
    return value


UnitName = Annotated[str, AfterValidator(unit_name)]


class Service(Params):
    unit: UnitName
    """The unit, such as `nginx` or `php8.3-fpm.service`; without an ending it is a service."""
    state: Literal["running", "stopped"] = "running"
    """Whether it should run."""
    enabled: bool | None = None
    """``true``: it should start by itself with the machine. ``false``: it should not."""


_MISSING = msg("Install the service, or correct the name of the unit in the spec.")


def probes(p: Service) -> dict[str, Probe]:
    return {"unit": probe("service", unit=p.unit)}


def soll(p: Service) -> Message:
    if p.state == "running":
        return msg("service {unit:code} is running", unit=p.unit)
    return msg("service {unit:code} is stopped", unit=p.unit)


def judge(p: Service, facts: Facts) -> Judgement:
    seen = facts["unit"].value
    silent = seen.get("silent")
    if seen["by"] is None or (silent is not None and not exists(seen)):
        # systemctl is there and told nothing: that no init script has the name does not prove that no unit has.
        said = silent or seen["said"]
        reason = msg(
            "Nobody who could know answered for {unit:code}, neither systemd nor an init script: {said}",
            unit=p.unit,
            said=code(said) if said else msg("nothing was said"),
        )
        return undetermined(reason, Observation.ERROR)
    expected = msg("running") if p.state == "running" else msg("stopped")
    if not exists(seen):
        missing = aspect(None, expected, msg("no such unit"), p.state == "stopped")
        return judgement(missing, observation=Observation.ABSENT, remedy=_MISSING)
    actual, runs = state(seen)
    if runs is None:
        said = seen["said"] or "–"
        reason = msg("What was said of {unit:code} tells no state: {said:code}", unit=p.unit, said=said)
        return undetermined(reason, Observation.MALFORMED)
    right = runs is (p.state == "running")
    # It does not run, but nobody stopped it.
    own = aspect(None, expected, actual, right, near=right and seen.get("active") == "failed")
    rest = [] if p.enabled is None else [enabled(seen["enabled"], wanted=p.enabled)]
    return judgement(own, *rest, remedy=_other_remedy(p, seen, right))


def exists(seen: dict[str, Any]) -> bool:
    """Whether the answer of the ``service`` verb is about a unit that there is."""
    if seen["by"] in ("service", "rc-service"):
        missing = re.search("unrecognized service|does not exist|not found", seen["said"])
        return seen["status"] == 0 or not missing
    return seen["load"] != "not-found" or seen["active"] in ("active", "reloading", "activating")


def state(seen: dict[str, Any]) -> tuple[Message, bool | None]:
    """The state in words, and whether that is running; None where the answer does not tell."""
    if seen["by"] in ("service", "rc-service"):
        status = seen["status"]
        if re.search(r"(?i)\busage:", seen["said"]) or status not in (0, 1, 2, 3, 32):
            return msg("unknown"), None
        if status in (1, 2, 32):
            return msg("died"), False
        return (msg("running"), True) if status == 0 else (msg("stopped"), False)
    active, sub = seen["active"], seen["sub"]
    if active in ("active", "reloading", "refreshing"):
        return (msg("running") if sub in ("", "running") else code(f"{active} ({sub})")), True
    if active == "failed" and seen["result"] not in ("", "success"):
        return msg("failed ({result:code})", result=seen["result"]), False
    words = {"inactive": msg("stopped"), "failed": msg("failed")}
    if seen["load"] == "masked":
        return msg("masked"), False
    return words.get(active) or code(f"{active} ({sub})" if sub else active), False


def enabled(word: str, *, wanted: bool) -> Aspect:
    """Whether a unit starts by itself, from systemd's word for it."""
    name = msg("starts with the machine")
    expected = msg("yes") if wanted else msg("no")
    if not word or word == "not-found":
        return aspect(name, expected, None, None, note=msg("The init system does not say whether it does."))
    if word in ("enabled", "alias"):
        return aspect(name, expected, msg("yes"), wanted)
    if word in ("static", "indirect", "generated"):
        note = msg("Such a unit is started by others, as it has nothing to enable.")
        return aspect(name, expected, code(word), not wanted, note=note)
    if word == "disabled":
        return aspect(name, expected, msg("no"), not wanted)
    # masked, bad, enabled-runtime (until the next restart), linked, transient: not with the machine
    return aspect(name, expected, code(word), not wanted)


def _other_remedy(p: Service, seen: dict[str, Any], met: bool) -> Message | None:
    """What is to be done where it is not a matter of starting or stopping it."""
    enable = f"systemctl {'enable' if p.enabled else 'disable'} {p.unit}"
    if met and p.enabled:
        return msg("Have it start with the machine: {command:code}", command=enable)
    if met and p.enabled is False:
        return msg("Do not have it start with the machine: {command:code}", command=enable)
    if p.state == "running" and seen["load"] == "masked":
        unmask = f"systemctl unmask {p.unit}"
        return msg("It was masked on purpose; see why, then {command:code} and start it.", command=unmask)
    return None


def remedy(p: Service) -> Message:
    if p.state == "stopped":
        stop = f"systemctl {'disable --now' if p.enabled is False else 'stop'} {p.unit}"
        return msg("Stop it: {command:code}", command=stop)
    start = f"systemctl {'enable --now' if p.enabled else 'start'} {p.unit}"
    return msg(
        "See why it is down with {look:code}, then start it: {command:code}",
        look=f"systemctl status {p.unit}",
        command=start,
    )


KIND = Kind(
    name="service",
    summary="A service runs, and starts by itself with the machine.",
    why="A service that was started by hand is gone after the next restart, and one that has failed often "
    "leaves everything else looking well.",
    params=Service,
    shorthand="unit",
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=remedy,
    example="service: {unit: nginx, enabled: true}",
)
