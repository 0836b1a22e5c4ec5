"""``bundle``: what a build left is complete, readable to its end, and what its checksum says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checks.kinds.interface import Facts, Kind, aspect, judgement, undetermined
from checks.knowledge.archives import as_expression, checksum
from checks.knowledge.artifacts import without
from checks.knowledge.builds import OfWorkflow, Text, WorkflowFile, awaited, newest_run, stop_said
from checks.knowledge.pipelines.gates import GateName, OfGate
from checks.knowledge.pipelines.jobnames import own
from checks.knowledge.pipelines.progress import causes
from checks.knowledge.told import told
from checks.model import (
    Aspect,
    GateSeen,
    Judgement,
    Message,
    Observation,
    Probe,
    Verdict,
    code,
    msg,
    nmsg,
    probe,
)
from checks.units import Size

SHOWN = 4


class Bundle(OfWorkflow, OfGate):
    workflow: WorkflowFile
    """The name of the workflow's file in `.github/workflows`, such as `build-artifacts.yml`."""
    artifact: Text
    """The name of the artifact that the newest run left; `*` stands for anything."""
    gate: GateName | None = None
    """A key of `gates`: its files and directories must be in the bundle."""
    contains: list[str] = []
    """What else must be in it: names of files or folders, from its root; `*` stands for anything but `/`."""
    min_size: Size = 1
    """The least size of the bundle in bytes."""
    checksum: bool = True
    """`false`: there need be no file with its SHA-256 beside it."""


def _wanted(p: Bundle) -> list[str]:
    return [*p.paths, *p.contains]


def probes(p: Bundle) -> dict[str, Probe]:
    wanted = [as_expression(member) for member in _wanted(p)]
    args = {"source": p.source, "workflow": p.workflow, "branch": p.branch, "event": p.event}
    asked = probe("github_artifact", here=True, deadline=300, artifact=p.artifact, contains=wanted, **args)
    return {"bundle": asked, "run": newest_run(p, p.workflow)}


def _right(p: Bundle, seen: Mapping[str, Any]) -> list[bool]:
    """Whether each of what is wanted is in it, and a file or a folder as the gate says."""
    kinds = [*p.kinds, *[None] * len(p.contains)]
    return [
        found and (kind is None or its is None or its == kind)
        for found, kind, its in zip(seen["found"], kinds, seen["kinds"], strict=True)
    ]


def soll(p: Bundle) -> Message:
    return msg("bundle in the artifact {name:code}", name=p.artifact)


def judge(p: Bundle, facts: Facts) -> Judgement:
    seen = facts["bundle"].value
    artifact = seen["artifact"]
    if artifact is None or artifact["expired"]:
        missing = msg("no such run") if seen["run"] is None else msg("missing")
        gone = msg("expired on {day:time}", day=artifact["expires"]) if artifact else missing
        return _lacking(p, facts["run"].value, gone, expired=artifact is not None)
    if seen["name"] is None and not seen["broken"]:
        return judgement(aspect(None, msg("present"), msg("no bundle in the artifact"), False))
    made = judgement(*_aspects(p, seen))
    if p.gate is None:
        return made
    whole = seen["broken"] is None
    parts = tuple(
        (path, Verdict.CONFORM if there and whole else Verdict.DEVIATES if whole else Verdict.UNDETERMINED)
        for path, there in zip(p.paths, _right(p, seen), strict=False)
    )
    return made._replace(gate=GateSeen(p.gate, parts))


def _lacking(p: Bundle, value: Mapping[str, Any], gone: Message, *, expired: bool) -> Judgement:
    """There is no artifact: a run that stopped before did not get there."""
    why, run = causes(p.workflow, value, own(value, p.workflow, p).reading), value["run"]
    if run and run["status"] != "completed" and not expired:
        return undetermined(msg("The run has not ended."), Observation.NOT_ATTEMPTED)._replace(
            awaiting=awaited(value)
        )
    if run and run["conclusion"] != "success" and not expired:
        unreached = aspect(None, msg("present"), gone, None)
        return undetermined(stop_said(value), Observation.ABSENT)._replace(aspects=(unreached,), behind=why)
    made = judgement(aspect(None, msg("present"), gone, False), observation=Observation.ABSENT)
    return made._replace(behind=(without(p.workflow, p.artifact), *why))


def _aspects(p: Bundle, seen: Mapping[str, Any]) -> Iterator[Aspect]:
    shown = msg("{name:code}, {size:size}", name=seen["name"] or p.artifact, size=seen["size"])
    yield aspect(None, msg("present"), shown, True)
    if seen["artifact"]["digest"]:
        said, own = seen["artifact"]["digest"], f"sha256:{seen['packed_sha256']}"
        yield aspect(msg("the packed artifact"), code(said[:23]), code(own[:23]), said == own)
    if seen["large"]:
        note = msg("It is larger than is read: {said}", said=told(seen["broken"]))
        yield aspect(msg("readable"), msg("to its end"), None, None, note=note)
        return
    if seen["broken"]:
        yield aspect(msg("readable"), msg("to its end"), msg("no: {said}", said=told(seen["broken"])), False)
        return
    members = nmsg("to its end, {n} member", "to its end, {n} members", n=seen["members"])
    yield aspect(msg("readable"), msg("to its end"), members, seen["members"] > 0)
    least = msg("at least {size:size}", size=p.min_size) if p.min_size > 1 else msg("not empty")
    yield aspect(msg("size"), least, msg("{size:size}", size=seen["size"]), seen["size"] >= p.min_size)
    if p.checksum:
        yield checksum({**seen, "noted_denied": False}, None)
    wanted = _wanted(p)
    if wanted:
        lacking = tuple(w for w, right in zip(wanted, _right(p, seen), strict=True) if not right)
        count = nmsg(
            "{n} of {all:int} is in it",
            "{n} of {all:int} are in it",
            n=len(wanted) - len(lacking),
            all=len(wanted),
        )
        said = msg("{lead}; missing: {paths:list}", lead=count, paths=lacking[:SHOWN]) if lacking else count
        yield aspect(msg("content"), msg("complete"), said, not lacking)


KIND = Kind(
    name="bundle",
    summary="What a build left is complete, readable to its end, and what its checksum says.",
    why="A green build may have packed a release without its entry point. The digest that the service shows is that of "
    "its own packing; the bundle inside has another.",
    params=Bundle,
    subject=("artifact",),
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=lambda p: msg("Look into the runs of the workflow {workflow:code}.", workflow=p.workflow),
    on_host=lambda p: False,
    example="bundle: {workflow: build-artifacts.yml, event: push, artifact: deployment-bundle-*, gate: release-structure}",
)
