"""A saved snapshot gives the same bytes, whenever and wherever it is rendered, with the network cut."""

from __future__ import annotations

import pytest

from ..world.machine import needs_root
from ..world.strange import Silent
from ..world.world import World

FORMATS = ("text", "html", "md", "json", "junit", "sarif", "nagios", "csv", "openmetrics", "github")
ZONES = ("Asia/Tokyo", "America/Los_Angeles")


@pytest.fixture
def saved(world: World) -> World:
    """A world whose folder holds a snapshot with a bit of everything in it."""
    world.denied("/var/www/api-gateway/shared")
    world.check(
        "file: current/artisan", "file: current/missing", "file: shared/.env", "symlink: current", "service: nginx",
        "permissions: {path: current/artisan, mode: '0755', owner: deploy}",
    )  # fmt: skip
    ran = world.status("--env", "prod", "--save", "snapshot.json")
    assert ran.code == 1
    return world


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("format_", FORMATS)
def test_two_time_zones_and_no_network(saved: World, format_: str, language: str) -> None:
    needs_root()
    rendered = [
        saved.docgen(
            "status", "--from", "snapshot.json", "--format", format_, "--lang", language, "-v",
            prefix=("unshare", "--net"), env={"TZ": zone, "LANG": locale, "COLUMNS": columns},
        )
        for zone, locale, columns in zip(ZONES, ("C", "de_DE.UTF-8"), ("60", "200"), strict=True)
    ]  # fmt: skip
    assert {ran.code for ran in rendered} == {2 if format_ == "nagios" else 1}
    assert rendered[0].raw == rendered[1].raw
    assert len(rendered[0].raw) > 200


@pytest.mark.parametrize("format_", FORMATS)
def test_the_live_run_says_what_its_snapshot_says(saved: World, format_: str) -> None:
    live = saved.docgen("status", "--env", "prod", "--save", "second.json", "--format", format_)
    again = saved.docgen("status", "--from", "second.json", "--format", format_)
    assert live.raw == again.raw and live.code == again.code


@pytest.mark.parametrize("format_", FORMATS)
def test_a_file_holds_what_standard_output_shows(saved: World, format_: str) -> None:
    shown = saved.docgen("status", "--from", "snapshot.json", "--format", format_)
    assert saved.docgen("status", "--from", "snapshot.json", "-f", format_, "-o", "out").code == shown.code
    assert (saved.folder / "out").read_bytes() == shown.raw


def test_from_a_snapshot_nothing_is_contacted(saved: World) -> None:
    with Silent() as server:
        path = saved.folder / "docgen.yml"
        path.write_text(path.read_text().replace(f":{saved.ports.ssh}", f":{server.port}"))
        assert saved.status("--from", "snapshot.json").code in {1, 3}
        assert server.accepted == 0


def test_what_was_not_collected_is_unknown_not_green(saved: World) -> None:
    path = saved.folder / "docgen.yml"
    path.write_text(path.read_text() + "          - file: current/composer.json\n")
    ran = saved.status("--from", "snapshot.json")
    new = ran.checks[-1]
    assert (new["status"], new["observation"]) == ("unknown", "not_attempted")
    assert ran.report["coverage"]["declared"] == len(ran.checks)
