"""``archive`` (path, name, contains, restore?, before?, list?): the newest file below a folder whose name fits, tried out
to its end on the host.

``name`` is a pattern as for ``find``, and may lead through folders; ``list`` is the name of the file beside it with the
checksums (default: its own name and .sha256); ``contains`` are extended regular expressions for whole names of members.
``restore`` are pairs: the name of a member, and the path of a file to compare it with, or "". Such a member is unpacked
into a pipe, never to the disk: so nothing needs room or tidying up, and a name or a link in the archive leads nowhere.
``before`` are symbolic links: only files count that are not newer than the oldest of them.

Value: ``{"name" (null: none fits), "size" (bytes), "mtime" (epoch seconds), "age" (seconds, by the host's own clock),
"sha256" (null: may not be read), "form" (what its first bytes are those of: ``encrypted``, ``plain`` or ``other``,
and after a space, of what), "noted" (what the file with the checksums says of it, or its beginning; null: there is
none), "noted_denied", "tool" (what tried it; null: nothing knows this ending), "exit_code" (of the tool; null: the
host does not have it), "said", "ended" (whether the end of a tar archive is marked; null: none), "members" (how many;
null: not an archive of files), "found": [whether each of ``contains`` is there], "restored" (for each of ``restore``:
``{"exit_code" (null: not in it), "sha256", "beside" (the SHA-256 of the file to compare with), "beside_error" (an
observation)}``; null: not an archive of files), "sample_took" (seconds for all of ``restore``; null: none),
"complete" (whether the dump ends as dumps end; null: not a dump), "dump" (of its beginning: ``{"bytes" (how many were
looked at), "version" (it is what the program says of its version), "tables" (whether one is made or filled), "said"
(a message of the program, or "")}``; null: not a dump), "until" (epoch seconds of the oldest link; null: none is
there)}``. Nothing of the content leaves the host, but for that message. Slow: it reads it all twice, and once more
for each of ``restore``.
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

# By the ending: u unpacks to standard output, l says what is in it. An archive whose checksum was made after it was cut
# off is only found out by reading it. That is done once: what unpacks and what lists it each tell their exit code in a
# frame of their own, past the pipe between them; what follows the end of the archive is read, too (cat). tar does not
# mind that the end is not marked by zeros, as it is not where an archive was cut off between two members.
_SCRIPT = r"""m=$1 d=$2 D=$3 p=$4 c=$5 r=$6 k=$7 b=; shift 7
say() { printf '\n%s %s\n%s' "$m" "$1" "$2"; }
has() { command -v "$1" >/dev/null 2>&1; }
if has openssl; then digest() { openssl dgst -sha256 -r; }; else digest() { sha256sum; }; fi
form() { case $1 in
6167652d656e6372797074696f6e2e6f72672f*|2d2d2d2d2d424547494e2041474520454e4352595054454420*) echo 'encrypted age';;
53616c7465645f5f*|553246736447566b5831*) echo 'encrypted openssl';;
2d2d2d2d2d424547494e20504750204d455353414745*|84??03*|85????03*|86????????03*|8c??0[456]*|8d????0[456]*|\
c1??0[36]*|c1[cd]???0[36]*|c3??0[456]*|c3[cd]???0[456]*) echo 'encrypted OpenPGP';;
1f8b*) echo 'plain gzip';;
fd377a585a00*) echo 'plain xz';;
425a68*) echo 'plain bzip2';;
28b52ffd*) echo 'plain zstd';;
504b0304?????[13579bdf]*) echo 'other zip';;
504b0304*) echo 'plain zip';;
''|*[!0-9a-f]*) echo other;;
*) printf %s "$1" | sed 's/../& /g' | grep -qE '(^| )(0[0-8bcef]|1[0-9a-f]|7f)( |$)' && echo other || echo 'plain text';;
esac; }
few() { head -c 300; cat >/dev/null; }
[ $k = 0 ] || b=0
while [ $k -gt 0 ]; do
if [ -L "$1" ] && t=$(stat -c %Y -- "$1"); then [ $b -ne 0 ] && [ $b -le $t ] || b=$t; fi
k=$((k-1)); shift
done
say until "$b"
n=$(cd / && find "$d/" -mindepth "$D" -maxdepth "$D" -type f -path "$p" -exec stat -c '%Y %n' -- {} + | sort -rn |
awk -v b="$b" 'b == "" || $1 <= b + 0' | head -n 1)
[ -n "$n" ] || { say end; exit 0; }
f=${n#* }
case $f in "$d"/*) [ -f "$f" ] || { say odd; exit 0; };; *) say odd; exit 0;; esac
say name "${f#"$d"/}"
say stat "$(stat -c '%Y %s' -- "$f") $(date +%s)"
[ -n "$c" ] && c=${f%/*}/$c || c=$f.sha256
if [ -r "$c" ]; then
say noted "$({ grep -aF -e "${f##*/}" -- "$c" || head -c 4096 -- "$c"; } 2>/dev/null | head -c 65536 | tr -d '\0')"
elif [ -e "$c" ]; then say noted-denied; fi
[ -r "$f" ] || { say end; exit 0; }
say form "$(head -c 64 -- "$f" | od -An -v -tx1 | tr -d ' \n' | { read -r h; form "$h"; })"
say sha256 "$(digest <"$f")"
u=cat t= l=
case $f in
*.gz|*.tgz) t=gzip u='gzip -dc';;
*.xz|*.txz) t=xz u='xz -dc';;
*.bz2|*.tbz2) t=bzip2 u='bzip2 -dc';;
*.zst|*.tzst) t=zstd u='zstd -dcq';;
*.zip) t=unzip l=zip;;
*.tar) t=tar;;
*.sql) t=cat;;
esac
case $f in *.tar.*|*.tgz|*.txz|*.tbz2|*.tzst|*.tar) l=tar;; esac
case ${f##*/} in *.sql|*.sql.*) l=sql;; esac
[ -z "$t" ] || ! has "$t" || [ "$l" != tar ] || has tar || t=tar
say tool "$t"
[ -n "$t" ] && has "$t" || { say end; exit 0; }
i=0 W= N=
for w; do
if [ $i -ge $((2*r)) ]; then W="$W$w
"; elif [ $((i%2)) = 0 ]; then N="$N$w
"; fi
i=$((i+1))
done
export W N
members() { awk 'BEGIN { n = split(ENVIRON["W"], w, "\n") - 1; k = split(ENVIRON["N"], r, "\n") - 1 }
{ c++; for (i = 1; i <= k; i++) { if ($0 == r[i]) at[i] = "bare"; if ($0 == "./" r[i]) at[i] = "dot" }
sub(/^\.\//, ""); for (i = 1; i <= n; i++) if ($0 ~ w[i]) found[i] = 1 }
END { printf "%d", c; for (i = 1; i <= k; i++) printf " %s", at[i] ? at[i] : "none"
for (i = 1; i <= n; i++) printf " %d", found[i] }'; }
exec 6>&1
o=
case $l in
tar) o=$({ { { { $u -- "$f"; say unpacked $? >&7; } | tee /dev/fd/8 | { tar -tf -; say listed $? >&7; cat >/dev/null; } |
say members "$(members)" >&7; } 8>&1 2>&9 | say mark "$(tail -c 512 | tr -d '\0' | wc -c)" >&7; } 9>&1 >/dev/null |
say said "$(few)" >&7; } 7>&1)
printf %s "$o";;
zip) say said "$(unzip -tqq "$f" 2>&1 >/dev/null; say unpacked $? >&6)"
o=$(say members "$(unzip -Z1 "$f" 2>/dev/null | members)")
printf %s "$o";;
sql) { { $u -- "$f"; say unpacked $? >&6; } | say complete "$(tail -c 400 |
awk '/^-- (Dump completed|PostgreSQL database dump complete)/ { f = 1; next } f && !/^(--|\\|$)/ { f = 0 }
/^(mysqldump|mariadb-dump|pg_dump|pg_dumpall): / { e = $0 }
END { print f + 0; print substr(e, 1, 300) }')" >&6; } 2>&1 >/dev/null | say said "$(few)"
say dump "$($u -- "$f" 2>/dev/null | head -c 1048576 | awk '{ n += length($0) + 1; l = toupper(substr($0, 1, 40)) }
NR < 6 && /^(mysqldump|mariadb-dump|pg_dump|pg_dumpall): / && !e { e = $0 }
NR == 1 && /^(mysqldump|mariadb-dump|pg_dump|pg_dumpall) .*(Ver |from |\(PostgreSQL\))/ { v = 1 }
l ~ /^(CREATE (OR REPLACE )?(UNLOGGED )?TABLE|INSERT INTO|REPLACE INTO|COPY) / { t = 1 }
END { print n + 0, v + 0, t + 0; print substr(e, 1, 300) }')";;
*) { $u -- "$f" 2>&1 >/dev/null; say unpacked $? >&6; } | say said "$(few)";;
esac
k=$(printf '%s\n' "$o" | awk -v m="$m members" 'found { print; exit } $0 == m { found = 1 }')
i=0
read -r s o </proc/uptime
[ -z "$k" ] || while [ $i -lt "$r" ]; do
i=$((i+1)) k=${k#* } q=$1 b=$2; shift 2
case $k in none*) continue;; dot*) q=./$q;; esac
if [ $l = zip ]; then
say restored-$i "$({ unzip -p "$f" "$q"; say taken-$i $? >&6; } 2>/dev/null | digest)"
else
say restored-$i "$({ $u -- "$f" | { tar -xOf - -- "$q"; say taken-$i $? >&6; cat >/dev/null; } | digest; } 2>/dev/null)"
fi
[ -n "$b" ] || continue
if [ -f "$b" ] && [ -r "$b" ]; then say beside-$i "$(digest <"$b")"
else e=$(stat -c '' -- "$b" 2>&1) && e='Permission denied'; say beside-$i "$e"; fi
done
read -r e o </proc/uptime
[ -z "$k" ] || [ "$r" = 0 ] || say took "$s $e"
say end"""


def command(probe: Probe) -> Command:
    a = probe.args
    restore = [part for pair in a.get("restore", ()) for part in pair]
    before = a.get("before", ())
    counts = (str(len(restore) // 2), str(len(before)))
    given = (
        MARK,
        *below(a["path"], a["name"]),
        a.get("list") or "",
        *counts,
        *before,
        *restore,
        *a["contains"],
    )
    argv = ("sh", "-c", _SCRIPT, "sh", *given)
    return Command(argv, deadline=probe.deadline, cap=65_536, slow=True)


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
    unpacked, listed = parts.get("unpacked"), parts.get("listed")
    tool, code = parts.get("tool") or None, unpacked
    if unpacked is not None and int(unpacked) == 0 and listed is not None:
        tool, code = "tar", listed
    restore = len(probe.args.get("restore", ()))
    told = parts.get("members", "").split()
    found = [n == "1" for n in told[1 + restore :]]
    return {
        "name": parts.get("name"),
        "size": size,
        "mtime": mtime,
        "age": now - mtime,
        "sha256": _digest(parts.get("sha256")),
        "form": parts.get("form", "other").strip(),
        "noted": parts.get("noted"),
        "noted_denied": "noted-denied" in parts,
        "tool": tool,
        "exit_code": None if code is None else int(code),
        "said": parts.get("said", "").strip(),
        "ended": None if "mark" not in parts else parts["mark"].strip() == "0",
        "members": int(told[0]) if told else None,
        "found": found or [False] * len(probe.args["contains"]),
        "restored": [_restored(parts, n) for n in range(1, restore + 1)] if told else None,
        "complete": parts["complete"].startswith("1") if "complete" in parts else None,
        "dump": _dump(parts),
        "sample_took": _took(parts.get("took")),
        "until": int(parts["until"] or 0) or None,
    }


def _restored(parts: dict[str, str], n: int) -> dict[str, Any]:
    code, beside = parts.get(f"taken-{n}"), parts.get(f"beside-{n}")
    known = _digest(beside)
    return {
        "exit_code": None if code is None else int(code),
        "sha256": _digest(parts.get(f"restored-{n}")),
        "beside": known,
        "beside_error": None if beside is None or known else errno(beside.encode())[0].value,
    }


def _dump(parts: dict[str, str]) -> dict[str, Any] | None:
    if "dump" not in parts or "complete" not in parts:
        return None
    head, _, said = parts["dump"].partition("\n")
    size, version, tables = map(int, head.split())
    said = said.strip() or parts["complete"].partition("\n")[2].strip()
    return {"bytes": size, "version": bool(version), "tables": bool(tables), "said": said}


def _took(said: str | None) -> float | None:
    if said is None:
        return None
    begun, ended = map(float, said.split())
    return round(ended - begun, 2)


def _digest(said: str | None) -> str | None:
    match = re.match(r"\\?([0-9a-f]{64})\b", said or "")
    return match[1] if match else None


commands = one_each(command)
VERB = Verb("archive", commands, read)
