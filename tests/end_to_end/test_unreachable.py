"""Hosts that cannot be reached or trusted: unknown, grey, exit code 3; the rest is still reported."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import textwrap
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ..world.client import Client, Ran
from ..world.machine import free_ports
from ..world.strange import Banner, Proxy, Server, Silent
from ..world.world import World

TIMEOUT = 2


def spec(client: Client, target: str, **options: object) -> Path:
    """A spec of one check on `target`."""
    more = {"known-hosts": client.write("known_hosts", ""), **options}
    return client.spec(
        "project: Gateway\n"
        f"ssh: {{{', '.join(f'{k}: {v}' for k, v in more.items())}}}\n"
        f"environments: {{prod: {{host: '{target}'}}}}\n"
        "sections:\n"
        "  - name: Server\n"
        "    environment: prod\n"
        "    components: [{name: Release, checks: [file: /var/www/artisan]}]\n"
    )


def nothing_was_seen(ran: Ran) -> str:
    """Asserts what holds for every host that was not reached; gives the message of the check."""
    assert ran.code == 3, ran.everything
    check = ran.check()
    assert (check["status"], check["verdict"]) == ("unknown", "undetermined")
    assert ran.report["overall"] == "grey"
    assert [e["overall"] for e in ran.report["environments"]] == ["grey"]
    assert ran.report["coverage"] == {"declared": 1, "observed": 0, "undetermined": 1}
    return str(check["message"])


def test_connection_refused(client: Client) -> None:
    port = free_ports(1)[0]
    spec(client, f"deploy@127.0.0.1:{port}")
    ran = client.status()
    assert (
        f"127.0.0.1:{port} refused the connection. Is sshd running, and is the port right?"
        in nothing_was_seen(ran)
    )
    assert ran.check()["observation"] == "unreachable"


def test_a_name_that_does_not_resolve(client: Client) -> None:
    spec(client, "deploy@no-such-host.invalid")
    started = time.monotonic()
    message = nothing_was_seen(client.status())
    assert "no-such-host.invalid does not resolve" in message
    assert time.monotonic() - started < 15


@pytest.mark.parametrize(
    ("strange", "said"), [(Silent, "sent no SSH banner"), (Banner, "did not finish the SSH handshake")]
)
def test_a_server_that_falls_silent(client: Client, strange: Callable[[], Server], said: str) -> None:
    with strange() as server:
        spec(client, f"deploy@127.0.0.1:{server.port}", **{"connect-timeout": f"{TIMEOUT}s"})
        message = nothing_was_seen(client.status())
        # What is left of the time when it begins to listen.
        assert said in message and re.search(rf"within [0-{TIMEOUT}] s", message)


def test_a_host_that_is_down_hides_no_other(world: World) -> None:
    port = free_ports(1)[0]
    world.spec(
        world.environments().replace(f"host: {world.target}", f"hosts: [{world.target}, x@localhost:{port}]", 1)
        + textwrap.dedent("""\
            sections:
              - name: Server
                environments: [prod, staging]
                components: [{name: Release, checks: [file: current/artisan]}]
            """)
    )  # fmt: skip
    ran = world.status()
    assert ran.code == 3
    statuses = {check["id"]: check["status"] for check in ran.checks}
    assert sorted(statuses.values()) == ["ok", "ok", "unknown"]
    assert next(host for host, status in statuses.items() if status == "unknown").endswith("@localhost")
    assert ran.report["coverage"] == {"declared": 3, "observed": 2, "undetermined": 1}
    assert {e["name"]: e["overall"] for e in ran.report["environments"]} == {
        "prod": "yellow",
        "staging": "green",
    }


def test_a_stopped_host(world: World) -> None:
    world.host_down()
    message = nothing_was_seen(world.look("file: current/artisan"))
    assert "refused the connection" in message


# --- trust ------------------------------------------------------------------------------------------------------


def fingerprint(key: str) -> str:
    shown = subprocess.run(["ssh-keygen", "-lf", "-"], input=key, capture_output=True, text=True, check=True)
    return shown.stdout.split()[1]


def test_a_changed_host_key_is_refused_before_anything_is_sent(world: World) -> None:
    world.other_host_key()
    expected = world.known_hosts.read_text().split(" ", 1)[1]
    pinned = world.known_hosts.read_bytes()
    message = nothing_was_seen(world.look("file: current/artisan"))
    assert f"HOST KEY CHANGED for 127.0.0.1:{world.ports.ssh}" in message
    assert fingerprint(expected) in message and fingerprint(world.host_key) in message
    assert "ssh-keygen -R" in message
    assert world.known_hosts.read_bytes() == pinned
    log = world.log()
    assert "Connection from 127.0.0.1" in log
    assert "userauth-request" not in log and "publickey" not in log


def test_a_changed_host_key_is_one_blocker_for_all_that_it_holds_back(world: World) -> None:
    world.other_host_key()
    ssh = f"{{identity: {world.identity}, known-hosts: {world.known_hosts}}}"
    (world.folder / "docgen.yml").write_text(f"""\
