"""``gates``: what each layer of each gate looks for, would stop, and when it last proved itself."""

from __future__ import annotations

from checks.model import Assurance, GateMatrix, Layer, Message, Status, code, msg, nmsg, text, worst
from docgen.documents.compose import word
from docgen.documents.interface import (
    Block,
    Cell,
    Document,
    Kind,
    Mark,
    Paragraph,
    Point,
    Points,
    Section,
    Source,
    Table,
)
from docgen.labels import ASSURANCE, LAYER, STATUS


def compose(source: Source) -> Document:
    """A section for each gate with its layers and parts, and the problems that are known."""
    gates = [_seen_from(source, gate) for gate in source.report.gates]
    gates = [gate for gate in gates if gate.layers]
    sections = [
        Section(msg("Gate {name:code}", name=gate.name), tuple(_blocks(source, gate))) for gate in gates
    ]
    if not gates:
        none = msg("No gate of the spec is used in more than one place.")
        sections = [Section(msg("Gates"), (Paragraph(none),))]
    if source.report.problems:
        points = tuple(
            Point(
                text(p.name),
                word({True: Status.OK, False: Status.FAIL, None: Status.UNKNOWN}[p.solved]),
                text(p.solution) if p.solution else p.said,
            )
            for p in source.report.problems
        )
        sections.append(Section(msg("Known problems"), (Points(points),)))
    layers = [layer for gate in gates for layer in gate.layers]
    held = sum(layer.status is Status.OK for layer in layers)
    live = sum(layer.status is Status.OK and layer.assurance is Assurance.PROVEN for layer in layers)
    verdict = nmsg(
        "{held} of {n} layer holds; {live:int} seen to in a live run.",
        "{held} of {n} layers hold; {live:int} seen to in a live run.",
        n=len(layers), held=held, live=live,
    )  # fmt: skip
    return Document(
        kind="gates",
        title=msg("Gate validation: {project}", project=source.report.project),
        environment=source.environment,
        verdict=verdict if layers else msg("Nothing was checked."),
        status=worst([layer.status for layer in layers]) or Status.UNKNOWN,
        sections=tuple(sections),
    )


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
                word(layer.status)._replace(of=_behind(source, layer)),
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
