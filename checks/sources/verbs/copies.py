"""``copies`` (path, name, digests): the newest files of a folder, and on which machine and file system they lie.

Of the newest ``digests`` files the SHA-256 is computed, on the host. Two places are the same where their machines (the
kernel's boot id) and file systems are, or where a file in both has the same inode and time of change: so does one that
is seen over the network.

Value: ``{"machine" (boot id; null: not told), "device" (number of the file system on that machine), "filesystem" (its
type), "source" (what is mounted there), "files": [{"name", "mtime", "ctime" (epoch seconds), "inode", "size" (bytes),
"sha256" (null: not computed)}], "denied" (whether a file to be digested may not be read)}``. Slow if it reads files.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Any

from checks.model import Fact, Observation, Probe, msg
from checks.sources.interface import (
    MARK,
    Answers,
    Command,
    Verb,
    display,
    errno,
    fact,
    framed,
    one_each,
    unanswered,
)
from checks.sources.verbs.find import below

MOST = 500
_SCRIPT = r"""m=$1 d=$2 D=$3 p=$4 k=$5 most=$6
say() { printf '\n%s %s\n%s' "$m" "$1" "$2"; }
if command -v openssl >/dev/null 2>&1; then digest() { openssl dgst -sha256 -r; }; else digest() { sha256sum; }; fi
cd / && e=$(stat -L -c '' -- "$d/" 2>&1) || { say place "$e"; say end; exit 0; }
[ -d "$d/" ] || { say place 'Not a directory'; say end; exit 0; }
[ -r "$d/" ] && [ -x "$d/" ] || { say place 'Permission denied'; say end; exit 0; }
{ read -r b </proc/sys/kernel/random/boot_id; } 2>/dev/null || b=
say machine "$b"
say device "$(stat -L -c %d -- "$d/")"
say filesystem "$(stat -f -c %T -- "$d/" 2>/dev/null)"
say source "$(df -P -- "$d/" 2>/dev/null | awk 'NR == 2 { print $1 }')"
l=$(find "$d/" -mindepth "$D" -maxdepth "$D" -type f -path "$p" -exec stat -c '%Y %Z %i %s %n' -- {} + | sort -rn |
head -n "$most")
say files "$l"
[ "$k" = 0 ] || printf '%s\n' "$l" | head -n "$k" | while read -r t c i s f; do
[ -f "$f" ] || continue
if [ -r "$f" ]; then say "sha256 $i" "$(digest <"$f")"; else say denied; fi
done
say end"""
_FILE = re.compile(r"(-?\d+) (\d+) (\d+) (\d+) (.+)")


def command(probe: Probe) -> Command:
    a = probe.args
    given = (MARK, *below(a["path"], a["name"]), str(a["digests"]), str(MOST))
    argv = ("sh", "-c", _SCRIPT, "sh", *given)
    return Command(argv, deadline=probe.deadline, slow=a["digests"] > 0)


def read(probes: Sequence[Probe], answers: Answers) -> Iterator[Fact]:
    for probe in probes:
        answer = answers.get(command(probe).argv)
        pattern = f"{probe.args['path'].rstrip('/')}/{probe.args['name']}"
        shown = f"stat -- {shlex.quote(display(pattern))}"
        if probe.args["digests"]:
            shown = f"sha256sum -- {shlex.quote(display(pattern))} # the newest {probe.args['digests']}"
        missing = unanswered(probe, answer, shown)
        if missing or answer is None:
            yield missing or fact(probe, answer, shown, Observation.ERROR)
            continue
        parts = dict(framed(answer))
        if "place" in parts:
            observation, reason = errno(parts["place"].encode())
            yield fact(probe, answer, shown, observation, reason=reason)
        elif "end" not in parts:
            reason = msg("The answer is not complete.")
            yield fact(probe, answer, shown, Observation.MALFORMED, reason=reason)
        else:
            yield fact(probe, answer, shown, value=_value(probe, parts))


def _value(probe: Probe, parts: dict[str, str]) -> dict[str, Any]:
    start = f"{probe.args['path'].rstrip('/')}/"
    files = []
    for line in parts["files"].splitlines():
        match = _FILE.fullmatch(line)
        if not match:  # the rest of a name with a line break
            continue
        mtime, ctime, inode, size = map(int, match.groups()[:4])
        digest = re.match(r"[0-9a-f]{64}\b", parts.get(f"sha256 {inode}", ""))
        name = match[5].removeprefix(display(start))
        files.append(
            {"name": name, "mtime": mtime, "ctime": ctime, "inode": inode, "size": size,
             "sha256": digest[0] if digest else None}
        )  # fmt: skip
    return {
        "machine": parts["machine"].strip() or None,
        "device": parts["device"].strip(),
        "filesystem": parts["filesystem"].strip(),
        "source": parts["source"].strip(),
        "files": files,
        "denied": "denied" in parts,
    }


commands = one_each(command)
VERB = Verb("copies", commands, read)
