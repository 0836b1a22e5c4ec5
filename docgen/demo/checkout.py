"""The demo's repository: a real git checkout with the workflow files, made with fixed authors and the dates of its
world."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import click

from docgen.demo.answers import CHANGED, TITLE

WORKFLOWS = Path(__file__).with_name("workflows")
_QUIET = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}


class Commits(NamedTuple):
    """Full hashes: ``faulty`` was before there were gates, then ``older`` and ``live``; ``new`` waits for its release."""

    faulty: str
    older: str
    live: str
    new: str


def check_out(folder: Path, now: datetime) -> Commits:
    """Makes the checkout in `folder`. Raises UsageError where there is no git."""
    if shutil.which("git") is None:
        raise click.UsageError("The demo needs git: apt-get install --no-install-recommends git")
    folder.mkdir(parents=True)
    _git(folder, now, "init", "-q", "-b", "develop")
    made = []
    for subject, days in (("First release", 17), ("Gates in the build", 10), ("Gates before the switch", 4)):
        made.append(_commit(folder, subject, now - timedelta(days=days), gates=days < 17))
    _git(folder, now, "branch", "main")
    migration = folder / CHANGED[-1]
    migration.parent.mkdir(parents=True)
    migration.write_text("<?php // a table for keys\n", "utf-8")
    made.append(_commit(folder, TITLE, now - timedelta(hours=2), gates=True))
    return Commits(*made)


def _commit(folder: Path, subject: str, when: datetime, *, gates: bool) -> str:
    target = folder / ".github" / "workflows"
    target.mkdir(parents=True, exist_ok=True)
    for source in sorted(WORKFLOWS.glob("*.yml")):
        text = source.read_text("utf-8")
        if not gates:
            text = "\n".join(line for line in text.split("\n") if not line.strip().startswith("test -"))
        (target / source.name).write_text(text, "utf-8")
    (folder / "CHANGES").write_text(f"{subject}\n", "utf-8")
    _git(folder, when, "add", "-A")
    _git(folder, when, "commit", "-q", "-m", subject)
    return _git(folder, when, "rev-parse", "HEAD").strip()


def _git(folder: Path, when: datetime, *words: str) -> str:
    stamp = f"{when:%Y-%m-%dT%H:%M:%SZ}"
    who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER")
           for what, value in (("NAME", "A. Keller"), ("EMAIL", "keller@example.com"), ("DATE", stamp))}  # fmt: skip
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | _QUIET | who
    done = subprocess.run(
        ["/usr/bin/env", "git", "-C", str(folder), *words],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
