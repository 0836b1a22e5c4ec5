"""``docgen hub expire``: a night on which no run comes at all."""

from __future__ import annotations

import fcntl
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from docgen.cli import main_group
from docgen.hub import run
from docgen.hub.folder import Folder

MANIFEST = "manifest.json"


def hub(folder: Path, until: str) -> Folder:
    """A hub that is valid `until`."""
    made = Folder(folder / "hub")
    body = {"schema": "docgen/hub/v1", "collected_at": "2026-11-01T02:00:00.000Z", "valid_until": until}
    its = run.begun("2026-11-01T02:00:00Z", None).published("2026-11-01T02:01:00Z", 0)
    with made.locked():
        made.publish("20261101T020000Z", {MANIFEST: json.dumps(body).encode(), **its.files})
    return made


def expire(folder: Folder) -> tuple[int, str]:
    ran = CliRunner().invoke(main_group, ["hub", "expire", "--to", str(folder.path)])
    return ran.exit_code, ran.output


def test_pages_that_are_valid_stay_as_they_are_and_no_run_is_in_the_way(tmp_path: Path) -> None:
    its = hub(tmp_path, "9999-01-01T00:00:00.000Z")
    before = its.last()
    with (its.path / ".lock").open("a") as lock:  # a run is under way
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert expire(its) == (0, "nothing to say\n")
    assert its.last() == before


def test_pages_that_ran_out_say_so_once(tmp_path: Path) -> None:
    its = hub(tmp_path, "2026-11-02T02:00:00.000Z")
    with (its.path / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert expire(its)[0] == 75
        assert its.last() != run.missed("2026-11-02T02:00:00.000Z")
    assert expire(its)[0] == 1
    assert its.last() == run.missed("2026-11-02T02:00:00.000Z")
    style = its.path / "current" / run.CSS
    assert (
        ".run-missed { display: block; }" in style.read_text() and "2026-11-02 02:00 UTC" in style.read_text()
    )
    written = style.stat().st_ino
    assert expire(its)[0] == 1 and style.stat().st_ino == written
    checked = CliRunner().invoke(main_group, ["hub", "check", str(its.path), "--max-age", "9999d"])
    assert (checked.exit_code, "no run has come" in checked.output) == (1, True)
    again = run.begun("2026-11-04T02:00:00Z", its.last())
    assert again.since == "2026-11-02T02:00:00.000Z"


@pytest.mark.parametrize("state", [run.FAILED, run.RUNNING])
def test_what_the_last_run_says_of_itself_stays(tmp_path: Path, state: str) -> None:
    its = hub(tmp_path, "2026-11-02T02:00:00.000Z")
    last = run.begun("2026-11-02T01:00:00Z", its.last())
    with its.locked():
        its.mark(last if state == run.RUNNING else last.failed("2026-11-02T01:01:00Z", 4, "x"))
    assert expire(its)[0] == 0
    found = its.last()
    assert found and found.state == state


def test_where_there_is_no_hub(tmp_path: Path) -> None:
    assert expire(Folder(tmp_path / "none"))[0] == 2
    assert not (tmp_path / "none").exists()
