"""What a rollback needs: a release to go back to, and the backup from before the deployment that is to be undone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from checks.kinds.interface import aspect
from checks.knowledge import archives, grants, layout
from checks.knowledge.moments import rfc3339
from checks.knowledge.newest import base, files
from checks.model import Aspect, Fact, Judgement, Message, Observation, Verdict, code, msg


class Need(NamedTuple):
    """One thing that a rollback needs. ``why``: in words, what of it stands in the way, or why that is not known; then
    ``observation`` is what came of looking, and ``remedy`` what would let one see."""

    its: Aspect
    why: Message | None = None
    observation: Observation = Observation.OBSERVED
    remedy: Message | None = None


def release(seen: dict[str, Any], names: str | None) -> Iterator[Need]:
    """Whether the release before the live one can be used, going by what was `seen` by the verb ``releases``."""
    what, there = msg("previous release"), msg("present")
    before = layout.previous(seen, layout.strays(seen, names))
    if before is None:
        if seen["listing"] == "there" and seen["count"] == len(seen["releases"]):
            why = msg("there is no release before {release:code}", release=seen["current"]["name"])
            yield Need(aspect(what, there, msg("none"), False), why, Observation.ABSENT)
        else:
            yield _unseen(aspect(what, there, None, None), seen)
        return
    yield Need(aspect(what, there, code(before["name"]), True))
    if before["has"]:
        gone = tuple(path for path, state in before["has"].items() if state in layout.GAPS)
        why = msg("the previous release lacks {paths:list}", paths=gone)
        yield _judged(layout.content(before), why, seen)
    yield _judged(layout.marker(before), msg("the previous release is marked as bad"), seen)
    for link in layout.links(before):
        why = msg("{link} in the previous release: {state}", link=link.name, state=link.actual)
        yield _judged(link, why, seen)


def _judged(its: Aspect, why: Message, seen: dict[str, Any]) -> Need:
    if its.verdict is Verdict.UNDETERMINED:
        return _unseen(its, seen)
    return Need(its, why if its.verdict is Verdict.DEVIATES else None)


def _unseen(its: Aspect, seen: dict[str, Any]) -> Need:
    remedy = grants.look_into(seen["closed"]) if seen["closed"] else None
    return Need(its, msg("{name} was not seen", name=its.name), Observation.DENIED, remedy)


def backup(
    pattern: str, most: float, found: Fact, tried: Fact, *, checksum: bool, readable: bool
) -> Iterator[Need]:
    """Whether the newest backup from before the deployment is at most `most` seconds older than it, and how far it can
    be trusted; from the facts of the verbs ``find`` and ``archive``."""
    name, limit = msg("backup"), msg("at most {age:seconds} before the deployment", age=most)
    listed = files(pattern, found)
    if isinstance(listed, Judgement):
        none = listed.verdict is Verdict.DEVIATES
        actual = listed.aspects[0].actual if listed.aspects else None
        why = msg("there is no backup") if none else listed.reason
        its = aspect(name, limit, actual, False if none else None)
        yield Need(its, why, listed.observation, listed.remedy)
        return
    seen = tried.value
    if seen is None or seen["until"] is None:
        why = tried.reason or msg("When the live release was deployed is not known.")
        unheard = Observation.ERROR if seen else tried.observation
        yield Need(aspect(name, limit, None, None, note=why), why, unheard)
        return
    deployed = rfc3339(datetime.fromtimestamp(seen["until"], UTC))
    if seen["name"] is None:
        actual = msg("none from before {time:time}", time=deployed)
        yield Need(aspect(name, limit, actual, False), msg("there is no backup from before the deployment"))
        return
    age = seen["until"] - seen["mtime"]
    actual = msg("{file:code}, {age:seconds} before {time:time}", file=seen["name"], age=age, time=deployed)
    why = msg("{file:code} is {age:seconds} older than the deployment", file=seen["name"], age=age)
    yield Need(aspect(name, limit, actual, age <= most), why)
    closed = msg("The account may not read it.") if seen["sha256"] is None else None
    climbed = [archives.checksum(seen, closed)] if checksum else []
    if readable:
        climbed += [*archives.readable(seen, closed), *archives.tables(seen)]
    for its in climbed:
        if its.verdict is Verdict.UNDETERMINED:
            remedy = grants.read(f"{base(pattern)[0].rstrip('/')}/{seen['name']}") if closed else None
            denied = Observation.DENIED if closed or seen["noted_denied"] else Observation.ERROR
            why = msg("{file:code} may not be read", file=seen["name"]) if closed else its.note
            yield Need(its, why, denied, remedy)
        else:
            why = msg("{file:code}: {name} {actual}", file=seen["name"], name=its.name, actual=its.actual)
            yield Need(its, why)
