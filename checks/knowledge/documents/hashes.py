"""Commits and checksums that a document names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from checks.knowledge.documents.findings import Finding, drifted, holds, unjudged
from checks.knowledge.documents.page import Page
from checks.knowledge.documents.paths import Resolved, day
from checks.knowledge.documents.tables import cells
from checks.knowledge.documents.world import Commit, World
from checks.model import msg

_COMMIT = re.compile(
    r"(?:\b[Cc]ommit(?:s|-?[Hh]ash|-?ID|-?SHA)?|\b[Rr]evision|\bgit[ -]?(?:sha|SHA|hash)|\bSHA-?1?|\b[Cc]herry-pick(?:ed)?"
    r"|\b[Rr]evert(?:s|ed)?)[`\"']?(?:\s*[:=]\s*|\s+)?(?:\*\*|__)?:?\s*[`\"'(\[]?\s*(?P<id>[0-9a-f]{7,40})(?![0-9A-Za-z_])(?!\.{2})"
)
_COLUMN = re.compile(r"^\W*(?:commit|revision|git[ -]?sha|sha-?1)\b", re.IGNORECASE)
_HASH = re.compile(r"[`*_]*(?P<id>(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{7,40})[`*_]*")
_LINKED = re.compile(r"github\.com/(?P<name>[\w.-]+/[\w.-]+)/commits?/(?P<id>[0-9a-f]{7,40})\b")
_FOREIGN = re.compile(
    r"github\.com/([\w.-]+/[\w.-]+)|\bupstream\b|\b[\w.-]+/[\w.-]+@|@[0-9a-f]{7,}|\be\.g\.|z\. ?B\.|\bexample|\bBeispiel"
    r"|\bfor instance",
    re.IGNORECASE,
)
_OTHER = re.compile(r"github\.com/([\w.-]+/[\w.-]+)/(?:blob|tree|commits?|pull|issues)/")
_DIGITS = re.compile(r"[0-9a-f]{7}")
"""In every line that names a commit."""
_SHA256 = re.compile(r"(?<![0-9A-Za-z])(?P<id>[0-9a-f]{64}|[0-9A-F]{64})(?![0-9A-Za-z])")
_MANY = re.compile(r"[0-9a-fA-F]{58}")
"""In every line that names a checksum."""
_NEARLY = re.compile(r"(?i:sha-?256)[^\n]{0,40}?(?<![0-9A-Za-z])(?P<id>[0-9a-f]{58,70})(?![0-9A-Za-z.…])")
_FILE = re.compile(r"[\w.@+-]*[\w@+-]\.[A-Za-z]\w{0,9}(?:\.\w{1,8})*|(?:[\w.-]+/)+[\w.-]+")
_DATE = re.compile(r"[`*]{0,3}\s*[(,]?\s*(?:vom |of |on )?(?:(20\d\d-\d\d-\d\d)|(\d\d)\.(\d\d)\.(20\d\d))")
_LAST = re.compile(
    r"\b(?:Letzte Änderung|Zuletzt geändert|Last (?:change|changed|modified))\b", re.IGNORECASE
)
_HALF = 14 * 3600
_CUE = re.compile(r"sha-?256|checksum|prüfsumme|digest|hash", re.IGNORECASE)


class Digest(NamedTuple):
    """A checksum that was seen, of what is called `name`, in `where`."""

    name: str
    sha256: str
    where: str


def commits(page: Page, world: World) -> Iterator[Finding]:
    """What becomes of the commits that `page` names, and of the dates beside them."""
    named: list[tuple[int, str, bool, str]] = []
    for number, line in page.numbered:
        if number in page.quiet or not _DIGITS.search(line):
            continue
        linked = {m["id"]: m["name"] for m in _LINKED.finditer(line)}
        for id_, name in linked.items():
            named.append((number, id_, name.lower() != world.name.lower(), ""))
        foreign = any(
            not match[1] or match[1].lower() != world.name.lower() for match in _FOREIGN.finditer(line)
        )
        for match in _COMMIT.finditer(line):
            id_ = match["id"]
            if id_ not in linked and (re.search(r"[a-f]", id_) or len(id_) == 40) and re.search(r"\d", id_):
                named.append((number, id_, foreign, line[match.end() :]))
    for cell in cells(page):
        if _COLUMN.search(cell.head) and (alone := _HASH.fullmatch(cell.text)):
            named.append((cell.line, alone["id"], bool(_FOREIGN.search(page.lines[cell.line - 1])), ""))
    named = list(dict.fromkeys(named))
    others = bool(named) and any(
        match[1].lower() != world.name.lower() for line in page.lines for match in _OTHER.finditer(line)
    )
    known = world.commits([id_ for _, id_, foreign, _ in named if not foreign])
    for number, id_, foreign, behind in named:
        if foreign:
            yield unjudged(page.path, number, "commit", id_, msg("It is a commit of another repository."))
        else:
            made = _commit(page, number, id_, behind, known, world)
            if others and known.get(id_) is None and len(id_) < 40:
                made = unjudged(
                    page.path, number, "commit", id_, msg("It may be a commit of another repository.")
                )
            yield made


def _commit(
    page: Page, line: int, id_: str, behind: str, known: Mapping[str, Commit | None], world: World
) -> Finding:
    if commit := known.get(id_):
        date = _DATE.match(behind)
        said = (date[1] or f"{date[4]}-{date[3]}-{date[2]}") if date else ""
        days = {day(at + off) for at in (commit.date, commit.written) for off in (-_HALF, 0, _HALF) if at}
        if said and days and said not in days:
            actual = msg(
                "Commit {commit:code} is of {at:day}.", commit=commit.id[:12], at=day(commit.written)
            )
            return drifted(page.path, line, "commit", f"{id_} ({said})", actual)
        return holds(page.path, line, "commit", id_)
    if id_ not in known or not world.complete:
        return unjudged(page.path, line, "commit", id_, msg("Not all of the past of the repository is here."))
    return drifted(page.path, line, "commit", id_, msg("The repository has no such commit."))


def last_changes(page: Page, found: Sequence[Resolved], world: World) -> Iterator[Finding]:
    """ "Last change: commit …", below the label of a file: whether that is still its last."""
    for number, line in page.spoken:
        match = _LAST.search(line)
        id_ = match and _COMMIT.search(line, match.end())
        if match is None or not id_:
            continue
        near = [
            one
            for one in found
            if one.path and one.sure and one.mention.cued and 0 <= number - one.mention.line <= 4
        ]
        last = world.changed(near[-1].path) if near else None
        if last is None or not last.id or world.is_folder(near[-1].path):
            continue
        said = " ".join(line.split())[:200]
        if last.id.startswith(id_["id"]):
            yield holds(page.path, number, "age", said)
        elif world.commits([id_["id"]]).get(id_["id"]):
            actual = msg(
                "{path:code} was last changed on {at:day} (commit {commit:code}).",
                path=near[-1].path, at=day(last.date), commit=last.id[:12],
            )  # fmt: skip
            yield drifted(page.path, number, "age", said, actual)


def checksums(page: Page, world: World, seen: Sequence[Digest]) -> Iterator[Finding]:
    """What becomes of the checksums that `page` names, also in blocks of code; `seen` are those that were seen elsewhere."""
    by_name: dict[str, list[Digest]] = {}
    for digest in seen:
        by_name.setdefault(digest.name.rpartition("/")[2], []).append(digest)
    values = {digest.sha256 for digest in seen}
    for number, line in page.numbered:
        if len(line) > 5000 or not _MANY.search(line):
            continue
        for match in _NEARLY.finditer(line):
            if len(match["id"]) != 64:
                n = len(match["id"])
                said = msg("A SHA-256 has 64 digits; this one has {n:int}.", n=n)
                yield drifted(page.path, number, "checksum", match["id"], said)
        for match in _SHA256.finditer(line):
            around = line[: match.start()] + " " + line[match.end() :]
            # "Bundle: x.tar.gz", and the checksum in the line below.
            above = page.lines[number - 2] if number > 1 and not _FILE.search(around) else ""
            yield from _checksum(page, number, f"{around} {above}", match, world, by_name, values)


def _checksum(
    page: Page, number: int, line: str, match: re.Match[str], world: World, by_name: Mapping[str, Sequence[Digest]],
    values: set[str],
) -> Iterator[Finding]:  # fmt: skip
    said = match["id"].lower()
    if said in values:
        yield holds(page.path, number, "checksum", match["id"])
        return
    names = [m[0] for m in _FILE.finditer(line)]
    known = [name for name in names if name.rpartition("/")[2] in by_name]
    for name in names:
        path = next((p for p in _places(page.path, name) if world.exists(p) and not world.is_folder(p)), None)
        elsewhere = world.ending(name) if re.search(r"[-_\d]", name.rpartition("/")[2].split(".")[0]) else ()
        path = path or (elsewhere[0] if len(elsewhere) == 1 else None)
        is_ = world.sha256(path) if path else None
        if is_ == said:
            yield holds(page.path, number, "checksum", match["id"])
            return
        if path and is_ and len(names) == 1:
            actual = msg("{path:code} has {digest:code}.", path=path, digest=is_)
            yield drifted(page.path, number, "checksum", match["id"], actual)
            return
    if len(known) == 1 and len({d.sha256 for d in by_name[known[0].rpartition("/")[2]]}) == 1:
        one = by_name[known[0].rpartition("/")[2]][0]
        actual = msg(
            "{path:code} has {digest:code} ({where}).", path=one.name, digest=one.sha256, where=one.where
        )
        yield drifted(page.path, number, "checksum", match["id"], actual)
    elif names or _CUE.search(line):
        yield unjudged(
            page.path,
            number,
            "checksum",
            match["id"],
            msg("Nothing was seen that it could be the checksum of."),
        )


def _places(document: str, name: str) -> Iterator[str]:
    folder = document.rpartition("/")[0]
    yield f"{folder}/{name}".lstrip("/")
    yield name.removeprefix("./")
