"""``docgen serve`` as it is run: a process of its own, asked over the network."""

from __future__ import annotations

import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from checks.model import Verdict
from checks.testing import judge
from docgen.hub import htpasswd, passwords, rules
from docgen.hub.accounts import Account
from docgen.hub.doors import Doors
from docgen.hub.serving import place

from ...world.machine import cannot

sys.path.insert(0, str(Path(__file__).parents[2] / "checks"))
import servers

from . import sample

DOCGEN = Path(sys.executable).parent / "docgen"
READER, AUDITOR = ("reader", "a long password"), ("auditor", "Überraschung für später")
RESTRICTED = {"guides/sudo.html", "guides/sudo.pdf", "evidence/raw/web1.txt"}
Serve = Callable[..., sample.Asked]


class Running:
    def __init__(self, folder: Path, *arguments: str) -> None:
        self.log = folder / "serve.log"
        command = [str(DOCGEN), "serve", str(folder / "hub"), "--listen", "0", *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log.open("w"), text=True)
        assert self.process.stdout
        self.said = self.process.stdout.readline()
        found = re.fullmatch(r"https?://127\.0\.0\.1:(\d+)/\n", self.said)
        assert found, (self.said, self.log.read_text())
        self.port = int(found[1])

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    sample.hub(tmp_path / "hub")
    accounts = [
        Account(name, passwords.hashed(password, 8), "x", None, groups)
        for (name, password), groups in ((READER, ()), (AUDITOR, ("sudo", "evidence")))
    ]
    htpasswd.update(tmp_path / "htpasswd", lambda _: accounts)
    return tmp_path


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[..., Running]]:
    with ExitStack() as stack:

        def run(*arguments: str) -> Running:
            running = Running(folder, *arguments)
            stack.callback(running.stop)
            return running

        yield run


@pytest.fixture
def running(folder: Path, start: Callable[..., Running]) -> Running:
    return start(
        "--htpasswd", str(folder / "htpasswd"), "--restrict", "/guides/sudo=sudo", "--restrict", "/evidence/=evidence"
    )  # fmt: skip


@pytest.fixture
def web(running: Running) -> sample.Asked:
    return sample.Asked(running.port)


@pytest.mark.parametrize(
    "login", [None, ("reader", "wrong password"), ("nobody", "a long password"), "Basic !", "Bearer x", "Basic Og==",
              "Basic " + "x" * 60_000]
)  # fmt: skip
def test_without_the_right_password_nothing_is_open(
    web: sample.Asked, login: tuple[str, str] | str | None
) -> None:
    paths = [*(f"/{p}" for p in (*sample.PAGES, *sample.HIDDEN)), *sample.TRICKS, "/", "/de", "/nowhere"]
    answers = [web.get(path, login) for path in paths]
    assert {a.status for a in answers} <= {401, 429}
    assert len({a.body for a in answers if a.status == 401}) == 1
    assert all(b"secret" not in a.body and b"hidden" not in a.body for a in answers)


def test_the_right_password_opens_what_it_should_and_nothing_else(web: sample.Asked) -> None:
    mine = {page: web.get(f"/{page}", READER) for page in sample.PAGES}
    assert {p for p, a in mine.items() if a.status == 401} == RESTRICTED
    assert {a.status for p, a in mine.items() if p not in RESTRICTED} == {200}
    theirs = {page: web.get(f"/{page}", AUDITOR) for page in sample.PAGES}
    assert {p: a.body.decode() for p, a in theirs.items()} == sample.PAGES
    assert theirs["guides/sudo.pdf"].headers["content-type"] == "application/pdf"
    for path in (
        *(f"/{p}" for p in sample.HIDDEN),
        *sample.TRICKS,
        "/status/",
        "/assets/",
        "/nowhere",
        "*",
        "x",
    ):
        answer = web.get(path, AUDITOR)
        assert answer.status in (400, 404), path
        assert b"secret" not in answer.body and b"hidden" not in answer.body
    assert web.get("/?x=1", READER).body.decode() == sample.PAGES["index.html"]
    moved = web.get("/de", READER)
    assert (moved.status, moved.headers["location"]) == (301, "/de/")
    for path in ("/guides//sudo.pdf", "//guides/sudo.pdf", "/guides/%73udo.pdf"):
        assert web.get(path, READER).status == 401


def test_headers(web: sample.Asked) -> None:
    answers = [web.get("/"), web.get("/", READER), web.get("/nowhere", READER), web.get("/", None, "POST")]
    assert [a.status for a in answers] == [401, 200, 404, 405]
    for answer in answers:
        assert {n: answer.headers.get(n.lower()) for n in rules.HEADERS} == rules.HEADERS
        assert answer.headers["cache-control"] == "private, no-cache"
        assert answer.headers["server"] == "docgen"
        assert "strict-transport-security" not in answer.headers
    style = web.get("/assets/hub.css", READER)
    assert style.headers["cache-control"] == rules.CACHE_ASSETS
    head = web.get("/", READER, "HEAD")
    assert (head.status, head.body) == (200, b"") and int(head.headers["content-length"]) == len(
        sample.PAGES["index.html"]
    )


