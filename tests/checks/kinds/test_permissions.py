"""``permissions``: whose it is, who may do what, and whether that holds for all below."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from checks.kinds.permissions import KIND
from checks.knowledge.modes import bits, symbolic
from checks.model import Judgement, Observation, Verdict
from checks.testing import judge, observed, validated

CONFORM, DEVIATES, UNDETERMINED = Verdict.CONFORM, Verdict.DEVIATES, Verdict.UNDETERMINED


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """storage (0750), storage/a (0640), storage/sub (0750), storage/link to nowhere; `.env` is a link to a."""
    (tmp_path / "storage/sub").mkdir(parents=True)
    (tmp_path / "storage/a").touch()
    (tmp_path / "storage/a").chmod(0o640)
    for name in ("storage", "storage/sub"):
        (tmp_path / name).chmod(0o750)
    (tmp_path / "storage/link").symlink_to("nowhere")
    (tmp_path / ".env").symlink_to("storage/a")
    return tmp_path


def rights(tree: Path, path: str, **more: Any) -> Judgement:
    return judge(
        "permissions", {"path": path, **{k.replace("_", "-"): v for k, v in more.items()}}, root=str(tree)
    )


@pytest.mark.parametrize("written", ["0640", 640, "640", "0o640"])
def test_a_mode_as_people_write_it(tree: Path, written: object) -> None:
    assert rights(tree, "storage/a", mode=written).verdict is CONFORM
    assert bits(2775) == bits("2775") == bits("02775") == 0o2775


@pytest.mark.parametrize("written", [0.64, True, 8, 64, 689, 77775, "u=rw", "rw-r--r--", "", -640, " 640"])
def test_what_is_no_mode(written: object) -> None:
    with pytest.raises(ValidationError, match="expected an octal mode"):
        validated("permissions", {"path": "/x", "mode": written, "owner": "me"})


def test_exact_mode(tree: Path) -> None:
    assert rights(tree, "storage/a", mode="0640").verdict is CONFORM
    assert rights(tree, "storage/a", mode="0644").verdict is DEVIATES
    (tree / "storage").chmod(0o2750)
    assert rights(tree, "storage", mode="0750").verdict is DEVIATES
    assert rights(tree, "storage", mode=2750).verdict is CONFORM


@pytest.mark.parametrize(
    ("limit", "verdict"),
    [("0640", CONFORM), ("0750", CONFORM), ("0600", DEVIATES), ("0604", DEVIATES), (777, CONFORM)],
)
def test_at_most(tree: Path, limit: object, verdict: Verdict) -> None:
    assert rights(tree, "storage/a", max_mode=limit).verdict is verdict


def test_at_most_knows_the_special_bits(tree: Path) -> None:
    (tree / "storage/a").chmod(0o4640)
    assert rights(tree, "storage/a", max_mode="0777").verdict is DEVIATES


def test_at_least(tree: Path) -> None:
    assert rights(tree, "storage/a", min_mode="0440").verdict is CONFORM
    assert rights(tree, "storage/a", min_mode="0660").verdict is DEVIATES


def test_owner_and_group_by_name_or_number(tree: Path) -> None:
    mine, group = tree.owner(), tree.group()
    right = rights(tree, "storage/a", owner=mine, group=group)
    assert right.verdict is CONFORM
    assert rights(tree, "storage/a", owner=str(os.getuid()), group=str(os.getgid())).verdict is CONFORM
    wrong = rights(tree, "storage/a", owner="nobody", group=group)
    assert [a.verdict for a in wrong.aspects] == [DEVIATES, CONFORM]


def test_each_property_has_its_soll_and_its_ist(tree: Path) -> None:
    (owner, mode) = rights(tree, "storage/a", owner="nobody", mode="0600").aspects
    assert owner.expected.params == {"value": "nobody"}
    assert mode.actual and mode.actual.params == {"value": "0640"}


def test_a_link_is_followed_unless_said_otherwise(tree: Path) -> None:
    assert rights(tree, ".env", mode="0640").verdict is CONFORM
    os.chown(tree / ".env", 65534, 65534, follow_symlinks=False) if os.geteuid() == 0 else None
    expected = "nobody" if os.geteuid() == 0 else tree.owner()
    assert rights(tree, ".env", owner=expected, follow=False).verdict is CONFORM
    assert rights(tree, ".env", owner=tree.owner()).verdict is CONFORM


def test_nothing_there(tree: Path) -> None:
    assert rights(tree, "none", mode="0640").verdict is DEVIATES
    assert rights(tree, "storage/link", mode="0640").verdict is DEVIATES


def test_all_below_is_right(tree: Path) -> None:
    mine = {"owner": tree.owner(), "group": tree.group(), "max-mode": "0750"}
    assert rights(tree, "storage", below=mine).verdict is CONFORM


def test_something_below_is_not(tree: Path) -> None:
    (tree / "storage/sub/odd\nname").touch()
    (tree / "storage/sub/odd\nname").chmod(0o666)
    found = rights(tree, "storage", below={"max-mode": "0750"})
    assert found.verdict is DEVIATES
    actual = found.aspects[-1].actual
    assert actual and actual.params["n"] == 1
    assert actual.params["paths"] == (f"sub/odd\nname ({tree.owner()}:{tree.group()} 0666)",)
    assert rights(tree, "storage", below={"owner": "nobody"}).aspects[-1].actual.params["n"] == 4  # type: ignore[union-attr]


def test_many_are_counted_and_some_named(tree: Path) -> None:
    for number in range(40):
        (tree / f"storage/{number}").touch()
    actual = rights(tree, "storage", below={"owner": "nobody"}).aspects[-1].actual
    assert actual and actual.params["n"] == 43
    assert len(actual.params["paths"]) == 5  # type: ignore[arg-type]


def test_below_a_file_is_nothing(tree: Path) -> None:
    assert rights(tree, "storage/a", below={"max-mode": "0750"}).verdict is DEVIATES


def test_a_closed_folder_below_proves_nothing(unprivileged: Path) -> None:
    (unprivileged / "here/closed").mkdir(parents=True)
    (unprivileged / "here/closed").chmod(0)
    found = rights(unprivileged, "here", below={"max-mode": "0755"})
    assert (found.verdict, found.observation) == (UNDETERMINED, Observation.DENIED)
    assert found.remedy and str(unprivileged / "here/closed") in str(found.remedy.params["command"])
    # Unless what is wrong was seen already.
    (unprivileged / "here/open").mkdir()
    (unprivileged / "here/open").chmod(0o777)
    assert rights(unprivileged, "here", below={"max-mode": "0755"}).verdict is DEVIATES


def test_denied(unprivileged: Path) -> None:
    (unprivileged / "closed").mkdir()
    (unprivileged / "closed/x").touch()
    (unprivileged / "closed").chmod(0)
    found = rights(unprivileged, "closed/x", max_mode="0777")
    assert (found.verdict, found.observation) == (UNDETERMINED, Observation.DENIED)


def test_a_search_that_was_cut_off_proves_nothing() -> None:
    cut = observed({"entries": [], "count": 0, "denied": [], "failed": "cut off"})
    assert judge("permissions", {"path": "/", "below": {"owner": "root"}}, below=cut).verdict is UNDETERMINED


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"mode": "0640", "max-mode": "0640"},
        {"min-mode": "0660", "max-mode": "0640"},
        {"follow": False, "mode": "0640"},
        {"below": {}},
        {"below": {"max-mode": "7777"}},
        {"owner": "-rf"},
        {"owner": "a b"},
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        validated("permissions", {"path": "/x", **wrong})


def test_chmod_in_words() -> None:
    assert symbolic(0o7027, "-") == "u-s,g-ws,o-rwx,-t"


def test_the_remedy_does_not_undo_itself(tmp_path: Path) -> None:
    folder = tmp_path / "a b"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub/x").touch()
    (folder / "sub").chmod(0o2777)
    (folder / "link").symlink_to("sub/x")
    soll = {"path": str(folder), "mode": "2775", "below": {"max-mode": "0755"}}
    assert judge("permissions", soll).verdict is Verdict.DEVIATES
    command = str(KIND.remedy(validated("permissions", soll)).params["command"])
    subprocess.run(["sh", "-c", command], check=True)
    assert judge("permissions", soll).verdict is Verdict.CONFORM


def test_what_is_missing_gets_no_rights(tmp_path: Path) -> None:
    found = judge("permissions", {"path": str(tmp_path / "none"), "mode": "0640"})
    assert found.remedy and found.remedy.params == {"path": f"{tmp_path}/none"}
