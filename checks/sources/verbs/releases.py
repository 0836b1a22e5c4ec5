"""``releases`` (base, current, releases, shared, requires, links, revision, max): a folder of releases.

Value: ``{"base": state, "listing": state, "current": {"state", "real": path or null, "name": of the release or
null}, "live": release or null, "releases": [release], "count": of all entries, "links": those of the live
release, "around": [what an unfinished deployment leaves in the base],
"closed": the first folder that could not be entered or listed, or null}``. A release is ``{"name", "sort": "directory",
"link" or "other", "has": {path: state}, "bad": state of BAD_RELEASE, "revision": its first line or null,
"links": {name: state}}``. A state is ``there``, ``missing``, ``dangling``, ``denied``; of a link also ``copy`` (no link
at all) and ``elsewhere``. Of more than ``max`` entries, the last by name are looked at.

Only the shell's own tests are used: no process per release or file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from posixpath import normpath
from typing import Any

from checks.model import Fact, Observation, Probe, msg
from checks.sources.interface import (
    MARK,
    Answers,
    Command,
    Verb,
    decode,
    display,
    fact,
    framed,
    one_each,
    unanswered,
)

STATES = {"1": "there", "0": "missing", "l": "dangling", "d": "denied", "c": "copy", "o": "elsewhere"}

# state PATH: s=1 there, 0 missing, l dangling, d denied. What cannot be entered on the way is denied; a link
# that leads nowhere may lead to where we cannot look.
SCRIPT = """w= m=$1 base=$2 cur=$3 rel=$4 shared=$5 rev=$6 max=$7 n=$8; shift 8
say() { printf '\\n%s %s\\n%s' "$m" "$1" "$2"; }
state() {
[ -e "$1" ] && { s=1; return; }
if [ -L "$1" ]; then
[ "${2-5}" -gt 0 ] || { s=l; return; }
t=$(readlink "$1")
case $t in /*) ;; *) t=${1%/*}/$t;; esac
state "$t" $((${2-5}-1))
[ $s = d ] || s=l
return
fi
s=0 q=$1
while [ -n "$q" ]; do
q=${q%/*}
if [ -e "${q:-/}" ]; then [ -d "${q:-/}" ] && ! [ -x "${q:-/}" ] && s=d w=${w:-${q:-/}}; return; fi
done
}
look() {
d=$1; shift
f= i=0
for r do i=$((i+1)); [ $i -gt $n ] && break; state "$d/$r"; f=$f$s; done
say has "$f"
state "$d/BAD_RELEASE"; say bad $s
if [ -f "$d/$rev" ] && [ -r "$d/$rev" ]; then l=; read -r l <"$d/$rev" || :; say revision "$l"
elif state "$d/$rev"; [ $s != 0 ]; then say revision-state d; fi
f= i=0
for r do i=$((i+1)); [ $i -le $n ] && continue
state "$d/$r"
if [ $s = 1 ]; then
if ! [ -L "$d/$r" ]; then s=c; else [ "$d/$r" -ef "$base/$shared/$r" ] || s=o; fi
fi
f=$f$s
done
say links "$f"
}
state "$base"; say base $s
[ $s = 1 ] || { say closed "$w"; say end ''; exit 0; }
state "$base/$rel"; [ $s = 1 ] && ! { [ -r "$base/$rel" ] && [ -x "$base/$rel" ]; } && s=d w=${w:-$base/$rel}
say listing $s
say home "$(cd -P "$base/$rel" 2>/dev/null && pwd -P && printf .)"
state "$base/$cur"; [ $s = 1 ] && ! [ -L "$base/$cur" ] && s=c
say current $s
case $s in 1|c)
live=$(cd -P "$base/$cur" 2>/dev/null && pwd -P && printf .)
say real "$live"
live=${live%??}
say live ''
look "${live:-$base/$cur}" "$@";;
esac
c=0; for p in "$base/$rel"/*; do [ -e "$p" ] || [ -L "$p" ] || continue; c=$((c+1)); done
say count $c
for p in "$base/$rel"/*; do
[ -e "$p" ] || [ -L "$p" ] || continue
if [ $c -gt $max ]; then c=$((c-1)); continue; fi
say release "${p##*/}"
if [ -L "$p" ]; then say sort link; elif [ -d "$p" ]; then look "$p" "$@"; else say sort other; fi
done
for p in "$base/release" "$base"/*.partial "$base"/*.tmp "$base"/*.lock "$base/.dep/deploy.lock" "$base"/PREFLIGHT_*; do
if [ -e "$p" ] || [ -L "$p" ]; then say around "${p#"$base/"}"; fi
done
say closed "$w"
say end ''"""


def command(probe: Probe) -> Command:
    a = probe.args
    places = (a["base"], a["current"], a["releases"], a["shared"], a["revision"])
    lists = (str(a["max"]), str(len(a["requires"])), *a["requires"], *a["links"])
    return Command(("sh", "-c", SCRIPT, "sh", MARK, *places, *lists), deadline=probe.deadline)


def read(probes: Sequence[Probe], answers: Answers) -> Iterator[Fact]:
    for probe in probes:
        answer = answers.get(command(probe).argv)
        base = display(probe.args["base"])
        shown = f"sh -c '…' # the releases in {base}"
        missing = unanswered(probe, answer, shown)
        if missing or answer is None:
            yield missing or fact(probe, answer, shown, Observation.ERROR)
            continue
        parts = framed(answer)
        if not parts or parts[-1][0] != "end":
            reason = msg("The answer is not complete.")
            yield fact(probe, answer, shown, Observation.MALFORMED, reason=reason)
            continue
        raw = re.sub(re.escape(answer.mark), "--", decode(answer.stdout)).encode()
        yield fact(probe, answer, shown, value=_value(probe, parts), raw=raw)


def _value(probe: Probe, parts: list[tuple[str, str]]) -> dict[str, Any]:
    first: dict[str, str] = {}
    for key, value in parts:
        first.setdefault(key, value)
    releases: list[dict[str, Any]] = []
    live: dict[str, Any] | None = None
    target: dict[str, Any] = {}
    around: list[str] = []
    for key, value in parts:
        match key:
            case "live" | "release":
                target = {"name": value, "sort": "directory", "has": {}, "bad": "missing", "revision": None}
                target["links"] = {}
                if key == "live":
                    live = target
                else:
                    releases.append(target)
            case "sort" | "revision":
                target[key] = value.strip()[:200]
            case "revision-state":
                target["revision"] = ""
            case "bad":
                target["bad"] = STATES[value]
            case "has":
                target["has"] = dict(zip(probe.args["requires"], (STATES[s] for s in value), strict=True))
            case "links":
                target["links"] = dict(zip(probe.args["links"], (STATES[s] for s in value), strict=True))
            case "around":
                around.append(value)
    home, real = (first.get(key, "").removesuffix("\n.") or None for key in ("home", "real"))
    inside = bool(home and real and real.rpartition("/")[0] == home)
    current = {"state": STATES[first.get("current", "0")], "real": real}
    return {
        "base": STATES[first["base"]],
        "listing": STATES[first.get("listing", "0")],
        "current": {**current, "name": real.rpartition("/")[2] if inside and real else None},
        "live": live,
        "releases": releases,
        "count": int(first.get("count", "0")),
        "links": live["links"] if live else {},
        "around": around,
        "closed": normpath(first["closed"]) if first.get("closed") else None,
    }


commands = one_each(command)
VERB = Verb("releases", commands, read)
