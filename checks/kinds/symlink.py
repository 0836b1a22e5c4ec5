"""``symlink``: a symbolic link leads where it should."""

from __future__ import annotations

import shlex
from typing import Literal

from pydantic import model_validator

from checks.kinds.interface import Facts, Kind, Params, RemotePath, aspect, judgement
from checks.knowledge.filetypes import kind_of, leads_nowhere, missing, other_type, unseen
from checks.knowledge.grants import enter
from checks.model import Aspect, Fact, Judgement, Message, Observation, Probe, code, msg, probe


class Symlink(Params):
    path: RemotePath
    """Where the link stands."""
    target: str | None = None
    """Where it points, exactly as written in the link (what `readlink` shows)."""
    resolves_to: RemotePath | None = None
    """Where it leads in the end, with all links resolved on both sides."""
    into: RemotePath | None = None
    """The folder that it must lead into, with all links resolved on both sides: anywhere below it, not to
    the folder itself. `/srv/app2` is not in `/srv/app`."""
    leads_to: Literal["directory", "file"] | None = None
    """What must be at its end: `directory` or `file`."""
    absolute: bool | None = None
    """`true`: it must be written as an absolute path. `false`: as a relative one."""

    @model_validator(mode="after")
    def _consistent(self) -> Symlink:
        if (
            self.target is not None
            and self.absolute is not None
            and self.target.startswith("/") != self.absolute
        ):
            raise ValueError("`target` and `absolute` contradict each other: expected one of them")
        return self


def probes(p: Symlink) -> dict[str, Probe]:
    wanted = {"path": probe("stat", path=p.path)}
    if p.resolves_to or p.into:
        wanted["real"] = probe("readlink", path=p.path)
    if p.resolves_to:
        wanted["resolves-to"] = probe("readlink", path=p.resolves_to)
    if p.into:
        wanted["into"] = probe("readlink", path=p.into)
    return wanted


def soll(p: Symlink) -> Message:
    return msg("link {path:code}", path=p.path)


def judge(p: Symlink, facts: Facts) -> Judgement:
    fact = facts["path"]
    if fact.observation is Observation.ABSENT:
        return missing(fact)
    if fact.observation is not Observation.OBSERVED:
        return unseen(p.path, fact)
    seen = fact.value
    if seen["type"] != "link":
        return judgement(other_type("link", seen["type"]), remedy=_in_its_place(p))
    aspects = [
        aspect(None, kind_of("link"), msg("symbolic link to {target:code}", target=seen["target"]), True)
    ]
    if p.target is not None:
        aspects.append(
            aspect(msg("target"), code(p.target), code(seen["target"]), seen["target"] == p.target)
        )
    if p.absolute is not None:
        words = {True: msg("absolute"), False: msg("relative")}
        is_absolute = seen["target"].startswith("/")
        aspects.append(aspect(msg("path"), words[p.absolute], words[is_absolute], is_absolute is p.absolute))
    end = seen["resolved"]
    if end is None and seen["resolved_error"] not in ("absent", "loop"):
        hidden = leads_nowhere(p.path, seen)
        expected = kind_of(p.leads_to) if p.leads_to else msg("present")
        return judgement(
            *aspects,
            aspect(msg("end"), expected, None, None, note=hidden.reason),
            observation=hidden.observation,
            reason=hidden.reason,
            remedy=hidden.remedy,
        )
    if end is None:
        nothing = msg("in a circle") if seen["resolved_error"] == "loop" else msg("dangling")
        aspects.append(
            aspect(msg("end"), kind_of(p.leads_to) if p.leads_to else msg("present"), nothing, False)
        )
        return judgement(*aspects, observation=Observation.ABSENT)
    if p.leads_to:
        right = end["type"] == p.leads_to
        aspects.append(aspect(msg("end"), kind_of(p.leads_to), kind_of(end["type"]), right))
    if p.resolves_to:
        aspects.append(
            _place(msg("leads to"), p.resolves_to, facts["real"], facts["resolves-to"], inside=False)
        )
    if p.into:
        aspects.append(_place(msg("leads into"), p.into, facts["real"], facts["into"], inside=True))
    open_ = next((a.note for a in aspects if a.note), None)
    hidden_place = any(denied(f) for f in facts.values())
    return judgement(
        *aspects,
        observation=Observation.DENIED if hidden_place else Observation.ERROR if open_ else fact.observation,
        reason=open_,
        remedy=enter(p.into or p.resolves_to or p.path) if open_ and hidden_place else None,
    )


def _place(name: Message, declared: str, real: Fact, wanted: Fact, *, inside: bool) -> Aspect:
    if real.value is None or (wanted.value is None and wanted.observation is not Observation.ABSENT):
        hidden = real if real.value is None else wanted
        return aspect(name, code(declared), None, None, note=hidden.reason or msg("It was not observed."))
    if wanted.value is None:
        return aspect(name, code(declared), code(real.value), False)
    same, root = real.value == wanted.value, wanted.value.rstrip("/") + "/"
    right = not same and real.value.startswith(root) if inside else same
    shown = msg("{folder:code} itself", folder=real.value) if inside and same else code(real.value)
    return aspect(name, code(declared), shown, right)


def denied(fact: Fact) -> bool:
    return fact.observation is Observation.DENIED


def _in_its_place(p: Symlink) -> Message:
    # `mv -T` would refuse to replace a folder, and lose what a file holds.
    return msg(
        "Move what stands at {path:code} aside, after a look at what it is; then set the link.", path=p.path
    )


def remedy(p: Symlink) -> Message:
    target = p.target or p.resolves_to
    path, new = shlex.quote(p.path), shlex.quote(f"{p.path}.new")
    return msg(
        "Set the link in one step: {command:code}",
        command=f"ln -s {shlex.quote(target) if target else 'TARGET'} {new} && mv -T {new} {path}",
    )


KIND = Kind(
    name="symlink",
    summary="A symbolic link leads where it should, and to something that is there.",
    why="A link that dangles, or leads out of its folder, puts the wrong release live or none.",
    params=Symlink,
    shorthand="path",
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=remedy,
    handles=frozenset({Observation.DENIED, Observation.ERROR}),
    example="symlink: {path: current, into: releases, leads-to: directory}",
)
