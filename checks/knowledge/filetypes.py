"""What the ``stat`` verb saw at a path, in words."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from checks.kinds.interface import aspect, judgement, undetermined
from checks.knowledge.grants import enter
from checks.model import Judgement, Message, Observation, code, msg


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