def test_guesses_are_few_and_those_who_are_in_stay_in(web: sample.Asked) -> None:
    assert web.get("/", READER).status == 200
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda n: web.get("/", ("reader", f"guess {n}")).status, range(40)))
    assert (statuses.count(401), statuses.count(429)) == (10, 30)
    assert web.get("/", READER).status == 200
    refused = web.get("/", AUDITOR)
    assert (refused.status, refused.headers["retry-after"]) == (429, "60")


def test_changes_of_the_accounts_count_at_once(web: sample.Asked, folder: Path) -> None:
    file = folder / "htpasswd"
    assert web.get("/", READER).status == 200
    new = passwords.hashed("a new password", 8)
    htpasswd.update(file, lambda all_: [Account(a.name, new, "x", None, a.groups) for a in all_])
    assert [web.get("/", READER).status, web.get("/", ("reader", "a new password")).status] == [401, 200]
    htpasswd.update(file, lambda all_: all_[1:])
    assert web.get("/", ("reader", "a new password")).status == 401
    file.write_text("what is this\n")
    assert web.get("/", AUDITOR).status == 503
    file.unlink()
    assert web.get("/", AUDITOR).status in (401, 429)


def test_the_log_names_who_it_was(web: sample.Asked, running: Running) -> None:
    web.get("/status/prod.pdf", READER)
    with socket.create_connection(("127.0.0.1", running.port), 10) as one:
        one.sendall(b"GET /x\x1b[2J HTTP/1.0\r\n\r\n")
        assert one.recv(65536).startswith(b"HTTP/1.1 401 ")
    for _ in range(10_000):
        lines = running.log.read_text().splitlines()
        if len(lines) == 2:
            break
        time.sleep(0.02)
    first, second = lines
    assert re.fullmatch(r'127\.0\.0\.1 "reader" \[[-\dT:.Z]+\] "GET /status/prod.pdf HTTP/1.1" 200', first)
    assert '"" [' in second and second.endswith(" 401") and "\x1b" not in second
    assert "password" not in running.log.read_text()


def test_over_https(folder: Path, start: Callable[..., Running]) -> None:
    authority = servers.Authority(folder)
    authority.server("docs.example.com")
    (pem,) = [p for p in folder.glob("*.pem") if p != authority.file]
    running = start("--htpasswd", str(folder / "htpasswd"), "--certificate", str(pem))
    assert running.said.startswith("https://")
    silent = [socket.create_connection(("127.0.0.1", running.port)) for _ in range(5)]
    context = ssl.create_default_context(cafile=str(authority.file))
    answer = sample.Asked(running.port, context).get("/", READER)
    assert (answer.status, answer.headers["strict-transport-security"]) == (200, "max-age=31536000")
    assert sample.Asked(running.port, context).get("/").status == 401
    for one in silent:
        one.close()


def test_who_says_nothing_keeps_nobody_out(web: sample.Asked, running: Running) -> None:
    silent = [socket.create_connection(("127.0.0.1", running.port)) for _ in range(40)]
    assert web.get("/", READER).status == 200
    for one in silent:
        one.close()


def test_one_address_shuts_no_other_out(web: sample.Asked, running: Running) -> None:
    silent = [
        socket.create_connection(("127.0.0.1", running.port), source_address=("127.0.0.2", 0))
        for _ in range(80)
    ]
    assert web.get("/", READER).status == 200
    for one in silent:
        one.close()


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("GET / HTTP/2.0\r\nHost: x\r\n", 505),
        ("PRI * HTTP/2.0\r\n", 505),
        ("GET / HTTP/1.1\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n", 400),
        ("GET /\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n", 400),
        ("GET / HTTP/1.0\r\n", 401),
    ],
)
def test_what_is_refused_before_the_login_has_all_headers(running: Running, asked: str, status: int) -> None:
    with socket.create_connection(("127.0.0.1", running.port), 10) as one:
        one.sendall(f"{asked}\r\n".encode())
        said = b"".join(iter(lambda: one.recv(65536), b"")).decode()
    assert said.startswith(f"HTTP/1.1 {status} ") and "Content-Security-Policy: " in said, said


def test_pages_that_were_not_changed_are_not_sent_again(web: sample.Asked, running: Running) -> None:
    tag = web.get("/", READER).headers["etag"]
    with socket.create_connection(("127.0.0.1", running.port), 10) as one:
        import base64

        login = base64.b64encode(":".join(READER).encode()).decode()
        head = f"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {login}\r\nIf-None-Match: {tag}\r\n"
        one.sendall(f"{head}Connection: close\r\n\r\n".encode())
        said = b"".join(iter(lambda: one.recv(65536), b""))
    assert said.startswith(b"HTTP/1.1 304 ") and said.endswith(b"\r\n\r\n")


