"""``read`` (path, contains?, matches?, max?): whether and where a file holds something.

``contains`` are texts, ``matches`` regular expressions, looked for line by line; ``max`` bytes are read. They
are looked for here, before redaction, and nothing of the file is kept but what matched.

Value: ``{"type" ("file"; else what it is, and nothing more), "size" (bytes read), "capped" (there is more),
"contains": [hit], "matches": [hit]}`` in the order asked for; a hit is ``{"line" (from 1), "text"}`` or null.
"""

from __future__ import annotations

import codecs
import hashlib
import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Any

from checks.model import Fact, Observation, Probe, msg
from checks.sources.entries import groups
from checks.sources.interface import (
    MARK,
    Answer,
    Answers,
    Command,
    Verb,
    decode,
    display,
    errno,
    fact,
    is_plain,
    unanswered,
)
from checks.sources.search import LONGEST_TEXT, first, kept
from checks.sources.verbs.stat import type_of

MOST = 4 * 1024 * 1024
TOGETHER = 256
_CAP = 96 * 1024 * 1024
_LEAST = 200
"""Bytes read of everything: what stands between two files must not be cut off."""

# One process reads all files. Between two of them it reads its own environment, which holds nothing but the
# mark. What is no regular file is described instead: a pipe would never end. Nor may that environment be one of the
# files: what comes behind it would be taken for another.
_READ = """m=$1 n=$2 i=-1 l=; shift 2
for p; do
i=$((i+1))
if [ -f "$p" ] && ! [ "$p" -ef /proc/self/environ ]; then l="$l \\"\\${$((i+1))}\\" /proc/self/environ"
else printf '%s %s\\n' "$m" "$i"; printf '%s %s\\n' "$m" "$i" >&2; stat -L -c %f -- "$p"; fi
done
printf '%s /\\n' "$m"; printf '%s /\\n' "$m" >&2
eval "set -- $l"
[ $# -eq 0 ] || env -i D="$m" head -q -c "$n" -- "$@"
"""


def _plan(probes: Sequence[Probe]) -> Iterator[tuple[Command, int, list[str]]]:
    deadline = max(probe.deadline for probe in probes)
    by_max: dict[int, dict[str, None]] = {}
    for probe in probes:
        by_max.setdefault(probe.args.get("max", MOST), {})[probe.args["path"]] = None
    for most, paths in by_max.items():
        for group in groups(list(paths), TOGETHER):
            argv = ("sh", "-c", _READ, "sh", MARK, str(max(most + 1, _LEAST)), *group)
            cap = min(_CAP, len(group) * (most + 200) + 65536)
            yield Command(argv, deadline=deadline, cap=cap), most, group


def commands(probes: Sequence[Probe]) -> list[Command]:
    return [command for command, _, _ in _plan(probes)]


def read(probes: Sequence[Probe], answers: Answers) -> Iterator[Fact]:
    parts: dict[tuple[int, str], tuple[Answer | None, _Part]] = {}
    for command, most, group in _plan(probes):
        answer = answers.get(command.argv)
        for path, part in zip(group, _parts(group, answer), strict=True):
            parts[most, path] = (answer, part)
    for probe in probes:
        answer, part = parts[probe.args.get("max", MOST), probe.args["path"]]
        yield _fact(probe, answer, part)


