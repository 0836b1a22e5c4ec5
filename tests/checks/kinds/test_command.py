"""``command``: only what reads, judged by its exit code and its output."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from checks.model import Judgement, Observation, Verdict, probe
from checks.testing import collect_here, denied, judge, observed, validated

CONFORM, DEVIATES, UNDETERMINED = Verdict.CONFORM, Verdict.DEVIATES, Verdict.UNDETERMINED


def command(*run: str, **more: Any) -> Judgement:
    return judge("command", {"run": list(run), **more})


@pytest.mark.parametrize(
    ("run", "more", "verdict"),
    [
        (["true"], {}, CONFORM),
        (["false"], {}, DEVIATES),
        (["false"], {"exit": 1}, CONFORM),
        (["false"], {"exit": [0, 1]}, CONFORM),
        (["false"], {"exit": [0, 2]}, DEVIATES),
        (["cat", "/proc/sys/kernel/ostype"], {"stdout": {"matches": "^Linux$"}}, CONFORM),
        (["cat", "/proc/sys/kernel/ostype"], {"stdout": {"contains": "Windows"}}, DEVIATES),
        (["cat", "/proc/sys/kernel/ostype"], {"stdout": {"not-contains": "Linux"}}, DEVIATES),
        (["cat", "/proc/sys/kernel/ostype"], {"stdout": {"not-matches": "^Win"}}, CONFORM),
        (["cat", "/none"], {"exit": 1, "stderr": {"contains": "No such file"}}, CONFORM),
        (["cat", "/none"], {"exit": 1, "stderr": {"not-contains": "No such file"}}, DEVIATES),
        (["cat", "$HOME", "*", "; true", "-n'\""], {"exit": 1}, CONFORM),
    ],
)
def test_what_comes_of_it(run: list[str], more: dict[str, Any], verdict: Verdict) -> None:
    assert command(*run, **more).verdict is verdict


def test_each_has_its_soll_and_its_ist() -> None:
    found = command("cat", "/none", stdout={"contains": "x"})
    assert [a.verdict for a in found.aspects] == [DEVIATES, DEVIATES]
    assert found.aspects[0].actual and found.aspects[0].actual.params == {"value": "1"}
    assert found.reason and "No such file" in str(found.reason.params["error"])


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "x y").mkdir()
    inside = command("pwd", cwd=str(tmp_path / "x y"), stdout={"contains": f"{tmp_path}/x y"})
    assert inside.verdict is CONFORM


def test_a_folder_that_is_not_there_is_no_exit_code(tmp_path: Path) -> None:
    for code in (0, 1, 2):
        found = command("true", cwd=str(tmp_path / "none"), exit=code)
        assert (found.verdict, found.observation) == (DEVIATES, Observation.ABSENT)


def test_a_folder_that_is_closed(unprivileged: Path) -> None:
    (unprivileged / "closed").mkdir()
    (unprivileged / "closed").chmod(0)
    found = command("true", cwd=str(unprivileged / "closed"))
    assert (found.verdict, found.observation) == (UNDETERMINED, Observation.DENIED)


def test_a_tool_that_is_missing_is_no_exit_code() -> None:
    found = command("jq-that-is-nowhere", **{"may-change-the-server": True})
    assert (found.verdict, found.observation) == (UNDETERMINED, Observation.ERROR)


def test_what_may_not_be_executed(tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    found = command(str(tmp_path / "x"), **{"may-change-the-server": True})
    assert (found.verdict, found.observation) == (UNDETERMINED, Observation.DENIED)
    assert judge("command", {"run": ["true"]}, run=denied()).verdict is UNDETERMINED


def test_what_was_cut_off_proves_nothing() -> None:
    seen = {"exit_code": 0, "stdout": "x", "stderr": "", "found": [None], "found_stderr": []}
    soll = {"run": ["true"], "stdout": {"not-contains": "y"}}
    assert judge("command", soll, run=observed(seen, truncated=True)).verdict is UNDETERMINED
    assert judge("command", soll, run=observed(seen)).verdict is CONFORM


def test_a_pattern_that_looks_like_a_secret_is_looked_for_and_not_shown(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("DB_PASSWORD=hunter22\nAPI_TOKEN=other333\n")
    found = command("cat", str(tmp_path / "x"), stdout={"matches": ["DB_PASSWORD=.+", "(?<=API_TOKEN=).+"]})
    assert found.verdict is CONFORM
    dumped = repr(found)
    assert "hunter22" not in dumped and "other333" not in dumped
    assert (
        command("cat", str(tmp_path / "x"), stdout={"contains": "DB_PASSWORD=hunter23"}).verdict is DEVIATES
    )


def test_only_what_reads_unless_said_in_so_many_words(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="may-change-the-server"):
        command("touch", str(tmp_path / "x"))
    assert command("touch", str(tmp_path / "x"), **{"may-change-the-server": True}).verdict is CONFORM


def test_errors_say_what_to_do() -> None:
    with pytest.raises(ValidationError, match=r"expected a list, because no shell reads it: \[php, -v\]"):
        validated("command", {"run": "php -v"})
    with pytest.raises(ValidationError, match=r"expected a list"):
        validated("command", "php -v | grep 'x")
    with pytest.raises(ValidationError, match="did you mean `systemctl`"):
        validated("command", {"run": ["sysctemctl", "is-active", "x"]})
    with pytest.raises(ValidationError, match="`find` with these arguments may do more than read"):
        validated("command", {"run": ["find", "/", "-delete"]})


@pytest.mark.parametrize(
    "wrong", [{"run": []}, {"run": ["true"], "exit": 256}, {"run": ["true"], "exit": []}, {"run": [None]}]
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        validated("command", wrong)


def test_numbers_are_words() -> None:
    assert validated("command", {"run": ["head", "-n", 5, "/x"]}).run == ("head", "-n", "5", "/x")


@pytest.mark.usefixtures("busybox")
def test_busybox_gives_the_same(tmp_path: Path) -> None:
    facts = collect_here({"it": probe("run", argv=["cat", "x"], cwd=str(tmp_path / "none"))})
    assert facts["it"].observation is Observation.ABSENT
    (tmp_path / "x").write_text("here")
    facts = collect_here({"it": probe("run", argv=["cat", "x"], cwd=str(tmp_path), patterns=["h.*"])})
    assert facts["it"].value["found"][0]["text"] == "here"


def test_the_error_is_shown_although_a_hint_follows() -> None:
    found = judge("command", {"run": ["uname", "--bogus"]})
    assert found.reason and "bogus" in str(found.reason.params["error"])


def test_what_is_stopped_because_it_says_too_much_has_not_failed(tmp_path: Path) -> None:
    with (tmp_path / "huge").open("wb") as huge:
        huge.truncate(50_000_000)
    run = ["cat", str(tmp_path / "huge")]
    for more in ({}, {"stdout": {"not-contains": "x"}}, {"exit": [0, 1, 141]}):
        found = judge("command", {"run": run, **more})
        assert found.verdict is Verdict.UNDETERMINED
        assert found.reason and found.reason.id == "It printed more than is read, and was stopped."
