"""``documents``: what hand-written documents say is so."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from checks.kinds.interface import Facts, Kind, Params, aspect, judgement, undetermined
from checks.model import Aspect, Judgement, Message, Observation, Probe, Severity, code, msg, probe

SHOWN = 8


def _inside(value: str) -> str:
    if value.startswith("/") or ".." in value.split("/") or not value.strip():
        raise ValueError("expected a path below the folder of docgen.yml, such as docs/ROLLBACK.md")
    return value.removeprefix("./").rstrip("/") or "."


Inside = Annotated[str, AfterValidator(_inside)]


class Documents(Params):
    folders: Annotated[list[Inside], Field(min_length=1)]
    """The folders and files that hold the documents, from the folder of `docgen.yml`."""
    expected: list[Inside] = []
    """Documents that must be there, from the same folder."""


def probes(p: Documents) -> dict[str, Probe]:
    return {"said": probe("documents", here=True, deadline=120, folders=p.folders, expected=p.expected)}


def soll(p: Documents) -> Message:
    return msg("documents in {folders:list}", folders=tuple(p.folders))


def judge(p: Documents, facts: Facts) -> Judgement:
    seen = facts["said"].value
    if seen is None:
        return undetermined(facts["said"].reason or msg("not seen"), facts["said"].observation)
    held, wrong = seen["held"], seen["drifted"]
    if not held and not wrong and not seen["lacking"]:
        return undetermined(msg("The documents say nothing that can be judged."), Observation.OBSERVED)
    said = msg("{held:int} of {all:int}", held=held, all=held + len(wrong))
    aspects: list[Aspect] = [aspect(msg("statements that hold"), msg("all"), said, not wrong)]
    for one in wrong[:SHOWN]:
        where = f"{one['file']}:{one['line']}" if one["line"] else one["file"]
        true = Message.model_validate(one["actual"])
        aspects.append(aspect(code(where), true, msg("says {said:code}", said=one["said"]), False))
    aspects += [aspect(code(path), msg("present"), msg("missing"), False) for path in seen["lacking"]]
    return judgement(*aspects)


KIND = Kind(
    name="documents",
    summary="What hand-written documents say of the repository is so, and those that should be there are.",
    why="A document that names a script which is gone, or quotes a gate with eight checks of nine, is believed in the "
    "night in which it is needed.",
    params=Documents,
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=lambda p: msg("{command:code} names every place; correct the documents.", command="docgen docs"),
    severity=Severity.LOW,
    on_host=lambda p: False,
    handles=frozenset({Observation.ABSENT}),
    example="documents: {folders: [docs, README.md], expected: [docs/ROLLBACK.md]}",
)
