"""Adopting: what is on a live server becomes a spec that is green right after, and holds no secret."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from checks.model import Fact, Observation
from checks.spec import yaml
from docgen.adopt import rights
from docgen.adopt.candidate import Candidate, Part, Place
from docgen.adopt.proposal import About, text

from ..world.client import Client, Ran
from ..world.world import PROD, RELEASE, STAGING, World

EXACT = "deploy ALL=(root) NOPASSWD: /usr/bin/systemctl reload nginx"
WIDE = "deploy ALL=(root) NOPASSWD: /usr/bin/chown"


def adopt(world: World, *more: str | Path) -> Ran:
    arguments = ("--identity", world.identity, "--known-hosts", world.known_hosts, *more)
    return world.docgen("init", "--adopt", world.target, *arguments)


def proposed(client: Client) -> str:
    return (client.folder / "docgen.yml").read_text("utf-8")


def test_the_proposal_is_green_right_after(world: World) -> None:
    world.sudoers(EXACT)
    ran = adopt(world, "--url", world.url["prod"])
    assert ran.code == 0, ran.everything
    status = world.status()
    assert status.code == 0, [c for c in status.checks if c["status"] != "ok"]
    kinds = {check["kind"] for check in status.checks}
    assert {"symlink", "file", "permissions", "service", "sudo", "sudo-nothing-wider", "http"} <= kinds
    written = proposed(world)
    for expected in ("into: ", "www-data", '"2775"', 'max-mode: "0640"', "systemctl, reload, nginx", STAGING):
        assert expected in written, written


def test_volatile_values_and_secrets_are_left_out(world: World) -> None:
    world.put("/var/www/api-gateway/current/manage.py", "password=canary-Zk31\n")
    adopt(world)
    written = proposed(world)
    assert RELEASE not in written
    assert "canary" not in written and "base64:" not in written
    assert not re.search(r"\b\d{8}_\d{6}\b", written)


def test_nothing_on_the_server_changes_and_two_logins_are_enough(world: World) -> None:
    before = world.files()
    assert adopt(world).code == 0
    assert world.files() == before
    assert len(re.findall(r"Accepted publickey", world.log())) <= 2


def test_wide_rights_are_not_adopted_silently(world: World) -> None:
    world.sudoers(EXACT, WIDE)
    adopt(world)
    written = proposed(world)
    assert re.search(r"^ +# not adopted: .*/usr/bin/chown", written, re.MULTILINE)
    assert not re.search(r"^ +- sudo: .*chown", written, re.MULTILINE)
    status = world.status()
    assert [c["kind"] for c in status.checks if c["status"] != "ok"] == ["sudo-nothing-wider"]


def test_a_right_that_wants_a_password_is_not_adopted(world: World) -> None:
    world.sudoers(EXACT, "deploy ALL=(root) PASSWD: /usr/bin/systemctl reload php8.2-fpm")
    adopt(world)
    assert not re.search(r"^ +- sudo: .*php8", proposed(world), re.MULTILINE)


def test_a_world_readable_env_is_a_remark(world: World) -> None:
    world.root(f"chmod 644 {PROD}/shared/.env")
    adopt(world, "--root", PROD)
    written = proposed(world)
    assert re.search(r"# permissions: .*\.env.*\n +#   left out: seen is 0644", written), written
    assert not re.search(r"- permissions: .*\.env", written)


def test_what_is_denied_is_named(world: World) -> None:
    world.denied(f"{PROD}/shared")
    adopt(world, "--root", PROD)
    written = proposed(world)
    assert re.search(r"# permissions: .*shared/storage.*\n +#   left out: .*denied", written), written
    assert world.status().code == 0


def test_a_host_that_does_not_answer(world: World) -> None:
    world.host_down()
    ran = adopt(world)
    assert ran.code == 3 and "refused" in ran.stderr
    assert not (world.folder / "docgen.yml").exists()


def test_a_host_key_that_is_not_pinned_is_refused(world: World) -> None:
    world.other_host_key()
    ran = adopt(world)
    assert ran.code == 3 and "HOST KEY CHANGED" in ran.stderr
    assert not (world.folder / "docgen.yml").exists()


NAMES = [
    "plain",
    "with space",
    "it's",
    'say "hi"',
    "a: b #c",
    "{root}",
    "- dash",
    "tab\there",
    "new\nline",
    "[x]",
    "ü€",
    "true",
    "@at",
    "`tick`",
    "$(id)",
    "%20",
    "a\\b",
    "\x1b[31m",
]


@pytest.mark.parametrize("names", [NAMES[::2], NAMES[1::2]], ids=["these", "those"])
def test_names_of_any_sort_survive(client: Client, names: list[str]) -> None:
    roots = [client.folder / "www" / name for name in names]
    for root in roots:
        (root / "releases/1/public").mkdir(parents=True)
        (root / "releases/1/public/index.php").write_text("<?php\n")
        (root / "current").symlink_to("releases/1")
        (root / "shared").mkdir()
        (root / "shared/.env").write_text("APP_KEY=x\n")
        (root / "shared/.env").chmod(0o640)
    ran = client.docgen("init", "--adopt", "local", *(word for root in roots for word in ("--root", root)))
    assert ran.code == 0, ran.everything
    status = client.status()
    assert status.code == 0, status.everything
    kinds = Counter(check["kind"] for check in status.checks)
    assert min(kinds[one] for one in ("symlink", "file", "permissions")) == len(names), kinds


def test_a_name_that_is_not_utf8_is_a_remark(client: Client) -> None:
    root = client.folder.joinpath("www").joinpath("x")
    raw = bytes(root.parent) + b"/bad\xff"
    import os

    os.makedirs(raw + b"/releases/1")
    os.symlink(b"releases/1", raw + b"/current")
    assert client.docgen("init", "--adopt", "local", "--root", root.parent).code == 0
    assert "not UTF-8" in proposed(client)
    assert client.status().code == 0


def test_a_root_without_an_application_is_a_remark(client: Client) -> None:
    ran = client.docgen("init", "--adopt", "local", "--root", client.folder / "nowhere")
    assert ran.code == 0, ran.everything
    assert "nowhere: absent" in proposed(client)
    assert client.status().report["coverage"]["declared"] > 0


def about(**more: str) -> About:
    given = {
        "project": "x",
        "lang": "en",
        "timezone": "UTC",
        "target": "local",
        "account": "a",
        "when": "2025-11-01",
    }
    return About(**{**given, **more})


def test_the_head_cannot_be_broken_out_of() -> None:
    place = Place("prod/local", "/srv/a\nb", "http://h/\n", None)
    made = text(about(project="a\n- b: {c}", account="x\nproject: evil"), place, [], {}, ["no\nte: {x}"])
    data = yaml.parse(made).data
    assert data["project"] == "a\n- b: {c}" and data["environments"]["prod"]["root"] == "/srv/a\nb"
    assert set(data) == {"project", "language", "timezone", "environments", "sections"}


def test_what_was_not_asked_becomes_no_line() -> None:
    part = Part("P", (Candidate("file", ("/x",), expected=True),))
    made = text(about(), Place("prod/local", None, None, None), [part], {}, [])
    assert "/x" not in made
    assert yaml.parse(made).data["sections"][0]["components"]


def sudo(listing: str, uid: int = 1000) -> Fact:
    value = {"uid": uid, "user": "deploy", "groups": ["deploy"], "sudo": "/usr/bin/sudo", "text": listing}
    return Fact(probe="p", at="prod/x", verb="sudo_list", observation=Observation.OBSERVED, value=value)


def test_rights_of_root_are_not_asked_for() -> None:
    part = rights.part(sudo("", uid=0))
    assert part and not part.candidates and part.remarks
