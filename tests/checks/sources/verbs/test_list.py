"""The verb ``list``: every entry under its exact name, and no directory shorter than it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from checks.model import Observation, probe
from checks.sources.interface import Answer
from checks.sources.verbs.list import commands, read
from checks.testing import collect_here

ODD = ["-rf", "a b", "it's", 'say "hi"', "new\nline", "tab\t", "$(id)", "back\\slash", "ü", "x -> y", "*"]


def listed(path: Path | str, most: int = 100) -> dict[str, object]:
    value: dict[str, object] = collect_here({"it": probe("list", path=str(path), max=most)})["it"].value
    return value


def test_every_odd_name_survives(tmp_path: Path) -> None:
    for name in ODD:
        (tmp_path / name).touch()
    os.close(os.open(os.fsencode(tmp_path) + b"/\xff\xfe", os.O_CREAT))
    value = listed(tmp_path)
    assert [e["name"] for e in value["entries"]] == sorted([*ODD, "\\xff\\xfe"])  # type: ignore[attr-defined]
    assert not value["truncated"]


def test_an_entry_says_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("12345")
    (tmp_path / "file").chmod(0o640)
    (tmp_path / "directory").mkdir(mode=0o2755)
    (tmp_path / "link").symlink_to("../elsewhere\n'here")
    entries = {e["name"]: e for e in listed(tmp_path)["entries"]}  # type: ignore[attr-defined]
    assert entries["file"] == {
        "name": "file",
        "type": "file",
        "mode": 0o640,
        "user": (tmp_path / "file").owner(),
        "group": (tmp_path / "file").group(),
        "size": 5,
        "mtime": int((tmp_path / "file").stat().st_mtime),
        "target": None,
    }
    assert entries["directory"]["type"] == "directory"
    assert (entries["link"]["type"], entries["link"]["target"]) == ("link", "../elsewhere\n'here")


def test_more_than_max_is_counted_and_said(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"{number:02}").touch()
    value = listed(tmp_path, 7)
    assert (len(value["entries"]), value["count"], value["truncated"]) == (7, 30, True)  # type: ignore[arg-type]


def test_many_directories_share_a_process_and_keep_their_entries_apart(tmp_path: Path) -> None:
    (tmp_path / "a/a").mkdir(parents=True)
    (tmp_path / "empty").mkdir()
    (tmp_path / "a/one").touch()
    (tmp_path / "a/a/two").touch()
    (tmp_path / "odd one").mkdir()
    (tmp_path / "odd one/three").touch()
    wanted = {
        n: probe("list", path=str(tmp_path / n), max=5) for n in ("a", "a/a", "empty", "none", "odd one")
    }
    assert len(commands(list(wanted.values()))) == 2
    facts = collect_here(wanted)
    seen = {name: [e["name"] for e in fact.value["entries"]] for name, fact in facts.items() if fact.value}
    assert seen == {"a": ["a", "one"], "a/a": ["two"], "empty": [], "odd one": ["three"]}
    assert facts["none"].observation is Observation.ABSENT


@pytest.mark.parametrize("name", ["plain", "odd one"])
def test_a_file_is_no_empty_directory(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    fact = collect_here({"it": probe("list", path=str(tmp_path / name), max=5)})["it"]
    assert (fact.observation, fact.value) == (Observation.ABSENT, None)


def test_a_link_to_a_directory_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/inside").touch()
    (tmp_path / "link").symlink_to("real")
    assert listed(tmp_path / "link")["count"] == 1


def given(stdout: bytes, stderr: bytes) -> tuple[Observation, object]:
    wanted = [probe("list", path="/srv/app", max=5), probe("list", path="/srv/other", max=5)]
    (command,) = commands(wanted)
    answer = Answer(stdout=stdout, stderr=stderr, exit_code=0, mark="mark")
    fact = next(iter(read(wanted, {command.argv: answer})))
    return fact.observation, fact.value


def test_denied_is_not_empty() -> None:
    assert given(b"mark ? 1\n", b"find: '/srv/app/': Permission denied")[0] is Observation.DENIED
    assert given(b"mark ? 1\n", b"find: /srv/app/: Permission denied")[0] is Observation.DENIED  # busybox
    # It may be read but not searched: the names are known, what they are is not.
    error = b"stat: cannot statx '/srv/app/.env': Permission denied"
    assert given(b"mark ? 1\n", error)[0] is Observation.DENIED


@pytest.mark.parametrize("mode", [0o000, 0o311, 0o644])
def test_denied_is_not_empty_as_seen_by_who_is_denied(unprivileged: Path, mode: int) -> None:
    folder = unprivileged / "closed"
    folder.mkdir()
    (folder / "secret").touch()
    folder.chmod(mode)
    fact = collect_here({"it": probe("list", path=str(folder), max=5)})["it"]
    assert fact.observation is Observation.DENIED


def test_what_is_denied_elsewhere_denies_nothing_here() -> None:
    error = b"find: '/srv/other/': Permission denied"
    assert given(b"mark ? 1\n", error) == (
        Observation.OBSERVED,
        {"entries": [], "count": 0, "truncated": False},
    )


def test_an_entry_that_went_away_is_no_error() -> None:
    error = b"stat: cannot statx '/srv/app/session': No such file or directory"
    assert given(b"mark ? 1\n", error)[0] is Observation.OBSERVED


def test_a_listing_that_was_cut_off_proves_nothing() -> None:
    assert given(b"", b"")[0] is Observation.ERROR
    assert given(b"mark ? 137\n", b"")[0] is Observation.ERROR


@pytest.mark.usefixtures("busybox")
class TestBusybox:
    def test_gives_the_same(self, tmp_path: Path) -> None:
        test_every_odd_name_survives(make(tmp_path / "odd"))
        test_an_entry_says_what_it_is(make(tmp_path / "what"))
        test_more_than_max_is_counted_and_said(make(tmp_path / "more"))
        test_many_directories_share_a_process_and_keep_their_entries_apart(make(tmp_path / "many"))
        test_a_file_is_no_empty_directory(make(tmp_path / "no"), "plain")
        test_a_link_to_a_directory_is_followed(make(tmp_path / "link"))

    def test_denied_is_not_empty(self, unprivileged: Path) -> None:
        test_denied_is_not_empty_as_seen_by_who_is_denied(unprivileged, 0o644)


def make(path: Path) -> Path:
    path.mkdir()
    return path
