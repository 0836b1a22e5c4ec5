"""``sudo_list`` (): what sudo grants to the observing account, without a password and without a trace.

Value: ``{"uid", "user", "groups": [names], "sudo": path or null, "text": what `sudo -n -ll` said}``.
``-k`` beside ``-n`` keeps sudo from writing a time stamp file where it wants a password, and from counting
one that is still valid; what stays is an entry in the host's log. Root is not asked: it needs no sudo.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checks.model import Fact, Observation, Probe, msg
from checks.sources.interface import MARK, Answer, Answers, Command, Verb, decode, fact, unanswered

CAP = 256 * 1024
SHOWN = "LC_ALL=C LANGUAGE=C sudo -k -n -ll"
# COLUMNS: sudo breaks long commands at the width of the terminal.
SCRIPT = """m=$1
u=$(id -u) && n=$(id -un) || n=$u
printf '%s id\\n%s\\n%s\\n%s\\n' "$m" "$u" "$n" "$(id -Gn)"
[ "$u" = 0 ] && exit 0
p=$(command -v sudo) || exit 0
printf '%s list %s\\n' "$m" "$p"
env LC_ALL=C LANGUAGE=C COLUMNS=32000 sudo -k -n -ll 2>&1"""


def commands(probes: Sequence[Probe]) -> list[Command]:
    return [Command(("sh", "-c", SCRIPT, "sh", MARK), deadline=max(p.deadline for p in probes), cap=CAP)]


def read(probes: Sequence[Probe], answers: Answers) -> Iterator[Fact]:
    answer = answers.get(commands(probes)[0].argv)
    for probe in probes:
        missing = unanswered(probe, answer, SHOWN)
        yield missing or _fact(probe, answer)


def _fact(probe: Probe, answer: Answer | None) -> Fact:
    _, *parts = decode(answer.stdout).split((answer.mark if answer else "") + " ") if answer else [""]
    lines = parts[0].splitlines() if parts else []
    if len(lines) < 3 or not lines[1].isdigit():
        reason = msg("The host does not say who the observing account is.")
        return fact(probe, answer, SHOWN, Observation.MALFORMED, reason=reason)
    path, _, text = parts[1].removeprefix("list ").partition("\n") if len(parts) > 1 else ("", "", "")
    value = {
        "uid": int(lines[1]),
        "user": lines[2],
        "groups": lines[3].split() if len(lines) > 3 else [],
        "sudo": path or None,
        "text": text,
    }
    return fact(probe, answer, SHOWN, value=value, raw=text.encode())


VERB = Verb("sudo_list", commands, read)
