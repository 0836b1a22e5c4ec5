from __future__ import annotations

import gzip
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from checks.model import Fact, Message, Observation, msg
from checks.model.facts import probe
from checks.sources import http
from checks.sources.network import dial_from_here
from checks.sources.transport import DialRefused

sys.path.insert(0, str(Path(__file__).parent.parent))
import servers


def ask(url: str, *, deadline: float = 5, secrets: dict[str, str] | None = None, **args: Any) -> Fact:
    return http.observe(
        probe("http", deadline=deadline, here=True, url=url, **args), dial_from_here, secrets or {}
    )


def answer(raw: bytes, **args: Any) -> Fact:
    with servers.raw(servers.says(raw)) as port:
        return ask(f"http://127.0.0.1:{port}/", **args)


def test_what_a_server_answers() -> None:
    page = b'{"status": "ok", "password": "hunter2hunter2"}'
    headers = {"Content-Type": "application/json", "Set-Cookie": "session=s3cr3tvalue; Path=/; HttpOnly"}
    with servers.web({"/health": (200, headers, page)}) as server:
        fact = ask(
            f"{server.url}/health",
            patterns=["status", "nowhere"],
            json=["$.status", "$.none"],
            header_patterns=[["content-type", "json$"], ["x-none", "."]],
        )
    seen = fact.value
    assert fact.observation is Observation.OBSERVED
    assert (seen["status"], seen["error"], seen["bytes"], seen["truncated"]) == (200, None, len(page), False)
    assert [one and one["text"] for one in seen["found"]] == ["status", None]
    assert [bool(one) for one in seen["found_headers"]] == [True, False]
    assert seen["json"] == [[{"value": "ok"}], [None]]
    assert seen["headers"]["set-cookie"] == "session=…; Path=/; HttpOnly"
    assert fact.observed_at.endswith("Z")
    assert fact.excerpt == page.decode()
    assert "s3cr3tvalue" not in fact.model_dump_json()
    assert fact.command == f"GET {server.url}/health (from here, 5 s, up to 5 redirects)"
    assert server.requests[0][2]["Accept-Encoding"] == "identity"


def test_private_answers_leave_nothing_of_the_body() -> None:
    with servers.web({"/.env": (200, {}, b"APP_KEY=geheim\n")}) as server:
        fact = ask(f"{server.url}/.env", patterns=["^APP_KEY=.*"], private=True)
    assert fact.value["found"] == [{"line": 1, "text": "", "count": 1}]
    assert "geheim" not in fact.model_dump_json()


def test_head_has_no_body() -> None:
    with servers.web({"/": (200, {}, b"x" * 500)}) as server:
        assert ask(f"{server.url}/", method="HEAD").value["bytes"] == 0
    assert server.requests[0][0] == "HEAD"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "get\r\nX: y"])
def test_nothing_that_writes_is_sent(method: str) -> None:
    with servers.web({}) as server:
        fact = ask(server.url + "/", method=method)
    assert fact.observation is Observation.ERROR
    assert fact.reason and "refused" in fact.reason.id
    assert server.requests == []


# --- No answer ----------------------------------------------------------------------------------------------


def test_refused_is_a_fact() -> None:
    fact = ask(f"http://127.0.0.1:{servers.closed_port()}/")
    assert (fact.observation, fact.value["error"]) == (Observation.OBSERVED, "refused")


@pytest.mark.parametrize("behaviour", [servers.resets, servers.says(b"")])
def test_reset_is_a_fact(behaviour: Any) -> None:
    with servers.raw(behaviour) as port:
        fact = ask(f"http://127.0.0.1:{port}/")
    assert (fact.observation, fact.value["error"]) == (Observation.OBSERVED, "reset")


