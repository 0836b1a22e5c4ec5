from __future__ import annotations

import os
from pathlib import Path

import pytest

from checks.model import Fact, Observation, probe
from checks.sources.interface import Answer
from checks.sources.verbs import cron
from checks.sources.verbs.cron import VERB
from checks.testing import collect_here


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A root directory of one's own, with the folders of cron."""
    for folder in ("etc/cron.d", "etc/cron.daily", "var/spool/cron/crontabs", "bin"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "etc/debian_version").write_text("12\n")
    script = cron.SCRIPT
    for place in ("/etc/", "/var/spool/"):
        script = script.replace(f" {place}", f" {tmp_path}{place}")
    monkeypatch.setattr(cron, "SCRIPT", script)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def crontab(host: Path, script: str) -> None:
    (host / "bin/crontab").write_text(f"#!/bin/sh\n{script}\n")
    (host / "bin/crontab").chmod(0o755)


def ask(runs: str) -> Fact:
    return collect_here({"entries": probe("cron", runs=runs)})["entries"]


def rows(host: Path, runs: str) -> list[tuple[str, ...]]:
    found = ask(runs).value["found"]
    keys = ("source", "user", "schedule", "ignored")
    return [tuple(row[key].replace(str(host), "") for key in keys) for row in found]


def test_system_crontabs(host: Path) -> None:
    (host / "etc/crontab").write_text("17 * * * * root run-parts\n# 1 1 * * * root backup\n")
    (host / "etc/cron.d/app").write_text("MAILTO=x\n0 3 * * * deploy backup --all\n")
    (host / "etc/cron.d/app.bak").write_text("0 4 * * * deploy backup --all\n")
    (host / "etc/cron.d/odd").write_text("0 5 * * * deploy backup --all")
    assert rows(host, "^backup") == [
        ("/etc/cron.d/app", "deploy", "0 3 * * *", ""),
        ("/etc/cron.d/app.bak", "deploy", "0 4 * * *", "name"),
        ("/etc/cron.d/odd", "deploy", "0 5 * * *", "end"),
    ]


def test_folders_of_programs(host: Path) -> None:
    for name, mode in (("backup", 0o755), ("backup-off", 0o644), ("backup.sh", 0o755)):
        (host / "etc/cron.daily" / name).write_text("")
        (host / "etc/cron.daily" / name).chmod(mode)
    ignored = {row["command"].rpartition("/")[2]: row["ignored"] for row in ask("backup").value["found"]}
    assert ignored == {"backup": "", "backup-off": "mode", "backup.sh": "name"}


def test_ones_own(host: Path) -> None:
    crontab(host, "echo '@hourly backup'")
    fact = ask("backup")
    assert [(r["source"], r["user"]) for r in fact.value["found"]] == [("crontab -l", fact.value["own"])]
    crontab(host, "echo no crontab for me >&2; exit 1")
    assert ask("backup").value == {"found": [], "unread": [], "own": fact.value["own"]}
    crontab(host, "echo 'You are not allowed to use this program (crontab)' >&2; exit 1")
    assert ask("backup").value["unread"] == [{"path": "crontab -l", "user": fact.value["own"]}]


def test_only_what_matches_is_kept(host: Path) -> None:
    (host / "etc/crontab").write_text(
        "1 1 * * * root dump --password=docgen-hidden\n2 2 * * * root other docgen-hidden\n"
    )
    fact = ask("dump")
    assert len(fact.value["found"]) == 1
    assert "docgen-hidden" not in str(fact.value)
    assert "other" not in fact.excerpt


def test_odd_names_survive(host: Path) -> None:
    (host / "etc/cron.d/a 'b\"\nc").write_text("0 3 * * * root backup\n")
    assert len(ask("backup").value["found"]) == 1


def answered(stdout: str) -> Fact:
    asked = probe("cron", runs="backup")
    answer = Answer(stdout.replace("MARK", "mark-1").encode(), b"", 0, mark="mark-1")
    return next(VERB.read([asked], {VERB.commands([asked])[0].argv: answer}))


END = "\nMARK end\nend\nMARK text\n"


def test_what_cannot_be_read_is_named() -> None:
    fact = answered(
        "MARK own\ndeploy\n\nMARK unread\n/etc/cron.d/x\nMARK text\n\nMARK unread\n/var/spool/cron/crontabs\nMARK text\n"
        f"\nMARK unread\n/etc/crontabs/root\nMARK text\n{END}"
    )
    assert [(one["path"], one["user"]) for one in fact.value["unread"]] == [
        ("/etc/cron.d/x", ""),
        ("/var/spool/cron/crontabs", ""),
        ("/etc/crontabs/root", "root"),
    ]


def test_root_reads_all_of_them() -> None:
    spool = "\nMARK spool\n/var/spool/cron/crontabs/{}\nMARK text\n1 1 * * * backup\n"
    own = "\nMARK crontab\nroot\nMARK text\n1 1 * * * backup\n\nMARK status\n0\nMARK text\n"
    fact = answered("MARK own\nroot\n" + own + spool.format("root") + spool.format("www-data") + END)
    assert [row["user"] for row in fact.value["found"]] == ["root", "www-data"]


def test_half_an_answer_is_none() -> None:
    assert answered("MARK own\nroot\n").observation is Observation.MALFORMED