project: Shop
language: de
ssh: {ssh}
environments:
  prod: {{hosts: {{web: "{world.target}", again: "{world.target}"}}, root: /var/www/api-gateway}}
  staging: {{host: "{world.target}", root: /var/www/api-gateway-staging}}
sections:
  - name: Basis
    environment: prod
    components: [{{name: Files, on: [web, again], checks: [file: current/artisan]}}]
  - name: Basis
    id: second
    environment: staging
    components: [{{name: Files, checks: [file: current/artisan]}}]
""")
    ran = world.docgen("status", "--save", "snapshot.json", "-f", "json")
    (blocker,) = json.loads(ran.stdout)["blockers"]
    assert len(blocker["blocks"]) == 2
    assert fingerprint(world.host_key) in blocker["cause"]
    assert "ssh-keygen -R" in blocker["remedy"]
    for format_ in ("text", "md", "html"):
        text = world.docgen("status", "--from", "snapshot.json", "-f", format_).stdout
        assert text.count("HOST-SCHLÜSSEL GEÄNDERT") == 1
        # The marks, the counts and the labels of the rows say it in other case or with a number.
        assert re.search("NICHT FESTSTELLBAR\n|## Nicht feststellbar\n|>Nicht feststellbar <span", text)
        assert not re.search("^ABWEICHUNGEN|Abweichungen und", text, re.M)


def test_an_unknown_host_key_is_never_accepted(world: World) -> None:
    world.write("known_hosts", "")
    message = nothing_was_seen(world.look("file: current/artisan"))
    assert "is not pinned" in message and fingerprint(world.host_key) in message
    assert world.known_hosts.read_bytes() == b""
    assert "userauth-request" not in world.log()


@pytest.mark.parametrize(
    "line", ["@revoked * ssh-ed25519 AAAA", "@cert-authority * ssh-ed25519 AAAA", "127.0.0.1 ssh-ed25519 %%%"]
)
def test_a_bad_line_of_known_hosts(world: World, line: str) -> None:
    good = world.known_hosts.read_text()
    world.write("known_hosts", good + line + "\n")
    message = nothing_was_seen(world.look("file: current/artisan"))
    assert "known_hosts:2" in message


# --- the private key --------------------------------------------------------------------------------------------


def test_four_things_wrong_with_the_private_key(world: World) -> None:
    text = world.identity.read_bytes()
    public = world.identity.with_suffix(".pub").read_bytes()
    encrypted = world.folder / "encrypted"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", encrypted], check=True)
    wanted = {
        world.folder / "missing": "does not exist",
        world.write("open", text, 0o644): "chmod 600",
        encrypted: "ssh-add",
        world.write("key.pub", public): "same file without .pub",
    }
    messages = set()
    for path, said in wanted.items():
        world.check("file: current/artisan")
        spec = world.folder / "docgen.yml"
        spec.write_text(spec.read_text().replace(str(world.identity), str(path)))
        message = nothing_was_seen(world.status("--env", "prod"))
        assert str(path) in message and said in message
        messages.add(message)
    assert len(messages) == 4
    assert "userauth-request" not in world.log()


def test_a_key_that_the_server_does_not_know(world: World) -> None:
    other = world.folder / "stranger"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other], check=True)
    world.identity = other
    assert "does not accept the login of deploy" in nothing_was_seen(world.look("file: current/artisan"))


def test_a_passphrase_by_reference(world: World) -> None:
    key = world.write("locked", world.identity.read_bytes())
    subprocess.run(["ssh-keygen", "-q", "-p", "-N", "correct horse", "-P", "", "-f", key], check=True)
    world.identity = key
    world.check("file: current/artisan")
    path = world.folder / "docgen.yml"
    path.write_text(path.read_text().replace("connect-timeout: 5s", "passphrase: {env: KEY_PASSPHRASE}"))
    ran = world.status("--env", "prod", env={"KEY_PASSPHRASE": "correct horse"})
    assert (ran.code, ran.check()["status"]) == (0, "ok")


def test_the_agent_holds_the_key(world: World) -> None:
    started = subprocess.run(["ssh-agent", "-s"], capture_output=True, text=True, check=True).stdout
    agent = dict(re.findall(r"(SSH_\w+)=([^;]+)", started))
    try:
        subprocess.run(
            ["ssh-add", "-q", world.identity], env={**os.environ, **agent}, check=True, capture_output=True
        )
        world.check("file: current/artisan")
        path = world.folder / "docgen.yml"
        path.write_text(path.read_text().replace(f"identity: {world.identity}, ", ""))
        assert world.status("--env", "prod", env={"SSH_AUTH_SOCK": agent["SSH_AUTH_SOCK"]}).code == 0
        nothing_was_seen(world.status("--env", "prod"))
    finally:
        os.kill(int(agent["SSH_AGENT_PID"]), signal.SIGTERM)


# --- known_hosts as people have it --------------------------------------------------------------------------------


def test_known_hosts_of_the_home_folder_hashed_and_with_keys_of_other_types(world: World) -> None:
    ecdsa = world.folder / "ecdsa"
    subprocess.run(["ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-f", ecdsa], check=True)
    name, other = (
        f"[127.0.0.1]:{world.ports.ssh}",
        " ".join(ecdsa.with_suffix(".pub").read_text().split()[:2]),
    )
    folder = world.folder / "home/.ssh"
    folder.mkdir(mode=0o700)
    path = folder / "known_hosts"
    path.write_text(f"# mine\n\n{name} {other}\nexample.com,{name} {world.host_key}\n")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", path], check=True, capture_output=True)
    assert "127.0.0.1" not in path.read_text()
    world.check("file: current/artisan")
    spec = world.folder / "docgen.yml"
    spec.write_text(spec.read_text().replace(f"known-hosts: {world.known_hosts}, ", ""))
    ran = world.status("--env", "prod")
    assert (ran.code, ran.check()["status"]) == (0, "ok"), ran.check()


# --- jump hosts -------------------------------------------------------------------------------------------------


def through(world: World, jump: str, target: str | None = None) -> Ran:
    world.check("file: current/artisan")
    path = world.folder / "docgen.yml"
    text = path.read_text().replace("connect-timeout: 5s", f"connect-timeout: 5s, jump: '{jump}'")
    path.write_text(text.replace(world.target, target or world.target))
    return world.status("--env", "prod")


def test_through_a_jump_host(world: World) -> None:
    with Proxy(world.ports.ssh) as bastion:
        world.pin(world.ports.ssh, bastion.port)
        ran = through(world, f"deploy@127.0.0.1:{bastion.port}")
        assert (ran.code, ran.check()["status"]) == (0, "ok"), ran.check()
        assert bastion.accepted == 1
        closed = free_ports(1)[0]
        ran = through(world, f"deploy@127.0.0.1:{bastion.port}", f"deploy@127.0.0.1:{closed}")
        assert str(closed) in nothing_was_seen(ran)
        world.pin(bastion.port)  # the way is trusted, the target is not
        assert "is not pinned" in nothing_was_seen(through(world, f"deploy@127.0.0.1:{bastion.port}"))
        world.pin(world.ports.ssh)  # the target is trusted, the way is not
        assert "is not pinned" in nothing_was_seen(through(world, f"deploy@127.0.0.1:{bastion.port}"))
    assert "refused the connection" in nothing_was_seen(through(world, f"deploy@127.0.0.1:{bastion.port}"))


# --- many at once -----------------------------------------------------------------------------------------------


def test_forty_hosts_behind_one_sshd_are_all_seen(world: World) -> None:
    hosts = "\n".join(f"      web{n}: {world.target}" for n in range(40))
    world.spec(
        world.environments().replace(f"    host: {world.target}\n", f"    hosts:\n{hosts}\n", 1)
        + "sections:\n  - name: Server\n    environment: prod\n"
        "    components: [{name: Release, checks: [file: current/artisan]}]\n"
    )
    ran = world.status("--env", "prod")
    assert [check["status"] for check in ran.checks] == ["ok"] * 40, [c["message"] for c in ran.checks]
    assert ran.code == 0


def test_silent_hosts_and_addresses_are_waited_for_side_by_side(client: Client) -> None:
    with Silent() as server:
        hosts = ", ".join(f"h{n}: 'x@127.0.0.1:{server.port}'" for n in range(8))
        urls = ", ".join(
            f"{{http: {{url: 'http://127.0.0.1:{server.port}/{n}', within: 2s}}}}" for n in range(8)
        )
        client.write("known_hosts", "")
        client.spec(
            "project: Gateway\nssh: {known-hosts: known_hosts, connect-timeout: 2s}\n"
            f"environments: {{prod: {{hosts: {{{hosts}}}}}}}\n"
            "sections: [{name: A, environment: prod, components: [{name: B, checks: [file: /x]}, "
            f"{{name: C, checks: [{urls}]}}]}}]\n"
        )
        started = time.monotonic()
        ran = client.status()
        assert time.monotonic() - started < 10
    assert [row["status"] for row in ran.components.values()] == ["unknown", "fail"]
    assert len(ran.checks) == 16 and ran.code == 1


def test_two_runs_at_once_do_not_disturb_each_other(world: World) -> None:
    world.check("file: current/artisan")
    with ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(lambda _: world.status("--env", "prod"), range(4)))
    assert [ran.code for ran in runs] == [0] * 4
