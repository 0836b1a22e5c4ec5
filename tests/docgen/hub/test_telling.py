"""Who is told how a run went, with real servers that are told."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from checks import snapshot as snapshots
from checks.evaluate import evaluate
from checks.model import Status
from checks.spec import load
from docgen.hub import nights, run, telling
from docgen.hub.folder import Folder
from docgen.hub.telling import digest
from docgen.i18n import Translator

from ...checks import servers
from ...world.client import Client, Ran
from . import sample

SECRET = "c0ffee-c0ffee-c0ffee"


class Told:
    """A project that tells a server of its own."""

    def __init__(self, client: Client, web: servers.Web, bodies: list[dict[str, Any]]) -> None:
        self.client, self.web, self.bodies = client, web, bodies
        self.spec: Path = client.folder / "w/docgen.yml"
        self.env = {"BEAT": f"{web.url}/{SECRET}?rid=1", "CHAT": f"json://127.0.0.1:{web.port}/{SECRET}"}

    def publish(self, *more: str, **env: str) -> Ran:
        return self.client.docgen(
            "publish", "-c", "w/docgen.yml", "--from", "w/snapshot.json", "--to", "hub", "--no-pdf", *more,
            env=self.env | env,
        )  # fmt: skip

    def beats(self) -> list[str]:
        """The heartbeats since the last time, without the address."""
        found = [path.removeprefix(f"/{SECRET}") for method, path, _ in self.web.requests if method == "GET"]
        self.web.requests.clear()
        return found

    def messages(self) -> list[str]:
        found = [f"{one['title']}\n{one['message']}" for one in self.bodies]
        self.bodies.clear()
        return found


@pytest.fixture
def told(client: Client) -> Iterator[Told]:
    bodies: list[dict[str, Any]] = []

    def chat(request: BaseHTTPRequestHandler) -> servers.Reply:
        if request.command == "POST":
            bodies.append(json.loads(request.rfile.read(int(request.headers["Content-Length"]))))
        return 200, {}, b"OK"

    more = (
        "language: de\nsecrets: {beat: {env: BEAT}, chat: {env: CHAT}}\n"
        'publish: {address: "https://docs.example.com/", heartbeat: "{secret.beat}", notify: "{secret.chat}"}\n'
    )
    sample.declared(client, "w", ("etc/passwd", *(f"srv/missing/{n}" for n in range(8))), more)
    with servers.web({"*": chat}) as web:
        yield Told(client, web, bodies)


def better(told: Told) -> None:
    """Makes the night before one on which some of what now fails was as it should be."""
    hub = Folder(told.client.folder / "hub")
    for file in (hub.path / "current" / nights.FOLDER).glob("*.json"):
        night = nights.parse(file.read_bytes())
        assert night
        statuses = {i: Status.OK if s is Status.FAIL else s for i, s in night.statuses.items()}
        first = next(i for i, s in night.statuses.items() if s is Status.OK)
        before = night._replace(
            collected_at="2025-01-01T01:00:00.000Z", statuses=statuses | {first: Status.FAIL}
        )
        file.unlink()
        (hub.path / "current" / before.file).write_bytes(nights.dump(before))


def test_a_digest_of_what_changed_and_nothing_else(told: Told) -> None:
    ran = told.publish()
    assert (ran.code, ran.stderr, told.messages()) == (1, "", [])
    assert told.beats() == ["/start?rid=1", "?rid=1"]
    better(told)
    assert told.publish().code == 1
    (said,) = told.messages()
    assert said.startswith("Small: Eingeschränkt\n") and "https://docs.example.com/de/index.html" in said
    assert "Schlechter:\n- " in said and "Erfüllt → Nicht erfüllt" in said and "s/c/file-srv-missing-" in said
    assert "Behoben:\n- " in said and "Nicht erfüllt → Erfüllt" in said
    for kept in (told.client.folder / "hub").rglob("*"):
        assert not kept.is_file() or SECRET.encode() not in kept.read_bytes(), kept


def test_a_run_that_fails_is_told_once_and_so_is_its_recovery(told: Told) -> None:
    assert told.publish().code == 1
    told.beats()
    obstacle = told.client.folder / "hub/.scratch"
    obstacle.write_text("where a folder has to be")
    for night in range(3):
        assert told.publish().code == 4
        assert told.beats() == ["/start?rid=1", "/fail?rid=1&exit=4"]
        said = told.messages()
        assert len(said) == (night == 0), said
        if said:
            assert "Die Dokumentation wurde nicht veröffentlicht" in said[0] and "Exit-Code 4" in said[0]
    last = Folder(told.client.folder / "hub").last()
    assert last and (last.state, last.told) == (run.FAILED, True)
    obstacle.unlink()
    assert told.publish().code == 1
    (said_again,) = told.messages()
    assert "wieder veröffentlicht" in said_again
    assert told.publish().code == 1 and told.messages() == []


def test_who_cannot_be_told_fails_nothing_and_is_not_shown(told: Told) -> None:
    gone = servers.closed_port()
    ran = told.publish(BEAT=f"http://127.0.0.1:{gone}/{SECRET}", CHAT=f"json://127.0.0.1:{gone}/{SECRET}")
    assert ran.code == 1 and ran.stderr.count("heartbeat") == 2 and SECRET not in ran.everything
    obstacle = told.client.folder / "hub/.scratch"
    obstacle.write_text("where a folder has to be")
    assert told.publish(CHAT=f"json://127.0.0.1:{gone}/{SECRET}").code == 4
    obstacle.unlink()
    last = Folder(told.client.folder / "hub").last()
    assert last and not last.told, "whoever was not told is told the next time"
    better(told)
    with servers.raw(servers.says(b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n")) as bad:
        ran = told.publish(BEAT=f"http://127.0.0.1:{bad}/{SECRET}", CHAT="nonsense")
    assert (
        ran.code == 1
        and "it answered 500" in ran.stderr
        and "1 of 1 notifications did not arrive" in ran.stderr
    )
    assert SECRET not in ran.everything and "nonsense" not in ran.everything
    ran = told.publish(BEAT="", CHAT="")
    assert ran.code == 1 and ran.stderr.count("nobody is told: secret") == 2


def test_a_secret_that_is_not_declared(told: Told) -> None:
    told.spec.write_text(told.spec.read_text().replace("{secret.beat}", "{secret.beta}"))
    ran = told.publish()
    assert ran.code == 2 and "unknown secret `beta`" in ran.stderr and "did you mean `beat`" in ran.stderr
    told.spec.write_text(told.spec.read_text().replace("{secret.beta}", "https://hc.example.com/x"))
    ran = told.publish()
    assert ran.code == 2 and "never written down here" in ran.stderr


def test_a_digest_is_short(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "_SHOWN", 5)
    spec = load(told.spec)
    report = evaluate(spec, snapshots.read(told.client.folder / "w/snapshot.json"))
    now = nights.of(report)
    fails = sum(status in (Status.FAIL, Status.UNKNOWN, Status.PENDING) for status in now.statuses.values())
    before = now._replace(statuses=dict.fromkeys(now.statuses, Status.OK))
    lines = digest(report, before, Translator("en"))
    assert fails > 5 and len(lines) < 15 and lines[-1].startswith("- and ") and lines[-1].endswith(" more")
    assert digest(report, now, Translator("en")) == digest(report, None, Translator("en")) == []


def test_without_the_extra_it_says_so(told: Told) -> None:
    (told.client.folder / "without").mkdir()
    (told.client.folder / "without/apprise.py").write_text("raise ImportError\n")
    assert told.publish().code == 1
    better(told)
    ran = told.publish(PYTHONPATH=str(told.client.folder / "without"))
    assert ran.code == 1 and "docgen[notify]" in ran.stderr


def test_apprise_is_loaded_only_to_tell() -> None:
    code = "import sys, docgen.hub.telling; print('apprise' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"
