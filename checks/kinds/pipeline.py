"""``pipeline``: a workflow does what it should, in the right order, and what it did in the newest run went well."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Self

from pydantic import model_validator

from checks.kinds.interface import Facts, Kind, aspect
from checks.knowledge.builds import Event, OfWorkflow, State, WorkflowFile, newest_run
from checks.knowledge.pipelines.comparing import beside, lands_inside, undone
from checks.knowledge.pipelines.deeds import Doing, begins, doing
from checks.knowledge.pipelines.evidence import certain, places, where, wished
from checks.knowledge.pipelines.progress import states_of
from checks.knowledge.pipelines.reading import Act, Reading, precedes
from checks.knowledge.pipelines.versions import judged, versions
from checks.model import Aspect, Judgement, Message, Probe, code, msg

SHOWN = 4


class Pipeline(OfWorkflow):
    workflow: WorkflowFile
    """The name of its file in `.github/workflows`, such as `deploy-staging.yml`."""
    does: list[Doing] = []
    """What it must do, and did in its newest run: `backup database`, `extract`, `gate`, `migrate`, `switch`, `reload
    nginx`, `request /health`."""
    order: list[Doing] = []
    """What must be in the file in this order, each wholly before the next."""
    atomic: bool = True
    """`false`: its switches may leave a moment without a live release."""
    triggers: dict[Event, list[str]] = {}
    """The events that start it, and no other, with the branches (or workflows) that each is limited to: `{push:
    [main]}`. Starting it by hand is always allowed."""
    like: WorkflowFile | None = None
    """Another workflow, such as that of staging: each does what the other does, in the same order and with the same
    effect; and this one uses sudo for nothing else."""
    unlike: list[Doing] = []
    """What only one of the two does, and may."""
    sudo: list[str] | None = None
    """The beginnings of the commands that it may run with sudo. Default: any."""
    link: str = "current"
    """The link that makes a release live, for `switch`."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if len(self.order) == 1:
            raise ValueError("expected at least two under `order`")
        if self.unlike and not self.like:
            raise ValueError("`unlike` is about another workflow: expected `like`")
        if self.like == self.workflow:
            raise ValueError("`like` is the workflow itself; expected another")
        return self


def probes(p: Pipeline) -> dict[str, Probe]:
    asked = {"run": newest_run(p, p.workflow)}
    if p.like:
        asked["like"] = newest_run(p.model_copy(update={"branch": None, "event": None}), p.like)
    return asked


def soll(p: Pipeline) -> Message:
    return msg("workflow {workflow:code}", workflow=p.workflow)


def judge(p: Pipeline, facts: Facts) -> Judgement:
    value = facts["run"].value
    other = versions(facts["like"].value, p.like, p.link, p)[-1].reading if p.like else None
    wanted = list(dict.fromkeys([*p.does, *p.order]))
    found = versions(value, p.workflow, p.link, p)
    ran = next((version.reading for version in found if version.commit), None)

    def static(reading: Reading) -> list[Aspect]:
        alike = beside(reading, other, p.like, p.unlike) if p.like else ()
        switches = reading is ran and "switch" in {wish.split()[0] for wish in p.does}
        return [*_aspects(p, reading, wanted), *alike, *(undone(reading, value) if switches else ())]

    def states(reading: Reading) -> list[State]:
        return states_of(value, reading, [act for wish in p.does for act in doing(reading, wish)])

    return judged(value, p.workflow, found, static, states)


def _aspects(p: Pipeline, reading: Reading, wanted: list[str]) -> Iterator[Aspect]:
    found = {wish: doing(reading, wish) for wish in wanted}
    for wish, acts in found.items():
        if wish in p.does or not acts:
            yield wished(reading, "", wish, acts)
        else:
            yield aspect(code(wish), msg("in it"), code(where(reading, acts[0])), True)
        inside = [a for a in acts if wish.split()[0] == "switch" and lands_inside(reading, a)]
        for act in inside[:1]:
            said = msg("it goes into the release that is live: {command:code}", command=" ".join(act.argv))
            yield aspect(msg("the switch"), msg("replaces the link"), said, False)
        if p.atomic and not inside and wish.split()[0] == "switch" and acts:
            bad = next((act for act in acts if not act.atomic), None)
            how = code(" ".join((bad or acts[-1]).argv))
            yield certain(reading, aspect(msg("the switch"), msg("at once"), how, bad is None))
    for one, two in pairwise(p.order):
        if found[one] and found[two]:
            yield _ordered(reading, one, two, found[one][-1], found[two][0])
    if p.triggers:
        yield from _triggers(p, reading)
    if p.sudo is not None:
        used = [act for act in reading.commands if act.sudo]
        odd = [act for act in used if not any(begins(act.argv, say) for say in p.sudo)]
        shown = tuple(" ".join(act.argv) for act in (odd or used)[:SHOWN])
        said = msg("{commands:list}", commands=shown) if shown else msg("nothing")
        yield certain(reading, aspect(msg("with sudo"), msg("only what is declared"), said, not odd))


def _ordered(reading: Reading, one: str, two: str, last: Act, first: Act) -> Aspect:
    name = msg("{one:code} before {two:code}", one=one, two=two)
    right = precedes(reading, last, first)
    at, there = places(reading, last, first)
    if right:
        return certain(reading, aspect(name, msg("yes"), msg("yes"), True))
    words = msg("at the same time: {gate}, {other}", gate=at, other=there)
    if right is False:
        words = msg("no: {one}, then {two}", one=there, two=at)
    return aspect(name, msg("yes"), words, False)


def _triggers(p: Pipeline, reading: Reading) -> Iterator[Aspect]:
    there = {t.event: t for t in reading.workflow.triggers}
    for event, branches in p.triggers.items():
        its = there.pop(event, None)
        expected = msg("{names:list}", names=tuple(branches)) if branches else msg("always")
        actual = msg("missing")
        if its:
            actual = msg("{names:list}", names=its.branches) if its.branches else msg("always")
        if its and its.further:
            actual = msg("{names}, and {more:list}", names=actual, more=its.further)
        right = its is not None and set(its.branches) == set(branches) and not its.further
        yield aspect(msg("started by {event:code}", event=event), expected, actual, right)
    rest = tuple(event for event in there if event not in ("workflow_dispatch", "workflow_call"))
    if rest:
        yield aspect(msg("started by others"), msg("no"), msg("{names:list}", names=rest), False)


KIND = Kind(
    name="pipeline",
    summary="A workflow does what it should, in the right order, and what it did in the newest run went well.",
    why="Migrations before the gate, a switch that is not atomic, a reload that production has and staging lacks: the "
    "order of a deployment is decided in a file, and seen when it goes wrong.",
    params=Pipeline,
    shorthand="workflow",
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=lambda p: msg("Correct {workflow:code}.", workflow=p.workflow),
    on_host=lambda p: False,
    example="pipeline: {workflow: deploy-staging.yml, order: [extract, gate, migrate, switch, reload nginx]}",
)
