"""A night on which something goes wrong: yesterday's hub stays, and says that it is yesterday's."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from playwright.sync_api import Browser

from checks.clock import now
from docgen.cli import main_group
from docgen.hub import run
from docgen.hub.folder import Folder
from docgen.hub.run import Run

from ...checks.servers import closed_port
from ...world.client import DOCGEN, Client
from ...world.machine import cannot
from . import sample

PUBLISH = sample.PUBLISH


@pytest.fixture
def client(night: Path, tmp_path: Path) -> Client:
    """A world with a hub that was published last night."""
    shutil.copytree(night, tmp_path / "x", symlinks=True)
    (tmp_path / "x/home").rmdir()
    return Client(tmp_path / "x")


def last(client: Client) -> Run:
    found = Folder(client.folder / "hub").last()
    assert found
    return found


def nothing_is_left(client: Client) -> None:
    hub = client.folder / "hub"
    assert {one.name for one in hub.iterdir()} <= {"releases", "current", "cache", ".lock"}
    assert not [*hub.glob("releases/*.partial"), *hub.glob("cache/*.part")]


def here(client: Client, monkeypatch: pytest.MonkeyPatch, *more: str) -> Result:
    """The same in this process, so that something can be put in its way."""
    monkeypatch.chdir(client.folder)
    return CliRunner().invoke(main_group, [*PUBLISH, "--no-pdf", *more])


def test_a_source_that_fails_makes_its_pages_say_so(client: Client) -> None:
    port = closed_port()
    client.write("known", "")
    client.spec(
        f"""
        project: Shop
        environments:
          prod: {{host: {{ssh: "deploy@127.0.0.1:{port}", known-hosts: known}}, root: /srv}}
        sections:
          - name: Operation
            environment: prod
            components: [{{name: Configuration, checks: [file: .env]}}]
        """
    )
    ran = client.docgen("publish", "--to", "hub", "--no-pdf")
    assert (ran.code, "exit code 3" in ran.stdout) == (3, True), ran.everything
    for language, said in (("en", "refused the connection"), ("de", "Verbindung abgelehnt")):
        for page in ("status-prod", "index"):
            text = (client.folder / f"hub/current/{language}/{page}.html").read_text()
            assert (said in text) or page == "index", page
    assert "Could not be determined" in (client.folder / "hub/current/en/index.html").read_text()
    assert last(client).state == run.PUBLISHED


@pytest.mark.parametrize(
    "where", ["docgen.hub.build.build", "docgen.hub.verify.problems", "docgen.hub.folder._sync_all"]
)
def test_whatever_fails_yesterday_stays_and_says_so(
    client: Client, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    hub = Folder(client.folder / "hub")
    before, night = hub.current(), last(client)
    with monkeypatch.context() as patched:

        def fails(*_: object) -> list[str]:
            if where.endswith("sync_all"):  # when all files are there
                raise OSError(28, "No space left on device", "somewhere")
            if where.endswith("problems"):
                return ["de/index.html: the link 'x' leads nowhere"]
            raise RuntimeError("secret of ours")

        patched.setattr(where, fails)
        ran = here(client, monkeypatch)
    assert ran.exit_code == (1 if where.endswith("build") else 4), ran.output
    assert hub.current() == before and [one.name for one in hub.releases()] == [before.name if before else ""]
    now = last(client)
    reasons = {
        "build": "internal error",
        "problems": "faults in the pages",
        "_sync_all": "No space left on device",
    }
    assert (now.state, now.code, now.reason) == (run.FAILED, 4, reasons[where.rpartition(".")[2]])
    assert now.since == now.began > night.began
    assert "run-failed { display: block" in (client.folder / "hub/current/run.css").read_text()
    nothing_is_left(client)
    again = here(client, monkeypatch, "--var", "nonsense")
    assert again.exit_code == 2 and (last(client).since, last(client).code) == (now.since, 2)
    checked = CliRunner().invoke(
        main_group, ["hub", "check", str(client.folder / "hub"), "--max-age", "99999d"]
    )
    assert checked.exit_code == 1 and "failed, as all since" in checked.output, checked.output
    assert here(client, monkeypatch).exit_code == 1
    assert last(client).state == run.PUBLISHED and last(client).since is None


def test_a_disk_that_is_full(client: Client) -> None:
    if os.geteuid() != 0:
        cannot("only root makes a small disk")
    script = f"""
        set -e; size=$(($(du -sm kept | cut -f1) * 3 + 4))  # for two, and some more
        mount -t tmpfs -o size="$size"m none hub; cp -a kept/. hub; old=$(readlink hub/current)
        head -c "$size"m /dev/zero > hub/ballast 2>/dev/null || true
        truncate -s -600K hub/ballast
        {DOCGEN} {" ".join(PUBLISH)} --no-pdf && exit 9; code=$?
        test "$old" = "$(readlink hub/current)" || exit 8
        grep -q '"state": "failed"' hub/current/run.json || exit 7
        (cd hub/current && sed -n 's/^  "\\(.*\\)": {{"sha256.*/\\1/p' manifest.json | xargs sha256sum) > sums
        ls hub/releases | grep -c . ; ls -A hub
        rm hub/ballast; {DOCGEN} {" ".join(PUBLISH)} --no-pdf >/dev/null || test $? = 1 || exit 6
        exit $code
    """
    (client.folder / "hub").rename(client.folder / "kept")
    (client.folder / "hub").mkdir()
    ran = subprocess.run(
        ["unshare", "-m", "sh", "-c", script], cwd=client.folder, env=client.environment(),
        capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert ran.returncode == 4, (ran.returncode, ran.stdout, ran.stderr)
    assert re.search(r"docgen: hub\S*: No space left on device; nothing was published", ran.stderr), (
        ran.stderr
    )
    assert ran.stdout.splitlines()[0] == "1" and ".partial" not in ran.stdout


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_told_to_end_it_ends_at_once_and_leaves_nothing(
    client: Client, number: signal.Signals, code: int
) -> None:
    before = Folder(client.folder / "hub").current()
    process = subprocess.Popen([DOCGEN, *PUBLISH], cwd=client.folder, env=client.environment(),
                               stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # fmt: skip
    children = Path(f"/proc/{process.pid}/task")
    end = time.monotonic() + 300
    kids: list[int] = []
    while not kids and time.monotonic() < end:
        time.sleep(0.01)
        if (client.folder / "hub/.scratch").is_dir():
            kids = [int(pid) for c in children.glob("*/children") for pid in c.read_text().split()]
    assert last(client).state == run.RUNNING
    told = time.monotonic()
    process.send_signal(number)
    said = process.communicate(timeout=600)[1]
    assert (process.returncode, time.monotonic() - told < 15) == (code, True), said
    assert (
        kids and "nothing was published" in said and not [k for k in kids if Path(f"/proc/{k}/cwd").exists()]
    )
    assert Folder(client.folder / "hub").current() == before
    assert (last(client).state, last(client).code) == (run.FAILED, code)
    nothing_is_left(client)


def test_a_run_that_was_killed_has_said_that_it_began(client: Client) -> None:
    hub = Folder(client.folder / "hub")
    check = ("hub", "check", "hub", "--max-age", "9999d")
    at = now()
    with hub.locked():
        hub.mark(run.begun(at, hub.last()))
        assert client.docgen(*check).code == 0, "it goes on"
    checked = client.docgen(*check)
    assert checked.code == 1 and f"of {at[:16].replace('T', ' ')} UTC, was cut short" in checked.stdout
    assert run.begun("2099-11-02T02:00:00.000Z", hub.last()).since == at


def test_back_is_no_way_to_an_old_mark(client: Client) -> None:
    assert client.docgen(*PUBLISH, "--no-pdf").code == 1
    hub = Folder(client.folder / "hub")
    first = hub.releases()[0]
    assert b'"running"' in (first / run.JSON).read_bytes(), "it was live when the second run began"
    assert client.docgen("hub", "rollback", "--to", "hub").code == 0
    assert hub.current() == first and last(client).state == run.PUBLISHED


def test_readers_see_it_without_script(client: Client, browser: Browser) -> None:
    hub = Folder(client.folder / "hub")
    began = run.begun("2026-11-01T02:00:00.000Z", None)
    shown: dict[str, list[str]] = {}
    page = browser.new_page(java_script_enabled=False)
    for its in (
        began,
        began.failed("2026-11-01T02:01:00.000Z", 4, "x"),
        run.missed("2026-11-01T02:00:00.000Z"),
        began.published("2026-11-01T02:01:00Z", 0),
    ):
        with hub.locked():
            hub.mark(its)
        page.goto(f"file://{client.folder}/hub/current/de/status-prod.html")
        lines = page.locator(".run").all()
        shown[its.state] = [one.inner_text() for one in lines if one.is_visible()]
    page.close()
    assert {state: len(lines) for state, lines in shown.items()} == {
        "running": 1,
        "failed": 1,
        "missed": 1,
        "published": 0,
    }
    assert "Der letzte Lauf ist gescheitert" in shown["failed"][0]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b'{"schema": "docgen/run/v1"}',
        b'{"schema": "docgen/run/v1", "state": "failed", "began": "} body { x"}',
        b'{"schema": "docgen/run/v1", "state": "x", "began": "2026-11-01T02:00:00Z"}',
        b'{"schema": "docgen/run/v1", "state": "failed", "began": "2026-11-01T02:00:00Z", "code": "x"}',
        b'{"schema": "docgen/run/v1", "state": "failed", "began": "2026-11-01T02:00:00Z", "more": 1}',
    ],
)
def test_what_is_no_mark_says_nothing(raw: bytes) -> None:
    assert run.parse(raw) is None


def test_a_mark_is_read_as_it_was_written() -> None:
    failed = run.begun("2026-11-01T02:00:00.000Z", None).failed("2026-11-01T02:01:00Z", 4, "x")
    for its in (
        failed,
        run.begun("2026-11-02T02:00:00Z", failed),
        failed.published("2026-11-01T02:02:00Z", 1),
    ):
        assert run.parse(its.files[run.JSON]) == its
