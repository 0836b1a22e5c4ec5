from __future__ import annotations

import json
import socket
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from checks.kinds import kind
from checks.model import Aspect, Judgement, Message, Observation, Verdict
from checks.testing import failed, judge, observed, validated

sys.path.insert(0, str(Path(__file__).parent.parent))
import servers

HEALTH = {
    "status": "ok",
    "n": 3,
    "up": True,
    "checks": [{"ok": True, "name": "db"}, {"ok": True}],
    "key": None,
}


def seen(judged: Judgement) -> list[tuple[str, str, Verdict]]:
    """Each aspect as (SOLL, IST, verdict)."""
    return [(words(a.expected), words(a.actual) if a.actual else "", a.verdict) for a in judged.aspects]


def words(message: Message) -> str:
    text = message.id
    for name, value in message.params.items():
        shown = words(value) if isinstance(value, Message) else str(value)
        for type_ in ("", ":code", ":int", ":seconds", ":size", ":list", ":text"):
            text = text.replace(f"{{{name}{type_}}}", shown)
    return text


def asked(routes: Any, **declared: Any) -> Judgement:
    with servers.web(routes if isinstance(routes, dict) else {"*": routes}) as server:
        return judge("http", {"url": "/", **declared}, url=server.url)


def only(judged: Judgement) -> Aspect:
    (one,) = judged.aspects
    return one


def test_a_path_starts_at_the_environments_url() -> None:
    with servers.web({"/app/health": (200, {}, b"ok")}) as server:
        judged = judge("http", "/health", url=server.url + "/app/")
    assert judged.verdict is Verdict.CONFORM
    assert seen(judged) == [("200", "200", Verdict.CONFORM)]


@pytest.mark.parametrize(
    ("status", "answered", "verdict"),
    [
        (200, 200, Verdict.CONFORM),
        (200, 500, Verdict.DEVIATES),
        (200, 204, Verdict.DEVIATES),
        ("2xx", 204, Verdict.CONFORM),
        ([200, "4XX"], 404, Verdict.CONFORM),
        ([200, 204], 301, Verdict.DEVIATES),
        (401, 401, Verdict.CONFORM),
    ],
)
def test_status(status: Any, answered: int, verdict: Verdict) -> None:
    judged = asked((answered, {}, b""), status=status)
    assert judged.verdict is verdict
    assert seen(judged)[0][1] == str(answered)


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ({"contains": "all [is] well"}, Verdict.CONFORM),
        ({"contains": ["all", "broken"]}, Verdict.DEVIATES),
        ({"matches": r"^v\d+$"}, Verdict.CONFORM),
        ({"matches": r"^v\d+ $"}, Verdict.DEVIATES),
        ({"not-contains": "broken"}, Verdict.CONFORM),
        ({"not-contains": "well"}, Verdict.DEVIATES),
        ({"not-matches": "^v"}, Verdict.DEVIATES),
    ],
)
def test_body(body: Any, verdict: Verdict) -> None:
    assert asked((200, {}, b"all [is] well\nv12\n"), body=body).verdict is verdict


def test_a_wrong_body_is_shown() -> None:
    judged = asked((200, {}, b"<h1>\n Sorry, we are down </h1>"), body={"contains": "ok"})
    assert seen(judged)[1] == ("contains ok", "begins with <h1> Sorry, we are down </h1>", Verdict.DEVIATES)


def test_patterns_are_found_before_redaction_and_in_long_lines() -> None:
    token = "ghp_" + "a1b2c3d4e5" * 3
    page = b"x" * 200_000 + f'{{"token":"{token}"}} here'.encode() + b"y" * 50_000
    judged = asked((200, {}, page), body={"matches": ['"token":"ghp_\\w{30}"', "here"]})
    assert judged.verdict is Verdict.CONFORM
    assert token not in repr(judged)


