from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from checks.model import Fact, Observation, probe
from checks.sources.interface import Answer
from checks.sources.verbs.releases import SCRIPT, VERB
from checks.testing import collect_here

REQUIRES = ["artisan", "public/index.php", "vendor"]


@pytest.fixture
def app(tmp_path: Path) -> Path:
    for name in ("1", "2", "odd 'name\"\n-x"):
        release = tmp_path / "releases" / name
        (release / "public").mkdir(parents=True)
        (release / "vendor").mkdir()
        (release / "artisan").touch()
        (release / "public/index.php").touch()
    (tmp_path / "shared/storage").mkdir(parents=True)
    (tmp_path / "shared/.env").touch()
    (tmp_path / "releases/2/REVISION").write_text("abc123\nmore\n")
    (tmp_path / "releases/2/storage").symlink_to("../../shared/storage")
    (tmp_path / "releases/2/.env").touch()
    (tmp_path / "current").symlink_to("releases/2")
    return tmp_path


def asked(app: Path, **more: Any) -> Fact:
    args = {
        "base": str(app),
        "current": "current",
        "releases": "releases",
        "shared": "shared",
        "requires": REQUIRES,
        "links": ["storage", ".env", "gone"],
        "revision": "REVISION",
        "max": 200,
    }
    return collect_here({"folder": probe("releases", **{**args, **more})})["folder"]


def test_the_live_release(app: Path) -> None:
    value = asked(app).value
    assert value["current"] == {"state": "there", "real": str(app.resolve() / "releases/2"), "name": "2"}
    assert value["live"]["has"] == dict.fromkeys(REQUIRES, "there")
    assert value["live"]["revision"] == "abc123"
    assert value["links"] == {"storage": "there", ".env": "copy", "gone": "missing"}
    assert value["live"]["links"] == value["links"]
    assert value["closed"] is None


def test_every_release_is_seen_whatever_its_name(app: Path) -> None:
    (app / "releases/1/artisan").unlink()
    (app / "releases/1/BAD_RELEASE").touch()
    (app / "releases/1/vendor").rmdir()
    (app / "releases/1/vendor").symlink_to("nowhere")
    (app / "releases/1/storage").symlink_to("../2/vendor")
    (app / "releases/1/.env").symlink_to("../../shared/gone")
    value = asked(app).value
    found = {release["name"]: release for release in value["releases"]}
    assert list(found) == ["1", "2", "odd 'name\"\n-x"]
    assert found["1"]["has"] == {"artisan": "missing", "public/index.php": "there", "vendor": "dangling"}
    assert found["1"]["links"] == {"storage": "elsewhere", ".env": "dangling", "gone": "missing"}
    assert (found["1"]["bad"], found["2"]["bad"]) == ("there", "missing")
    assert found["odd 'name\"\n-x"]["has"] == dict.fromkeys(REQUIRES, "there")


def test_what_is_left_over(app: Path) -> None:
    (app / "release").symlink_to("releases/3")
    (app / "PREFLIGHT_1").mkdir()
    (app / "bundle.partial").touch()
    (app / "releases/x.lock").touch()
    (app / "releases/latest").symlink_to("2")
    value = asked(app).value
    assert value["around"] == ["release", "bundle.partial", "PREFLIGHT_1"]
    sorts = {release["name"]: release["sort"] for release in value["releases"]}
    assert (sorts["x.lock"], sorts["latest"], sorts["1"]) == ("other", "link", "directory")


def test_the_link(app: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    def pointing(target: Path | str | None) -> dict[str, Any]:
        (app / "current").unlink(missing_ok=True)
        if target:
            (app / "current").symlink_to(target)
        current: dict[str, Any] = asked(app).value["current"]
        return current

    assert pointing(None)["state"] == "missing"
    assert pointing("releases/gone")["state"] == "dangling"
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    assert pointing(elsewhere) == {"state": "there", "real": str(elsewhere), "name": None}
    assert pointing("releases/2/vendor")["name"] is None
    (app / "current").unlink()
    (app / "current").mkdir()
    assert asked(app).value["current"]["state"] == "copy"


def test_no_folder(tmp_path: Path) -> None:
    assert asked(tmp_path / "gone").value["base"] == "missing"
    assert asked(tmp_path).value["listing"] == "missing"


def test_of_very_many_the_last_are_looked_at(app: Path) -> None:
    value = asked(app, max=2).value
    assert value["count"] == 3
    assert [release["name"] for release in value["releases"]] == ["2", "odd 'name\"\n-x"]


def test_a_pipe_does_not_hold_it_up(app: Path) -> None:
    (app / "releases/2/REVISION").unlink()
    os.mkfifo(app / "releases/2/REVISION")
    assert asked(app).value["live"]["revision"] == ""


def test_no_process_per_file() -> None:
    assert not any(tool in SCRIPT for tool in ("stat ", "ls ", "find ", "test ", "cat "))


def test_half_an_answer_is_malformed() -> None:
    one = probe(
        "releases",
        base="/x",
        current="c",
        releases="r",
        shared="s",
        requires=[],
        links=[],
        revision="R",
        max=1,
    )
    answer = Answer(b"\nmark-1 base\n1\nmark-1 list", b"", 0, mark="mark-1")
    fact = next(VERB.read([one], {VERB.commands([one])[0].argv: answer}))
    assert fact.observation is Observation.MALFORMED
