"""The same hub in object storage: ``s3://bucket/prefix``. There are no links and no renaming there: the objects of a release
come first, its manifest behind them, and ``current.json``, which names the release, last of all."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from checks.errors import DocgenError
from docgen.hub import rules, run
from docgen.hub.folder import KEEP, Busy, Folder, NoRelease, Unsent, behind
from docgen.hub.run import Run

SCHEME = "s3://"
POINTER = "current.json"
SCHEMA = "docgen/current/v1"
LEASE = timedelta(hours=3)
"""After so long, a lock is that of a run that was killed."""
_LOCK = "lock.json"
_AT_ONCE = 8
_MANIFEST = "manifest.json"
_PLACE = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/[A-Za-z0-9._@+-]+)*")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class Bucket:
    """The hub at `given` (``s3://bucket/prefix``). Keys, region and endpoint are those of the environment, as every
    program for S3 has them (``AWS_ACCESS_KEY_ID``, ``AWS_ENDPOINT_URL``, …). Raises :class:`DocgenError`."""

    def __init__(self, given: str) -> None:
        self.where = given.rstrip("/")
        self._base = self.where.removeprefix(SCHEME)
        if not _PLACE.fullmatch(self._base) or ".." in self._base:
            raise DocgenError(f"{given}: expected {SCHEME}BUCKET/PREFIX.")
        try:
            import s3fs
        except ImportError as error:
            raise DocgenError(f"{given}: this needs the extra docgen[s3] (s3fs).") from error
        self._files = s3fs.S3FileSystem(skip_instance_cache=True, use_listings_cache=False)

    @contextmanager
    def locked(self) -> Iterator[Held]:
        """Nobody else publishes there meanwhile; what a run that was cut short has left is removed. Raises :class:`Busy` and
        :class:`Unsent`."""
        from botocore.exceptions import BotoCoreError, ClientError

        held = Held(self.where, self._base, self._files)
        try:
            held.take()
            try:
                yield held
            finally:
                held.free()
        except Unsent:
            raise
        except (BotoCoreError, ClientError, PermissionError, FileNotFoundError, ConnectionError) as error:
            raise Unsent(f"{self.where}: {type(error).__name__}: {error}.") from error


class Held:
    """The hub while nobody else writes to it. ``live`` is the release that readers are led to."""

    def __init__(self, where: str, base: str, files: Any) -> None:
        self.where, self._base, self._files = where, base, files
        self.live: str | None = None
        self._mine = uuid.uuid4().hex

    def take(self) -> None:
        """Takes the lock, and tidies up."""
        now = datetime.now(UTC)
        body = json.dumps({"run": self._mine, "until": (now + LEASE).isoformat()}).encode()
        try:
            self._files.pipe_file(self._at(_LOCK), body, mode="create")
        except FileExistsError:
            if self._until() > now:
                raise Busy(
                    f"{self.where}: another run publishes into this hub. If none does, remove {_LOCK} there, or wait until "
                    f"{self._until():%H:%M} UTC."
                ) from None
            self._files.pipe_file(self._at(_LOCK), body)
        # Storage that knows no conditions lets two through: the last to write has it.
        if json.loads(self._files.cat_file(self._at(_LOCK)))["run"] != self._mine:
            raise Busy(f"{self.where}: another run publishes into this hub.")
        if raw := self._read(self._at(POINTER)):
            name = json.loads(raw)["release"]
            self.live = name if isinstance(name, str) and _NAME.fullmatch(name) else None
        for name in self._releases():
            if self._read(self._at("releases", name, _MANIFEST)) is None:
                self._files.rm(self._at("releases", name), recursive=True)

    def free(self) -> None:
        """Gives the lock back, if it is still ours."""
        with suppress(FileNotFoundError):
            if json.loads(self._files.cat_file(self._at(_LOCK)))["run"] == self._mine:
                self._files.rm_file(self._at(_LOCK))

    def manifest(self) -> bytes | None:
        """The manifest of the live release."""
        return self._read(self._at("releases", self.live, _MANIFEST)) if self.live else None

    def last(self) -> Run | None:
        """How the last run went, as far as it is known there."""
        raw = self._read(self._at("releases", self.live, run.JSON)) if self.live else None
        return run.parse(raw) if raw else None

    def mark(self, its: Run) -> None:
        """Has the pages there say how the last run went."""
        if self.live:
            for name, content in its.files.items():
                self._put(self.live, name, content)

    def fetch(self, hub: Folder) -> None:
        """Makes the live release there the current one of `hub`, so that this run goes on from there."""
        raw = self.manifest()
        if raw is None or self.live is None:
            hub.forget()
            return
        for one in hub.releases():
            if (one / _MANIFEST).read_bytes() == raw:
                hub.turn(one)
                return
        with hub.taking(self.live) as made:
            for name, its in {**json.loads(raw)["files"], _MANIFEST: None}.items():
                path = made / name
                if not path.resolve().is_relative_to(made.resolve()):
                    raise Unsent(f"{self.where}: the hub there is not what its manifest says: {name!r}.")
                content = self._files.cat_file(self._at("releases", self.live, name))
                if its and hashlib.sha256(content).hexdigest() != its["sha256"]:
                    raise Unsent(
                        f"{self.where}: the hub there is not what its manifest says: {name} was altered."
                    )
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)

    def send(self, release: Path) -> int:
        """Sends `release`, and leads readers to it; how many objects were sent. What the live one has, too, is copied
        there."""
        name = behind(self._releases(), release.name)
        raw = self.manifest()
        old = json.loads(raw)["files"] if raw else {}
        new = json.loads((release / _MANIFEST).read_bytes())["files"]
        files = sorted(str(one.relative_to(release)) for one in release.rglob("*") if one.is_file())
        sizes = {self._at("releases", name, path): (release / path).stat().st_size for path in files}

        def one(path: str) -> bool:
            if path in new and old.get(path) == new[path] and self.live:
                self._files.cp_file(self._at("releases", self.live, path), self._at("releases", name, path))
                return False
            self._put(name, path, (release / path).read_bytes())
            return True

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            try:
                sent = sum(pool.map(one, (path for path in files if path != _MANIFEST)))
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        sent += one(_MANIFEST)  # what has none is no release
        found = self._files.find(self._at("releases", name), detail=True)
        if {path: its["size"] for path, its in found.items()} != sizes:
            raise Unsent(f"{self.where}: what arrived is not what was sent; the hub there is as it was.")
        self._turn(name)
        for gone in sorted(self._releases())[:-KEEP]:
            if gone != self.live:
                self._files.rm_file(self._at("releases", gone, _MANIFEST))
                self._files.rm(self._at("releases", gone), recursive=True)
        return sent

    def back(self) -> str:
        """Leads readers to the release before the live one. Raises :class:`NoRelease`."""
        before = sorted(one for one in self._releases() if self.live is None or one < self.live)
        if not before:
            raise NoRelease(f"{self.where}: there is no release before the one that is live.")
        if last := self.last():
            for name, content in last.files.items():
                self._put(before[-1], name, content)
        self._turn(before[-1])
        return before[-1]

    def _turn(self, name: str) -> None:
        body = {"schema": SCHEMA, "release": name, "path": f"releases/{name}/"}
        self._files.pipe_file(
            self._at(POINTER),
            json.dumps(body).encode(),
            ContentType="application/json",
            CacheControl=rules.CACHE,
        )
        self.live = name

    def _put(self, release: str, path: str, content: bytes) -> None:
        cache = rules.CACHE_ASSETS if f"/{path}".startswith(rules.ASSETS) else rules.CACHE
        where = self._at("releases", release, path)
        self._files.pipe_file(where, content, ContentType=rules.type_of(f"/{path}"), CacheControl=cache)

    def _read(self, where: str) -> bytes | None:
        try:
            content: bytes = self._files.cat_file(where)
        except FileNotFoundError:
            return None
        return content

    def _releases(self) -> list[str]:
        try:
            found = self._files.ls(self._at("releases"), detail=False)
        except FileNotFoundError:
            return []
        return [name for one in found if _NAME.fullmatch(name := one.rstrip("/").rpartition("/")[2])]

    def _until(self) -> datetime:
        return datetime.fromisoformat(json.loads(self._files.cat_file(self._at(_LOCK)))["until"])

    def _at(self, *parts: str) -> str:
        return "/".join((self._base, *parts))
