"""The folder of the hub: readers see the old one or the new one, whenever a run ends."""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from docgen.hub.folder import KEEP, Busy, Folder, NoRelease, behind


def files(mark: str, n: int = 3) -> dict[str, bytes | Path]:
    return {f"de/{number}.html": mark.encode() for number in range(n)}


def publish(path: Path, *ids: str, n: int = 3) -> Folder:
    hub = Folder(path)
    with hub.locked():
        for id_ in ids:
            hub.publish(id_, files(id_, n))
    return hub


def test_what_is_published_is_seen_through_the_link(tmp_path: Path) -> None:
    hub = publish(tmp_path, "1", "2")
    assert (tmp_path / "current").readlink() == Path("releases/2")
    assert (tmp_path / "current/de/0.html").read_text() == "2"
    assert [one.name for one in hub.releases()] == ["1", "2"]
    assert hub.current() == tmp_path / "releases/2"


def test_the_same_moment_twice_is_two_releases(tmp_path: Path) -> None:
    names = [one.name for one in publish(tmp_path, "5", *["5"] * 10, "4").releases()]
    assert (
        names == ["5", *(f"5-{n:04}" for n in range(2, 13))] and Folder(tmp_path).current().name == names[-1]
    )
    assert Folder(tmp_path).rollback().name == names[-2]
    # As they were called before.
    assert behind(["5", "5-9", "5-10"], "5") == "5-9-0002" and behind(["5-9-0002"], "5") > "5-9-0002"


def test_old_ones_go_and_the_live_one_stays(tmp_path: Path) -> None:
    hub = publish(tmp_path, *[f"{n:03}" for n in range(KEEP + 4)])
    assert [one.name for one in hub.releases()] == [f"{n:03}" for n in range(4, KEEP + 4)]


def test_back_and_no_further_than_there_is(tmp_path: Path) -> None:
    hub = publish(tmp_path, "1", "2")
    with hub.locked():
        assert hub.rollback().name == "1"
        assert (tmp_path / "current/de/0.html").read_text() == "1"
        with pytest.raises(NoRelease):
            hub.rollback()


def test_two_at_once(tmp_path: Path) -> None:
    with Folder(tmp_path).locked(), pytest.raises(Busy), Folder(tmp_path).locked():
        pass


def test_what_fails_while_it_is_written_changes_nothing(tmp_path: Path) -> None:
    hub = publish(tmp_path, "1")
    with pytest.raises(OSError), hub.locked():
        hub.publish("2", {"a": b"2", "a/b": b"2"})
    assert (tmp_path / "current/de/0.html").read_text() == "1"
    assert [one.name for one in hub.releases()] == ["1"]
    publish(tmp_path, "3")
    assert sorted(one.name for one in (tmp_path / "releases").iterdir()) == ["1", "3"]


def test_where_a_file_system_cannot_be_asked_as_a_whole_each_file_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: set[str] = set()
    monkeypatch.setattr("ctypes.CDLL", lambda *_, **__: object())
    monkeypatch.setattr("os.fsync", lambda handle: synced.add(os.readlink(f"/proc/self/fd/{handle}")))
    publish(tmp_path, "1")
    made = tmp_path.resolve() / "releases/1.partial"
    assert {str(made), str(made / "de"), *(str(made / name) for name in files(""))} <= synced


def test_what_the_disk_did_not_take_is_not_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(tmp_path, "1")
    monkeypatch.setattr("ctypes.CDLL", lambda *_, **__: SimpleNamespace(syncfs=lambda handle: -1))
    monkeypatch.setattr("ctypes.get_errno", lambda: errno.EIO)
    with pytest.raises(OSError, match="Input/output error"):
        publish(tmp_path, "2")
    assert (tmp_path / "current/de/0.html").read_text() == "1"


def test_what_cannot_be_linked_is_copied(tmp_path: Path) -> None:
    elsewhere = Path("/dev/shm", f"docgen-{os.getpid()}")
    elsewhere.write_bytes(b"far")
    try:
        hub = Folder(tmp_path)
        with hub.locked():
            hub.publish("1", {"de/0.html": elsewhere})
    finally:
        elsewhere.unlink()
    assert (tmp_path / "current/de/0.html").read_bytes() == b"far"


ENDLESS = """
import itertools, sys
from pathlib import Path
from docgen.hub.folder import Folder
hub, start = Folder(Path(sys.argv[1])), int(sys.argv[2])
with hub.locked():
    for n in itertools.count(start):
        mark = f"{n:06}"
        hub.publish(mark, {f"de/{i}.html": mark.encode() for i in range(20)})
"""


def test_killed_at_any_instant_readers_see_one_whole_hub(tmp_path: Path) -> None:
    publish(tmp_path, "000000", n=20)
    mixed: list[set[str]] = []
    over, seen = threading.Event(), 0

    def read() -> None:
        nonlocal seen
        while not over.is_set():
            # One resolution of the link is one visit: what a web server does with a file it has opened.
            there = tmp_path / "current"
            release = there.resolve()
            try:
                marks = {(release / f"de/{n}.html").read_text() for n in range(20)}
            except FileNotFoundError:
                if release != there.resolve():  # pruned meanwhile: a reader asks again
                    continue
                raise
            seen += 1
            if marks != {release.name}:
                mixed.append(marks)

    reader = threading.Thread(target=read)
    reader.start()
    chance = random.Random(7)
    try:
        for turn in range(1, 31):
            run = subprocess.Popen([sys.executable, "-c", ENDLESS, str(tmp_path), str(turn * 1000)])
            end = time.monotonic() + 0.12 + chance.random() * 0.1
            while time.monotonic() < end:
                time.sleep(0.005)
            run.send_signal(signal.SIGKILL)
            run.wait()
    finally:
        over.set()
        reader.join()
    assert mixed == [] and seen > 20
    publish(tmp_path, "999999")
    left = [one.name for one in (tmp_path / "releases").iterdir()]
    assert not [name for name in left if name.endswith(".partial")] and len(left) <= KEEP
    assert not os.path.lexists(tmp_path / ".current")
    assert max(left) == "999999"