def test_half_a_body_proves_nothing() -> None:
    judged = asked((200, {}, b"x" * 1_100_000 + b"error"), body={"not-contains": "error"})
    assert judged.verdict is Verdict.UNDETERMINED
    assert judged.reason and "first" in judged.reason.id
    judged = asked((200, {"Content-Encoding": "br"}, b"xx"), body={"contains": "ok"}, json={"$.a": 1})
    assert [a.verdict for a in judged.aspects[1:]] == [Verdict.UNDETERMINED] * 2


@pytest.mark.parametrize(
    ("wanted", "verdict"),
    [
        ({"$.status": "ok"}, Verdict.CONFORM),
        ({"status": "ok", "checks[0].ok": True}, Verdict.CONFORM),
        ({"$.status": "down"}, Verdict.DEVIATES),
        ({"$.up": 1}, Verdict.DEVIATES),
        ({"$.n": 3.0}, Verdict.CONFORM),
        ({"$.n": True}, Verdict.DEVIATES),
        ({"$.n": "3"}, Verdict.DEVIATES),
        ({"$.key": None}, Verdict.CONFORM),
        ({"$.none": None}, Verdict.DEVIATES),
        ({"$.checks[*].ok": True}, Verdict.CONFORM),
        ({"$.checks[*].name": "db"}, Verdict.DEVIATES),
        ({"$.checks[-1].ok": True}, Verdict.CONFORM),
        ({"$.checks[2].ok": True}, Verdict.DEVIATES),
        ({"$['status']": {"matches": "^o"}}, Verdict.CONFORM),
        ({"$.n": {"at-least": 3, "at-most": 3}}, Verdict.CONFORM),
        ({"$.n": {"at-least": 4}}, Verdict.DEVIATES),
        ({"$.status": {"at-least": 0}}, Verdict.DEVIATES),
        ({"$.none": {"present": False}}, Verdict.CONFORM),
        ({"$.status": {"present": False}}, Verdict.DEVIATES),
        ({"$.key": {"present": True}}, Verdict.CONFORM),
    ],
)
def test_json(wanted: Any, verdict: Verdict) -> None:
    assert asked((200, {}, json.dumps(HEALTH).encode()), json=wanted).verdict is verdict


def test_no_item_is_not_every_item() -> None:
    judged = asked((200, {}, b'{"checks": []}'), json={"$.checks[*].ok": True})
    assert seen(judged)[1] == ("true", "not there", Verdict.DEVIATES)


def test_what_is_no_json_is_shown() -> None:
    judged = asked((200, {}, b"<html>"), json={"$.status": "ok", "$.n": 3})
    assert seen(judged)[1] == (
        "JSON with ('$.status', '$.n')",
        "no JSON: begins with <html>",
        Verdict.DEVIATES,
    )
    assert len(judged.aspects) == 2, "it is said once"


def test_redacted_values_are_not_compared() -> None:
    judged = asked((200, {}, b'{"a": "ghp_012345678901234567890123"}'), json={"a": "ghp_other"})
    assert judged.verdict is Verdict.UNDETERMINED


@pytest.mark.parametrize(
    ("header", "verdict"),
    [
        ({"X-Frame-Options": "DENY|SAMEORIGIN"}, Verdict.CONFORM),
        ({"x-frame-options": "^SAMEORIGIN$"}, Verdict.DEVIATES),
        ({"strict-transport-security": True}, Verdict.DEVIATES),
        ({"x-powered-by": False}, Verdict.CONFORM),
        ({"x-frame-options": False}, Verdict.DEVIATES),
        ({"www-authenticate": '^Basic realm="Staging"$'}, Verdict.CONFORM),
    ],
)
def test_header(header: Any, verdict: Verdict) -> None:
    sent = {"X-Frame-Options": "DENY", "WWW-Authenticate": 'Basic realm="Staging"'}
    assert asked((200, sent, b""), header=header).verdict is verdict


