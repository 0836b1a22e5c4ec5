"""The verb ``df``: space and inodes of the file system that a path is on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from checks.model import Observation, probe
from checks.sources.interface import Answer
from checks.sources.verbs.df import command, parsed, read
from checks.testing import collect_here


@pytest.mark.parametrize("name", ["x", "an odd\nname"])
def test_what_the_kernel_says(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    value = collect_here({"it": probe("df", path=str(tmp_path / name))})["it"].value
    real = os.statvfs(tmp_path)
    assert value["size"] == pytest.approx(real.f_blocks * real.f_frsize, rel=0.01)
    assert value["free"] == pytest.approx(real.f_bavail * real.f_frsize, rel=0.05)
    assert value["inodes"] == (real.f_files or None)
    assert Path(value["mounted_on"]).is_mount()


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    assert (
        collect_here({"it": probe("df", path=str(tmp_path / "none"))})["it"].observation is Observation.ABSENT
    )


def test_denied(unprivileged: Path) -> None:
    (unprivileged / "closed/x").mkdir(parents=True)
    (unprivileged / "closed").chmod(0)
    fact = collect_here({"it": probe("df", path=str(unprivileged / "closed/x"))})["it"]
    assert fact.observation is Observation.DENIED


def test_a_mount_that_hangs_takes_only_its_path_along() -> None:
    hanging, fine = probe("df", path="/mnt/nfs"), probe("df", path="/")
    good = Answer(stdout=SPACE + b"mark\n" + INODES, stderr=b"", exit_code=0, mark="mark")
    bad = Answer(stdout=b"", stderr=b"", exit_code=124, timed_out=True, mark="mark")
    facts = read([hanging, fine], {command(hanging).argv: bad, command(fine).argv: good})
    assert [fact.observation for fact in facts] == [Observation.TIMEOUT, Observation.OBSERVED]


SPACE = b"""Filesystem     1024-blocks     Used Available Capacity Mounted on
//nas/my share   1000  600 300 67% /mnt/a b
"""
INODES = b"""Filesystem       Inodes  IUsed    IFree IUse% Mounted on
//nas/my share 10 4 6 40% /mnt/a b
"""


def test_names_with_spaces() -> None:
    assert parsed(SPACE, INODES) == {
        "filesystem": "//nas/my share",
        "mounted_on": "/mnt/a b",
        "size": 1_024_000,
        "used": 614_400,
        "free": 307_200,
        "inodes": 10,
        "inodes_used": 4,
        "inodes_free": 6,
    }


@pytest.mark.parametrize("cells", [b"0 0 0 -", b"- - - -"])
def test_a_file_system_without_inodes(cells: bytes) -> None:
    value = parsed(SPACE, b"Filesystem Inodes IUsed IFree IUse% Mounted on\n/dev/sda " + cells + b" /\n")
    assert value and value["inodes"] is None and value["inodes_free"] is None


def test_nonsense_is_malformed() -> None:
    one = probe("df", path="/")
    answer = Answer(stdout=b"what?\nmark\nno", stderr=b"", exit_code=0, mark="mark")
    assert [f.observation for f in read([one], {command(one).argv: answer})] == [Observation.MALFORMED]


@pytest.mark.usefixtures("busybox")
class TestBusybox:
    def test_gives_the_same(self, tmp_path: Path) -> None:
        test_what_the_kernel_says(tmp_path, "x")
        test_a_path_that_is_not_there(tmp_path)

    def test_denied(self, unprivileged: Path) -> None:
        test_denied(unprivileged)
