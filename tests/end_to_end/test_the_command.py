"""The command line itself: wrong specs, wrong usage, the environment of cron, pipes and signals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from ..world.client import DOCGEN, Client
from ..world.strange import Silent
from ..world.world import World

HEAD = "project: Gateway\nenvironments: {prod: {host: 'deploy@127.0.0.1:{port}'}}\n"
TAIL = "sections: [{name: A, environment: prod, components: [{name: B, checks: [file: /x]}]}]\n"


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        (HEAD + "sections: [\n", "docgen.yml:", ""),
        (HEAD + "\tsections: []\n", "docgen.yml:3:1", "tab"),
        (HEAD + "sectoins: []\n" + TAIL, "docgen.yml:3:1", "sections"),
        (HEAD + "valid-for: [1]\n" + TAIL, "docgen.yml:3:12", "duration"),
        (HEAD + "owner: a\nowner: b\n" + TAIL, "docgen.yml:4:1", "owner"),
        (HEAD + TAIL.replace("file: /x", "flie: /x"), "docgen.yml:3:", "file"),
        (HEAD + TAIL.replace("file: /x", "file: {path: /x, min-size: no}"), "docgen.yml:3:", "no"),
        (HEAD + TAIL.replace("file: /x", "file: /x, needs: nothing"), "docgen.yml:3:", "nothing"),
        (HEAD + TAIL.replace("file: /x", "file: '{root}/x'"), "docgen.yml:3:", "root"),
        (HEAD.replace("host: 'deploy@127.0.0.1:{port}'", "hosts: []") + TAIL, "docgen.yml:2:", "nothing to check"),
        (HEAD + TAIL.replace("[file: /x]", "[]"), "docgen.yml:3:", ""),
        (HEAD + TAIL.replace("file: /x", "permissions: {path: /x, mode: 0o99}"), "docgen.yml:3:", "mode"),
        (HEAD + "valid-for: 12:30:45\n" + TAIL, "docgen.yml:3:12", "12:30:45"),
    ],
    ids=[
        "unfinished", "tab", "unknown key", "wrong type", "twice", "unknown kind", "no", "unknown need",
        "undefined variable", "no hosts", "no checks", "octal", "sexagesimal",
    ],
)  # fmt: skip
def test_a_wrong_spec_is_said_with_its_place_before_anything_is_contacted(
    client: Client, text: str, place: str, said: str
) -> None:
    with Silent() as server:
        client.spec(text.replace("{port}", str(server.port)))
        ran = client.docgen("status")
        assert ran.code == 2, ran.everything
        assert place in ran.stderr and said in ran.stderr, ran.stderr
        assert ran.stdout == ""
        assert server.accepted == 0


def test_all_errors_of_a_file_are_said_at_once(client: Client) -> None:
    client.spec(
        "projekt: x\nenvironments: {prod: {host: a b}}\nsections: [{name: A, components: [{nam: B}]}]\n"
    )
    ran = client.docgen("status")
    assert ran.code == 2
    for place in ("docgen.yml:1:1", "docgen.yml:2:", "docgen.yml:3:"):
        assert place in ran.stderr, ran.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("--format", "docx"),
        ("--env", "nowhere"),
        ("--nonsense",),
        ("--from", "missing.json"),
        ("--config", "missing.yml"),
    ],
)
def test_wrong_usage(client: Client, arguments: tuple[str, ...]) -> None:
    with Silent() as server:
        client.spec((HEAD + TAIL).replace("{port}", str(server.port)))
        ran = client.docgen("status", *arguments)
        assert ran.code == 2 and ran.stderr and ran.stdout == "", ran.everything
        assert server.accepted == 0


def test_the_minimal_environment_of_cron(world: World) -> None:
    world.put("/srv/test/Grün ✓", "x")
    world.check('file: "/srv/test/Grün ✓"')
    for format_ in ("text", "html", "md", "json"):
        done = subprocess.run(
            [DOCGEN, "status", "--env", "prod", "--format", format_, "--output", f"out.{format_}", "-v"],
            cwd=world.folder,
            env={"PATH": "/usr/bin:/bin", "HOME": "/", "LC_ALL": "POSIX"},
            capture_output=True,
            timeout=600,
        )
        assert done.returncode == 0, done.stderr
        assert "Grün" in (world.folder / f"out.{format_}").read_text("utf-8")
    ran = world.docgen("status", "--env", "prod", env={"PYTHONIOENCODING": "latin-1", "LC_ALL": "C"})
    assert ran.code == 0


def test_a_secret_that_is_missing_is_named(world: World) -> None:
    world.check("file: current/artisan")
    path = world.folder / "docgen.yml"
    path.write_text("secrets: {hub: {env: HUB_PASSWORD}}\n" + path.read_text())
    ran = world.docgen("status", "--env", "prod", env={"LC_ALL": "POSIX"})
    assert "HUB_PASSWORD" in ran.stderr
    assert ran.code == 0  # nothing needs it


def test_a_closed_pipe_is_no_error_of_ours(world: World) -> None:
    world.check(*(f"file: current/file{n}" for n in range(300)))
    for format_ in ("text", "json", "html"):
        process = subprocess.Popen(
            [DOCGEN, "status", "--env", "prod", "-v", "--format", format_],
            cwd=world.folder, env=world.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout and process.stderr
        process.stdout.close()
        said = process.stderr.read().decode()
        assert process.wait(60) == 141, said
        assert "Traceback" not in said and "BrokenPipe" not in said
        process.stderr.close()


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_interrupted_while_a_host_is_silent(client: Client, number: signal.Signals, code: int) -> None:
    with Silent() as server:
        client.spec((HEAD + TAIL).replace("{port}", str(server.port)))
        output = client.write("report.html", "the last good one")
        process = subprocess.Popen(
            [DOCGEN, "status", "-o", output],
            cwd=client.folder,
            env=client.environment(),
            stderr=subprocess.PIPE,
        )
        end = time.monotonic() + 300
        while not server.accepted:
            assert time.monotonic() < end and process.poll() is None
            time.sleep(0.02)
        started = time.monotonic()
        os.kill(process.pid, number)
        _, said = process.communicate(timeout=600)
        assert process.returncode == code, said
        assert time.monotonic() - started < 5
        assert b"Traceback" not in said
        assert said.endswith({129: b"Hung up.\n", 130: b"Interrupted.\n", 143: b"Terminated.\n"}[code])
        assert output.read_text() == "the last good one"
        assert sorted(p.name for p in client.folder.iterdir()) == ["docgen.yml", "home", "report.html"]


def test_a_report_that_cannot_be_written(world: World) -> None:
    world.check("file: current/artisan")
    ran = world.docgen("status", "--env", "prod", "-o", "missing/folder/report.html")
    assert ran.code == 4 and "missing/folder" in ran.stderr
    ran = world.docgen("status", "--env", "prod", "--save", "missing/snapshot.json")
    assert ran.code == 4 and "missing" in ran.stderr


def test_an_altered_snapshot_is_refused(world: World) -> None:
    world.check("file: current/artisan")
    assert world.status("--env", "prod", "--save", "snapshot.json").code == 0
    path = world.folder / "snapshot.json"
    path.write_text(path.read_text().replace('"observed"', '"absent"', 1))
    ran = world.docgen("status", "--from", "snapshot.json")
    assert ran.code == 4 and "snapshot.json" in ran.stderr
    path.write_text(json.dumps({"schema": "docgen/snapshot/v9"}))
    assert world.docgen("status", "--from", "snapshot.json").code in {2, 4}


def test_nothing_is_written_but_what_was_asked_for(world: World) -> None:
    world.check("file: current/artisan")

    def listing() -> set[Path]:
        return {path.relative_to(world.folder) for path in world.folder.rglob("*")}

    before = listing()
    assert world.docgen("status", "--env", "prod", "--save", "s.json", "-o", "page.html").code == 0
    assert {str(path) for path in listing() - before} == {"s.json", "page.html"}
