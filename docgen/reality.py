"""Gathers what documents are held against, and holds them against it: the work behind ``docgen docs``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from checks.knowledge.documents import claims, hosts, runs
from checks.knowledge.documents import seen as saw
from checks.knowledge.documents.expected import Expected, expected
from checks.knowledge.documents.judge import Beside, Pages, judged
from checks.knowledge.documents.page import Page
from checks.model import Fact, Message, Probe, Report, Snapshot, msg
from docgen.documents.reality import Checked

if TYPE_CHECKING:
    from collections.abc import Callable

    from checks.sources.checkouts import Place
    from checks.spec import Spec

Seen = tuple[Snapshot, Report]


class Guide(NamedTuple):
    """What can be written in the place of a missing document; ``output`` starts in the folder of the spec."""

    name: str
    environment: str | None
    output: str


class NoDocument(Exception):
    """There is nothing to look at; the text says what to do."""


def checked(
    spec: Spec | None,
    paths: Sequence[str],
    environment: str | None,
    collected: Callable[[], Seen] | None,
    given: bool,
    known: Mapping[str, Page] = {},
    at: Place | None = None,
) -> Checked:
    """The documents in `paths` (or those that `spec` names, or the usual ones) with what is found out about them.
    `collected` is called where something needs a report, or at once if it is `given` anyway. ``known`` are documents that
    were taken apart already, ``at`` is where they are, if that was looked up. Raises :class:`NoDocument`."""
    from checks import clock
    from checks.sources.checkouts import around, place

    here = Path(paths[0]) if paths else Path(spec.folder if spec else ".")
    if not here.exists():
        raise NoDocument(f"{here} does not exist.")
    base = Path(spec.folder) if spec and not paths else here if here.is_dir() else here.parent
    first = (
        Path(spec.folder, spec.documents.folders[0])
        if spec and not paths and spec.documents.folders
        else here
    )
    its = at or place(base, first, spec.repository if spec else "")
    documents = _documents(spec, its, paths)
    its = its._replace(base=Path(spec.folder)) if spec else its
    wanted = list(_expected(spec, its, environment)) if spec and not paths else []
    documents = list(dict.fromkeys([*documents, *(one.path for one, _ in wanted)]))
    held = around(its, spec.github.get("checkout") if spec and spec.github else None, documents)
    pages = Pages(held, known)
    read = [page for path in documents if (page := pages(path)) is not None]
    needed = given or any(True for page in read for _ in claims.named(page))
    needed = needed or any(guide and not held.exists(one.path) for one, guide in wanted)
    seen = collected() if spec and collected and needed else None
    facts = _facts(spec, seen[0]) if spec and seen else []
    beside = Beside(
        past={one.path: one.past for one, _ in wanted},
        digests=tuple(saw.digests(facts)),
        runs=_runs(spec, facts, read, given) if spec else runs.NOTHING,
        hosts=hosts.seen(facts, {e.name: e.root for e in spec.environments if e.root} if spec else {}),
        report=seen[1] if seen else None,
        expected=[
            one._replace(write=_write(guide, spec, seen)) if spec and guide else one for one, guide in wanted
        ],
    )
    found = judged(documents, held, pages, beside)
    return Checked(tuple(documents), tuple(found), clock.now(), held.head, known=bool(held.head))


def _expected(spec: Spec, its: Place, environment: str | None) -> Iterator[tuple[Expected, Guide | None]]:
    """The documents that `spec` expects, each with the guide that can be written in its place, and what it is written to."""
    from checks.sources.checkouts import from_root

    declared = {one.path: one.model_dump() for one in spec.documents.expected}
    places = from_root(its, list(declared.values()))
    for one in spec.documents.expected:
        if environment and one.environment not in (None, environment):
            continue
        made = expected(declared[one.path], places)
        yield made, Guide(one.guide, one.environment or environment, one.path) if one.guide else None


def _documents(spec: Spec | None, its: Place, paths: Sequence[str]) -> list[str]:
    """The documents in `paths`, or those that `spec` names, or that are usual, from the root of the checkout."""
    from checks.sources.checkouts import usual, within

    places = [Path(path) for path in paths]
    if not paths and spec and spec.documents.folders is not None:
        places = [Path(spec.folder) / folder for folder in spec.documents.folders]
    for one in places:
        if not one.exists():
            raise NoDocument(f"{one} does not exist.")
        if not one.resolve().is_relative_to(its.root):
            raise NoDocument(f"{one} is not in the checkout {its.root}, as the others are.")
    found = within(its, places, declared=not paths) if places else usual(its)
    if not found and not (spec and spec.documents.expected):
        raise NoDocument("There is no document. Name a file or a folder.")
    return found


def _facts(spec: Spec, snapshot: Snapshot) -> list[tuple[Probe, Fact]]:
    return [(probe, snapshot.facts[id_]) for id_, probe in spec.probes().items() if id_ in snapshot.facts]


def _runs(spec: Spec, facts: saw.Facts, read: Sequence[Page], given: bool) -> runs.Seen:
    """What is known of the runs that the documents `read` name: from the snapshot, and from GitHub unless a snapshot was
    `given`."""
    known = saw.runs(facts)
    if not spec.github or (given and not spec.github["answers"]):
        return known
    ids = [id_ for page in read for _, id_, _ in runs.named(page)]
    if not ids:
        return known
    from checks.sources.github_runs import seen as asked
    from checks.sources.secrets import resolve

    left = [id_ for id_ in ids if id_ not in known.runs and id_ not in known.asked]
    its = asked(spec.github, left, resolve(spec), spec.folder)
    return runs.Seen({**its.runs, **known.runs}, its.asked | known.asked, its.complete or known.complete)


def _write(guide: Guide, spec: Spec, seen: Seen | None) -> Message | None:
    """What docgen can do where the document is missing."""
    from docgen.documents import DOCUMENTS, document
    from docgen.documents.interface import NotYet, Source

    if guide.name not in DOCUMENTS:
        raise NoDocument(
            f"{spec.file}: there is no guide {guide.name!r}. There are: {', '.join(sorted(DOCUMENTS))}."
        )
    if seen is None:
        return None
    env = guide.environment or (spec.environments[0].name if len(spec.environments) == 1 else None)
    kind = document(guide.name)
    command = f"docgen guide {guide.name}" + (f" --env {env}" if env else "") + f" -o {guide.output}"
    if kind.one_environment and env is None:
        return msg("{command:code} may write it, for one environment.", command=command)
    try:
        kind.compose(Source(spec, *seen, env))
    except NotYet as refused:
        return msg("{command:code} cannot write it yet: {why}", command=command, why=refused.why)
    return msg("{command:code} writes it now.", command=command)
