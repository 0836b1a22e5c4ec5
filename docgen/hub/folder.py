"""The folder of a hub: ``releases/ID`` with the finished files, ``current`` leading to one of them. Readers see the old
hub or the new one, whenever the run ends."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from checks.errors import DocgenError
from docgen.hub import run
from docgen.hub.run import Run

KEEP = 14
"""Releases that stay, the current one included."""
_PARTIAL = ".partial"
_LINK = ".current"
_MARK = ".mark"
_PENDING = ".pending"
"""Names the release that is whole, but that readers do not see yet."""


class Busy(DocgenError):
    """Another run holds the lock."""


class Unsent(DocgenError, OSError):
    """The web server could not be reached, or did not take what was sent; its hub is as it was."""


class Unheard(DocgenError, OSError):
    """All was sent, ``sent`` files, and no answer came: whether readers see it is not known."""

    def __init__(self, said: str, sent: int) -> None:
        super().__init__(said)
        self.sent = sent


class NoRelease(DocgenError):
    """There is no release to go to."""


def around(file: Path) -> Path | None:
    """The folder of the hub in which `file` lies, or would lie; None where it is in none."""
    return next(
        (
            one
            for one in file.resolve().parents
            if (one / "releases").is_dir() and (one / "current").is_symlink()
        ),
        None,
    )


def behind(names: Iterable[str], id: str) -> str:
    """`id`, or a name like it that sorts behind all `names`: releases were published in the order of their names, whatever
    the clock did meanwhile."""
    last = max(names, default="")
    if id > last:
        return id
    base, _, number = last.partition("-")
    name = f"{base}-{int(number) + 1 if number.isdecimal() else 2:04}"
    return name if name > last else f"{last}-0002"


class Folder:
    """The hub in the folder `path`, which is made where it is not there."""

    def __init__(self, path: Path) -> None:
        self.path, self._releases, self._current = path, path / "releases", path / "current"

    @property
    def cache(self) -> Path:
        """What was made before and may be needed again."""
        return self.path / "cache"

    @property
    def scratch(self) -> Path:
        """For what a run needs while it lasts."""
        return self.path / ".scratch"

    @property
    def there(self) -> bool:
        """Whether anything was ever published here, or tried to be."""
        return self._releases.is_dir()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else publishes meanwhile; what a run that was killed has left is removed. Raises :class:`Busy`."""
        self._releases.mkdir(parents=True, exist_ok=True)
        with (self.path / ".lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Busy(f"{self.path}: another run publishes into this hub.") from error
            self.tidy()
            try:
                yield
            finally:
                self.tidy()

    def tidy(self) -> None:
        """Removes what a run has left that did not come to its end. Only under the lock."""
        with suppress(FileNotFoundError):
            pending = self._releases / (self.path / _PENDING).read_text().strip()
            if pending != self.current() and pending.parent == self._releases and pending.is_dir():
                _remove(pending)
        for one in self._releases.glob(f"*{_PARTIAL}"):
            shutil.rmtree(one)
        for name in (_LINK, _MARK, _PENDING, *(run.FILES if self.current() else ())):
            (self.path / name).unlink(missing_ok=True)
        for half in self.cache.rglob("*.part"):
            half.unlink()
        # A process that a killed run had started may still write there for a moment.
        shutil.rmtree(self.scratch, ignore_errors=True)

    def current(self) -> Path | None:
        """The release that readers see; None where there is none, or where somebody took it away."""
        try:
            release = self._releases / self._current.readlink().name
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            said = "it is no link, as the one to the release that readers see; is this the folder of a hub?"
            raise OSError(errno.EINVAL, said, str(self._current)) from error
        return release if release.is_dir() else None

    def newest(self) -> Path | None:
        """The release that the next one goes on from: the current one, or what is left where that is gone."""
        return self.current() or next(reversed(self.releases()), None)

    def releases(self) -> list[Path]:
        """All that are whole, the oldest first."""
        return sorted(one for one in self._releases.iterdir() if one.is_dir() and one.suffix != _PARTIAL)

    def manifest(self) -> bytes | None:
        """The manifest of the release that readers see."""
        its = self.current()
        return (its / "manifest.json").read_bytes() if its else None

    def last(self) -> Run | None:
        """How the last run went, as far as it is known."""
        try:
            return run.parse(((self.current() or self.path) / run.JSON).read_bytes())
        except FileNotFoundError:
            return None

    def mark(self, its: Run) -> None:
        """Has the pages that readers see say how the last run went. Only under the lock."""
        self._mark(self.current(), its)

    def _mark(self, release: Path | None, its: Run) -> None:
        for name, content in its.files.items():
            half = self.path / _MARK
            _write(half, content)
            half.replace((release or self.path) / name)

    def publish(self, id: str, files: Mapping[str, bytes | Path]) -> Path:
        """Writes `files` (by their path in the hub; of a Path, the content) as the release `id`, and switches to it. Only
        under the lock."""
        final = self._releases / behind([one.name for one in self.releases()], id)
        made = final.with_name(f"{final.name}{_PARTIAL}")
        made.mkdir()
        for folder in {name.rpartition("/")[0] for name in files}:
            (made / folder).mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            if isinstance(content, Path):
                _take(content, f"{made}/{name}")  # of thousands, to join paths takes longer than to link them
            else:
                (made / name).write_bytes(content)
        _sync_all(made)
        _write(self.path / _PENDING, final.name.encode())
        made.rename(final)
        _sync(self._releases)
        self._switch(final)
        (self.path / _PENDING).unlink()
        self._prune()
        return final

    def forget(self) -> None:
        """Nothing was published, as far as this folder knows. Only under the lock."""
        self._current.unlink(missing_ok=True)
        for one in self.releases():
            _remove(one)

    def turn(self, to: Path) -> None:
        """Makes the release `to` the current one, and forgets those after it. Only under the lock."""
        if to != self.current():
            self._switch(to)
        for one in self.releases():
            if one.name > to.name:
                _remove(one)

    @contextmanager
    def taking(self, name: str) -> Iterator[Path]:
        """A folder for the files of a release that was published elsewhere; it becomes the current one. Only under the
        lock."""
        final, made = self._releases / name, self._releases / f"{name}{_PARTIAL}"
        made.mkdir()
        yield made
        if final.exists():
            _remove(final)
        made.rename(final)
        self.turn(final)

    def rollback(self) -> Path:
        """Switches to the release before the current one. Only under the lock. Raises :class:`NoRelease`."""
        now, all_, last = self.current(), self.releases(), self.last()
        before = [one for one in all_ if now is None or one.name < now.name]
        if not before:
            raise NoRelease(f"{self.path}: there is no release before the one that is live.")
        if last:  # what it says itself was said while the run under way was the next one
            self._mark(before[-1], last)
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
                _remove(one)


def _remove(release: Path) -> None:
    # Under another name first: what is half removed is no release.
    gone = release.with_name(f"{release.name}{_PARTIAL}")
    release.rename(gone)
    shutil.rmtree(gone)


def _write(place: Path, content: bytes) -> None:
    with place.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _take(file: Path, place: str) -> None:
    try:
        os.link(file, place)
    except OSError:  # of another file system, or of another user
        shutil.copyfile(file, place)


def _sync_all(folder: Path) -> None:
    """Has all that is in `folder` written down."""
    import ctypes

    handle = os.open(folder, os.O_RDONLY)
    try:
        # All at once, of the whole file system: of thousands of files, each for itself, that takes far longer.
        if ctypes.CDLL(None, use_errno=True).syncfs(handle):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(folder))
    except AttributeError:  # no Linux
        for one in folder.rglob("*"):
            _sync(one)
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync(place: Path) -> None:
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
