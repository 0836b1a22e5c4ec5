"""The views of a report in the terminal: what is ready, the layers of gates, known problems."""

from __future__ import annotations

from rich.text import Text

from checks.model import GateMatrix, Item, KnownProblem, Readiness, Report, Status
from docgen.labels import ASCII, ASSURANCE, LAYER, STYLE
from docgen.renderers.lines import Lines
from docgen.renderers.printable import one_line as printable

_SOLVED = {True: Status.OK, False: Status.FAIL, None: Status.UNKNOWN}


def views(report: Report, out: Lines) -> None:
    """Writes the views of `report`."""
    for ready in report.readiness:
        _readiness(ready, out)
    for gate in report.gates:
        _gate(gate, out)
    if report.problems:
        out.title(out.t("KNOWN PROBLEMS"))
        for problem in report.problems:
            _problem(problem, out)


def _readiness(ready: Readiness, out: Lines) -> None:
    t = out.t
    word = t("ready") if ready.ready else t("not ready")
    out.title(f"{t('READINESS')}  {printable(ready.name)}: {word}")
    for item in ready.needs:
        _item(item, out)
    if ready.then:
        out.wrap(Text(f"  {t('Comes into play then')}"))
        for item in ready.then:
            _item(item, out)


def _item(item: Item, out: Lines) -> None:
    line = (
        Text("    ").append(f"{ASCII[item.status]} ", style=STYLE[item.status]).append(printable(item.name))
    )
    if item.assurance:
        line.append(f" ({out.t.plain(ASSURANCE[item.assurance])})")
    if item.said:
        line.append(": ").append_text(out.rich(item.said))
    out.wrap(line, hang=6)


def _gate(gate: GateMatrix, out: Lines) -> None:
    t = out.t
    out.title(f"{t('GATE')}  {printable(gate.name)}")
    for number, layer in enumerate(gate.layers, 1):
        where = f" [{printable(layer.environment)}]" if layer.environment else ""
        line = Text(f"  {number} ").append(f"{ASCII[layer.status]} ", style=STYLE[layer.status])
        line.append(f"{printable(layer.name)}{where}")
        if layer.kind in LAYER:
            line.append(" ").append_text(out.rich(LAYER[layer.kind]))
        if layer.assurance:
            line.append(f", {t.plain(ASSURANCE[layer.assurance])}")
        if layer.proven:
            line.append(", " + t("last proved {at:time}", at=layer.proven))
        if layer.stops:
            line.append("; " + t("would stop") + " ").append_text(out.rich(layer.stops))
        out.wrap(line, hang=6)
    width = max(map(len, gate.parts), default=0) + 2
    out.wrap(Text(" " * (4 + width) + "  ".join(str(n) for n in range(1, len(gate.layers) + 1))))
    for place, part in enumerate(gate.parts):
        line = Text(f"    {printable(part):<{width}}")
        for number, layer in enumerate(gate.layers, 1):
            cell = layer.cells[place]
            sign = ASCII[cell] if cell else "."
            line.append(f"{sign:<{len(str(number)) + 2}}", style=STYLE[cell] if cell else "dim")
        out.wrap(line)


def _problem(problem: KnownProblem, out: Lines) -> None:
    t = out.t
    status = _SOLVED[problem.solved]
    word = {True: t("solved"), False: t("not solved"), None: t("could not be determined")}[problem.solved]
    line = Text("  ").append(f"{ASCII[status]} ", style=STYLE[status])
    out.wrap(line.append(f"{printable(problem.name)}: {word}"), hang=4)
    rows = [(t("Example"), problem.example), (t("Solution"), problem.solution)]
    for name, said in rows:
        if said:
            out.wrap(Text(f"      {name}: {printable(said)}"), hang=6)
    if problem.said:
        out.wrap(Text(f"      {t('IST')}: ").append_text(out.rich(problem.said)), hang=6)
