"""``releases``: which old releases to remove or to mark, so that nobody goes back to one that is not whole."""

from __future__ import annotations

import shlex
from typing import Any

from checks.knowledge import layout
from checks.model import Status, code, msg, nmsg, text
from docgen.documents.compose import checks, decides, fact, title_of
from docgen.documents.interface import (
    Cell,
    Document,
    Kind,
    Lines,
    Mark,
    NotYet,
    Paragraph,
    Section,
    Source,
    Step,
    Steps,
    Table,
)
from docgen.documents.keeping import why_kept


def compose(source: Source) -> Document:
    """All releases with their state, and the commands. Raises :class:`NotYet` where no folder of releases was seen."""
    for one in checks(source, "rollback", "releases"):
        its = fact(source, one, "folder")
        if its and one.check.environment == source.environment and its.value["current"]["name"]:
            return _of(source, its.value, one.check.params)
    raise NotYet(
        msg(
            "No folder of releases was seen in {environment}. Declare a check of kind {kind:code}.",
            environment=title_of(source), kind="rollback",
        )
    )  # fmt: skip


def _of(source: Source, seen: dict[str, Any], params: Any) -> Document:
    stray = layout.strays(seen, getattr(params, "names", None))
    live = seen["current"]["name"]
    before = layout.previous(seen, stray)
    keep = {live, before["name"] if before else None}
    kept = why_kept(source, seen, stray)
    rows: list[tuple[Cell, ...]] = []
    broken: list[str] = []
    for release in seen["releases"]:
        name = release["name"]
        gone = tuple(path for path, state in release["has"].items() if state in layout.GAPS)
        if name == live:
            mark = Mark(Status.OK, msg("live"))
        elif name in stray:
            mark = Mark(Status.WARN, msg("not a release"))
        elif release["bad"] == "there":
            mark = Mark(Status.NOT_APPLICABLE, msg("marked as bad"))
        elif not release["has"] and name != live:
            mark = Mark(Status.UNKNOWN, msg("not looked into"))
        elif gone:
            mark = Mark(Status.FAIL, msg("missing: {paths:list}", paths=gone))
            broken.append(name)
        else:
            mark = Mark(Status.OK, msg("complete, to go back to") if name in keep else msg("complete"))
        rows.append((code(name), mark, Lines(tuple(kept[name])) if kept[name] else text("–")))
    base = f"{params.path.rstrip('/')}/{getattr(params, 'releases', 'releases')}"
    sections = [
        Section(
            msg("What there is"), (Table((msg("Release"), msg("State"), msg("Why it stays")), tuple(rows)),)
        )
    ]
    if seen["count"] > len(seen["releases"]):
        n = seen["count"] - len(seen["releases"])
        left = nmsg("{n} more release was not looked at.", "{n} more releases were not looked at.", n=n)
        sections[0] = sections[0]._replace(blocks=(*sections[0].blocks, Paragraph(left)))
    steps = [_mark(base, name) for name in broken]
    if steps:
        sections.append(Section(msg("Mark what is not whole"), (Steps(tuple(steps)),)))
    removable = [r["name"] for r in seen["releases"] if not kept[r["name"]] and r["name"] not in stray]
    removing = [
        Step(
            msg("Nothing that is known speaks for keeping these. Look first, then remove, one at a time."),
            decision=decides(source),
        )
    ]
    removing += [
        Step(code(name), (f"rm -r --one-file-system -- {shlex.quote(f'{base}/{name}')}",))
        for name in removable
    ]
    if removable:
        sections.append(Section(msg("Remove what nobody needs"), (Steps(tuple(removing)),)))
    else:
        sections.append(
            Section(
                msg("Remove what nobody needs"), (Paragraph(msg("There is nothing that could be removed.")),)
            )
        )
    unseen = msg("Whether the releases are whole was not looked at: the check names no gate.")
    unlooked = not broken and not any(release["has"] for release in seen["releases"])
    n = len(broken)
    verdict = nmsg(
        "{n} release is not whole and not marked.", "{n} releases are not whole and not marked.", n=n
    )
    return Document(
        kind="releases",
        title=msg("Old releases: {environment}", environment=title_of(source)),
        environment=source.environment,
        verdict=verdict if broken else unseen if unlooked else msg("Every release is whole, or marked."),
        status=Status.WARN if broken else Status.UNKNOWN if unlooked else Status.OK,
        sections=tuple(sections),
    )


def _mark(base: str, name: str) -> Step:
    marker = shlex.quote(f"{base}/{name}/BAD_RELEASE")
    return Step(msg("Mark {release:code}.", release=name), (f"date -u +%FT%TZ > {marker}",))


DOCUMENT = Kind(compose)
