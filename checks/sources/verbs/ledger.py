"""``ledger`` (path, name, keep): what stands in the JSON files of a folder whose names fit, the newest first.

A file is one entry, a list of entries, or (``.jsonl``, ``.ndjson``) one entry a line. Read strictly: a key that stands
twice, NaN and what is no object are errors of that entry, and no other entry is lost by them.

Value: ``{"entries": [{"file", "line" (of its beginning, from 1), "entry": object or null, "error": why not, or null}],
"files" (how many fit), "denied": [names that may not be read], "read" (how many of them were looked at), "cut": [names
of files with an entry a line of which only the end was read]}``.
"""

from __future__ import annotations

import json
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
from checks.sources.verbs.find import glob

LARGEST = 512 * 1024
_LINES = (".jsonl", ".ndjson")
_SCRIPT = r"""m=$1 d=$2 p=$3 keep=$4 most=$5
cd / && { [ -d "$d" ] || find "$d" -maxdepth 0 >/dev/null; }
d=${d%/}
l=$(find "$d/" -mindepth 1 -maxdepth 1 -type f -name "$p" -exec stat -c '%Y %n' -- {} + | sort -rn)
[ -z "$l" ] || printf '%s\n' "$l" | while read -r t f; do
c=$((${c:-0}+1))
[ $c -le "$keep" ] || continue
if ! [ -f "$f" ] || [ "${f%/*}" != "$d" ]; then printf '\n%s odd -\n' "$m"
elif ! [ -r "$f" ]; then printf '\n%s denied %s\n' "$m" "${f##*/}"
else
case $f in *.jsonl|*.ndjson) s=$(stat -c %s -- "$f");; *) s=0;; esac
if [ "$s" -ge "$most" ]; then
printf '\n%s cut %s %s\n' "$m" "$(head -c $((s-most+1)) -- "$f" | wc -l)" "${f##*/}"; tail -c $((most-1)) -- "$f"
else printf '\n%s file %s\n' "$m" "${f##*/}"; head -c "$most" -- "$f"; fi; fi
done
printf '\n%s end %s\n' "$m" "$(printf '%s' "$l" | grep -c '')"
"""


def command(probe: Probe) -> Command:
    a = probe.args
    argv = ("sh", "-c", _SCRIPT, "sh", MARK, a["path"], glob(a["name"]), str(a["keep"]), str(LARGEST + 1))
    return Command(argv, deadline=probe.deadline, cap=32 * 1024 * 1024)


def read(probes: Sequence[Probe], answers: Answers) -> Iterator[Fact]:
    for probe in probes:
        answer = answers.get(command(probe).argv)
        pattern = f"{probe.args['path'].rstrip('/')}/{probe.args['name']}"
        shown = f"cat -- {shlex.quote(display(pattern))}"
        missing = unanswered(probe, answer, shown)
        if missing or answer is None:
            yield missing or fact(probe, answer, shown, Observation.ERROR)
            continue
        parts = framed(answer)
        if answer.stderr.strip() and not any(key.startswith("file ") for key, _ in parts):
            observation, reason = errno(answer.stderr)
            yield fact(probe, answer, shown, observation, reason=reason, raw=answer.stderr)
        elif not parts or not parts[-1][0].startswith("end "):
            reason = msg("The answer is not complete.")
            yield fact(probe, answer, shown, Observation.MALFORMED, reason=reason, raw=b"")
        else:
            value = _value(parts)
            names = "\n".join(sorted({one["file"] for one in value["entries"]}))
            yield fact(probe, answer, shown, value=value, raw=names.encode("utf-8", "backslashreplace"))


def _value(parts: Sequence[tuple[str, str]]) -> dict[str, Any]:
    entries: list[dict[str, Any]] = []
    denied: list[str] = []
    cut: list[str] = []
    for head, text in parts:
        key, _, name = head.partition(" ")
        if key == "file":
            entries += _entries(name, text)
        elif key == "cut":
            before, _, name = name.partition(" ")
            cut.append(name)
            entries += _lines(name, text.partition("\n")[2], int(before) + 2)
        elif key == "odd":
            entries.append(_entry("?", 1, error="a name with a line break"))
        elif key == "denied":
            denied.append(name)
    files = int(parts[-1][0].partition(" ")[2])
    return {"entries": entries, "files": files, "denied": denied, "read": len(parts) - 1, "cut": cut}


def _entries(name: str, text: str) -> Iterator[dict[str, Any]]:
    if len(text) > LARGEST:
        yield _entry(name, 1, error=f"larger than {LARGEST // 1024} KiB")
        return
    text = text.removeprefix("\ufeff")
    if not name.endswith(_LINES):
        yield from _parsed(name, 1, text)
        return
    yield from _lines(name, text, 1)


def _lines(name: str, text: str, first: int) -> Iterator[dict[str, Any]]:
    """The entries of `text`, of which the first line has the number `first`. A line without an end that cannot be read
    is what a writer left that died."""
    *whole, last = text.split("\n")
    for number, line in enumerate(whole, first):
        if line.strip():
            yield from _parsed(name, number, line)
    if last.strip():
        torn = [*_parsed(name, first + len(whole), last)]
        error = "cut off: the last line has no end"
        yield from ({**one, "error": error} if one["error"] else one for one in torn)


def _parsed(name: str, line: int, text: str) -> Iterator[dict[str, Any]]:
    try:
        data = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except json.JSONDecodeError as error:
        yield _entry(name, line + error.lineno - 1, error=f"{error.msg}, column {error.colno}")
        return
    except (ValueError, RecursionError) as error:
        yield _entry(name, line, error=str(error)[:200])
        return
    for one in data if isinstance(data, list) else [data]:
        yield _entry(name, line, one) if isinstance(one, dict) else _entry(name, line, error="not an object")


def _entry(name: str, line: int, entry: Any = None, error: str | None = None) -> dict[str, Any]:
    return {"file": name, "line": line, "entry": entry, "error": error}


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        twice = next(key for key, _ in pairs if sum(key == other for other, _ in pairs) > 1)
        raise ValueError(f"the key {twice[:50]!r} stands twice")
    return made


def _constant(name: str) -> Any:
    raise ValueError(f"{re.sub('[^A-Za-z-]', '', name)} is not JSON")


commands = one_each(command)
VERB = Verb("ledger", commands, read)
