"""``directory``: a directory stands where it should."""

from __future__ import annotations

import shlex

from checks.kinds.interface import Facts, Kind, Params, RemotePath, aspect, judgement, undetermined
from checks.knowledge.filetypes import leads_nowhere, missing, taken, unseen
from checks.knowledge.grants import look_into
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
        return missing(fact)
    if fact.observation is Observation.DENIED:
        return unseen(p.path, fact)
    seen = fact.value
    if seen["type"] == "link" and seen["resolved"] is None:
        return leads_nowhere(p.path, seen)
    seen = seen["resolved"] or seen
    if seen["type"] != "directory":
        return taken(p.path, "directory", seen["type"])
    there = aspect(None, present, present, True)
    if p.empty is None:
        return judgement(there)
    list_, words = facts["entries"], {True: msg("empty"), False: msg("not empty")}
    if list_.observation is not Observation.OBSERVED:
        why = list_.reason or msg("It was not observed.")
        return undetermined(why, list_.observation, remedy=look_into(p.path))
    empty = not list_.value["entries"]
    content = aspect(msg("content"), words[p.empty], words[empty], empty is p.empty)
    return judgement(there, content, remedy=_look(p))


def _look(p: Directory) -> Message:
    if p.empty:
        return msg("See what is in it: {command:code}", command=f"ls -la -- {shlex.quote(p.path)}")
    return msg("Find out why nothing is written to {path:code}.", path=p.path)


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
    handles=frozenset({Observation.DENIED}),
    example="directory: bootstrap",
)
