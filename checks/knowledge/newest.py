"""The newest of several files: the pattern, and the listing of what fits it."""

from __future__ import annotations

import re
from typing import Any

from checks.kinds.interface import aspect, judgement, undetermined
from checks.knowledge.grants import enter
from checks.knowledge.searched import gap
from checks.model import Fact, Judgement, Observation, Probe, msg, nmsg, probe

MOST = 5000


def split(pattern: str) -> tuple[str, str]:
    """The folder of `pattern`, and its last part."""
    folder, _, name = pattern.rpartition("/")
    return folder or "/", name


def is_pattern(value: str) -> bool:
    """Whether `value` has a pattern in its last part, and only there."""
    folder, name = split(value)
    return bool(set(name) & set("*?[")) and not set(folder) & set("*?")


def base(pattern: str) -> tuple[str, str]:
    """The folder of `pattern` up to its first part with a wildcard, and the rest, which is at least its last part."""
    parts = pattern.split("/")
    first = next((n for n, part in enumerate(parts) if set(part) & set("*?")), len(parts) - 1)
    first = min(first, len(parts) - 1)
    return "/".join(parts[:first]) or "/", "/".join(parts[first:])


def series_of(value: str) -> str:
    """`value` if it is a pattern for several files, in one folder or in many. Raises ValueError."""
    rest = base(value)[1]
    if not set(rest) & set("*?[") or value.endswith("/"):
        raise ValueError("expected a pattern with `*`, such as backups/app-*.tar.gz or backups/*/app.tar.gz")
    return value


def listing(pattern: str) -> Probe:
    """What asks for all that fit `pattern`."""
    folder, rest = base(pattern)
    depth = rest.count("/") + 1
    if depth == 1:
        return probe("find", path=folder, names=[rest], max=1, keep=MOST)
    literal = re.sub(r"[*?[]", r"[\g<0>]", folder.rstrip("/"))
    return probe("find", path=folder, pattern=f"{literal}/{rest}", min=depth, max=depth, keep=MOST)


def files(pattern: str, fact: Fact) -> list[dict[str, Any]] | Judgement:
    """The files of the :func:`listing` `fact`, at least one; or the judgement where none is there or some were not
    seen."""
    folder = base(pattern)[0]
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
    nothing = msg("none")
    if links := sum(entry["type"] == "link" for entry in fact.value["entries"]):
        nothing = nmsg(
            "none but {n} link, which is not followed", "none but {n} links, which are not followed", n=links
        )
    none = aspect(None, msg("present"), nothing, False)
    return found or judgement(none, observation=Observation.ABSENT)
