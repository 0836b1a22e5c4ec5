"""The folder of a hub: ``releases/ID`` with the finished files, ``current`` leading to one of them. Readers see the old
hub or the new one, whenever the run ends."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from checks.errors import DocgenError

KEEP = 14
"""Releases that stay, the current one included."""
_PARTIAL = ".partial"
_LINK = ".current"


class Busy(DocgenError):
    """Another run holds the lock."""


class NoRelease(DocgenError):
    """There is no release to go to."""


class Folder:
    """The hub in the folder `path`, which is made where it is not there."""

    def __init__(self, path: Path) -> None:
        self.path, self._releases, self._current = path, path / "releases", path / "current"

    @property
    def cache(self) -> Path:
        """What was made before and may be needed again."""
        return self.path / "cache"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else publishes meanwhile; what a run that was killed has left is removed. Raises :class:`Busy`."""
        self._releases.mkdir(parents=True, exist_ok=True)
        with (self.path / ".lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Busy(f"{self.path}: another run publishes into this hub.") from error
            for one in self._releases.glob(f"*{_PARTIAL}"):
                shutil.rmtree(one)
            (self.path / _LINK).unlink(missing_ok=True)
            yield

    def current(self) -> Path | None:
        """The release that readers see."""
        try:
            return self._releases / self._current.readlink().name
        except FileNotFoundError:
            return None

    def releases(self) -> list[Path]:
        """All that are whole, the oldest first."""
        return sorted(one for one in self._releases.iterdir() if one.is_dir() and one.suffix != _PARTIAL)

    def publish(self, id: str, files: Mapping[str, bytes | Path]) -> Path:
        """Writes `files` (by their path in the hub; of a Path, the content) as the release `id`, and switches to it. Only
        under the lock."""
        final, made = self._releases / id, self._releases / f"{id}{_PARTIAL}"
        number = 1
        while final.exists():
            number += 1
            final = self._releases / f"{id}-{number}"
        made.mkdir()
        for name, content in files.items():
            place = made / name
            place.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, Path):
                os.link(content, place)
                continue
            with place.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        for folder in [made, *(one for one in made.rglob("*") if one.is_dir())]:
            _sync(folder)
        made.rename(final)
        _sync(self._releases)
        self._switch(final)
        self._prune()
        return final

    def rollback(self) -> Path:
        """Switches to the release before the current one. Only under the lock. Raises :class:`NoRelease`."""
        now, all_ = self.current(), self.releases()
        before = [one for one in all_ if now is None or one.name < now.name]
        if not before:
            raise NoRelease(f"{self.path}: there is no release before the one that is live.")
        self._switch(before[-1])
        return before[-1]

    def _switch(self, to: Path) -> None:
        link = self.path / _LINK
        link.symlink_to(Path("releases") / to.name)
        link.replace(self._current)
        _sync(self.path)

    def _prune(self) -> None:
        now = self.current()
        for one in self.releases()[:-KEEP]:
            if one != now:
                # Under another name first: what is half removed is no release.
                gone = one.with_name(f"{one.name}{_PARTIAL}")
                one.rename(gone)
                shutil.rmtree(gone)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
