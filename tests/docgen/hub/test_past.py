"""What the hub remembers, whatever happened to it."""

from __future__ import annotations

import shutil
from pathlib import Path

from docgen.hub import nights
from docgen.hub.attempt import attempt
from docgen.hub.folder import Folder
from docgen.hub.run import begun

from ...world.client import Client

SPEC = """\
project: P
environments: {{prod: {{host: local}}}}
sections: [{{name: S, environment: prod, components: [{{name: C, checks: [{checks}]}}]}}]
"""


def test_a_night_by_a_clock_that_was_ahead_does_not_push_out_the_others(tmp_path: Path) -> None:
    names = [
        "2026-06-01T010000Z.json",
        "2026-11-26T010000Z.json",
        "2026-11-27T010000Z.json",
        "2031-01-01T010000Z.json",
    ]
    for name in names:
        (tmp_path / name).touch()
    assert [one.name for one in nights.kept(tmp_path, "2026-11-28T01:00:00Z")] == names[1:]
    assert [one.name for one in nights.kept(tmp_path, "2020-01-01T01:00:00Z")] == names
    assert nights.parse(b"[" * 100_000) is None


def test_a_check_that_is_no_longer_declared_keeps_its_place_on_the_page_of_its_component(
    tmp_path: Path,
) -> None:
    client, shown = Client(tmp_path), tmp_path / "hub/current/en/checks/s.c.html"
    client.spec(SPEC.format(checks="file: /etc/passwd, file: /none"))
    assert client.docgen("publish", "--no-pdf").code == 1
    (dropped,) = [one for one in ("s/c/file-none@prod", "s/c/file-none@local") if one in shown.read_text()]
    client.spec(SPEC.format(checks="file: /etc/passwd"))
    ran = client.docgen("publish", "--no-pdf")
    assert (ran.code, ran.stderr) == (0, "")
    assert f'id="{dropped}"' in shown.read_text() and "last seen" in shown.read_text()


def test_where_the_release_that_was_live_is_gone_the_next_run_goes_on_from_what_is_left(
    tmp_path: Path,
) -> None:
    hub = Folder(tmp_path / "hub")
    with hub.locked():
        first, second = hub.publish("1", {"a": b"1"}), hub.publish("2", {"a": b"2"})
        shutil.rmtree(second)
        assert hub.current() is None and hub.newest() == first
        hub.mark(begun("2026-11-27T01:00:00Z", None))
        third = hub.publish("3", {"a": b"3"})
    assert hub.current() == third and (hub.path / "current/a").read_bytes() == b"3"


def test_what_a_killed_run_had_started_does_not_stop_the_next_one(tmp_path: Path) -> None:
    hub = Folder(tmp_path / "hub")

    def begins(_: object) -> None:
        (hub.scratch / "late").mkdir(parents=True)  # after what was left has been removed

    with attempt(hub, None, begins, lambda its: its, lambda _: None):
        pass
    assert not hub.scratch.exists()
