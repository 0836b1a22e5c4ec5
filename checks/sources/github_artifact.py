"""``github_artifact`` (source, workflow, branch, event, artifact, contains): the artifact of a run, opened.

``artifact`` is a name with ``*``, ``contains`` are regular expressions for whole names of members, ``source`` as for
``github``. The artifact is what the service packed (a zip); in it lies the bundle that was built, which has a digest of
its own. It is downloaded once: what was found in it is kept as long as its digest (or else its size) is the same.

Value: ``{"run": {"number", "commit", "url"} or null, "artifact": {"name", "size", "digest", "expired"} or null (none
fits), "packed_sha256" (of what was downloaded), "name" (of the bundle; null: none inside), "size", "sha256", "noted" (the
beginning of NAME.sha256; null: there is none), "broken" (why it cannot be read to its end, or null), "members" (how
many), "found": [whether each of ``contains`` is there],
"kinds": [what each is: ``file``, ``folder``, ``link``, ``other``, or null], "large" (whether it was not read to its end
because it is larger than is read)}``.
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
from checks.sources.api import Api, Live
from checks.sources.etags import shared
from checks.sources.github import artifacts, newest, opened
from checks.sources.interface import Answer, NoAnswer, decode, fact
from checks.sources.limit import Limit
from checks.sources.network import Dial
from checks.sources.packed import GZIP, bundles

LARGEST = 256 * 1024 * 1024
"""Bytes of an artifact, and of one unpacked bundle times four, that are read at most."""
MOST = 50_000
"""Members of a bundle whose names are kept for the next run."""
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
    empty = {"run": None, "artifact": None, "packed_sha256": "", **_wanted(_NOTHING, args["contains"])}
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
    opened_ = _kept(api, base, one)
    return {"run": its, "artifact": _shown(one), **_wanted(opened_, args["contains"])}


def _kept(api: Api, base: str, one: Mapping[str, Any]) -> dict[str, Any]:
    """What is in the artifact `one`: what was found before under its digest, else downloaded and opened."""
    its = f"{base}/artifacts/{one['id']}"
    if not isinstance(api, Live):
        return _opened(api.content(f"{its}/zip", LARGEST))
    # An older service tells no digest; what has an id there never changes but by growing.
    name = f"{its}/{one['digest'] or '{created}/{size}'.format_map(one)}"
    with api.turn(name):
        known: Any = api.kept(name)
        if not isinstance(known, dict):
            known = _opened(api.content(f"{its}/zip", LARGEST))
            right = one["digest"] in ("", f"sha256:{known['packed_sha256']}")
            if right and len(known["list"]) <= MOST:
                api.keep(name, known)
    return dict(known)


def _wanted(opened_: Mapping[str, Any], contains: list[str]) -> dict[str, Any]:
    """`opened_` with what is to be found about `contains` instead of the list of all."""
    found: list[bool] = []
    kinds: list[str | None] = []
    for expression in contains:
        one, itself = re.compile(expression), re.compile(expression.removesuffix("(/.*)?$") + "$")
        fitting = [(path, kind) for path, kind in opened_["list"] if one.search(path)]
        found.append(bool(fitting))
        # A folder may only show by what is in it.
        kinds.append(
            next((kind for path, kind in fitting if itself.search(path)), "folder" if fitting else None)
        )
    return {**{k: v for k, v in opened_.items() if k != "list"}, "found": found, "kinds": kinds}


def _shown(one: Mapping[str, Any]) -> dict[str, Any]:
    return {key: one[key] for key in ("name", "size", "digest", "expired", "expires")}


_NOTHING: dict[str, Any] = {
    "name": None, "size": 0, "sha256": "", "noted": None, "broken": None, "large": False, "members": 0, "list": [],
}  # fmt: skip


def _opened(packed: bytes) -> dict[str, Any]:
    """What is in the artifact `packed`; one that was uploaded as it is, is the bundle itself."""
    made = {"packed_sha256": hashlib.sha256(packed).hexdigest(), **_NOTHING}
    if packed.startswith(GZIP):
        return {**made, "name": "", **_bundle("bundle.tar.gz", io.BytesIO(packed), len(packed))}
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            found = bundles(archive)
            if not found:
                return made
            name, entry, noted = found[0]
            if noted:
                with archive.open(noted) as beside:
                    made["noted"] = decode(beside.read(4096))
            if entry.file_size > LARGEST:
                raise _TooLarge(f"{name} has {entry.file_size} bytes")
            with archive.open(entry) as inside:
                content = io.BytesIO(inside.read())
            return {**made, "name": name, **_bundle(name, content, entry.file_size)}
    except _BROKEN as error:
        return {**made, **_broken(error)}


def _bundle(name: str, content: io.BytesIO, size: int) -> dict[str, Any]:
    digest = hashlib.sha256(content.getbuffer()).hexdigest()
    try:
        members = [
            (re.sub(r"^(?:\./)+", "", path).rstrip("/"), kind) for path, kind in _members(name, content)
        ]
    except _BROKEN as error:
        return {"size": size, "sha256": digest, **_broken(error)}
    return {"size": size, "sha256": digest, "members": len(members), "list": members}


def _broken(error: Exception) -> dict[str, Any]:
    return {"broken": str(error)[:300] or type(error).__name__, "large": isinstance(error, _TooLarge)}


def _members(name: str, content: io.BytesIO) -> list[tuple[str, str]]:
    """The names in an archive and what each is, which is read to its end: only then its own check sum is compared."""
    if name.endswith(".zip"):
        with zipfile.ZipFile(content) as archive:
            if sum(i.file_size for i in archive.infolist()) > 4 * LARGEST:
                raise _TooLarge("it is too large to be unpacked")
            if bad := archive.testzip():
                raise zipfile.BadZipFile(f"{bad} is damaged")
            return [(i.filename, "folder" if i.is_dir() else "file") for i in archive.infolist()]
    stream: IO[bytes] = content if name.endswith(".tar") else gzip.GzipFile(fileobj=content)  # type: ignore[assignment]
    capped = _Capped(stream, 4 * LARGEST)
    with tarfile.open(fileobj=cast(IO[bytes], capped), mode="r|") as archive:
        found = [(member.name, _kind(member)) for member in archive]
    while capped.read(1 << 20):
        pass
    if capped.last.strip(b"\0"):
        raise tarfile.ReadError("its end is not marked, as if it were cut off")
    return found


def _kind(member: tarfile.TarInfo) -> str:
    return (
        "folder"
        if member.isdir()
        else "file"
        if member.isfile() or member.islnk()
        else "link"
        if member.issym()
        else "other"
    )


class _Capped:
    """A stream of which no more than `most` bytes are read; ``last`` are the last of them."""

    def __init__(self, stream: IO[bytes], most: int) -> None:
        self._stream, self._left, self.last = stream, most, b""

    def read(self, size: int = -1) -> bytes:
        part = self._stream.read(size if size >= 0 else self._left + 1)
        self._left -= len(part)
        if self._left < 0:
            raise _TooLarge("it is too large to be unpacked")
        self.last = (self.last + part)[-512:]
        return part
