"""``archive`` (path, name, contains, before?): the newest file in a folder whose name fits, tried out to its end on the
host.

``name`` is a pattern as for ``find``, ``contains`` are extended regular expressions for whole names of members.
``before`` are symbolic links: only files count that are not newer than the oldest of them.

Value: ``{"name" (null: none fits), "size" (bytes), "mtime" (epoch seconds), "age" (seconds, by the host's own clock),
"sha256" (null: may not be read), "noted" (the beginning of NAME.sha256; null: there is none), "noted_denied", "tool"
(what tried it; null: nothing knows this ending), "exit_code" (of the tool; null: the host does not have it), "said",
"members" (how many; null: not an archive of files), "found": [whether each of ``contains`` is there], "complete"
(whether the dump ends as dumps end; null: not a dump), "until" (epoch seconds of the oldest link; null: none is
there)}``. Nothing of the content leaves the host. Slow: it reads it all, two or three times.
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
    fact,
    framed,
    one_each,
    unanswered,
)
from checks.sources.verbs.find import glob

# By the ending: u unpacks to standard output, v tries to the end, l lists the members. An archive whose checksum was
# made after it was cut off is only found out by reading it.
_SCRIPT = r"""m=$1 d=$2 p=$3 k=$4 b=; shift 4
say() { printf '\n%s %s\n%s' "$m" "$1" "$2"; }
has() { command -v "$1" >/dev/null 2>&1; }
[ $k = 0 ] || b=0
while [ $k -gt 0 ]; do
if [ -L "$1" ] && t=$(stat -c %Y -- "$1"); then [ $b -ne 0 ] && [ $b -le $t ] || b=$t; fi
k=$((k-1)); shift
done
say until "$b"
n=$(cd / && find "$d" -mindepth 1 -maxdepth 1 -type f -name "$p" -exec stat -c '%Y %n' -- {} + | sort -rn |
awk -v b="$b" 'b == "" || $1 <= b + 0' | head -n 1)
[ -n "$n" ] || { say end; exit 0; }
f=${n#* }
[ -f "$f" ] || { say odd; exit 0; }
say name "${f##*/}"
say stat "$(stat -c '%Y %s' -- "$f") $(date +%s)"
if [ -r "$f.sha256" ]; then say noted "$(head -c 4096 -- "$f.sha256" | tr -d '\0')"
elif [ -e "$f.sha256" ]; then say noted-denied; fi
[ -r "$f" ] || { say end; exit 0; }
if has openssl; then h=$(openssl dgst -sha256 -r "$f"); else h=$(sha256sum -- "$f"); fi
say sha256 "$h"
u=cat v= l= t=
case $f in
*.gz|*.tgz) t=gzip u='gzip -dc' v='gzip -t';;
*.xz|*.txz) t=xz u='xz -dc' v='xz -t';;
*.bz2|*.tbz2) t=bzip2 u='bzip2 -dc' v='bzip2 -t';;
*.zst|*.tzst) t=zstd u='zstd -dcq' v='zstd -tq';;
*.zip) t=unzip v='unzip -tqq' l='unzip -Z1';;
*.tar) t=tar v='tar -tf';;
*.sql) t=cat v=cat;;
esac
say tool "$t"
[ -n "$t" ] && has "$t" || { say end; exit 0; }
e=$($v "$f" 2>&1 >/dev/null); c=$?
case $f in *.tar.*|*.tgz|*.txz|*.tbz2|*.tzst|*.tar) l=tar;; esac
if [ "$l" = tar ] && [ $c = 0 ]; then
t=tar e=$($u -- "$f" 2>/dev/null | tar -tf - 2>&1 >/dev/null); c=$?
fi
say exit "$t $c $(printf '%.300s' "$e")"
if [ -n "$l" ]; then
i=0
W=
for w; do W="$W$w
"; done
export W
if [ "$l" = tar ]; then $u -- "$f" 2>/dev/null | tar -tf - 2>/dev/null; else $l "$f" 2>/dev/null; fi |
say members "$(awk 'BEGIN { n = split(ENVIRON["W"], w, "\n") - 1 }
{ sub(/^\.\//, ""); c++; for (i = 1; i <= n; i++) if ($0 ~ w[i]) found[i] = 1 }
END { printf "%d", c; for (i = 1; i <= n; i++) printf " %d", found[i] }')"
fi
case ${f##*/} in *.sql|*.sql.*)
say complete "$($u -- "$f" 2>/dev/null | tail -c 400 |
grep -cE -e '^-- (Dump completed|PostgreSQL database dump complete)')";;
esac
say end"""


def command(probe: Probe) -> Command:
    a = probe.args
    before = a.get("before", [])
    own = (a["path"], glob(a["name"]), str(len(before)), *before, *a["contains"])
    return Command(("sh", "-c", _SCRIPT, "sh", MARK, *own), deadline=probe.deadline, cap=65_536, slow=True)


def read(probes: Sequence[Probe], answers: Answers) -> Iterator[Fact]:
    for probe in probes:
        answer = answers.get(command(probe).argv)
        pattern = f"{probe.args['path'].rstrip('/')}/{probe.args['name']}"
        shown = f"sh -c '…' # tries out the newest of {shlex.quote(display(pattern))}"
        missing = unanswered(probe, answer, shown)
        if missing or answer is None:
            yield missing or fact(probe, answer, shown, Observation.ERROR)
            continue
        parts = dict(framed(answer))
        if "odd" in parts:
            reason = msg("The name of the newest cannot be told for sure: it holds a line break.")
            yield fact(probe, answer, shown, Observation.MALFORMED, reason=reason)
        elif "end" not in parts:
            reason = msg("The answer is not complete.")
            yield fact(probe, answer, shown, Observation.MALFORMED, reason=reason)
        else:
            yield fact(probe, answer, shown, value=_value(probe, parts))


def _value(probe: Probe, parts: dict[str, str]) -> dict[str, Any]:
    mtime, size, now = (map(int, parts["stat"].split())) if "stat" in parts else (0, 0, 0)
    digest = re.match(r"\\?([0-9a-f]{64})\b", parts.get("sha256", ""))
    tool, code, said = [*parts.get("exit", "").split(" ", 2), "", ""][:3]
    count, *found = [*map(int, parts["members"].split())] if parts.get("members") else [None]
    return {
        "name": parts.get("name"),
        "size": size,
        "mtime": mtime,
        "age": now - mtime,
        "sha256": digest[1] if digest else None,
        "noted": parts.get("noted"),
        "noted_denied": "noted-denied" in parts,
        "tool": tool or parts.get("tool") or None,
        "exit_code": int(code) if code else None,
        "said": said,
        "members": count,
        "found": [bool(n) for n in found] or [False] * len(probe.args["contains"]),
        "complete": parts["complete"].strip() != "0" if "complete" in parts else None,
        "until": int(parts["until"] or 0) or None,
    }


commands = one_each(command)
VERB = Verb("archive", commands, read)
