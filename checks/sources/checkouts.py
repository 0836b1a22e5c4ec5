"""The checkout that documents are in, which of its files they are, and what they are held against. It judges nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from checks.knowledge.documents.names import FOLDERS, is_document, is_meant
from checks.sources.together import Together
from checks.sources.worktree import Worktree, root_of


class Place(NamedTuple):
    """Where documents are: ``base`` is the folder of the spec; ``root`` that of the checkout that they are in."""

    base: Path
    root: Path
    world: Worktree


def place(base: Path, first: Path, name: str = "", seconds: float = 120.0) -> Place:
    """The checkout that the document or folder `first` is in, or else the folder `base`; of the repository called `name`,
    where that is known."""
    top = root_of(first if first.is_dir() else first.parent)
    root = (top or base).resolve()
    return Place(base, root, Worktree(root, known=top is not None, name=name, seconds=seconds))


def from_root(its: Place, declared: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Where the paths of `declared` documents are, from the root of the checkout."""
    places = {
        path: its.base.resolve() / path for one in declared for path in (one["path"], *one["describes"])
    }
    return {
        path: place.relative_to(its.root).as_posix()
        for path, place in places.items()
        if place.is_relative_to(its.root)
    }


def within(its: Place, places: Sequence[Path], *, declared: bool) -> list[str]:
    """The documents in `places`, from the root of the checkout. Of a folder that was not `declared` as one of documents,
    those that are likely to be some."""
    found: list[str] = []
    for one in places:
        resolved = one.resolve()
        if not resolved.is_relative_to(its.root):
            continue
        name = resolved.relative_to(its.root).as_posix()
        if one.is_dir():
            inside = its.world.below("" if name == "." else name)
            found += [p for p in inside if is_document(p) and (declared or is_meant(p, name))]
        elif one.exists():
            found.append(name)
    return found


def usual(its: Place) -> list[str]:
    """The documents beside the spec, and those in the folders where they usually are."""
    base = its.base.resolve().relative_to(its.root).as_posix()
    base = "" if base == "." else f"{base}/"
    found = []
    for path in its.world.below(base.rstrip("/")):
        own = path.removeprefix(base)
        there = own.split("/", 1)[0] in FOLDERS or ("/" not in own and not own.endswith(".json"))
        if there and is_document(path) and is_meant(path, base):
            found.append(path)
    return found


def around(its: Place, checkout: str | None, documents: Sequence[str]) -> Worktree | Together:
    """What `documents` are held against: the repository that they are in, or that which is checked out in `checkout`."""
    folder = Path(its.base, Path(checkout).expanduser()) if checkout else None
    top = root_of(folder) if folder and folder.is_dir() else None
    if top is None or top.resolve() == its.root:
        return its.world
    return Together(its.world, Worktree(top.resolve(), known=True, name=its.world.name), documents)
