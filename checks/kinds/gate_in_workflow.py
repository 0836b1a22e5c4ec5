"""``gate-in-workflow``: a workflow carries a gate whole, in the right place, and cannot pass it over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checks.kinds.interface import Facts, Kind, aspect
from checks.knowledge.builds import OfWorkflow, State, WorkflowFile, newest_run
from checks.knowledge.pipelines.deeds import Doing, doing
from checks.knowledge.pipelines.evidence import effective, held, unread, where
from checks.knowledge.pipelines.gates import Carried, GateName, OfGate, carried, doubted, looks_into, too_late
from checks.knowledge.pipelines.placing import placed
from checks.knowledge.pipelines.progress import state_of, states_of
from checks.knowledge.pipelines.reading import Act, Reading
from checks.knowledge.pipelines.versions import judged, versions
from checks.model import Aspect, Assurance, GateSeen, Judgement, Message, Probe, Verdict, msg, nmsg

SHOWN = 4
_STOPS = {
    "switch": msg("the switch: the release before it stays live"),
    "migrate": msg("the migrations"),
    "bundle": msg("the bundle: nothing can be deployed"),
    "upload": msg("the upload: nothing can be deployed"),
}


class GateInWorkflow(OfWorkflow, OfGate):
    gate: GateName
    """A key of `gates`. Its checks of files and directories must be in the workflow, each one."""
    workflow: WorkflowFile
    """The name of its file in `.github/workflows`, such as `deploy-staging.yml`."""
    job: str | None = None
    """Only in this job. Default: in the one that carries most of it."""
    after: list[Doing] = []
    """What must be done before the gate: `extract`."""
    before: list[Doing] = []
    """What must only be done after the gate: `bundle`, `upload`, `migrate`, `switch`."""
    link: str = "current"
    """The link that makes a release live, for `switch`."""


def probes(p: GateInWorkflow) -> dict[str, Probe]:
    return {"run": newest_run(p, p.workflow)}


def soll(p: GateInWorkflow) -> Message:
    return msg("gate {gate:code} in {workflow:code}", gate=p.gate, workflow=p.workflow)


def judge(p: GateInWorkflow, facts: Facts) -> Judgement:
    value = facts["run"].value
    wanted = p.paths

    def ran(reading: Reading, act: Act) -> bool:
        return bool(value["run"]) and state_of(value, reading, act).word == "done"

    def best(reading: Reading) -> Carried:
        """The most complete; of several, one that is as it should be."""
        found = carried(reading, p.gate, wanted, p.job) or [Carried({}, {})]
        full = [one for one in found if len(one.found) == len(found[0].found)]
        return next(
            (one for one in full if all(a.verdict == "conform" for a in _aspects(p, reading, one, ran))),
            full[0],
        )

    def static(reading: Reading) -> list[Aspect]:
        return [*_aspects(p, reading, best(reading), ran)]

    def states(reading: Reading) -> list[State]:
        return states_of(value, reading, best(reading).acts())

    found = versions(value, p.workflow, p.link, p)
    made = judged(value, p.workflow, found, static, states)
    # What would run next is what the gate is worth from now on.
    reading = found[-1].reading if found else None
    return made._replace(gate=_seen(p, reading, best(reading), made, value) if reading else None)


def _seen(
    p: GateInWorkflow, reading: Reading, its: Carried, made: Judgement, value: Mapping[str, Any]
) -> GateSeen:
    """Which parts the workflow carries, and what it would stop."""
    verdicts = {True: Verdict.CONFORM, False: Verdict.DEVIATES, None: Verdict.UNDETERMINED}
    lacking = [path for path in p.paths if path not in its.found]
    gone = None if doubted(reading, its, lacking, p.job) else False
    parts = tuple(
        (path, verdicts[held(reading, its.found[path])[0] if path in its.found else gone]) for path in p.paths
    )
    acts = {wish.split()[0] for wish in p.before}
    stops = next((what for act, what in _STOPS.items() if act in acts), msg("the run"))
    proven = value["run"]["updated"] if made.assurance is Assurance.PROVEN else None
    return GateSeen(p.gate, parts, stops, proven)


def _aspects(p: GateInWorkflow, reading: Reading, its: Carried, ran: Any) -> Iterator[Aspect]:
    wanted, acts = p.paths, its.acts()
    expected = nmsg("{n} check", "{n} checks", n=len(wanted))
    shown = nmsg("{n} check", "{n} checks", n=len(acts))
    if acts:
        shown = msg("{checks} in step {step:code} ({place:code})", checks=shown, step=acts[0].step,
                    place=where(reading, acts[0]))  # fmt: skip
    lacking = [path for path in wanted if path not in its.found]
    note = doubted(reading, its, lacking, p.job)
    late = too_late(reading, its, lacking, p.job)
    if late:
        first = next(iter(late.values()))
        said = nmsg(
            "{n} check that only runs after a failure: {why:code} ({place:code})",
            "{n} checks that only run after a failure: {why:code} ({place:code})",
            n=len(late), why=first.only.why if first.only else "", place=where(reading, first.only or first),
        )  # fmt: skip
        shown = msg("{checks}; {more}", checks=shown, more=said) if acts else said
    gone = [path for path in lacking if path not in late]
    if gone:
        shown = msg("{checks}; missing: {paths:list}", checks=shown, paths=tuple(gone[:SHOWN]))
        if len(gone) > SHOWN:
            shown = nmsg("{lead} and {n} more", "{lead} and {n} more", lead=shown, n=len(gone) - SHOWN)
    complete = (None if note else False) if lacking else True
    yield aspect(None, expected, None if complete is None else shown, complete, note=note)
    if its.other:
        others = msg("also {paths:list}", paths=tuple(list(its.other)[:SHOWN]))
        yield aspect(msg("only what the spec declares"), msg("nothing else"), others, True, near=True)
    if not acts:
        return
    yield effective(reading, acts, lambda act: ran(reading, act))
    about = [act for wish in [*p.after, *p.before] for act in doing(reading, wish)]
    if folder := looks_into(its, about, p.link, unread(reading)):
        yield folder
    for doings, behind in ((p.after, True), (p.before, False)):
        for wish in doings:
            yield placed(reading, acts, wish, behind=behind)


KIND = Kind(
    name="gate-in-workflow",
    summary="A workflow carries a gate whole, in the right place, and cannot pass it over.",
    why="A gate behind the switch, with eight checks instead of nine, or with `|| true` behind it, stops nothing, and "
    "looks as good as before.",
    params=GateInWorkflow,
    subject=("gate", "workflow"),
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=lambda p: msg(
        "Correct {workflow:code}, or let it run the gate of the spec: {command:code}",
        workflow=p.workflow,
        command=f"docgen gate {p.gate} release/",
    ),
    on_host=lambda p: False,
    example="gate-in-workflow: {gate: release-structure, workflow: deploy-staging.yml, after: [extract], "
    "before: [migrate, switch]}",
)
