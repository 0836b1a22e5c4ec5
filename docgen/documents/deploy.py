"""``deploy``: how to deploy to an environment, with what is there today; and whether today is the day."""

from __future__ import annotations

import shlex

from checks.model import Assurance, Flow, Message, Status, code, msg, nmsg, text
from checks.phrases import headline, ist_parts
from docgen.documents import deployments
from docgen.documents.compose import blocker, item_state, said, state, title_of
from docgen.documents.interface import (
    Block,
    Document,
    Facts,
    Kind,
    Mark,
    Paragraph,
    Points,
    Section,
    Source,
    Step,
    Steps,
)
from docgen.documents.live import already
from docgen.documents.shipment import ahead, doings, shipment

_KNOWN = {
    Assurance.IMPLEMENTED: msg("So far only implemented, not yet seen to work."),
    Assurance.REHEARSED: msg("So far only rehearsed."),
    Assurance.PROVEN: msg("Seen to work in a live run."),
}
_OPEN = (Status.FAIL, Status.PENDING, Status.UNKNOWN)


def compose(source: Source) -> Document:
    """Prerequisites with their state, what would be deployed, the steps, what is expected, and the way back."""
    ready, needs = deployments.readiness(source)
    open_ = [point for point in needs if point.mark and point.mark.status in _OPEN]
    blocked = [b for b in source.report.blockers if b.environment in (source.environment, None)]
    live = already(source)
    if live and ready is not False and not blocked:
        verdict, status = msg("Nothing to deploy: {live}.", live=live), Status.OK
    elif ready is None:
        verdict, status = (
            msg("Whether today is the day is not known: the spec declares no readiness."),
            Status.UNKNOWN,
        )
    elif ready and not blocked:
        verdict, status = msg("Today is the day: everything that must be so is so."), Status.OK
    else:
        n = len(open_) + len(blocked)
        verdict = nmsg(
            "Not today: {n} thing stands in the way.", "Not today: {n} things stand in the way.", n=n
        )
        if live:
            verdict = nmsg(
                "Nothing to deploy: {live}. In the way of the next stands {n} thing.",
                "Nothing to deploy: {live}. In the way of the next stand {n} things.",
                n=n,
                live=live,
            )
        decisions_only = not blocked and all(p.mark and p.mark.status is Status.PENDING for p in open_)
        status = Status.PENDING if decisions_only else Status.FAIL
    before: list[Block] = [Points(tuple(needs))] if needs else [Paragraph(msg("The spec declares none."))]
    if blocked:
        before.append(Points(tuple(blocker(b, b.cause) for b in blocked)))
    sections = [Section(msg("Prerequisites"), tuple(before)), *shipment(source), *_workflow(source, live)]
    for flow in source.report.flows:
        if flow.environment == source.environment:
            sections.append(Section(msg("What happens, in order"), (Steps(tuple(_flow(source, flow))),)))
    sections += doings(source)
    smoke = tuple(deployments.smoke_tests(source, None if live else ahead(source)))
    after = [*smoke, Step(msg("Look at everything once more."), (f"docgen status --env {_quoted(source)}",))]
    sections.append(Section(msg("How to see that it worked"), (Steps(tuple(after)),)))
    sections.append(Section(msg("If it goes wrong"), tuple(_back(source))))
    return Document(
        kind="deploy",
        title=msg("Deployment guide: {environment}", environment=title_of(source)),
        environment=source.environment,
        verdict=verdict,
        status=status,
        sections=tuple(sections),
        also=deployments.awaited(source),
    )


def _quoted(source: Source) -> str:
    return shlex.quote(source.environment or "")


def _workflow(source: Source, live: Message | None) -> list[Section]:
    found = deployments.workflow(source)
    if found is None:
        return [
            Section(
                msg("Start it"), (Paragraph(msg("No check of the spec is about a workflow that deploys.")),)
            )
        ]
    name, value = found
    steps = []
    for approval in source.report.results():
        if approval.kind == "approval" and approval.environment == source.environment:
            steps.append(Step(approval.name, decision=said(approval), mark=state(approval)))
    steps.append(
        Step(
            msg("Start the workflow, by hand or by what starts it."),
            (f"gh workflow run {shlex.quote(name)} &&", "gh run watch"),
            expected=msg("a run that ends with {word:code}", word="success"),
        )
    )
    facts = Facts(tuple(deployments.run_facts(name, value)))
    only = [Paragraph(msg("Only for the next candidate: {live}.", live=live))] if live else []
    return [Section(msg("Start it"), (facts, *only, Steps(tuple(steps))))]


def _flow(source: Source, flow: Flow) -> list[Step]:
    """The steps as they are meant, with what is known of each: that it went well once is no promise for today."""
    owners = {r.id: c for s in source.report.sections for c in s.components for r in c.results}
    layers = [layer for gate in source.report.gates for layer in gate.layers]
    steps = []
    for step in flow.steps:
        own = owners.get(step.results[0]) if step.results else None
        notes = [msg("SOLL: {soll}", soll=own.soll)] if own and own.soll else []
        if own and own.assurance:
            notes.append(_KNOWN[own.assurance])
        notes += [
            msg("Would stop: {what}", what=layer.stops)
            for layer in layers
            if layer.stops is not None and set(layer.results) & set(step.results)
        ]
        steps.append(
            Step(
                text(step.name),
                mark=item_state(source, step) if step.status in _OPEN else None,
                notes=tuple(notes),
            )
        )
    return steps


def _back(source: Source) -> list[Block]:
    one = deployments.rollback_check(source)
    if one is None:
        return [
            Paragraph(
                msg(
                    "Whether one could go back is not known: no check of kind {kind:code} is declared.",
                    kind="rollback",
                )
            )
        ]
    release = deployments.candidate(source, one)
    rows: list[tuple[Message, Mark | Message]] = [
        (
            msg("Rollback"),
            Mark(one.result.status, headline(one.result) or ist_parts(one.result)[0], one.result.id),
        )
    ]
    if release:
        rows.append((msg("Back to"), code(release)))
    rows.append((msg("Guide"), code(f"docgen guide rollback --env {_quoted(source)}")))
    return [Facts(tuple(rows))]


DOCUMENT = Kind(compose)
