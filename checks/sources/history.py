"""The past of a checkout on this machine, as git tells it."""

from __future__ import annotations

import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import cached_property
from pathlib import Path, PurePosixPath

from checks.knowledge.documents.world import Change, Commit, Line
from checks.sources.git import git
from checks.sources.interface import NoAnswer, decode
from checks.sources.limit import Limit

LARGEST = 2 * 1024 * 1024
"""Bytes of a file that is read."""


class History(ABC):
    """What git knows of the checkout `root`. ``known``: whether it is one; if not, there is no past. All questions to git
    together take at most `seconds`."""

    def __init__(self, root: Path, *, known: bool, seconds: float = 120.0) -> None:
        self._root, self.known, self._limit = root.resolve(), known, Limit(seconds)
        self._texts: dict[tuple[str, str | None], str | None] = {}
        self._origins: dict[str, Sequence[Line]] = {}
        self.branch = self._line("symbolic-ref", "--short", "-q", "HEAD")
        self.complete = known and self._line("rev-parse", "--is-shallow-repository") == "false"

    def _git(self, *words: str, stdin: bytes = b"") -> bytes:
        left = max(1.0, self._limit.seconds - self._limit.spent())
        return git(str(self._root), words, left, stdin)

    def _line(self, *words: str) -> str:
        if not self.known:
            return ""
        try:
            return decode(self._git(*words)).strip()
        except NoAnswer:
            return ""

    @property
    def head(self) -> str:
        """The commit that is checked out, else empty."""
        return self._line("rev-parse", "--verify", "-q", "HEAD")

    def text(self, path: str, rev: str | None = None) -> str | None:
        """The file `path` as of the commit `rev`; None: as it is on the disk."""
        key = path, rev
        if key not in self._texts:
            self._texts[key] = self._read(path) if rev is None else self._blob(path, rev)
        return self._texts[key]

    @abstractmethod
    def _read(self, path: str) -> str | None:
        """The file `path` as it is on the disk; None: it is not there, or no text."""

    def _blob(self, path: str, rev: str) -> str | None:
        if not re.fullmatch(r"[0-9a-f]{40,64}", rev):
            return None
        try:
            size = int(self._git("cat-file", "-s", f"{rev}:{path}"))
            return decoded(self._git("cat-file", "blob", f"{rev}:{path}")) if size <= LARGEST else None
        except (NoAnswer, ValueError):
            return None

    @cached_property
    def _past(self) -> dict[str, list[Change]]:
        found: dict[str, list[Change]] = {}
        if not self.known:
            return found
        words = (
            "--no-ext-diff",
            "--no-textconv",
            "--diff-filter=ADR",
            "--name-status",
            "-z",
            "--format=%x01%H %ct",
        )
        said = ""
        # Where not every old content is here, git cannot look for what was renamed.
        for how in ("--find-renames", "--no-renames"):
            try:
                said = decode(self._git("log", how, *words))
                break
            except NoAnswer:
                continue
        for commit, status, path, other in _changes(said.split("\0")):
            if status == "A":
                found.setdefault(path, []).append(Change(commit, True))
            elif status == "D":
                found.setdefault(path, []).append(Change(commit, False))
            else:
                found.setdefault(path, []).append(Change(commit, False, other))
                found.setdefault(other, []).append(Change(commit, True))
        return found

    @cached_property
    def _past_folders(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in self._past:
            for up in PurePosixPath(path).parents:
                found.setdefault(str(up), []).append(path)
        return found

    def past(self, path: str) -> Sequence[Change]:
        own = self._past.get(path)
        if own:
            return own
        inside = [change for one in self._past_folders.get(path, ()) for change in self._past[one]]
        return sorted(inside, key=lambda change: -change.commit.date)

    def successors(self, commit: str, path: str) -> tuple[str, ...]:
        old = self._blob_before(commit, path)
        wanted = {line.strip() for line in (old or "").split("\n") if len(line.strip()) >= 12}
        if len(wanted) < 3:
            return ()
        words = ("diff-tree", "-r", "-z", "--no-commit-id", "--name-only", "--no-renames", "--diff-filter=AM")
        try:
            touched = decode(self._git(*words, "--no-ext-diff", "--no-textconv", commit)).split("\0")[:60]
        except NoAnswer:
            return ()
        held = {}
        for one in filter(None, touched):
            before = self._lines(self._blob_before(commit, one))
            held[one] = len(wanted & (self._lines(self._blob(one, commit)) - before))
        best = sorted((name for name, n in held.items() if n >= 0.2 * len(wanted)), key=lambda n: -held[n])[
            :3
        ]
        return tuple(best) if sum(held[name] for name in best) >= 0.5 * len(wanted) else ()

    @staticmethod
    def _lines(text: str | None) -> set[str]:
        return {line.strip() for line in (text or "").split("\n")}

    def _blob_before(self, commit: str, path: str) -> str | None:
        parent = self._line("rev-parse", "--verify", "-q", f"{commit}^")
        return self._blob(path, parent) if parent else None

    def origins(self, path: str) -> Sequence[Line]:
        if path not in self._origins:
            self._origins[path] = self._blame(path)
        return self._origins[path]

    def _blame(self, path: str) -> Sequence[Line]:
        here = self.text(path)
        if not self.complete or here is None:
            return ()
        try:
            said = decode(self._git("blame", "--porcelain", "--no-textconv", "HEAD", "--", path))
        except NoAnswer:
            return ()
        dates: dict[str, int] = {}
        written: list[str] = []
        committed: list[str] = []
        current = ""
        for line in said.split("\n"):
            if line.startswith("\t"):
                written.append(current)
                committed.append(line[1:])
            elif head := re.match(r"([0-9a-f]{40,64}) \d+ \d+", line):
                current = head[1]
            elif line.startswith("committer-time "):
                dates[current] = int(line.split(" ")[1])
        origins = [Line(Commit(one, dates.get(one, 0))) for one in written]
        now = here.split("\n")
        if now and not now[-1]:
            now.pop()
        if now == committed:
            return origins
        made = [Line(None)] * len(now)
        matcher = SequenceMatcher(None, committed, now, autojunk=False)
        for block in matcher.get_matching_blocks():
            made[block.b : block.b + block.size] = origins[block.a : block.a + block.size]
        return made

    def commits(self, names: Sequence[str]) -> Mapping[str, Commit | None]:
        wanted = [name for name in dict.fromkeys(names) if re.fullmatch(r"[0-9a-f]{4,64}", name)]
        if not self.known or not wanted:
            return {}
        asked = "".join(f"{name}^{{commit}}\n" for name in wanted).encode()
        try:
            said = decode(self._git("cat-file", "--batch-check", stdin=asked)).splitlines()
        except NoAnswer:
            return {}
        found: dict[str, Commit | None] = {}
        for name, line in zip(wanted, said, strict=False):
            words = line.split(" ")
            if len(words) == 3 and words[1] == "commit":
                found[name] = self._commit(words[0])
            elif line.endswith(" missing"):
                found[name] = None
        return found

    def _commit(self, id_: str) -> Commit:
        said = self._line("show", "-s", "--no-ext-diff", "--no-textconv", "--format=%ct %at", id_).split(" ")
        dates = [int(one) for one in said if one.isdigit()]
        return Commit(id_, *dates) if len(dates) == 2 else Commit(id_, 0)

    def changed(self, path: str) -> Commit | None:
        # Not by git's own comparison, which would start filters that the checkout names.
        if self.text(path) != self._blob(path, self.head):
            return Commit("", 0)
        id_, _, date = self._line(
            "log", "-1", "--no-ext-diff", "--no-textconv", "--format=%H %ct", "--", path
        ).partition(" ")
        return Commit(id_, int(date)) if date.isdigit() else None

    def latest(self, paths: Collection[str]) -> Mapping[str, Commit]:
        """The last commit that changed each of `paths`, as far as git knows it; with an empty id where there are changes
        that are not committed."""
        if not self.known or not paths:
            return {}
        words = ("--no-ext-diff", "--no-textconv", "--no-renames", "--name-only", "-z", "--format=%x01%H %ct")
        try:
            said = decode(self._git("log", *words)).split("\0")
            listed = decode(self._git("ls-tree", "-r", "-z", "HEAD")).split("\0")
        except NoAnswer:
            return {}
        found: dict[str, Commit] = {}
        commit = Commit("", 0)
        for token in said:
            word = token.lstrip("\n")
            if word.startswith("\x01"):
                id_, _, date = word[1:].partition(" ")
                commit = Commit(id_, int(date) if date.isdigit() else 0)
            elif word in paths:
                found.setdefault(word, commit)
        blobs = {path: head.rpartition(" ")[2] for head, _, path in (one.partition("\t") for one in listed)}
        return {
            path: commit if self._is_blob(path, blobs.get(path, "")) else Commit("", 0)
            for path, commit in found.items()
        }

    def _is_blob(self, path: str, id_: str) -> bool:
        """Whether the file `path` is as it was committed under the id `id_`."""
        try:
            content = (self._root / path).read_bytes()
        except OSError:
            return False
        head = b"blob %d\0" % len(content)
        sort = hashlib.sha256 if len(id_) == 64 else hashlib.sha1
        made = {sort(head + content).hexdigest()}
        if b"\r\n" in content:
            plain = content.replace(b"\r\n", b"\n")
            made.add(sort(b"blob %d\0" % len(plain) + plain).hexdigest())
        return id_ in made

    @cached_property
    def _timeline(self) -> Sequence[tuple[int, str]]:
        """The commits, the newest first, each with its date."""
        said = self._line("rev-list", "--timestamp", "HEAD").split("\n")
        pairs = (line.partition(" ") for line in said if line)
        return [(int(date), id_) for date, _, id_ in pairs if date.isdigit()]

    def before(self, date: int) -> str | None:
        return next((id_ for at, id_ in self._timeline if at <= date), None)


def decoded(content: bytes) -> str | None:
    """The text in `content`; None where it is none, or too large."""
    if len(content) > LARGEST or b"\0" in content:
        return None
    return content.decode("utf-8", "replace").replace("\r\n", "\n")


def _changes(tokens: Iterable[str]) -> Iterator[tuple[Commit, str, str, str]]:
    commit = Commit("", 0)
    left = iter(tokens)
    for token in left:
        word = token.lstrip("\n")
        if word.startswith("\x01"):
            id_, _, date = word[1:].partition(" ")
            commit = Commit(id_, int(date) if date.isdigit() else 0)
        elif word[:1] in ("A", "D"):
            yield commit, word[0], next(left, ""), ""
        elif word[:1] == "R":
            yield commit, "R", next(left, ""), next(left, "")
