"""``docgen doctor``: what is missing is named, with what to do; no secret is shown, and nothing is contacted unasked."""

from __future__ import annotations

import shutil
from pathlib import Path

from ...checks.servers import closed_port
from ...world.client import Client, Ran
from ...world.world import World

SPEC = """
project: Shop
secrets: {{hub: {{env: HUB}}, idle: {{file: nothing}}, chat: {{env: CHAT}}}}
publish: {{heartbeat: "{{secret.hub}}", notify: ["{{secret.chat}}"]}}
environments:
  prod: {{host: {{ssh: "deploy@127.0.0.1:{port}", known-hosts: known_hosts, identity: "{identity}"}}, root: /srv}}
sections:
  - {{name: Operation, environment: prod, components: [{{name: Configuration, checks: [file: .env]}}]}}
"""


def lines(ran: Ran) -> dict[str, str]:
    """State and words by what was looked at."""
    found = {}
    for line in ran.stdout.splitlines():
        if not line.startswith("   "):
            state, _, rest = line.partition(" ")
            what, _, said = rest.strip().partition(": ")
            found[what] = f"{state} {said}"
    return found


def test_a_machine_without_a_project(client: Client) -> None:
    ran = client.docgen("doctor")
    found = lines(ran)
    assert ran.code == 0, ran.everything
    assert (
        found["PDF"].startswith("ok WeasyPrint")
        and found["docgen"].startswith("ok")
        and found["git"].startswith("ok")
    )
    assert found["docgen.yml"].startswith("note")
    assert client.docgen("doctor", "--env", "prod").code == 2


def test_what_is_missing_is_named(client: Client) -> None:
    tools = client.folder / "bin"
    tools.mkdir()
    (tools / "python").symlink_to(shutil.which("python3") or "")
    ran = client.docgen("doctor", env={"PATH": str(tools)})
    found = lines(ran)
    assert found["git"].startswith("note not here") and "apt-get install git" in ran.stdout
    assert ran.code == 0, "nothing here needs it"
    broken = client.folder / "broken"
    broken.mkdir()
    (broken / "weasyprint.py").write_text("raise OSError('cannot load library libpango')\n")
    ran = client.docgen("doctor", env={"PYTHONPATH": str(broken)})
    assert (
        ran.code == 1 and "apt-get install" in lines(ran)["PDF"] and lines(ran)["PDF"].startswith("missing")
    )


def test_a_project(client: Client) -> None:
    port = closed_port()
    key = client.write("key", "x")
    client.spec(SPEC.format(port=port, identity=key))
    client.write("known_hosts", "")
    ran = client.docgen("doctor", env={"HUB": "s3cret-s3cret"})
    found = lines(ran)
    assert ran.code == 1 and "s3cret" not in ran.everything
    assert found["secret hub"] == "ok there"
    assert found["secret idle"].startswith("note") and found["secret chat"].startswith(
        "missing the environment variable"
    )
    assert found["notifications"].startswith("ok")
    assert found["prod/127.0.0.1"].startswith(f"missing the host key of [127.0.0.1]:{port} is not pinned")
    assert f"ssh-keyscan -p {port} 127.0.0.1" in ran.stdout
    client.write("known_hosts", f"[127.0.0.1]:{port} ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{'A' * 43}\n")
    good = client.docgen("doctor", env={"HUB": "x", "CHAT": "y"})
    assert good.code == 0, good.everything
    key.unlink()
    assert "cannot be read" in lines(client.docgen("doctor", env={"HUB": "x", "CHAT": "y"}))["prod/127.0.0.1"]
    asked = client.docgen("doctor", "--env", "prod", env={"HUB": "x", "CHAT": "y"})
    assert asked.code == 1 and "refused the connection" in asked.stdout
    client.spec("project: x\n")
    assert client.docgen("doctor").code == 2


def test_hosts_are_reached_only_when_asked_for(world: World) -> None:
    world.write("docgen.yml", SPEC.format(port=world.ports.ssh, identity=world.identity))
    before = world.log()
    env = {"HUB": "x", "CHAT": "y"}
    ran = world.docgen("doctor", env=env)
    assert ran.code == 0 and world.log() == before, ran.everything
    ran = world.docgen("doctor", "--env", "prod", env=env)
    assert ran.code == 0 and "logged in as deploy, ssh-ed25519 SHA256:" in ran.stdout, ran.everything
    world.other_host_key()
    assert "HOST KEY CHANGED" in world.docgen("doctor", "--env", "prod", env=env).stdout
    assert Path(world.known_hosts).is_file()