def test_redirects() -> None:
    routes = {"/": (301, {"Location": "/new"}, b""), "/new": (200, {}, b"ok")}
    judged = asked(routes)
    assert judged.verdict is Verdict.CONFORM
    actual = only(judged).actual
    assert actual and actual.id == "{status:code} after {n} redirect, from {url:code}"
    assert str(actual.params["url"]).endswith("/new")
    assert asked(routes, follow=False).verdict is Verdict.DEVIATES
    assert asked(routes, follow=False, status=301).verdict is Verdict.CONFORM
    assert asked({"*": (302, {"Location": "/"}, b"")}).verdict is Verdict.DEVIATES


def test_a_redirect_to_nowhere_was_an_answer() -> None:
    routes = {"/": (302, {"Location": "https://evil.invalid/"}, b"")}
    judged = asked(routes)
    assert (judged.verdict, judged.observation) == (Verdict.DEVIATES, Observation.OBSERVED)
    said = words(only(judged).actual or Message(id=""))
    assert said.startswith("the name evil.invalid does not resolve, redirected: http://127.0.0.1")
    assert said.endswith("/ (302) → https://evil.invalid/")


@pytest.mark.parametrize(
    ("wanted", "expected", "actual"),
    [
        ({"at-most": 10}, "at most 10", "3, which is text and not a number"),
        (3, "3", "3, which is text and not a number"),
        ({"matches": "^4"}, "matches ^4", "3"),
        ("4", "4", "3"),
        (4, "4", "3"),
    ],
)
def test_a_value_of_another_type_says_so(wanted: Any, expected: str, actual: str) -> None:
    judged = asked((200, {}, b'{"depth": "3"}'), json={"$.depth": wanted})
    assert seen(judged)[1] == (expected, actual, Verdict.DEVIATES)


@pytest.mark.parametrize(
    ("wanted", "answered", "actual"),
    [
        ("3", b"3", "3, which is a number and not text"),
        (True, b'"true"', "true, which is text and not a truth value"),
        (None, b'"null"', "null, which is text and not null"),
        ({"at-least": 1}, b"true", "true, which is a truth value and not a number"),
        ({"at-least": 1}, b"0", "0"),
    ],
)
def test_types(wanted: Any, answered: bytes, actual: str) -> None:
    judged = asked((200, {}, b'{"a": ' + answered + b"}"), json={"a": wanted})
    assert seen(judged)[1][1:] == (actual, Verdict.DEVIATES)


def test_redirect_to() -> None:
    to = {"redirect-to": "https://www.example.com/"}
    assert asked((301, {"Location": "https://www.example.com"}, b""), **to).verdict is Verdict.CONFORM
    other = asked((301, {"Location": "https://evil.example.com/"}, b""), **to)
    assert seen(other)[1] == ("https://www.example.com/", "https://evil.example.com/", Verdict.DEVIATES)
    assert asked((200, {}, b""), **to).verdict is Verdict.DEVIATES
    assert (
        asked((301, {"Location": "https://www.example.com"}, b""), **to, status=302).verdict
        is Verdict.DEVIATES
    )


def test_slow_is_a_warning_and_too_slow_a_deviation() -> None:
    def slow(handler: Any) -> servers.Reply:
        time.sleep(0.1)
        return 200, {}, b""

    near = asked(slow, slow="50ms", within="5s")
    assert near.verdict is Verdict.CONFORM
    assert near.aspects[1].near
    assert not asked((200, {}, b""), slow="2s").aspects[1].near
    late = asked(slow, within="50ms")
    assert (late.verdict, late.observation) == (Verdict.DEVIATES, Observation.TIMEOUT)


def test_a_time_limit_holds_although_another_check_waited_longer() -> None:
    with servers.web({"*": (200, {}, b"")}) as server:
        fact = observed({**_answer(server.url), "seconds": 3.2})
    assert (
        judge("http", {"url": "/", "within": "3s"}, url=server.url, answer=fact).verdict is Verdict.DEVIATES
    )


def _answer(url: str) -> dict[str, Any]:
    from checks.testing import collect_here

    its = kind("http")
    return dict(collect_here(dict(its.probes(validated("http", "/", url=url))))["answer"].value)


