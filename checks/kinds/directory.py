"""``directory``: a directory stands where it should."""

from __future__ import annotations

from checks.kinds.file import kind_of, leads_nowhere
from checks.kinds.interface import Facts, Kind, Params, RemotePath, aspect, judgement
from checks.model import Judgement, Message, Observation, Probe, msg, probe


class Directory(Params):
    path: RemotePath
    """Where the directory stands."""
    empty: bool | None = None
    """``true``: nothing may be in it. ``false``: something must be."""


def probes(p: Directory) -> dict[str, Probe]:
    wanted = {"path": probe("stat", path=p.path)}
    if p.empty is not None:
        wanted["entries"] = probe("list", path=p.path, max=20)
    return wanted


def soll(p: Directory) -> Message:
    return msg("directory {path:code}", path=p.path)


def judge(p: Directory, facts: Facts) -> Judgement:
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
    if seen["type"] != "directory":
        return judgement(aspect(None, msg("directory"), kind_of(seen["type"]), False))
    aspects = [aspect(None, present, present, True)]
    if p.empty is not None:
        count = len((facts["entries"].value or {"entries": []})["entries"])
        seen_text = msg("empty") if not count else msg("not empty")
        aspects.append(
            aspect(None, msg("empty") if p.empty else msg("not empty"), seen_text, (count == 0) is p.empty)
        )
    return judgement(*aspects)


KIND = Kind(
    name="directory",
    summary="A directory is present; optionally empty or not.",
    why="What writes into a directory that is missing fails at run time, not at deployment.",
    params=Directory,
    shorthand="path",
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=lambda p: msg("Create the directory {path:code}.", path=p.path),
    example="directory: bootstrap",
)