def _fact(probe: Probe, answer: Answer | None, part: _Part) -> Fact:
    most = probe.args.get("max", MOST)
    shown = f"head -c {most} -- {shlex.quote(display(probe.args['path']))}"
    content, type_, error = part
    missing = unanswered(probe, answer, shown)
    if answer is None or (missing and content is None):
        return missing or fact(probe, answer, shown, Observation.ERROR)
    if error:
        observation, reason = errno(error)
        return fact(probe, answer, shown, observation, reason=reason, raw=error, shared=True)
    if type_ == "file":
        reason = msg("It is not a file that can be read together with others.")
        return fact(probe, answer, shown, Observation.ERROR, reason=reason, raw=b"", shared=True)
    if type_:
        return fact(probe, answer, shown, value={"type": type_}, raw=b"", shared=True)
    if content is None:
        reason = msg("The answer was cut off before it.")
        return fact(probe, answer, shown, Observation.ERROR, reason=reason, raw=b"", shared=True)
    value: dict[str, Any] = {"type": "file", "size": min(len(content), most), "capped": len(content) > most}
    texts = _texts(content[:most])
    value["contains"] = [_contains(texts, wanted) for wanted in probe.args.get("contains", ())]
    value["matches"] = [_matches(texts, pattern) for pattern in probe.args.get("matches", ())]
    hits = [hit for hit in value["contains"] + value["matches"] if hit]
    raw = "\n".join(f"{hit['line']}: {hit['text']}" for hit in hits).encode()
    digest = hashlib.sha256(content).hexdigest()
    return fact(probe, answer, shown, value=value, raw=raw, shared=True).model_copy(update={"sha256": digest})


_Part = tuple[bytes | None, str, bytes]
"""Of one path: its content, or what it is instead of a file, or what was said against it."""


def _parts(group: Sequence[str], answer: Answer | None) -> list[_Part]:
    if answer is None:
        return [(None, "", b"")] * len(group)
    mark = answer.mark.encode()
    before, regular, contents = answer.stdout.partition(mark + b" /\n")
    said, _, errors = answer.stderr.partition(mark + b" /")
    others = dict(_numbered(before, mark))
    against = dict(_numbered(said, mark))
    frames = contents.split(b"D=" + mark + b"\0")
    # With one too many, it is not known whose is whose.
    whole = frames[:-1] if len(frames) - 1 <= len(group) - len(others) else []
    parts: list[_Part] = []
    for index, path in enumerate(group):
        if index in others:
            mode = others[index].strip()
            error = b"" if mode else against.get(index, b"").strip()
            parts.append((None, type_of(int(mode, 16)) if mode else "", error))
        elif not regular or not whole:
            parts.append((None, "", b""))
        else:
            content = whole.pop(0)
            error = _error(path, errors, alone=len(group) == 1)
            unsure = not error and not content and answer.errors_cut
            parts.append((None if error or unsure else content, "", error))
    return parts


def _numbered(stream: bytes, mark: bytes) -> Iterator[tuple[int, bytes]]:
    for part in stream.split(mark + b" ")[1:]:
        number, _, rest = part.partition(b"\n")
        yield int(number), rest


def _error(path: str, errors: bytes, *, alone: bool) -> bytes:
    lines = [line for line in errors.split(b"\n") if line.startswith(b"head: ")]
    if not lines:
        return b""
    if alone and not is_plain(path):
        return lines[0]
    named = re.compile(rb"[ '\"]" + re.escape(path.encode("utf-8", "surrogateescape")) + rb"['\"]?[: ]")
    return next((line for line in lines if named.search(line)), b"")


def _texts(content: bytes) -> list[str]:
    """The content as text: as UTF-8; what is not, also as Latin-1, so that its letters can be found."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return [content.decode("utf-16", "replace")]
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        return [content.decode()]
    except UnicodeDecodeError:
        return [decode(content), content.decode("latin-1")]


def _contains(texts: Sequence[str], wanted: str) -> dict[str, Any] | None:
    wanted = wanted.replace("\r\n", "\n")
    for text in texts:
        text = text.replace("\r\n", "\n")
        at = text.find(wanted)
        if at >= 0:
            return {"line": text.count("\n", 0, at) + 1, "text": wanted[:LONGEST_TEXT]}
    return None


def _matches(texts: Sequence[str], pattern: str) -> dict[str, Any] | None:
    compiled = re.compile(pattern)
    for text in texts:
        lines = text.split("\n")
        for number, line in enumerate(lines[:-1] if lines[-1] == "" else lines, 1):
            line = line.removesuffix("\r")
            if match := first(compiled, line):
                return {"line": number, "text": kept(match[0], line, text)}
    return None


VERB = Verb("read", commands, read)
