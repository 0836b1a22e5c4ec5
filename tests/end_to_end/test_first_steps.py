"""From nothing to a true status: init, gate, explain, schema and demo, as a new user would type them."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import jsonschema
import yaml

from ..world.client import Client, Ran
from ..world.world import PROD, RELEASE, World


def adopted(world: World, *arguments: str) -> Ran:
    """``docgen init --adopt`` of the server."""
    return world.docgen(
        "init", "--adopt", world.target, "--root", PROD, "--identity", world.identity,
        "--known-hosts", world.known_hosts, "--project", "API Gateway", "--url", world.url["prod"], *arguments,
    )  # fmt: skip


def test_adopting_a_live_server_gives_a_spec_that_holds(world: World) -> None:
    files, processes = world.files(), world.processes()
    ran = adopted(world)
    assert ran.code == 0, ran.everything
    assert world.files() == files and world.processes() == processes
    text = (world.folder / "docgen.yml").read_text()
    assert "canary" not in text and "canary" not in ran.everything
    assert "yaml-language-server" in text
    for volatile in (RELEASE, "4144baac", "20251101", "laravel.log"):
        assert volatile not in text, volatile
    first = world.status()
    assert first.code == 0, [
        (c["id"], c["status"], c["message"]) for c in first.checks if c["status"] != "ok"
    ]
    assert first.report["coverage"]["declared"] >= 10
    # What was adopted is watched from now on.
    world.root(f"rm -r {PROD}/releases/{RELEASE}/vendor; chmod 777 {PROD}/shared/storage")
    assert world.status().code == 1


def test_adopting_says_what_it_could_not_see(world: World) -> None:
    world.denied(f"{PROD}/shared")
    ran = adopted(world)
    assert ran.code in {0, 3}, ran.everything
    second = world.status()
    assert "fail" not in {c["status"] for c in second.checks}, second.checks


def test_adopting_a_server_that_is_not_trusted_writes_nothing(world: World) -> None:
    world.other_host_key()
    ran = adopted(world)
    assert ran.code in {2, 3}
    assert "HOST KEY CHANGED" in ran.stderr
    assert not (world.folder / "docgen.yml").exists()


def test_init_overwrites_nothing(world: World) -> None:
    world.check("file: current/artisan")
    before = (world.folder / "docgen.yml").read_bytes()
    ran = world.docgen("init")
    assert ran.code == 2 and "--force" in ran.stderr
    assert (world.folder / "docgen.yml").read_bytes() == before


def test_the_preset_for_laravel_fits_the_world_of_the_report(world: World) -> None:
    ran = world.docgen("init", "--preset", "laravel", "--project", "API Gateway")
    assert ran.code == 0, ran.everything
    path = world.folder / "docgen.yml"
    data = yaml.safe_load(path.read_text())
    assert {"staging", "prod"} <= set(data["environments"])
    schema = json.loads(next(world.folder.glob("*schema*.json")).read_text())
    jsonschema.validate(data, schema)
    # It speaks of example.com until it is filled in: it must load, and contact nobody for a plan.
    plan = world.docgen("plan")
    assert plan.code == 0, plan.everything


# --- gates ------------------------------------------------------------------------------------------------------

GATES = """
gates:
  release-structure:
    - file: artisan
    - file: composer.json
    - {file: public/index.php, severity: critical}
    - file: public/build/manifest.json
    - {file: vendor/autoload.php, severity: critical}
    - directory: bootstrap
    - directory: config
    - directory: routes
    - directory: app
sections: []
"""


def test_one_gate_on_the_live_release_and_on_a_folder(world: World, tmp_path: Path) -> None:
    world.spec(world.environments() + GATES)
    live = world.docgen("gate", "release-structure", "--env", "prod", "--format", "json")
    assert live.code == 0 and [c["status"] for c in live.checks] == ["ok"] * 9, live.everything
    folder = tmp_path / "release"
    folder.mkdir()
    archive = subprocess.run(
        world.enter("tar", "-C", f"{PROD}/releases/{RELEASE}", "-cf", "-", "."),
        capture_output=True,
        check=True,
    )
    subprocess.run(["tar", "-C", folder, "-xf", "-"], input=archive.stdout, check=True)
    here = world.docgen("gate", "release-structure", folder, "--format", "json")
    assert here.code == 0 and [c["status"] for c in here.checks] == ["ok"] * 9, here.everything
    (folder / "public/index.php").unlink()
    world.root(f"rm {PROD}/releases/{RELEASE}/public/index.php")
    for arguments in (("--env", "prod"), (str(folder),)):
        ran = world.docgen("gate", "release-structure", *arguments, "--format", "json")
        assert ran.code == 1
        assert [c["soll"] for c in ran.checks if c["status"] == "fail"] and ran.report["overall"] == "red"
    ran = world.docgen("gate", "release-structur", "--env", "prod")
    assert ran.code == 2 and "release-structure" in ran.stderr


# --- explain, schema, demo --------------------------------------------------------------------------------------


def test_explain_says_what_and_why_and_where_from(world: World) -> None:
    world.check("file: '{root}/current/artisan'", "sudo: /usr/bin/systemctl reload nginx")
    ran = world.status("--env", "prod", "--save", "snapshot.json")
    for check in ran.checks:
        said = world.docgen("explain", check["id"], "--from", "snapshot.json")
        assert said.code == 0 and check["kind"] in said.stdout, said.everything
    said = world.docgen("explain", "artisan")
    assert "docgen.yml:" in said.stdout and PROD in said.stdout
    assert world.docgen("explain", "nothing-like-it").code == 2


def test_the_schema_accepts_what_docgen_accepts(world: World) -> None:
    world.check(
        "file: current/artisan", "http: {url: /health, within: 2s}", "absent: {below: current, name: '*.sql'}"
    )
    schema = json.loads(world.docgen("schema").stdout)
    data = yaml.safe_load((world.folder / "docgen.yml").read_text())
    jsonschema.validate(data, schema)
    data["sections"][0]["components"][0]["checks"][0] = {"flie": "x"}
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(data))


def test_the_demo_is_a_real_run_that_ends_by_itself(client: Client) -> None:
    first = client.docgen("demo", "--output", client.folder / "demo", timeout=600)
    assert first.code in {0, 1}, first.everything
    page = next((client.folder / "demo").rglob("*.html"))
    assert str(page) in first.everything or page.name in first.everything
    assert re.search(r"SOLL|IST", first.stdout)
    addresses = re.findall(
        r"<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=[\"']?([^\"'>]+)", page.read_text()
    )
    assert all(address.startswith("data:") for address in addresses), "a page needs nothing from anywhere"
