"""``documents``: what hand-written documents say is so."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator

from checks.kinds.interface import Around, Facts, Kind, Params, aspect, judgement, undetermined
from checks.knowledge.documents import hosts
from checks.knowledge.documents import seen as saw
from checks.knowledge.documents.expected import expected
from checks.knowledge.documents.findings import Finding, count, told
from checks.knowledge.documents.judge import Beside, Pages, judged
from checks.knowledge.documents.record import Recorded
from checks.knowledge.documents.runs import Seen
from checks.model import (
    Aspect,
    Judgement,
    Message,
    Observation,
    Probe,
    Severity,
    Verdict,
    code,
    msg,
    nmsg,
    probe,
)

SHOWN = 8


def _inside(value: str) -> str:
    if value.startswith("/") or ".." in value.split("/") or not value.strip():
        raise ValueError("expected a path below the folder of docgen.yml, such as docs/ROLLBACK.md")
    return value.removeprefix("./").rstrip("/") or "."


Inside = Annotated[str, AfterValidator(_inside)]


class Documents(Params):
    only: Annotated[
        list[Inside], BeforeValidator(lambda value: [value] if isinstance(value, str) else value)
    ] = []
    """Only these of the spec's [`documents`](spec.md#documents): files, or folders. Default: all."""
    folders: list[str] | None = Field(default=None, exclude=True)
    """Where the documents are, from the spec's `documents`."""
    expected: list[dict[str, Any]] = Field(default=[], exclude=True)
    """The documents that should be there, from the same."""
    roots: dict[str, str] = Field(default={}, exclude=True)
    """The folder of each environment on its hosts, from the spec."""
    source: dict[str, str | None] | None = Field(default=None, exclude=True)
    """Where the builds are, from the spec's `github`."""

    @model_validator(mode="before")
    @classmethod
    def _of_the_spec(cls, data: Any, info: ValidationInfo) -> Any:
        context = info.context or {}
        if not isinstance(data, dict):
            return data
        for name in ("folders", "expected"):
            if name in data:
                raise ValueError(f"expected `{name}` under `documents` at the top of the spec, not here")
        return {**data, **(context.get("documents") or {}), "source": context.get("github")}


def probes(p: Documents) -> dict[str, Probe]:
    asked = {"folders": p.folders, "only": p.only, "expected": p.expected, "source": p.source}
    return {"said": probe("documents", here=True, deadline=120, **asked)}


def soll(p: Documents) -> Message:
    if p.only:
        return msg("documents in {folders:list}", folders=tuple(p.only))
    return msg("What the documents say is so")


def findings(p: Documents, value: Any, around: Around) -> list[Finding]:
    """Everything that is found out about the documents in `value`, with what else was seen."""
    world = Recorded(value["world"])
    wanted = [expected(one, value["places"]) for one in p.expected]
    asked, runs = saw.told(value["runs"]), saw.runs(around)
    beside = Beside(
        past={one.path: one.past for one in wanted},
        digests=tuple(saw.digests(around)),
        hosts=hosts.seen(around, p.roots),
        runs=Seen({**runs.runs, **asked.runs}, asked.asked, asked.complete),
        expected=wanted,
    )
    return judged(value["documents"], world, Pages(world), beside)


def judge(p: Documents, facts: Facts, around: Around = ()) -> Judgement:
    fact = facts["said"]
    if fact.value is None:
        return undetermined(fact.reason or msg("not seen"), fact.observation)
    found = findings(p, fact.value, around)
    held, open_ = count(found, Verdict.CONFORM), count(found, Verdict.UNDETERMINED)
    wrong = [one for one in found if one.verdict is Verdict.DEVIATES and one.actual is not None]
    if not held and not wrong:
        return undetermined(msg("The documents say nothing that can be judged."), Observation.OBSERVED)
    said = msg("{held:int} of {all:int}", held=held, all=held + len(wrong))
    note = nmsg("{n} was not judged", "{n} were not judged", n=open_) if open_ else None
    aspects: list[Aspect] = [aspect(msg("statements that hold"), msg("all"), said, not wrong, note=note)]
    for one in wrong[:SHOWN]:
        where = code(f"{one.file}:{one.line}" if one.line else one.file)
        said, so = told(one), one.actual or msg("not seen")
        apart = msg("{where}: {said} / is: {so}", where=where, said=said, so=so)
        aspects.append(aspect(where, so, said, False, apart=apart))
    if more := wrong[SHOWN:]:
        rest = nmsg("{n} more place", "{n} more places", n=len(more))
        apart = nmsg("{n} more place has drifted", "{n} more places have drifted", n=len(more))
        aspects.append(aspect(rest, msg("none"), msg("drifted"), False, apart=apart))
    return judgement(*aspects)


KIND = Kind(
    name="documents",
    summary="What hand-written documents say of the repository, its runs and the hosts is so, and those that should be "
    "there are.",
    why="A document that names a script which is gone, or quotes a gate with eight checks of nine, is believed in the "
    "night in which it is needed.",
    params=Documents,
    shorthand="only",
    probes=probes,
    soll=soll,
    judge=judge,
    around=judge,
    remedy=lambda p: msg("{command:code} names every place; correct the documents.", command="docgen docs"),
    severity=Severity.LOW,
    on_host=lambda p: False,
    handles=frozenset({Observation.ABSENT}),
    example="documents: {}",
)
