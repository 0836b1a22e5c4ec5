"""Lights and verdict sentences: what the results of an environment amount to. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from checks.model import (
    Area,
    Blocker,
    ComponentResult,
    EnvironmentResult,
    HostFacts,
    Light,
    Message,
    Observation,
    Result,
    SectionResult,
    Severity,
    Snapshot,
    Status,
    Verdict,
    listed,
    msg,
    nmsg,
    text,
)
from checks.phrases import awaited, difference, headline
from checks.spec.spec import Environment, Spec

Sections = tuple[SectionResult, ...]
_HINDERS = (Status.FAIL, Status.UNKNOWN, Status.PENDING)
_DIM = (Status.FAIL, Status.UNKNOWN, Status.PENDING, Status.WARN)


def light(results: Iterable[Result]) -> Light:
    """The light of some results. None at all is grey: nothing checked is not green."""
    results = list(results)
    if any(r.status is Status.FAIL and r.severity is Severity.CRITICAL for r in results):
        return Light.RED
    # That a decision is open was seen.
    if all(r.verdict is Verdict.UNDETERMINED and not r.awaiting for r in results):
        return Light.GREY
    return Light.YELLOW if any(r.status in _DIM for r in results) else Light.GREEN


def environments(
    spec: Spec, snapshot: Snapshot, sections: Sections, found: tuple[Blocker, ...]
) -> tuple[EnvironmentResult, ...]:
    """Each environment with its lights and its sentence."""
    made = []
    # What is built for all of them may keep each from being deployed to.
    shared = [
        c
        for s in sections
        if s.environment is None
        for c in s.components
        if c.about is Area.DELIVERY and c.status in _HINDERS
    ]
    for environment in spec.environments:
        components = [c for s in sections if s.environment == environment.name for c in s.components]
        everything = [r for c in components for r in c.results]
        areas = {area: [c for c in components if c.about is area] for area in Area}
        lights = {area: light(r for c in own for r in c.results) for area, own in areas.items()}
        lights[Area.DELIVERY] = _dimmed(lights[Area.DELIVERY], shared)
        own_light = _dimmed(light(everything), shared)
        ids = {c.id for c in components}
        apart = {c.id for c in shared}
        mine = [b for b in found if b.environment == environment.name or b.id in apart or _lost_with(b, ids)]
        hosts = [h for h in snapshot.hosts if h.environment == environment.name]
        made.append(
            EnvironmentResult(
                name=environment.name,
                title=environment.title,
                production=environment.production,
                overall=own_light,
                operation=lights[Area.OPERATION],
                delivery=lights[Area.DELIVERY],
                operation_text=_area_text(areas[Area.OPERATION]),
                delivery_text=_area_text(areas[Area.DELIVERY], shared),
                asked=tuple(area for area in Area if areas[area]),
                verdict=_verdict(environment, own_light, components, shared, mine, hosts),
                counts=_counts(everything),
            )
        )
    return tuple(made)


def _dimmed(own: Light, shared: list[ComponentResult]) -> Light:
    """The light of an environment with what hinders all of them."""
    if any(r.status is Status.FAIL and r.severity is Severity.CRITICAL for c in shared for r in c.results):
        return Light.RED
    return Light.YELLOW if shared and own is Light.GREEN else own


def overall(lights: tuple[EnvironmentResult, ...], sections: Sections) -> Light:
    """The project's light: that of production where it is red or grey, else whether all is green."""
    for wanted in (Light.RED, Light.GREY):
        if any(e.production and e.overall is wanted for e in lights):
            return wanted
    apart = [r for s in sections if s.environment is None for c in s.components for r in c.results]
    if not any(c.results for s in sections for c in s.components):
        return Light.GREY
    others = [e.overall for e in lights] + ([light(apart)] if apart else [])
    return Light.GREEN if all(one is Light.GREEN for one in others) else Light.YELLOW


def _lost_with(blocker: Blocker, ids: set[str]) -> bool:
    """Whether `blocker` is a cause that several environments share, with components `ids` among what waits for it."""
    return (
        blocker.environment is None and blocker.id.startswith("host/") and not ids.isdisjoint(blocker.blocks)
    )


