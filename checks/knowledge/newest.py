"""The newest of several files in one folder: the pattern, and the listing of what fits it."""

from __future__ import annotations

from typing import Any

from checks.kinds.interface import aspect, judgement, undetermined
from checks.knowledge.grants import enter
from checks.knowledge.searched import gap
from checks.model import Fact, Judgement, Observation, Probe, msg, probe

MOST = 5000


def split(pattern: str) -> tuple[str, str]:
    """The folder of `pattern`, and its last part."""
    folder, _, name = pattern.rpartition("/")
    return folder or "/", name


def is_pattern(value: str) -> bool:
    """Whether `value` has a pattern in its last part, and only there."""
    folder, name = split(value)
    return bool(set(name) & set("*?[")) and not set(folder) & set("*?")


def listing(pattern: str) -> Probe:
    """What asks for all that fit `pattern`."""
    folder, name = split(pattern)
    return probe("find", path=folder, names=[name], max=1, keep=MOST)


def files(pattern: str, fact: Fact) -> list[dict[str, Any]] | Judgement:
    """The files of the :func:`listing` `fact`, at least one; or the judgement where none is there or some were not
    seen."""
    folder = split(pattern)[0]
    if fact.observation is Observation.ABSENT:
        nothing = msg("the folder {folder:code} is missing", folder=folder)
        return judgement(aspect(None, msg("present"), nothing, False), observation=fact.observation)
    if fact.observation is Observation.DENIED:
        return undetermined(fact.reason or msg("Access was denied."), fact.observation, remedy=enter(folder))
    if unseen := gap(fact):
        return unseen
    if fact.value["count"] > len(fact.value["entries"]):
        reason = msg("More than {n:int} fit; which is the newest was not seen.", n=MOST)
        return undetermined(reason, Observation.ERROR)
    found = [entry for entry in fact.value["entries"] if entry["type"] == "file"]
    none = aspect(None, msg("present"), msg("none"), False)
    return found or judgement(none, observation=Observation.ABSENT)
