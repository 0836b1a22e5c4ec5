"""``summary``: half a page for people who read nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from checks.model import Area, EnvironmentResult, Item, Message, Result, Status, listed, msg, nmsg, text
from docgen.documents.compose import blocker, item_state, word
from docgen.documents.interface import (
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
    Table,
)
from docgen.labels import LIGHT, LIGHT_STATUS, STATUS

MOST = 3


def compose(source: Source) -> Document:
    """The verdict, what works, what blocks, what a deployment waits for, and what comes next."""
    report = source.report
    environments = [e for e in report.environments if source.environment in (None, e.name)]
    overall = report.overall if source.environment is None else environments[0].overall
    sections = [
        Section(
            msg("Where we stand"),
            tuple(block for e in environments for block in (Paragraph(e.verdict), Facts(tuple(_lights(e))))),
        ),
        Section(msg("What was counted"), (_counted(source, environments),)),
        Section(msg("What works"), (Points(tuple(_standing(source))),)),
    ]
    if blocked := tuple(
        blocker(b, msg("{cause} {impact}", cause=b.cause, impact=b.impact))
        for b in report.blockers
        if source.environment in (None, b.environment)
    ):
        sections.append(Section(msg("What blocks"), (Points(blocked),)))
    if waited := tuple(_waited_for(source)):
        sections.append(Section(msg("What a deployment waits for"), (Points(waited),)))
    if steps := tuple(_next(source)):
        sections.append(Section(msg("What comes next"), (Points(steps),)))
    return Document(
        kind="summary",
        title=msg("Executive summary: {project}", project=report.project),
        environment=source.environment,
        verdict=environments[0].verdict if len(environments) == 1 else LIGHT[overall],
        status=LIGHT_STATUS[overall],
        sections=tuple(sections),
    )


def _lights(environment: EnvironmentResult) -> Iterator[tuple[Message, Mark]]:
    for name, light, said in (
        (msg("Operation"), environment.operation, environment.operation_text),
        (msg("Delivery"), environment.delivery, environment.delivery_text),
    ):
        yield name, Mark(LIGHT_STATUS[light], msg("{light}. {said}", light=LIGHT[light], said=said))


def _counted(source: Source, environments: list[EnvironmentResult]) -> Table:
    """The checks by what they are about, with their statuses: the sums add up, across and down."""
    rows: list[tuple[Message, list[Result]]] = []
    for e in environments:
        for name, area in ((msg("Operation"), Area.OPERATION), (msg("Delivery"), Area.DELIVERY)):
            label = (
                name if len(environments) == 1 else msg("{title}, {question}", title=e.title, question=name)
            )
            of = [c for s in source.report.sections if s.environment == e.name for c in s.components]
            rows.append((label, [r for c in of if c.about is area for r in c.results]))
    apart = [s for s in source.report.sections if s.environment is None]
    if apart:
        named = msg("Of no environment: {names}", names=listed(tuple(text(s.name) for s in apart)))
        rows.append((named, [r for s in apart for c in s.components for r in c.results]))
    rows = [row for row in rows if row[1]]
    rows.append((msg("All checks"), [r for _, own in rows for r in own]))
    used = [s for s in (Status.OK, *Status) if any(r.status is s for r in rows[-1][1])]
    used = list(dict.fromkeys(used))
    heads = (msg("Checks"), *(STATUS[status] for status in used), msg("All"))
    table: list[tuple[Cell, ...]] = [
        (name, *(text(str(sum(r.status is s for r in own))) for s in used), text(str(len(own))))
        for name, own in rows
    ]
    return Table(heads, tuple(table))


def _standing(source: Source) -> Iterator[Point]:
    for one in source.report.standing:
        if source.environment not in (None, one.environment) and one.environment is not None:
            continue
        parts = (
            (
                nmsg("{n} component seen to work", "{n} components seen to work", n=len(one.proven)),
                one.proven,
            ),
            (nmsg("{n} rehearsed", "{n} rehearsed", n=len(one.rehearsed)), one.rehearsed),
            (nmsg("{n} only implemented", "{n} only implemented", n=len(one.implemented)), one.implemented),
            (nmsg("{n} does not work", "{n} do not work", n=len(one.broken)), one.broken),
            (nmsg("{n} not reached", "{n} not reached", n=len(one.held)), one.held),
            (nmsg("{n} open", "{n} open", n=len(one.open)), one.open),
        )
        told = [message for message, items in parts if items]
        if told:
            said = told[0]
            for more in told[1:]:
                said = msg("{lead}, {rest}", lead=said, rest=more)
            everything: tuple[Item, ...] = sum((items for _, items in parts), ())
            status = min((item.status for item in everything), key=lambda s: s.rank)
            yield Point(text(one.name), word(status), said)


def _waited_for(source: Source) -> Iterator[Point]:
    for one in source.report.readiness:
        if source.environment not in (None, one.environment):
            continue
        open_ = [
            item for item in one.needs if item.status not in (Status.OK, Status.WARN, Status.NOT_APPLICABLE)
        ]
        if one.ready:
            yield Point(msg("{name}: ready", name=one.name), word(Status.OK))
            continue
        for item in open_:
            yield Point(
                msg("{name} waits for {what}", name=one.name, what=item.name),
                item_state(source, item),
                item.said,
            )


def _next(source: Source) -> Iterator[Point]:
    steps = [s for s in source.report.next_steps if source.environment in (None, s.environment)]
    for step in steps[:MOST]:
        owner = msg("Owner: {owner}", owner=step.owner) if step.owner else None
        yield Point(step.title, None, owner)


DOCUMENT = Kind(compose, one_environment=False)
