"""``timer`` (unit): what systemd says of a timer and of the service that it starts.

Value: ``{"load", "active", "sub", "enabled", "unit": the service, "result", "status": of its last run, as
systemd puts them, or ""; "last", "next": epoch seconds, 0 for never, null where it is not said; "now": the
host's clock; "said": what was said where nothing could be read}``. All timers of a host are asked for in one
process.
"""

from __future__ import annotations

import re
from calendar import timegm
from collections.abc import Iterator, Sequence
from time import strptime
from typing import Any

from checks.model import Fact, Observation, Probe, msg
from checks.sources.interface import MARK, Answer, Answers, Command, Verb, chunks, decode, fact, unanswered
from checks.sources.verbs.systemctl import LIMITED, SLACK, late, seconds

TIMER = "LoadState,ActiveState,SubState,UnitFileState,Unit,LastTriggerUSec,NextElapseUSecRealtime"
SERVICE = "LoadState,ActiveState,Result,ExecMainStatus"

# TZ: systemctl prints times in the zone of its environment.
SCRIPT = f"""m=$1 w=$2; shift 2
{LIMITED}TZ=UTC; export TZ
printf '%s now %s\\n' "$m" "$(date +%s)"
for u do
printf '\\n%s timer %s\\n' "$m" "$u"
command -v systemctl >/dev/null 2>&1 || continue
o=$(ctl show -p {TIMER} "$u" 2>&1 | head -c 4096)
printf '%s\\n%s is-active\\n%s\\n' "$o" "$m" "$(ctl is-active "$u" 2>&1 | head -c 400)"
case $o in *Unit=?*) s=${{o##*Unit=}}; s=${{s%%
*}};; *) s=${{u%.timer}}.service;; esac
left || {{ printf '%s late\\n' "$m"; continue; }}
case $s in *[!A-Za-z0-9:_.@\\\\-]*|-*) continue;; esac
printf '%s service %s\\n' "$m" "$s"
ctl show -p {SERVICE} "$s" 2>&1 | head -c 4096
left || printf '\\n%s late\\n' "$m"
done"""
_STATES = {"active", "inactive", "failed", "activating", "deactivating", "reloading"}


def commands(probes: Sequence[Probe]) -> list[Command]:
    units = dict.fromkeys(probe.args["unit"] for probe in probes)
    deadline = max(probe.deadline for probe in probes)
    head = ("sh", "-c", SCRIPT, "sh", MARK, str(seconds(deadline)))
    return [Command((*head, *group), deadline=deadline + SLACK) for group in chunks(units)]


def read(probes: Sequence[Probe], answers: Answers) -> Iterator[Fact]:
    asked = {unit: command.argv for command in commands(probes) for unit in command.argv[6:]}
    for probe in probes:
        unit = probe.args["unit"]
        answer = answers.get(asked[unit])
        shown = f"systemctl show -p {TIMER} {unit}"
        missing = unanswered(probe, answer, shown)
        part = _part(answer, unit) if answer else None
        if missing:
            yield missing
        elif answer is None or part is None:
            reason = msg("Nothing was said about the unit.")
            yield fact(probe, answer, shown, Observation.MALFORMED, reason=reason)
        elif f"\n{answer.mark} late\n" in part:
            yield late(probe, answer, shown)
        else:
            raw = part.replace(answer.mark, "--").encode()
            yield fact(probe, answer, shown, value=_value(part, answer), raw=raw)


def _part(answer: Answer, unit: str) -> str | None:
    parts = decode(answer.stdout).split(f"{answer.mark} timer ")[1:]
    return next((rest for name, _, rest in (part.partition("\n") for part in parts) if name == unit), None)


def _value(part: str, answer: Answer) -> dict[str, Any]:
    timer, _, rest = part.partition(f"{answer.mark} is-active\n")
    word, _, rest = rest.partition(f"{answer.mark} service ")
    service, _, its = rest.partition("\n")
    of_timer, of_service = _fields(timer), _fields(its)
    active = word.strip()
    if active not in _STATES:
        active = of_timer.get("ActiveState", "")
    now = re.search(rf"{re.escape(answer.mark)} now (\d+)", decode(answer.stdout))
    known = of_service.get("LoadState") != "not-found"
    return {
        "load": of_timer.get("LoadState", ""),
        "active": active,
        "sub": of_timer.get("SubState", ""),
        "enabled": of_timer.get("UnitFileState", ""),
        "unit": service,
        "result": of_service.get("Result", "") if known else "not-found",
        "status": of_service.get("ExecMainStatus", ""),
        "last": _epoch(of_timer.get("LastTriggerUSec")),
        "next": _epoch(of_timer.get("NextElapseUSecRealtime")),
        "now": int(now[1]) if now else None,
        "said": "" if active else part[:400].partition(answer.mark)[0].strip(),
    }


def _fields(block: str) -> dict[str, str]:
    return dict(re.findall(r"(?m)^(\w+)=(.*)$", block))


def _epoch(text: str | None) -> int | None:
    """Epoch seconds; 0 for never; None where nothing is said, or nothing that can be read."""
    if text is not None and text.strip() in ("", "n/a", "0"):
        return 0
    match = re.fullmatch(r"(?:\w{3} )?(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.\d+)? UTC", (text or "").strip())
    return timegm(strptime(match[1], "%Y-%m-%d %H:%M:%S")) if match else None


VERB = Verb("timer", commands, read)
