"""``preflight``: GO or NO-GO, with what blocks first; composed of the outcome of a dry run, not of a report."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from checks.model import Message, Status, code, msg, nmsg, text
from checks.phrases import joined
from docgen.documents.compose import plain, said, soll_and_ist, state, word
from docgen.documents.interface import (
    Block,
    Cell,
    Document,
    Facts,
    Paragraph,
    Point,
    Points,
    Section,
    Table,
    Tried,
)
from docgen.preflight.fingerprint import described
from docgen.preflight.outcome import Item, Outcome

SHOWN = 50
METHOD = msg(
    "Tried automatically on the host, in a folder of its own; everything else was only read. What may have changed since "
    "is not in it."
)
_NOT_SEEN = (
    msg("The database, caches in memory and what other servers do are not compared."),
    msg("The times of the folder in which the own folder stood are not compared: it came and went there."),
)


def compose(outcome: Outcome) -> Document:
    """The report of a preflight: what blocks, who decides, what was tried, what it left."""
    title = next(
        (e.title for e in outcome.report.environments if e.name == outcome.environment), outcome.environment
    )
    tried = [
        Section(msg("Gate {name}", name=name), (soll_and_ist(results),))
        for name, results in outcome.gates
        if results
    ]
    return Document(
        kind="preflight",
        title=msg("Preflight: {environment}", environment=title),
        environment=outcome.environment,
        verdict=outcome.verdict,
        status=outcome.status,
        sections=(
            Section(msg("What blocks"), (_blocking(outcome),)),
            Section(msg("Who decides"), tuple(_decisions(outcome))),
            Section(msg("What was tried"), (_bundle(outcome), _items(outcome))),
            *tried,
            Section(msg("What it left"), tuple(_impact(outcome))),
            Section(msg("What comes next"), (Points(tuple(Point(one) for one in next_steps(outcome))),)),
        ),
        method=METHOD,
        tried=tuple(Tried(item.title, item.status, item.said) for item in outcome.items),
    )


def _title(item: Item) -> Message:
    return item.title


def next_steps(outcome: Outcome, called: Callable[[Item], Message] = _title) -> Iterator[Message]:
    """What is to be done now; what blocks is `called` as it is where this stands."""
    if outcome.status is not Status.OK:
        blocking: list[Message] = []
        for item in outcome.blocking:
            if called(item) not in blocking:
                blocking.append(called(item))
        yield msg("Put this right, then try again: {what}", what=joined(blocking))
        return
    for one in outcome.undecided:
        yield msg("{title}: {said}", title=one.name, said=said(one))
    if outcome.unproven:
        yield msg(
            "Compare the SHA-256 {sha256:code} with the one that the build named, and say it with {option:code} next time.",
            sha256=outcome.bundle.sha256 or "–",
            option="--sha256",
        )
    yield msg(
        "Deploy the bundle with the SHA-256 {sha256:code}, and no other.", sha256=outcome.bundle.sha256 or "–"
    )


def _blocking(outcome: Outcome) -> Block:
    points = [Point(item.title, word(item.status), item.said) for item in outcome.blocking]
    return Points(tuple(points)) if points else Paragraph(msg("Nothing blocks."))


def _decisions(outcome: Outcome) -> Iterator[Block]:
    points = [Point(one.name, state(one), said(one)) for one in outcome.decisions]
    if points:
        yield Points(tuple(points))
    else:
        yield Paragraph(msg("The spec declares no approval for this environment."))
    if outcome.owner:
        yield Facts(((msg("Owner"), text(outcome.owner)),))


def _bundle(outcome: Outcome) -> Facts:
    its = outcome.bundle
    rows: list[tuple[Message, Cell]] = [
        (msg("Bundle"), code(its.name)),
        (msg("SHA-256"), plain(its.sha256)),
        (msg("Size"), msg("{size:size}", size=its.size)),
        (msg("Commit"), plain(its.commit)),
        (msg("Run"), plain(its.run)),
        (msg("Host"), code(outcome.address)),
        (msg("From"), msg("{at:time}", at=outcome.started)),
        (msg("Until"), msg("{at:time}", at=outcome.finished)),
    ]
    return Facts(tuple(rows))


def _items(outcome: Outcome) -> Table:
    rows: list[tuple[Cell, ...]] = [(item.title, word(item.status), item.said) for item in outcome.items]
    return Table((msg("Check"), msg("Status"), msg("What was seen")), tuple(rows))


def _impact(outcome: Outcome) -> Iterator[Block]:
    impact = outcome.impact
    if impact is None:
        yield Paragraph(msg("Nothing was begun."))
        return
    compared = nmsg(
        "{n} property of files, services and configuration was compared before and after.",
        "{n} properties of files, services and configuration were compared before and after.",
        n=impact.compared,
    )
    yield Paragraph(compared)
    for usual, lead in (
        (False, msg("Different, by the preflight or by somebody else meanwhile:")),
        (True, msg("Different where the running application writes all the time:")),
    ):
        own = [one for one in impact.differences if one.usual is usual]
        if own:
            points = [Point(described(one)) for one in own[:SHOWN]]
            if len(own) > SHOWN:
                points.append(Point(msg("and {n:int} more", n=len(own) - SHOWN)))
            yield Paragraph(lead)
            yield Points(tuple(points))
    yield Paragraph(msg("What this does not say:"))
    yield Points(
        (*(Point(msg("Not seen: {what}", what=one)) for one in impact.unseen[:SHOWN]), *map(Point, _NOT_SEEN))
    )