def dribbles(head: bytes) -> Any:
    def behaviour(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(head)
        while True:
            time.sleep(0.02)
            connection.sendall(b"x")

    return behaviour


@pytest.mark.parametrize(
    "behaviour",
    [
        servers.silent,
        dribbles(b""),
        dribbles(b"HTTP/1.1 200 OK\r\nX-Long: "),
        dribbles(b"HTTP/1.1 200 OK\r\n\r\n"),
        dribbles(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n"),
        dribbles(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
    ],
    ids=["silent", "status line", "header", "body to the end", "body of a length", "chunk size"],
)
def test_the_deadline_holds(behaviour: Any) -> None:
    started = time.monotonic()
    with servers.raw(behaviour) as port:
        fact = ask(f"http://127.0.0.1:{port}/", deadline=0.3)
    assert (fact.observation, fact.value["error"]) == (Observation.TIMEOUT, "timeout")
    assert fact.reason == msg("No answer within {limit:seconds}.", limit=0.3)
    assert time.monotonic() - started < 10


def test_the_deadline_holds_in_a_handshake() -> None:
    with servers.raw(servers.silent) as port:
        fact = ask(f"https://127.0.0.1:{port}/", deadline=0.3)
    assert fact.observation is Observation.TIMEOUT


def test_the_deadline_holds_over_redirects() -> None:
    def slow(handler: Any) -> servers.Reply:
        time.sleep(0.15)
        return 302, {"Location": handler.path + "x"}, b""

    with servers.web({"*": slow}) as server:
        assert ask(server.url + "/", deadline=0.4, follow=50).observation is Observation.TIMEOUT


def test_no_name_is_no_vantage() -> None:
    fact = ask("http://no-such-host.invalid/")
    assert (fact.observation, fact.value) == (Observation.UNREACHABLE, None)
    assert fact.reason == msg("The name {host:code} does not resolve.", host="no-such-host.invalid")


def test_name_servers_that_do_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **more: over.wait(60))
    started = time.monotonic()
    assert ask("http://www.example.com/", deadline=0.2).observation is Observation.UNREACHABLE
    assert time.monotonic() - started < 30
    over.set()


def test_no_leave_to_connect_is_no_vantage() -> None:
    def dial(host: str, port: int, timeout: float) -> socket.socket:
        raise DialRefused(Message(id="forbidden"))

    fact = http.observe(probe("http", url="http://127.0.0.1/"), dial, {})
    assert (fact.observation, fact.reason) == (Observation.UNREACHABLE, Message(id="forbidden"))


def test_no_route_is_no_vantage() -> None:
    def dial(host: str, port: int, timeout: float) -> socket.socket:
        raise OSError(113, "No route to host")

    fact = http.observe(probe("http", url="http://127.0.0.1/"), dial, {})
    assert fact.observation is Observation.UNREACHABLE


# --- Hostile answers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        b"SSH-2.0-OpenSSH_9.2p1\r\n",
        b"\x00\xff\xfe garbage \r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 101 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 " + b"y" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc",
    ],
)
def test_what_is_no_http_is_a_fact(raw: bytes) -> None:
    fact = answer(raw)
    assert (fact.observation, fact.value["error"]) == (Observation.OBSERVED, "protocol")
    assert fact.value["error_text"]


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 \xff\xfe\x1b[2J\r\nX-\xff: \xfe\x1b\x00\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/html; charset=zlib_codec\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nLocation: http://[bad\r\n\r\nok",
        b"HTTP/1.0 200\r\n\r\nok",
    ],
)
def test_odd_answers_are_read_all_the_same(raw: bytes) -> None:
    fact = answer(raw)
    assert (fact.observation, fact.value["status"], fact.value["error"]) == (Observation.OBSERVED, 200, None)
    assert fact.model_dump_json()


def test_bodies_are_capped() -> None:
    def endless(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    with servers.raw(endless) as port:
        fact = ask(f"http://127.0.0.1:{port}/", max_bytes=100_000)
    assert (fact.value["bytes"], fact.value["truncated"], fact.truncated) == (100_000, True, True)


def test_a_negative_chunk_does_not_read_for_ever() -> None:
    """http.client reads a chunk of -1 bytes until the end of the stream."""

    def endless(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n")
        for _ in range(2000):
            sent.append(connection.send(b"x" * 65536))

    sent: list[int] = []
    with servers.raw(endless) as port:
        fact = ask(f"http://127.0.0.1:{port}/", max_bytes=1000)
    assert fact.observation is Observation.OBSERVED
    assert sum(sent) < 20 * 1024 * 1024


def test_compressed_although_not_asked() -> None:
    packed = gzip.compress(b"all is well")
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\n\r\n"
    assert answer(head % b"gzip" + packed, patterns=["well$"]).value["found"][0]
    assert answer(head % b"br" + packed).value["undecoded"] == "br"
    bomb = answer(head % b"gzip" + gzip.compress(b"x" * 10_000_000), max_bytes=50_000)
    assert (bomb.value["truncated"], bomb.value["undecoded"]) == (True, None)


def test_the_declared_character_set() -> None:
    latin = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=ISO-8859-1\r\n\r\nGr\xfc\xdfe"
    assert answer(latin, patterns=["Grüße"]).value["found"][0]


@pytest.mark.parametrize(
    "body", [b"not json", b"[" * 100_000, b"NaN", b'{"a": 1e999}', b'{"a": "\\ud800"}', b"9" * 5000]
)
def test_json_of_any_sort(body: bytes) -> None:
    fact = answer(b"HTTP/1.1 200 OK\r\n\r\n" + body, json=["$.a"])
    assert fact.observation is Observation.OBSERVED
    assert fact.value["json"] is None or fact.value["json"][0]
    assert "Infinity" not in fact.model_dump_json()


# --- Redirects ----------------------------------------------------------------------------------------------


def test_redirects_are_followed_and_written_down() -> None:
    routes = {
        "/": (301, {"Location": "/a?x=1"}, b""),
        "/a": (302, {"Location": "b c"}, b""),
        "/b%20c": (200, {}, b"ok"),
    }
    with servers.web(routes) as server:
        seen = ask(server.url + "/").value
    assert (seen["status"], seen["url"]) == (200, f"{server.url}/b%20c")
    assert seen["chain"] == [
        {"url": f"{server.url}/", "status": 301, "location": f"{server.url}/a?x=1"},
        {"url": f"{server.url}/a?x=1", "status": 302, "location": f"{server.url}/b%20c"},
    ]


def test_redirects_have_an_end() -> None:
    with servers.web({"*": (302, {"Location": "/"}, b"")}) as server:
        seen = ask(server.url + "/", follow=3).value
    assert (seen["error"], len(seen["chain"]), len(server.requests)) == ("too_many_redirects", 4, 4)


def test_redirects_that_are_not_followed() -> None:
    with servers.web({"*": (302, {"Location": "/login"}, b"")}) as server:
        seen = ask(server.url + "/", follow=0).value
    assert (seen["status"], seen["location"], seen["chain"]) == (302, f"{server.url}/login", [])


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "javascript:alert(1)", "//[", "http://a b/", "ftp://127.0.0.1/"]
)
def test_redirects_lead_only_to_web_addresses(location: str) -> None:
    with servers.web({"*": (302, {"Location": location}, b"")}) as server:
        seen = ask(server.url + "/").value
    assert (seen["status"], seen["location"], len(server.requests)) == (302, None, 1)


