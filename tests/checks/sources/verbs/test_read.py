"""The verb ``read``: what a file holds, without keeping it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from checks.model import Fact, Observation, probe
from checks.redact import MASK
from checks.sources.interface import Answer
from checks.sources.verbs.read import MOST, commands
from checks.sources.verbs.read import read as facts_of
from checks.testing import collect_here


def read(path: Path | str, **args: Any) -> Fact:
    return collect_here({"it": probe("read", path=str(path), **args)})["it"]


def test_texts_and_patterns_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("one\ntwo = 2\r\nthree\n")
    value = read(
        tmp_path / "x", contains=["two", "four", "one\ntwo"], matches=[r"= \d+$", "^three$", "^$", "5"]
    ).value
    assert value["contains"] == [{"line": 2, "text": "two"}, None, {"line": 1, "text": "one\ntwo"}]
    assert value["matches"] == [{"line": 2, "text": "= 2"}, {"line": 3, "text": "three"}, None, None]
    assert (value["type"], value["size"], value["capped"]) == ("file", 19, False)


def test_many_files_in_one_process_keep_apart(tmp_path: Path) -> None:
    wanted = {}
    for number in range(60):
        (tmp_path / f"f{number}").write_bytes(b"" if number % 7 == 0 else b"%d\0\xff" % number)
        wanted[f"f{number}"] = probe("read", path=str(tmp_path / f"f{number}"), contains=[str(number)])
    wanted["none"] = probe("read", path=str(tmp_path / "none"), contains=["x"])
    wanted["folder"] = probe("read", path=str(tmp_path), contains=["x"])
    assert len(commands(list(wanted.values()))) == 1
    facts = collect_here(wanted)
    for number in range(60):
        hit = None if number % 7 == 0 else {"line": 1, "text": str(number)}
        assert facts[f"f{number}"].value["contains"] == [hit]
    assert facts["none"].observation is Observation.ABSENT
    assert facts["folder"].value == {"type": "directory"}


@pytest.mark.parametrize("name", ["-n", "a b", "it's", "new\nline", "Ärger", "$(id)", "*"])
def test_odd_names(tmp_path: Path, name: str) -> None:
    assert read(tmp_path / name, contains=["x"]).observation is Observation.ABSENT
    (tmp_path / name).write_text("x")
    assert read(tmp_path / name, contains=["x"]).value["contains"] == [{"line": 1, "text": "x"}]


def test_what_never_ends_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert read(tmp_path / "pipe", contains=["x"]).value == {"type": "fifo"}
    assert read("/dev/zero", contains=["x"]).value == {"type": "char"}


def test_a_cap_is_said(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("a" * 100 + "needle")
    value = read(tmp_path / "x", contains=["needle"], max=50).value
    assert (value["capped"], value["size"], value["contains"]) == (True, 50, [None])
    assert read(tmp_path / "x", contains=["a"], max=1).value["capped"] is True
    assert read(tmp_path / "x", contains=["needle"], max=106).value["capped"] is False


@pytest.mark.parametrize(
    "content",
    [
        b"gr\xc3\xbcn",
        b"gr\xfcn",
        "grün".encode("utf-16"),
        b"\xef\xbb\xbfgr\xc3\xbcn",
        b"\0\xff gr\xc3\xbcn",
    ],
)
def test_letters_are_found_in_any_encoding(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    value = read(tmp_path / "x", contains=["grün"], matches=["grün$"]).value
    assert value["contains"][0] and value["matches"][0]


def test_a_very_long_line_is_searched_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("x" * 300_000 + "needle" + "y" * 300_000)
    assert read(tmp_path / "x", matches=["n[e]+dle"]).value["matches"] == [{"line": 1, "text": "needle"}]


def test_nothing_but_matches_is_kept_and_no_secret(tmp_path: Path) -> None:
    secret = "correct-horse-battery"
    (tmp_path / ".env").write_text(f"APP_ENV=production\nDB_PASSWORD={secret}\n")
    patterns = ["APP_ENV=(.*)", "DB_PASSWORD=.*", "(?<=DB_PASSWORD=).+", "corr.*"]
    fact = read(tmp_path / ".env", matches=patterns)
    assert [hit["text"] for hit in fact.value["matches"]] == ["APP_ENV=production", MASK, MASK, MASK]
    assert secret not in fact.model_dump_json()
    assert fact.sha256 == hashlib.sha256((tmp_path / ".env").read_bytes()).hexdigest()


def test_the_lines_of_a_key_are_secret(tmp_path: Path) -> None:
    body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC"
    (tmp_path / "key").write_text(f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
    assert body not in read(tmp_path / "key", matches=["^MII.*"]).model_dump_json()


@pytest.mark.parametrize("name", ["x", "odd one"])
def test_denied(unprivileged: Path, name: str) -> None:
    for folder in ("closed", "open"):
        (unprivileged / folder).mkdir()
        (unprivileged / folder / name).write_text("secret")
        (unprivileged / folder / name).chmod(0)
    (unprivileged / "open/empty").touch()
    (unprivileged / "closed").chmod(0)
    paths = f"closed/{name}", f"open/{name}", "open/empty"
    wanted = {path: probe("read", path=str(unprivileged / path)) for path in paths}
    facts = [fact.observation for fact in collect_here(wanted).values()]
    assert facts == [Observation.DENIED, Observation.DENIED, Observation.OBSERVED]


def test_an_answer_that_was_cut_off_is_no_empty_file() -> None:
    wanted = [probe("read", path=f"/{n}", contains=["x"]) for n in "abc"]
    (command,) = commands(wanted)
    answer = Answer(
        stdout=b"mark /\nfirstD=mark\0sec", stderr=b"mark /\n", exit_code=0, mark="mark", truncated=True
    )
    facts = [fact.observation for fact in facts_of(wanted, {command.argv: answer})]
    assert facts == [Observation.OBSERVED, Observation.ERROR, Observation.ERROR]


@pytest.mark.usefixtures("busybox")
class TestBusybox:
    def test_gives_the_same(self, tmp_path: Path) -> None:
        test_texts_and_patterns_with_their_lines(tmp_path)
        test_many_files_in_one_process_keep_apart(tmp_path)
        test_odd_names(tmp_path, "new\nline")
        test_what_never_ends_is_not_read(tmp_path)

    def test_denied(self, unprivileged: Path) -> None:
        test_denied(unprivileged, "x")


def test_many_large_files_leave_room_for_the_small_ones(tmp_path: Path) -> None:
    for number in range(15):
        (tmp_path / f"log{number}").write_bytes(b"x" * (MOST + 10))
    for number in range(60):
        (tmp_path / f"small{number}").write_text(f"needle {number}")
    names = sorted(path.name for path in tmp_path.iterdir())
    made = collect_here({n: probe("read", path=str(tmp_path / n), contains=["needle"]) for n in names})
    assert {fact.observation for fact in made.values()} == {Observation.OBSERVED}
    assert all(made[n].value["capped"] is n.startswith("log") for n in names)
    assert all((made[n].value["contains"] != [None]) is n.startswith("small") for n in names)


@pytest.mark.parametrize("target", ["/proc/self/environ", "/proc/thread-self/environ"])
def test_what_stands_between_the_files_is_never_taken_for_one(tmp_path: Path, target: str) -> None:
    (tmp_path / "a").symlink_to(target)
    for name in "bcd":
        (tmp_path / name).write_text(f"this is {name}")
    made = collect_here({n: probe("read", path=str(tmp_path / n), contains=[f"this is {n}"]) for n in "abcd"})
    for name in "bcd":
        fact = made[name]
        assert fact.observation is Observation.ERROR or fact.value["contains"] != [None], name
    assert made["a"].observation is Observation.ERROR
    direct = target == "/proc/self/environ"
    assert (made["b"].observation is Observation.OBSERVED) is direct, (
        "the others are lost only where it is not told"
    )