# --- No answer ----------------------------------------------------------------------------------------------


def test_no_answer_deviates() -> None:
    refused = judge("http", f"http://127.0.0.1:{servers.closed_port()}/")
    assert (refused.verdict, seen(refused)[0][1]) == (Verdict.DEVIATES, "connection refused")
    with servers.raw(servers.resets) as port:
        assert judge("http", f"http://127.0.0.1:{port}/").verdict is Verdict.DEVIATES
    with servers.raw(servers.silent) as port:
        silent = judge("http", {"url": f"http://127.0.0.1:{port}/", "within": 0.2})
    assert (silent.verdict, silent.observation) == (Verdict.DEVIATES, Observation.TIMEOUT)
    assert seen(silent)[0][0] == "an answer within 0.2"
    with servers.raw(servers.says(b"220 smtp ready\r\n")) as port:
        assert "no valid HTTP" in seen(judge("http", f"http://127.0.0.1:{port}/"))[0][1]


def test_a_deadline_shorter_than_the_limit_proves_nothing() -> None:
    fact = failed(Observation.TIMEOUT).model_copy(update={"value": {"error": "timeout", "seconds": 1.0}})
    assert judge("http", "http://127.0.0.1/", answer=fact).verdict is Verdict.UNDETERMINED


@pytest.mark.parametrize(
    "observation", [Observation.UNREACHABLE, Observation.ERROR, Observation.NOT_ATTEMPTED]
)
def test_what_could_not_be_asked_is_undetermined(observation: Observation) -> None:
    assert judge("http", "http://127.0.0.1/", answer=failed(observation)).verdict is Verdict.UNDETERMINED


def test_no_name_is_undetermined() -> None:
    judged = judge("http", "http://no-such-host.invalid/")
    assert (judged.verdict, judged.observation) == (Verdict.UNDETERMINED, Observation.UNREACHABLE)


def test_localhost_on_one_family_only() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        judged = judge("http", {"url": f"http://localhost:{port}/", "within": 0.3})
    assert judged.observation is Observation.TIMEOUT


# --- The spec -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("/health", "needs a `url`"),
        ("health", "expected a path such as /health"),
        ("ftp://example.com/", "expected a path"),
        ("http://user:pass@example.com/", "basic-auth"),
        ("http://exa mple.com/", "host name"),
        ("http://example.com:99999/", "Port out of range"),
        ({"url": "http://x/", "status": 99}, "expected a status"),
        ({"url": "http://x/", "status": []}, "expected a status"),
        ({"url": "http://x/", "status": True}, "expected a status"),
        ({"url": "http://x/", "body": {"matches": "("}}, "regular expression"),
        ({"url": "http://x/", "body": {}}, "at least one of contains"),
        ({"url": "http://x/", "body": {"contains": "a\nb"}}, "within one line"),
        ({"url": "http://x/", "json": {"$..a": 1}}, "JSON path"),
        ({"url": "http://x/", "json": {"$.a": {}}}, "at least one of"),
        ({"url": "http://x/", "header": {"a b": "x"}}, "name of a header"),
        ({"url": "http://x/", "header": {"a": "("}}, "regular expression"),
        ({"url": "http://x/", "headers": {"X": "a\r\nEvil: b"}}, "printable ASCII"),
        ({"url": "http://x/", "headers": {"Authorization": "Bearer abc"}}, "{secret.name}"),
        ({"url": "http://x/", "basic-auth": {"user": "a", "password": "b"}}, "{secret.name}"),
        ({"url": "http://x/", "method": "POST"}, "'GET' or 'HEAD'"),
        ({"url": "http://x/", "method": "HEAD", "json": {"a": 1}}, "no body"),
        ({"url": "http://x/", "slow": "10s"}, "`slow` to be less"),
        ({"url": "http://x/", "within": 0}, "greater than 0"),
        ({"url": "https://x/", "ca": ""}, "path of a file"),
        ({"url": "https://x/", "ca": "/ca.pem", "verify-tls": False}, "not both"),
    ],
)
def test_nonsense_is_refused(declared: Any, expected: str) -> None:
    with pytest.raises(ValidationError) as error:
        validated("http", declared)
    assert expected in str(error.value)


