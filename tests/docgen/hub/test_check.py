"""``docgen hub check``: a hub that nobody renews is noticed."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from docgen.commands.hub_check import VARIABLE, command
from docgen.hub import run

from ...checks.servers import web


def manifest(hours: float, **more: Any) -> bytes:
    at = (datetime.now(UTC) - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return json.dumps({"schema": "docgen/hub/v1", "collected_at": at, **more}).encode()


LAST = run.Run(run.PUBLISHED, "2026-01-01T00:00:00.000Z", "2026-01-01T00:01:00.000Z", 0).files[run.JSON]


def checked(place: Path | str, *more: str, password: str | None = None) -> Result:
    env = {VARIABLE: password}
    return CliRunner().invoke(command, [str(place), *more], env=env)


@pytest.mark.parametrize(
    ("hours", "more", "code", "said"),
    [
        (1, (), 0, "in time"),
        (25.9, (), 0, "at most 26h"),
        (27, (), 1, "too old"),
        (27, ("--max-age", "2d"), 0, "in time"),
        (240, (), 1, "10.0 d ago"),
        (-1, (), 3, "lies ahead"),
    ],
)
def test_how_old_it_is(tmp_path: Path, hours: float, more: tuple[str, ...], code: int, said: str) -> None:
    (tmp_path / "current").mkdir()
    (tmp_path / "current/manifest.json").write_bytes(manifest(hours))
    (tmp_path / "current/run.json").write_bytes(LAST)
    ran = checked(tmp_path, *more)
    assert (ran.exit_code, said in ran.output) == (code, True), ran.output


@pytest.mark.parametrize("raw", [None, b"", b"{}", b"[]", b'{"schema": "docgen/hub/v1"}'])
def test_what_is_no_hub_is_not_in_time(tmp_path: Path, raw: bytes | None) -> None:
    if raw is not None:
        (tmp_path / "manifest.json").write_bytes(raw)
    assert checked(tmp_path).exit_code == 3


def test_a_manifest_of_something_else_is_not_in_time(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_bytes(manifest(1, schema="x"))
    assert checked(tmp_path).exit_code == 3


@pytest.mark.parametrize(
    "raw",
    [None, b"", b"{}", b'{"x"', b"<html>login</html>", b'{"schema": "docgen/run/v1", "state": "weird"}'],
)
def test_how_the_last_run_ended_is_not_known(tmp_path: Path, raw: bytes | None) -> None:
    (tmp_path / "manifest.json").write_bytes(manifest(1))
    if raw is not None:
        (tmp_path / "run.json").write_bytes(raw)
    ran = checked(tmp_path)
    assert (ran.exit_code, "how the last run ended is not known" in ran.output) == (3, True), ran.output
    (tmp_path / "manifest.json").write_bytes(manifest(27))
    ran = checked(tmp_path)
    assert (ran.exit_code, "too old" in ran.output) == (1, True), ran.output


def test_over_http_with_a_login() -> None:
    wanted = f"Basic {b64encode(b'cron:s3cret').decode()}"

    def answer(request: Any) -> tuple[int, dict[str, str], bytes]:
        return (200, {}, manifest(1)) if request.headers["Authorization"] == wanted else (401, {}, b"")

    with web({"/manifest.json": answer, "/run.json": (200, {}, LAST)}) as server:
        assert checked(server.url, "--account", "cron", password="s3cret").exit_code == 0
        refused = checked(server.url, "--account", "cron", password="wrong")
        assert (refused.exit_code, "401" in refused.output) == (3, True)
        assert checked(server.url).exit_code == 3
        unset = checked(server.url, "--account", "cron")
        assert (unset.exit_code, VARIABLE in unset.output) == (2, True)
    gone = checked(server.url)
    assert gone.exit_code == 3 and "no answer" in gone.output
    assert checked("https://cron:s3cret@example.com/").exit_code == 2
