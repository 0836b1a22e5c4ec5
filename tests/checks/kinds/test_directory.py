"""``directory``: there, of the right sort, and empty or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.model import Observation, Verdict
from checks.testing import absent, denied, judge, observed


def test_a_directory_conforms_and_a_missing_one_does_not(tmp_path: Path) -> None:
    assert judge("directory", str(tmp_path)).verdict is Verdict.CONFORM
    missing = judge("directory", str(tmp_path / "gone"))
    assert (missing.verdict, missing.observation) == (Verdict.DEVIATES, Observation.ABSENT)


def test_a_file_is_no_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    judged = judge("directory", str(tmp_path / "file"))
    assert judged.verdict is Verdict.DEVIATES
    assert judged.aspects[0].actual and judged.aspects[0].actual.id == "file"


def test_a_link_to_a_directory_counts_and_a_dangling_one_does_not(tmp_path: Path) -> None:
    (tmp_path / "good").symlink_to(tmp_path)
    (tmp_path / "bad").symlink_to(tmp_path / "gone")
    assert judge("directory", str(tmp_path / "good")).verdict is Verdict.CONFORM
    assert judge("directory", str(tmp_path / "bad")).verdict is Verdict.DEVIATES


@pytest.mark.parametrize(("empty", "files", "verdict"), [
    (True, 0, Verdict.CONFORM),
    (True, 1, Verdict.DEVIATES),
    (False, 0, Verdict.DEVIATES),
    (False, 1, Verdict.CONFORM),
])  # fmt: skip
def test_empty_or_not(tmp_path: Path, empty: bool, files: int, verdict: Verdict) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for number in range(files):
        (folder / f".hidden{number}").write_text("")
    assert judge("directory", {"path": str(folder), "empty": empty}).verdict is verdict


def test_the_grant_is_for_the_folder_that_is_closed() -> None:
    for kind in ("directory", "file"):
        hidden = judge(kind, "/srv/closed/x", path=denied())
        assert hidden.remedy and hidden.remedy.params["command"] == "setfacl -m u:ACCOUNT:x -- /srv/closed"


def test_missing_needs_no_reason_but_a_file_on_the_way_does(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for kind in ("directory", "file"):
        assert judge(kind, str(tmp_path / "gone")).reason is None
        below = judge(kind, str(tmp_path / "file/x"))
        assert below.verdict is Verdict.DEVIATES
        assert below.reason and below.reason.id == "A part of the path is not a directory."


def test_an_empty_one_is_not_to_be_created(tmp_path: Path) -> None:
    judged = judge("directory", {"path": str(tmp_path), "empty": False})
    assert judged.remedy and judged.remedy.id == "Find out why nothing is written to {path:code}."
    assert [a.expected.id for a in judged.aspects] == ["present", "not empty"]


def test_denied_is_not_absent() -> None:
    judged = judge("directory", "/srv/closed", path=denied())
    assert (judged.verdict, judged.observation) == (Verdict.UNDETERMINED, Observation.DENIED)


def test_what_may_not_be_listed_is_not_called_empty() -> None:
    there = observed({"type": "directory", "resolved": None, "target": None})
    judged = judge("directory", {"path": "/srv/closed", "empty": True}, path=there, entries=denied())
    assert judged.verdict is Verdict.UNDETERMINED
    assert judged.remedy and judged.remedy.params["command"] == "setfacl -m u:ACCOUNT:rx -- /srv/closed"
    assert judge("directory", "/srv/gone", path=absent()).verdict is Verdict.DEVIATES
