"""Views on the results: the layers of each gate, whether something is ready, what works, known problems. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from checks.model import (
    Assurance,
    ComponentResult,
    GateMatrix,
    Item,
    KnownProblem,
    Layer,
    Message,
    Readiness,
    Result,
    SectionResult,
    Standing,
    Status,
    Verdict,
    msg,
    worst,
)
from checks.phrases import awaited, headline
from checks.spec.spec import Component, Spec

Results = Mapping[str, Result]
FINE = (Status.OK, Status.WARN, Status.NOT_APPLICABLE, Status.WAIVED)


def gates(spec: Spec, results: Results) -> tuple[GateMatrix, ...]:
    """For each gate of `spec` that is used in more than one place: which layer looks at which part of it."""
    made = []
    for name in spec.gates:
        layers = [
            layer
            for section in spec.sections
            for component in section.components
            for layer in _layers(name, component, section.environment, results)
        ]
        parts = tuple(dict.fromkeys(part for _, seen in layers for part in seen))
        if len(layers) > 1:
            cells = [layer._replace(cells=tuple(seen.get(part) for part in parts)) for layer, seen in layers]
            made.append(GateMatrix(name, parts, tuple(cells)))
    return tuple(made)


def _layers(
    name: str, component: Component, environment: str | None, results: Results
) -> Iterable[tuple[Layer, dict[str, Status]]]:
    """The uses of the gate called `name` in `component`, each with the state of the parts it looks at."""
    used: dict[str | None, list[tuple[str, Result]]] = {}
    for check in component.checks:
        result = results[check.id]
        if check.gate and check.gate[0] == name:
            used.setdefault(check.host, []).append((check.gate[1], result))
        elif result.gate and result.gate.name == name:
            seen = {path: _status(verdict, result) for path, verdict in result.gate.parts}
            yield _layer(component, environment, [result], result.gate.stops, result.gate.proven), seen
    for parts in used.values():
        own = [result for _, result in parts]
        met = all(result.status is Status.OK for result in own)
        times = [e.observed_at for result in own for e in result.evidence if e.observed_at]
        proven = max(times, default=None) if met else None
        yield _layer(component, environment, own, None, proven), {part: r.status for part, r in parts}


def _status(verdict: Verdict, result: Result) -> Status:
    if result.status is Status.PENDING:
        return Status.PENDING
    return {
        Verdict.CONFORM: Status.OK,
        Verdict.DEVIATES: Status.FAIL,
        Verdict.UNDETERMINED: Status.UNKNOWN,
        Verdict.NOT_APPLICABLE: Status.NOT_APPLICABLE,
    }[verdict]


def _layer(
    component: Component,
    environment: str | None,
    own: Sequence[Result],
    stops: Message | None,
    proven: str | None,
) -> Layer:
    return Layer(
        name=component.name,
        environment=environment,
        kind=own[0].kind if len(own) == 1 else "gate",
        status=worst([r.status for r in own]) or Status.UNKNOWN,
        assurance=_weakest(own),
        cells=(),
        stops=stops,
        proven=proven,
        results=tuple(r.id for r in own),
    )


def readiness(spec: Spec, results: Results) -> tuple[Readiness, ...]:
    """Whether what `spec` wants to do can be done, and what is missing."""
    made = []
    for one in spec.readiness:
        needs = tuple(_item(name, ids, results) for name, ids in one.needs)
        then = tuple(_item(name, ids, results) for name, ids in one.then)
        ready = bool(needs) and all(item.status in FINE for item in needs)
        made.append(Readiness(one.name, one.environment, ready, needs, then))
    return tuple(made)


def _item(name: str, ids: Sequence[str], results: Results) -> Item:
    own = [results[i] for i in ids if i in results]
    status = worst([r.status for r in own]) or Status.UNKNOWN
    shown = name.rpartition("/")[2].strip()
    if not own:
        return Item(shown, status, None, msg("Its environment was not looked at."), ())
    blamed = None if status in FINE else min(own, key=lambda r: r.status.rank)
    return Item(shown, status, _weakest(own), _said(blamed), tuple(r.id for r in own))


def standing(sections: Iterable[SectionResult]) -> tuple[Standing, ...]:
    """How the components of each of `sections` stand; those that apply to nothing, or are excepted, are left out."""
    made = []
    for section in sections:
        groups: dict[str, list[Item]] = {name: [] for name in Standing._fields[2:]}
        for component in section.components:
            if group := _group(component):
                own = component.results
                blamed = None if component.status in FINE else min(own, key=lambda r: r.status.rank)
                ids = tuple(r.id for r in own)
                groups[group].append(
                    Item(component.name, component.status, component.assurance, _said(blamed), ids)
                )
        if any(groups.values()):
            parts = {name: tuple(items) for name, items in groups.items()}
            made.append(Standing(section.name, section.environment, **parts))
    return tuple(made)


def _group(component: ComponentResult) -> str | None:
    match component.status:
        case Status.FAIL:
            return "broken"
        case Status.PENDING if component.because:
            return "held"
        case Status.WAIVED | Status.NOT_APPLICABLE:
            return None
        case Status.OK | Status.WARN if all(r.verdict is not Verdict.DEVIATES for r in component.results):
            return (component.assurance or Assurance.IMPLEMENTED).value
    return "open"


def _said(result: Result | None) -> Message | None:
    """What is seen where something is not met, or whose decision is open."""
    if result is None or result.because:
        return None
    return awaited(result) or headline(result)


def _weakest(own: Sequence[Result]) -> Assurance | None:
    known = [r.assurance for r in own if r.assurance]
    return min(known, key=list(Assurance).index) if known and len(known) == len(own) else None


def problems(spec: Spec, results: Results) -> tuple[KnownProblem, ...]:
    """What became of the problems that are known."""
    made = []
    for one in spec.problems:
        own = [results[i] for i in one.shows if i in results]
        status = worst([r.status for r in own]) or Status.UNKNOWN
        solved = True if status in FINE else False if status is Status.FAIL else None
        blamed = None if solved or not own else min(own, key=lambda r: r.status.rank)
        ids = tuple(r.id for r in own)
        made.append(
            KnownProblem(
                one.name, one.environment, solved, one.critical, _said(blamed), one.example, one.solution, ids
            )
        )
    return tuple(made)
