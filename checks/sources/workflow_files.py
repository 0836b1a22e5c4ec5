"""Files of the repository at a commit: from the API, or from a checkout on this machine; and what they run in turn."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from checks.knowledge.pipelines.mentions import mentioned
from checks.model import Observation, msg
from checks.sources.api import Api, listed
from checks.sources.git import git
from checks.sources.interface import NoAnswer, decode
from checks.sources.limit import Limit

MOST = 20
MOST_LISTED = 1000
"""Files of a folder that the API tells at most."""
LARGEST = 512 * 1024


class Repository(Protocol):
    """Where files come from. ``ref`` is a commit, or None for what would run next: the head of the branch."""

    def text(self, path: str, ref: str | None) -> str:
        """The file `path` as of `ref`. Raises :class:`NoAnswer`."""

    def names(self, folder: str) -> list[str]:
        """The files in `folder` as of what would run next, by name. Raises :class:`NoAnswer`."""

    def changed(self, path: str) -> dict[str, str] | None:
        """The last change of `path`: ``{"commit", "date"}``; None where that cannot be told."""


def _whole(content: bytes) -> str:
    """`content` as text. Raises :class:`NoAnswer` where it is too large: half a workflow proves nothing."""
    if len(content) > LARGEST:
        reason = msg("It is larger than {size:bytes}, and was not read.", size=LARGEST)
        raise NoAnswer(Observation.MALFORMED, reason)
    return decode(content)


class Contents:
    """The files behind the API. ``branch`` is what would run next; None: the default branch."""

    def __init__(self, api: Api, name: str, branch: str | None) -> None:
        self._api, self._base, self._branch = api, f"/repos/{name}", branch

    def text(self, path: str, ref: str | None) -> str:
        query = self._at(ref)
        # That nothing is found has no ETag and counts each time; a folder that lacks it has one, and proves it.
        if self._lacks(path, query, known=True):
            raise NoAnswer(Observation.ABSENT, msg("It does not exist."))
        try:
            data = self._api.json(self._path(path), query)
        except NoAnswer as error:
            if error.not_found and self._lacks(path, query):
                raise NoAnswer(Observation.ABSENT, msg("It does not exist.")) from error
            raise
        encoded = data.get("content") if isinstance(data, dict) else None
        if not isinstance(encoded, str):
            raise NoAnswer(Observation.MALFORMED, msg("The answer holds no file."))
        if (
            data.get("encoding", "base64") != "base64"
        ):  # what is too large for this answer comes without its content
            reason = msg("It is larger than {size:bytes}, and was not read.", size=LARGEST)
            raise NoAnswer(Observation.MALFORMED, reason)
        try:
            return _whole(base64.b64decode(encoded))
        except (binascii.Error, ValueError) as error:
            raise NoAnswer(Observation.MALFORMED, msg("The answer holds no file.")) from error

    def _path(self, path: str) -> str:
        return f"{self._base}/contents/{quote(path)}".rstrip("/")

    def _at(self, ref: str | None) -> dict[str, str] | None:
        at = ref or self._branch
        return {"ref": at} if at else None

    def _lacks(self, path: str, query: dict[str, str] | None, *, known: bool = False) -> bool:
        """Whether the nearest folder above `path` that is there has nothing of its name; with `known`, of those whose
        answers are known."""
        parts = path.split("/")
        for depth in range(len(parts) - 1, -1, -1):
            folder = self._path("/".join(parts[:depth]))
            if known and not self._api.answered(folder, query):
                continue
            try:
                data = self._api.json(folder, query)
            except NoAnswer as error:
                if error.not_found:
                    continue
                return False
            if not isinstance(data, list) or len(data) >= MOST_LISTED:
                return False
            return parts[depth] not in [one.get("name") for one in data if isinstance(one, dict)]
        return False

    def names(self, folder: str) -> list[str]:
        data = self._api.json(self._path(folder), self._at(None))
        found = [one for one in listed(data, "") if isinstance(one, dict) and one.get("type") == "file"]
        return sorted(str(one.get("name"))[:200] for one in found)

    def changed(self, path: str) -> dict[str, str] | None:
        query = {"path": path, "per_page": "1", **({"sha": self._branch} if self._branch else {})}
        try:
            (newest, *_) = self._api.json(f"{self._base}/commits", query)
            return {
                "commit": str(newest["sha"])[:64],
                "date": str(newest["commit"]["committer"]["date"])[:40],
            }
        except (NoAnswer, TypeError, ValueError, KeyError):
            return None


class Checkout:
    """The files of a checkout in `folder`; what would run next is what stands there."""

    def __init__(self, folder: str, limit: Limit) -> None:
        self._folder, self._limit = folder, limit

    def text(self, path: str, ref: str | None) -> str:
        if ref is None:
            return self._file(path)
        if not re.fullmatch(r"[0-9a-f]{7,64}", ref):
            raise NoAnswer(Observation.MALFORMED, msg("{commit:code} is no commit.", commit=ref[:80]))
        try:
            self._git("cat-file", "-e", f"{ref}^{{commit}}")
        except NoAnswer as error:
            reason = msg("The checkout does not have the commit {commit:code}; fetch it.", commit=ref[:12])
            raise NoAnswer(Observation.ERROR, reason) from error
        return _whole(self._git("cat-file", "blob", f"{ref}:{path}").encode())

    def _file(self, path: str) -> str:
        root = Path(self._folder).resolve()
        file = (root / path).resolve()
        if not file.is_relative_to(root):
            raise NoAnswer(Observation.DENIED, msg("{path:code} leads out of the checkout.", path=path))
        try:
            with file.open("rb") as opened:
                return _whole(opened.read(LARGEST + 1))
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NoAnswer(Observation.ABSENT, msg("It does not exist.")) from error
        except OSError as error:
            raise NoAnswer(Observation.DENIED, msg("It failed: {error:code}", error=str(error))) from error

    def names(self, folder: str) -> list[str]:
        try:
            return sorted(one.name for one in (Path(self._folder) / folder).iterdir() if one.is_file())
        except FileNotFoundError as error:
            raise NoAnswer(Observation.ABSENT, msg("It does not exist.")) from error
        except OSError as error:
            raise NoAnswer(Observation.DENIED, msg("It failed: {error:code}", error=str(error))) from error

    def changed(self, path: str) -> dict[str, str] | None:
        try:
            commit, _, date = self._git("log", "-1", "--format=%H %cI", "--", path).strip().partition(" ")
        except NoAnswer:
            return None
        return {"commit": commit, "date": date} if commit else None

    def _git(self, *words: str) -> str:
        try:
            return decode(git(self._folder, words, self._limit.left()))
        except TimeoutError as error:
            reason = msg("No answer within {limit:seconds}.", limit=self._limit.seconds)
            raise NoAnswer(Observation.TIMEOUT, reason) from error


def files(of: Repository, path: str, ref: str | None) -> dict[str, Any]:
    """The file `path` as of `ref` with those of the repository that it runs: ``{"commit" (null: what would run next),
    "texts": [{"path", "text"}], "unread": [{"path", "observation", "said"}] (files that it may run, and that may be there,
    for all that is known), "observation", "said" (why the file itself is not there)}``."""
    found: dict[str, str] = {}
    lost: dict[str, NoAnswer] = {}
    try:
        found[path] = of.text(path, ref)
    except NoAnswer as error:
        return {"commit": ref, "texts": [], "unread": [], **_why(error)}
    waiting = mentioned(found[path])
    while waiting:
        paths = waiting.pop(0)
        if any(one in found or one in lost for one in paths):
            continue
        if len(found) >= MOST:
            reason = msg("More than {n:int} files are not read.", n=MOST)
            lost[paths[0]] = NoAnswer(Observation.NOT_ATTEMPTED, reason)
            continue
        read, missed = _first(of, paths, ref)
        lost |= missed
        found |= read
        waiting += [more for text in read.values() for more in mentioned(text)]
    return {
        "commit": ref,
        "texts": [{"path": name, "text": text} for name, text in found.items()],
        "unread": [{"path": name, **_why(error)} for name, error in lost.items()],
        "observation": Observation.OBSERVED.value,
        "said": "",
    }


def _first(
    of: Repository, paths: Sequence[str], ref: str | None
) -> tuple[dict[str, str], dict[str, NoAnswer]]:
    """The first of `paths` that is there; or the first that may be, for all that is known, and could not be read."""
    lost: dict[str, NoAnswer] = {}
    for one in paths:
        try:
            return {one: of.text(one, ref)}, {}
        except NoAnswer as error:
            if error.observation is Observation.ABSENT:
                continue
            lost = lost or {one: error}
            if not error.not_found:
                break
    return {}, lost


def _why(error: NoAnswer) -> dict[str, str]:
    return {"observation": error.observation.value, "said": said(error)}


def said(error: NoAnswer) -> str:
    """Why there is no answer, in a sentence."""
    values: Mapping[str, Any] = error.reason.params
    words = error.reason.id
    for name, value in values.items():
        words = re.sub(rf"\{{{name}(?::\w+)?\}}", str(value).replace("\\", r"\\"), words)
    return words[:300]
