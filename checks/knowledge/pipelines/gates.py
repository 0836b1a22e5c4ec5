"""Which tests of a gate a workflow carries, and what they are worth there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from checks.kinds.interface import Params
from checks.knowledge.pipelines.reading import Act, Reading


class Carried(NamedTuple):
    """A gate as one job carries it: ``found`` by the path that the gate wants; ``other``: paths that it tests in the
    same place, and that the gate does not know."""

    found: dict[str, Act]
    other: dict[str, Act]

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

    @model_validator(mode="before")
    @classmethod
    def _of_the_gate(cls, data: Any, info: ValidationInfo) -> Any:
        gates = (info.context or {}).get("gates") or {}
        return {**data, "paths": list(gates.get(data.get("gate"), ()))} if isinstance(data, dict) else data


def carried(reading: Reading, name: str, wanted: Sequence[str], job: str | None) -> list[Carried]:
    """The gate called `name` with the paths `wanted` as the jobs carry it, the most complete first; only `job`, if one
    is given. A test counts where it is for the same folder on the same machine as the others."""
    groups: dict[tuple[str, str, str], dict[str, Act]] = {}
    whole: list[Carried] = []
    its = reading.job(job) if job else None
    tests = [
        a
        for a in reading.acts
        if a.act == "gate" and not a.rescue and (job is None or (its and a.job == its.id))
    ]
    for act in tests:
        if act.what == f"gate {name}":
            whole.append(Carried(dict.fromkeys(wanted, act), {}))
        for path in wanted:
            if act.what == path or act.what.endswith(f"/{path}"):
                groups.setdefault((act.job, act.place, act.what[: -len(path)]), {}).setdefault(path, act)
    found = [
        Carried(group, dict(_others(tests, where, group, wanted)))
        for where, group in sorted(groups.items(), key=lambda one: -len(one[1]))
    ]
    return sorted([*whole, *found], key=lambda c: -len(c.found))


def _others(
    tests: Sequence[Act], where: tuple[str, str, str], group: dict[str, Act], wanted: Sequence[str]
) -> Iterator[tuple[str, Act]]:
    job, place, prefix = where
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
