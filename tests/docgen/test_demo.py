"""The demo: a real run that ends by itself, shows every status, and leaves nothing behind but its folder."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import stat
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ..world.client import DOCGEN, Client
from ..world.machine import needs_root

COUNTS = {"ok": 66, "fail": 2, "warn": 3, "unknown": 1, "pending": 10, "waived": 1}
FILES = {"docgen.yml", "docgen.schema.json", "snapshot.json", "status.html", "status.json", "status.md"}


def report(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "status.json").read_text("utf-8"))
    return found


def statuses(found: dict[str, Any]) -> dict[str, list[str]]:
    by_component: dict[str, list[str]] = {}
    for section in found["sections"]:
        for component in section["components"]:
            by_component[component["id"]] = [check["status"] for check in component["checks"]]
    return by_component


def test_it_shows_every_status_and_says_where_to_look(client: Client) -> None:
    ran = client.docgen("demo")
    assert ran.code == 0, ran.everything
    assert ran.stderr == ""
    assert "on purpose" in ran.stdout
    folder = Path(re.search(r"^What was declared: +(.*)/docgen.yml$", ran.stdout, re.MULTILINE)[1])  # type: ignore[index]
    try:
        assert {p.name for p in folder.iterdir() if not p.name.startswith(".")} == FILES | {"world"}
        found = report(folder)
        by_component = statuses(found)
        seen = [status for all_ in by_component.values() for status in all_]
        assert {status: seen.count(status) for status in set(seen)} == COUNTS
        assert {e["name"]: e["overall"] for e in found["environments"]} == {
            "staging": "yellow",
            "prod": "yellow",
        }
        assert by_component["staging-deployment/permissions-fix"] == ["fail", "fail"]
        assert by_component["staging-deployment/smoke-tests"] == ["pending"] * 6
        (blocker,) = found["blockers"]
        assert set(blocker["blocks"]) == {
            "production-deployment/release-decision",
            *(f"staging-deployment/{name}" for name in ("symlink-switch", "service-reload", "smoke-tests")),
        }
        assert "SOLL" in ran.stdout and (folder / "status.html").as_uri() in ran.stdout
    finally:
        subprocess.run(["rm", "-r", folder], check=True)


DRIFT = [
    ("docs/BACKUP_AUTOMATION.md", 9, "rights"),
    ("docs/BACKUP_AUTOMATION.md", 11, "host"),
    ("docs/PROD_FIX_BUNDLE_GATES.md", 8, "lines"),
    ("docs/PROD_FIX_BUNDLE_GATES.md", 10, "count"),
    ("docs/PROD_FIX_BUNDLE_GATES.md", 22, "quote"),
    ("docs/PROD_FIX_BUNDLE_GATES.md", 31, "run"),
    ("docs/PROD_FIX_BUNDLE_GATES.md", 40, "order"),
    ("docs/PROD_FIX_BUNDLE_GATES.md", 50, "claim"),
    ("docs/PROD_FIX_BUNDLE_GATES.md", None, "content"),
    ("docs/ROLLBACK.md", 11, "path"),
    ("docs/preflight.html", 7, "link"),
    ("docs/STAGING_COMPLETION_REPORT.md", None, "missing"),
    ("docs/PRODUCTION_DEPLOYMENT_GUIDE.md", None, "missing"),
]


@pytest.mark.parametrize("state", ["blocked", "deployed"])
def test_where_its_documents_are_not_true(client: Client, state: str) -> None:
    client.docgen("demo", "-o", "there", "--state", state)
    jsonschema.validate(report(client.folder / "there"), json.loads(client.docgen("schema", "report").stdout))
    lights = {e["name"]: e["overall"] for e in report(client.folder / "there")["environments"]}
    assert lights == {"staging": "yellow", "prod": "green" if state == "deployed" else "yellow"}
    ran = client.docgen("docs", "-c", "there/docgen.yml", "--from", "there/snapshot.json", "-f", "json")
    found = [
        (document["path"], one["line"], one["sort"])
        for document in json.loads(ran.stdout)["documents"]
        for one in document["statements"]
        if one["verdict"] == "deviates"
    ]
    assert ran.code == 1 and found == [one for one in DRIFT if state == "blocked" or one[2] != "claim"]
    (seen,) = [c for c in statuses(report(client.folder / "there")).items() if c[0].startswith("documents/")]
    assert seen[1] == ["warn"]


def test_what_it_suggests_works_afterwards(client: Client) -> None:
    ran = client.docgen("demo", "-o", "there")
    lines = [line.strip() for line in ran.stdout.splitlines() if re.match(r"  \S*docgen ", line)]
    assert [line.split()[1] for line in lines] == ["status", "explain", "plan"]
    for line in lines:
        _, *arguments = line.split()
        again = client.docgen(*arguments)
        assert again.code == (1 if arguments[0] == "status" else 0), again.everything
        assert again.stdout


def test_the_saved_snapshot_gives_the_same_bytes(client: Client) -> None:
    client.docgen("demo", "-o", "there")
    for name in ("status.html", "status.md", "status.json"):
        again = client.docgen("status", "-c", "there/docgen.yml", "--from", "there/snapshot.json", "-o", name)
        assert again.code == 1, again.everything
        assert (client.folder / name).read_bytes() == (client.folder / "there" / name).read_bytes()


def test_it_really_looks(client: Client) -> None:
    """With the fault mended in the world that it left, the same spec says so."""
    client.docgen("demo", "-o", "there")
    os.chmod(client.folder / "there/world/staging/shared/storage", 0o2775)
    again = client.status("-c", "there/docgen.yml", "--env", "staging")
    by_component = statuses(again.report)
    assert by_component["staging-deployment/permissions-fix"] == ["fail", "ok"], "the step has not run again"
    assert by_component["staging-in-operation/health"] == ["fail"], "its web server has ended"


def test_with_the_password_the_unknown_one_is_known(client: Client) -> None:
    ran = client.docgen("demo", "-o", "there", env={"DOCGEN_DEMO_HUB_PASSWORD": "demo"})
    assert ran.code == 0, ran.everything
    found = report(client.folder / "there")
    assert statuses(found)["staging-in-operation/documentation-hub"] == ["ok", "ok"]


def test_twice_into_the_same_folder(client: Client) -> None:
    assert client.docgen("demo", "-o", "there").code == 0
    assert client.docgen("demo", "--output", "there", "--lang", "de").code == 0
    assert report(client.folder / "there")["language"] == "de"


def test_a_folder_of_somebody_else_is_left_alone(client: Client) -> None:
    mine = client.folder / "mine"
    mine.mkdir()
    (mine / "docgen.yml").write_text("project: mine\n")
    ran = client.docgen("demo", "-o", "mine")
    assert ran.code == 2 and "not of a demo" in ran.stderr
    assert [p.name for p in mine.iterdir()] == ["docgen.yml"]
    assert client.docgen("demo", "-o", "mine/docgen.yml").code == 2


def test_a_folder_that_cannot_be_written(client: Client) -> None:
    ran = client.docgen("demo", "-o", "/proc/nowhere")
    assert ran.code == 4 and "/proc/nowhere" in ran.stderr


def test_in_a_bare_environment_and_a_folder_with_an_odd_name(client: Client) -> None:
    odd = client.folder / 'it\'s {a} "folder": ü #1'
    done = subprocess.run(
        [str(DOCGEN), "demo", "-o", str(odd)],
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    seen = [status for all_ in statuses(report(odd)).values() for status in all_]
    assert {status: seen.count(status) for status in set(seen)} == COUNTS


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_modes_do_not_depend_on_the_umask(client: Client, umask: int) -> None:
    done = client.docgen("demo", "-o", "there", prefix=("sh", "-c", f'umask {umask:o}; exec "$@"', "sh"))
    assert done.code == 0, done.everything
    root = client.folder / "there/world/production"
    assert stat.S_IMODE((root / "shared/storage").stat().st_mode) == 0o2775
    assert stat.S_IMODE((root / "shared/.env").stat().st_mode) == 0o640


def test_nothing_keeps_running(client: Client) -> None:
    ran = client.docgen("demo", "-o", "there")
    assert ran.code == 0
    ports = set(
        re.findall(r"http://127\.0\.0\.1:(\d+)", (client.folder / "there/docgen.yml").read_text("utf-8"))
    )
    assert len(ports) == 2
    for port in ports:
        with socket.socket() as one:
            assert one.connect_ex(("127.0.0.1", int(port))) != 0


def test_secrets_of_its_world_are_not_in_the_reports(client: Client) -> None:
    client.docgen("demo", "-o", "there")
    for name in FILES - {"docgen.schema.json"}:
        assert "ZGVtbyBk" not in (client.folder / "there" / name).read_text("utf-8")


def test_without_root(client: Client) -> None:
    needs_root()
    # Not below pytest's folder: that is closed to other accounts.
    there = Path(tempfile.mkdtemp(prefix="docgen-test-"))
    try:
        os.chown(there, 65534, 65534)
        drop = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
        ran = client.docgen("demo", "-o", there / "here", prefix=drop)
        assert ran.code == 0, ran.everything
        assert statuses(report(there / "here"))["production-in-operation/shared-files"] == ["ok", "ok"]
    finally:
        shutil.rmtree(there)
