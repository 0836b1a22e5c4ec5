"""``disk``: there is room left, for bytes and for files."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import model_validator

from checks.kinds.interface import Facts, Kind, Params, RemotePath, aspect, judgement
from checks.knowledge.filetypes import missing, unseen
from checks.knowledge.shares import Amount, Percent, share
from checks.model import Aspect, Judgement, Message, Observation, Probe, code, msg, probe


class Limits(Params):
    min_free: Amount | None = None
    """How much must be free: a size such as `5G`, or a share such as `10%`."""
    max_used: Percent | None = None
    """How much may be used, such as `85%`; what only root may use does not count."""
    min_free_inodes: Amount | None = None
    """How many inodes, and so new files, must be free: a number, or a share such as `10%`."""
    max_used_inodes: Percent | None = None
    """How many of the inodes may be used, such as `85%`."""

    def asked(self) -> bool:
        """Whether there is any limit."""
        return any(getattr(self, name) is not None for name in Limits.model_fields)


class Disk(Limits):
    path: RemotePath
    """Any path on the file system."""
    warn: Limits | None = None
    """The same limits, earlier: beyond these it is still as it should be, with a warning."""
    mounted: bool | None = None
    """`true`: the path must be where a file system of its own is mounted."""

    @model_validator(mode="after")
    def _asks_something(self) -> Disk:
        if not (self.asked() or (self.warn and self.warn.asked()) or self.mounted is not None):
            raise ValueError("expected at least one limit, such as `min-free: 5G` or `max-used: 85%`")
        return self


def probes(p: Disk) -> dict[str, Probe]:
    return {"df": probe("df", path=p.path)}


def soll(p: Disk) -> Message:
    return msg("room at {path:code}", path=p.path)


def judge(p: Disk, facts: Facts) -> Judgement:
    fact = facts["df"]
    if fact.observation is Observation.ABSENT:
        return missing(fact, msg("Put {path:code} in place, or mount it.", path=p.path))
    if fact.observation is not Observation.OBSERVED:
        return unseen(p.path, fact)
    aspects, remedy = [], None
    if p.mounted is not None:
        on, path = fact.value["mounted_on"], p.path.rstrip("/") or "/"
        expected = code(path) if p.mounted else msg("not {path:code}", path=path)
        right = (on == path) is p.mounted
        aspects.append(aspect(msg("mounted at"), expected, code(on), right))
        remedy = None if right else _mounts(p)
    return judgement(*aspects, *_aspects(p, p.warn or Limits(), fact.value), remedy=remedy)


def _mounts(p: Disk) -> Message:
    command = f"findmnt -T {shlex.quote(p.path)}"
    if p.mounted:
        return msg("Mount it; this shows what is there instead: {command:code}", command=command)
    return msg("Find out why something is mounted there: {command:code}", command=command)


def _aspects(hard: Limits, warn: Limits, seen: Mapping[str, Any]) -> Iterator[Aspect]:
    for kind, name, used, free in (
        ("", msg("space"), seen["used"], seen["free"]),
        ("_inodes", msg("inodes"), seen["inodes_used"], seen["inodes_free"]),
    ):
        for key in (f"min_free{kind}", f"max_used{kind}"):
            limit, early = getattr(hard, key), getattr(warn, key)
            shown = early if limit is None else limit
            if shown is None:
                continue
            expected = _text(key, shown)
            if limit is not None and early is not None:
                expected = msg("{limit}, better {early}", limit=expected, early=_text(key, early))
            if free is None:
                yield aspect(name, expected, msg("no limit on this file system"), True)
                continue
            right = limit is None or _within(limit, used, free)
            near = right and early is not None and not _within(early, used, free)
            yield aspect(name, expected, _text(key, shown, (used, free)), right, near=near)


def _within(limit: str | int, used: int, free: int) -> bool:
    if isinstance(limit, int):
        return share(used, free, up=True) <= limit
    if limit.endswith("%"):
        return share(free, used, up=False) >= int(limit[:-1])
    return free >= int(limit)


def _text(key: str, limit: str | int, seen: tuple[int, int] | None = None) -> Message:
    """The limit in words; or, with `seen` (used, free), what there is in the same words."""
    used, free = seen or (0, 0)
    if isinstance(limit, int):
        if seen:
            return msg("{percent:int}% used", percent=share(used, free, up=True))
        return msg("at most {percent:int}% used", percent=limit)
    if limit.endswith("%"):
        if seen:
            return msg("{percent:int}% free", percent=share(free, used, up=False))
        return msg("at least {percent:int}% free", percent=int(limit[:-1]))
    if key == "min_free":
        return (
            msg("{size:size} free", size=free) if seen else msg("at least {size:size} free", size=int(limit))
        )
    return msg("{n:int} free", n=free) if seen else msg("at least {n:int} free", n=int(limit))


KIND = Kind(
    name="disk",
    summary="A file system has room left, for bytes and for files.",
    why="On a full disk a deployment stops half way, a database stops writing, and a backup is cut off.",
    params=Disk,
    shorthand="path",
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=lambda p: msg(
        "Make room; this shows what takes it: {command:code}",
        command=f"du -xh -d 2 {shlex.quote(p.path)} | sort -h",
    ),
    handles=frozenset({Observation.DENIED}),
    example="disk: {path: /var/www, min-free: 5G, max-used-inodes: 90%, warn: {min-free: 10G}}",
)
