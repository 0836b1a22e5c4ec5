"""What is live, whether one could go back, and what the database already has: through the command."""

from __future__ import annotations

import json

from ..checks.github import BASE, REPOSITORY, GitHub, run
from ..world.world import PROD, RELEASE, World

RUNNING = """\
running:
  path: .
  revision: true
  http: {url: /version.json, json: $.commit, from: FROM}
  ledger: {files: "ledger/*.json", environment: prod}
  workflow: {file: build.yml, branch: main, artifact: "deployment-bundle-*"}
"""


def test_what_is_running_by_five_witnesses(world: World) -> None:
    world.put(f"{PROD}/current/public/version.json", json.dumps({"commit": "4144baac"}))
    entry = {"timestamp": "2025-11-01T22:50:00Z", "action": "deploy", "env": "prod", "result": "success"}
    world.put(f"{PROD}/ledger/1.json", json.dumps({**entry, "release": RELEASE}))
    with GitHub().serving() as github:
        world.check(RUNNING.replace("FROM", "host"))
        spec = (world.folder / "docgen.yml").read_text()
        world.spec(f'github: {{repository: {REPOSITORY}, api: "{github.url}"}}\n{spec}')
        ran = world.status("--env", "prod")
        assert (ran.code, ran.check()["status"]) == (0, "ok"), ran.check()
        assert {one["source"] for one in ran.check()["evidence"]} == {"ssh", "http", "github"}
        assert "sha256:" in str(ran.check())

        late = {**entry, "timestamp": "2025-11-02T08:00:00Z", "commit": "80d6a856"}
        world.put(f"{PROD}/ledger/2.json", json.dumps(late))
        ran = world.status("--env", "prod")
        assert (ran.code, ran.check()["status"]) == (1, "fail")
        assert "the ledger says 80d6a856, all others 4144baac." in ran.check()["message"]
        shown = world.docgen("status", "--env", "prod", "-v").stdout
        assert "the ledger says 80d6a856, all others 4144baac." in " ".join(shown.split())

        world.root(f"rm {PROD}/ledger/2.json; chown root:root {PROD}/ledger; chmod 700 {PROD}/ledger")
        github.answers[f"{BASE}/workflows/build.yml/runs"] = {
            "workflow_runs": [
                run(id=8, run_number=13, conclusion="failure", created_at="2025-11-02T09:00:00Z"),
                run(),
            ]
        }
        github.answers[f"{BASE}/runs/8/jobs"] = {"jobs": []}
        github.answers[f"{BASE}/runs/8/artifacts"] = {"artifacts": []}
        ran = world.status("--env", "prod")
        assert (ran.code, ran.check()["status"]) == (3, "unknown")
        assert "the ledger was not heard" in ran.check()["message"]
        assert [a["verdict"] for a in ran.check()["aspects"]] == ["conform"] * 3 + ["undetermined", "conform"]


ROLLBACK = (
    "rollback: {path: ., requires: [artisan, public/index.php], shared: [storage, .env], "
    "backup: 'backups/db-*.sql.gz'}"
)


def test_whether_one_could_go_back_tonight(world: World) -> None:
    old = "20251030_181500-3fa2c1d0"
    dump = f"cd {PROD}/backups; gzip -d db-*.gz; echo '-- Dump completed' >>$(ls db-*.sql); gzip db-*.sql; "
    sums = "for f in db-*.gz; do sha256sum $f >$f.sha256; chown deploy $f $f.sha256; done; "
    world.root(
        dump + sums + "touch -d '1 hour ago' db-*; touch -h ../current ../current/storage ../current/.env"
    )
    ran = world.look(ROLLBACK)
    assert (ran.code, ran.check()["status"]) == (0, "ok"), ran.check()
    assert f"yes: to {old} with db-20251101_220500.sql.gz" in str(ran.check()["ist"])

    world.root(f"touch -d '1 minute' {PROD}/backups/db-*")
    ran = world.look(ROLLBACK)
    assert (ran.code, ran.check()["status"]) == (1, "fail")
    assert "no: there is no backup from before the deployment" in str(ran.check()["ist"])

    world.root(f"rm -r {PROD}/releases/{old}/public; touch -d '1 hour ago' {PROD}/backups/db-*")
    shown = " ".join(world.docgen("status", "--env", "prod", "-v").stdout.split())
    assert "no: the previous release lacks public/index.php" in shown

    world.denied(f"{PROD}/releases/{old}")
    ran = world.look(ROLLBACK)
    assert (ran.code, ran.check()["status"], ran.check()["observation"]) == (3, "unknown", "denied")
    assert f"{PROD}/releases/{old}" in ran.check()["remedy"]


MIGRATIONS = (
    "migrations: {path: current, candidate: releases/20251102_080000-80d6a856, runs-application-code: true}"
)
SPLIT = """<?php
return new class extends Migration {
    public function up(): void
    {
        $table->dropColumn('name');
    }
    public function down(): void
    {
    }
};
"""


def test_a_failed_deployment_had_migrated_already(world: World) -> None:
    new, name = f"{PROD}/releases/20251102_080000-80d6a856", "2025_11_02_080000_split_the_name"
    world.root(f"cp -a {PROD}/releases/{RELEASE} {new}")
    ran = world.look(MIGRATIONS)
    assert (ran.code, ran.check()["status"]) == (0, "ok"), ran.check()
    assert "application" in world.docgen("plan", "--env", "prod").stdout

    world.put(f"{new}/database/migrations/{name}.php", SPLIT)
    world.root(f"echo {name} >>{PROD}/shared/database")
    ran = world.look(MIGRATIONS)
    assert (ran.code, ran.check()["status"]) == (1, "fail")
    for words in (
        f"ahead of the live release by 1: {name}",
        f"not safe: {name} drops: $table->dropColumn('name');",
    ):
        assert words in str(ran.check()["ist"])

    world.put(f"{PROD}/shared/database", "down\n")
    ran = world.look(MIGRATIONS)
    assert (ran.code, ran.check()["status"]) == (3, "unknown")
    assert "Connection refused" in ran.check()["message"] and "canary" not in ran.everything

    world.check("migrations: {path: current}")
    ran = world.status("--env", "prod")
    assert ran.code == 2 and "runs-application-code: true" in ran.stderr
