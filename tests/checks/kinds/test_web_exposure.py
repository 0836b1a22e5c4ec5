from __future__ import annotations

import gzip
import re
import secrets
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from checks.kinds import kind
from checks.knowledge.exposures import WELL_KNOWN
from checks.model import Judgement, Observation, Verdict
from checks.testing import collect_here, failed, judge, validated

sys.path.insert(0, str(Path(__file__).parent.parent))
import servers

ENV = b"APP_NAME=Gateway\nAPP_KEY=base64:c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0\nDB_PASSWORD=hunter2\n"
CONTENT = {
    "/.env": ENV,
    "/.git/HEAD": b"ref: refs/heads/main\n",
    "/.git/config": b"[core]\n\tbare = false\n",
    "/.htpasswd": b"ops:$2y$10$abcdefghijklmnopqrstuv\n",
    "/backup.sql": b"-- MariaDB dump 10.19\nCREATE TABLE x (id int);\n",
    "/db.sql.gz": gzip.compress(b"-- MySQL dump"),
    "/backup.zip": b"PK\x03\x04\x14\x00",
    "/storage/logs/laravel.log": b"[2025-11-01 23:15:00] production.ERROR: boom\n",
    "/composer.lock": b'{\n    "content-hash": "abc",\n    "packages": []\n}\n',
    "/vendor/composer/installed.json": b'{"packages": []}',
    "/phpinfo.php": b"<html><title>PHP 8.2 - phpinfo()</title></html>",
    "/server-status": b"<html><h1>Apache Server Status for localhost</h1></html>",
    "/nginx_status": b"Active connections: 3 \n",
    "/_ignition/health-check": b'{"can_execute_commands":true}',
}


def asked(routes: dict[str, Any], **declared: Any) -> Judgement:
    with servers.web(routes) as server:
        return judge("web-exposure", declared, url=server.url)


def served(judged: Judgement) -> list[str]:
    return [a.name.params["value"] for a in judged.aspects if a.name and a.verdict is Verdict.DEVIATES]  # type: ignore[misc]


def page(handler: Any) -> servers.Reply:
    """What a single-page application answers to anything: a page with the path and a token of this answer."""
    token = secrets.token_hex(16)
    text = f'<html><meta name="csrf-token" content="{token}"><p>{handler.path} at {secrets.randbelow(10**9)}</p></html>'
    return 200, {"Content-Type": "text/html; charset=utf-8"}, text.encode()


def test_nothing_is_served() -> None:
    judged = asked({"/.env": (403, {}, b""), "/.htpasswd": (401, {}, b"")}, paths=["/docs/"])
    assert judged.verdict is Verdict.CONFORM
    (only,) = judged.aspects
    assert only.actual and only.actual.params == {"gone": len(WELL_KNOWN) - 1, "refused": 2, "other": 0}


@pytest.mark.parametrize("other", [(404, {}, b"nothing here"), page], ids=["404", "catch-all"])
@pytest.mark.parametrize("path", CONTENT)
def test_what_is_served(path: str, other: Any) -> None:
    judged = asked({path: (200, {"Content-Type": "text/plain"}, CONTENT[path]), "*": other})
    assert (judged.verdict, served(judged)) == (Verdict.DEVIATES, [path])
    (deviation,) = [a for a in judged.aspects if a.verdict is Verdict.DEVIATES]
    assert deviation.actual == {one.path: one.what for one in WELL_KNOWN}[path]


def test_every_signature_is_tried() -> None:
    tried = {one.signature for one in WELL_KNOWN if one.path in CONTENT and one.path != "/backup.zip"}
    assert {one.signature for one in WELL_KNOWN} - tried == {
        next(o.signature for o in WELL_KNOWN if o.path == "/backup.zip")
    }
    assert all(re.compile(one.signature) for one in WELL_KNOWN)


def test_a_page_for_anything_is_no_alarm() -> None:
    judged = asked({"*": page}, paths=["/docs/PREFLIGHT.md", "/backups/"])
    assert judged.verdict is Verdict.CONFORM
    (only,) = judged.aspects
    assert only.actual and only.actual.params["other"] == len(WELL_KNOWN) + 2


def test_an_unknown_answer_at_a_declared_path() -> None:
    routes = {"/docs/PREFLIGHT.md": (200, {"Content-Type": "text/html"}, b"<h1>Secret plans</h1>")}
    for other in ((404, {}, b""), page):
        judged = asked({**routes, "*": other}, paths=["/docs/PREFLIGHT.md"], **{"well-known": False})
        assert (judged.verdict, served(judged)) == (Verdict.DEVIATES, ["/docs/PREFLIGHT.md"])


