"""``sudo_list`` (paths): what sudo grants to the observing account, and what stands at the paths of it.

Nothing is typed as a password and nothing is left behind. The paths are those that the rules name, and ``paths``.

Value: ``{"uid", "user", "groups": [names], "sudo": path or null, "text": what `sudo -n -ll` said, "host": name,
"hardlinks": fs.protected_hardlinks or "", "paths": {path: {"entry": "owner:group mode" (of what a link leads to) or
null, "absent": it surely is, "writable": by the account, ACLs included, "below": a folder below that is writable or
"", "real": where it leads to or ""}}}``, each path with all folders above.
``-k`` beside ``-n`` keeps sudo from writing a time stamp file where it wants a password, and from counting
one that is still valid; what stays is an entry in the host's log. Root is not asked: it needs no sudo.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from checks.model import Fact, Observation, Probe, msg
from checks.sources.interface import MARK, Answer, Answers, Command, Verb, decode, fact, unanswered

CAP = 512 * 1024
SHOWN = "LC_ALL=C LANGUAGE=C sudo -k -n -ll"
# COLUMNS: sudo breaks long commands at the width of the terminal. A name with a line break may pretend to be a line of
# the answer, so that such a name is passed over: what is not known counts against.
SCRIPT = r"""m=$1
shift
u=$(id -u) && n=$(id -un) || n=$u
printf '%s id\n%s\n%s\n%s\n' "$m" "$u" "$n" "$(id -Gn)"
[ "$u" = 0 ] && exit 0
p=$(command -v sudo) || exit 0
printf '%s list %s\n' "$m" "$p"
t=$(env LC_ALL=C LANGUAGE=C COLUMNS=32000 sudo -k -n -ll 2>&1)
printf '%s\n' "$t"
printf '%s paths\nh %s\nl %s\n' "$m" "$(uname -n)" "$(cat /proc/sys/fs/protected_hardlinks 2>/dev/null)"
e='
'
IFS=$e
set -f
leaves=$(printf '%s\n' "$@"
    printf '%s\n' "$t" | sed 's/\\\(.\)/\1/g' | grep -o '/[^[:space:],"]*' | sort -u | head -n 100)
led=
for p in $leaves; do
    r=$(readlink -f -- "$p" 2>/dev/null) || continue
    case $r in "$p"|*"$e"*) continue;; esac
    led=$led$r$e
    printf 'r %s\nt %s\n' "$p" "$r"
done
set --
for p in / $leaves $led; do
    while [ "$p" ]; do
        case $p in ?*/) p=${p%/}; continue;; esac
        set -- "$@" "$p"
        p=${p%/*}
    done
done
stat -L -c 's %U:%G %a %n' -- "$@" 2>/dev/null
for p; do
    [ -w "$p" ] && printf 'w %s\n' "$p"
    [ -e "$p" ] || [ -L "$p" ] || [ ! -x "${p%/*}/" ] || printf 'a %s\n' "$p"
done
set +f
for p in $leaves; do
    for c in "$p"/* "$p"/*/*; do
        case $c in *"$e"*) continue;; esac
        [ -d "$c" ] && [ ! -L "$c" ] && [ -w "$c" ] && printf 'b %s\nc %s\n' "$p" "$c" && break
    done
done
exit 0"""


def commands(probes: Sequence[Probe]) -> list[Command]:
    paths = sorted({path for probe in probes for path in probe.args.get("paths", ()) if "\n" not in path})
    argv = ("sh", "-c", SCRIPT, "sh", MARK, *paths)
    return [Command(argv, deadline=max(p.deadline for p in probes), cap=CAP)]


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
        **_host(parts[2] if len(parts) > 2 else ""),
    }
    return fact(probe, answer, SHOWN, value=value, raw=text.encode())


def _host(text: str) -> dict[str, Any]:
    """What the host said of itself and of its paths."""
    found: dict[str, Any] = {"host": "", "hardlinks": "", "paths": {}}
    of = ""

    def entry(path: str) -> dict[str, Any]:
        fresh = {"entry": None, "absent": False, "writable": False, "below": "", "real": ""}
        one: dict[str, Any] = found["paths"].setdefault(path.rstrip("/") or "/", fresh)
        return one

    for line in text.split("\n"):
        sort, _, rest = line.partition(" ")
        if sort in ("h", "l"):
            found[{"h": "host", "l": "hardlinks"}[sort]] = rest
        elif sort == "s" and rest.count(" ") >= 2:
            who, mode, path = rest.split(" ", 2)
            if re.fullmatch(r"[^\s:]+:[^\s:]+", who) and re.fullmatch(r"[0-7]{1,5}", mode):
                entry(path)["entry"] = f"{who} {mode.zfill(3)}"
        elif sort in ("w", "a"):
            entry(rest)[{"w": "writable", "a": "absent"}[sort]] = True
        elif sort in ("r", "b"):
            of = rest
        elif sort in ("t", "c"):
            entry(of)[{"t": "real", "c": "below"}[sort]] = rest
    return found


VERB = Verb("sudo_list", commands, read)
