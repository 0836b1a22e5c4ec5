"""Whether the files that a document names are there; if not, what became of them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from checks.knowledge.documents.findings import Finding, drifted, holds, unjudged
from checks.knowledge.documents.mentions import Mention
from checks.knowledge.documents.past import EVER
from checks.knowledge.documents.world import Change, World
from checks.model import Message, msg

_STEPS = 10
_LONG = 180 * 86400
_OWN = (".md", ".html", ".htm", ".json", ".yml", ".yaml", ".sh", ".pdf", ".sql", ".py", ".php")


class Resolved(NamedTuple):
    """A mention with the file that it means; ``path`` is empty where that is not there. ``sure``: it can be no other."""

    mention: Mention
    path: str
    sure: bool


def resolved(document: str, mentioned: Sequence[Mention], world: World) -> list[Resolved]:
    """`mentioned` in `document`, each with what is there."""
    return [Resolved(one, *_there(document, one.path, world)) for one in mentioned]


def _bases(document: str) -> list[str]:
    """Where a path in `document` may begin: at the root, beside the document, in the folders above it."""
    ups = [posixpath.dirname(document)]
    while ups[-1]:
        ups.append(posixpath.dirname(ups[-1]))
    return ["", *ups[:-1]]


def _joined(base: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(base, path)).removeprefix("./")


def _there(document: str, path: str, world: World) -> tuple[str, bool]:
    for base in _bases(document):
        joined = _joined(base, path)
        if not joined.startswith("..") and joined != "." and world.exists(joined):
            return joined, True
    wanted = posixpath.normpath(path).lstrip("./") if path.startswith("..") else posixpath.normpath(path)
    found = world.ending(wanted)
    return min(found, key=len, default=""), len(found) == 1 and ("/" in wanted or distinct(wanted))


def judged(document: str, found: Sequence[Resolved], world: World, when: int | None) -> Iterator[Finding]:
    """What becomes of the paths `found` in `document`, which is about the time `when` (None: about today)."""
    deep = [one for one in found if "/" in one.mention.path.strip("/")]
    mostly = len(deep) >= 5 and sum(bool(one.path) for one in deep) >= 0.8 * len(deep)
    for one in found:
        mention = one.mention
        if one.path:
            yield holds(document, mention.line, "path", mention.path)
        else:
            yield _missing(document, mention, world, when, mostly)


def _missing(document: str, mention: Mention, world: World, when: int | None, mostly: bool) -> Finding:
    def not_judged(why: Message) -> Finding:
        return unjudged(document, mention.line, "path", mention.path, why)

    if mention.hedged:
        return not_judged(msg("It is said to be gone, to come, or to be an example."))
    places = [p for base in _bases(document) if not (p := _joined(base, mention.path)).startswith("..")]
    places = list(dict.fromkeys(places))
    if any(world.exists(place) is None for place in places):
        return not_judged(msg("It leads into what is not checked out."))
    if any(world.ignored(place) for place in places[:1]):
        return not_judged(msg("It is something that git does not follow."))
    bare = "/" not in mention.path.strip("/")
    for place in places if not bare or (mention.cued and distinct(mention.path)) else ():
        said = gone(place, world, when)
        if isinstance(said, Message):
            if not mention.cued and _long_before(document, mention.line, place, world):
                return not_judged(
                    msg("It was gone long before this was written: something else may be meant.")
                )
            return drifted(document, mention.line, "path", mention.path, said)
        if said:
            return holds(document, mention.line, "path", mention.path)
    beside = [places[0], _joined(posixpath.dirname(document), mention.path)] if places else []
    if not bare and when != EVER and (slip := _sibling(beside, world, False, 0.88)):
        said = msg("There is no {path:code}; there is {other:code}.", path=mention.path, other=slip)
        return drifted(document, mention.line, "path", mention.path, said)
    if mention.soft:
        return not_judged(msg("Nothing says that it is a file of this repository."))
    if when == EVER or (when is not None and not world.complete):
        return not_judged(msg("The document is about the past."))
    close = _sibling(beside, world, mention.cued) if not bare or distinct(mention.path) else ""
    if close:
        said = msg("There is no {path:code}; there is {other:code}.", path=mention.path, other=close)
        return drifted(document, mention.line, "path", mention.path, said)
    same = world.ending(mention.path.rpartition("/")[2])
    # Whose first folder is not there, may be a path of another project.
    own = any(world.is_folder(place.split("/", 1)[0]) for place in places[:1])
    if mention.cued and not bare and own and len(same) == 1:
        said = msg("There is no {path:code}; there is {other:code}.", path=mention.path, other=same[0])
        return drifted(document, mention.line, "path", mention.path, said)
    if mention.cued and _plausible(mention.path, places, world, bare):
        return drifted(
            document, mention.line, "path", mention.path, msg("There is no {path:code}.", path=mention.path)
        )
    ending = posixpath.splitext(mention.path)[1]
    if mostly and not bare and ending and any(_has_like(place, ending, world) for place in places[:1]):
        return drifted(
            document, mention.line, "path", mention.path, msg("There is no {path:code}.", path=mention.path)
        )
    return not_judged(msg("Nothing says that it is a file of this repository."))


def _long_before(document: str, line: int, path: str, world: World) -> bool:
    """Whether `path` was removed so long before the line was written that its author cannot have meant it."""
    removed = next((one.commit.date for one in world.past(path.rstrip("/")) if not one.there), 0)
    origins = world.origins(document)
    commit = origins[line - 1].commit if line <= len(origins) else None
    return commit is not None and commit.date - removed > _LONG


def gone(path: str, world: World, when: int | None = None) -> Message | bool:
    """What became of `path`, which is not there: the commit that removed it, and where it went. True: it was there at the
    time `when`; False: it never was."""
    past = world.past(path.rstrip("/"))
    if not past or not any(not change.there for change in past):
        return False
    if when is not None and any(change.commit.date > when and not change.there for change in past):
        return True
    last = next(change for change in past if not change.there)
    went = _went(last, world)
    commit, at = last.commit.id[:12], day(last.commit.date)
    if went:
        return msg(
            "{path:code} was moved to {other:code} (commit {commit:code}, {at:day}).",
            path=path, other=went, commit=commit, at=at,
        )  # fmt: skip
    parts = moved_into(last, path, world)
    if parts:
        return msg(
            "{path:code} was removed in commit {commit:code} of {at:day}; its content stands in {others:list}.",
            path=path, commit=commit, at=at, others=parts,
        )  # fmt: skip
    return msg(
        "{path:code} was removed in commit {commit:code} of {at:day}.", path=path, commit=commit, at=at
    )


def day(date: int) -> str:
    """The day (UTC) of `date`, in seconds since the epoch, as 2026-12-31."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp(date, UTC).strftime("%Y-%m-%d")


