"""``github_artifact`` (source, workflow, branch, event, artifact, contains): the artifact of a run, opened.

``artifact`` is a name with ``*``, ``contains`` are regular expressions for whole names of members, ``source`` as for
``github``. The artifact is what the service packed (a zip); in it lies the bundle that was built, which has a digest of
its own. It is downloaded once: what was found in it is kept as long as its digest is the same.

Value: ``{"run": {"number", "commit", "url"} or null, "artifact": {"name", "size", "digest", "expired"} or null (none
fits), "packed_sha256" (of what was downloaded), "name" (of the bundle; null: none inside), "size", "sha256", "noted" (the
beginning of NAME.sha256; null: there is none), "broken" (why it cannot be read to its end, or null), "members" (how
many), "found": [whether each of ``contains`` is there]}``.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import IO, Any, cast

from checks.clock import now
from checks.model import Fact, Probe
from checks.sources.api import Api, Live, NoAnswer
from checks.sources.connection import Limit
from checks.sources.etags import shared
from checks.sources.github import artifacts, newest, opened
from checks.sources.interface import Answer, decode, fact
from checks.sources.network import Dial

LARGEST = 256 * 1024 * 1024
"""Bytes of an artifact, and of one unpacked bundle times four, that are read at most."""
_BUNDLES = (".tar.gz", ".tgz", ".tar", ".zip")
_BROKEN = (
    OSError,
    EOFError,
    zlib.error,
    zipfile.BadZipFile,
    tarfile.TarError,
    ValueError,
    NotImplementedError,
)


class _TooLarge(ValueError):
    """More than is read."""


def describe(probe: Probe) -> str:
    a = probe.args
    where = a["source"]["answers"] or a["source"]["api"]
    return f"the artifact {a['artifact']} of the newest run of {a['workflow']} ({where}), downloaded once and opened here"


def observe(probe: Probe, dial: Dial, secrets: dict[str, str]) -> Fact:
    args, limit = probe.args, Limit(probe.deadline)
    try:
        api = opened(args["source"], dial, secrets, limit)
        value = _value(api, args)
    except NoAnswer as error:
        return fact(probe, None, describe(probe), error.observation, reason=error.reason)
    finally:
        if not args["source"]["answers"]:
            shared().save()
    raw = json.dumps(value, sort_keys=True).encode()
    answer = Answer(raw, b"", None, observed_at=now(), duration=limit.spent())
    return fact(probe, answer, describe(probe), value=value, raw=raw)


def _value(api: Api, args: Mapping[str, Any]) -> dict[str, Any]:
    run = newest(api, args)
    empty = {"run": None, "artifact": None, "packed_sha256": "", **_nothing(args)}
    if run is None:
        return empty
    base = f"/repos/{args['source']['repository']}/actions"
    its = {
        "number": run.get("run_number"),
        "commit": str(run.get("head_sha"))[:64],
        "url": str(run.get("html_url"))[:500],
    }
    fitting = [
        a
        for a in artifacts(api, f"{base}/runs/{run.get('id')}/artifacts")
        if fnmatchcase(a["name"], args["artifact"])
    ]
    one = min(fitting, key=lambda a: bool(a["expired"]), default=None)
    if one is None or one["expired"]:
        return {**empty, "run": its, "artifact": one and _shown(one)}
    wanted = hashlib.sha256("\0".join(args["contains"]).encode()).hexdigest()[:16]
    name = f"{base}/artifacts/{one['id']}/{one['digest']}/{wanted}"
    known = api.kept(name) if isinstance(api, Live) and one["digest"] else None
    if not isinstance(known, dict):
        known = _opened(api.content(f"{base}/artifacts/{one['id']}/zip", LARGEST), args["contains"])
        if isinstance(api, Live) and one["digest"] == f"sha256:{known['packed_sha256']}":
            api.keep(name, known)
    return {"run": its, "artifact": _shown(one), **known}


def _shown(one: Mapping[str, Any]) -> dict[str, Any]:
    return {key: one[key] for key in ("name", "size", "digest", "expired", "expires")}


def _nothing(args: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": None, "size": 0, "sha256": "", "noted": None, "broken": None, "members": 0,
        "found": [False] * len(args["contains"]),
    }  # fmt: skip


def _opened(packed: bytes, contains: list[str]) -> dict[str, Any]:
    """What is in the artifact `packed`; one that was uploaded as it is, is the bundle itself."""
    made = {"packed_sha256": hashlib.sha256(packed).hexdigest(), **_nothing({"contains": contains})}
    if packed[:2] == b"\x1f\x8b":
        return {**made, "name": "", **_bundle("bundle.tar.gz", io.BytesIO(packed), len(packed), contains)}
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            files = {i.filename.rpartition("/")[2]: i for i in archive.infolist() if not i.is_dir()}
            name = next((n for n in files if n.endswith(_BUNDLES)), None)
            if name is None:
                return made
            if f"{name}.sha256" in files:
                with archive.open(files[f"{name}.sha256"]) as beside:
                    made["noted"] = decode(beside.read(4096))
            if files[name].file_size > LARGEST:
                raise _TooLarge(f"{name} has {files[name].file_size} bytes")
            with archive.open(files[name]) as inside:
                content = io.BytesIO(inside.read())
            return {**made, "name": name, **_bundle(name, content, files[name].file_size, contains)}
    except _BROKEN as error:
        return {**made, "broken": f"{type(error).__name__}: {error}"[:300]}


def _bundle(name: str, content: io.BytesIO, size: int, contains: list[str]) -> dict[str, Any]:
    found, count, broken = [False] * len(contains), 0, None
    expressions = [re.compile(one) for one in contains]
    try:
        for member in _members(name, content):
            count += 1
            path = re.sub(r"^(?:\./)+", "", member).rstrip("/")
            found = [was or bool(one.search(path)) for was, one in zip(found, expressions, strict=True)]
    except _BROKEN as error:
        broken = f"{type(error).__name__}: {error}"[:300]
    digest = hashlib.sha256(content.getbuffer()).hexdigest()
    return {"size": size, "sha256": digest, "members": count, "found": found, "broken": broken}


def _members(name: str, content: io.BytesIO) -> list[str]:
    """The names in an archive, which is read to its end: only then its own check sum is compared."""
    if name.endswith(".zip"):
        with zipfile.ZipFile(content) as archive:
            if sum(i.file_size for i in archive.infolist()) > 4 * LARGEST:
                raise _TooLarge("it is too large to be unpacked")
            if bad := archive.testzip():
                raise zipfile.BadZipFile(f"{bad} is damaged")
            return archive.namelist()
    stream: IO[bytes] = content if name.endswith(".tar") else gzip.GzipFile(fileobj=content)  # type: ignore[assignment]
    capped = cast(IO[bytes], _Capped(stream, 4 * LARGEST))
    with tarfile.open(fileobj=capped, mode="r|") as archive:
        found = [member.name for member in archive]
    while capped.read(1 << 20):
        pass
    return found


class _Capped:
    """A stream of which no more than `most` bytes are read."""

    def __init__(self, stream: IO[bytes], most: int) -> None:
        self._stream, self._left = stream, most

    def read(self, size: int = -1) -> bytes:
        part = self._stream.read(size if size >= 0 else self._left + 1)
        self._left -= len(part)
        if self._left < 0:
            raise _TooLarge("it is too large to be unpacked")
        return part
