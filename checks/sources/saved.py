"""The answers that an API gave once, in a folder: nothing is contacted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from checks.model import Observation, msg
from checks.sources.api import listed
from checks.sources.interface import NoAnswer, decode


class Saved:
    """Answers in `folder`: that to ``/repos/o/r/actions/runs/1/jobs`` is ``repos/o/r/actions/runs/1/jobs.json`` (or
    ``….txt`` for text, ``….bin`` for anything else), whatever the query."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)

    def json(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        try:
            return json.loads(self._read(path, ".json"))
        except (ValueError, RecursionError) as error:
            reason = msg("The answer is no JSON: {error:code}", error=str(error)[:200])
            raise NoAnswer(Observation.MALFORMED, reason) from error

    def pages(self, path: str, key: str, query: Mapping[str, str] | None = None) -> list[Any]:
        return listed(self.json(path, query), key)

    def text(self, path: str) -> str:
        return decode(self._read(path, ".txt"))

    def content(self, path: str, most: int) -> bytes:
        return self._read(path, ".bin")[:most]

    def answered(self, path: str, query: Mapping[str, str] | None = None) -> bool:
        return False  # a file that was saved counts more than its folder, which may have been at another time

    def _read(self, path: str, ending: str) -> bytes:
        parts = [part for part in path.split("/") if part]
        file = self._folder.joinpath(*parts).with_name(parts[-1] + ending)
        if ".." in parts:
            raise NoAnswer(Observation.ERROR, msg("No such answer: {path:code}", path=path))
        try:
            return file.read_bytes()
        except OSError as error:
            reason = msg(
                "There is no saved answer {path:code}: {error:code}", path=str(file), error=error.strerror
            )
            raise NoAnswer(Observation.NOT_ATTEMPTED, reason, not_found=True) from error
