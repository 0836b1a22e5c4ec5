"""``completion``: that a deployment is complete, by ledger, run, link and smoke tests; refused where it is not."""

from __future__ import annotations

from checks.model import Status, msg, nmsg
from docgen.documents import deployments
from docgen.documents.backups import overview
from docgen.documents.compose import checks, soll_and_ist, title_of
from docgen.documents.interface import Document, Facts, Kind, NotYet, Section, Source
from docgen.documents.shipment import bundle

_EVIDENCE = {
    "running": msg("What is running"),
    "ledger": msg("Ledger"),
    "approval": msg("Approval"),
    "http": msg("Smoke tests"),
    "gate-in-workflow": msg("Gates"),
    "backup": msg("Backups"),
}


def compose(source: Source) -> Document:
    """The run, and what proves each part. Raises :class:`NotYet` with what is missing."""
    if missing := deployments.lacking(source):
        name = title_of(source)
        raise NotYet(
            msg(
                "The deployment of {environment} is not complete; no report says that it is.",
                environment=name,
            ),
            tuple(missing),
        )
    found = deployments.workflow(source)
    assert found  # else it would be lacking
    built = bundle(source, found[1]["run"]["commit"])
    sections = [Section(msg("The run"), (Facts((*deployments.run_facts(*found), *built)),))]
    counted: set[str] = set()
    for kind, heading in _EVIDENCE.items():
        own = [one for one in checks(source, kind) if one.check.environment == source.environment]
        own = deployments.smoke(source) if kind == "http" else own
        counted |= {one.result.id for one in own if one.result.status in (Status.OK, Status.WARN)}
        if own:
            table = overview(own) if kind == "backup" else soll_and_ist(one.result for one in own)
            sections.append(Section(heading, (table,)))
    return Document(
        kind="completion",
        title=msg("Completion report: {environment}", environment=title_of(source)),
        environment=source.environment,
        verdict=nmsg("Complete: {n} check proves it.", "Complete: {n} checks prove it.", n=len(counted)),
        status=Status.OK,
        sections=tuple(sections),
    )


DOCUMENT = Kind(compose)
