from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from checks.kinds import kind
from checks.model import Judgement, Observation, Verdict
from checks.sources import network
from checks.testing import collect_here, denied, failed, judge, observed, validated

sys.path.insert(0, str(Path(__file__).parent.parent))
import servers

LOGIN = {"WWW-Authenticate": 'Basic realm="hub"'}
REFUSED: servers.Reply = (401, LOGIN, b"")
RIGHT = "Basic " + base64.b64encode(b"reader:right").decode()


def asked(routes: dict[str, Any], **declared: Any) -> Judgement:
    with servers.web(routes) as server:
        return judge("hub-access", {"within": 5, **declared}, url=server.url)


def deviating(judged: Judgement) -> dict[str, str]:
    return {
        str(a.name.params.get("value", a.name.id)): a.actual.id if a.actual else "-"
        for a in judged.aspects
        if a.name and a.verdict is Verdict.DEVIATES
    }


def test_a_closed_hub_conforms() -> None:
    with servers.web({"*": REFUSED}) as server:
        judged = judge("hub-access", {"paths": "/en/sudo-prod.pdf", "user": "m.weber"}, url=server.url)
    assert judged.verdict is Verdict.CONFORM
    without, wrong, passwords = judged.aspects
    assert without.actual and without.actual.params == {"refused": 14, "denied": 0, "slowed": 0}
    assert wrong.actual and wrong.actual.params["refused"] == 3
    assert passwords.actual and passwords.actual.id == "on this machine only"
    logins = [headers.get("Authorization") for _, _, headers in server.requests]
    assert [login is not None for login in logins] == [True] * 3 + [False] * 14
    assert base64.b64decode(str(logins[0])[6:]).startswith(b"m.weber:")
    assert {method for method, _, _ in server.requests} == {"GET"}
    assert any(path == "/en/sudo-prod.pdf" for _, path, _ in server.requests)


@pytest.mark.parametrize("answer", [(200, {}, b"page"), (301, {"Location": "/x"}, b""), (404, {}, b"")])
def test_what_is_open(answer: servers.Reply) -> None:
    judged = asked({"/en/sudo-prod.pdf": answer, "*": REFUSED}, paths=["/en/sudo-prod.pdf"])
    assert judged.verdict is Verdict.DEVIATES
    assert deviating(judged) == {"/en/sudo-prod.pdf": "answered with {status:code}"}


def test_an_open_hub() -> None:
    judged = asked({"*": (200, {}, b"page")}, paths=[f"/{n}" for n in range(30)])
    assert judged.verdict is Verdict.DEVIATES and len(deviating(judged)) == 3
    assert judged.aspects[3].actual and judged.aspects[3].actual.params["n"] == 40
    routes = {path: (200, {}, b"page") for path in ("/", "/index.html")} | {"/assets/": (500, {}, b"")}
    half = asked(routes)
    assert half.verdict is Verdict.DEVIATES
    words = {a.name.params["value"]: a.actual.params["status"] for a in half.aspects if a.name and a.actual}
    assert words["/"] == words["/index.html"] == "200" and words["/assets/"] == "500"
    (others,) = [path for path in words if ", … (10)" in path]
    assert words[others] == "404"


def test_any_password_will_do() -> None:
    def lax(handler: Any) -> servers.Reply:
        return (200, {}, b"page") if handler.headers.get("Authorization") else REFUSED

    judged = asked({"*": lax})
    assert deviating(judged)["/"] == "a wrong password is answered with {status:code}"


def test_what_is_too_much_at_once_is_asked_again() -> None:
    count = 0

    def busy(handler: Any) -> servers.Reply:
        nonlocal count
        count += 1
        return REFUSED if count % 3 else (429, {}, b"")

    assert asked({"*": busy}).verdict is Verdict.CONFORM


def test_guesses_that_are_not_looked_at_are_right() -> None:
    def guarded(handler: Any) -> servers.Reply:
        return (429, {}, b"") if handler.headers.get("Authorization") else REFUSED

    assert asked({"*": guarded}).verdict is Verdict.CONFORM


@pytest.mark.parametrize("status", [403, 429, 500, 503])
def test_without_sight_nothing_is_green(status: int) -> None:
    judged = asked({"*": (status, {}, b"")}, within=0.6)
    assert judged.verdict is Verdict.UNDETERMINED and judged.reason
    half = asked({"/index.html": (status, {}, b""), "*": REFUSED}, within=0.6)
    assert half.verdict is (Verdict.CONFORM if status == 403 else Verdict.UNDETERMINED)


def test_no_hub_is_undetermined() -> None:
    gone = judge("hub-access", f"http://127.0.0.1:{servers.closed_port()}/")
    assert (gone.verdict, gone.observation) == (Verdict.UNDETERMINED, Observation.UNREACHABLE)
    with servers.raw(servers.silent) as port:
        silent = judge("hub-access", {"url": f"http://127.0.0.1:{port}", "within": 0.3})
    assert (silent.verdict, silent.observation) == (Verdict.UNDETERMINED, Observation.UNREACHABLE)
    assert judge("hub-access", "http://no-such-host.invalid").verdict is Verdict.UNDETERMINED
    assert judge("hub-access", "http://x", closed=denied()).verdict is Verdict.UNDETERMINED


def test_one_path_without_an_answer_is_not_green() -> None:
    with servers.web({"*": REFUSED}) as server:
        facts = collect_here(dict(kind("hub-access").probes(validated("hub-access", server.url))))
    seen = facts["closed"].value
    cut = {**seen, "counts": {**seen["counts"], "without": {"401": 8, "reset": 1}}}
    assert judge("hub-access", "http://127.0.0.1/", closed=observed(cut)).verdict is Verdict.UNDETERMINED
    late = observed({**seen, "left": 3})
    assert judge("hub-access", "http://127.0.0.1/", closed=late).verdict is Verdict.UNDETERMINED