def _went(change: Change, world: World) -> str:
    """Where the file went in the end; empty where that is not known or is gone, too."""
    to, left = change.to, _STEPS
    while to and left and not world.exists(to):
        following = [one for one in world.past(to) if not one.there]
        to, left = (following[0].to if following else ""), left - 1
    return to if to and world.exists(to) else ""


def moved_into(change: Change, path: str, world: World) -> tuple[str, ...]:
    """The files that hold most of what stood in `path` when it was removed by `change`."""
    return world.successors(change.commit.id, path)


def _sibling(places: Sequence[str], world: World, cued: bool, least: float = 0.8) -> str:
    for place in places:
        folder, _, name = place.rpartition("/")
        ending = posixpath.splitext(name)[1]
        if not ending or (folder and not world.is_folder(folder)) or (not folder and not cued):
            continue
        names = [one for one in world.names(folder) if posixpath.splitext(one)[1] == ending]
        for close in get_close_matches(name, names, 3, least):
            # tutorial001 and tutorial002 are two things, not a slip.
            if cued or re.sub(r"\d+", "0", close) != re.sub(r"\d+", "0", name):
                return f"{folder}/{close}".lstrip("/")
    return ""


def _plausible(path: str, places: Sequence[str], world: World, bare: bool) -> bool:
    if bare:
        return distinct(path)
    return any(world.is_folder(posixpath.dirname(place)) for place in places[:1])


def distinct(name: str) -> bool:
    """Whether a bare name is the name of one file, not one that every project has."""
    stem, ending = posixpath.splitext(name)
    usual = re.match(r"docker-|package-|pre-commit|composer-|go\.|uv\.", name)
    return ending.lower() in _OWN and usual is None and bool(re.search(r"[-_\d]", stem.strip("-_.")))


def _has_like(place: str, ending: str, world: World) -> bool:
    folder = posixpath.dirname(place)
    return bool(folder) and any(name.endswith(ending) for name in world.names(folder))
