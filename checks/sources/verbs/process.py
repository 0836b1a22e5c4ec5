"""``process`` (name?, pattern?, user?): which processes run, from /proc alone.

Value: ``{"count", "rows": [{"pid", "uid", "name", "command": the command line, cut}], at most 20, "uid": that
of `user` on the host, or null where there is no such user, "own": the observer's uid, "visible": whether the
processes of others can be seen at all}``. Command lines hold secrets: only rows that match are kept. What
docgen itself started is not counted, nor is what has ended and only waits to be collected.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from checks.model import Fact, Observation, Probe, msg
from checks.sources.interface import MARK, Answer, Answers, Command, Verb, decode, fact, unanswered

KEPT = 20
LONGEST = 300
SHOWN = "grep -H '' /proc/[0-9]*/status /proc/[0-9]*/cmdline"
_SHELLS = {"sh", "dash", "bash", "ash", "busybox", "timeout", "env", "head"}

# One grep reads the command lines of all processes, where it knows how to take NUL for the end of a line.
SCRIPT = """m=$1; shift
printf '%s who %s %s\\n' "$m" "$$" "$(id -u)"
for u do printf '%s user %s %s\\n' "$m" "$(id -u "$u" 2>/dev/null)" "$u"; done
printf '%s mount %s\\n' "$m" "$(grep ' /proc proc ' /proc/mounts 2>/dev/null | tail -n 1)"
printf '%s status\\n' "$m"
grep -H -e '^Name:' -e '^State:' -e '^PPid:' -e '^Uid:' /proc/[0-9]*/status 2>/dev/null
printf '%s cmdline\\n' "$m"
if grep -qazHZ '' /proc/self/cmdline 2>/dev/null; then grep -azHZ '' /proc/[0-9]*/cmdline 2>/dev/null; exit 0; fi
for p in /proc/[0-9]*; do printf '\\0%s %s\\0' "$m" "$p"; cat "$p/cmdline" 2>/dev/null; done
:"""


def commands(probes: Sequence[Probe]) -> list[Command]:
    users = dict.fromkeys(probe.args["user"] for probe in probes if probe.args.get("user"))
    deadline = max(probe.deadline for probe in probes)
    return [Command(("sh", "-c", SCRIPT, "sh", MARK, *users), deadline=deadline, cap=16 * 1024 * 1024)]


def read(probes: Sequence[Probe], answers: Answers) -> Iterator[Fact]:
    answer = answers.get(commands(probes)[0].argv)
    table = _table(answer) if answer and not answer.timed_out else None
    for probe in probes:
        missing = unanswered(probe, answer, SHOWN)
        if missing:
            yield missing
        elif not table or not table["any"]:
            yield fact(
                probe, answer, SHOWN, Observation.ERROR, reason=msg("The host shows no processes."), raw=b""
            )
        else:
            yield _fact(probe, answer, table)


def _fact(probe: Probe, answer: Answer | None, table: dict[str, Any]) -> Fact:
    name, pattern, user = (probe.args.get(key) for key in ("name", "pattern", "user"))
    uid = table["users"].get(user) if user else None
    compiled = re.compile(pattern) if pattern else None
    rows = [
        row
        for row in table["rows"]
        if (not name or name in row["names"])
        and (not compiled or compiled.search(row["command"]))
        and (not user or row["uid"] == uid)
    ]
    kept = [
        {key: row[key] for key in ("pid", "uid", "name")} | {"command": row["command"][:LONGEST]}
        for row in rows[:KEPT]
    ]
    value = {"count": len(rows), "rows": kept, "uid": uid, "own": table["own"], "visible": table["visible"]}
    raw = "\n".join(f"{row['pid']} {row['uid']} {row['command'] or '[' + row['name'] + ']'}" for row in kept)
    return fact(probe, answer, SHOWN, value=value, raw=raw.encode())


def _table(answer: Answer) -> dict[str, Any]:
    """All that runs, without docgen's own; who looked, and whether others can be seen."""
    mark = answer.mark.encode() + b" "
    head, _, rest = answer.stdout.partition(mark + b"status\n")
    status, _, lines = rest.partition(mark + b"cmdline\n")
    me, own = map(int, re.findall(rb"who (\d+) (\d+)\n", head)[0])
    users = {decode(u): int(i) for i, u in re.findall(re.escape(mark) + rb"user (\d+) ([^\n]*)\n", head)}
    found: dict[int, dict[str, str]] = {}
    for pid, key, value in re.findall(rb"(?m)^/proc/(\d+)/status:(\w+):\s*(.*)$", status):
        found.setdefault(int(pid), {})[decode(key)] = decode(value)
    words = _words(lines, mark)
    parents = {pid: int(about.get("PPid", "0")) for pid, about in found.items()}
    top = me
    while parents.get(top, 0) > 1 and found.get(parents[top], {}).get("Name") in _SHELLS:
        top = parents[top]
    rows = [
        _row(pid, about, words.get(pid, []))
        for pid, about in found.items()
        if about.get("State", "")[:1] not in ("Z", "X") and top not in _ancestry(pid, parents)
    ]
    others = any(about.get("Uid", str(own)).split()[:1] != [str(own)] for about in found.values())
    mount = re.search(rb"mount (proc [^\n]*)", head)
    visible = others or own == 0 or bool(mount and b"hidepid=" not in mount[1])
    return {"any": bool(found), "rows": rows, "users": users, "own": own, "visible": visible}


def _words(lines: bytes, mark: bytes) -> dict[int, list[str]]:
    """The arguments of each process: of grep's ``path NUL argument NUL`` pairs, or of marked parts."""
    words: dict[int, list[str]] = {}
    if lines.startswith(b"\0" + mark):
        for part in lines.split(b"\0" + mark)[1:]:
            path, _, arguments = part.partition(b"\0")
            words[int(path.rpartition(b"/")[2])] = decode(arguments).split("\0")
        return words
    tokens = lines.split(b"\0")
    for path, argument in zip(tokens[::2], tokens[1::2], strict=False):
        words.setdefault(int(path.split(b"/")[2]), []).append(decode(argument))
    return words


def _row(pid: int, about: dict[str, str], words: list[str]) -> dict[str, Any]:
    command = re.sub(r"[\0-\x1f\x7f]+", " ", " ".join(words)).strip()
    name = about.get("Name", "")
    called = words[0].split(" ")[0].rstrip(":").rpartition("/")[2] if words else ""
    uid = int((about.get("Uid", "").split() or ["-1"])[0])
    return {"pid": pid, "uid": uid, "name": name, "names": {name, called}, "command": command}


def _ancestry(pid: int, parents: dict[int, int]) -> set[int]:
    seen: set[int] = set()
    while pid and pid not in seen:
        seen.add(pid)
        pid = parents.get(pid, 0)
    return seen


VERB = Verb("process", commands, read)