@pytest.fixture
def seen() -> dict[str, Any]:
    answer = {"path": "/", "wrong": False, "status": 401, "error": None, "basic": True}
    counts = {"without": {"401": 9}, "wrong": {"401": 3}}
    return {"answers": [answer], "counts": counts, "left": 0, "listed": None, "manifest": None}


def test_a_login_in_the_clear_deviates(seen: dict[str, Any]) -> None:
    judged = judge("hub-access", "http://docs.example.com", closed=observed(seen))
    assert deviating(judged) == {"passwords": "in the clear"}


def plain(**said: Any) -> dict[str, Any]:
    answer = {
        "status": 301,
        "error": None,
        "error_text": "",
        "location": None,
        "chain": [],
        "url": "http://d/",
    }
    return {**answer, "seconds": 1.0, **said}


@pytest.mark.parametrize(
    ("fact", "verdict"),
    [
        (observed(plain(location="https://docs.example.com/")), Verdict.CONFORM),
        (observed(plain(location="https://docs.example.com:8443/x?y")), Verdict.CONFORM),
        (observed(plain(location="https://evil.example/")), Verdict.DEVIATES),
        (observed(plain(location="http://docs.example.com/login")), Verdict.DEVIATES),
        (observed(plain(status=200)), Verdict.DEVIATES),
        (observed(plain(status=401)), Verdict.DEVIATES),
        (observed(plain(status=None, error="refused")), Verdict.CONFORM),
        (observed(plain(status=None, error="protocol")), Verdict.UNDETERMINED),
        (failed(Observation.TIMEOUT), Verdict.CONFORM),
        (failed(Observation.NOT_ATTEMPTED), Verdict.UNDETERMINED),
    ],
)
def test_without_tls_there_is_nothing_but_the_way_to_it(
    seen: dict[str, Any], fact: Any, verdict: Verdict
) -> None:
    judged = judge("hub-access", "https://docs.example.com/", closed=observed(seen), plain=fact)
    assert judged.verdict is verdict


MANIFESTS = [
    {"files": ["index.html", "a b.pdf"]},
    {"files": {"index.html": {"sha256": "x"}, "a b.pdf": {"sha256": "y"}}},
    {"schema": "x", "files": [{"path": "/index.html"}, {"path": "a b.pdf"}]},
    ["index.html", "a b.pdf", "../../etc/passwd", 7, "x\r\ny"],
    {"index.html": "x", "a b.pdf": "y"},
]


@pytest.mark.parametrize("manifest", MANIFESTS)
def test_every_file_of_the_hub(manifest: Any) -> None:
    once: list[servers.Reply] = [(429, {}, b"")]

    def listed(handler: Any) -> servers.Reply:
        right = handler.headers.get("Authorization") == RIGHT
        return once.pop() if once else (200, {}, json.dumps(manifest).encode()) if right else REFUSED

    declared = {"manifest": "/files.json", "basic-auth": {"user": "reader", "password": "{secret.hub}"}}
    with servers.web({"/files.json": listed, "/a%20b.pdf": (200, {}, b"%PDF"), "*": REFUSED}) as server:
        params = validated("hub-access", {"url": server.url, **declared})
        probes = dict(kind("hub-access").probes(params))
        (fact,) = network.observe_all(probes.values(), network.dial_from_here, {"hub": "right"}, at_most=1)
    assert fact.value["listed"] == 2
    judged = kind("hub-access").judge(params, {"closed": fact})
    assert deviating(judged) == {"/a%20b.pdf": "answered with {status:code}"}
    assert sum(headers.get("Authorization") == RIGHT for _, _, headers in server.requests) == 2, (
        "slowed down once"
    )
    assert "right" not in fact.model_dump_json()


@pytest.mark.parametrize("answer", [REFUSED, (200, {}, b"<html>"), (200, {}, b"[]"), (404, {}, b"")])
def test_a_manifest_that_cannot_be_read_is_not_green(answer: servers.Reply) -> None:
    def listed(handler: Any) -> servers.Reply:
        return answer if handler.headers.get("Authorization") == RIGHT else REFUSED

    declared = {"manifest": "/files.json", "basic-auth": {"user": "reader", "password": "{secret.hub}"}}
    with servers.web({"/files.json": listed, "*": REFUSED}) as server:
        params = validated("hub-access", {"url": server.url, **declared})
        probes = dict(kind("hub-access").probes(params))
        (fact,) = network.observe_all(probes.values(), network.dial_from_here, {"hub": "right"}, at_most=1)
        (without,) = network.observe_all(probes.values(), network.dial_from_here, {}, at_most=1)
    assert kind("hub-access").judge(params, {"closed": fact}).verdict is Verdict.UNDETERMINED
    assert without.observation is Observation.ERROR


def test_the_certificate_is_looked_at_too() -> None:
    brought = kind("hub-access").companions(validated("hub-access", "https://docs.example.com:8443/hub"))
    assert [(one.kind, one.params["at"]) for one in brought] == [("certificate", "docs.example.com:8443")]
    assert kind("hub-access").companions(validated("hub-access", "http://docs.example.com")) == ()


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ({"paths": ["docs"]}, "begins with a slash"),
        ({"manifest": "/x"}, "together"),
        ({"basic-auth": {"user": "a", "password": "{secret.x}"}}, "together"),
        ({"headers": {"X-A": "b"}}, "no `headers`"),
        ({"user": "a:b"}, "pattern"),
        ({"url": "ftp://x"}, "expected a path"),
    ],
)
def test_nonsense_is_refused(declared: Any, expected: str) -> None:
    with pytest.raises(ValidationError, match=expected):
        validated("hub-access", declared, url="http://x/")
