"""``file``, asked on this machine."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from checks.model import Observation, Verdict
from checks.testing import absent, denied, judge, observed, validated


def test_present_missing_and_of_another_type(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    assert judge("file", str(tmp_path / "a")).verdict is Verdict.CONFORM
    assert judge("file", str(tmp_path / "b")).verdict is Verdict.DEVIATES
    assert judge("file", str(tmp_path)).verdict is Verdict.DEVIATES
    assert judge("file", str(tmp_path / "a/b")).verdict is Verdict.DEVIATES


def test_a_link_counts_as_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    (tmp_path / "good").symlink_to("a")
    (tmp_path / "bad").symlink_to("nowhere")
    assert judge("file", str(tmp_path / "good")).verdict is Verdict.CONFORM
    assert judge("file", str(tmp_path / "bad")).verdict is Verdict.DEVIATES


def test_denied_is_undetermined() -> None:
    assert judge("file", "/x", path=denied()).verdict is Verdict.UNDETERMINED


@pytest.mark.parametrize(
    ("limit", "conform"),
    [({"min-size": 3}, True), ({"min-size": 4}, False), ({"max-size": 3}, True), ({"max-size": 2}, False)],
)
def test_size(tmp_path: Path, limit: dict[str, int], conform: bool) -> None:
    (tmp_path / "a").write_text("abc")
    assert (judge("file", {"path": str(tmp_path / "a"), **limit}).verdict is Verdict.CONFORM) is conform


def aged(path: Path, seconds: float, text: str = "x") -> None:
    path.write_text(text)
    os.utime(path, (time.time() - seconds,) * 2)


def test_age(tmp_path: Path) -> None:
    aged(tmp_path / "a", 7200)
    assert judge("file", {"path": str(tmp_path / "a"), "max-age": "3h"}).verdict is Verdict.CONFORM
    assert judge("file", {"path": str(tmp_path / "a"), "max-age": "1h"}).verdict is Verdict.DEVIATES


def test_a_file_of_the_future_has_no_age(tmp_path: Path) -> None:
    aged(tmp_path / "a", -86400)
    judged = judge("file", {"path": str(tmp_path / "a"), "max-age": "1h"})
    assert judged.verdict is Verdict.UNDETERMINED


def test_the_newest_of_several(tmp_path: Path) -> None:
    aged(tmp_path / "app-1.tar.gz", 90_000, "large enough")
    aged(tmp_path / "app-2.tar.gz", 3600, "small")
    aged(tmp_path / "db-3.sql.gz", 10)
    (tmp_path / "app-9.tar.gz").mkdir()
    pattern = str(tmp_path / "app-*.tar.gz")
    assert judge("file", {"newest": pattern, "max-age": "2h"}).verdict is Verdict.CONFORM
    assert judge("file", {"newest": pattern, "max-age": "30m"}).verdict is Verdict.DEVIATES
    # Its size counts, not that of an older one.
    assert judge("file", {"newest": pattern, "min-size": 6}).verdict is Verdict.DEVIATES
    assert judge("file", {"newest": str(tmp_path / "nginx-*")}).verdict is Verdict.DEVIATES
    assert judge("file", {"newest": str(tmp_path / "nowhere/app-*")}).verdict is Verdict.DEVIATES


def test_folders_with_odd_names_are_taken_literally(tmp_path: Path) -> None:
    folder = tmp_path / "it's a folder"
    folder.mkdir()
    aged(folder / "-x.gz", 10)
    assert judge("file", {"newest": f"{folder}/*.gz"}).verdict is Verdict.CONFORM


def entry(name: str, mtime: float, **more: Any) -> dict[str, Any]:
    return {"name": name, "path": name, "type": "file", "size": 1, "mtime": mtime, **more}


def found(*entries: dict[str, Any], **more: Any) -> Any:
    value = {"entries": list(entries), "count": len(entries), "denied": [], "failed": None, **more}
    return observed(value, observed_at="2025-11-01T23:15:00Z")


@pytest.mark.parametrize(
    "more", [{"denied": ["/b"]}, {"failed": "cut off"}, {"count": 9000}], ids=["denied", "cut", "many"]
)
def test_a_listing_with_gaps_does_not_tell_which_is_newest(more: dict[str, Any]) -> None:
    judged = judge("file", {"newest": "/b/*"}, found=found(entry("a", 0), **more))
    assert judged.verdict is Verdict.UNDETERMINED


def test_a_folder_that_is_not_there_or_not_seen() -> None:
    assert judge("file", {"newest": "/b/*"}, found=absent()).observation is Observation.ABSENT
    assert judge("file", {"newest": "/b/*"}, found=denied()).verdict is Verdict.UNDETERMINED


@pytest.mark.parametrize(
    "wrong", [{}, {"path": "/a", "newest": "/a*"}, {"newest": "/a"}, {"newest": "/*/a"}, {"newest": "/*/a*"}]
)
def test_nonsense_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="expected"):
        validated("file", wrong)


def test_a_file_of_the_wrong_size_is_in_place_already(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("more")
    found = judge("file", {"path": str(tmp_path / "x"), "max-size": 1})
    assert found.verdict is Verdict.DEVIATES
    assert found.remedy and "size" in found.remedy.id
    old = judge("file", {"newest": str(tmp_path / "*.gz")})
    assert old.verdict is Verdict.DEVIATES and old.remedy is None
