"""``releases``: the folder of releases is in order, and the live one is complete."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from checks.kinds.interface import Facts, Kind, Params, RemotePath, aspect, judgement, undetermined
from checks.knowledge import layout
from checks.knowledge.expectations import Pattern
from checks.knowledge.grants import look_into
from checks.knowledge.layout import Inside
from checks.model import Aspect, Judgement, Message, Observation, Probe, Verdict, code, msg


class Releases(Params):
    path: RemotePath
    """The folder that holds `releases`, `current` and `shared`."""
    requires: tuple[Inside, ...] = ()
    """What a complete release holds, from its root: files or folders."""
    shared: tuple[Inside, ...] = ()
    """What the live release links to in the shared folder, under the same name, such as `storage` and `.env`."""
    keep: Annotated[int, Field(ge=1)] | None = None
    """How many releases may be kept."""
    revision: bool | Pattern = False
    """`true`: the live release must have a REVISION file. A regular expression: its first line must match."""
    names: Pattern | None = None
    """A regular expression that the whole name of a release matches; what does not is named as left over."""
    accepted: tuple[str, ...] = ()
    """Names of old releases (`*` stands for anything) that may be incomplete."""
    current: Inside = "current"
    """The link to the live release."""
    releases: Inside = "releases"
    """The folder of the releases."""
    shared_folder: Inside = "shared"
    """The folder of what all releases share."""


def probes(p: Releases) -> dict[str, Probe]:
    folder = layout.folder(
        p.path,
        current=p.current,
        releases=p.releases,
        shared=p.shared_folder,
        requires=p.requires,
        links=p.shared,
    )
    return {"folder": folder}


def soll(p: Releases) -> Message:
    return msg("the releases in {path:code} are in order", path=p.path)


def judge(p: Releases, facts: Facts) -> Judgement:
    seen = facts["folder"].value
    if seen["base"] == "denied":
        return undetermined(
            msg("Access was denied."), Observation.DENIED, remedy=look_into(seen["closed"] or p.path)
        )
    if seen["base"] != "there":
        missing = aspect(None, msg("present"), msg("missing"), False)
        return judgement(missing, observation=Observation.ABSENT)
    aspects = [*_live(p, seen), *_kept(p, seen)]
    if not any(a.verdict is Verdict.UNDETERMINED for a in aspects):
        return judgement(*aspects)
    reason = msg("A part of the folder cannot be looked into.")
    return judgement(
        *aspects, observation=Observation.DENIED, reason=reason, remedy=look_into(seen["closed"] or p.path)
    )


def _live(p: Releases, seen: dict[str, Any]) -> Iterator[Aspect]:
    yield layout.current(seen, p.current)
    live = seen["live"]
    if live is None:
        return
    if p.requires:
        yield layout.content(live)
    yield layout.marker(live)
    if p.revision:
        yield layout.revision(live, None if p.revision is True else p.revision)
    yield from layout.links(seen)


def _kept(p: Releases, seen: dict[str, Any]) -> Iterator[Aspect]:
    if seen["listing"] != "there":
        denied = seen["listing"] == "denied"
        missing = None if denied else msg("missing")
        yield aspect(code(p.releases), msg("present"), missing, None if denied else False)
        return
    stray = layout.strays(seen, p.names)
    if p.keep is not None:
        yield layout.kept(seen, stray, p.keep)
    if p.requires:
        yield layout.older(seen, stray, p.accepted)
    left = layout.leftovers(seen, stray, p.releases)
    if left:
        yield left


KIND = Kind(
    name="releases",
    summary="The folder of releases is in order: the live one is complete and linked, old ones are named.",
    why="A link that leads nowhere, or a release without its entry point, takes the application down; a release "
    "that lacks something is found out when it is needed for a rollback.",
    params=Releases,
    shorthand="path",
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=lambda p: msg(
        "See what is there: {command:code}",
        command=f"ls -la -- {shlex.quote(p.path)} {shlex.quote(f'{p.path}/{p.releases}')}",
    ),
    example="releases: {path: ., requires: [artisan, public/index.php], shared: [storage, .env], keep: 5}",
)
