"""Files of the repository at a commit: from the API, or from a checkout on this machine; and what they run in turn."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from checks.knowledge.pipelines.files import mentioned
from checks.model import Observation, msg
from checks.sources.api import Api, NoAnswer, listed
from checks.sources.connection import Limit
from checks.sources.git import git
from checks.sources.interface import decode

MOST = 20
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
        at = ref or self._branch
        data = self._api.json(f"{self._base}/contents/{quote(path)}", {"ref": at} if at else None)
        encoded = data.get("content") if isinstance(data, dict) else None
        if not isinstance(encoded, str):
            raise NoAnswer(Observation.MALFORMED, msg("The answer holds no file."))
        try:
            return _whole(base64.b64decode(encoded))
        except (binascii.Error, ValueError) as error:
            raise NoAnswer(Observation.MALFORMED, msg("The answer holds no file.")) from error

    def names(self, folder: str) -> list[str]:
        query = {"ref": self._branch} if self._branch else None
        data = self._api.json(f"{self._base}/contents/{quote(folder)}", query)
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
        left = max(1.0, self._limit.seconds - self._limit.spent())
        return decode(git(self._folder, words, left))


def files(of: Repository, path: str, ref: str | None) -> dict[str, Any]:
    """The file `path` as of `ref` with those of the repository that it runs: ``{"commit" (null: what would run next),
    "texts": [{"path", "text"}], "observation", "said" (why the file itself is not there)}``."""
    found: dict[str, str] = {}
    try:
        found[path] = of.text(path, ref)
    except NoAnswer as error:
        return {"commit": ref, "texts": [], "observation": error.observation.value, "said": said(error)}
    waiting = mentioned(found[path])
    while waiting and len(found) < MOST:
        one = waiting.pop(0)
        if one in found:
            continue
        try:
            found[one] = of.text(one, ref)
        except NoAnswer:
            continue  # not a file of the repository; what would run it is then said to be unclear
        waiting += mentioned(found[one])
    texts = [{"path": name, "text": text} for name, text in found.items()]
    return {"commit": ref, "texts": texts, "observation": Observation.OBSERVED.value, "said": ""}


def said(error: NoAnswer) -> str:
    """Why there is no answer, in a sentence."""
    values: Mapping[str, Any] = error.reason.params
    words = error.reason.id
    for name, value in values.items():
        words = re.sub(rf"\{{{name}(?::\w+)?\}}", str(value).replace("\\", r"\\"), words)
    return words[:300]
