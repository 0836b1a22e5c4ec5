"""Directory entries, found with ``find``, described with ``stat``: one record each, framed by the mark.

An entry is ``{"name", "type", "mode" (int, permission bits), "user", "group", "size" (bytes), "mtime" (epoch
seconds), "target" (of a link, as written; else null)}``, seen by lstat.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from checks.model import Message, Observation
from checks.sources.interface import MARK, Answer, Command, decode, errno, is_plain
from checks.sources.verbs.stat import record

# awk keeps the first records only, of all or (`by` = 1) of each directory, and counts the rest: what a
# directory of a million files costs to send is bounded. The exit code of find proves that it saw the end.
_FIND = r"""m=$1 by=$2 most=$3; shift 3
{ find "$@" -exec stat -c "$m %f %u %g %s %Y %h
%U
%G
%n
%N" -- {} +; printf '%s ? %s\n' "$m" "$?"; } | awk -v m="$m" -v by="$by" -v most="$most" '
index($0, m " ? ") == 1 { print; kept = 0; head = 9; next }
index($0, m " ") == 1 { text = ""; head = 0 }
head < 4 {
  text = text $0 "\n"; head++
  if (head == 4) {
    key = ""
    if (by) { key = $0; sub(/\/[^\/]*$/, "", key) }
    kept = count[key]++ < most + 0
    if (kept) printf "%s", text
  }
  next
}
kept { print }
END { for (key in count) printf "%s # %d\n%s\n", m, count[key], key }'"""

# What is wrong with the path itself is said before the mark, so that it is not taken for something below it.
_START = """[ -d "$4" ] || find "$4" -maxdepth 0 >/dev/null; printf '%s\\n' "$1" >&2
"""
_RECORD = 400
_LARGEST = 8 * 1024 * 1024


def find(
    expression: Sequence[str],
    *,
    most: int,
    starts: int,
    deadline: float,
    slow: bool = False,
) -> Command:
    """``find`` with `expression` (paths and tests), keeping `most` entries of each directory; or of all, if
    it starts at one path. `starts` is the number of paths in it."""
    each = starts > 1
    # From the root, because find wants to come back to where it started, and that may be closed.
    script = "cd /\n" + ("" if each else _START) + _FIND
    argv = ("sh", "-c", script, "sh", MARK, str(int(each)), str(most), *expression)
    cap = starts * most * (_RECORD + 2 * max(map(len, expression), default=0)) + 65536
    return Command(argv, deadline=deadline, cap=min(_LARGEST, cap), slow=slow)


class Found(NamedTuple):
    """What one ``find`` answered. ``entries`` are (path, entry); ``counts`` how many there were, by directory,
    or under ``""`` for one start; ``start_error`` what was wrong with that start itself; ``errors`` the other
    lines of standard error; ``complete``: it went through to the end."""

    entries: tuple[tuple[bytes, dict[str, Any]], ...]
    counts: dict[bytes, int]
    start_error: bytes
    errors: tuple[bytes, ...]
    complete: bool


def parse(answer: Answer) -> Found:
    """The records in `answer`."""
    entries: list[tuple[bytes, dict[str, Any]]] = []
    counts: dict[bytes, int] = {}
    complete = False
    mark = answer.mark.encode()
    for part in answer.stdout.split(mark + b" ")[1:]:
        if part.startswith(b"? "):
            complete = part.split() in ([b"?", b"0"], [b"?", b"1"])
        elif part.startswith(b"# "):
            head, _, key = part.partition(b"\n")
            counts[key.rstrip(b"\n")] = int(head[2:])
        elif (one := _entry(part)) is not None:
            entries.append(one)
    before, marked, after = answer.stderr.rpartition(mark)
    errors = re.split(rb"\n(?=(?:find|stat): )", after.strip(b"\n"))
    return Found(
        entries=tuple(entries),
        counts=counts,
        start_error=before.strip() if marked else b"",
        errors=tuple(error for error in errors if error.strip()),
        complete=complete and not answer.truncated and not answer.errors_cut,
    )


def _entry(part: bytes) -> tuple[bytes, dict[str, Any]] | None:
    try:
        head, user, group, rest = part.split(b"\n", 3)
        name, quoted = split_name(rest)
        seen = record(head, user, group, name, quoted)
    except ValueError:  # the last record of an answer that was cut off
        return None
    kept = ("type", "mode", "user", "group", "size", "mtime", "target")
    return name, {"name": decode(name.rsplit(b"/", 1)[-1]), **{key: seen[key] for key in kept}}


def split_name(rest: bytes) -> tuple[bytes, bytes]:
    """The name as it is and as ``%N`` shows it, from the two after each other. GNU's ``%N`` escapes line
    breaks; busybox's does not, so that there the name is found by its repetition. Raises ValueError."""
    text = rest.removesuffix(b"\n")
    middle = len(text) // 2
    if len(text) % 2 and text[middle : middle + 1] == b"\n" and text[:middle] == text[middle + 1 :]:
        return text[:middle], text[middle + 1 :]
    end = text.find(b"\n")
    while end != -1:
        if text.startswith(b"'" + text[:end] + b"' -> '", end + 1):
            return text[:end], text[end + 1 :]
        end = text.find(b"\n", end + 1)
    name, quoted = text.rsplit(b"\n", 1)
    return name, quoted


def vanished(error: bytes) -> bool:
    """Whether `error` only says that an entry went away while it was looked at."""
    return b"No such file or directory" in error


def own_error(path: str, found: Found, *, alone: bool) -> tuple[Observation, Message] | None:
    """Why the directory `path` could not be listed in full; None where it could. `alone`: it is all that was
    listed, else only what names it is about it."""
    if found.start_error:
        return errno(found.start_error)
    name = re.escape(path.rstrip("/").encode("utf-8", "surrogateescape"))
    itself, within = re.compile(rb"[ '\"`]" + name + rb"/?['\"]?: "), re.compile(rb"[ '\"`]" + name + rb"/")
    for error in found.errors:
        about = alone or within.search(error) or not error.startswith((b"find: ", b"stat: "))
        if itself.search(error) or (about and not vanished(error)):
            return errno(error)
    return None


def groups(paths: Sequence[str], size: int) -> Iterator[list[str]]:
    """Paths that can share a process, at most `size`: one that hangs or overflows takes only its group along.
    An odd name gets a process of its own, so that its error is its own."""
    plain = [path for path in paths if is_plain(path)]
    yield from (plain[i : i + size] for i in range(0, len(plain), size))
    yield from ([path] for path in paths if not is_plain(path))
