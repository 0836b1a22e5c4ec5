"""``file``: a regular file stands where it should."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from pydantic import model_validator

from checks.kinds.interface import Facts, Kind, Params, RemotePath, aspect, judgement, undetermined
from checks.knowledge.ages import aged
from checks.knowledge.filetypes import leads_nowhere, missing, taken, unseen
from checks.knowledge.grants import enter
from checks.knowledge.searched import gap
from checks.model import Aspect, Fact, Judgement, Message, Observation, Probe, code, msg, probe
from checks.units import Duration, Size

MOST = 5000


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
        folder, name = split(self.newest or "/*")
        if not set(name) & set("*?[") or set(folder) & set("*?"):
            raise ValueError("expected `newest` with `*` in its last part, and only there")
        return self


def split(pattern: str) -> tuple[str, str]:
    """The folder of `pattern`, and its last part."""
    folder, _, name = pattern.rpartition("/")
    return folder or "/", name


def probes(p: File) -> dict[str, Probe]:
    if p.newest:
        folder, name = split(p.newest)
        return {"found": probe("find", path=folder, names=[name], max=1, keep=MOST)}
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
    present, folder = msg("present"), split(p.newest or "")[0]
    if fact.observation is Observation.ABSENT:
        nothing = msg("the folder {folder:code} is missing", folder=folder)
        return judgement(aspect(None, present, nothing, False), observation=fact.observation)
    if fact.observation is Observation.DENIED:
        return undetermined(fact.reason or msg("Access was denied."), fact.observation, remedy=enter(folder))
    if unseen := gap(fact):
        return unseen
    if fact.value["count"] > len(fact.value["entries"]):
        reason = msg("More than {n:int} fit; which is the newest was not seen.", n=MOST)
        return undetermined(reason, Observation.ERROR)
    files = [entry for entry in fact.value["entries"] if entry["type"] == "file"]
    if not files:
        return judgement(aspect(None, present, msg("none"), False), observation=Observation.ABSENT)
    newest = max(files, key=lambda entry: (entry["mtime"], entry["name"]))
    return judgement(aspect(None, present, code(newest["name"]), True), *_limits(p, newest, fact))


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