def test_a_login_is_never_sent_to_another_origin() -> None:
    secrets = {"hub": "s3cr3t-of-the-hub", "key": "k3y"}
    with servers.web({"*": (200, {}, b"")}) as other:
        server_routes = {
            "/": (302, {"Location": "/in"}, b""),
            "/in": (302, {"Location": f"{other.url}/out"}, b""),
        }
        with servers.web(server_routes) as server:
            fact = ask(
                server.url + "/",
                secrets=secrets,
                basic_auth={"user": "ops", "password": "{secret.hub}"},
                headers={"X-Key": "{secret.key}", "Host": "www.example.com"},
            )
    assert [r[2]["Authorization"] for r in server.requests] == ["Basic b3BzOnMzY3IzdC1vZi10aGUtaHVi"] * 2
    assert [(r[2]["X-Key"], r[2]["Host"]) for r in server.requests] == [("k3y", "www.example.com")] * 2
    assert set(other.requests[0][2]) == {"Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"}
    assert "s3cr3t" not in fact.model_dump_json()
    assert "as ops, with X-Key, Host" in fact.command


def test_a_secret_in_an_address_is_not_written_down() -> None:
    with servers.web({"/health": (200, {}, b"ok")}) as server:
        fact = ask(server.url + "/health?t={secret.t}", secrets={"t": "a b&c"})
    assert server.requests[0][1] == "/health?t=a%20b%26c"
    assert fact.value["url"].endswith("/health?t={secret.t}")
    assert "a%20b" not in fact.model_dump_json()


def test_a_missing_secret_is_named() -> None:
    with servers.web({}) as server:
        fact = ask(server.url + "/", basic_auth={"user": "ops", "password": "{secret.hub}"})
    assert fact.observation is Observation.ERROR
    assert fact.reason and fact.reason.params["name"] == "hub"
    assert fact.reason.params["why"] == msg("it is not declared")
    assert server.requests == []


def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{servers.closed_port()}")
    with servers.web({"/": (200, {}, b"ok")}) as server:
        assert ask(server.url + "/").value["status"] == 200


# --- TLS ----------------------------------------------------------------------------------------------------


def test_certificates_are_verified(tmp_path: Path) -> None:
    authority = servers.Authority(tmp_path)
    with servers.web({"/": (200, {}, b"ok")}, authority.server("localhost"), "localhost") as server:
        unknown = ask(server.url + "/").value
        known = ask(server.url + "/", ca=str(authority.file)).value
        anyway = ask(server.url + "/", verify=False).value
        misnamed = ask(f"https://127.0.0.1:{server.port}/", ca=str(authority.file)).value
    assert (unknown["error"], unknown["status"]) == ("tls", None)
    assert "unable to get local issuer" in unknown["error_text"]
    assert (known["status"], anyway["status"]) == (200, 200)
    assert known["certificate"]["names"] == ["localhost"]
    assert known["certificate"] == anyway["certificate"] | {
        "seconds_left": known["certificate"]["seconds_left"]
    }
    assert (misnamed["error"], "mismatch" in misnamed["error_text"]) == ("tls", True)
    assert len(server.requests) == 2


def test_plain_http_where_tls_was_expected() -> None:
    with servers.web({"/": (200, {}, b"ok")}) as server:
        assert ask(server.url.replace("http", "https") + "/").value["error"] == "tls"


def test_authorities_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "not.pem").write_text("no certificate")
    for path in ("/no/such.pem", str(tmp_path / "not.pem")):
        fact = ask("https://127.0.0.1/", ca=path)
        assert fact.observation is Observation.ERROR
        assert fact.reason and fact.reason.params["path"] == path