def test_an_unknown_answer_at_a_well_known_path() -> None:
    judged = asked({"/.env": (200, {}, b"encrypted:abc")})
    assert served(judged) == ["/.env"]


def test_redirects() -> None:
    def login(handler: Any) -> servers.Reply:
        return (
            (200, {}, b"<html>login</html>")
            if handler.path == "/login"
            else (302, {"Location": "/login"}, b"")
        )

    assert asked({"*": login}).verdict is Verdict.CONFORM
    only_status = {
        "/server-status": (302, {"Location": "/login"}, b""),
        "/login": (200, {}, b"<html>login</html>"),
    }
    assert asked(only_status).verdict is Verdict.CONFORM
    moved = {"/.env": (301, {"Location": "/.env?moved"}, b""), "/.env?moved": (200, {}, ENV)}
    assert served(asked(moved)) == ["/.env"]
    elsewhere = {"/.env": (301, {"Location": "/files/env.txt"}, b""), "/files/env.txt": (200, {}, ENV)}
    assert served(asked(elsewhere)) == ["/.env"]


@pytest.mark.parametrize("status", [403, 429, 500, 503])
def test_without_sight_nothing_is_green(status: int) -> None:
    judged = asked({"*": (status, {}, b"")})
    assert judged.verdict is Verdict.UNDETERMINED
    assert judged.reason
    assert asked({"*": (status, {}, b""), "/.env": (200, {}, ENV)}).verdict is Verdict.DEVIATES


def test_a_login_for_everything_is_an_answer() -> None:
    assert asked({"*": (401, {"WWW-Authenticate": "Basic"}, b"")}).verdict is Verdict.CONFORM


def test_no_server_is_undetermined() -> None:
    judged = judge("web-exposure", f"http://127.0.0.1:{servers.closed_port()}/")
    assert (judged.verdict, judged.observation) == (Verdict.UNDETERMINED, Observation.UNREACHABLE)
    with servers.raw(servers.silent) as port:
        silent = judge(
            "web-exposure",
            {"url": f"http://127.0.0.1:{port}", "within": 0.2, "paths": ["/a"], "well-known": False},
        )
    assert (silent.verdict, silent.observation) == (Verdict.UNDETERMINED, Observation.TIMEOUT)
    nowhere = {"url": "http://no-such-host.invalid", "paths": ["/a"], "well-known": False}
    assert judge("web-exposure", nowhere).verdict is Verdict.UNDETERMINED


def test_one_path_without_an_answer_is_not_green() -> None:
    judged = asked({"/backup.sql": (500, {}, b"")})
    assert judged.verdict is Verdict.UNDETERMINED
    assert [a.name.params["value"] for a in judged.aspects if a.name] == ["/backup.sql"]
    unseen = {"/backup.sql": failed(Observation.NOT_ATTEMPTED)}
    with servers.web({}) as server:
        assert judge("web-exposure", {}, url=server.url, **unseen).verdict is Verdict.UNDETERMINED
    both = asked({"/backup.sql": (500, {}, b""), "/.env": (200, {}, ENV)})
    assert (both.verdict, served(both)) == (Verdict.DEVIATES, ["/.env"])


def test_nothing_of_what_is_found_is_kept() -> None:
    with servers.web({"/.env": (200, {"Content-Type": "text/plain"}, ENV)}) as server:
        probes = dict(kind("web-exposure").probes(validated("web-exposure", {}, url=server.url)))
        facts = collect_here(probes)
    stored = "".join(fact.model_dump_json() for fact in facts.values())
    assert all(word not in stored for word in ("Gateway", "hunter2", "APP_KEY", "c2Vjcm"))
    assert len(server.requests) == len(WELL_KNOWN) + 1
    assert {method for method, _, _ in server.requests} == {"GET"}
    assert probes["control"].args["url"] == server.url + "/docgen-" + probes["control"].args["url"][-24:]


def test_paths_start_at_the_url() -> None:
    params = validated(
        "web-exposure", {"url": "/app/", "paths": ["/a b"], "well-known": False}, url="http://x"
    )
    assert [p.args["url"] for p in kind("web-exposure").probes(params).values()][1:] == ["http://x/app/a%20b"]


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ({"paths": ["docs"]}, "begins with a slash"),
        ({"paths": ["//evil.example/x"]}, "begins with a slash"),
        ({"paths": ["/x"] * 201}, "at most 200"),
        ({"well-known": False}, "some `paths`"),
        ({"url": "ftp://x"}, "expected a path"),
    ],
)
def test_nonsense_is_refused(declared: Any, expected: str) -> None:
    with pytest.raises(ValidationError, match=expected):
        validated("web-exposure", declared, url="http://x/")


def test_a_url_is_needed() -> None:
    with pytest.raises(ValidationError, match="needs a `url`"):
        validated("web-exposure", {})
