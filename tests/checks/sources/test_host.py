"""The lanes of a host: what takes long by its nature does not die of the deadline of the rest."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from checks.model import Observation, Probe
from checks.sources.host import observe
from checks.spec.spec import Host

WEB = "prod/web"


def host(*, strict: bool) -> Host:
    return Host(
        id=WEB, name="web", environment="prod", ssh="local", identity=None, known_hosts=None, jump=None,
        passphrase=None, connect_timeout=5.0, deadline=1.5, origin="", strict=strict,
    )  # fmt: skip


@pytest.fixture
def large(tmp_path: Path) -> list[Probe]:
    """A backup that takes seconds to read (and no room: it is one hole), and a file beside it."""
    with (tmp_path / "app-1.sql").open("wb") as file:
        file.truncate(2 * 1024**3)
    (tmp_path / "file").touch()
    args = {"path": str(tmp_path), "name": "app-*.sql", "contains": [], "restore": []}
    return [
        Probe(at=WEB, verb="archive", args=args, deadline=600),
        Probe(at=WEB, verb="stat", args={"path": str(tmp_path / "file")}),
        Probe(at=WEB, verb="http", args={"url": "http://127.0.0.1:9/"}, deadline=5),
    ]


def test_what_takes_long_may_go_on_beyond_the_default(large: list[Probe]) -> None:
    started = time.monotonic()
    _, facts = observe(host(strict=False), large, {})
    assert time.monotonic() - started > 1.5, "too quick to tell anything"
    assert {f.verb: f.observation for f in facts} == dict.fromkeys(
        ("archive", "stat", "http"), Observation.OBSERVED
    )


def test_a_deadline_that_the_spec_sets_holds_for_everything(large: list[Probe]) -> None:
    started = time.monotonic()
    _, facts = observe(host(strict=True), large, {})
    assert time.monotonic() - started < 9
    seen = {f.verb: f.observation for f in facts}
    assert (seen["archive"], seen["stat"]) == (Observation.TIMEOUT, Observation.OBSERVED)
