from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checks.model import Fact, Observation, probe
from checks.sources.interface import Answer
from checks.sources.verbs.process import VERB
from checks.testing import collect_here

SECRET = "--token=docgen-hidden"
SLEEPER = [
    sys.executable,
    "-c",
    "import time; print(flush=True); time.sleep(60)",
    "odd\nname 'x'",
    "--now",
    SECRET,
]


@pytest.fixture(scope="module")
def sleepers() -> Iterator[list[int]]:
    started = [subprocess.Popen(SLEEPER, stdout=subprocess.PIPE) for _ in range(2)]
    for one in started:
        assert one.stdout
        one.stdout.readline()
    yield [one.pid for one in started]
    for one in started:
        one.kill()
        one.communicate()


def ask(**args: Any) -> Fact:
    return collect_here({"table": probe("process", **args)})["table"]


def test_by_pattern(sleepers: list[int]) -> None:
    fact = ask(pattern="odd name 'x' --now")
    assert sorted(row["pid"] for row in fact.value["rows"]) == sorted(sleepers)
    assert fact.value["count"] == 2
    assert fact.value["own"] == os.getuid()


def test_by_name(sleepers: list[int]) -> None:
    assert set(sleepers) <= {row["pid"] for row in ask(name=Path(sys.executable).name).value["rows"]}
    assert ask(name="docgen-surely-not-there").value["count"] == 0


def test_by_user(sleepers: list[int]) -> None:
    import pwd

    me = pwd.getpwuid(os.getuid()).pw_name
    fact = ask(pattern="odd name", user=me)
    assert (fact.value["count"], fact.value["uid"]) == (2, os.getuid())
    assert ask(pattern="odd name", user="docgen-nobody").value["uid"] is None


def test_only_what_matches_is_kept_and_secrets_are_not(sleepers: list[int]) -> None:
    fact = ask(pattern="odd name")
    assert "docgen-hidden" not in str(fact.value)
    other = ask(name="docgen-surely-not-there")
    assert "odd" not in str(other.value) + other.excerpt


def test_a_grep_without_the_options_of_gnu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sleepers: list[int]
) -> None:
    (tmp_path / "grep").write_text('#!/bin/sh\ncase $1 in -*z*) exit 2;; esac\nexec /bin/grep "$@"\n')
    (tmp_path / "grep").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert sorted(row["pid"] for row in ask(pattern="odd name 'x'").value["rows"]) == sorted(sleepers)


STATUS = "MARK status\n/proc/5/status:Name:\tsh\n/proc/5/status:PPid:\t0\n/proc/5/status:Uid:\t7\t7\t7\t7\n"


def answered(text: str) -> Fact:
    asked = probe("process", name="sleep", pattern=None, user=None)
    answer = Answer(text.replace("MARK", "mark-1").encode(), b"", 0, mark="mark-1")
    return next(VERB.read([asked], {VERB.commands([asked])[0].argv: answer}))


def test_hidden_processes_and_ended_ones() -> None:
    more = (
        "/proc/6/status:Name:\tsleep\n/proc/6/status:State:\tZ (zombie)\n/proc/6/status:PPid:\t9\n"
        "/proc/7/status:Name:\tsleep\n/proc/7/status:State:\tS (sleeping)\n/proc/7/status:PPid:\t9\n"
    )
    fact = answered(
        f"MARK who 5 7\n{STATUS}{more}MARK cmdline\n/proc/7/cmdline\0sleep\0/proc/7/cmdline\x0060\0"
    )
    assert (fact.value["count"], fact.value["visible"]) == (1, False)
    assert fact.value["rows"][0]["command"] == "sleep 60"


def process(pid: int, parent: int, name: str) -> str:
    fields = (f"Name:\t{name}", "State:\tS (sleeping)", f"PPid:\t{parent}", "Uid:\t7\t7\t7\t7")
    return "".join(f"/proc/{pid}/status:{field}\n" for field in fields)


def test_what_docgen_itself_started_does_not_count() -> None:
    """All of the shell that was started here, up to the process that started it, but not that one."""
    tree = [process(1, 0, "sleep"), process(3, 1, "sshd"), process(4, 3, "sh"), process(5, 4, "sh")]
    tree += [process(6, 5, "sleep"), process(7, 4, "sleep"), process(8, 3, "sleep"), process(9, 1, "sleep")]
    fact = answered(f"MARK who 5 7\nMARK status\n{''.join(tree)}MARK cmdline\n")
    assert [row["pid"] for row in fact.value["rows"]] == [1, 8, 9]


def test_seeing_only_oneself_is_seeing() -> None:
    fact = answered(f"MARK who 5 7\n{STATUS}MARK cmdline\n")
    assert fact.observation is Observation.OBSERVED
    assert (fact.value["count"], fact.value["visible"]) == (0, False)


def test_no_proc_is_an_error() -> None:
    assert answered("MARK who 5 7\nMARK status\nMARK cmdline\n").observation is Observation.ERROR


def test_one_process_for_all_checks() -> None:
    assert len(VERB.commands([probe("process", name=f"n{i}", user="root") for i in range(500)])) == 1
