"""``docgen gate``: what it says beside the report, and in whose words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SPEC = """\
project: Shop
environments: {prod: {host: local, root: release}}
secrets:
  one: {env: DOCGEN_TEST_ONE}
  two: {env: DOCGEN_TEST_TWO}
gates:
  shape:
    - {file: index.php, name: The start page}
  guarded:
    - http: {url: "http://127.0.0.1:9/", headers: {X-Key: "{secret.one}"}}
sections: []
translations:
  de: {The start page: Die Startseite}
"""


@pytest.fixture
def release(tmp_path: Path) -> Path:
    (tmp_path / "docgen.yml").write_text(SPEC)
    (tmp_path / "release").mkdir()
    (tmp_path / "release/index.php").write_text("<?php")
    return tmp_path


def gate(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "docgen", "gate", *args]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)


def test_secrets_that_no_check_needs_are_one_line(release: Path) -> None:
    ran = gate(release, "shape", "release")
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == (
        "docgen: secrets that nothing here needs cannot be had, nor masked where a server prints them: "
        "`one` (the environment variable DOCGEN_TEST_ONE is not set), "
        "`two` (the environment variable DOCGEN_TEST_TWO is not set)\n"
    )


def test_a_secret_that_a_check_needs_is_named_with_the_reason(release: Path) -> None:
    ran = gate(release, "guarded", "--env", "prod")
    assert ran.returncode == 3, ran.stdout
    needed, idle = ran.stderr.splitlines()
    assert needed == "docgen: secret `one`: the environment variable DOCGEN_TEST_ONE is not set"
    assert "nothing here needs" in idle
    assert "`two`" in idle
    assert "`one`" not in idle


def test_the_words_of_the_spec_are_translated(release: Path) -> None:
    assert "The start page" in gate(release, "shape", "release").stdout
    german = gate(release, "shape", "release", "--lang", "de").stdout
    assert "Die Startseite" in german
    assert "The start page" not in german
