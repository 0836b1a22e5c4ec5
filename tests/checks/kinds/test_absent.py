"""``absent``: green only with proof."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from checks.model import Judgement, Observation, Verdict
from checks.testing import denied, judge, observed, validated

CONFORM, DEVIATES, UNDETERMINED = Verdict.CONFORM, Verdict.DEVIATES, Verdict.UNDETERMINED


@pytest.fixture
def public(tmp_path: Path) -> Path:
    """index.php, dump.sql, .hidden.sql, [odd], sub/deep/x.bak, a link that leads nowhere, a link to sub."""
    (tmp_path / "sub/deep").mkdir(parents=True)
    for name in ("index.php", "dump.sql", ".hidden.sql", "[odd]", "sub/deep/x.bak"):
        (tmp_path / name).touch()
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "linked").symlink_to("sub")
    return tmp_path


def absent(root: Path, declared: Any) -> Judgement:
    return judge("absent", declared, root=str(root))


@pytest.mark.parametrize(
    "path", ["none", "none/at/all", "index.php/below", "*.zip", "none/*.sql", "*/*.sql", "s*/x.bak"]
)
def test_not_there(public: Path, path: str) -> None:
    assert absent(public, path).verdict is CONFORM


@pytest.mark.parametrize(
    "path",
    [
        "index.php",
        "index.php/",
        "dangling",
        "dangling/",
        "sub",
        "*.sql",
        ".*.sql",
        "dang*",
        "[[]odd]",
        "s*/deep",
        "sub/*/x.bak",
        "link*/deep/*.bak",
        "*/deep/*.bak",
        "index.ph[opq]",
    ],
)
def test_there(public: Path, path: str) -> None:
    assert absent(public, path).verdict is DEVIATES


def test_what_was_found_is_named(public: Path) -> None:
    actual = absent(public, "*.sql").aspects[0].actual
    assert actual and actual.params == {"n": 2, "paths": (f"{public}/.hidden.sql", f"{public}/dump.sql")}


@pytest.mark.parametrize("declared", ["*.sql", {"below": ".", "name": "*.sql"}])
def test_what_is_to_be_removed_is_what_was_found(public: Path, declared: Any) -> None:
    remedy = absent(public, declared).remedy
    assert remedy and remedy.params == {"paths": (f"{public}/.hidden.sql", f"{public}/dump.sql")}


def test_a_folder_to_search_that_is_not_there_is_a_warning(public: Path) -> None:
    found = absent(public, {"below": "pubilc", "name": "*.sql"})
    assert found.verdict is CONFORM and found.aspects[0].near
    assert found.remedy and found.remedy.params == {"folder": f"{public}/pubilc"}
    assert not absent(public, "pubilc/*.sql").aspects[0].near


def test_proof_says_where_was_looked(public: Path) -> None:
    actual = absent(public, "sub/*.zip").aspects[0].actual
    assert actual and actual.params == {"folder": f"{public}/sub"}


def test_anywhere_below(public: Path) -> None:
    assert absent(public, {"below": ".", "name": "*.bak"}).verdict is DEVIATES
    assert absent(public, {"below": ".", "name": ["*.zip", "*.bak"]}).verdict is DEVIATES
    assert absent(public, {"below": ".", "name": "*.zip"}).verdict is CONFORM
    assert absent(public, {"below": ".", "name": "*.bak", "max-depth": 2}).verdict is CONFORM
    (public / "sub/deep/out").symlink_to("/etc")
    assert absent(public, {"below": "sub", "name": "passwd"}).verdict is CONFORM
    assert (
        absent(public, {"below": "sub", "name": "passwd", "follow": True, "max-depth": 4}).verdict is DEVIATES
    )
    assert absent(public, {"below": "none", "name": "*"}).verdict is CONFORM
    assert absent(public, {"below": "dangling", "name": "*"}).verdict is CONFORM


@pytest.mark.parametrize("mode", [0o000, 0o311, 0o644])
@pytest.mark.parametrize("declared", ["closed/*.sql", "c*/*.sql", {"below": ".", "name": "*.sql"}])
def test_what_may_not_be_seen_is_not_absent(unprivileged: Path, mode: int, declared: Any) -> None:
    (unprivileged / "closed").mkdir()
    (unprivileged / "closed/other").touch()
    (unprivileged / "closed").chmod(mode)
    hidden = absent(unprivileged, declared)
    if mode == 0o644:
        # The names are seen, and none is a dump.
        assert hidden.verdict in (CONFORM, UNDETERMINED)
        (unprivileged / "closed").chmod(0o755)
        (unprivileged / "closed/dump.sql").touch()
        (unprivileged / "closed").chmod(mode)
        assert absent(unprivileged, declared).verdict in (DEVIATES, UNDETERMINED)
        return
    assert (hidden.verdict, hidden.observation) == (UNDETERMINED, Observation.DENIED)
    assert hidden.remedy
    assert str(hidden.remedy.params["command"]).endswith(f"{unprivileged}/closed")


@pytest.mark.parametrize("path", ["closed/file", "closed/none", "closed/sub/*.sql"])
def test_behind_a_closed_folder(unprivileged: Path, path: str) -> None:
    (unprivileged / "closed/sub").mkdir(parents=True)
    (unprivileged / "closed/file").touch()
    (unprivileged / "closed").chmod(0o644)
    hidden = absent(unprivileged, path)
    assert (hidden.verdict, hidden.observation) == (UNDETERMINED, Observation.DENIED)
    (unprivileged / "closed").chmod(0o755)


def test_what_is_closed_elsewhere_does_not_matter(unprivileged: Path) -> None:
    (unprivileged / "other").mkdir()
    (unprivileged / "app1").mkdir()
    (unprivileged / "other").chmod(0)
    assert absent(unprivileged, "app*/*.sql").verdict is CONFORM
    assert absent(unprivileged, "*/*.sql").verdict is UNDETERMINED


def test_what_is_there_counts_although_something_is_closed(unprivileged: Path) -> None:
    (unprivileged / "closed").mkdir()
    (unprivileged / "dump.sql").touch()
    (unprivileged / "closed").chmod(0)
    assert absent(unprivileged, {"below": ".", "name": "*.sql"}).verdict is DEVIATES


def test_denied_and_cut_off_by_given_facts() -> None:
    assert judge("absent", "/etc/shadow", path=denied()).verdict is UNDETERMINED
    cut = observed({"entries": [], "count": 0, "denied": [], "failed": "cut off"})
    assert judge("absent", "/etc/*.sql", found=cut).verdict is UNDETERMINED


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"path": "a", "below": "b", "name": "c"},
        {"below": "b"},
        {"name": "c"},
        {"path": "a", "name": "c"},
        {"path": "a/**/b"},
        {"path": "a", "max-depth": 2},
        {"below": "b", "name": "c/d"},
        {"below": "b", "name": []},
        {"below": "b", "name": "c", "max-depth": 0},
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        validated("absent", wrong)


@pytest.mark.parametrize(
    "declared", [{"path": "a\\b"}, {"path": "a\\*"}, {"path": "?\\b"}, {"below": ".", "name": "a\\b"}]
)
def test_a_backslash_is_a_letter(tmp_path: Path, declared: dict[str, str]) -> None:
    assert judge("absent", declared, root=str(tmp_path)).verdict is Verdict.CONFORM
    (tmp_path / "a\\b").touch()
    assert judge("absent", declared, root=str(tmp_path)).verdict is Verdict.DEVIATES


def test_links_in_a_circle_hide_nothing_of_another_name(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert judge("absent", "*.sql", root=str(tmp_path)).verdict is Verdict.CONFORM
    (tmp_path / "c.sql").symlink_to("c.sql")
    assert judge("absent", "*.sql", root=str(tmp_path)).verdict is not Verdict.CONFORM
