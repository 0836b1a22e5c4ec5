"""``file``: a regular file stands where it should."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from pydantic import model_validator

from checks.kinds.interface import Facts, Kind, Params, RemotePath, aspect, judgement
from checks.knowledge.ages import aged
from checks.knowledge.filetypes import leads_nowhere, missing, taken, unseen
from checks.knowledge.newest import files, is_pattern, listing
from checks.model import Aspect, Fact, Judgement, Message, Observation, Probe, code, msg, probe
from checks.units import Duration, Size


class File(Params):
    path: RemotePath | None = None
    """Where the file stands."""
    newest: RemotePath | None = None
    """Instead of `path`: the newest of the files in one folder whose names fit, such as `backups/app-*.tar.gz`."""
    max_age: Duration | None = None
    """How long ago it may have been written at most."""
    min_size: Size = 0
    """The least size in bytes; 1 means 'not empty'."""
    max_size: Size | None = None
    """The greatest size in bytes."""

    @model_validator(mode="after")
    def _one_of_two(self) -> File:
        if (self.path is None) == (self.newest is None):
            raise ValueError("expected either `path` or `newest`")
        if self.newest is not None and not is_pattern(self.newest):
            raise ValueError("expected `newest` with `*` in its last part, and only there")
        return self


def probes(p: File) -> dict[str, Probe]:
    if p.newest:
        return {"found": listing(p.newest)}
    return {"path": probe("stat", path=p.path)}


def soll(p: File) -> Message:
    if p.newest:
        return msg("newest of {pattern:code}", pattern=p.newest)
    return msg("file {path:code}", path=p.path)


def judge(p: File, facts: Facts) -> Judgement:
    if p.newest:
        return _judge_newest(p, facts["found"])
    fact = facts["path"]
    if fact.observation is Observation.ABSENT:
        return missing(fact)
    if fact.observation is Observation.DENIED:
        return unseen(p.path or "", fact)
    seen = fact.value
    if seen["type"] == "link" and seen["resolved"] is None:
        return leads_nowhere(p.path or "", seen)
    seen = seen["resolved"] or seen
    if seen["type"] != "file":
        return taken(p.path or "", "file", seen["type"])
    limits = [*_limits(p, seen, fact)]
    present = aspect(None, msg("present"), msg("present"), True)
    return judgement(present, *limits, remedy=_look(p) if limits else None)


def _judge_newest(p: File, fact: Fact) -> Judgement:
    found = files(p.newest or "", fact)
    if isinstance(found, Judgement):
        return found
    newest = max(found, key=lambda entry: (entry["mtime"], entry["name"]))
    present = aspect(None, msg("present"), code(newest["name"]), True)
    return judgement(present, *_limits(p, newest, fact))


def _limits(p: File, seen: Mapping[str, Any], fact: Fact) -> Iterator[Aspect]:
    size, actual = seen["size"], msg("{size:size}", size=seen["size"])
    if p.min_size:
        yield aspect(msg("size"), msg("at least {size:size}", size=p.min_size), actual, size >= p.min_size)
    if p.max_size is not None:
        yield aspect(msg("size"), msg("at most {size:size}", size=p.max_size), actual, size <= p.max_size)
    if p.max_age is not None:
        yield aged(datetime.fromisoformat(fact.observed_at).timestamp() - seen["mtime"], p.max_age)


def _look(p: File) -> Message:
    path = p.newest or p.path
    if not p.newest and p.max_age is None:
        return msg("Find out why {path:code} is not of the size that it should be.", path=path)
    return msg("Find out whether {path:code} is still written, and in full.", path=path)


def remedy(p: File) -> Message:
    return _look(p) if p.newest else msg("Put the file {path:code} in place.", path=p.path)


KIND = Kind(
    name="file",
    summary="A regular file is present, of plausible size and age; or the newest of several is.",
    why="A release without its entry point answers every request with an error; a backup of last month restores "
    "last month.",
    params=File,
    shorthand="path",
    subject=("newest",),
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=remedy,
    handles=frozenset({Observation.DENIED}),
    example="file: public/index.php",
)
