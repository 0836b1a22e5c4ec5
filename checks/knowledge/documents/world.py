"""What documents are held against: a repository with its past. Where it comes from is not known here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol


class Commit(NamedTuple):
    """``date`` is when it was committed, in seconds since the epoch; ``written`` when it was written, 0 where that was not
    asked for."""

    id: str
    date: int
    written: int = 0


class Change(NamedTuple):
    """One change of a path that made it come or go. ``to``: where it was moved, "" where it was not."""

    commit: Commit
    there: bool
    to: str = ""


class Line(NamedTuple):
    """Where a line of a document comes from: the commit that wrote it; None where it is not committed."""

    commit: Commit | None


class World(Protocol):
    """A repository. Paths start at its root, without a slash; ``rev`` is a commit, or None for what is there now. What
    cannot be told is None, never a guess."""

    name: str
    """``owner/name`` where it is known, else empty."""
    branch: str
    """The branch that is checked out, else empty."""
    complete: bool
    """Whether all of its past is here."""

    def exists(self, path: str) -> bool | None:
        """Whether the file or folder `path` is there; "" is the root."""

    def is_folder(self, path: str) -> bool:
        """Whether `path` is a folder."""

    def names(self, folder: str) -> Sequence[str]:
        """The names in `folder`."""

    def ending(self, path: str) -> Sequence[str]:
        """The files and folders whose path is `path`, or ends with it after a slash."""

    def text(self, path: str, rev: str | None = None) -> str | None:
        """The file `path`."""

    def sha256(self, path: str) -> str | None:
        """The SHA-256 of the file `path` as it is there now."""

    def ignored(self, path: str) -> bool:
        """Whether `path` is something that is never committed."""

    def past(self, path: str) -> Sequence[Change]:
        """What became of the file or folder `path`, the newest first; empty: it never was."""

    def successors(self, commit: str, path: str) -> tuple[str, ...]:
        """The files into which `commit`, which removed `path`, put most of what had stood there."""

    def origins(self, path: str) -> Sequence[Line]:
        """Where each line of the document `path` comes from; empty where that is not known."""

    def commits(self, names: Sequence[str]) -> Mapping[str, Commit | None]:
        """The commits with the hashes, or beginnings of hashes, `names`; None for those that git does not know."""

    def changed(self, path: str) -> Commit | None:
        """The last commit that changed `path`. With an empty id where there are changes that are not committed."""

    def before(self, date: int) -> str | None:
        """The last commit until `date`, in seconds since the epoch."""


class Then:
    """`world` as it was at the commit `rev`, as far as the content of its files goes."""

    def __init__(self, world: World, rev: str) -> None:
        self._world, self._rev = world, rev
        self.name, self.branch, self.complete = world.name, world.branch, world.complete

    def exists(self, path: str) -> bool | None:
        return True if self.text(path) is not None else self._world.exists(path)

    def is_folder(self, path: str) -> bool:
        return self._world.is_folder(path)

    def names(self, folder: str) -> Sequence[str]:
        return self._world.names(folder)

    def ending(self, path: str) -> Sequence[str]:
        return self._world.ending(path)

    def text(self, path: str, rev: str | None = None) -> str | None:
        return self._world.text(path, rev or self._rev)

    def sha256(self, path: str) -> str | None:
        return self._world.sha256(path)

    def ignored(self, path: str) -> bool:
        return self._world.ignored(path)

    def past(self, path: str) -> Sequence[Change]:
        return self._world.past(path)

    def successors(self, commit: str, path: str) -> tuple[str, ...]:
        return self._world.successors(commit, path)

    def origins(self, path: str) -> Sequence[Line]:
        return ()

    def commits(self, names: Sequence[str]) -> Mapping[str, Commit | None]:
        return self._world.commits(names)

    def changed(self, path: str) -> Commit | None:
        return self._world.changed(path)

    def before(self, date: int) -> str | None:
        return self._world.before(date)