def test_the_check_sees_that_nothing_is_open(web: sample.Asked) -> None:
    judged = judge("hub-access", {"paths": "/guides/sudo.pdf"}, url=f"http://127.0.0.1:{web.port}")
    assert judged.verdict is Verdict.CONFORM


def test_one_account_for_this_run(folder: Path) -> None:
    command = [str(DOCGEN), "serve", str(folder / "hub"), "--listen", "0", "--restrict", "/guides/sudo=sudo"]
    if Path("/etc/docgen/htpasswd").exists():
        cannot("this machine has accounts")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout
    where, account = process.stdout.readline(), process.stdout.readline()
    found = re.fullmatch(r"The account of this run: (\w+), password (\S+)\n", account)
    assert found
    web = sample.Asked(int(where.strip("/\n").rpartition(":")[2]))
    assert web.get("/guides/sudo.pdf", (found[1], found[2])).status == 200
    assert web.get("/guides/sudo.pdf", (found[1], "guessed password")).status == 401
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0


def test_a_folder_of_pages_will_do(folder: Path) -> None:
    release = next((folder / "hub/releases").iterdir())
    (folder / "hub/current").unlink()
    release.rename(folder / "pages")
    (folder / "hub").rename(folder / "old")
    (folder / "pages").rename(folder / "hub")
    running = Running(folder, "--htpasswd", str(folder / "htpasswd"))
    try:
        assert sample.Asked(running.port).get("/", READER).status == 200
    finally:
        running.stop()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--listen", "0.0.0.0:0"], "in the clear"),
        (["--listen", "[::]:0"], "in the clear"),
        (["--listen", "192.0.2.1:8000"], "in the clear"),
        (["--listen", "example.com:8000"], "expected a port"),
        (["--listen", "x"], "expected a port"),
        (["--listen", "70000"], "expected a port"),
        (["--key", "/x"], "without --certificate"),
        (["--certificate", "/no/such"], "no certificate"),
        (["--htpasswd", "/no/such"], "passwd add"),
        (["--restrict", "x"], "PATH=GROUP"),
    ],
)
def test_nonsense_is_refused(folder: Path, arguments: list[str], said: str) -> None:
    command = [str(DOCGEN), "serve", str(folder / "hub"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr


def test_what_is_no_hub_is_refused(tmp_path: Path) -> None:
    done = subprocess.run([str(DOCGEN), "serve", str(tmp_path)], capture_output=True, text=True, timeout=600)
    assert done.returncode == 2 and "no hub" in done.stderr
    (tmp_path / "current").symlink_to("/etc")
    done = subprocess.run([str(DOCGEN), "serve", str(tmp_path)], capture_output=True, text=True, timeout=600)
    assert done.returncode == 2, "current leads out of the hub"


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("/", "/"),
        ("/a/b.html?x#y", "/a/b.html"),
        ("//a///b/", "/a/b/"),
        ("/%C3%9Cbersicht.html", "/Übersicht.html"),
        ("/%FF", None),
        ("/a/../b", None),
        ("/a/%2e%2e/b", None),
        ("/a%2f..%2fb", None),
        ("/.git", None),
        ("/a%00", None),
        ("/a%0d%0aX: y", None),
        ("http://evil/", None),
        ("/" + "x" * 3000, None),
    ],
)
def test_places(asked: str, expected: str | None) -> None:
    assert place(asked) == expected


def _header(name: str, password: str) -> str:
    import base64

    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def test_guesses_are_forgotten_and_expired_accounts_stay_out() -> None:
    now = 0.0
    day = htpasswd.today()
    hash_ = passwords.hashed("a long password", 8)
    accounts = [Account("a", hash_, "x", day), Account("old", hash_, "x", day - timedelta(days=1))]
    doors = Doors(lambda: accounts, lambda: now)
    assert doors.visitor("1", _header("old", "a long password")).status == 401
    assert [doors.visitor("1", _header("a", "no")).status for _ in range(10)] == [401] * 9 + [429]
    assert doors.visitor("1", _header("a", "a long password")).status == 429
    assert doors.visitor("2", _header("a", "a long password")).status == 200, "another address is free"
    now = 61.0
    assert doors.visitor("1", _header("a", "a long password")).status == 200
    accounts[0] = Account("a", hash_, "x", day - timedelta(days=1))
    assert doors.visitor("2", _header("a", "a long password")).status == 401


def test_a_name_that_is_not_there_takes_as_long() -> None:
    accounts = [Account("a", passwords.hashed("a long password", 10), "x")]

    def took(name: str) -> float:
        best = 9.0
        for _ in range(6):
            start = time.process_time()
            Doors(lambda: accounts).visitor("1", _header(name, "wrong password"))
            best = min(best, time.process_time() - start)
        return best

    assert 0.4 < took("nobody") / took("a") < 2.5
