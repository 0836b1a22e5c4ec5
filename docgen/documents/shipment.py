"""What would be deployed next, and with which commands: the bundle, its commits, its rehearsal, the workflow's acts."""

from __future__ import annotations

from itertools import groupby

from checks.knowledge.comparisons import short
from checks.knowledge.pipelines.acts import ACTS
from checks.knowledge.pipelines.evidence import where
from checks.knowledge.pipelines.reading import Act, Reading
from checks.model import Message, code, msg, nmsg, text
from docgen.documents import deployments
from docgen.documents.compose import checks, fact, said
from docgen.documents.interface import (
    Block,
    Cell,
    Facts,
    Lines,
    Mark,
    Paragraph,
    Point,
    Points,
    Section,
    Source,
    Table,
)

_ACTS = {
    "backup": msg("back up"),
    "bundle": msg("pack the bundle"),
    "cache": msg("fill caches"),
    "checksum": msg("checksums"),
    "download": msg("download"),
    "extract": msg("unpack"),
    "gate": msg("gate"),
    "migrate": msg("migrate the database"),
    "permissions": msg("set rights"),
    "reload": msg("reload"),
    "request": msg("ask by HTTP"),
    "switch": msg("switch"),
    "transfer": msg("copy to the host"),
    "upload": msg("keep at the CI service"),
}
"""The acts as readers see them; a spec names them by their keys."""
_SHOWN = 10
_LONGEST = 160


def shipment(source: Source) -> list[Section]:
    """The commit and the bundle that would be deployed, what is new in it, and how far it was tried; nothing where no
    check of the spec is about that."""
    rows: list[tuple[Message, Cell]] = []
    commits: list[Point] = []
    for one in checks(source, "candidate"):
        its = fact(source, one, "compared")
        if its is None or one.check.environment != source.environment or not its.value["head"]:
            continue
        rows.append((msg("Commit"), code(its.value["head"])))
        rows.append((msg("Candidate"), Mark(one.result.status, said(one.result), one.result.id)))
        between = its.value["between"]
        for commit in between["commits"][:_SHOWN] if between else ():
            commits.append(
                Point(msg("{commit:code} {title}", commit=short(commit["commit"]), title=text(commit["title"])),
                      note=msg("{who}, {at:time}", who=text(commit["author"]), at=commit["date"]))
            )  # fmt: skip
        if between and len(commits) < between["ahead"]:
            rest = between["ahead"] - len(commits)
            commits.append(Point(nmsg("and {n} more commit", "and {n} more commits", n=rest)))
    rows += bundle(source)
    for one in checks(source, "rehearsal"):
        if one.check.environment == source.environment:
            rows.append((msg("Rehearsal"), Mark(one.result.status, said(one.result), one.result.id)))
    blocks: list[Block] = [Facts(tuple(rows))] if rows else []
    if commits:
        blocks += [Paragraph(msg("New since what is live, the newest first:")), Points(tuple(commits))]
    return [Section(msg("What would be deployed"), tuple(blocks))] if blocks else []


def ahead(source: Source) -> str | None:
    """The commit that would be deployed; None where that is not known."""
    for one in checks(source, "candidate"):
        its = fact(source, one, "compared")
        if its and one.check.environment == source.environment and its.value["head"]:
            return str(its.value["head"])
    return None


def bundle(source: Source, commit: str | None = None) -> list[tuple[Message, Cell]]:
    """The bundle that the newest build left, as names and values; with `commit`, only if it is of that one."""
    for one in checks(source, "bundle"):
        its = fact(source, one, "bundle")
        if its is None or one.check.environment not in (source.environment, None) or not its.value["name"]:
            continue
        seen = its.value
        if commit and not (seen["run"] and seen["run"]["commit"] == commit):
            continue
        name = msg("{name:code}, {size:size}", name=seen["name"], size=seen["size"])
        rows: list[tuple[Message, Cell]] = [(msg("Bundle"), Mark(one.result.status, name, one.result.id))]
        if seen["sha256"]:
            rows.append((msg("SHA-256"), code(seen["sha256"])))
        if seen["run"]:
            number, built = seen["run"]["number"], short(seen["run"]["commit"])
            rows.append(
                (msg("Built by"), msg("run {number:int}, commit {commit:code}", number=number, commit=built))
            )
        if seen["artifact"]:
            rows.append((msg("Kept until"), msg("{at:time}", at=seen["artifact"]["expires"])))
        return rows
    return []


def doings(source: Source) -> list[Section]:
    """The acts of the workflow that would run next, in their order, with the commands as they stand in it."""
    its, lack = deployments.reading(source)
    heading = msg("What the workflow does")
    if its is None:
        return [Section(heading, (Paragraph(lack),))] if lack else []
    acts = sorted(
        (act for act in its.acts if act.act in ACTS and not act.rescue),
        key=lambda act: ([job.id for job in its.jobs].index(act.job), act.at),
    )
    rows = [_row(its, list(group)) for _, group in groupby(acts, key=_alike)]
    if not rows:
        return []
    heads = (msg("Step"), msg("What"), msg("Commands"), msg("Line"), msg("On"))
    only = msg("What docgen knows no meaning for is left out; the file has all of it.")
    notes = [Paragraph(one) for one in (only, lack) if one]
    return [Section(heading, (Table(heads, tuple(rows), hosts=True), *notes))]


def _alike(act: Act) -> tuple[str, str, str]:
    return act.job, act.step, act.act


def _row(its: Reading, acts: list[Act]) -> tuple[Cell, ...]:
    """The acts of one sort that follow one another in a step."""
    typed = dict.fromkeys(" ".join((*(("sudo",) if act.sudo else ()), *act.argv))[:_LONGEST] for act in acts)
    shown = [code(one) for one in [*typed][:_SHOWN]]
    if len(typed) > _SHOWN:
        shown.append(nmsg("and {n} more", "and {n} more", n=len(typed) - _SHOWN))
    first = acts[0]
    line = where(its, first) if first.file not in ("", its.workflow.path) else str(first.line)
    name = msg("{job} / {step}", job=text(first.job), step=text(first.step))
    host = first.place.removeprefix("ssh ")
    on: Message = code(host) if host else msg("the runner")
    return name, _ACTS[first.act], Lines(tuple(shown)), code(line), on
