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

from docgen.demo.answers import BUILD, CHANGED, TITLE

WORKFLOWS = Path(__file__).with_name("workflows")
DOCUMENTS = Path(__file__).with_name("documents")
_SCRIPT = """#!/bin/sh
set -eu
cd "$1"
previous=$(ls -1 releases | sort | tail -n 2 | head -n 1)
ln -sfn "releases/$previous" current
"""
_ON_PULL_REQUEST = "  pull_request:\n    branches: [main]\n"
_QUIET = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}


class Commits(NamedTuple):
    """Full hashes: ``faulty`` was before there were gates, then ``older`` and ``live``; ``new`` waits for its release."""

    faulty: str
    older: str
    live: str
    new: str


def incident(now: datetime) -> str:
    """The day of the incident that the demo's documents tell of."""
    return f"{now - timedelta(days=16):%Y-%m-%d}"


def check_out(folder: Path, now: datetime, root: str) -> Commits:
    """Makes the checkout in `folder`, with what people wrote about it and about production, which is in `root`. Raises
    UsageError where there is no git."""
    if shutil.which("git") is None:
        raise click.UsageError("The demo needs git: apt-get install --no-install-recommends git")
    folder.mkdir(parents=True)
    _git(folder, now, "init", "-q", "-b", "develop")
    made = []
    for subject, days in (("First release", 17), ("Gates in the build", 10), ("Gates before the switch", 4)):
        (folder / "scripts").mkdir(exist_ok=True)
        (folder / "scripts/rollback.sh").write_text(_SCRIPT, "utf-8")
        if days == 10:
            _documents(folder, now, root)
        elif days == 4:  # as it happens: what the documents name moves on
            (folder / "scripts").rename(folder / "deploy")
        made.append(_commit(folder, subject, now - timedelta(days=days), gates=days < 17, grown=days < 10))
    _git(folder, now, "branch", "main")
    migration = folder / CHANGED[-1]
    migration.parent.mkdir(parents=True)
    migration.write_text("<?php // a table for keys\n", "utf-8")
    made.append(_commit(folder, TITLE, now - timedelta(hours=2), gates=True, grown=True))
    return Commits(*made)


def _documents(folder: Path, now: datetime, root: str) -> None:
    """What people wrote; not all of it is true any more."""
    (folder / "docs").mkdir()
    for source in sorted(DOCUMENTS.iterdir()):
        text = source.read_text("utf-8").replace("@INCIDENT@", incident(now)).replace("@ROOT@", root)
        name = f"INCIDENT_{incident(now)}.md" if source.name == "INCIDENT.md" else source.name
        (folder / "docs" / name).write_text(text, "utf-8")


def _commit(folder: Path, subject: str, when: datetime, *, gates: bool, grown: bool) -> str:
    target = folder / ".github" / "workflows"
    target.mkdir(parents=True, exist_ok=True)
    for source in sorted(WORKFLOWS.glob("*.yml")):
        text = source.read_text("utf-8")
        if not gates:
            text = "\n".join(line for line in text.split("\n") if not line.strip().startswith("test -"))
        if not grown and source.name == BUILD:
            text = text.replace(_ON_PULL_REQUEST, "")
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
