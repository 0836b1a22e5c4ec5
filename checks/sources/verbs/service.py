"""``service`` (unit): what the init system says of a unit, without changing it.

Value: ``{"load", "active", "sub", "enabled", "result": the words of systemd, or "" where it gave none;
"by": "systemctl", "service", "rc-service" or null (nobody could be asked); "status": exit code of the init
script or null; "said": what was said, cut; "silent": what a systemctl said that told no state, or null}``.
All units of a host are asked in one process; on a machine that systemd did not start, whatever stands in for it
is asked unit by unit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from checks.model import Fact, Observation, Probe, msg
from checks.sources.interface import MARK, Answer, Answers, Command, Verb, chunks, decode, fact, unanswered
from checks.sources.verbs.systemctl import LIMITED, SLACK, late, seconds

PROPERTIES = "LoadState,ActiveState,SubState,UnitFileState,Result"
_STATES = "active|inactive|failed|activating|deactivating|reloading|refreshing|maintenance"
_FAILED = "(?i)failed to (?:connect|get)|not been booted|permission denied"
"""What systemctl says beside a word where it reached nobody."""
STATES = frozenset(_STATES.split("|"))

# systemd answers for many units at once. Where its answer does not have one block per unit, or something
# else plays systemctl, each unit is asked alone; `is-active` then counts more than `show`, which stand-ins
# often print without looking at the name. An init script is asked only where systemd does not run.
SCRIPT = (
    "m=$1 w=$2 P="
    + PROPERTIES
    + "; shift 2\n"
    + LIMITED
    + """have() { command -v "$1" >/dev/null 2>&1; }
booted() { [ -d /run/systemd/system ]; }
if booted && have systemctl; then
o=$(ctl show -p "$P" "$@" 2>/dev/null)
n=0 IFS='
'
set -f
for l in $o; do case $l in ActiveState=?*) n=$((n+1));; esac; done
unset IFS
if [ "$n" -eq $# ]; then printf '%s all\\n%s\\n' "$m" "$o"; exit 0; fi
fi
for u do
s=
printf '\\n%s unit %s\\n' "$m" "$u"
if have systemctl; then
o=$(ctl show -p "$P" "$u" 2>&1 | head -c 4096)
a=$(ctl is-active "$u" 2>&1 | head -c 400)
e=$(ctl is-enabled "$u" 2>&1 | head -c 400)
left || { printf '%s late\\n' "$m"; continue; }
printf '%s\\n%s is-active\\n%s\\n%s is-enabled\\n%s\\n' "$o" "$m" "$a" "$m" "$e"
case $o in *ActiveState=[a-z]*) s=1;; esac
case $a in """
    + _STATES
    + """|unknown) s=1;; esac
fi
case $u in *.timer|*.socket|*.target|*.path|*.mount) continue;; esac
if [ -z "$s" ] && ! booted; then
n=${u%.service}
for t in service rc-service; do
if have $t; then
o=$($t "$n" status 2>&1); r=$?
printf '%s %s %s\\n%s\\n' "$m" "$t" "$r" "$o" | head -c 4096
break
fi
done
fi
done"""
)


def command(units: Sequence[str], deadline: float) -> Command:
    argv = ("sh", "-c", SCRIPT, "sh", MARK, str(seconds(deadline)), *units)
    return Command(argv, deadline=deadline + SLACK, cap=65536 + 16384 * len(units))


def commands(probes: Sequence[Probe]) -> list[Command]:
    units = dict.fromkeys(probe.args["unit"] for probe in probes)
    deadline = max(probe.deadline for probe in probes)
    return [command(group, deadline) for group in chunks(units)]


def read(probes: Sequence[Probe], answers: Answers) -> Iterator[Fact]:
    found: dict[str, tuple[Answer | None, dict[str, Any] | None, bytes]] = {}
    for one in commands(probes):
        answer = answers.get(one.argv)
        units = one.argv[6:]
        seen = _units(answer, units) if answer else {}
        for unit in units:
            value, raw = seen.get(unit, (None, b""))
            found[unit] = (answer, value, raw)
    for probe in probes:
        unit = probe.args["unit"]
        answer, value, raw = found[unit]
        shown = f"systemctl show -p {PROPERTIES} {unit}"
        told = value is not None and (value["by"] or not (answer and answer.timed_out))
        missing = None if told else unanswered(probe, answer, shown)
        if missing:
            yield missing
        elif answer and raw.startswith(b"-- late\n"):
            yield late(probe, answer, shown)
        elif value is None:
            reason = msg("Nothing was said about the unit.")
            yield fact(probe, answer, shown, Observation.MALFORMED, reason=reason)
        else:
            if value["by"] in ("service", "rc-service"):
                shown = f"{value['by']} {unit.removesuffix('.service')} status"
            made = fact(probe, answer, shown, value=value, raw=raw)
            yield made if value["status"] is None else made.model_copy(update={"exit_code": value["status"]})


def _units(answer: Answer, units: Sequence[str]) -> dict[str, tuple[dict[str, Any], bytes]]:
    mark = answer.mark.encode()
    head, _, rest = answer.stdout.partition(mark + b" all\n")
    if not head.strip() and rest:
        blocks = [block for block in re.split(rb"\n\s*\n", rest) if b"=" in block]
        return {u: (_shown(b), b) for u, b in zip(units, blocks, strict=True)}
    found = {}
    for part in answer.stdout.split(mark + b" unit ")[1:]:
        unit, _, rest = part.partition(b"\n")
        found[decode(unit)] = (_asked(rest, mark), rest.replace(mark + b" ", b"-- "))
    return found


def _shown(block: bytes) -> dict[str, Any]:
    """The value from a block of ``systemctl show``; a property given twice counts as it stands last."""
    fields = dict(re.findall(r"(?m)^(\w+)=(.*)$", decode(block)))
    return {
        "load": fields.get("LoadState", ""),
        "active": fields.get("ActiveState", ""),
        "sub": fields.get("SubState", ""),
        "enabled": fields.get("UnitFileState", ""),
        "result": fields.get("Result", ""),
        "by": "systemctl" if fields.get("ActiveState") else None,
        "status": None,
        "said": "" if fields.get("ActiveState") else "; ".join(decode(block[:400]).strip().split("\n")),
        "silent": None,
    }


def _asked(text: bytes, mark: bytes) -> dict[str, Any]:
    """The value from the answers about one unit."""
    show, *others = text.split(mark + b" ")
    value = _shown(show)
    for other in others:
        head, _, body = other.partition(b"\n")
        said = decode(body).strip()
        word = said.splitlines()[-1].strip() if said else ""
        match decode(head).split():
            case ["is-active"] if word in STATES | {"unknown"} and not re.search(_FAILED, said):
                if word != value["active"]:
                    value["sub"] = ""
                value |= {"active": "inactive" if word == "unknown" else word, "by": "systemctl"}
                if word == "unknown" and not value["load"]:
                    value["load"] = "not-found"
            case ["is-enabled"] if re.fullmatch(r"[a-z-]+", word):
                value["load"] = value["load"] or ("not-found" if word == "not-found" else "")
                value["enabled"] = value["enabled"] or word
            case [tool, status]:
                value |= {"by": tool, "status": int(status), "said": said[:400]}
    if value["by"] != "systemctl" and any(other.startswith(b"is-active") for other in others):
        value["silent"] = "; ".join(decode(show[:400]).split("\n")).strip("; ")
    return value


VERB = Verb("service", commands, read)
