"""``backups``: what there is to restore from, and how far each of it is proven."""

from __future__ import annotations

from checks.model import Message, Result, Status, msg, nmsg, worst
from docgen.documents.compose import Found, aspects, checks, said, state, title_of
from docgen.documents.interface import Block, Cell, Document, Facts, Kind, Paragraph, Section, Source, Table

KINDS = ("backup", "restic", "borg", "off-host-copy")


def compose(source: Source) -> Document:
    """An overview, then each backup with all that was compared, then whether one could roll back."""
    found = checks(source, *KINDS)
    none = Paragraph(msg("The spec declares no backup. Whether there are any is not known."))
    sections = [Section(msg("Overview"), (overview(found) if found else none,))]
    for one in found:
        blocks: list[Block] = [aspects(one.result)] if one.result.aspects else [Paragraph(said(one.result))]
        if one.result.remedy is not None:
            blocks.append(Facts(((msg("Remedy"), one.result.remedy),)))
        sections.append(Section(_name(one, found), tuple(blocks)))
    for one in checks(source, "rollback"):
        sections.append(Section(msg("Could we roll back tonight?"), (aspects(one.result),)))
    met = sum(one.result.status is Status.OK for one in found)
    verdict = nmsg(
        "{met} of {n} backup is as declared.", "{met} of {n} backups are as declared.", n=len(found), met=met
    )
    return Document(
        kind="backups",
        title=msg("Backups: {environment}", environment=title_of(source)),
        environment=source.environment,
        verdict=verdict if found else msg("Nothing was checked."),
        status=worst([one.result.status for one in found]) or Status.UNKNOWN,
        sections=tuple(sections),
    )


def overview(found: list[Found]) -> Table:
    """Each backup with the rung of the ladder that it reached."""
    rows: list[tuple[Cell, ...]] = [
        (_name(one, found), state(one.result), _proven(one.result)) for one in found
    ]
    return Table((msg("Backup"), msg("Status"), msg("Proven up to")), tuple(rows))


def _name(one: Found, found: list[Found]) -> Message:
    """The name of a check; with its component where there are several."""
    if len({other.component.id for other in found}) == 1:
        return one.result.name
    return msg("{component}: {check}", component=one.component.name, check=one.result.name)


def _proven(result: Result) -> Message:
    """The rung of the ladder that it reached; what was seen, where it has none."""
    for one in result.aspects:
        if one.name is not None and one.name.id == "proven up to" and one.actual is not None:
            return one.actual
    return said(result)


DOCUMENT = Kind(compose)