def test_addresses_are_normalised() -> None:
    params = validated("http", "HTTPS://Bücher.Example:443/a b?q=ü&t={secret.t}#x")
    assert params.url == "https://xn--bcher-kva.example/a%20b?q=%C3%BC&t={secret.t}"


def test_from_the_host() -> None:
    here, there = validated("http", "http://x/"), validated("http", {"url": "http://x/", "from": "host"})
    its = kind("http")
    assert (its.on_host(here), its.probes(here)["answer"].at) == (False, None)
    assert (its.on_host(there), its.probes(there)["answer"].at) == (True, "")


def test_https_brings_its_certificate_along() -> None:
    its = kind("http")
    (companion,) = its.companions(
        validated("http", {"url": "https://www.example.com/health", "from": "host"})
    )
    assert (companion.suffix, companion.kind) == ("certificate-www-example-com-443", "certificate")
    assert kind("certificate").params.model_validate(companion.params).from_ == "host"
    (v6,) = its.companions(validated("http", "https://[::1]:8443/"))
    assert kind("certificate").params.model_validate(v6.params).at == "[::1]:8443"
    assert its.companions(validated("http", "http://www.example.com/")) == ()
    assert its.companions(validated("http", {"url": "https://x/", "verify-tls": False})) == ()


MANIFEST = {"resources/js/app.js": {"file": "assets/app-5f1c.js"}}
LEADS = {"json": "$['resources/js/app.js'].file", "under": "/build/"}


@pytest.mark.parametrize(
    ("manifest", "asset", "verdict"),
    [
        (MANIFEST, 200, Verdict.CONFORM),
        (MANIFEST, 404, Verdict.DEVIATES),
        (MANIFEST, 500, Verdict.DEVIATES),
        ({}, 200, Verdict.DEVIATES),
        ({"resources/js/app.js": {"file": 7}}, 200, Verdict.DEVIATES),
        ({"resources/js/app.js": {"file": ""}}, 200, Verdict.DEVIATES),
        ("no JSON", 200, Verdict.DEVIATES),
    ],
)
def test_the_asset_that_a_manifest_names(manifest: Any, asset: int, verdict: Verdict) -> None:
    body = manifest if isinstance(manifest, str) else json.dumps(manifest)
    routes = {
        "/build/manifest.json": (200, {}, body.encode()),
        "/build/assets/app-5f1c.js": (asset, {}, b"x"),
    }
    with servers.web(routes) as server:
        declared = {"url": "/build/manifest.json", "leads-to": LEADS}
        made = judge("http", declared, url=server.url)
        assert made.verdict is verdict
        named = manifest == MANIFEST and verdict is Verdict.DEVIATES
        command = f"curl -i {server.url}/build/assets/app-5f1c.js"
        assert (made.remedy.params["command"] if made.remedy else None) == (command if named else None)


def test_what_it_names_elsewhere_is_not_asked_for() -> None:
    with servers.web({"*": (200, {}, b"x")}) as other:
        for name in (
            f"//{other.url.partition('//')[2]}/x",
            f"{other.url}/x",
            "../../../x",
            "https://example.com/x",
        ):
            manifest = json.dumps({"resources/js/app.js": {"file": name}})
            with servers.web({"/build/manifest.json": (200, {}, manifest.encode())}) as server:
                declared = {"url": "/build/manifest.json", "leads-to": LEADS}
                made = judge("http", declared, url=server.url)
                assert made.verdict is Verdict.DEVIATES, name
                command = str(made.remedy.params["command"]) if made.remedy else ""
                assert command.startswith(f"curl -i {server.url}/") or not command
        assert other.requests == []
