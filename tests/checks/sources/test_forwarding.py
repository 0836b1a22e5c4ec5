"""Connections that start at the host, through a real sshd."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checks.model import Fact, Observation, probe
from checks.sources import network, reach
from checks.sources.forwarding import as_raised_here
from checks.sources.ssh import Ssh
from checks.spec.spec import Host

sys.path.insert(0, str(Path(__file__).parent.parent))
import servers

CONFIG = """\
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
PidFile none
StrictModes no
UsePAM no
PermitRootLogin yes
UseDNS no
LogLevel ERROR
"""


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Starts servers with more lines of configuration; gives a connection to each."""
    folder = tmp_path_factory.mktemp("sshd")
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    separation = Path("/run/sshd")  # as root, sshd does not start without it
    made = os.geteuid() == 0 and not separation.exists()
    if made:
        separation.mkdir()
    started: list[subprocess.Popen[bytes]] = []
    connections: list[Any] = []

    def start(*more: str) -> Ssh:
        port = servers.closed_port()
        config = folder / f"config-{port}"
        config.write_text("\n".join([CONFIG.format(folder=folder), *more, ""]))
        program = shutil.which("sshd", path="/usr/sbin:/usr/bin")
        assert program, "sshd is needed: apt-get install openssh-server"
        started.append(subprocess.Popen([program, "-D", "-e", "-p", str(port), "-f", config]))
        known = folder / f"known-{port}"
        known.write_text(f"[127.0.0.1]:{port} {(folder / 'host.pub').read_text()}")
        host = Host(
            id="test/host",
            name="host",
            environment="test",
            ssh=f"{getpass.getuser()}@127.0.0.1:{port}",
            identity=str(folder / "user"),
            known_hosts=str(known),
            jump=None,
            passphrase=None,
            connect_timeout=10,
            deadline=20,
            origin="",
        )
        for _ in range(10_000):
            with socket.socket() as sock:
                if not sock.connect_ex(("127.0.0.1", port)):
                    break
            time.sleep(0.02)
        connections.append(reach.connect(host, None))
        return connections[-1]

    yield start
    for connection in connections:
        connection.close()
    for process in started:
        process.terminate()
        process.wait()
    if made:
        separation.rmdir()


@pytest.fixture(scope="module")
def connection(sshd: Any) -> Ssh:
    return sshd()


def ask(connection: Ssh, verb: str, deadline: float = 5, **args: Any) -> Fact:
    (fact,) = network.observe_all([probe(verb, deadline=deadline, **args)], connection.dial, {}, at_most=1)
    return fact


def test_a_request_from_the_host(connection: Ssh) -> None:
    with servers.web({"/": (200, {}, b"x" * 300_000)}) as server:
        fact = ask(connection, "http", url=server.url + "/")
    assert (fact.value["status"], fact.value["bytes"]) == (200, 300_000)


def test_tls_from_the_host(connection: Ssh, tmp_path: Path) -> None:
    authority = servers.Authority(tmp_path)
    with servers.web({"/": (200, {}, b"ok")}, authority.server("localhost"), "localhost") as server:
        answer = ask(connection, "http", url=server.url + "/", ca=str(authority.file))
        shown = ask(
            connection,
            "certificate",
            host="127.0.0.1",
            port=server.port,
            name="localhost",
            ca=str(authority.file),
        )
    assert answer.value["status"] == 200
    assert (shown.value["trusted"], shown.value["certificate"]["names"]) == (True, ["localhost"])


def test_the_deadline_holds_through_the_host(connection: Ssh) -> None:
    started = time.monotonic()
    with servers.raw(servers.silent) as port:
        fact = ask(connection, "http", url=f"http://127.0.0.1:{port}/", deadline=0.3)
    assert (fact.observation, fact.value["error"]) == (Observation.TIMEOUT, "timeout")
    assert time.monotonic() - started < 10


def test_refused_is_a_fact_also_many_at_once(connection: Ssh) -> None:
    """paramiko keeps one error for all of its channels."""
    assert ask(connection, "tcp", host="127.0.0.1", port=servers.closed_port()).value["error"] == "refused"
    probes = [probe("tcp", host="127.0.0.1", port=servers.closed_port(), number=n) for n in range(40)]
    facts = network.observe_all(probes, connection.dial, {}, at_most=8)
    assert {(f.observation, f.value["error"]) for f in facts} == {(Observation.OBSERVED, "refused")}


def test_a_name_that_the_host_does_not_know_is_no_vantage(connection: Ssh) -> None:
    fact = ask(connection, "tcp", host="no-such-host.invalid", port=80, deadline=10)
    assert (fact.observation, fact.value) == (Observation.UNREACHABLE, None)


def test_a_host_that_forbids_it_is_no_vantage(sshd: Any) -> None:
    fact = ask(sshd("AllowTcpForwarding no"), "tcp", host="127.0.0.1", port=80)
    assert fact.observation is Observation.UNREACHABLE
    assert fact.reason and "AllowTcpForwarding" in fact.reason.id


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("Name or service not known", socket.gaierror),
        ("Temporary failure in name resolution", socket.gaierror),
        ("Connection refused", ConnectionRefusedError),
        ("Connection timed out", TimeoutError),
        ("Connection reset by peer", ConnectionResetError),
        ("open failed", ConnectionRefusedError),
    ],
)
def test_the_words_of_sshd(words: str, error: type[OSError]) -> None:
    assert type(as_raised_here(words)) is error


def test_no_route_is_not_refused() -> None:
    assert as_raised_here("No route to host").errno == 113
    assert as_raised_here("Network is unreachable").errno == 101
