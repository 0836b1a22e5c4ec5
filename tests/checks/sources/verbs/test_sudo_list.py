from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from checks.model import Fact, Observation, probe
from checks.sources.interface import Answer
from checks.sources.verbs.sudo_list import SCRIPT, VERB
from checks.testing import collect_here

SUDO = """#!/bin/sh
[ "$*" = "-k -n -ll" ] || exit 9
echo "sudo: a password is required ($LC_ALL $LANGUAGE $COLUMNS)" >&2; exit 1
"""
ID = """#!/bin/sh
case $1 in -u) echo 1001;; -un) echo deploy;; -Gn) echo deploy www-data;; *) echo "uid=1001(deploy)";; esac
"""


def ask() -> Fact:
    return collect_here({"list": probe("sudo_list")})["list"]


def test_who_asks() -> None:
    value = ask().value
    assert value["uid"] == os.getuid()
    assert value["user"] == pwd.getpwuid(os.getuid()).pw_name
    assert value["groups"]


def answered(stdout: str) -> Fact:
    asked = probe("sudo_list")
    answer = Answer(stdout.replace("MARK", "mark-1").encode(), b"", 0, mark="mark-1")
    return next(VERB.read([asked], {VERB.commands([asked])[0].argv: answer}))


def test_sudo_is_asked_in_english_and_without_a_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sudo").write_text(SUDO)
    (tmp_path / "id").write_text(ID)
    for name in ("sudo", "id"):
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    fact = ask()
    assert (fact.value["uid"], fact.value["user"]) == (1001, "deploy")
    assert fact.value["groups"] == ["deploy", "www-data"]
    assert fact.value["sudo"] == str(tmp_path / "sudo")
    assert fact.value["text"].strip() == "sudo: a password is required (C C 32000)"


def test_no_sudo() -> None:
    assert answered("MARK id\n1001\ndeploy\ndeploy\n").value["sudo"] is None


def test_nonsense_is_malformed() -> None:
    assert answered("").observation is Observation.MALFORMED
    assert answered("MARK id\n\n\n\n").observation is Observation.MALFORMED


def test_one_command_for_any_number_of_checks() -> None:
    assert len(VERB.commands([probe("sudo_list") for _ in range(100)])) == 1
    assert "sudo -k -n -ll" in SCRIPT
