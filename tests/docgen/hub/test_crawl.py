"""Every file of a published hub, and every odd way to ask for one, through nginx and through ``docgen serve``.

``DOCGEN_CRAWL_PDF=1`` crawls a hub with its PDFs, and in the browser both languages.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import pytest
from playwright.sync_api import Browser

from docgen.hub import htpasswd, passwords, rules, run
from docgen.hub.accounts import Account

from ...checks.servers import Authority
from ...world.client import DOCGEN, Client
from . import sample

READER, WRONG = ("reader", "a long password"), ("reader", "a wrong password")
SERVERS = ("nginx", "serve")
ODD = (
    "/.lock", "/../", "/../.lock", "/../releases/", "/releases/", "/releases", "/cache/", "/cache", "/../cache/",
    "/current/", "/current", "/%2e%2e/.lock", "/%2e%2e%2f.lock", "/..%2f.lock", "/%2e/index.html", "/.%2e/.lock",
    "/de/%2e%2e/%2e%2e/.lock", "//", "//de//index.html", "///etc/passwd", "/de/index.html.", "/de/index.html/",
    "/de/index.html/x", "/de.", "/de/.", "/de/..", "/de/index.html%20", "/de/index.html%00", "/de/index.html;x",
    "/de/index.html~", "/de/.index.html.swp", "/DE/INDEX.HTML", "/de/index", "/%64e/index.html",
    "/%c0%ae%c0%ae/.lock", "/%ff", "/%", "/%zz", "/?x", "/de/?/../../.lock", "/de/index.html?x=1#y", "/..;/.lock",
    "/\\..\\.lock", "/%5c..%5c.lock", "/.mark", "/.pending", "/.scratch/", "/manifest.json/..", "/nights/",
    "/assets/", "/nights", "/~root/", "/server-status", "/.well-known/acme-challenge/x", "/favicon.ico",
    "/" + "a" * 3000, "/" + "../" * 50 + "etc/passwd", "http://elsewhere/", "*", "",
)  # fmt: skip


@dataclass(frozen=True)
class Said:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Served:
    """A server of the hub in ``folder``; ``tls`` where it speaks that."""

    kind: str
    port: int
    folder: Path
    tls: ssl.SSLContext | None

    @property
    def base(self) -> str:
        return f"{'https' if self.tls else 'http'}://localhost:{self.port}"

    def raw(self, request: bytes) -> Said | None:
        """The answer to these very bytes; None where the connection was closed without one."""
        with socket.create_connection(("127.0.0.1", self.port), 10) as sock:
            connection = self.tls.wrap_socket(sock, server_hostname="localhost") if self.tls else sock
            data = b""
            try:
                connection.sendall(request)
                while part := connection.recv(65536):
                    data += part
            except (ConnectionError, ssl.SSLError):
                pass
            head, _, body = data.partition(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            found = re.match(r"HTTP/1\.[01] (\d{3})", lines[0])
            pairs = [line.partition(": ")[::2] for line in lines[1:]]
            return Said(int(found[1]), {k.lower(): v for k, v in pairs}, body) if found else None

    def ask(
        self, path: str, login: tuple[str, str] | None = None, method: str = "GET", more: str = ""
    ) -> Said | None:
        pair = base64.b64encode(":".join(login).encode()).decode() if login else ""
        who = f"Authorization: Basic {pair}\r\n" if login else ""
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{who}{more}\r\n"
        for _ in range(3000):
            said = self.raw(head.encode("latin-1"))
            if login == READER and said and said.status == 429:
                time.sleep(0.1)
                continue
            return said
        raise AssertionError(f"{path}: 429 for five minutes")

    def get(self, path: str, login: tuple[str, str] | None = None, **more: str) -> Said:
        said = self.ask(path, login, **more)
        assert said, path
        return said


@pytest.fixture(scope="module")
def folder(night: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    client = Client(tmp_path_factory.mktemp("crawl"))
    shutil.copytree(night, client.folder, symlinks=True, dirs_exist_ok=True)
    if os.environ.get("DOCGEN_CRAWL_PDF") == "1":
        ran = client.docgen(*sample.PUBLISH, timeout=900)
    else:  # the second has taken something over
        ran = client.docgen(*sample.PUBLISH, "--no-pdf")
    assert ran.code == 1, ran.everything
    htpasswd.update(
        client.folder / "htpasswd", lambda _: [Account(READER[0], passwords.hashed(READER[1], 8), "x")]
    )
    return client.folder


Start = Callable[[str], Served]


@pytest.fixture
def start(
    folder: Path, tmp_path: Path, nginx: Callable[[str, int], Path], ports: Callable[[int], list[int]]
) -> Iterator[Start]:
    with ExitStack() as stack:

        def begin(kind: str) -> Served:
            if kind == "serve":
                process = subprocess.Popen(
                    [DOCGEN, "serve", folder / "hub", "--listen", "0", "--htpasswd", folder / "htpasswd"],
                    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                )  # fmt: skip
                stack.callback(process.wait)
                stack.callback(process.kill)
                assert process.stdout
                return Served(
                    kind, int(process.stdout.readline().rpartition(":")[2].strip("/\n")), folder, None
                )
            authority = Authority(tmp_path)
            authority.server("localhost")
            (pem,) = [p for p in tmp_path.glob("*.pem") if p != authority.file]
            secure, plain = ports(2)
            written = subprocess.run(
                [DOCGEN, "hub", "nginx", "--root", folder / "hub", "--server-name", "localhost", "--certificate", pem,
                 "--key", pem, "--listen", f"127.0.0.1:{secure}", "--listen-http", f"127.0.0.1:{plain}",
                 "--logs", tmp_path, "--htpasswd", folder / "htpasswd", "--test"],
                capture_output=True, text=True,
            )  # fmt: skip
            assert (written.returncode, written.stderr) == (0, "")
            # Nobody waits for a crawl at ten requests a second; that guesses are few has a test of its own.
            nginx(written.stdout.replace("rate=10r/s", "rate=2000r/s"), secure)
            return Served(kind, secure, folder, ssl.create_default_context(cafile=str(authority.file)))

        yield begin


def files(folder: Path) -> dict[str, bytes]:
    release = (folder / "hub/current").resolve()
    return {str(p.relative_to(release)): p.read_bytes() for p in release.rglob("*") if p.is_file()}


@pytest.mark.parametrize("kind", SERVERS)
def test_every_file(folder: Path, start: Start, kind: str) -> None:
    web, there = start(kind), files(folder)
    named = json.loads(there["manifest.json"])["files"]
    assert set(there) == {*named, "manifest.json", *run.FILES} and len(there) > 45
    for name in there:
        assert web.get(f"/{name}").status == 401, name
    refused = [web.get(f"/{name}", WRONG) for name in there]
    assert {one.status for one in refused} <= {401, 429}
    for one in (*refused, web.get("/"), web.get("/nowhere")):
        assert not any(part in one.body for part in (b"<main", b"docgen", b"API Gateway", b"sha256"))
    if (
        kind == "serve"
    ):  # ten wrong ones a minute from one address: who guessed has to wait, who is in does not
        web = start(kind)
    always = rules.HEADERS | (rules.HSTS if web.tls else {})
    for name, content in there.items():
        said = web.get(f"/{name}", READER)
        assert (said.status, said.body) == (200, content), name
        assert said.headers["content-type"] == rules.type_of(f"/{name}"), name
        assert {key: said.headers.get(key.lower()) for key in always} == always, name
        cache = rules.CACHE_ASSETS if f"/{name}".startswith(rules.ASSETS) else rules.CACHE
        assert said.headers["cache-control"] == cache and "set-cookie" not in said.headers


@pytest.mark.parametrize("kind", SERVERS)
def test_no_link_leads_nowhere(folder: Path, start: Start, kind: str) -> None:
    web, there = start(kind), files(folder)
    asked: dict[str, int] = {}
    for name, content in there.items():
        if name.endswith(".html"):
            for link in re.findall(r'(?:href|src)="([^"]*)"', content.decode()):
                to = urldefrag(urljoin(f"{web.base}/{name}", link.replace("&amp;", "&")))[0]
                if to.startswith(f"{web.base}/") and to not in asked:
                    asked[to] = web.get(to.removeprefix(web.base), READER).status
    assert len(asked) > 30 and {to: status for to, status in asked.items() if status != 200} == {}
    assert web.get("/", READER).body == there["index.html"]
    moved = web.get("/de", READER)
    assert (moved.status, moved.headers["location"]) == (301, "/de/")


@pytest.mark.parametrize("kind", SERVERS)
def test_odd_ways_to_ask(folder: Path, start: Start, kind: str) -> None:
    web, there = start(kind), set(files(folder).values())
    open_without: dict[str, int | None] = {}
    for path in ODD:
        without = web.ask(path or "/")
        if without and without.status not in (401, 429):
            open_without[path] = without.status
            assert without.body not in there
    # What is no request at all is refused before anybody asks who it is.
    assert set(open_without.values()) <= {400, 414}, open_without
    assert len(open_without) < 15, open_without
    seen: dict[str, int | None] = {}
    for path in ODD:
        said = web.ask(path or "/", READER)
        seen[path] = said and said.status
        if said and said.status == 200:
            assert said.body in there, path
        elif said:
            assert said.status in (301, 400, 403, 404, 414), (path, said.status)
            assert b"Index of" not in said.body and b"root:" not in said.body
            assert said.headers["content-security-policy"] or said.status == 400
        if said and said.status == 301:
            to = said.headers["location"]
            assert re.fullmatch(r"/(?!/)[\w%./?=-]*", to) or to.startswith(web.base), (path, to)
    closed = [
        p for p in ODD if ".lock" in p or "releases" in p or "cache" in p or "current" in p or "passwd" in p
    ]
    assert {p: seen[p] for p in closed if seen[p] in (200, 301)} == {p: 200 for p in closed if "?" in p}


@pytest.mark.parametrize("kind", SERVERS)
def test_odd_methods_and_headers(folder: Path, start: Start, kind: str) -> None:
    web, page = start(kind), files(folder)["de/index.html"]
    head = web.get("/de/index.html", READER, method="HEAD")
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(page)))
    assert web.get("/de/index.html", method="HEAD").status == 401
    for method in (
        "OPTIONS",
        "POST",
        "PUT",
        "DELETE",
        "PATCH",
        "TRACE",
        "CONNECT",
        "PROPFIND",
        "get",
        "GETT",
    ):
        for login in (READER, None):
            said = web.ask("/de/index.html", login, method=method)
            assert said is None or (said.status in (400, 401, 405) and b"<main" not in said.body), method
    said = web.get("/de/index.html", READER, more="Range: bytes=0-9\r\n")
    assert (said.status, said.body) in ((206, page[:10]), (200, page))
    assert web.get("/de/index.html", more="Range: bytes=0-9\r\n").status == 401
    far = web.get("/de/index.html", READER, more="Range: bytes=99999999-\r\n")
    assert far.status == 416 or far.body == page
    many = web.get("/de/index.html", READER, more="Range: bytes=" + ",".join(["0-"] * 500) + "\r\n")
    assert many.status in (200, 206, 416) and len(many.body) < 2 * len(page)
    tag = web.get("/de/index.html", READER).headers["etag"]
    assert web.get("/de/index.html", READER, more=f"If-None-Match: {tag}\r\n").status == 304
    assert web.get("/de/index.html", more=f"If-None-Match: {tag}\r\n").status == 401
    huge = web.ask("/de/index.html", READER, more=f"X-Large: {'x' * 100_000}\r\n")
    assert huge is None or huge.status in (400, 431)
    lots = web.ask("/de/index.html", READER, more="".join(f"X-{n}: 1\r\n" for n in range(5000)))
    assert lots is None or lots.status in (400, 431)
    for odd in (b"GET\r\n\r\n", b"\0" * 100 + b"\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
                b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
                b"GET /de/index.html\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"):  # fmt: skip
        answer = web.raw(odd)
        assert answer is None or (answer.status in (400, 401, 405, 505) and b"<main" not in answer.body), odd
    # Two requests in one: the second must not be served with the login of the first.
    body = b"GET /de/index.html HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    pair = base64.b64encode(":".join(READER).encode())
    for first in (
        b"POST / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic "
        + pair
        + b"\r\nContent-Length: 0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic " + pair + b"\r\nContent-Length: 6\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ):
        both = web.raw(first + body)
        assert both is None or page not in both.body


@pytest.mark.parametrize("kind", SERVERS)
def test_in_a_browser(folder: Path, start: Start, browser: Browser, kind: str) -> None:
    web, there = start(kind), files(folder)
    pages = sorted(name for name in there if name.endswith(".html"))
    if (
        os.environ.get("DOCGEN_CRAWL_PDF") != "1"
    ):  # every sort is looked at in test_pages.py, with the same headers
        sorts = sample.sorts(name.removeprefix("de/") for name in pages if name.startswith("de/"))
        pages = ["index.html", *(f"de/{name}.html" for name in sorts[:: 3 if kind == "nginx" else 6])]
    trouble: list[str] = []
    login = base64.b64encode(":".join(READER).encode()).decode()
    context = browser.new_context(
        extra_http_headers={"Authorization": f"Basic {login}"}, ignore_https_errors=True
    )
    page = context.new_page()
    page.on("console", lambda one: trouble.append(f"{page.url}: {one.type}: {one.text}"))
    page.on("pageerror", lambda one: trouble.append(f"{page.url}: {one}"))
    page.on("requestfailed", lambda one: trouble.append(f"{page.url}: {one.url}: {one.failure}"))
    page.on(
        "request",
        lambda one: None if one.url.startswith(("data:", web.base)) else trouble.append(one.url),
    )
    page.on("response", lambda one: trouble.append(f"{one.url}: {one.status}") if one.status >= 400 else None)
    for name in pages:
        page.goto(f"{web.base}/{name}", wait_until="load")
        if name == "index.html":
            page.wait_for_url(re.compile("/(de|en)/index.html$"), wait_until="load")
        assert page.locator("h1").count() >= 1, name
    context.close()
    assert trouble == []
