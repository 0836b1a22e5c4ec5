"""Gathers what documents are held against, and holds them against it: the work behind ``docgen docs``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checks.knowledge.documents import claims, runs
from checks.knowledge.documents.expected import Expected
from checks.knowledge.documents.hashes import Digest
from checks.knowledge.documents.judge import FOLDERS, Beside, Pages, is_document, is_meant, judged
from checks.knowledge.documents.page import Page
from checks.model import Message, Report, Snapshot, msg
from docgen.documents.reality import Checked

if TYPE_CHECKING:
    from collections.abc import Callable

    from checks.sources.together import Together
    from checks.sources.worktree import Worktree
    from checks.spec import Spec

Seen = tuple[Snapshot, Report]


class NoDocument(Exception):
    """There is nothing to look at; the text says what to do."""


def checked(
    spec: Spec | None,
    paths: Sequence[str],
    environment: str | None,
    collected: Callable[[], Seen] | None,
    given: bool,
    known: Mapping[str, Page] = {},
) -> Checked:
    """The documents in `paths` (or those that `spec` names, or the usual ones) with what is found out about them.
    `collected` is called where something needs a report, or at once if it is `given` anyway. ``known`` are documents that
    were taken apart already. Raises :class:`NoDocument`."""
    from checks import clock
    from checks.sources.worktree import Worktree, root_of

    here = Path(paths[0]) if paths else Path(spec.folder if spec else ".")
    if not here.exists():
        raise NoDocument(f"{here} does not exist.")
    folder = here if here.is_dir() else here.parent
    top = root_of(folder)
    root = (top or folder).resolve()
    name = str(spec.github["repository"]) if spec and spec.github else ""
    world = Worktree(root, known=top is not None, name=name)
    wanted = list(_expected(spec, root, environment)) if spec and not paths else []
    documents = _documents(spec, world, root, paths, here)
    documents = list(dict.fromkeys([*documents, *(one.path for one, _ in wanted)]))
    held = _world(spec, world, root, documents)
    pages = Pages(held, known)
    read = [page for path in documents if (page := pages(path)) is not None]
    needed = given or any(True for page in read for _ in claims.named(page))
    needed = needed or any(guide and not held.exists(one.path) for one, guide in wanted)
    seen = collected() if spec and collected and needed else None
    beside = Beside(
        past={one.path: one.past for one, _ in wanted if one.past is not None},
        digests=tuple(_digests(spec, seen[0])) if spec and seen else (),
        runs=_runs(spec, seen, [id_ for page in read for _, id_, _ in runs.named(page)], given)
        if spec
        else runs.NOTHING,
        report=seen[1] if seen else None,
        expected=[_written(one, guide, spec, seen, environment) for one, guide in wanted if spec],
    )
    found = judged(documents, held, pages, beside)
    return Checked(tuple(documents), tuple(found), clock.now(), held.head, known=bool(held.head))


def _world(spec: Spec | None, world: Worktree, root: Path, documents: Sequence[str]) -> Worktree | Together:
    """What the documents are held against: the repository that they are in, or that which the spec says is checked out
    elsewhere."""
    from checks.sources.together import Together
    from checks.sources.worktree import Worktree, root_of

    checkout = str(spec.github.get("checkout") or "") if spec and spec.github else ""
    if spec is None or not checkout:
        return world
    folder = Path(spec.folder, Path(checkout).expanduser())
    top = root_of(folder) if folder.is_dir() else None
    if top is None or top.resolve() == root:
        return world
    return Together(world, Worktree(top.resolve(), known=True, name=world.name), documents)


def _expected(
    spec: Spec, root: Path, environment: str | None
) -> Iterator[tuple[Expected, tuple[str, str | None] | None]]:
    """The documents that `spec` expects, each with the guide that can be written in its place."""
    for one in spec.documents.expected:
        if environment and one.environment not in (None, environment):
            continue
        path, *describes = (_inside(spec, root, it) for it in (one.path, *one.describes))
        made = Expected(path, one.name or one.path, tuple(one.contains), tuple(describes), one.past)
        yield made, (one.guide, one.environment or environment) if one.guide else None


def _inside(spec: Spec, root: Path, path: str) -> str:
    place = (Path(spec.folder) / path).absolute()
    return place.relative_to(root).as_posix() if place.is_relative_to(root) else path


def _documents(spec: Spec | None, world: Worktree, root: Path, paths: Sequence[str], here: Path) -> list[str]:
    """The documents in `paths`, or those that are usual, from the root of the checkout."""
    found: list[str] = []
    places = [Path(path) for path in paths]
    if not paths and spec and spec.documents.folders is not None:
        places = [Path(spec.folder) / folder for folder in spec.documents.folders]
    for place in places:
        if not place.exists():
            raise NoDocument(f"{place} does not exist.")
        resolved = place.resolve()
        if not resolved.is_relative_to(root):
            raise NoDocument(f"{place} is not in the checkout {root}, as the others are.")
        name = resolved.relative_to(root).as_posix()
        if place.is_dir():
            inside = world.below("" if name == "." else name)
            declared = not paths
            found += [one for one in inside if is_document(one) and (declared or is_meant(one, name))]
        else:
            found.append(name)
    if not places:
        base = here.resolve().relative_to(root).as_posix()
        base = "" if base == "." else f"{base}/"
        for one in world.below(base.rstrip("/")):
            own = one.removeprefix(base)
            usual = own.split("/", 1)[0] in FOLDERS or ("/" not in own and not own.endswith(".json"))
            if usual and is_document(one) and is_meant(one, base):
                found.append(one)
    if not found and not (spec and spec.documents.expected):
        raise NoDocument("There is no document. Name a file or a folder.")
    return found


def _digests(spec: Spec, snapshot: Snapshot) -> Iterator[Digest]:
    """The checksums in what was collected, with the names of the files that they are of."""
    probes = spec.probes()
    for id_, fact in snapshot.facts.items():
        probe = probes.get(id_)
        if probe is None or fact.value is None:
            continue
        path = str(probe.args.get("path", ""))
        yield from _digests_in(fact.value, path, f"{probe.verb} {fact.observed_at[:10]}", 0)


def _digests_in(value: Any, name: str, where: str, depth: int) -> Iterator[Digest]:
    if isinstance(value, Mapping) and depth < 8:
        own = str(value.get("name") or value.get("file") or value.get("path") or name)
        for key, inner in value.items():
            if key in ("sha256", "digest", "checksum") and isinstance(inner, str):
                digest = inner.removeprefix("sha256:").lower()
                if len(digest) == 64:
                    yield Digest(own, digest, where)
            else:
                yield from _digests_in(inner, own, where, depth + 1)
    elif isinstance(value, list | tuple) and depth < 8:
        for inner in value[:5000]:
            yield from _digests_in(inner, name, where, depth + 1)


def _runs(spec: Spec, seen: Seen | None, ids: Sequence[int], given: bool) -> runs.Seen:
    """What is known of the runs `ids`: from the snapshot, and from GitHub unless a snapshot was `given`."""
    known: dict[int, runs.Run] = {}
    if seen and ids:
        probes = spec.probes()
        for id_, fact in seen[0].facts.items():
            if id_ in probes and fact.value is not None:
                workflow = str(probes[id_].args.get("workflow") or "")
                known |= {run.id: run for run in runs.found(fact.value, workflow)}
    if not ids or not spec.github or (given and not spec.github["answers"]):
        return runs.Seen(known)
    from checks.sources.github_runs import seen as asked
    from checks.sources.secrets import resolve

    its = asked(spec.github, [id_ for id_ in ids if id_ not in known], resolve(spec), spec.folder)
    return its._replace(runs={**its.runs, **known})


def _written(
    one: Expected,
    guide: tuple[str, str | None] | None,
    spec: Spec,
    seen: Seen | None,
    environment: str | None,
) -> Expected:
    """`one` with what docgen can do where it is missing."""
    if guide is None:
        return one
    return one._replace(write=_guide(one, guide[0], guide[1] or environment, spec, seen))


def _guide(
    one: Expected, name: str, environment: str | None, spec: Spec, seen: Seen | None
) -> Message | None:
    from docgen.documents import DOCUMENTS, document
    from docgen.documents.interface import NotYet, Source

    if name not in DOCUMENTS:
        raise NoDocument(
            f"{spec.file}: there is no guide {name!r}. There are: {', '.join(sorted(DOCUMENTS))}."
        )
    if seen is None:
        return None
    env = environment or (spec.environments[0].name if len(spec.environments) == 1 else None)
    kind = document(name)
    command = f"docgen guide {name}" + (f" --env {env}" if env else "") + f" -o {one.path}"
    if kind.one_environment and env is None:
        return msg("{command:code} may write it, for one environment.", command=command)
    try:
        kind.compose(Source(spec, *seen, env))
    except NotYet as refused:
        return msg("{command:code} cannot write it yet: {why}", command=command, why=refused.why)
    return msg("{command:code} writes it now.", command=command)
