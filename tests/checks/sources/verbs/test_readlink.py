"""The verb ``readlink``: the real path, whatever it is called."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from checks.model import Observation, probe
from checks.sources.verbs.readlink import commands
from checks.testing import collect_here

ODD = ["-rf", "a b", "it's", "new\nline", "ends\n", "Ärger", "x -> y", "$(id)"]


@pytest.mark.parametrize("make", ["mkdir", "touch"])
def test_every_odd_name_survives(tmp_path: Path, make: str) -> None:
    tmp_path = tmp_path.resolve()
    wanted = {}
    for number, name in enumerate(ODD):
        getattr(tmp_path / name, make)()
        (tmp_path / str(number)).symlink_to(name)
        wanted[name] = probe("readlink", path=str(tmp_path / str(number)))
    assert len(commands(list(wanted.values()))) == 1
    facts = collect_here(wanted)
    assert {name: fact.value for name, fact in facts.items()} == {name: f"{tmp_path}/{name}" for name in ODD}


def test_bytes_that_are_no_text_are_shown(tmp_path: Path) -> None:
    os.mkdir(os.fsencode(tmp_path) + b"/\xff")
    (tmp_path / "link").symlink_to(os.fsdecode(b"\xff"))
    fact = collect_here({"it": probe("readlink", path=str(tmp_path / "link"))})["it"]
    assert fact.value == f"{tmp_path.resolve()}/\\xff"


def test_links_on_the_way_are_resolved(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/file").touch()
    (tmp_path / "folder").symlink_to("real")
    (tmp_path / "again").symlink_to("folder/file")
    fact = collect_here({"it": probe("readlink", path=str(tmp_path / "again"))})["it"]
    assert fact.value == f"{tmp_path.resolve()}/real/file"


def test_a_circle_and_a_hole_have_no_path(tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to("circle")
    facts = collect_here(
        {
            "circle": probe("readlink", path=str(tmp_path / "circle")),
            "hole": probe("readlink", path=str(tmp_path / "no/where")),
            "here": probe("readlink", path=str(tmp_path)),
        }
    )
    assert [f.observation for f in facts.values()] == [
        Observation.ABSENT,
        Observation.ABSENT,
        Observation.OBSERVED,
    ]


@pytest.mark.usefixtures("busybox")
class TestBusybox:
    def test_every_odd_name_survives(self, tmp_path: Path) -> None:
        test_every_odd_name_survives(tmp_path, "touch")

    def test_links_on_the_way_are_resolved(self, tmp_path: Path) -> None:
        test_links_on_the_way_are_resolved(tmp_path)


def test_what_is_behind_a_closed_folder_is_denied(unprivileged: Path) -> None:
    (unprivileged / "closed").mkdir()
    (unprivileged / "closed/it").mkdir()
    (unprivileged / "closed").chmod(0)
    fact = collect_here({"it": probe("readlink", path=str(unprivileged / "closed/it"))})["it"]
    assert fact.observation is Observation.DENIED
