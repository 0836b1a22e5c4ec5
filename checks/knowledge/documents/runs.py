"""Runs of workflows that a document names, against those that were seen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from checks.knowledge.documents.findings import Finding, drifted, holds, unjudged
from checks.knowledge.documents.page import Page
from checks.knowledge.documents.tables import cells
from checks.model import msg

_NAMED = re.compile(
    r"(?:\b(?:[A-Z][\w-]*-)?(?:Run|Lauf)(?:[ -]?(?:ID|Id|id|Nr\.?|No\.?))?"
    r"|\b(?:workflow[ -])?run[ -]?(?:id|ID)|\bactions/runs/)"
    r"[\s:#=/`*_]{0,6}(?P<id>\d{4,14})(?![\w.,]?\d)(?!\w)"
)
_LOWER = re.compile(r"\b(?:\w+_)?run(?:_id)?[`\"']?\s*[:=\s]\s*[#`*\"']{0,3}(?P<id>\d{8,14})(?!\w)")
_COMMIT = re.compile(r"\b[Cc]ommit:?\W{1,4}(?P<id>[0-9a-f]{7,40})\b")
_ADDRESS = re.compile(r"/actions/runs/(\d{4,14})(?!\d)")
_COLUMN = re.compile(r"^\W*(?:\w+-)?(?:Run|Lauf)(?:[ -]?(?:ID|Nr\.?|No\.?))?\W*$", re.IGNORECASE)
_ALONE = re.compile(r"[`*_#\[]*(\d{4,14})[`*_\]]*(?:\([^()]*\))?")
_NEAR = 8
"""Digits from which two numbers that differ in one or two places are a slip, not two runs."""


class Run(NamedTuple):
    """``commit`` is the whole hash, empty where it is not known."""

    id: int
    commit: str
    workflow: str


class Seen(NamedTuple):
    """``runs`` that are known, by id; ``asked``: the ids of which GitHub said that it has no such run; ``complete``: there
    are no others than those."""

    runs: Mapping[int, Run]
    asked: frozenset[int] = frozenset()
    complete: bool = False


NOTHING = Seen({})
_LONG = re.compile(r"\d{4}")
"""In every line that spells out the number of a run."""


def named(page: Page) -> Iterator[tuple[int, int, str]]:
    """The runs that `page` names: line, id and the commit that is named with it."""
    also: dict[int, set[str]] = {}
    for link in page.links:
        if match := _ADDRESS.search(link.target):
            also.setdefault(link.line, set()).add(match[1])
    for cell in cells(page):
        if _COLUMN.search(cell.head) and (match := _ALONE.fullmatch(cell.text)):
            also.setdefault(cell.line, set()).add(match[1])
    # A link may have its address elsewhere.
    lines = {number: line for number, line in page.numbered if _LONG.search(line)}
    for number, line in sorted((lines | {n: page.lines[n - 1] for n in also}).items()):
        if len(line) > 2000:
            continue
        commit = _COMMIT.search(line)
        ids = {match["id"] for pattern in (_NAMED, _LOWER) for match in pattern.finditer(line)}
        for id_ in sorted(ids | also.get(number, set())):
            yield number, int(id_), commit["id"] if commit and len(ids) == 1 else ""


def judged(page: Page, seen: Seen) -> Iterator[Finding]:
    """What becomes of the runs that `page` names."""
    for number, id_, commit in named(page):
        said = f"Run {id_}"
        known = seen.runs.get(id_)
        if known and commit and known.commit and not known.commit.startswith(commit):
            actual = msg("Run {run:code} is of commit {commit:code}.", run=str(id_), commit=known.commit[:12])
            yield drifted(page.path, number, "run", f"{said} ({commit})", actual)
        elif known:
            yield holds(page.path, number, "run", said)
        elif id_ in seen.asked or seen.complete:
            yield drifted(page.path, number, "run", said, msg("There is no such run."))
        elif close := _close(id_, seen.runs):
            actual = msg(
                "No such run was seen; there is {run:code} ({workflow:code}).",
                run=str(close.id),
                workflow=close.workflow,
            )
            yield drifted(page.path, number, "run", said, actual)
        else:
            yield unjudged(
                page.path, number, "run", said, msg("It was not seen whether there is such a run.")
            )


def _close(id_: int, runs: Mapping[int, Run]) -> Run | None:
    text = str(id_)
    for other, run in sorted(runs.items()):
        its = str(other)
        if len(text) == len(its) >= _NEAR and sum(a != b for a, b in zip(text, its, strict=True)) <= 2:
            return run
    return None


def found(value: Any, workflow: str = "") -> Iterator[Run]:
    """The runs in what a source told: of the builds, or in an entry of a ledger."""
    if isinstance(value, dict):
        id_, commit = value.get("id"), value.get("commit")
        if isinstance(id_, int) and isinstance(commit, str) and "conclusion" in value:
            yield Run(id_, commit, workflow)
        for key, inner in value.items():
            if re.search(r"(?:^|_)run(?:_?id|_?number)?$", str(key).lower()) and re.fullmatch(
                r"\d{4,14}", str(inner)
            ):
                yield Run(int(inner), "", workflow or "ledger")
            elif isinstance(inner, dict | list):
                yield from found(inner, workflow)
    elif isinstance(value, list):
        for inner in value:
            yield from found(inner, workflow)
