"""The verb ``sha256``: hashed where the file is."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from checks.model import Fact, Observation, probe
from checks.sources.interface import Answer
from checks.sources.verbs.sha256 import commands, read
from checks.testing import collect_here

ODD = ["-r", "a b", "it's", "new\nline", "back\\slash", "Ärger", "empty"]


def hashed(path: Path) -> Fact:
    return collect_here({"it": probe("sha256", path=str(path))})["it"]


def test_files_of_any_name(tmp_path: Path) -> None:
    wanted = {}
    for name in ODD:
        (tmp_path / name).write_text("" if name == "empty" else name)
        wanted[name] = probe("sha256", path=str(tmp_path / name))
    facts = collect_here(wanted)
    for name in ODD:
        content = (tmp_path / name).read_bytes()
        assert facts[name].value == {"type": "file", "sha256": hashlib.sha256(content).hexdigest()}


def test_it_runs_in_the_slow_lane(tmp_path: Path) -> None:
    assert all(c.slow for c in commands([probe("sha256", path=str(tmp_path))]))


def test_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert hashed(tmp_path / "pipe").value == {"type": "fifo"}
    assert hashed(tmp_path).value == {"type": "directory"}
    assert hashed(tmp_path / "none").observation is Observation.ABSENT


def test_denied(unprivileged: Path) -> None:
    (unprivileged / "x").touch()
    (unprivileged / "x").chmod(0)
    assert hashed(unprivileged / "x").observation is Observation.DENIED


def test_what_was_hashed_before_the_time_was_up_counts() -> None:
    wanted = [probe("sha256", path=f"/{n}") for n in "ab"]
    (command,) = commands(wanted)
    out = b"mark\n" + b"0" * 64 + b" */a\n"
    answer = Answer(stdout=out, stderr=b"", exit_code=124, timed_out=True, mark="mark")
    facts = [fact.observation for fact in read(wanted, {command.argv: answer})]
    assert facts == [Observation.OBSERVED, Observation.TIMEOUT]


@pytest.mark.usefixtures("busybox")
class TestBusybox:
    def test_gives_the_same(self, tmp_path: Path) -> None:
        test_files_of_any_name(tmp_path)
        test_no_file(tmp_path)

    def test_denied(self, unprivileged: Path) -> None:
        test_denied(unprivileged)
