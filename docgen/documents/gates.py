"""``gates``: what each layer of each gate looks for, would stop, and when it last proved itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from checks.model import Assurance, GateMatrix, Layer, Message, Status, code, msg, nmsg, text, worst
from docgen.documents.compose import blocker, word
from docgen.documents.interface import (
    Block,
    Cell,
    Document,
    Facts,
    Kind,
    Mark,
    Paragraph,
    Point,
    Points,
    Section,
    Source,
    Step,
    Steps,
    Table,
)
from docgen.documents.layers import after_the_switch, facts_of
from docgen.labels import ASSURANCE, LAYER, STATUS


def compose(source: Source) -> Document:
    """A section for each gate with its layers and parts, and the problems that are known."""
    gates = [_seen_from(source, gate) for gate in source.report.gates]
    gates = [gate for gate in gates if gate.layers]
    sections = [
        Section(msg("Gate {name:code}", name=gate.name), (*_blocks(source, gate), *_layers(source, gate)))
        for gate in gates
    ]
    if not gates:
        none = msg("No gate of the spec is used in more than one place.")
        sections = [Section(msg("Gates"), (Paragraph(none),))]
    own = {id for gate in gates for layer in gate.layers for id in layer.results}
    sections += [*_switched(source), *_problems(source, own)]
    layers = [layer for gate in gates for layer in gate.layers]
    verdict = _verdict(source, gates)
    return Document(
        kind="gates",
        title=msg("Gate validation: {project}", project=source.report.project),
        environment=source.environment,
        verdict=verdict if layers else msg("Nothing was checked."),
        status=worst([layer.status for layer in layers]) or Status.UNKNOWN,
        sections=tuple(sections),
    )


def _verdict(source: Source, gates: list[GateMatrix]) -> Message:
    """How many layers hold; one that tries only a part of the gate is told apart."""
    layers = [layer for gate in gates for layer in gate.layers]
    held = [layer for layer in layers if layer.status is Status.OK]
    live = sum(layer.assurance is Assurance.PROVEN for layer in held)
    said = nmsg(
        "{held} of {n} layer holds; {live:int} seen to in a live run",
        "{held} of {n} layers hold; {live:int} seen to in a live run",
        n=len(layers), held=len(held), live=live,
    )  # fmt: skip
    for layer in held:
        tried = sum(cell is not None for cell in layer.cells)
        if tried < len(layer.cells):
            said = msg(
                "{lead}; {where}, only {n:int} of {all:int} checks were tried",
                lead=said, where=LAYER.get(layer.kind, text(layer.kind)), n=tried, all=len(layer.cells),
            )  # fmt: skip
    return msg("{sentence}.", sentence=said)


def _switched(source: Source) -> Iterator[Section]:
    """What comes behind the switch, for each environment that is looked at."""
    for e in source.report.environments:
        if source.environment in (None, e.name) and (
            table := after_the_switch(source._replace(environment=e.name))
        ):
            yield Section(msg("After the switch: {environment}", environment=e.title), (table,))


def _problems(source: Source, own: set[str]) -> Iterator[Section]:
    """The problems that are known, what blocks, and what is to be done: as far as it is about the gates `own`, about the
    environment, or about what a deployment to it waits for."""
    points = [
        Point(
            text(p.name),
            word({True: Status.OK, False: Status.FAIL, None: Status.UNKNOWN}[p.solved]),
            text(p.solution) if p.solution else p.said,
        )
        for p in source.report.problems
        if own & set(p.results)
    ]
    awaited = {
        id
        for one in source.report.readiness
        if source.environment in (None, one.environment)
        for item in one.needs
        for id in item.results
    }
    blockers = [
        b
        for b in source.report.blockers
        if source.environment in (None, b.environment) or _touch((b.id, *b.blocks), awaited)
    ]
    points += [blocker(b, msg("{cause} {impact}", cause=b.cause, impact=b.impact)) for b in blockers]
    if points:
        yield Section(msg("Known problems"), (Points(tuple(points)),))
    about = own | awaited | {id for b in blockers for id in (b.id, *b.blocks)}
    steps = [
        step
        for step in source.report.next_steps
        if step.horizon != "optional" and _touch(step.resolves, about)
    ]
    if steps:
        todo = [
            Step(s.title, tuple(s.command.split("\n")) if s.command else (), expected=s.expected)
            for s in steps
        ]
        yield Section(msg("What comes next"), (Steps(tuple(todo)),))


def _touch(ids: Iterable[str], results: set[str]) -> bool:
    """Whether one of `ids`, of components or checks, is or holds one of `results`."""
    return any(id == one or one.startswith(f"{id}/") for id in ids for one in results)


def _seen_from(source: Source, gate: GateMatrix) -> GateMatrix:
    """`gate` with the layers of the environment, and those of none."""
    if source.environment is None:
        return gate
    return gate._replace(
        layers=tuple(layer for layer in gate.layers if layer.environment in (None, source.environment))
    )


def _blocks(source: Source, gate: GateMatrix) -> list[Block]:
    titles = {e.name: e.title for e in source.report.environments}
    heads = (msg("Layer"), msg("Status"), msg("Assurance"), msg("Would stop"), msg("Last proved"))
    rows: list[tuple[Cell, ...]] = []
    for number, layer in enumerate(gate.layers, 1):
        rows.append(
            (
                _name(number, layer, titles),
                _held(layer)._replace(of=_behind(source, layer)),
                ASSURANCE[layer.assurance] if layer.assurance else text("–"),
                layer.stops or text("–"),
                msg("{at:time}", at=layer.proven) if layer.proven else text("–"),
            )
        )
    cells: list[tuple[Cell, ...]] = [
        (code(part), *(_cell(layer.cells[n]) for layer in gate.layers)) for n, part in enumerate(gate.parts)
    ]
    numbers = tuple(text(str(n)) for n in range(1, len(gate.layers) + 1))
    matrix = Table((msg("Looks for"), *numbers), tuple(cells))
    if not any(status is None for layer in gate.layers for status in layer.cells):
        return [Table(heads, tuple(rows)), matrix]
    return [Table(heads, tuple(rows)), matrix, Paragraph(msg("–: this layer does not try it."))]


def _layers(source: Source, gate: GateMatrix) -> Iterator[Block]:
    titles = {e.name: e.title for e in source.report.environments}
    for number, layer in enumerate(gate.layers, 1):
        yield Paragraph(_name(number, layer, titles))
        yield Facts(tuple(facts_of(source, gate, layer)))


def _held(layer: Layer) -> Mark:
    """How it stands; where it holds and tries only a part, how much."""
    tried = sum(cell is not None for cell in layer.cells)
    if layer.status is not Status.OK or tried == len(layer.cells):
        return word(layer.status)
    return Mark(layer.status, msg("Met, {n:int} of {all:int} tried", n=tried, all=len(layer.cells)))


def _behind(source: Source, layer: Layer) -> str:
    """The result that a layer stands for: the first that has its status."""
    own = [r for r in source.report.results() if r.id in layer.results]
    return next((r.id for r in own if r.status is layer.status), own[0].id if own else "")


def _name(number: int, layer: Layer, titles: dict[str, str]) -> Message:
    where = LAYER.get(layer.kind, text(layer.kind))
    if layer.environment:
        return msg(
            "{n:int}. {name}, {environment}, {where}",
            n=number, name=layer.name, environment=titles.get(layer.environment, layer.environment), where=where,
        )  # fmt: skip
    return msg("{n:int}. {name}, {where}", n=number, name=layer.name, where=where)


def _cell(status: Status | None) -> Cell:
    return Mark(status, STATUS[status]) if status else text("–")


DOCUMENT = Kind(compose, one_environment=False)
