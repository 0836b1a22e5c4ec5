"""The verb ``find``: what fits, at any depth, and where nobody could look."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from checks.model import Fact, Observation, probe
from checks.testing import collect_here


def found(path: Path, **args: Any) -> Fact:
    return collect_here({"it": probe("find", path=str(path), **args)})["it"]


def paths(path: Path, **args: Any) -> list[str]:
    return [entry["path"] for entry in found(path, **args).value["entries"]]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """a.sql, .b.sql, sub/c.sql, sub/deep/d.txt, sub/[x], sub/new\\nline, and a link to sub."""
    (tmp_path / "tree/sub/deep").mkdir(parents=True)
    for name in ("a.sql", ".b.sql", "sub/c.sql", "sub/deep/d.txt", "sub/[x]", "sub/new\nline"):
        (tmp_path / "tree" / name).touch()
        (tmp_path / "tree" / name).chmod(0o640)
    (tmp_path / "tree/link").symlink_to("sub")
    return tmp_path / "tree"


def test_names_at_any_depth(tree: Path) -> None:
    assert paths(tree, names=["*.sql"]) == [".b.sql", "a.sql", "sub/c.sql"]
    assert paths(tree, names=["*.txt", "new*"]) == ["sub/deep/d.txt", "sub/new\nline"]
    assert paths(tree, names=["[[]x]"]) == ["sub/[x]"]


def test_depth(tree: Path) -> None:
    assert paths(tree, names=["*.sql"], max=1) == [".b.sql", "a.sql"]
    assert paths(tree, names=["*.sql"], min=2) == ["sub/c.sql"]


def test_the_whole_path_as_a_pattern(tree: Path) -> None:
    pattern = f"{tree}/*/*.sql"
    assert paths(tree, pattern=pattern, min=2, max=2) == ["sub/c.sql"]
    assert paths(tree, pattern=pattern, min=2, max=2, follow=True) == ["link/c.sql", "sub/c.sql"]


def test_a_link_that_leads_nowhere_is_there(tree: Path) -> None:
    (tree / "gone.sql").symlink_to("nowhere")
    (tree / "loop.sql").symlink_to("loop.sql")
    assert paths(tree, pattern=f"{tree}/gone*", min=1, max=1, follow=True) == ["gone.sql"]
    loop = found(tree, pattern=f"{tree}/loop*", min=1, max=1, follow=True).value
    assert loop["count"] or loop["failed"]


def test_permission_bits(tree: Path) -> None:
    (tree / "sub/c.sql").chmod(0o644)
    (tree / "a.sql").chmod(0o4600)
    (tree / "sub").chmod(0o750)
    (tree / "sub/deep").chmod(0o2750)
    assert paths(tree, beyond=0o7027) == ["a.sql", "sub/c.sql", "sub/deep"]
    assert paths(tree, beyond=0o004) == ["sub/c.sql"]


def test_of_another_owner(tree: Path) -> None:
    mine, group = tree.owner(), tree.group()
    assert paths(tree, user=mine, group=group) == []
    assert len(paths(tree, user="nobody")) == 9
    assert len(paths(tree, group="nogroup", beyond=0)) == 9


def test_an_unknown_owner_is_said(tree: Path) -> None:
    fact = found(tree, user="nosuchuser")
    assert fact.value is None or fact.value["failed"]


def test_more_than_asked_for_are_counted(tree: Path) -> None:
    value = found(tree, keep=2).value
    assert (len(value["entries"]), value["count"]) == (2, 9)


@pytest.mark.parametrize("name", ["none", "an odd\nname"])
def test_where_there_is_nothing_to_start(tree: Path, name: str) -> None:
    assert found(tree / name).observation is Observation.ABSENT
    (tree / name).touch()
    assert found(tree / name).observation is Observation.ABSENT


@pytest.mark.parametrize("name", ["closed", "a closed one", "it's"])
def test_what_is_closed_is_named(unprivileged: Path, name: str) -> None:
    closed = unprivileged / "here" / name
    closed.mkdir(parents=True)
    (closed / "inside").touch()
    closed.chmod(0)
    value = found(closed.parent).value
    assert (value["count"], value["denied"]) == (1, [str(closed)])
    assert found(closed).value["denied"] == [str(closed)]
    assert found(closed / "deeper").observation is Observation.DENIED


@pytest.mark.usefixtures("busybox")
class TestBusybox:
    @pytest.mark.parametrize(
        "test",
        [
            test_names_at_any_depth,
            test_depth,
            test_the_whole_path_as_a_pattern,
            test_a_link_that_leads_nowhere_is_there,
            test_permission_bits,
            test_of_another_owner,
            test_an_unknown_owner_is_said,
            test_more_than_asked_for_are_counted,
        ],
    )
    def test_gives_the_same(self, tree: Path, test: Any) -> None:
        test(tree)

    def test_what_is_closed_is_named(self, unprivileged: Path) -> None:
        test_what_is_closed_is_named(unprivileged, "closed")
