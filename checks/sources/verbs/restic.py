"""``restic`` (ask, repository, password_file, host?, tag?, path?, contains, read): what restic says of a repository.

``ask`` is ``list`` or ``check``; ``host``, ``tag`` and ``path`` say which snapshots count; ``contains`` are paths in the
newest; ``read`` is how much of the data is read back: nothing (null), a share such as ``5%``, or all (``100%``). The
values are those of ``checks.sources.repository``. restic writes nothing: it takes no lock and keeps no cache.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from checks.model import Fact, Message, Observation, Probe, msg
from checks.sources import repository
from checks.sources.interface import MARK, Answers, Command, Verb, one_each

# An account may have its own defaults in the environment: with two passwords restic refuses to start.
_OPEN = r"""unset RESTIC_REPOSITORY RESTIC_REPOSITORY_FILE RESTIC_PASSWORD RESTIC_PASSWORD_FILE RESTIC_PASSWORD_COMMAND
has restic || { say tool; end; }
say tool "$(restic version 2>/dev/null | head -n 1)"
r() { restic -r "$repo" --password-file "$p" --no-lock --no-cache -q "$@"; }
"""
# Each restic takes half a second to make its key of the password; whether locks are there at all, a folder tells at once.
_LOCKS = r"""
[ -r "$repo/locks" ] && [ -z "$(ls -A "$repo/locks")" ] ||
for l in $(r list locks 2>/dev/null | head -n 20); do
l=$(r cat lock "$l" 2>/dev/null | tr -d '\n'); case $l in *'"exclusive": true'*|*'"exclusive":true'*) say lock "$l";; esac
done
"""
_LIST = r"""h=$1 t=$2 w=$3; shift 3
c snapshots r snapshots --json ${h:+"--host=$h"} ${t:+"--tag=$t"} ${w:+"--path=$w"}
if [ $# -gt 0 ]; then
W=
for i; do W="$W$i
"; done
export W
say members "$({ restic -r "$repo" --password-file "$p" --no-lock --no-cache ls latest \
${h:+"--host=$h"} ${t:+"--tag=$t"} ${w:+"--path=$w"} -- "$@"; echo "ended $?"; } 2>/dev/null |
awk 'BEGIN { n = split(ENVIRON["W"], w, "\n") - 1; e = 1 }
/^ended / { e = $2; next }
{ for (i = 1; i <= n; i++) if ($0 == w[i]) found[i] = 1 }
END { printf "%d", e; for (i = 1; i <= n; i++) printf " %d", found[i] }')"
fi
"""
_CHECK = r"""s=$1
say packs "$(r list packs 2>/dev/null | grep -c .)"
case $s in '') s=;; 100%) s=--read-data;; *) s=--read-data-subset=$s;; esac
say check "$({ restic -r "$repo" --password-file "$p" --no-lock --no-cache check $s 2>&1; echo "ended $?"; } |
tail -c 16000)"
"""
_WRONG = re.compile("wrong password or no key found")
_NOTHING = re.compile(
    r"unable to open config file|Is there a repository at|repository does not exist", re.IGNORECASE
)
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6})\d*)?(Z|[+-]\d\d:\d\d)")


def command(probe: Probe) -> Command:
    a = probe.args
    start = ("sh", "-c")
    given = ("sh", MARK, a["repository"], a["password_file"])
    if a["ask"] == "check":
        text = repository.SCRIPT + _OPEN + _CHECK + _LOCKS + "end"
        return Command(
            (*start, text, *given, a["read"] or ""), deadline=probe.deadline, cap=256 * 1024, slow=True
        )
    text = repository.SCRIPT + _OPEN + _LIST + _LOCKS + "end"
    argv = (*start, text, *given, a["host"] or "", a["tag"] or "", a["path"] or "", *a["contains"])
    return Command(argv, deadline=probe.deadline, cap=16 * 1024 * 1024, slow=True)


def read(probes: Sequence[Probe], answers: Answers) -> Iterator[Fact]:
    return repository.read(probes, answers, command, _understood)


def _understood(probe: Probe, parts: repository.PARTS) -> dict[str, Any] | tuple[Observation, Message]:
    tool, lock = parts["tool"].partition(" compiled")[0], _holder(parts.get("lock"))
    if probe.args["ask"] == "check":
        return _checked(parts, tool, lock, probe.args["read"])
    exit_code, said = repository.ended(parts, "snapshots")
    nothing: dict[str, Any] = {"tool": tool, "now": int(parts["now"]), "lock": lock, "said": said}
    nothing |= {"times": [], "newest": None, "listed": False, "found": []}
    if exit_code:
        if _WRONG.search(said):
            return {**nothing, "opened": False}
        if _NOTHING.search(said) and not repository.denied(said):
            return Observation.ABSENT, msg(
                "There is no repository: {error:code}", error=repository.shortened(said)
            )
        return repository.failed(said, lock)
    try:
        made = sorted((_moment(s["time"]), s["short_id"]) for s in json.loads(parts["snapshots"]) or [])
    except (ValueError, KeyError, TypeError):
        return Observation.MALFORMED, msg("The answer of {tool:code} cannot be read.", tool=tool)
    members = [int(n) for n in parts.get("members", "").split()]
    return {
        **nothing,
        "opened": True,
        "times": [when for when, _ in made],
        "newest": made[-1][1] if made else None,
        "listed": bool(members) and members[0] == 0,
        "found": [bool(n) for n in members[1:]],
    }


def _checked(parts: repository.PARTS, tool: str, lock: str | None, share: str | None) -> dict[str, Any]:
    text, _, code = parts["check"].rpartition("ended ")
    counted = re.findall(r"(\d+) / \d+ packs", text)
    packs = int(parts["packs"]) if parts.get("packs", "").strip().isdigit() else None
    return {
        "tool": tool,
        "exit_code": int(code),
        "said": repository.shortened(text),
        "denied": repository.denied(text),
        "read": int(counted[-1]) if share and counted else None,
        "of": packs,
        "lock": lock,
    }


def _moment(text: str) -> float:
    """Seconds since the epoch; restic tells nanoseconds, which Python does not read."""
    match = _TIME.fullmatch(text)
    if not match:
        raise ValueError(text)
    day, fraction, zone = match.groups()
    return datetime.fromisoformat(f"{day}.{(fraction or '0'):0<6}{zone}").timestamp()


def _holder(lock: str | None) -> str | None:
    if lock is None:
        return None
    try:
        seen = json.loads(lock)
        return f"{seen['hostname']}, process {seen['pid']}, since {seen['time'][:19]}"
    except (ValueError, KeyError, TypeError):
        return "another process"


commands = one_each(command)
VERB = Verb("restic", commands, read)
