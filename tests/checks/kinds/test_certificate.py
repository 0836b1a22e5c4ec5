from __future__ import annotations

import ssl
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from checks.model import Judgement, Observation, Verdict
from checks.testing import failed, judge, validated

sys.path.insert(0, str(Path(__file__).parent.parent))
import servers


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> servers.Authority:
    return servers.Authority(tmp_path_factory.mktemp("authority"))


def shown(context: ssl.SSLContext, ca: Path | None, **declared: Any) -> Judgement:
    """The judgement of a server that calls itself www.example.com."""
    with servers.web({}, context) as server:
        trust = {"ca": str(ca)} if ca else {}
        return judge(
            "certificate", {"at": f"127.0.0.1:{server.port}", "name": "www.example.com", **trust, **declared}
        )


def deviating(judged: Judgement) -> list[str]:
    """The differences, each as "property: IST"."""
    return [
        f"{a.name.id if a.name else '-'}: {a.actual.id if a.actual else '-'}"
        for a in judged.aspects
        if a.verdict is Verdict.DEVIATES
    ]


def test_a_good_one(authority: servers.Authority) -> None:
    judged = shown(
        authority.server("www.example.com", "example.com"), authority.file, issuer="CN=Test Authority"
    )
    assert judged.verdict is Verdict.CONFORM
    assert [a.name.id for a in judged.aspects if a.name] == ["trust", "validity", "name", "issuer"]
    assert not any(a.near for a in judged.aspects)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda a: a.server("www.example.com", start=-30, days=20), ["validity: expired on {time:time}"]),
        (lambda a: a.server("www.example.com", start=5), ["validity: not valid before {time:time}"]),
        (lambda a: a.server("example.com", "*.www.example.com"), ["name: {value:code}"]),
        (lambda a: a.server("www.example.com", self_signed=True), ["trust: self-signed"]),
        (
            lambda a: a.server("other.example", start=-30, days=20, self_signed=True),
            ["trust: self-signed", "validity: expired on {time:time}", "name: {value:code}"],
        ),
    ],
    ids=["expired", "not yet valid", "wrong name", "self-signed", "everything"],
)
def test_why_it_is_not_trusted(
    authority: servers.Authority, make: Callable[[servers.Authority], ssl.SSLContext], expected: list[str]
) -> None:
    judged = shown(make(authority), authority.file)
    assert (judged.verdict, deviating(judged)) == (Verdict.DEVIATES, expected)


def test_an_unknown_issuer(authority: servers.Authority) -> None:
    judged = shown(authority.server("www.example.com"), None)
    assert deviating(judged) == ["trust: issuer not known, or its certificate not sent along"]
    untrusted = shown(authority.server("www.example.com"), None, trusted=False)
    assert untrusted.verdict is Verdict.CONFORM
    misnamed = shown(authority.server("other.example"), None, trusted=False)
    assert deviating(misnamed) == ["name: {value:code}"]
    assert deviating(shown(authority.server("www.example.com"), authority.file, issuer="Encrypt")) == [
        "issuer: {value:code}"
    ]


@pytest.mark.parametrize(
    ("days", "verdict", "near"),
    [(60, Verdict.CONFORM, False), (20, Verdict.CONFORM, True), (3, Verdict.DEVIATES, False)],
)
def test_time_left(authority: servers.Authority, days: float, verdict: Verdict, near: bool) -> None:
    judged = shown(authority.server("www.example.com", days=days), authority.file)
    assert judged.verdict is verdict
    assert judged.aspects[1].near is near
    relaxed = shown(
        authority.server("www.example.com", days=days),
        authority.file,
        **{"warn-below": "1d", "fail-below": "1h"},
    )
    assert (relaxed.verdict, any(a.near for a in relaxed.aspects)) == (Verdict.CONFORM, False)


def test_names_with_a_star_and_addresses(authority: servers.Authority) -> None:
    assert shown(authority.server("*.example.com"), authority.file).verdict is Verdict.CONFORM
    by_address = shown(authority.server("127.0.0.1"), authority.file, name="127.0.0.1")
    assert by_address.verdict is Verdict.CONFORM


def test_no_answer_says_nothing_of_the_certificate() -> None:
    refused = judge("certificate", f"127.0.0.1:{servers.closed_port()}")
    assert (refused.verdict, refused.observation) == (Verdict.UNDETERMINED, Observation.UNREACHABLE)
    with servers.raw(servers.silent) as port:
        silent = judge("certificate", {"at": f"127.0.0.1:{port}", "within": 0.2})
    assert (silent.verdict, silent.observation) == (Verdict.UNDETERMINED, Observation.TIMEOUT)
    assert judge("certificate", "no-such-host.invalid").verdict is Verdict.UNDETERMINED
    unreachable = failed(Observation.UNREACHABLE)
    assert judge("certificate", "x", certificate=unreachable).verdict is Verdict.UNDETERMINED


def test_no_tls_deviates() -> None:
    with servers.raw(servers.says(b"220 smtp ready\r\n")) as port:
        judged = judge("certificate", f"127.0.0.1:{port}")
    assert (judged.verdict, deviating(judged)) == (Verdict.DEVIATES, ["-: TLS failed: {error:code}"])
    assert judged.remedy and "openssl s_client" in str(judged.remedy.params["command"])


def test_a_certificate_of_an_unknown_issuer_need_not_be_renewed(authority: servers.Authority) -> None:
    judged = shown(authority.server("www.example.com"), None)
    assert judged.remedy and "whole chain" in judged.remedy.id
    expired = shown(authority.server("www.example.com", start=-30, days=20), None)
    assert expired.verdict is Verdict.DEVIATES
    assert expired.remedy is None, "the kind's own: renew it"


@pytest.mark.parametrize(
    ("declared", "at"),
    [
        ("www.example.com", "www.example.com:443"),
        ("WWW.example.com:8443", "www.example.com:8443"),
        ("https://www.example.com/health", "www.example.com:443"),
        ("[::1]:8443", "[::1]:8443"),
    ],
)
def test_servers(declared: str, at: str) -> None:
    assert validated("certificate", declared).at == at


@pytest.mark.parametrize(
    "declared",
    [
        "http://www.example.com/",
        "www.example.com:0",
        "www example",
        "/health",
        {"at": "x", "warn-below": "1d"},
        {"at": "x", "ca": ""},
        {"at": "x", "issuer": "("},
    ],
)
def test_nonsense_is_refused(declared: Any) -> None:
    with pytest.raises(ValidationError, match="expected"):
        validated("certificate", declared)
