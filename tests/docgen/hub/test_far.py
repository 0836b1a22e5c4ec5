"""``docgen publish --to ssh://…``, with a real sshd: all or nothing there, too, however the connection ends."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import select
import shutil
import signal
import socket
import subprocess
import tarfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from checks.errors import DocgenError
from checks.sources.transport import Conversation, Transport
from docgen.hub import far, run
from docgen.hub.folder import KEEP, Busy, Folder, NoRelease

from ...world.client import DOCGEN, Client, Ran
from ...world.machine import cannot
from ...world.world import World
from . import sample

HUB = "/srv/docs"


class Sent:
    """A project whose hub lies on the server of the tests."""

    def __init__(self, world: World) -> None:
        self.world, self.client = world, cast(Client, world)
        self.folder = self.client.folder
        sample.declared(self.client)
        self._declare()
        world.root(f"install -d -o deploy -g www-data -m 2750 {HUB}")

    def larger(self) -> None:
        """Makes it a hub of which most of what is sent is the hub."""
        shutil.rmtree(self.folder / "w")
        assert self.client.docgen("demo", "-o", "w", "--state", "blocked").code == 0
        self._declare()

    def _declare(self) -> None:
        world = self.world
        spec = self.folder / "w/docgen.yml"
        own = f"publish: {{ssh: {{identity: {world.identity}, known-hosts: {world.known_hosts}, connect-timeout: 5s}}}}\n"
        spec.write_text(spec.read_text() + own)

    def command(self, port: int | None = None, *more: str) -> list[str]:
        target = f"ssh://deploy@127.0.0.1:{port or self.world.ports.ssh}{HUB}"
        return [
            "publish",
            "-c",
            "w/docgen.yml",
            "--from",
            "w/snapshot.json",
            "--no-pdf",
            "--to",
            target,
            *more,
        ]

    def publish(self, port: int | None = None, *more: str) -> Ran:
        return self.client.docgen(*self.command(port, *more))

    def sh(self, command: str) -> str:
        return self.world.root(f"cd {HUB} && {command}")

    def whole(self) -> str:
        """The release that readers see, when every file of it is as its manifest says."""
        manifest = json.loads(self.sh("cat current/manifest.json"))["files"]
        sums = dict(
            line.split("  ")[::-1]
            for line in self.sh("cd current/ && find . -type f | xargs sha256sum").splitlines()
        )
        there = {name.removeprefix("./"): digest for name, digest in sums.items()}
        assert set(there) == {*manifest, "manifest.json", *run.FILES}
        assert all(there[name] == its["sha256"] for name, its in manifest.items())
        return self.sh("readlink current").strip()

    def last(self) -> run.Run:
        found = run.parse(self.sh("cat current/run.json").encode())
        assert found
        return found

    def tidy(self) -> None:
        assert set(self.sh("ls -A").split()) <= {"releases", "current", ".lock"}
        assert ".partial" not in self.sh("ls -A releases") and ".sums" not in self.sh("ls -A releases")


@pytest.fixture
def sent(world: World) -> Iterator[Sent]:
    yield Sent(world)
    world.root(f"rm -rf {HUB}")


def test_the_same_hub_on_a_web_server(sent: Sent) -> None:
    ran = sent.publish()
    assert (ran.code, ran.stderr) == (1, ""), ran.everything
    first = sent.whole()
    sent.tidy()
    modes = sent.sh(
        "find . -type f ! -name .lock -printf '%m %g\\n' | sort -u; find releases -type d -printf '%m %g\\n' | sort -u"
    )
    assert set(modes.splitlines()) == {"640 www-data", "2750 www-data"}, modes
    ran = sent.publish()
    assert ran.code == 1 and sent.whole() != first
    files, count = ran.stdout.split(": ")[1].split(" files, ")
    assert int(count.split()[0]) < int(files) / 2, ran.stdout
    assert int(sent.sh("find current/ -type f -links +1 | wc -l")) > 10
    # Another machine goes on where this one was.
    shutil.rmtree(sent.folder / "home/.cache")
    work = sent.folder / "work"
    assert sent.publish(None, "--work", str(work)).code == 1
    assert len(Folder(work).releases()) == 2 and sent.whole()
    back = sent.client.docgen("hub", "rollback", "-c", "w/docgen.yml", "--to", sent.command()[-1])
    assert back.code == 0, back.everything
    assert sent.whole() == sent.sh("ls -d releases/* | tail -2 | head -1").strip()
    assert sent.publish().code == 1 and sent.last().state == run.PUBLISHED
    sent.tidy()


def test_one_at_a_time(sent: Sent) -> None:
    assert sent.publish().code == 1
    with subprocess.Popen(
        sent.world.openssh(f"exec flock {HUB}/.lock sh -c 'echo held; cat'"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout and other.stdout.readline() == b"held\n"
        ran = sent.publish()
        assert ran.code == 75 and "another run" in ran.stderr
        assert sent.last().state == run.PUBLISHED
        other.terminate()


def test_a_key_that_is_not_pinned_gets_nothing(sent: Sent) -> None:
    sent.world.other_host_key()
    ran = sent.publish()
    assert ran.code == 4 and "HOST KEY CHANGED" in ran.stderr and "nothing was published" in ran.stderr
    assert sent.sh("ls -A") == ""


def test_no_room_or_no_right(sent: Sent) -> None:
    assert sent.publish().code == 1
    before = sent.whole()
    sent.sh("chown root releases; chmod 755 releases")
    ran = sent.publish()
    assert ran.code == 4 and "cannot be written to" in ran.stderr, ran.everything
    assert sent.whole() == before


class Cut:
    """A way to the server that is cut after so many bytes."""

    def __init__(self, to: int) -> None:
        self.to, self.left, self.passed = to, 10**9, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                one = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._carry, args=(one,), daemon=True).start()

    def _carry(self, one: socket.socket) -> None:
        with contextlib.suppress(OSError), one, socket.create_connection(("127.0.0.1", self.to)) as other:
            ways = {one: other, other: one}
            while True:
                for source in select.select(list(ways), [], [], 30)[0]:
                    data = source.recv(4096)
                    if source is one:
                        self.left -= len(data)
                        self.passed += len(data)
                    if not data or self.left < 0:
                        return
                    ways[source].sendall(data)


def test_a_connection_that_is_cut(sent: Sent) -> None:
    sent.larger()
    way = Cut(sent.world.ports.ssh)
    sent.world.pin(sent.world.ports.ssh, way.port)
    assert sent.publish(way.port).code == 1
    passed = way.passed
    assert sent.publish(way.port).code == 1
    before, all_ = sent.whole(), way.passed - passed
    for share in (0.5, 0.75, 0.95):
        way.left = int(all_ * share)
        ran = sent.publish(way.port)
        assert ran.code == 4, (share, ran.everything)
        # Cut off behind the last byte it may be there, and then nothing else is said.
        unknown = "when all was sent" in ran.stderr
        assert unknown is not ("nothing was published" in ran.stderr), (share, ran.everything)
        assert sent.whole() == before or (unknown and share > 0.5), "half of it is never shown"
        before = sent.whole()
    way.left = 10**9
    assert sent.publish(way.port).code == 1 and sent.whole() != before
    sent.tidy()


def test_what_was_altered_there_is_sent_anew(sent: Sent) -> None:
    assert sent.publish().code == 1
    sent.sh("for f in $(find releases/ -name '*.css'); do echo >>$f; done")
    ran = sent.publish()
    assert (ran.code, ran.stderr) == (1, ""), ran.everything
    assert sent.whole()
    sent.tidy()


def test_killed_here_it_has_said_so_there(sent: Sent) -> None:
    assert sent.publish().code == 1
    before = sent.whole()
    process = subprocess.Popen([DOCGEN, *sent.command()], cwd=sent.folder, env=sent.client.environment(),
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    end = time.monotonic() + 300
    while sent.last().state != run.RUNNING and time.monotonic() < end:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert sent.whole() == before and sent.last().state == run.RUNNING
    began, end = sent.last().began, time.monotonic() + 300
    process = subprocess.Popen([DOCGEN, *sent.command()], cwd=sent.folder, env=sent.client.environment(),
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)  # fmt: skip
    while sent.last().began == began and time.monotonic() < end:
        time.sleep(0.02)
    process.terminate()
    said = process.communicate(timeout=600)[1]
    assert process.returncode == 143, said
    assert (sent.last().state, sent.last().since, sent.last().code) == (run.FAILED, began, 143)
    assert sent.publish().code == 1 and sent.last().since is None
    sent.tidy()


class Here(Conversation):
    """The script, run here by another shell with another set of tools."""

    def __init__(self, argv: list[str], tools: str) -> None:
        self._run = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={"PATH": tools})

    def send(self, data: bytes) -> None:
        assert self._run.stdin
        self._run.stdin.write(data)
        self._run.stdin.flush()

    def end(self) -> None:
        assert self._run.stdin
        self._run.stdin.close()

    def receive(self, seconds: float) -> bytes | None:
        assert self._run.stdout
        ready = select.select([self._run.stdout], [], [], seconds)[0]
        return self._run.stdout.read1(65536) if ready else None  # type: ignore[attr-defined]

    def close(self) -> None:
        assert self._run.stdin
        self._run.stdin.close()
        self._run.wait(10)


@pytest.fixture(params=["dash", "busybox"])
def tools(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    if request.param == "dash":
        return "/bin/sh", "/usr/bin:/bin"
    busybox = shutil.which("busybox") or cannot("there is no busybox")
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in subprocess.run([busybox, "--list"], capture_output=True, text=True).stdout.split():
        (folder / name).symlink_to(busybox)
    if not (folder / "flock").exists():  # Debian's busybox comes without
        (folder / "flock").symlink_to(shutil.which("flock") or cannot("there is no flock"))
    return str(folder / "sh"), str(folder)


def release(folder: Path, name: str, **more: str) -> Path:
    made = folder / "made" / name
    contents = {"index.html": "same", "de/index.html": name, "ä b.txt": "odd"} | more
    for path, text in contents.items():
        (made / path).parent.mkdir(parents=True, exist_ok=True)
        (made / path).write_text(text)
    files = {
        p: {"sha256": hashlib.sha256(t.encode()).hexdigest(), "bytes": len(t)} for p, t in contents.items()
    }
    (made / "manifest.json").write_text(json.dumps({"files": files}))
    for path, data in (
        run.begun("2026-11-01T02:00:00Z", None).published("2026-11-01T02:01:00Z", 0).files.items()
    ):
        (made / path).write_bytes(data)
    return made


def test_the_far_side_with_other_tools(tmp_path: Path, tools: tuple[str, str]) -> None:
    hub = tmp_path / "hub"
    script = Path(far.__file__).with_name("far.sh").read_text()

    def opened() -> far.Session:
        return far.Session(
            far.Place("x", str(hub)),
            cast(Transport, cast(Any, None)),
            lambda: Here([tools[0], "-c", script, "docgen", str(hub)], tools[1]),
        )

    session = opened()
    assert (session.live, session.releases, session.get("manifest.json")) == (None, [], None)
    with pytest.raises(Busy):
        opened()
    assert session.send(release(tmp_path, "r01")) == 6
    for night in range(2, KEEP + 4):
        session = opened()
        failed = run.begun("2026-11-02T02:00:00Z", session.last()).failed("2026-11-02T02:01:00Z", 4, "x")
        session.mark(failed)
        assert session.last() == failed
        assert session.send(release(tmp_path, f"r{night:02}")) == 4
    assert (hub / "current/index.html").stat().st_nlink > 10 and (
        hub / "current"
    ).readlink().name == f"r{KEEP + 3:02}"
    assert (hub / "current/ä b.txt").read_text() == "odd"
    assert len(list((hub / "releases").iterdir())) == KEEP
    session = opened()
    assert session.back() == f"r{KEEP + 2:02}"
    session = opened()
    last = session.last()
    assert last and last.state == run.PUBLISHED, "not what was said of the next run"
    session._pipe.end()
    with contextlib.suppress(ConnectionError):
        session._pipe.line()
    # What was altered there is sent anew; what arrives half, or is another, is not there.
    (hub / "current/index.html").write_text("altered there")
    assert opened().send(release(tmp_path, "r90")) == 6
    assert (hub / "current/index.html").read_text() == "same"
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as tar:
        for path in ("releases/r91.partial/index.html", "releases/r91.sums"):
            entry = tarfile.TarInfo(path)
            data = f"{'0' * 64}  index.html\n".encode()
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    for data, said in ((whole.getvalue()[:700], "did not arrive as a whole"), (whole.getvalue(), "differs")):
        session = opened()
        session._pipe.write(b"put r91 14\n" + data)
        session._pipe.end()
        assert said in session._pipe.line()
        assert (hub / "current").readlink().name == "r90" and not [*hub.glob("releases/r91*")]
    for leftover in ("releases/x.partial/a", "releases/x.sums", ".mark", "releases/r99/a"):
        (hub / leftover).parent.mkdir(exist_ok=True)
        (hub / leftover).touch()
    (hub / ".pending").write_text("r99\n")
    opened()._pipe.end()
    end = time.monotonic() + 300
    while {one.name for one in hub.iterdir()} != {"releases", "current", ".lock"} and time.monotonic() < end:
        time.sleep(0.05)
    assert {one.name for one in hub.iterdir()} == {"releases", "current", ".lock"}
    assert not [
        one for one in (hub / "releases").iterdir() if not one.name.startswith("r") or one.name == "r99"
    ]


@pytest.mark.parametrize(
    "given",
    ["ssh://", "ssh://host", "ssh://host/", "ssh://-oProxyCommand=x/a", "ssh://u:p@host/a", "ssh://host/a;b",
     "ssh://host/../etc", "ssh://host/a b", "ssh://host:0/a/$(x)", "ssh:///a"],
)  # fmt: skip
def test_what_is_no_place(given: str) -> None:
    with pytest.raises(DocgenError, match="expected"):
        far.place(given)


def test_a_place() -> None:
    assert far.place("ssh://deploy@[::1]:22/srv/docs/") == far.Place("deploy@[::1]:22", "/srv/docs")


def test_there_is_no_way_back_from_the_first(tmp_path: Path) -> None:
    script = Path(far.__file__).with_name("far.sh").read_text()
    with pytest.raises(NoRelease):
        far.Session(
            far.Place("x", "/x"),
            cast(Transport, cast(Any, None)),
            lambda: Here(["/bin/sh", "-c", script, "docgen", str(tmp_path / "hub")], "/usr/bin:/bin"),
        ).back()
