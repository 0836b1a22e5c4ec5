"""A checkout on this machine as :class:`checks.knowledge.documents.world.World`: its files, and its past from git."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath

from checks.sources.git import git
from checks.sources.history import LARGEST, History, decoded
from checks.sources.interface import NoAnswer, decode

DIGESTED = 1024**3
"""Bytes of a file whose SHA-256 is computed."""
_GITHUB = re.compile(r"github\.com[:/]([\w.-]+/[\w.-]+?)(?:\.git)?/?$")


def root_of(folder: Path) -> Path | None:
    """The root of the checkout that `folder` is in; None where it is in none."""
    try:
        top = decode(git(str(folder), ["rev-parse", "--show-toplevel"], 30.0)).strip("\n")
    except NoAnswer:
        return None
    return Path(top) if top else None


class Worktree(History):
    """The files below `root`. ``name`` is ``owner/name``, where it is known."""

    def __init__(self, root: Path, *, known: bool, name: str = "", seconds: float = 120.0) -> None:
        super().__init__(root, known=known, seconds=seconds)
        self._there: dict[str, bool | None] = {}
        self._unfollowed: dict[str, bool] = {}
        self._real: dict[str, Path] = {}
        self.name = name or self._origin_name()

    def _origin_name(self) -> str:
        found = _GITHUB.search(self._line("config", "--get", "remote.origin.url"))
        return found[1] if found else ""

    @cached_property
    def _listed(self) -> bytes:
        """Raises :class:`NoAnswer`."""
        return self._git("ls-files", "-t", "-s", "-z")

    @cached_property
    def _index(self) -> dict[str, str]:
        """What git follows: path to ``file``, ``sparse`` (not checked out on purpose) or ``module``."""
        if not self.known:
            return {}
        try:
            listed = decode(self._listed)
        except NoAnswer:
            return {}
        found = {}
        for entry in listed.split("\0"):
            head, _, path = entry.partition("\t")
            words = head.split(" ")
            if path and len(words) >= 2:
                found[path] = "module" if words[1] == "160000" else "sparse" if words[0] == "S" else "file"
        return found

    @cached_property
    def _modules(self) -> frozenset[str]:
        return frozenset(path for path, sort in self._index.items() if sort == "module")

    def below(self, folder: str) -> list[str]:
        """The files in `folder` ("" is the root) and in the folders in it; without those that git is told to leave out."""
        found = set(self.files)
        if self.known:
            with contextlib.suppress(NoAnswer):
                found |= set(self._others)
        prefix = f"{folder}/" if folder else ""
        return sorted(path for path in found if path and path.startswith(prefix) and self.exists(path))

    def fingerprint(self, without: str = "") -> str:
        """Another one where anything of the checkout may be another: commit, index, what lies there, sizes and times; but
        for what git does not follow in the folder `without`."""
        digest = hashlib.sha256(f"{self.head}\0{self.branch}\0{self.complete}".encode())
        if self.known:
            with contextlib.suppress(NoAnswer):
                digest.update(self._listed)
                kept = [one for one in self._others if not without or not one.startswith(f"{without}/")]
                digest.update("\0".join(kept).encode(errors="surrogateescape"))
        for path in self.files:
            if without and not self.known and path.startswith(f"{without}/"):
                continue
            try:
                its = os.lstat(self._root / path)
                digest.update(f"{path}\0{its.st_size}\0{its.st_mtime_ns}\0".encode(errors="surrogateescape"))
            except OSError:
                digest.update(f"{path}\0gone\0".encode(errors="surrogateescape"))
        return digest.hexdigest()

    @cached_property
    def files(self) -> Sequence[str]:
        """The files that are there, as far as git follows them; without git, those of the first folders."""
        if self.known:
            return [path for path, sort in self._index.items() if sort != "module"]
        return sorted(_walked(self._root))

    @cached_property
    def _others(self) -> Sequence[str]:
        """What lies there beside it, and is not left out on purpose. Raises :class:`NoAnswer`."""
        return decode(self._git("ls-files", "-o", "--exclude-standard", "-z")).split("\0")

    @cached_property
    def _endings(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in [*self.files, *self._folders]:
            found.setdefault(path.rpartition("/")[2], []).append(path)
        return found

    @cached_property
    def _folders(self) -> frozenset[str]:
        return frozenset(
            str(up) for path in self.files for up in PurePosixPath(path).parents if str(up) != "."
        )

    def _file(self, path: str) -> Path | None:
        """`path` on the disk, if it stays within the checkout."""
        if "\0" in path or len(path) > 4000:
            return None
        file = self._root / path
        folder, _, name = path.rpartition("/")
        try:
            # Files lie side by side: where their folder leads to is asked once.
            if folder not in self._real:
                self._real[folder] = (self._root / folder).resolve()
            whole = name in ("", ".", "..") or file.is_symlink()
            real = file.resolve() if whole else self._real[folder]
            return file if real.is_relative_to(self._root) else None
        except (OSError, RuntimeError, ValueError):
            return None

    def exists(self, path: str) -> bool | None:
        if path not in self._there:
            self._there[path] = self._exists(path)
        return self._there[path]

    def _exists(self, path: str) -> bool | None:
        if self._index.get(path) == "sparse":
            return True
        if self._modules and any(
            up in self._modules for up in (path, *map(str, PurePosixPath(path).parents))
        ):
            return None
        if "\0" in path or len(path) > 4000:
            return None
        try:
            if not os.path.lexists(f"{self._root}/{path}"):
                return False
        except (OSError, ValueError):
            return None
        return True if path in self._index or self._file(path) else None

    def is_folder(self, path: str) -> bool:
        if path in self._folders:
            return True
        file = self._file(path)
        try:
            return file is not None and file.is_dir()
        except OSError:
            return False

    def names(self, folder: str) -> Sequence[str]:
        file = self._file(folder)
        try:
            return sorted(one.name for one in file.iterdir())[:5000] if file else []
        except OSError:
            return []

    def ending(self, path: str) -> Sequence[str]:
        found = self._endings.get(path.rpartition("/")[2], [])
        return [one for one in found if (one == path or one.endswith(f"/{path}")) and self.exists(one)]

    def _read(self, path: str) -> str | None:
        file = self._file(path)
        try:
            if file is None or not stat.S_ISREG(file.stat().st_mode):
                return None
            with file.open("rb") as opened:
                return decoded(opened.read(LARGEST + 1))
        except OSError:
            return None

    def sha256(self, path: str) -> str | None:
        file = self._file(path)
        try:
            if file is None or not stat.S_ISREG(file.stat().st_mode) or file.stat().st_size > DIGESTED:
                return None
            with file.open("rb") as opened:
                return hashlib.file_digest(opened, "sha256").hexdigest()
        except OSError:
            return None

    def ignored(self, path: str) -> bool:
        if path not in self._unfollowed:
            self._unfollowed[path] = bool(self._line("check-ignore", "--no-index", "--", path))
        return self._unfollowed[path]


def _walked(root: Path) -> Iterator[str]:
    left = 20_000
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name != ".git"]
        for name in names:
            yield (Path(folder) / name).relative_to(root).as_posix()
            left -= 1
            if not left:
                return
