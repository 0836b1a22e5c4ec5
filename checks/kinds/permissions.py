"""``permissions``: a path belongs to whom it should, and lets nobody do more than they should."""

from __future__ import annotations

import shlex
from typing import Any

from pydantic import model_validator

from checks.kinds.interface import Facts, Kind, Params, RemotePath, aspect, judgement
from checks.knowledge.below import Below
from checks.knowledge.filetypes import leads_nowhere, missing, other_type, unseen
from checks.knowledge.modes import Account, Mode, octal, owners, symbolic
from checks.model import Aspect, Judgement, Message, Observation, Probe, code, msg, probe


class Permissions(Params):
    path: RemotePath
    """What is looked at. A link is followed, as `chown` and `chmod` do."""
    owner: Account | None = None
    """The account that it belongs to."""
    group: Account | None = None
    """The group that it belongs to."""
    mode: Mode | None = None
    """Exactly these permission bits, such as `0640`; `2775` has the setgid bit, `0775` must not have it."""
    min_mode: Mode | None = None
    """At least these bits."""
    max_mode: Mode | None = None
    """No bit beyond these: `0750` means that the group may not write and others may do nothing."""
    follow: bool = True
    """`false`: the owner and group of the link itself."""
    below: Below | None = None
    """What holds for everything below the directory, at any depth."""

    @model_validator(mode="after")
    def _consistent(self) -> Permissions:
        modes = (self.mode, self.min_mode, self.max_mode)
        if not any(v is not None for v in (self.owner, self.group, self.below, *modes)):
            raise ValueError(
                "expected at least one of `owner`, `group`, `mode`, `min-mode`, `max-mode`, `below`"
            )
        if self.mode is not None and (self.min_mode, self.max_mode) != (None, None):
            raise ValueError("`mode` is exact: expected it alone, without `min-mode` and `max-mode`")
        if self.min_mode is not None and self.max_mode is not None and self.min_mode & ~self.max_mode:
            raise ValueError(
                "`min-mode` has bits that `max-mode` forbids: expected it to be part of `max-mode`"
            )
        if not self.follow and (self.below or any(v is not None for v in modes)):
            raise ValueError("a link itself has only an owner and a group: expected `follow: true`")
        return self


def probes(p: Permissions) -> dict[str, Probe]:
    wanted = {"path": probe("stat", path=p.path)}
    return {**wanted, "below": p.below.probe(p.path)} if p.below else wanted


def soll(p: Permissions) -> Message:
    return msg("rights on {path:code}", path=p.path)


def judge(p: Permissions, facts: Facts) -> Judgement:
    fact = facts["path"]
    if fact.observation is Observation.ABSENT:
        return missing(fact, _in_place(p))
    if fact.observation is not Observation.OBSERVED:
        return unseen(p.path, fact)
    seen = fact.value
    if seen["type"] == "link" and p.follow:
        if seen["resolved"] is None:
            nowhere = leads_nowhere(p.path, seen)
            return nowhere._replace(remedy=nowhere.remedy or _in_place(p))
        seen = seen["resolved"]
    aspects = [*_own(p, seen)]
    if not p.below:
        return judgement(*aspects)
    if seen["type"] != "directory":
        return judgement(*aspects, other_type("directory", seen["type"]))
    below, open_ = p.below.judge(facts["below"])
    if not open_:
        return judgement(*aspects, below)
    return judgement(*aspects, below, observation=open_.observation, reason=open_.reason, remedy=open_.remedy)


def _in_place(p: Permissions) -> Message:
    return msg("Nothing has these rights yet: put {path:code} in place.", path=p.path)


def _own(p: Permissions, seen: dict[str, Any]) -> list[Aspect]:
    aspects = []
    if p.owner is not None:
        aspects.append(
            aspect(msg("owner"), code(p.owner), code(seen["user"]), _is(p.owner, seen, "user", "uid"))
        )
    if p.group is not None:
        aspects.append(
            aspect(msg("group"), code(p.group), code(seen["group"]), _is(p.group, seen, "group", "gid"))
        )
    mode, shown = seen["mode"], code(octal(seen["mode"]))
    if p.mode is not None:
        aspects.append(aspect(msg("mode"), code(octal(p.mode)), shown, mode == p.mode))
    if p.min_mode is not None:
        least = msg("at least {mode:code}", mode=octal(p.min_mode))
        aspects.append(aspect(msg("mode"), least, shown, not p.min_mode & ~mode))
    if p.max_mode is not None:
        most = msg("at most {mode:code}", mode=octal(p.max_mode))
        aspects.append(aspect(msg("mode"), most, shown, not mode & ~p.max_mode))
    return aspects


def _is(wanted: str, seen: dict[str, Any], name: str, number: str) -> bool:
    return bool(seen[name] == wanted or (wanted.isdigit() and seen[number] == int(wanted)))


def remedy(p: Permissions) -> Message:
    path, todo = shlex.quote(p.path), []
    if p.owner or p.group:
        todo.append(f"chown {'' if p.follow else '-h '}{owners(p.owner, p.group)} {path}")
    if p.mode is not None:
        todo.append(f"chmod {octal(p.mode)} {path}")
    if p.min_mode:
        todo.append(f"chmod {symbolic(p.min_mode, '+')} {path}")
    if p.max_mode is not None:
        todo.append(f"chmod {symbolic(0o7777 & ~p.max_mode, '-')} {path}")
    if p.below:
        todo += p.below.commands(path)
    return msg("As root: {command:code}", command=" && ".join(todo))


KIND = Kind(
    name="permissions",
    summary="A path, and all below it, belongs to whom it should and lets nobody do more than they should.",
    why="A log folder that belongs to root stops the application; a readable `.env` gives away the passwords.",
    params=Permissions,
    shorthand="path",
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=remedy,
    handles=frozenset({Observation.DENIED}),
    example="permissions: {path: .env, owner: deploy, group: www-data, max-mode: 0640}",
)
