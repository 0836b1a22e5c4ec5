"""``docgen publish`` is killed at random instants while people read the hub: they see one whole release, always.

``DOCGEN_KILLS=300 ./run test tests/docgen/hub/test_killed.py -s`` kills so often, and says what came of it.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import signal
import subprocess
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path

from checks import snapshot as snapshots
from docgen.hub import htpasswd, passwords, run
from docgen.hub.accounts import Account
from docgen.hub.folder import KEEP, Folder

from ...world.client import DOCGEN, Client
from . import sample

KILLS = int(os.environ.get("DOCGEN_KILLS", "8"))
READER = ("reader", "a long password")
CHANGING = {"manifest.json", *run.FILES}


class Readers:
    """Reads the hub on the disk, and over HTTP, until it is told to stop; ``wrong`` is what did not belong together."""

    def __init__(self, hub: Path, web: sample.Asked) -> None:
        self.hub, self.web = hub, web
        self.wrong: list[str] = []
        self.visits, self.pages = 0, 0
        self.releases: set[str] = set()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=one) for one in (self._disk, self._http)]
        for one in self._threads:
            one.start()

    def stop(self) -> None:
        self._over.set()
        for one in self._threads:
            one.join()

    def _disk(self) -> None:
        while not self._over.is_set():
            try:
                self.wrong += whole(self.hub)
            except OSError as error:
                self.wrong.append(str(error))
            self.visits += 1
            time.sleep(0.02)

    def _http(self) -> None:
        chance = random.Random(3)
        while not self._over.is_set():
            first = self.web.get("/manifest.json", READER)
            files = json.loads(first.body)["files"] if first.status == 200 else {}
            for name in chance.sample(sorted(files), min(8, len(files))):
                answer = self.web.get(f"/{name}", READER)
                same = self.web.get("/manifest.json", READER).body == first.body
                if not same:  # another release meanwhile: what was seen belongs to one of the two
                    break
                self.pages += 1
                time.sleep(0.01)
                digest = hashlib.sha256(answer.body).hexdigest()
                if answer.status != 200 or digest != files[name]["sha256"]:
                    self.wrong.append(f"{name}: {answer.status}")
            if not files:
                self.wrong.append(f"manifest.json: {first.status}")
            self.releases.add(hashlib.sha256(first.body).hexdigest())


def whole(hub: Path) -> list[str]:
    """What is wrong with the release that readers see, who have opened it once."""
    folder = os.open(hub / "current", os.O_RDONLY | os.O_DIRECTORY)
    try:
        base = Path(f"/proc/self/fd/{folder}")
        files = json.loads((base / "manifest.json").read_bytes())["files"]
        there = {str(p.relative_to(base)) for p in base.rglob("*") if p.is_file()} - CHANGING
        found = [f"{name}: not what the manifest says" for name in there ^ set(files)]
        for name, its in files.items():
            if hashlib.sha256((base / name).read_bytes()).hexdigest() != its["sha256"]:
                found.append(f"{name}: other bytes")
        if run.parse((base / run.JSON).read_bytes()) is None or not (base / run.CSS).read_bytes():
            found.append("the mark of the run")
        return found
    finally:
        os.close(folder)


def writes(hub: Path, process: subprocess.Popen[bytes], old: Path | None) -> None:
    """Waits until the run writes a release, or switches from `old`, or has ended."""
    while process.poll() is None:
        if Folder(hub).current() != old if old else [*hub.glob("releases/*.partial")]:
            return
        time.sleep(0.001)


def test_killed_at_any_instant(client: Client) -> None:
    folder, hub = client.folder, client.folder / "hub"
    if KILLS > 50:
        assert client.docgen("demo", "-o", "w", "--state", "blocked").code == 0
    else:
        sample.declared(client)
    base = snapshots.read(folder / "w/snapshot.json")
    (folder / "tmp").mkdir()
    environment = client.environment(TMPDIR=str(folder / "tmp"))

    def command(night: int, *more: str) -> list[str]:
        times = {
            key: (datetime.fromisoformat(getattr(base, key)) + timedelta(hours=night)).strftime(
                "%Y-%m-%dT%H:%M:%S.000Z"
            )
            for key in ("collected_at", "finished_at", "valid_until")
        }
        snapshots.write(folder / "now.json", snapshots.dump(base.model_copy(update=times)))
        return [str(DOCGEN), "publish", "-c", "w/docgen.yml", "--from", "now.json", "--to", "hub", *more]

    began = time.monotonic()
    first = subprocess.run(command(0, "--no-pdf"), cwd=folder, env=environment, capture_output=True)
    assert first.returncode == 1, first.stderr
    takes = time.monotonic() - began
    htpasswd.update(folder / "htpasswd", lambda _: [Account(READER[0], passwords.hashed(READER[1], 8), "x")])
    server = subprocess.Popen([DOCGEN, "serve", "hub", "--listen", "0", "--htpasswd", "htpasswd"], cwd=folder,
                              env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # fmt: skip
    assert server.stdout
    port = int(re.findall(r":(\d+)/", server.stdout.readline())[0])
    readers = Readers(hub, sample.Asked(port))
    chance, published, killed, left = random.Random(11), 0, 0, 0
    try:
        for night in range(1, KILLS + 1):
            before = Folder(hub).current()
            more = () if night % 7 == 0 else ("--no-pdf",)
            process = subprocess.Popen(command(night, *more), cwd=folder, env=environment,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
            # Every other one where it writes or switches, which takes but a moment.
            if night % 2 or more == ():
                time.sleep(takes * chance.uniform(0.05, 1.2))
            else:
                writes(hub, process, before if night % 4 == 0 else None)
                time.sleep(chance.uniform(0.0, 0.04))
            process.send_signal(signal.SIGKILL)
            killed += process.wait() == -signal.SIGKILL
            published += Folder(hub).current() != before
            left += bool([*hub.glob("releases/*.partial"), *hub.glob(".[msp]*"), *hub.glob("cache/*.part")])
            assert whole(hub) == []
    finally:
        readers.stop()
        server.kill()
        server.wait()
    last = subprocess.run(command(KILLS + 1, "--no-pdf"), cwd=folder, env=environment, capture_output=True)
    print(f"\n{KILLS} runs, {killed} killed in time, {published} published, {left} left something; {readers.visits} visits "
          f"of whole hubs, {readers.pages} pages over HTTP, {len(readers.releases)} releases seen")  # fmt: skip
    assert readers.wrong == [] and readers.visits > KILLS and readers.pages > KILLS
    assert killed > KILLS / 3 and published > 0 and left > 0
    assert last.returncode == 1, last.stderr
    assert {one.name for one in hub.iterdir()} <= {"releases", "current", "cache", ".lock"}
    assert not [*hub.glob("releases/*.partial"), *hub.glob("cache/*.part"), *(folder / "tmp").iterdir()]
    assert len(Folder(hub).releases()) <= KEEP and whole(hub) == []
    found = Folder(hub).last()
    assert found and (found.state, found.since) == (run.PUBLISHED, None)
