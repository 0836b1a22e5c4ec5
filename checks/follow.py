"""What follows from the results: next steps, flows, and what to know of the report itself. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from fnmatch import fnmatchcase

from checks.model import (
    Blocker,
    Coverage,
    Flow,
    FlowStep,
    Message,
    NextStep,
    Result,
    SectionResult,
    Snapshot,
    Status,
    Verdict,
    msg,
    nmsg,
    text,
    worst,
)
from checks.spec.spec import Spec, Waiver
from checks.views import FINE, readiness

Sections = tuple[SectionResult, ...]
_SKEW = 60.0
HORIZONS = ("now", "then", "optional")
START = "Start the workflow {workflow:code}."
"""What sets off a deployment, which has to wait until the environment is ready for it."""


def next_steps(spec: Spec, sections: Sections, found: tuple[Blocker, ...]) -> tuple[NextStep, ...]:
    """What to do, in order: what blocks, what has to be decided, the other deviations, what is out of sight, what only
    warns."""
    steps: list[NextStep] = []
    done: set[str] = set()
    unready = _unready(spec, sections)
    for blocker in found:
        done.add(blocker.id)
        again = nmsg(
            "{n} further component can be judged.",
            "{n} further components can be judged.",
            n=len(blocker.blocks),
        )
        steps.append(
            _step(
                _horizon("now", blocker.remedy, blocker.id, unready),
                blocker.remedy or msg("Repair: {title}", title=blocker.title),
                blocker.environment,
                msg("Remove the blocker: {title}", title=blocker.title),
                again if blocker.blocks else msg("The check is met."),
                blocker.owner,
                (blocker.id, *blocker.blocks),
            )
        )
    steps += _decisions(spec, sections)
    horizons = {Status.FAIL: "now", Status.UNKNOWN: "then", Status.WARN: "optional"}
    for status, horizon in horizons.items():
        for section in sections:
            for component in section.components:
                if component.status is not status or component.id in done or not component.remedy:
                    continue
                done.add(component.id)
                steps.append(
                    _step(
                        _horizon(horizon, component.remedy, component.id, unready),
                        component.remedy,
                        section.environment,
                        msg("{component} as declared", component=component.name)
                        if status is not Status.UNKNOWN
                        else msg("{component} can be seen", component=component.name),
                        msg("The check is met.")
                        if status is not Status.UNKNOWN
                        else msg("The check can be judged."),
                        component.owner or spec.owner,
                        (component.id,),
                    )
                )
    ordered = sorted(_once(steps), key=lambda step: HORIZONS.index(step.horizon))
    return tuple(step._replace(priority=n) for n, step in enumerate(ordered, 1))


def _horizon(usual: str, remedy: Message | None, component: str, unready: Set[str]) -> str:
    return "then" if remedy and remedy.id == START and component in unready else usual


def _once(steps: list[NextStep]) -> list[NextStep]:
    """`steps`, those with the same title for the same environment as one."""
    found: dict[tuple[str, str | None], NextStep] = {}
    for step in steps:
        key = (str(step.title), step.environment)
        first = found.setdefault(key, step)
        found[key] = first._replace(resolves=tuple(dict.fromkeys((*first.resolves, *step.resolves))))
    return list(found.values())


def _decisions(spec: Spec, sections: Sections) -> Iterator[NextStep]:
    """What somebody has to decide before anything goes on: each decision once, however many checks wait for it."""
    checks = {check.id: check for check in spec.checks()}
    for section in sections:
        for component in section.components:
            for result in component.results:
                if not result.awaiting or result.because or result.status is not Status.PENDING:
                    continue
                check = checks[result.id]
                asked = [p.args["workflow"] for p in check.probes.values() if "workflow" in p.args]
                what = check.soll if check.soll.id else text(component.name)
                if asked:
                    what = msg("the run of {workflow:code} that waits", workflow=asked[0])
                yield _step(
                    "now",
                    msg("Decide: {what}", what=what),
                    section.environment,
                    msg("{component} as declared", component=component.name),
                    msg("The check can be judged."),
                    result.awaiting if result.awaiting != "–" else component.owner or spec.owner,
                    (component.id,),
                )


def _unready(spec: Spec, sections: Sections) -> set[str]:
    """The components whose environment is not ready for something, for want of more than of themselves."""
    results = {r.id: r for s in sections for c in s.components for r in c.results}
    found: set[str] = set()
    for one in readiness(spec, results):
        lacking = {i.rsplit("/", 1)[0] for item in one.needs if item.status not in FINE for i in item.results}
        own = (c.id for s in sections if s.environment == one.environment for c in s.components)
        found |= {id_ for id_ in own if not one.ready and lacking - {id_}}
    return found


def _step(
    horizon: str,
    title: Message,
    environment: str | None,
    goal: Message,
    expected: Message,
    owner: str | None,
    resolves: tuple[str, ...],
) -> NextStep:
    command = title.params.get("command")
    return NextStep(
        priority=0,
        horizon=horizon,
        title=title,
        environment=environment,
        goal=goal,
        expected=expected,
        command=command if isinstance(command, str) else None,
        owner=owner,
        resolves=resolves,
    )


def flows(spec: Spec, results: Mapping[str, Result]) -> tuple[Flow, ...]:
    """The declared flows with the state of each step."""
    made = []
    for flow in spec.flows:
        steps = []
        for number, step in enumerate(flow.steps, 1):
            own = [results[i] for i in step.shows if i in results]
            steps.append(
                FlowStep(
                    number=number,
                    name=step.name,
                    group=step.group,
                    status=worst([r.status for r in own]) or Status.UNKNOWN,
                    because=tuple(dict.fromkeys(i for r in own for i in r.because)),
                    results=tuple(r.id for r in own),
                )
            )
        made.append(Flow(name=flow.name, environment=flow.environment, steps=tuple(steps)))
    return tuple(made)


def coverage(results: list[Result]) -> Coverage:
    """How much of what is declared was seen."""
    blind = sum(r.verdict is Verdict.UNDETERMINED for r in results)
    return Coverage(declared=len(results), observed=len(results) - blind, undetermined=blind)


def warnings(spec: Spec, snapshot: Snapshot, results: Mapping[str, Result]) -> tuple[Message, ...]:
    """What a reader must know of the report itself."""
    found: list[Message] = []
    if snapshot.spec_sha256 != spec.sha256:
        found.append(msg("The spec was changed after this snapshot was collected."))
    if not results:
        found.append(msg("Nothing was checked: no check is declared for this selection."))
    for host in snapshot.hosts:
        if host.clock_skew is not None and abs(host.clock_skew) > _SKEW:
            found.append(
                msg(
                    "The clock of {host:code} differs by {skew:seconds} from this machine's.",
                    host=host.host,
                    skew=host.clock_skew,
                )
            )
        if host.noise:
            found.append(
                msg(
                    "The login shell of {host:code} prints text of its own: {noise:code}",
                    host=host.host,
                    noise=host.noise,
                )
            )
    twins: dict[str, list[str]] = {}
    for host in snapshot.hosts:
        if host.machine_id and host.boot_id:
            twins.setdefault(f"{host.machine_id} {host.boot_id}", []).append(host.host)
    for names in twins.values():
        if len(names) > 1 and len(set(names)) > 1:
            found.append(msg("{hosts:list} are the same machine.", hosts=tuple(names)))
    found += _about_waivers(spec, snapshot, results)
    return tuple(found)


def _about_waivers(spec: Spec, snapshot: Snapshot, results: Mapping[str, Result]) -> Iterator[Message]:
    """Exceptions that do nothing: over, matching nothing, or not needed."""
    for waiver in spec.waivers:
        own = [result for id_, result in results.items() if covers(waiver, id_)]
        where = {"check": waiver.pattern, "origin": waiver.origin.rsplit("/", 1)[-1]}
        if not own:
            # In a part of the spec that was not selected it may match.
            if not spec.unselected:
                yield msg("The exception for {check:code} ({origin}) matches no check.", **where)
        elif snapshot.collected_at >= waiver.until:
            yield msg(
                "The exception for {check:code} ended on {until:time}.",
                check=waiver.pattern,
                until=waiver.until,
            )
        elif not any(r.verdict is Verdict.DEVIATES for r in own):
            yield msg(
                "The exception for {check:code} ({origin}) has no effect: nothing it covers deviates.",
                **where,
            )


def covers(waiver: Waiver, check_id: str) -> bool:
    """Whether `waiver` names the check, its component, or a pattern of them."""
    bare = check_id.split("@")[0]
    names = (check_id, bare, bare.rsplit("/", 1)[0])
    return any(fnmatchcase(name, waiver.pattern) for name in names)
