"""``--help`` is there at once: it imports click and what a command's options are made of, nothing else."""

from __future__ import annotations

import subprocess
import sys

import pytest

from docgen.cli import COMMANDS

HEAVY = (
    "babel", "httpx", "jinja2", "markupsafe", "paramiko", "pydantic", "rich", "ruamel", "tree_sitter", "yaml",
    "checks.evaluate", "checks.kinds", "checks.model", "checks.spec",
)  # fmt: skip


@pytest.mark.parametrize("args", [["--help"], ["--version"], *([name, "--help"] for name in COMMANDS)])
def test_help_imports_nothing_heavy(args: list[str]) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "docgen", *args]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert ran.returncode == 0
    imported = {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines()}
    assert "click" in imported
    assert sorted(n for n in imported if n in HEAVY or n.startswith(tuple(f"{h}." for h in HEAVY))) == []
