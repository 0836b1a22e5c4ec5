"""The table of a deployment's status, row by row, found out through the command: in its states, and with each source
changed."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ..world.client import Client, Ran

BUILD = (
    "Frontend Build",
    "Backend Build",
    "Bundle Structure",
    "Pre-Bundle Gates",
    "Artifact Upload",
    "SHA-256 Checksum",
)
STAGING = (
    "Health Check", "Backup", "Pre-Switch Gates", "Migrations", "Permissions Fix", "Symlink Switch", "Service Reload",
    "Smoke Tests",
)  # fmt: skip
PRODUCTION = (
    "Staging Check",
    "Backup",
    "Pre-Switch Gates",
    "Symlink Switch",
    "Service Reload",
    "Smoke Tests",
    "Auto-Rollback",
)
SECTIONS = {"Build": BUILD, "Staging deployment": STAGING, "Production deployment": PRODUCTION}
OPEN = {("Staging deployment", name) for name in STAGING[5:]}


class Table:
    """The world of `docgen demo` in a state, collected again after whatever a test does to it."""

    def __init__(self, folder: Path, state: str) -> None:
        self.folder, self.client = folder / "there", Client(folder)
        made = self.client.docgen("demo", "-o", "there", "--state", state)
        assert made.code == 0, made.everything
        self.world = self.folder / "world"
        self.answers = self.world / "github/repos/acme/api-gateway/actions"
        self._kept = folder / "kept"
        shutil.copytree(self.folder, self._kept, symlinks=True)

    def restore(self) -> None:
        """All as the demo left it."""
        shutil.rmtree(self.folder)
        shutil.copytree(self._kept, self.folder, symlinks=True)

    def rows(self) -> dict[tuple[str, str], dict[str, Any]]:
        """The 21 rows, collected now."""
        report = self.asked().report
        return {
            (s["name"], c["name"]): c
            for s in report["sections"]
            for c in s["components"]
            if c["name"] in SECTIONS.get(s["name"], ())
        }

    def asked(self, *words: str) -> Ran:
        return self.client.docgen(
            "status", "-c", "there/docgen.yml", "--env", "staging", "--env", "prod", "-f", "json", *words
        )

    def blockers(self, start: str) -> list[dict[str, Any]]:
        """What blocks, of the components whose ids begin with `start`."""
        return [b for b in self.asked().report["blockers"] if b["id"].startswith(start)]

    def workflow(self, name: str, change: Callable[[str], str]) -> None:
        """Changes a workflow file in the checkout, without a commit: what would run next."""
        file = self.world / "checkout/.github/workflows" / name
        before = file.read_text()
        file.write_text(change(before))
        assert file.read_text() != before, "the change did nothing"

    def answer(self, path: str, change: Callable[[dict[str, Any]], None]) -> None:
        file = self.answers / f"{path}.json"
        data = json.loads(file.read_text())
        change(data)
        file.write_text(json.dumps(data))


Worlds = Callable[[str], Table]


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Worlds:
    """The demo in a state, to be read."""
    return cache(lambda state: Table(tmp_path_factory.mktemp(state), state))


@pytest.fixture
def spoilt(worlds: Worlds) -> Iterator[Worlds]:
    """The demo in a state, to be changed: afterwards it is as it was. Its web servers have ended."""
    used: list[Table] = []

    def table(state: str) -> Table:
        used.append(worlds(state))
        return used[-1]

    yield table
    for one in used:
        one.restore()


@pytest.fixture
def table(spoilt: Worlds) -> Table:
    """A world in which staging is done, to be changed."""
    return spoilt("repaired")


def statuses(folder: Path) -> dict[tuple[str, str], str]:
    """The rows as the demo itself saw them, its web servers running."""
    report = json.loads((folder / "status.json").read_text())
    return {
        (s["name"], c["name"]): c["status"]
        for s in report["sections"]
        for c in s["components"]
        if c["name"] in SECTIONS.get(s["name"], ())
    }


@pytest.mark.parametrize("state", ["blocked", "repaired", "deployed"])
def test_all_rows_in_all_states(worlds: Worlds, state: str) -> None:
    seen = statuses(worlds(state).folder)
    assert len(seen) == 21
    expected = dict.fromkeys(seen, "ok")
    if state == "blocked":
        expected |= dict.fromkeys(OPEN, "pending") | {("Staging deployment", "Permissions Fix"): "fail"}
    page = json.loads((worlds(state).folder / "status.json").read_text())
    said = [
        (k["id"], k["ist"])
        for s in page["sections"]
        for c in s["components"]
        for k in c["checks"]
        if k["status"] == "fail"
    ]
    assert seen == expected, said


def test_one_cause_is_one_blocker_with_all_that_it_holds_up(worlds: Worlds) -> None:
    report = json.loads((worlds("blocked").folder / "status.json").read_text())
    (blocker,) = report["blockers"]
    assert blocker["id"] == "staging-deployment/permissions-fix"
    assert {name.rpartition("/")[2] for name in blocker["blocks"]} == {
        "symlink-switch", "service-reload", "smoke-tests", "release-decision",
    }  # fmt: skip
    assert "a password is required" in blocker["cause"]


def test_the_twelve_steps_with_what_was_not_reached(worlds: Worlds) -> None:
    report = json.loads((worlds("blocked").folder / "status.json").read_text())
    flow = next(f for f in report["flow"] if f["name"] == "Deployment to staging")
    assert [step["status"] for step in flow["steps"]] == ["ok"] * 9 + ["fail", "pending", "pending"]


def test_how_well_it_is_known(worlds: Worlds) -> None:
    def known(state: str) -> dict[str, str]:
        report = json.loads((worlds(state).folder / "status.json").read_text())
        section = next(s for s in report["sections"] if s["name"] == "Production deployment")
        return {
            f"{c['name']}/{k['kind']}": k["assurance"] for c in section["components"] for k in c["checks"]
        }

    before, after = known("blocked"), known("deployed")
    assert before["Symlink Switch/pipeline"] == "implemented" and after["Symlink Switch/pipeline"] == "proven"
    assert before["Pre-Switch Gates/gate-in-workflow"] == "implemented"
    assert before["Pre-Switch Gates/rehearsal"] == "rehearsed"
    assert after["Pre-Switch Gates/gate-in-workflow"] == "proven"
    assert after["Auto-Rollback/job"] == "implemented", "it never had to run"


GATE = "test -f public/index.php"
NAMED = "(Pre-Bundle Gate)\n"


@pytest.mark.parametrize(
    ("row", "file", "change"),
    [
        (0, "build-artifacts.yml", ("npm run build", "npm run dev")),
        (1, "build-artifacts.yml", ("--no-dev ", "")),
        (3, "build-artifacts.yml", ("          test -d release/app\n", "")),
        (3, "build-artifacts.yml", ("test -d release/app", "test -d release/app || true")),
        (3, "build-artifacts.yml", (NAMED, NAMED + "        continue-on-error: true\n")),
        (3, "build-artifacts.yml", (NAMED + "        run: |\n", NAMED + "        run: |\n          set +e\n")),
        (3, "build-artifacts.yml", (NAMED, NAMED + "        if: github.event_name != 'push'\n")),
        (6, "deploy-staging.yml", ("    needs: check-health\n", "")),
        (7, "deploy-staging.yml", ("mysqldump", "echo")),
        (8, "deploy-staging.yml", (f"          {GATE}\n", "")),
        (8, "deploy-staging.yml", ("bash -se <<EOF", "bash -s <<EOF")),
        (9, "deploy-staging.yml", ("php artisan migrate --force", "php artisan migrate:status")),
        (11, "deploy-staging.yml", ("ln -sfn", "cp -r")),
        (12, "deploy-staging.yml", ("sudo systemctl reload nginx && ", "")),
        (13, "deploy-staging.yml", ("/healthcheck.php ", "")),
        (14, "deploy-production.yml", ("    needs: check-staging\n", "")),
        (15, "deploy-production.yml", ("tar -czf \"nginx-$stamp.tar.gz\" -C /etc nginx", "true")),
        (16, "deploy-production.yml", ("public/index.php ", "")),
        (16, "deploy-production.yml", ("exit 1; }", "}")),
        (17, "deploy-production.yml", ("ln -sfn", "ln -s")),
        (18, "deploy-production.yml", ("sudo systemctl reload", "sudo systemctl status")),
        (19, "deploy-production.yml", ("https://www.example.com/health", "https://www.example.com/")),
        (20, "deploy-production.yml", ("    if: ${{ failure() }}\n", "")),
    ],
)  # fmt: skip
def test_a_change_of_a_workflow_moves_its_row(
    table: Table, row: int, file: str, change: tuple[str, str]
) -> None:
    table.workflow(file, lambda text: text.replace(*change))
    names = [(section, name) for section, all_ in SECTIONS.items() for name in all_]
    assert table.rows()[names[row]]["status"] == "fail"


def test_a_gate_that_was_moved_behind_the_switch(table: Table) -> None:
    def move(text: str) -> str:
        gate = re.search(r"      - name: Verify Release Structure.*?          EOF\n", text, re.DOTALL)
        assert gate
        rest = text.replace(gate[0], "")
        return rest.replace("      - name: Reload Services", gate[0] + "      - name: Reload Services")

    table.workflow("deploy-staging.yml", move)
    row = table.rows()["Staging deployment", "Pre-Switch Gates"]
    assert row["status"] == "fail"
    assert "deploy-staging.yml:" in json.dumps(row["checks"])


def test_an_artifact_that_expired_is_one_blocker(table: Table) -> None:
    table.answer("runs/1101/artifacts", lambda d: d["artifacts"][0].update(expired=True))
    (blocker,) = table.blockers("build/")
    assert blocker["id"] == "build/artifact-upload" and "expired" in blocker["cause"]
    assert set(blocker["blocks"]) >= {"build/bundle-structure"}


def test_a_build_that_did_nothing_is_one_blocker(table: Table) -> None:
    def dummy(data: dict[str, Any]) -> None:
        for job in data["jobs"]:
            job.update(conclusion="skipped", steps=[])

    table.answer("runs/1101/jobs", dummy)
    table.answer("runs/1101/artifacts", lambda d: d.update(artifacts=[], total_count=0))
    rows = table.rows()
    assert {rows["Build", name]["status"] for name in BUILD} == {"fail"}
    (blocker,) = table.blockers("build/")
    assert "every job was skipped" in blocker["title"]
    assert {id_.partition("/")[2] for id_ in blocker["blocks"]} >= {
        "frontend-build", "backend-build", "bundle-structure", "pre-bundle-gates", "sha-256-checksum",
    }  # fmt: skip


def test_a_step_that_does_several_things_and_failed_is_one_blocker(spoilt: Worlds) -> None:
    """Extraction, gate, migrations, permissions, switch and reload in one step: how far it came, the log tells."""
    table = spoilt("blocked")
    checkout, names = table.world / "checkout", list[str]()

    def joined(text: str) -> str:
        start, end = text.index("      - name: Extract Bundle"), text.index("\n  smoke-tests:")
        lines = text[start:end].splitlines()
        names.extend(line.partition(": ")[2] for line in lines if line.startswith("      - name: "))
        scripts = [
            re.sub(r"^        run: ", "          ", line)
            for line in lines
            if line.strip() != "run: |" and not line.startswith("      - name: ")
        ]
        return text[:start] + "      - name: Release\n        run: |\n" + "\n".join(scripts) + text[end:]

    def together(data: dict[str, Any]) -> None:
        deploy = next(job for job in data["jobs"] if job["name"] == "deploy-staging")
        place = next(n for n, step in enumerate(deploy["steps"]) if step["name"] == names[0])
        one = {**deploy["steps"][place], "name": "Release", "conclusion": "failure"}
        deploy["steps"] = [*deploy["steps"][:place], one, *deploy["steps"][place + len(names) :]]

    table.workflow("deploy-staging.yml", joined)
    spec = table.folder / "docgen.yml"
    by_steps = {"step: Clear Caches": "cache", "step: Fix storage permissions": "permissions"}
    text = spec.read_text()
    for step, act in by_steps.items():
        text, n = re.subn(
            rf"step: {{workflow: (deploy-staging.yml), .*{step}}}",
            rf"pipeline: {{workflow: \1, does: [{act}]}}",
            text,
        )
        assert n == 1, step
    spec.write_text(text)
    git = ("git", "-C", str(checkout), "-c", "user.name=A", "-c", "user.email=a@example.com")
    subprocess.run([*git, "commit", "-qam", "One step"], check=True)
    head = subprocess.check_output([*git, "rev-parse", "HEAD"], text=True).strip()
    table.answer("workflows/deploy-staging.yml/runs", lambda d: d["workflow_runs"][0].update(head_sha=head))
    table.answer("runs/1102/jobs", together)
    rows = {name: row["status"] for (section, name), row in table.rows().items() if "Staging" in section}
    assert rows["Pre-Switch Gates"] == rows["Migrations"] == "ok"
    assert rows["Permissions Fix"] == "fail"
    assert {rows[name] for name in STAGING[5:]} == {"pending"}
    (blocker,) = table.blockers("staging-deployment/permissions-fix")
    assert set(blocker["blocks"]) >= {
        "staging-deployment/symlink-switch", "staging-deployment/service-reload", "staging-deployment/smoke-tests",
    }  # fmt: skip


def test_what_the_api_says_moves_the_rows(table: Table) -> None:
    def at(section: str, name: str) -> str:
        return str(table.rows()[section, name]["status"])

    table.answer("runs/1101/artifacts", lambda d: d["artifacts"][0].update(expired=True))
    assert at("Build", "Artifact Upload") == at("Build", "Bundle Structure") == "fail"
    table.answer(
        "runs/1101/artifacts",
        lambda d: d["artifacts"][0].update(expired=False, expires_at="2030-01-01T00:00:00Z"),
    )
    assert at("Build", "Artifact Upload") == "ok"
    table.answer(
        "runs/1101/artifacts", lambda d: d["artifacts"][0].update(expires_at=d["artifacts"][0]["created_at"])
    )
    assert at("Build", "Artifact Upload") == "fail"

    def dummy(data: dict[str, Any]) -> None:
        for job in data["jobs"]:
            job.update(conclusion="skipped", steps=[])

    table.answer("runs/1101/jobs", dummy)
    rows = table.rows()
    assert {rows["Build", name]["status"] for name in BUILD if name != "Bundle Structure"} == {"fail"}

    table.answer(
        "workflows/deploy-staging.yml/runs",
        lambda d: d["workflow_runs"][0].update(status="waiting", conclusion=None),
    )
    shutil.rmtree(table.answers / "workflows")
    assert {row["status"] for row in table.rows().values()} & {"ok"} == set()
    assert table.asked().code in (1, 3)


def test_a_bundle_without_its_entry_point(table: Table) -> None:
    import io
    import tarfile
    import zipfile

    file = table.answers / "artifacts/31/zip.bin"
    with zipfile.ZipFile(file) as old:
        (name,) = [n for n in old.namelist() if n.endswith(".tar.gz")]
        with tarfile.open(fileobj=io.BytesIO(old.read(name))) as archive:
            members = [(m, archive.extractfile(m)) for m in archive if m.name != "public/index.php"]
            made = io.BytesIO()
            with tarfile.open(fileobj=made, mode="w:gz") as new:
                for member, content in members:
                    new.addfile(member, content)
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr(name, made.getvalue())
        packed.writestr(f"{name}.sha256", f"{hashlib.sha256(made.getvalue()).hexdigest()}  {name}\n")
    digest = f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"
    table.answer("runs/1101/artifacts", lambda d: d["artifacts"][0].update(digest=digest))
    rows = table.rows()
    assert (rows["Build", "Bundle Structure"]["status"], rows["Build", "SHA-256 Checksum"]["status"]) == (
        "fail",
        "ok",
    )
    assert "public/index.php" in rows["Build", "Bundle Structure"]["ist"]


@pytest.mark.parametrize("fault", ["checksum", "cut", "old"])
def test_a_backup_that_is_not_worth_its_name(table: Table, fault: str) -> None:
    import os

    newest = max(table.world.glob("staging/backups/db-*.sql.gz"), key=lambda p: p.stat().st_mtime)
    stat, beside = newest.stat(), newest.with_name(f"{newest.name}.sha256")
    if fault == "checksum":
        beside.write_text(f"{'0' * 64}  {newest.name}\n")
    if fault == "cut":
        newest.write_bytes(newest.read_bytes()[:-20])
        beside.write_text(f"{hashlib.sha256(newest.read_bytes()).hexdigest()}  {newest.name}\n")
        os.utime(newest, (stat.st_atime, stat.st_mtime))
    if fault == "old":
        for file in table.world.glob("staging/backups/db-*"):
            os.utime(file, (file.stat().st_atime, file.stat().st_mtime - 9 * 86400))
    rows = table.rows()
    assert rows["Staging deployment", "Backup"]["status"] == "fail"
    assert rows["Production deployment", "Backup"]["status"] == "ok"


def test_the_step_that_stopped_the_deployment_names_the_command(worlds: Worlds) -> None:
    page = (worlds("blocked").folder / "status.html").read_text()
    assert "sudo: a password is required" in page and "<script>alert" not in page


def test_a_dump_of_the_demo_is_what_it_says(worlds: Worlds) -> None:
    dump = next(worlds("blocked").world.glob("production/backups/db-*.sql.gz"))
    assert b"Dump completed" in gzip.decompress(dump.read_bytes())


def test_what_was_rehearsed_or_decided_for_another_environment_does_not_count(spoilt: Worlds) -> None:
    table = spoilt("deployed")
    for file in table.world.glob("production/ledger/*.json"):
        file.write_text(file.read_text().replace('"production"', '"staging"'))
    by_kind = {c["kind"]: c["status"] for c in table.asked().checks}
    assert (by_kind["rehearsal"], by_kind["approval"]) == ("fail", "pending")


def test_a_failure_that_no_row_is_about_is_not_lost(table: Table) -> None:
    """The step that stopped the deployment has no check of its own: the first row that was not reached says so."""

    def stopped(data: dict[str, Any]) -> None:
        deploy = next(job for job in data["jobs"] if job["name"] == "deploy-staging")
        deploy["conclusion"] = "failure"
        for step in deploy["steps"]:
            step["conclusion"] = {"Download Bundle": "success", "Verify Checksum": "failure"}.get(
                step["name"], "skipped"
            )
        next(job for job in data["jobs"] if job["name"] == "smoke-tests").update(
            conclusion="skipped", steps=[]
        )

    spec = table.folder / "docgen.yml"
    spec.write_text(
        spec.read_text().replace("does: [download, checksum check, transfer, extract]", "does: [download]")
    )
    table.answer(
        "workflows/deploy-staging.yml/runs", lambda d: d["workflow_runs"][0].update(conclusion="failure")
    )
    table.answer("runs/1102/jobs", stopped)
    ran = table.asked()
    rows = table.rows()
    assert ran.code == 1
    for name in ("Migrations", "Smoke Tests"):
        assert rows["Staging deployment", name]["status"] == "pending"
    (blamed,) = [c for c in ran.checks if c["status"] == "fail" and "Verify Checksum" in (c["message"] or "")]
    assert "stopped in deploy-staging, step Verify Checksum" in blamed["message"]


def test_a_run_that_waits_says_for_whom(table: Table) -> None:
    table.answer(
        "workflows/deploy-staging.yml/runs",
        lambda d: d["workflow_runs"][0].update(status="waiting", conclusion=None),
    )
    table.answer("runs/1102/jobs", lambda d: d.update(jobs=[]))
    reviewer = {"type": "User", "reviewer": {"login": "m-weber"}}
    file = table.answers / "runs/1102/pending_deployments.json"
    file.write_text(json.dumps([{"environment": {"name": "staging"}, "reviewers": [reviewer]}]))
    row = table.rows()["Staging deployment", "Health Check"]
    assert row["status"] == "pending" and "m-weber" in json.dumps(row["checks"])


def test_the_gate_in_ci(worlds: Worlds, tmp_path: Path) -> None:
    table, release = worlds("deployed"), tmp_path / "release"
    shutil.copytree(table.world / "production/current", release, symlinks=True)
    summary = tmp_path / "summary.md"
    words = (
        "gate",
        "release-structure",
        release,
        "--config",
        table.folder / "docgen.yml",
        "--format",
        "github",
    )
    ran = table.client.docgen(*words, env={"GITHUB_STEP_SUMMARY": str(summary)})
    assert (ran.code, ran.stdout) == (0, "9 of 9 checks met\n")
    assert "In order" in summary.read_text()
    (release / "public/index.php").unlink()
    ran = table.client.docgen(*words, env={"GITHUB_STEP_SUMMARY": str(summary)})
    assert ran.code == 1
    line = ran.stdout.splitlines()[0]
    assert re.match(r"::error file=.*docgen\.yml,line=\d+,col=\d+,title=.*public/index\.php::.*missing", line)
    assert summary.read_text().count("# API Gateway") >= 2
