from __future__ import annotations

import socket

import pytest

from checks.model import Fact, Observation, probe
from checks.sources.interface import Answer
from checks.sources.verbs.port import LISTENING, VERB, address
from checks.testing import collect_here

TABLES = b"""\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0100007F:0CEA 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1 0 100 0 0 10 0
  sl  local_address                         remote_address                        st tx_queue rx_queue
   0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000
   1: 00000000000000000000000001000000:0CEA 00000000000000000000000000000000:0000 0A 00000000:00000000
   2: 0000000000000000FFFF00000100007F:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000
"""


def read(stdout: bytes, *ports: int, stderr: bytes = b"", exit_code: int = 0) -> list[Fact]:
    probes = [probe("port", port=port) for port in ports]
    return list(VERB.read(probes, {LISTENING.argv: Answer(stdout, stderr, exit_code)}))


def test_tables() -> None:
    facts = read(TABLES, 22, 3306, 8080, 5432)
    assert [f.value["addresses"] for f in facts] == [
        ["0.0.0.0", "::"],
        ["127.0.0.1", "::1"],
        ["127.0.0.1"],
        [],
    ]
    assert facts[1].excerpt.count("0CEA") == 2
    assert "0016" not in facts[1].excerpt


def test_without_version_6() -> None:
    (fact,) = read(
        TABLES.partition(b"  sl  local_address    ")[0], 22, stderr=b"grep: No such file", exit_code=2
    )
    assert (fact.observation, fact.value) == (Observation.OBSERVED, {"addresses": ["0.0.0.0"]})


@pytest.mark.parametrize(
    ("stderr", "observation"),
    [
        (b"grep: /proc/net/tcp: Permission denied", Observation.DENIED),
        (b"grep: /proc/net/tcp: No such file or directory", Observation.ERROR),
        (b"", Observation.ERROR),
    ],
)
def test_no_table_is_not_nobody(stderr: bytes, observation: Observation) -> None:
    (fact,) = read(b"", 22, stderr=stderr, exit_code=2)
    assert (fact.observation, fact.value) == (observation, None)


def test_addresses() -> None:
    assert address(b"0100A8C0") == "192.168.0.1"
    assert address(b"B80D0120000000000000000001000000") == "2001:db8::1"


def test_one_command_for_all() -> None:
    assert len(VERB.commands([probe("port", port=n) for n in range(1, 500)])) == 1


def test_really() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        facts = collect_here({"p": probe("port", port=server.getsockname()[1]), "q": probe("port", port=1)})
    assert facts["p"].value == {"addresses": ["127.0.0.1"]}
    assert facts["q"].value == {"addresses": []}


def test_busybox(busybox: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        facts = collect_here({"p": probe("port", port=server.getsockname()[1])})
    assert facts["p"].value == {"addresses": ["127.0.0.1"]}
