"""Which tests of a gate a workflow carries, and what they are worth there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from checks.kinds.interface import Params, aspect
from checks.knowledge.pipelines.acts import LISTING
from checks.knowledge.pipelines.evidence import unfollowed, unread, where
from checks.knowledge.pipelines.reading import Act, Reading, part_of
from checks.model import Aspect, Message, code, msg


class Carried(NamedTuple):
    """A gate as one job carries it: ``found`` by the path that the gate wants; ``other``: paths that it tests in the
    same place, and that the gate does not know; ``folder``: where it looks for them, on the machine ``place``."""

    found: dict[str, Act]
    other: dict[str, Act]
    job: str = ""
    place: str = ""
    folder: str = ""

    def acts(self) -> list[Act]:
        """The tests that are in the gate, in their order."""
        return sorted(self.found.values(), key=lambda a: a.at)


def _known(name: str, info: ValidationInfo) -> str:
    gates = (info.context or {}).get("gates") or {}
    if name not in gates:
        raise ValueError(f"expected a gate of the spec: {', '.join(gates) or 'there is none under `gates`'}")
    if not gates[name]:
        raise ValueError(
            f"the gate `{name}` has no check of a file or directory by a path inside the release"
        )
    return name


GateName = Annotated[str, AfterValidator(_known)]
"""A key of the spec's ``gates`` that looks for files or directories."""


class OfGate(Params):
    """What every check that knows a gate by its name has: the ``paths`` of that gate."""

    paths: list[str] = Field(default=[], exclude=True)
    """The paths of the gate, from the spec's `gates`."""
    kinds: list[str] = Field(default=[], exclude=True)
    """What each of them is: ``file`` or ``folder``."""

    @model_validator(mode="before")
    @classmethod
    def _of_the_gate(cls, data: Any, info: ValidationInfo) -> Any:
        gates = (info.context or {}).get("gates") or {}
        if not isinstance(data, dict):
            return data
        parts = gates.get(data.get("gate")) or {}
        return {**data, "paths": list(parts), "kinds": list(parts.values())}


def carried(reading: Reading, name: str, wanted: Sequence[str], job: str | None) -> list[Carried]:
    """The gate called `name` with the paths `wanted` as the jobs carry it, the most complete first; only `job`, if one
    is given. A test counts where it is for the same folder on the same machine as the others."""
    groups: dict[tuple[str, str, str, str], dict[str, Act]] = {}
    whole: list[Carried] = []
    its = reading.job(job) if job else None
    mine = [a for a in reading.acts if not a.rescue and (job is None or (its and part_of(a.job, its.id)))]
    tests = [a for a in mine if a.act == "gate"]
    # What only lists files fails without them, too; but it may be there just to show them.
    for act in [*tests, *(a for a in mine if a.act == LISTING)]:
        if act.what == f"gate {name}":
            whole.append(Carried(dict.fromkeys(wanted, act), {}, act.job, act.place, act.folder or ""))
        for path in wanted:
            if act.what == path or act.what.endswith(f"/{path}"):
                where = act.job, act.place, act.what[: -len(path)]
                # As a whole, and each step by itself: a job may carry it twice.
                for step in ("", act.step):
                    groups.setdefault((*where, step), {}).setdefault(path, act)
    found = [
        Carried(group, dict(_others(tests, where, group, wanted)), where[0], where[1], where[2].rstrip("/"))
        for where, group in sorted(groups.items(), key=lambda one: -len(one[1]))
    ]
    return sorted([*whole, *found], key=lambda c: -len(c.found))


def _others(
    tests: Sequence[Act], where: tuple[str, str, str, str], group: dict[str, Act], wanted: Sequence[str]
) -> Iterator[tuple[str, Act]]:
    job, place, prefix, _ = where
    steps = {act.step for act in group.values()}
    for act in tests:
        if (act.job, act.place) == (job, place) and act.step in steps and act.what.startswith(prefix):
            path = act.what[len(prefix) :].rstrip("/")
            if (
                path
                and path not in wanted
                and not path.startswith("gate ")
                and (prefix or not path.startswith(("/", "$")))
            ):
                yield path, act


