"""Documents that stand outside of the repository that they are about: both folders as one world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from checks.knowledge.documents.world import Change, Commit, Line
from checks.sources.worktree import Worktree


class Together:
    """The files of `checkout`, and the `own` documents with what stands beside them in `beside`. The past of the documents
    is that of `beside`; of everything else, that of `checkout`."""

    def __init__(self, beside: Worktree, checkout: Worktree, own: Sequence[str]) -> None:
        self._beside, self._checkout, self._own = beside, checkout, frozenset(own)
        self.name, self.branch, self.complete = checkout.name, checkout.branch, checkout.complete
        self.head = checkout.head

    def _of(self, path: str) -> Worktree:
        if path in self._own or not self._checkout.exists(path):
            return self._beside if self._beside.exists(path) else self._checkout
        return self._checkout

    def exists(self, path: str) -> bool | None:
        found = self._checkout.exists(path)
        return found or self._beside.exists(path) or found

    def is_folder(self, path: str) -> bool:
        return self._checkout.is_folder(path) or self._beside.is_folder(path)

    def names(self, folder: str) -> Sequence[str]:
        return sorted({*self._checkout.names(folder), *self._beside.names(folder)})

    def ending(self, path: str) -> Sequence[str]:
        return [*self._checkout.ending(path), *(one for one in self._beside.ending(path) if one in self._own)]

    def text(self, path: str, rev: str | None = None) -> str | None:
        return self._checkout.text(path, rev) if rev else self._of(path).text(path)

    def sha256(self, path: str) -> str | None:
        return self._of(path).sha256(path)

    def ignored(self, path: str) -> bool:
        return self._checkout.ignored(path)

    def past(self, path: str) -> Sequence[Change]:
        return self._checkout.past(path) or self._beside.past(path)

    def successors(self, commit: str, path: str) -> tuple[str, ...]:
        return self._checkout.successors(commit, path)

    def origins(self, path: str) -> Sequence[Line]:
        """The commits of the checkout that were the last when the lines were written."""
        made: dict[int, Line] = {}
        for line in (written := self._beside.origins(path)):
            date = line.commit.date if line.commit else 0
            if date not in made:
                rev = self._checkout.before(date) if date else None
                made[date] = Line(Commit(rev, date) if rev else None)
        return [made[line.commit.date if line.commit else 0] for line in written]

    def commits(self, names: Sequence[str]) -> Mapping[str, Commit | None]:
        known = self._checkout.commits(names)
        if not self._beside.known:
            return known
        also = self._beside.commits(names)
        return {name: found or also.get(name) for name, found in known.items()}

    def changed(self, path: str) -> Commit | None:
        return self._of(path).changed(path)

    def before(self, date: int) -> str | None:
        return self._checkout.before(date)
