"""``find``: what is below a directory and fits, at any depth.

Arguments: ``path``; ``min``, ``max`` (depth; 1 is what is directly in it); ``follow`` (links to directories are
entered too); ``names`` (name patterns, any of them), ``pattern`` (of the whole path); and, any of them,
``user``, ``group`` (belongs to another) and ``beyond`` (has one of these permission bits; links have none).
``keep``: so many are told, the others counted. ``slow``: it may take its time.

Value: ``{"entries": [entry and its "path" below the directory], "count", "denied": [folder that could not be
looked into], "failed": what else went wrong, or null}``; an entry as in :mod:`checks.sources.entries`.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from checks.model import Fact, Observation, Probe, msg
from checks.sources.entries import find, parse, vanished
from checks.sources.interface import (
    Answers,
    Command,
    Verb,
    decode,
    display,
    errno,
    fact,
    one_each,
    unanswered,
)
from checks.sources.verbs.stat import unescape

KEEP = 20
_QUOTED = re.compile(
    rb"(?:find|stat): (?:cannot stat[xf]? |can't stat )?(?:'(.*)'|\"(.*)\"|(.*?)): Permission denied",
    re.DOTALL,
)

_CIRCLE = re.compile(rb"find: '?(.*?)'?: (?:Too many levels of symbolic links|Symbolic link loop)", re.DOTALL)


def expression(probe: Probe) -> list[str]:
    """The arguments of ``find``."""
    args = probe.args
    words = [f"{args['path'].rstrip('/')}/", "-mindepth", str(args.get("min", 1))]
    if "max" in args:
        words += ["-maxdepth", str(args["max"])]
    if args.get("follow"):
        words += ["-follow"]
    if "pattern" in args:
        words += ["-path", glob(args["pattern"])]
    words += _any([["-name", glob(name)] for name in args.get("names", ())])
    wrong = [["!", f"-{what}", args[what]] for what in ("user", "group") if what in args]
    # One bit at a time, because "any of them" is spelt differently everywhere.
    bits = [["-perm", f"-{1 << bit:04o}"] for bit in range(12) if args.get("beyond", 0) & 1 << bit]
    if bits:
        wrong.append(["!", "-type", "l", *_any(bits)])
    return words + _any(wrong)


def glob(pattern: str) -> str:
    """`pattern` as ``find`` takes it: to docgen, a backslash is a letter like any other."""
    return pattern.replace("\\", "\\\\")


def below(path: str, name: str) -> tuple[str, str, str]:
    """For a script with ``find "$d/" -mindepth N -maxdepth N -path P``: the folder `path`, the depth, and the pattern for
    what fits `name` below it, which may lead through folders."""
    folder = path.rstrip("/")
    literal = re.sub(r"[*?[]", r"[\g<0>]", folder)
    return folder, str(name.count("/") + 1), glob(f"{literal}/{name}")


def _any(tests: Sequence[Sequence[str]]) -> list[str]:
    """The words for any of `tests`; none where there are none."""
    words = [word for test in tests for word in ("-o", *test)][1:]
    return ["(", *words, ")"] if len(tests) > 1 else words


def command(probe: Probe) -> Command:
    slow = bool(probe.args.get("slow"))
    keep = probe.args.get("keep", KEEP)
    return find(expression(probe), most=keep, starts=1, deadline=probe.deadline, slow=slow)


def read(probes: Sequence[Probe], answers: Answers) -> Iterator[Fact]:
    for probe in probes:
        answer = answers.get(command(probe).argv)
        shown = "find " + display(shlex.join(expression(probe)))
        missing = unanswered(probe, answer, shown)
        if missing or answer is None:
            yield missing or fact(probe, answer, shown, Observation.ERROR)
            continue
        found = parse(answer)
        if found.start_error:
            observation, reason = errno(found.start_error)
            yield fact(probe, answer, shown, observation, reason=reason, raw=found.start_error)
            continue
        start = len(f"{probe.args['path'].rstrip('/')}/".encode("utf-8", "surrogateescape"))
        entries = [{**entry, "path": decode(path[start:])} for path, entry in found.entries]
        entries.sort(key=lambda entry: str(entry["path"]))
        denied = [error for error in found.errors if b"Permission denied" in error]
        other = [
            error
            for error in found.errors
            if error not in denied and not vanished(error) and not _beside_the_point(error, probe)
        ]
        if not entries and not found.complete:
            reason = msg("The listing was cut off, so it proves nothing.")
            yield fact(probe, answer, shown, Observation.ERROR, reason=reason, raw=b"")
            continue
        value = {
            "entries": entries,
            "count": max(len(entries), sum(found.counts.values())),
            "denied": [_folder(error) for error in denied],
            "failed": decode(other[0][:200]) if other else None if found.complete else "cut off",
        }
        names = [str(entry["path"]).encode() for entry in entries]
        raw = b"\n".join([*names, answer.stderr[:1000].strip()]).strip()
        yield fact(probe, answer, shown, value=value, raw=raw)


def _beside_the_point(error: bytes, probe: Probe) -> bool:
    """Whether `error` is about a link that leads in a circle and has no name that is looked for. There is nothing
    below such a link."""
    match = _CIRCLE.match(error)
    if not match:
        return False
    path = decode(unescape(match[1]))
    names, pattern = probe.args.get("names", ()), probe.args.get("pattern")
    if not (names or pattern):
        return False
    fits = any(fnmatchcase(path.rpartition("/")[2], name) for name in names)
    return not fits and not (pattern and fnmatchcase(path, pattern))


def _folder(error: bytes) -> str:
    """The path that `error` is about, or all of it."""
    match = _QUOTED.match(error)
    if not match:
        return decode(error[:200])
    quoted, twice, bare = match.groups()
    path = unescape(quoted) if quoted is not None else twice or bare
    return decode(path).rstrip("/") or "/"


commands = one_each(command)
VERB = Verb("find", commands, read)
