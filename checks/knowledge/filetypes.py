"""What the ``stat`` verb saw at a path, in words."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from checks.kinds.interface import aspect, judgement, undetermined
from checks.knowledge.grants import enter, read
from checks.model import Aspect, Fact, Judgement, Message, Observation, code, msg


def leads_nowhere(path: str, link: Mapping[str, Any]) -> Judgement:
    """The judgement of a link at `path` with nothing at its end: nothing is there, or it may not be seen."""
    present = msg("present")
    if link["resolved_error"] in ("absent", "loop"):
        dangling = msg("dangling link to {target:code}", target=link["target"])
        return judgement(aspect(None, present, dangling, False), observation=Observation.ABSENT)
    observation = Observation(link["resolved_error"] or "error")
    if observation is not Observation.DENIED:
        return undetermined(msg("Where the link leads could not be seen."), observation)
    hidden = msg("The account may not see where the link leads.")
    return undetermined(hidden, observation, remedy=enter(_end(path, link)))


def _end(path: str, link: Mapping[str, Any]) -> str:
    return str(PurePosixPath(path).parent / link["target"])


def missing(fact: Fact, remedy: Message | None = None) -> Judgement:
    """The judgement where nothing is at a path. Why is said where it is more than that it does not exist."""
    more = fact.reason if fact.reason and fact.reason.id != "It does not exist." else None
    nothing = aspect(None, msg("present"), msg("missing"), False)
    return judgement(nothing, observation=fact.observation, reason=more, remedy=remedy)


def unseen(path: str, fact: Fact) -> Judgement:
    """The judgement where it could not be seen what is at `path`."""
    denied = fact.observation is Observation.DENIED
    reason = fact.reason or msg("It was not observed.")
    return undetermined(reason, fact.observation, remedy=enter(path) if denied else None)


def unread(path: str, content: Fact, stat: Fact) -> Judgement:
    """The judgement where the file at `path` could not be read. Only what `stat` saw tells whether it is closed
    itself or a folder on the way to it."""
    reason, remedy = content.reason or msg("It was not observed."), None
    if content.observation is Observation.DENIED:
        link = stat.value if stat.value and stat.value["type"] == "link" else None
        if stat.observation is Observation.DENIED:
            remedy = enter(path)
        elif link and link["resolved_error"] == Observation.DENIED:
            remedy = enter(_end(path, link))
        else:
            remedy = read(path)
    return undetermined(reason, content.observation, remedy=remedy)


def other_type(expected: str, actual: str) -> Aspect:
    """The aspect where something else stands at a path than what should."""
    return aspect(msg("type"), kind_of(expected), kind_of(actual), False)


def taken(path: str, expected: str, actual: str) -> Judgement:
    """The judgement where something else stands at `path`, which may still be needed."""
    remedy = msg("Something else stands at {path:code}: see what it is before it is replaced.", path=path)
    return judgement(other_type(expected, actual), remedy=remedy)


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
