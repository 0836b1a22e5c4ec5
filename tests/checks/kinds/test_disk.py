"""``disk``: room for bytes and for files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from checks.evaluate import status_of
from checks.model import Judgement, Observation, Severity, Status, Verdict
from checks.testing import absent, denied, failed, judge, observed, validated

G = 1024**3
SEEN = {
    "filesystem": "/dev/vda",
    "mounted_on": "/var",
    "size": 100 * G,
    "used": 84 * G,
    "free": 11 * G,
    "inodes": 1000,
    "inodes_used": 950,
    "inodes_free": 50,
}


def disk(seen: dict[str, Any] = SEEN, **soll: Any) -> Judgement:
    declared = {"path": "/var", **{key.replace("_", "-"): value for key, value in soll.items()}}
    return judge("disk", declared, df=observed(seen))


@pytest.mark.parametrize(
    ("soll", "status"),
    [
        ({"min_free": "10G"}, Status.OK),
        ({"min_free": "11G"}, Status.OK),
        ({"min_free": "12G"}, Status.FAIL),
        ({"min_free": "11%"}, Status.OK),
        ({"min_free": "12%"}, Status.FAIL),
        # 84 of 95: what only root may use counts for nobody.
        ({"max_used": "89%"}, Status.OK),
        ({"max_used": 88}, Status.FAIL),
        ({"max_used_inodes": "95%"}, Status.OK),
        ({"max_used_inodes": "94%"}, Status.FAIL),
        ({"min_free_inodes": 50}, Status.OK),
        ({"min_free_inodes": 51}, Status.FAIL),
        ({"min_free_inodes": "6%"}, Status.FAIL),
        ({"min_free": "5G", "warn": {"min-free": "20G"}}, Status.WARN),
        ({"min_free": "5G", "warn": {"min-free": "8G"}}, Status.OK),
        ({"min_free": "20G", "warn": {"min-free": "30G"}}, Status.FAIL),
        ({"warn": {"max-used": "80%"}}, Status.WARN),
        ({"max_used": "95%", "warn": {"max-used-inodes": "90%"}}, Status.WARN),
        ({"mounted": True}, Status.OK),
        ({"mounted": False}, Status.FAIL),
    ],
)
def test_limits(soll: dict[str, Any], status: Status) -> None:
    assert status_of(disk(**soll), Severity.HIGH) is status


def test_a_file_system_without_inodes_never_runs_out_of_them() -> None:
    free = {**SEEN, "inodes": None, "inodes_used": None, "inodes_free": None}
    assert disk(free, max_used_inodes="90%").verdict is Verdict.CONFORM


def test_a_full_disk_has_nothing_free() -> None:
    full = {**SEEN, "used": 100 * G, "free": 0}
    assert disk(full, min_free=1).verdict is Verdict.DEVIATES
    assert disk({**SEEN, "used": 0, "free": 0}, min_free="1%").verdict is Verdict.DEVIATES


def test_a_folder_on_another_file_system_is_not_mounted() -> None:
    found = disk({**SEEN, "mounted_on": "/"}, mounted=True, min_free="1G")
    assert [a.verdict for a in found.aspects] == [Verdict.DEVIATES, Verdict.CONFORM]


def test_for_real(tmp_path: Path) -> None:
    assert (
        judge("disk", {"path": str(tmp_path), "min-free": "1k", "max-used": "100%"}).verdict
        is Verdict.CONFORM
    )
    assert judge("disk", {"path": str(tmp_path), "min-free": "9000T"}).verdict is Verdict.DEVIATES
    assert judge("disk", {"path": str(tmp_path / "none"), "min-free": "1k"}).verdict is Verdict.DEVIATES


def test_what_could_not_be_seen() -> None:
    wanted = {"path": "/mnt", "min-free": "1G"}
    assert judge("disk", wanted, df=denied()).verdict is Verdict.UNDETERMINED
    assert judge("disk", wanted, df=failed(Observation.TIMEOUT)).observation is Observation.TIMEOUT
    assert judge("disk", wanted, df=absent()).verdict is Verdict.DEVIATES


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"warn": {}},
        {"max-used": "101%"},
        {"max-used": "5G"},
        {"min-free": "a lot"},
        {"min-free": -1},
        {"min-free": True},
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="expected"):
        validated("disk", {"path": "/", **wrong})


def test_the_limit_that_was_crossed_is_named() -> None:
    near = judge(
        "disk",
        {"path": "/", "min-free": "1M", "warn": {"min-free": "900T"}},
        df=observed(SEEN),
    ).aspects[0]
    assert near.near and near.expected.id == "{limit}, better {early}"


def test_what_is_not_mounted_is_to_be_mounted_and_not_emptied(tmp_path: Path) -> None:
    found = judge("disk", {"path": str(tmp_path), "mounted": True})
    assert found.verdict is Verdict.DEVIATES
    assert found.remedy and found.remedy.params["command"] == f"findmnt -T {tmp_path}"
    gone = judge("disk", {"path": "/nosuch", "min-free": "1"})
    assert gone.remedy and gone.remedy.params == {"path": "/nosuch"}