def _counts(results: list[Result]) -> dict[Status, int]:
    counts = dict.fromkeys(Status, 0)
    for result in results:
        counts[result.status] += 1
    return counts


def _area_text(components: list[ComponentResult], shared: Sequence[ComponentResult] = ()) -> Message:
    results = [r for c in components for r in c.results]
    if not results:
        return msg("No check is declared for this question.")
    met = sum(r.status in (Status.OK, Status.NOT_APPLICABLE) for r in results)
    lead = msg("{met:int} of {n:int} checks met.", met=met, n=len(results))
    names = tuple(
        text(c.name)
        for c in (*components, *shared)
        if c.status in (Status.FAIL, Status.UNKNOWN, Status.PENDING, Status.WARN)
    )
    if not names:
        return lead
    shown = listed(names[:3])
    if len(names) > 3:
        rest = nmsg("and {n} more", "and {n} more", n=len(names) - 3)
        return msg("{lead} Open: {names} {rest}.", lead=lead, names=shown, rest=rest)
    return msg("{lead} Open: {names}.", lead=lead, names=shown)


def _verdict(
    environment: Environment,
    own: Light,
    components: list[ComponentResult],
    shared: list[ComponentResult],
    found: list[Blocker],
    hosts: list[HostFacts],
) -> Message:
    """The sentence that says what matters."""
    title = environment.title
    results = [r for c in components for r in c.results]
    counts = _counts(results)
    words = {
        Light.GREEN: msg("in order"),
        Light.YELLOW: msg("limited"),
        Light.RED: msg("critical"),
        Light.GREY: msg("could not be determined"),
    }
    lead = msg("{title}: {light}.", title=title, light=words[own])
    if not results:
        return msg("{lead} Nothing was checked.", lead=lead)
    lost = [h for h in hosts if h.observation is not Observation.OBSERVED]
    if own is Light.GREY and lost:
        return msg("{lead} {host:code} was not reached.", lead=lead, host=lost[0].address)
    if found:
        first = next((b for b in found if b.critical), found[0])
        if counts[Status.PENDING]:
            rest = nmsg("{n} check not reached", "{n} checks not reached", n=counts[Status.PENDING])
            return msg("{lead} {title}; {rest}.", lead=lead, title=first.title, rest=rest)
        return msg("{lead} {title}.", lead=lead, title=first.title)
    open_ = next(
        (
            c
            for s in (Status.FAIL, Status.UNKNOWN, Status.PENDING, Status.WARN)
            for c in (*components, *shared)
            if c.status is s
        ),
        None,
    )
    if open_ is None:
        exceptions = counts[Status.WAIVED]
        met = nmsg("{n} check met", "{n} checks met", n=len(results) - exceptions)
        if exceptions:
            rest = nmsg("{n} exception", "{n} exceptions", n=exceptions)
            return msg("{lead} {met}, {rest}.", lead=lead, met=met, rest=rest)
        return msg("{lead} {met}.", lead=lead, met=met)
    blamed = min(open_.results, key=lambda r: r.status.rank)
    differs = difference(blamed) if blamed.verdict is not Verdict.UNDETERMINED else None
    what = differs or blamed.name
    others = sum(counts[s] for s in _DIM) + sum(r.status in _DIM for c in shared for r in c.results) - 1
    # A reason is a sentence of its own.
    said = None if differs else awaited(blamed) or headline(blamed)
    if said and not others:
        return msg("{lead} {component}: {what}", lead=lead, component=open_.name, what=said)
    if others:
        rest = nmsg("and {n} more", "and {n} more", n=others)
        if said:
            return msg(
                "{lead} {component} {rest}: {what}", lead=lead, component=open_.name, rest=rest, what=said
            )
        return msg(
            "{lead} {component}: {what}; {rest}.", lead=lead, component=open_.name, what=what, rest=rest
        )
    return msg("{lead} {component}: {what}.", lead=lead, component=open_.name, what=what)
