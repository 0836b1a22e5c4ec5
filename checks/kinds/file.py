"""``file``: a regular file stands where it should."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from checks.grants import enter
from checks.kinds.interface import Facts, Kind, Params, RemotePath, aspect, judgement, undetermined
from checks.model import Judgement, Message, Observation, Probe, code, msg, probe
from checks.units import Size


class File(Params):
    path: RemotePath
    """Where the file stands."""
    min_size: Size = 0
    """The least size in bytes; 1 means 'not empty'."""
    max_size: Size | None = None
    """The greatest size in bytes."""


def probes(p: File) -> dict[str, Probe]:
    return {"path": probe("stat", path=p.path)}


def soll(p: File) -> Message:
    return msg("file {path:code}", path=p.path)


def judge(p: File, facts: Facts) -> Judgement:
    fact = facts["path"]
    present = msg("present")
    if fact.observation is Observation.ABSENT:
        return judgement(
            aspect(None, present, msg("missing"), False), observation=fact.observation, reason=fact.reason
        )
    seen = fact.value
    if seen["type"] == "link" and seen["resolved"] is None:
        return leads_nowhere(p.path, seen)
    seen = seen["resolved"] or seen
    if seen["type"] != "file":
        return judgement(aspect(None, msg("file"), kind_of(seen["type"]), False))
    aspects = [aspect(None, present, present, True)]
    size = seen["size"]
    if p.min_size:
        least = msg("at least {size:size}", size=p.min_size)
        aspects.append(aspect(msg("size"), least, msg("{size:size}", size=size), size >= p.min_size))
    if p.max_size is not None:
        most = msg("at most {size:size}", size=p.max_size)
        aspects.append(aspect(msg("size"), most, msg("{size:size}", size=size), size <= p.max_size))
    return judgement(*aspects)


def leads_nowhere(path: str, link: Mapping[str, Any]) -> Judgement:
    """The judgement of a link at `path` with nothing at its end: nothing is there, or it may not be seen."""
    present = msg("present")
    if link["resolved_error"] in ("absent", "loop"):
        dangling = msg("dangling link to {target:code}", target=link["target"])
        return judgement(aspect(None, present, dangling, False), observation=Observation.ABSENT)
    observation = Observation(link["resolved_error"] or "error")
    if observation is not Observation.DENIED:
        return undetermined(msg("Where the link leads could not be seen."), observation)
    target = str(PurePosixPath(path).parent / link["target"])
    hidden = msg("The account may not see where the link leads.")
    return undetermined(hidden, observation, remedy=enter(target))


def kind_of(type_: str) -> Message:
    """The word for a file type of the ``stat`` verb."""
    words = {
        "file": msg("file"),
        "directory": msg("directory"),
        "link": msg("symbolic link"),
        "fifo": msg("named pipe"),
        "socket": msg("socket"),
        "block": msg("block device"),
        "char": msg("character device"),
    }
    return words.get(type_) or code(type_)


KIND = Kind(
    name="file",
    summary="A regular file is present, and of plausible size.",
    why="A release without its entry point answers every request with an error.",
    params=File,
    shorthand="path",
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=lambda p: msg("Put the file {path:code} in place.", path=p.path),
    example="file: public/index.php",
)
