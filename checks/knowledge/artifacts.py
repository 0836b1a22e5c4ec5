"""What a run left behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from checks.kinds.interface import aspect
from checks.model import Aspect, msg

LEEWAY = 3600
"""Seconds: the service does not expire an artifact to the second."""


def without(workflow: str, name: str) -> str:
    """The name of the cause that a run of `workflow` has no artifact called `name` any more."""
    return f"{workflow}: artifact {name}"


def expired_since(name: str | None, artifacts: Sequence[Any]) -> str | None:
    """Since when the artifact called `name` has expired; None where there is one, or none ever was."""
    found = [a for a in artifacts if name and fnmatchcase(a["name"], name)]
    ends = [a["expires"] for a in found if a["expired"]]
    return max(ends) or None if ends and len(ends) == len(found) else None


def left(name: str, retention: float | None, artifacts: Sequence[Any]) -> Iterator[Aspect]:
    """Whether one of the `artifacts` of a run is called `name` (``*`` stands for anything), has not expired, and was
    meant to be kept for `retention` seconds."""
    what = msg("artifact {name:code}", name=name)
    found = [a for a in artifacts if fnmatchcase(a["name"], name)]
    if not found:
        yield aspect(what, msg("present"), msg("missing"), False)
        return
    one = min(found, key=lambda a: bool(a["expired"]))
    if one["expired"]:
        yield aspect(what, msg("present"), msg("expired on {day:time}", day=one["expires"]), False)
        return
    digest = msg("{digest:code}, of the packed artifact", digest=one["digest"]) if one["digest"] else None
    shown = msg("{size:size}, until {day:time}", size=one["size"], day=one["expires"])
    yield aspect(what, msg("present"), shown, True, note=digest)
    if retention is not None:
        limit = msg("at least {age:seconds}", age=retention)
        try:
            made, ends = (datetime.fromisoformat(one[key]) for key in ("created", "expires"))
        except ValueError:
            yield aspect(msg("kept for"), limit, None, None, note=msg("It does not say until when."))
            return
        kept = round((ends - made).total_seconds())
        yield aspect(msg("kept for"), limit, msg("{age:seconds}", age=kept), kept >= retention - LEEWAY)
