"""The same hub on a web server, over SSH: ``ssh://user@host:port/path``. A release is made here, in a folder of its own, and
sent: only what changed, into a folder of which readers know nothing, until one rename there. ``far.sh`` runs there."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shlex
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple, cast

from checks.errors import DocgenError
from checks.sources.cache import cache_folder
from checks.sources.reach import connect
from checks.sources.secrets import HUB, resolve
from checks.sources.transport import Conversation, NotReached, Transport
from checks.spec.access import TARGET, SshOptions
from checks.spec.spec import Host, Spec
from docgen.hub import run
from docgen.hub.folder import KEEP, Busy, Folder, NoRelease, Unheard, Unsent, behind
from docgen.hub.run import Run
from docgen.i18n import Translator

SCHEME = "ssh://"
LONGEST = 3 * 3600
"""Seconds after which the far side gives up, whatever became of this one."""
_GUARDED = f'command -v timeout >/dev/null && exec timeout {LONGEST} sh -c "$0" docgen "$1"; exec sh -c "$0" docgen "$1"'
_PATIENCE = 120.0
_MOST = 4 * 1024**3
_FILES = 200_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_PATH = re.compile(r"/[A-Za-z0-9._@+/-]+")


class _Differs(Unsent):
    """What lies there now is not what was sent."""


class Place(NamedTuple):
    """Where on which web server."""

    target: str
    path: str

    def __str__(self) -> str:
        return f"{SCHEME}{self.target}{self.path}"


def place(given: str) -> Place:
    """The place that `given` (``ssh://user@host:port/path``) means. Raises :class:`DocgenError`."""
    target, slash, path = given.removeprefix(SCHEME).partition("/")
    match = TARGET.match(target)
    if not slash or not match or target.startswith("-") or (match["user"] or "").find(":") >= 0:
        raise DocgenError(f"{given}: expected {SCHEME}user@host:port/path.")
    path = f"/{path.rstrip('/')}"
    if not _PATH.fullmatch(path) or ".." in path.split("/"):
        raise DocgenError(
            f"{given}: expected an absolute path of letters, digits and . _ @ + - behind the host."
        )
    return Place(target, path)


class Far:
    """The hub at `where`, reached as `spec` says."""

    def __init__(self, where: Place, spec: Spec) -> None:
        its: SshOptions = spec.publish.ssh
        self.where, self._passphrase = where, resolve(spec).get(HUB)
        self._host = Host(
            id="the hub",
            name=where.target,
            environment="",
            ssh=where.target,
            identity=its.identity,
            known_hosts=its.known_hosts,
            jump=its.jump,
            passphrase=None,
            connect_timeout=its.connect_timeout or 10.0,
            deadline=float(LONGEST),
            origin="--to",
        )

    @contextmanager
    def locked(self) -> Iterator[Session]:
        """Nobody else publishes there meanwhile; what a run that was cut short has left there is removed. Raises
        :class:`Busy` and :class:`Unsent`."""
        try:
            transport = connect(self._host, self._passphrase)
        except NotReached as error:
            raise Unsent(f"{self.where}: {Translator('en').plain(error.reason)}") from error
        try:
            with _talking(f"{self.where}: the connection was lost"):
                script = Path(__file__).with_name("far.sh").read_text("utf-8")
                command = shlex.join(["sh", "-c", _GUARDED, script, self.where.path])
                yield Session(self.where, transport, lambda: transport.converse(command))
        finally:
            transport.close()


@contextmanager
def _talking(what: str) -> Iterator[None]:
    try:
        yield
    except (Unsent, Unheard):
        raise
    except (ConnectionError, TimeoutError, EOFError) as error:
        raise Unsent(f"{what}.") from error


class Session:
    """The far side while it holds the lock. ``live`` is the release that readers see."""

    def __init__(self, where: Place, transport: Transport, talk: Callable[[], Conversation]) -> None:
        self.where, self._transport, self._talk = where, transport, talk
        self._begin()

    def _begin(self) -> None:
        self._pipe = _Pipe(self._talk())
        self.live: str | None = None
        self.releases: list[str] = []
        while (line := self._pipe.line()) != "ready":
            word, _, rest = line.partition(" ")
            if word == "busy":
                raise Busy(f"{self.where}: another run publishes into this hub.")
            if word == "failed":
                raise Unsent(f"{self.where}: {_plain(rest)}.")
            name = rest.removeprefix("releases/")
            if word == "live" and rest != "-" and _NAME.fullmatch(name):
                self.live = name
            elif word == "release" and _NAME.fullmatch(name):
                self.releases.append(name)

    def get(self, name: str) -> bytes | None:
        """The file `name` of the live release."""
        self._pipe.write(f"get {name}\n".encode())
        word, _, size = self._pipe.line().partition(" ")
        return self._pipe.read(int(size)) if word == "size" else None

    def manifest(self) -> bytes | None:
        """The manifest of the live release."""
        return self.get("manifest.json") if self.live else None

    def last(self) -> Run | None:
        """How the last run went, as far as it is known there."""
        raw = self.get(run.JSON) if self.live else None
        return run.parse(raw) if raw else None

    def mark(self, its: Run) -> None:
        """Has the pages there say how the last run went."""
        for name, content in its.files.items():
            self._pipe.write(f"mark {name} {len(content)}\n".encode() + content)
            self._done()

    def send(self, release: Path) -> int:
        """Sends `release`, and switches to it; how many files were sent. What the live one has, too, is linked there,
        unless it was altered there since."""
        raw = self.manifest()
        try:
            return self._send(release, json.loads(raw)["files"] if raw else {})
        except _Differs:
            self._begin()
            return self._send(release, {})

    def _send(self, release: Path, old: dict[str, dict[str, object]]) -> int:
        name = behind(self.releases, release.name)
        new = json.loads((release / "manifest.json").read_bytes())["files"]
        try:
            sent = self._stream(release, name, old, new)
        except (ConnectionError, EOFError):
            self._done()  # it may have said why it does not want more
            raise
        try:
            self._done()
        except (ConnectionError, TimeoutError, EOFError) as error:
            raise Unheard(
                f"{self.where}: the connection was lost when all was sent; it is not known whether readers see the new hub",
                sent,
            ) from error
        self.live = name
        return sent

    def _stream(
        self, release: Path, name: str, old: dict[str, dict[str, object]], new: dict[str, dict[str, object]]
    ) -> int:
        """Sends `release` as a tar to become `name`; how many files of it were no links."""
        sums, sent = [], 0
        self._pipe.write(f"put {name} {KEEP}\n".encode())
        with tarfile.open(
            fileobj=cast("IO[bytes]", self._pipe), mode="w|", bufsize=262_144, format=tarfile.GNU_FORMAT
        ) as tar:
            for file in sorted(one for one in release.rglob("*") if one.is_file()):
                path = str(file.relative_to(release))
                entry = tarfile.TarInfo(f"releases/{name}.partial/{path}")
                entry.mode, entry.mtime = 0o640, int(file.stat().st_mtime)
                if path in new and old.get(path) == new[path]:
                    entry.type, entry.linkname = tarfile.LNKTYPE, f"releases/{self.live}/{path}"
                    tar.addfile(entry)
                    sums.append(f"{new[path]['sha256']}  {path}\n")
                    continue
                content = file.read_bytes()
                entry.size, sent = len(content), sent + 1
                tar.addfile(entry, io.BytesIO(content))
                sums.append(f"{hashlib.sha256(content).hexdigest()}  {path}\n")
            said = "".join(sums).encode()
            entry = tarfile.TarInfo(f"releases/{name}.sums")
            entry.size = len(said)
            tar.addfile(entry, io.BytesIO(said))
        self._pipe.end()  # GNU tar reads to the end of what there is
        return sent

    def back(self) -> str:
        """Switches to the release before the live one. Raises :class:`NoRelease`."""
        before = sorted(one for one in self.releases if self.live is None or one < self.live)
        if not before:
            raise NoRelease(f"{self.where}: there is no release before the one that is live.")
        self._pipe.write(f"back {before[-1]}\n".encode())
        self._done()
        return before[-1]

    def fetch(self, hub: Folder) -> None:
        """Makes the live release of the far side the current one of `hub`, so that this run goes on from there."""
        raw = self.manifest()
        if raw is None:
            hub.forget()
            return
        for one in hub.releases():
            if (one / "manifest.json").read_bytes() == raw:
                hub.turn(one)
                return
        assert self.live
        talk = self._transport.converse(
            shlex.join(["tar", "-cf", "-", "-C", f"{self.where.path}/releases/{self.live}", "."])
        )
        try:
            with hub.taking(self.live) as made:
                _unpack(_Pipe(talk), made, json.loads(raw)["files"])
        except (tarfile.TarError, KeyError, ValueError) as error:
            raise Unsent(f"{self.where}: the hub there is not what its manifest says: {error}.") from error
        finally:
            talk.close()

    def _done(self) -> None:
        said = self._pipe.line()
        if said == "failed differs":
            raise _Differs(f"{self.where}: what arrived is not what was sent; the hub there is as it was.")
        if said != "done":
            raise Unsent(f"{self.where}: {_plain(said.removeprefix('failed '))}; the hub there is as it was.")


def _unpack(stream: _Pipe, into: Path, named: dict[str, dict[str, object]]) -> None:
    """Reads the tar in `stream`, which somebody else wrote: files only, those in the manifest as it has them."""
    size = count = 0
    seen = set()
    with tarfile.open(fileobj=cast("IO[bytes]", stream), mode="r|") as tar:
        for member in tar:
            path = PurePosixPath(member.name)
            if member.isdir():
                continue
            size, count = size + member.size, count + 1
            if (
                not member.isreg()
                or path.is_absolute()
                or ".." in path.parts
                or size > _MOST
                or count > _FILES
            ):
                raise ValueError(f"{member.name!r} is no file of a hub")
            source = tar.extractfile(member)
            assert source
            content = source.read()
            digest = hashlib.sha256(content).hexdigest()
            if str(path) in named and named[str(path)]["sha256"] != digest:
                raise ValueError(f"{path} was altered")
            seen.add(str(path))
            (into / path).parent.mkdir(parents=True, exist_ok=True)
            (into / path).write_bytes(content)
    if lacking := set(named) - seen:
        raise ValueError(f"{min(lacking)} is missing")


class _Pipe:
    """The conversation as a stream: written to and read from."""

    def __init__(self, talk: Conversation) -> None:
        self._talk, self._buffer = talk, bytearray()

    def write(self, data: bytes) -> int:
        self._talk.send(bytes(data))
        return len(data)

    def end(self) -> None:
        """Nothing more will be written."""
        self._talk.end()

    def read(self, size: int) -> bytes:
        """`size` bytes, or fewer at the end."""
        while len(self._buffer) < size and self._more():
            pass
        found = bytes(self._buffer[:size])
        del self._buffer[:size]
        return found

    def line(self) -> str:
        """The next line, without its end. Raises ConnectionError where there is none."""
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > 65_536 or not self._more():
                raise ConnectionError("the far side has ended")
        found = bytes(self._buffer[:end]).decode("utf-8", "backslashreplace")
        del self._buffer[: end + 1]
        return found

    def _more(self) -> bool:
        part = self._talk.receive(_PATIENCE)
        if part is None:
            raise TimeoutError("the far side says nothing")
        self._buffer += part
        return bool(part)


def _plain(text: str) -> str:
    from docgen.renderers.printable import one_line

    return one_line(text[:300])


def work(given: str) -> Path:
    """Where the hub for the place `given` is made before it is sent, unless somebody says otherwise."""
    return cache_folder() / f"hub-{hashlib.sha256(given.encode()).hexdigest()[:16]}"