def too_late(reading: Reading, its: Carried, lacking: Sequence[str], job: str | None) -> dict[str, Act]:
    """By the paths `lacking` in the gate: the tests for them that are only done after a failure, and so hold up nothing."""
    only, found = reading.job(job) if job else None, dict[str, Act]()
    for act in reading.acts:
        if not act.rescue or act.act != "gate" or act.only is None or not act.only.why.startswith("if: "):
            continue
        if (its.job and (act.job, act.place) != (its.job, its.place)) or (
            only and not part_of(act.job, only.id)
        ):
            continue
        for path in lacking:
            if act.what == path or act.what.endswith(f"/{path}"):
                found.setdefault(path, act)
    return found


def perhaps(reading: Reading, its: Carried, lacking: Sequence[str]) -> Act | None:
    """A test of which it cannot be told whether it is for one of the paths `lacking` in the gate."""
    for act in reading.acts:
        if (
            act.act not in ("gate", LISTING)
            or act.rescue
            or (its.job and (act.job, act.place) != (its.job, its.place))
        ):
            continue
        last = max((m.start() for m in _EXPRESSION.finditer(act.what)), default=-1)
        folder = act.what[: act.what.rfind("/", 0, last) + 1] if last >= 0 else ""
        pattern = _EXPRESSION.sub("\0", act.what)
        wild = re.escape(pattern).replace(re.escape("\0"), ".*")
        if last >= 0 and any(re.fullmatch(wild, folder + path) for path in lacking):
            return act
    return None


def doubted(reading: Reading, its: Carried, lacking: Sequence[str], job: str | None) -> Message | None:
    """Why it is not known whether the paths `lacking` in the gate are really missing; `job`: the only one that counts."""
    if not lacking:
        return None
    only = reading.job(job) if job else None
    lost = unread(reading, lambda one: bool(only and not part_of(one.job, only.id)))
    lost = lost or unfollowed(reading, its.job, {act.step for act in its.acts()})
    if lost is None and (guess := perhaps(reading, its, lacking)):
        return msg(
            "unclear: {why} ({place:code})", why=code(" ".join(guess.argv)), place=where(reading, guess)
        )
    return lost


_EXPRESSION = re.compile(r"\$\{[^}]*\}|%[^%]*%|\$\([^)]*\)|\*")
_UNKNOWN = re.compile(r"[$%*]")


def looks_into(its: Carried, acts: Sequence[Act], link: str, lost: Message | None = None) -> Aspect | None:
    """Whether the gate looks at what `acts` unpack, pack, migrate or switch to; None where none of them tells. `link` is
    the one that makes a release live: what stands behind it is the old release. `lost`: what could not be read, and may
    do that, too."""
    name, about = msg("looks into"), [act for act in acts if act.folder is not None]
    here = [act for act in about if act.place == its.place]
    wanted = code((here or about)[0].folder or ".") if about else msg("the new release")
    if link.rstrip("/").rpartition("/")[2] in its.folder.split("/"):
        return aspect(name, wanted, msg("{folder:code}, the release that is live", folder=its.folder), False)
    if not about:
        return None
    if not here:
        return aspect(name, wanted, None, None, note=msg("It looks on another machine than that."))
    if any(act.folder == its.folder for act in here):
        return aspect(name, wanted, wanted, True)
    unsure = _UNKNOWN.search(its.folder) or all(_UNKNOWN.search(act.folder or "") for act in here)
    if unsure:
        note = msg("It looks into {folder:code}, which may be another.", folder=its.folder or ".")
        return aspect(name, wanted, None, None, note=note)
    if lost:
        return aspect(name, wanted, None, None, note=lost)
    return aspect(name, wanted, code(its.folder or "."), False)
