"""A world whose answers are written down while documents are looked into, and one that gives them again: so that what was
seen can be judged later and elsewhere, without the repository. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, TypeVar

from checks.knowledge.documents.world import Change, Commit, Line, World

T = TypeVar("T")
MOST = 8 * 1024 * 1024
"""Characters of all texts together that are kept; what goes beyond is not read."""
_CHANGES = 100
"""Changes of a path that are kept, the newest first."""
_PLAIN = ("exists", "is_folder", "ignored")
"""Questions about a path whose answer is a word: kept by their answer."""


class Recorder:
    """`world`, and everything that it was asked. `clean` takes out of a text what must not be kept; what is answered is
    what is kept. ``full``: not all texts found room in `most` characters."""

    def __init__(self, world: World, clean: Callable[[str], str], most: int = MOST) -> None:
        self._world, self._clean, self._left = world, clean, most
        self._told: dict[str, dict[Any, Any]] = {}
        self.name, self.branch, self.complete = world.name, world.branch, world.complete
        self.full = False

    def _ask(self, what: str, key: Any, answer: Callable[[], T]) -> T:
        told = self._told.setdefault(what, {})
        if key not in told:
            told[key] = answer()
        made: T = told[key]
        return made

    def exists(self, path: str) -> bool | None:
        return self._ask("exists", path, lambda: self._world.exists(path))

    def is_folder(self, path: str) -> bool:
        return self._ask("is_folder", path, lambda: self._world.is_folder(path))

    def ignored(self, path: str) -> bool:
        return self._ask("ignored", path, lambda: self._world.ignored(path))

    def names(self, folder: str) -> Sequence[str]:
        return self._ask("names", folder, lambda: self._world.names(folder))

    def ending(self, path: str) -> Sequence[str]:
        return self._ask("ending", path, lambda: self._world.ending(path))

    def text(self, path: str, rev: str | None = None) -> str | None:
        return self._ask("text", (path, rev), lambda: self._kept(self._world.text(path, rev)))

    def _kept(self, text: str | None) -> str | None:
        made = self._clean(text) if text is not None else None
        if made is not None and len(made) > self._left:
            self.full = True
            return None
        self._left -= len(made or "")
        return made

    def sha256(self, path: str) -> str | None:
        return self._ask("sha256", path, lambda: self._world.sha256(path))

    def past(self, path: str) -> Sequence[Change]:
        return self._ask("past", path, lambda: self._world.past(path)[:_CHANGES])

    def successors(self, commit: str, path: str) -> tuple[str, ...]:
        return self._ask("successors", (commit, path), lambda: self._world.successors(commit, path))

    def origins(self, path: str) -> Sequence[Line]:
        return self._ask("origins", path, lambda: self._world.origins(path))

    def commits(self, names: Sequence[str]) -> Mapping[str, Commit | None]:
        found = self._world.commits(names)
        self._told.setdefault("commits", {}).update(found)
        return found

    def changed(self, path: str) -> Commit | None:
        return self._ask("changed", path, lambda: self._world.changed(path))

    def before(self, date: int) -> str | None:
        return self._ask("before", date, lambda: self._world.before(date))

    def answers(self) -> dict[str, Any]:
        """Everything that was asked, as JSON: question and answer, in lists."""
        texts: dict[str, int] = {}
        made: dict[str, Any] = {"name": self.name, "branch": self.branch, "complete": self.complete}
        for what, told in sorted(self._told.items()):
            if what in _PLAIN:
                made[what] = [
                    [answer, [k for k, a in told.items() if a is answer]] for answer in (True, False, None)
                ]
            elif what == "text":
                made[what] = [
                    [*key, None if text is None else texts.setdefault(text, len(texts))]
                    for key, text in told.items()
                ]
            elif what == "origins":
                made[what] = [[path, _runs(lines)] for path, lines in told.items()]
            else:
                made[what] = [[*_words(key), _json(answer)] for key, answer in told.items()]
        return {**made, "texts": list(texts)}


def _words(key: Any) -> tuple[Any, ...]:
    return key if isinstance(key, tuple) else (key,)


def _json(answer: Any) -> Any:
    return [_json(one) for one in answer] if isinstance(answer, tuple | list) else answer


def _runs(lines: Iterable[Line]) -> list[list[Any]]:
    """Lines that come from the same commit and stand together: its id, its date, how many they are."""
    grouped = [(commit, len(list(same))) for commit, same in groupby(line.commit for line in lines)]
    return [[commit.id if commit else None, commit.date if commit else 0, n] for commit, n in grouped]


class Recorded:
    """The world in the `answers` of a :class:`Recorder`. Of what was not asked, nothing is known."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.name, self.branch, self.complete = answers["name"], answers["branch"], answers["complete"]
        self._plain = {
            what: {path: answer for answer, paths in answers.get(what, ()) for path in paths}
            for what in _PLAIN
        }
        texts = answers["texts"]
        self._texts = {
            (path, rev): None if n is None else texts[n] for path, rev, n in answers.get("text", ())
        }
        self._asked: dict[str, dict[Any, Any]] = {
            what: {tuple(one[:-1]): one[-1] for one in answers.get(what, ())}
            for what in (
                "names",
                "ending",
                "sha256",
                "past",
                "successors",
                "origins",
                "commits",
                "changed",
                "before",
            )
        }

    def exists(self, path: str) -> bool | None:
        return self._plain["exists"].get(path)

    def is_folder(self, path: str) -> bool:
        return bool(self._plain["is_folder"].get(path))

    def ignored(self, path: str) -> bool:
        return bool(self._plain["ignored"].get(path))

    def names(self, folder: str) -> Sequence[str]:
        return list(self._asked["names"].get((folder,), ()))

    def ending(self, path: str) -> Sequence[str]:
        return list(self._asked["ending"].get((path,), ()))

    def text(self, path: str, rev: str | None = None) -> str | None:
        return self._texts.get((path, rev))

    def sha256(self, path: str) -> str | None:
        return self._asked["sha256"].get((path,))

    def past(self, path: str) -> Sequence[Change]:
        found = self._asked["past"].get((path,), ())
        return [Change(Commit(*commit), there, to) for commit, there, to in found]

    def successors(self, commit: str, path: str) -> tuple[str, ...]:
        return tuple(self._asked["successors"].get((commit, path), ()))

    def origins(self, path: str) -> Sequence[Line]:
        runs = self._asked["origins"].get((path,), ())
        return [Line(Commit(id_, date) if id_ else None) for id_, date, n in runs for _ in range(n)]

    def commits(self, names: Sequence[str]) -> Mapping[str, Commit | None]:
        known = self._asked["commits"]
        return {
            name: Commit(*found) if (found := known[name,]) else None for name in names if (name,) in known
        }

    def changed(self, path: str) -> Commit | None:
        found = self._asked["changed"].get((path,))
        return Commit(*found) if found else None

    def before(self, date: int) -> str | None:
        return self._asked["before"].get((date,))
