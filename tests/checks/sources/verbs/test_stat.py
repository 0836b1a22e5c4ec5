"""The verb ``stat``: what stands there, and what it leads to."""

from __future__ import annotations

import hashlib
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from checks.model import Observation, probe
from checks.testing import collect_here


def test_a_thousand_that_are_missing_are_all_known_to_be(tmp_path: Path) -> None:
    wanted = {
        str(n): probe("stat", path=str(tmp_path / f"release-{n}/public/index.php")) for n in range(1000)
    }
    assert Counter(f.observation for f in collect_here(wanted).values()) == {Observation.ABSENT: 1000}


@pytest.mark.parametrize(
    ("target", "why"), [("nowhere", "absent"), ("link", "loop"), ("/etc/passwd/x", "absent")]
)
def test_why_a_link_leads_to_nothing(tmp_path: Path, target: str, why: str) -> None:
    (tmp_path / "link").symlink_to(target)
    value = collect_here({"it": probe("stat", path=str(tmp_path / "link"))})["it"].value
    assert (value["target"], value["resolved"], value["resolved_error"]) == (target, None, why)


def test_a_link_into_a_closed_folder_is_not_dangling(unprivileged: Path) -> None:
    (unprivileged / "closed/it").mkdir(parents=True)
    (unprivileged / "link").symlink_to("closed/it")
    (unprivileged / "closed").chmod(0)
    value = collect_here({"it": probe("stat", path=str(unprivileged / "link"))})["it"].value
    assert (value["resolved"], value["resolved_error"]) == (None, "denied")


def test_the_evidence_is_what_the_command_it_names_would_answer(tmp_path: Path) -> None:
    (tmp_path / "it").write_text("x")
    (tmp_path / "link").symlink_to("it")
    asked = {name: probe("stat", path=str(tmp_path / name)) for name in ("it", "gone", "link")}
    facts = collect_here(asked)
    for name in ("it", "link"):
        environment = {"LC_ALL": "C", "PATH": "/usr/bin:/bin"}
        done = subprocess.run(["sh", "-c", facts[name].command], capture_output=True, env=environment)
        assert facts[name].excerpt == done.stdout.decode()
        assert facts[name].sha256 == hashlib.sha256(done.stdout).hexdigest()
        assert facts[name].exit_code is None  # `gone` made the process that they shared fail
    assert facts["gone"].excerpt.startswith("stat: cannot stat")
