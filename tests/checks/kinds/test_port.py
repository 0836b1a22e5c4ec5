from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from checks.kinds import kind
from checks.model import Judgement, Observation, Verdict
from checks.testing import denied, failed, judge, observed, validated

sys.path.insert(0, str(Path(__file__).parent.parent))
import servers

SILENT = failed(Observation.TIMEOUT).model_copy(
    update={"value": {"connected": False, "error": "timeout", "seconds": 5.0}}
)


def ist(judged: Judgement) -> list[str]:
    return [a.actual.id if a.actual else "-" for a in judged.aspects]


def test_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert judge("port", port).verdict is Verdict.CONFORM
        assert judge("port", {"port": port, "from": "host"}).verdict is Verdict.CONFORM
        assert judge("port", {"port": port, "host": "localhost"}).verdict is Verdict.CONFORM
        closed = judge("port", {"port": port, "open": False})
    assert (closed.verdict, ist(closed)) == (Verdict.DEVIATES, ["accepted"])


def test_refused() -> None:
    port = servers.closed_port()
    judged = judge("port", port)
    assert (judged.verdict, ist(judged)) == (Verdict.DEVIATES, ["refused"])
    assert judge("port", {"port": port, "open": False}).verdict is Verdict.CONFORM


def test_no_answer_within_the_limit() -> None:
    """A full backlog swallows further connections, like a firewall."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        port = server.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        judged = judge("port", {"port": port, "within": 0.2})
        closed = judge("port", {"port": port, "within": 0.2, "open": False})
        elsewhere = judge("port", {"port": port, "within": 0.2, "open": False, "host": "127.0.0.1"})
        for one in waiting:
            one.close()
    assert (judged.verdict, judged.observation) == (Verdict.DEVIATES, Observation.TIMEOUT)
    assert ist(judged) == ["no answer within {limit:seconds}"]
    # The host itself was seen at work, so the silence is a filter's. Of another host nothing is known.
    assert closed.verdict is Verdict.CONFORM
    assert closed.aspects[0].note
    assert elsewhere.verdict is Verdict.UNDETERMINED


@pytest.mark.parametrize(
    "unseen", [failed(Observation.UNREACHABLE), denied(), failed(Observation.NOT_ATTEMPTED)]
)
def test_silence_of_a_host_that_was_not_reached_proves_nothing(unseen: Any) -> None:
    judged = judge("port", {"port": 3306, "open": False}, connection=SILENT, listeners=unseen)
    assert judged.verdict is Verdict.UNDETERMINED


def test_a_deadline_shorter_than_the_limit_proves_nothing() -> None:
    assert judge("port", {"port": 80, "within": "1m"}, connection=SILENT).verdict is Verdict.UNDETERMINED


@pytest.mark.parametrize("declared", [{"port": 80}, {"port": 80, "open": False}])
def test_no_vantage_is_undetermined(declared: Any) -> None:
    judged = judge("port", declared, connection=failed(Observation.UNREACHABLE))
    assert (judged.verdict, judged.observation) == (Verdict.UNDETERMINED, Observation.UNREACHABLE)
    assert judged.reason
    named = judge("port", {**declared, "host": "no-such-host.invalid"})
    assert named.verdict is Verdict.UNDETERMINED


@pytest.mark.parametrize(
    ("addresses", "scope"),
    [
        ([], "none"),
        (["127.0.0.1"], "loopback"),
        (["127.0.0.53", "::1"], "loopback"),
        (["0.0.0.0"], "any"),
        (["::"], "any"),
        (["127.0.0.1", "10.0.0.7"], "any"),
    ],
)
def test_who_listens(addresses: list[str], scope: str) -> None:
    for wanted in ("none", "loopback", "any"):
        judged = judge(
            "port", {"port": 3306, "listens": wanted}, listeners=observed({"addresses": addresses})
        )
        assert (judged.verdict is Verdict.CONFORM) is (wanted == scope)


def test_who_listens_really() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        judged = judge("port", {"port": server.getsockname()[1], "listens": "loopback"})
    assert judged.verdict is Verdict.CONFORM
    assert judge("port", {"port": servers.closed_port(), "listens": "none"}).verdict is Verdict.CONFORM


@pytest.mark.parametrize("unseen", [denied(), failed(Observation.UNREACHABLE), failed(Observation.TIMEOUT)])
def test_who_listens_is_not_known(unseen: Any) -> None:
    judged = judge("port", {"port": 3306, "listens": "none"}, listeners=unseen)
    assert (judged.verdict, judged.observation) == (Verdict.UNDETERMINED, unseen.observation)
    both = {"port": 3306, "listens": "none", "from": "here"}
    refused = observed({"connected": False, "error": "refused", "seconds": 0.0})
    assert judge("port", both, listeners=unseen, connection=refused).verdict is not Verdict.CONFORM


def test_what_is_asked_and_from_where() -> None:
    its = kind("port")

    def asked(declared: Any) -> dict[str, tuple[str | None, str]]:
        params = validated("port", declared)
        return {role: (p.at, p.args.get("host", "")) for role, p in its.probes(params).items()}

    assert asked(443) == {"connection": (None, "127.0.0.1")}
    assert asked({"port": 443, "from": "host"}) == {"connection": ("", "localhost")}
    assert asked({"port": 443, "open": False}) == {"connection": (None, "127.0.0.1"), "listeners": ("", "")}
    assert asked({"port": 443, "open": False, "host": "db"}) == {"connection": (None, "db")}
    assert asked({"port": 443, "listens": "any"}) == {"listeners": ("", "")}
    assert set(asked({"port": 443, "listens": "any", "open": True})) == {"connection", "listeners"}
    assert its.on_host(validated("port", 443))
    assert not its.on_host(validated("port", {"port": 443, "host": "db"}))
    assert its.on_host(validated("port", {"port": 443, "host": "db", "from": "host"}))


@pytest.mark.parametrize(
    "declared",
    [0, 65536, "ssh", {"port": 22, "host": "a b"}, {"port": 22, "listens": "lan"}, {"port": 22, "within": 0}],
)
def test_nonsense_is_refused(declared: Any) -> None:
    with pytest.raises(ValidationError):
        validated("port", declared)


def test_a_host_is_needed() -> None:
    with pytest.raises(ValidationError, match="expected a `host`"):
        kind("port").params.model_validate({"port": 22}, context={"root": None, "url": None, "address": None})
    with pytest.raises(ValidationError, match="only a host itself"):
        validated("port", {"port": 22, "host": "db", "listens": "any"})


def test_where_nothing_listens_something_is_to_be_started() -> None:
    nothing = observed({"addresses": []})
    judged = judge("port", {"port": 5999, "listens": "loopback"}, listeners=nothing)
    assert judged.verdict is Verdict.DEVIATES
    assert judged.remedy and judged.remedy.id.startswith("Start what should listen")
    assert judge("port", {"port": 5999, "listens": "none"}, listeners=nothing).verdict is Verdict.CONFORM
