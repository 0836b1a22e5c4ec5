"""``absent``: something is not there, and that was seen, not guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from checks.kinds.interface import Facts, Kind, Params, RemotePath, aspect, judgement, undetermined
from checks.knowledge.expectations import ONE_OR_MANY, one_or_many
from checks.knowledge.filetypes import kind_of
from checks.knowledge.grants import enter
from checks.knowledge.searched import gap
from checks.model import Fact, Judgement, Message, Observation, Probe, code, msg, nmsg, probe

_GLOB = re.compile(r"[*?\[]")
SHOWN = 5
Names = Annotated[
    tuple[Annotated[str, Field(pattern=r"^[^/\x00]+$")], ...],
    BeforeValidator(one_or_many),
    ONE_OR_MANY,
]


class Absent(Params):
    path: RemotePath | None = None
    """What must not be there: a path, or a pattern with `*`, `?` and `[…]` in any part of it. `*` matches
    hidden names too; `[*]` means a star. A link that leads nowhere is there."""
    below: RemotePath | None = None
    """With `name`: the folder below which nothing of that name may be, at any depth. Where there is no such
    folder, there is nothing below it: met, with a warning."""
    name: Names = ()
    """With `below`: the name or names that must not occur, such as `"*.sql"`."""
    max_depth: int | None = Field(default=None, ge=1)
    """With `below`: how deep to look; 1 is the folder itself. Without it, all the way."""
    follow: bool = False
    """With `below`: folders are also searched where only a link leads, such as Laravel's `public/storage`."""

    @model_validator(mode="after")
    def _one_of_two(self) -> Absent:
        if (self.path is None) == (self.below is None):
            raise ValueError("expected either `path`, or `below` with `name`")
        if (self.below is None) != (not self.name):
            raise ValueError("expected `below` and `name` together")
        if (self.max_depth or self.follow) and not self.below:
            raise ValueError("`max-depth` and `follow` belong to `below`: expected it as well")
        if self.path and "**" in self.path:
            raise ValueError("`**` is not known here: expected `below` and `name`")
        return self


def parts(pattern: str) -> tuple[str, int]:
    """The folder before the first part with a pattern in it, and how many parts come after it."""
    names = pattern.rstrip("/").split("/")
    first = next(i for i, name in enumerate(names) if _GLOB.search(name))
    return "/".join(names[:first]) or "/", len(names) - first


def probes(p: Absent) -> dict[str, Probe]:
    if p.below:
        how: dict[str, Any] = {"names": list(p.name), "follow": p.follow}
        how |= {"max": p.max_depth} if p.max_depth else {}
        return {"found": probe("find", path=p.below, slow=True, deadline=60, **how)}
    path = _clean(p)
    if not _GLOB.search(path):
        return {"path": probe("stat", path=path)}
    folder, depth_ = parts(path)
    return {"found": probe("find", path=folder, pattern=path, min=depth_, max=depth_, follow=True)}


def soll(p: Absent) -> Message:
    if p.below:
        return msg("no {names:list} below {folder:code}", names=p.name, folder=p.below)
    return msg("nothing at {path:code}", path=p.path)


def judge(p: Absent, facts: Facts) -> Judgement:
    nothing = msg("absent")
    if "path" in facts:
        return _judge_path(_clean(p), facts["path"])
    fact, folder = facts["found"], p.below or parts(_clean(p))[0]
    if fact.observation is Observation.ABSENT:
        seen = msg("absent; there is no folder {folder:code}", folder=folder)
        # A slip of the pen in the name of the folder would otherwise be green for ever.
        absent = aspect(None, nothing, seen, True, near=p.below is not None)
        return judgement(absent, observation=fact.observation, remedy=_no_folder(p) if p.below else None)
    if fact.observation is not Observation.OBSERVED:
        return undetermined(
            fact.reason or msg("It was not observed."), fact.observation, remedy=enter(folder)
        )
    if fact.value["count"]:
        paths = tuple(f"{folder.rstrip('/')}/{entry['path']}" for entry in fact.value["entries"][:SHOWN])
        actual = nmsg(
            "{n} is there: {paths:list}",
            "{n} are there, such as {paths:list}",
            n=fact.value["count"],
            paths=paths,
        )
        todo = msg("Remove what was found, after a look at what it is: {paths:list}", paths=paths)
        return judgement(aspect(None, nothing, actual, False), remedy=todo)
    closed = fact.value["denied"] if p.below else list(_relevant(_clean(p), fact.value["denied"]))
    seen = msg("absent; {folder:code} was searched", folder=folder)
    return gap(fact, closed) or judgement(aspect(None, nothing, seen, True))


def _judge_path(path: str, fact: Fact) -> Judgement:
    nothing = msg("absent")
    if fact.observation is Observation.ABSENT:
        return judgement(aspect(None, nothing, nothing, True), observation=fact.observation)
    if fact.observation is not Observation.OBSERVED:
        return undetermined(fact.reason or msg("It was not observed."), fact.observation, remedy=enter(path))
    return judgement(aspect(None, nothing, kind_of(fact.value["type"]), False))


def _no_folder(p: Absent) -> Message:
    return msg("See whether {folder:code} is meant: nothing was searched.", folder=p.below)


def _relevant(pattern: str, closed: Iterable[str]) -> Iterable[str]:
    """Those of the closed folders through which `pattern` leads, or that are no plain paths."""
    wanted = pattern.split("/")
    for path in closed:
        names = path.rstrip("/").split("/")
        if not path.startswith("/") or all(map(fnmatchcase, names, wanted)):
            yield path


def _clean(p: Absent) -> str:
    # With a slash at its end, a file and a link that leads nowhere would pass for absent.
    return (p.path or "").rstrip("/") or "/"


def remedy(p: Absent) -> Message:
    if p.below:
        return msg("Remove what was found below {folder:code}, after a look at what it is.", folder=p.below)
    return msg("Remove it, after a look at what it is: {what}", what=code(p.path or ""))


KIND = Kind(
    name="absent",
    summary="Something is not there, with proof: what could not be seen is not called absent.",
    why="A forgotten dump, debug page or `.git` gives away everything; a green light without proof hides it.",
    params=Absent,
    shorthand="path",
    subject=("below", "name"),
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=remedy,
    handles=frozenset({Observation.DENIED}),
    example="absent: public/*.sql",
)
