"""What an API answered before, by address, so that it is only asked whether that still holds.

One file for all runs of this account, readable by it alone; what is put into it is redacted. A cache that cannot be
read or written costs requests and nothing else.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from checks.sources.cache import cache_folder

MOST = 2000
"""Answers kept; the ones not used for longest go first."""


class Kept(NamedTuple):
    """An answer: what it was called, what it said, and the address of its next page."""

    etag: str
    data: Any
    next: str | None


class Etags:
    """The answers in the file at `path`. Several threads may use it."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock, self._changed = path, threading.Lock(), False
        self._kept: dict[str, Kept] = {}
        self._new = set[str]()
        self._slow: dict[str, float] = {}
        self._busy: dict[str, threading.Lock] = {}
        with contextlib.suppress(OSError, ValueError, TypeError, AttributeError, RecursionError):
            if path.stat().st_uid == os.getuid():
                self._kept = {url: Kept(*one) for url, one in json.loads(path.read_bytes()).items()}

    def get(self, url: str) -> Kept | None:
        """What was answered at `url`, if that is known."""
        with self._lock:
            kept = self._kept.pop(url, None)
            if kept:
                self._kept[url] = kept  # as the last that was used
            return kept

    def put(self, url: str, kept: Kept) -> None:
        """Keeps what was answered at `url`."""
        with self._lock:
            self._kept.pop(url, None)
            self._kept[url], self._changed = kept, True
            self._new.add(url)

    def is_new(self, url: str) -> bool:
        """Whether what is known of `url` was answered since :meth:`renew`."""
        with self._lock:
            return url in self._new

    def was_slow(self, url: str) -> float:
        """Seconds that were waited for `url` in vain since :meth:`renew`; 0: none."""
        with self._lock:
            return self._slow.get(url, 0.0)

    def note_slow(self, url: str, seconds: float) -> None:
        """Notes that `url` did not answer: whoever else wants that answer need not wait, too."""
        with self._lock:
            self._slow[url] = seconds

    def renew(self) -> None:
        """From now on everything is asked again, once."""
        with self._lock:
            self._new.clear()
            self._slow.clear()

    def one_at_a_time(self, url: str) -> threading.Lock:
        """The lock that whoever asks for `url` holds: several checks may want the same answer at the same time."""
        with self._lock:
            return self._busy.setdefault(url, threading.Lock())

    def save(self) -> None:
        """Writes what is new; the old file or the new one is there, never a part of it."""
        with self._lock, contextlib.suppress(OSError):
            if not self._changed:
                return
            recent = dict(list(self._kept.items())[-MOST:])
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            temporary = self._path.with_suffix(f".{os.getpid()}")
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
                json.dump(recent, file, ensure_ascii=False)
            temporary.replace(self._path)
            self._changed = False


@cache
def shared() -> Etags:
    """The answers that this account keeps."""
    return Etags(cache_folder() / "answers.json")
