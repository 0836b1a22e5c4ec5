"""The site that ``docgen hub nginx`` writes, in a real nginx: nothing is open, and what is allowed works."""

from __future__ import annotations

import json
import re
import ssl
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from docgen.cli import main_group
from docgen.hub import htpasswd, passwords, rules, site
from docgen.hub.accounts import Account

sys.path.insert(0, str(Path(__file__).parents[2] / "checks"))
import servers

from . import sample

YESTERDAY = htpasswd.today() - timedelta(days=1)
if TYPE_CHECKING:
    from ...world.client import Client

NAME = "docs.example.com"
READER, AUDITOR = ("reader", "a long password"), ("auditor", "another long one")
RESTRICTED = {"guides/sudo.html", "guides/sudo.pdf", "evidence/raw/web1.txt"}
ASKED = [*(f"/{page}" for page in sample.PAGES), *(f"/{page}" for page in sample.HIDDEN), *sample.TRICKS,
         "/", "/de/", "/de", "/status/", "/assets/", "/nowhere", "/index.html?x=1"]  # fmt: skip


def write(*arguments: str) -> Result:
    return CliRunner().invoke(main_group, ["hub", "nginx", "--server-name", NAME, *arguments])


@dataclass(frozen=True)
class Served:
    web: sample.Asked
    plain: sample.Asked
    folder: Path

    def log(self, which: str, lines: int = 0) -> str:
        """The log, when it has so many `lines`: nginx writes a line after the answer."""
        for _ in range(10_000):
            text = (self.folder / f"{NAME}.{which}.log").read_text()
            if text.count("\n") >= lines:
                break
            time.sleep(0.05)
        return text


Site = Callable[..., Served]


@pytest.fixture
def running(tmp_path: Path, nginx: Callable[[str, int], Path], ports: Callable[[int], list[int]]) -> Site:
    """nginx with the site as docgen writes it, and as it then was edited."""
    authority = servers.Authority(tmp_path)
    authority.server(NAME, "localhost")
    (pem,) = [p for p in tmp_path.glob("*.pem") if p != authority.file]
    secure, plain = ports(2)
    accounts = [
        Account(name, passwords.hashed(password, 8), "x", None, groups)
        for (name, password), groups in ((READER, ()), (AUDITOR, ("sudo", "evidence")))
    ]
    htpasswd.update(tmp_path / "htpasswd", lambda _: accounts)

    def run(edit: Callable[[str], str], name: str = NAME) -> Served:
        done = write(
            "--root", str(sample.hub(tmp_path / "hub")), "--certificate", str(pem), "--key", str(pem),
            "--listen", f"127.0.0.1:{secure}", "--listen-http", f"127.0.0.1:{plain}", "--logs", str(tmp_path),
            "--htpasswd", str(tmp_path / "htpasswd"), "--restrict", "/guides/sudo=sudo",
            "--restrict", "/evidence/=evidence", "--test", "--server-name", name,
        )  # fmt: skip
        assert (done.exit_code, done.stderr) == (0, ""), done.output
        nginx(edit(done.stdout), secure)
        context = ssl.create_default_context(cafile=str(authority.file))
        return Served(sample.Asked(secure, context), sample.Asked(plain), tmp_path)

    return run


@pytest.fixture
def served(running: Site) -> Served:
    return running(lambda text: text)


@pytest.mark.parametrize(
    "login", [None, ("reader", "wrong password"), ("nobody", "a long password"), "Basic !", "Bearer x", "Basic Og=="]
)  # fmt: skip
def test_without_the_right_password_nothing_is_open(
    served: Served, login: tuple[str, str] | str | None
) -> None:
    answers = {path: served.web.get(path, login) for path in ASKED}
    closed = {path: a.status for path, a in answers.items() if a.status not in (401, 429)}
    # What is no path at all is refused before anybody asks who it is.
    assert set(closed.values()) <= {400}, closed
    assert all(path in sample.TRICKS for path in closed)
    assert all(b"secret" not in a.body and b"hidden" not in a.body for a in answers.values())
    assert len({a.body for a in answers.values() if a.status == 401}) == 1
    assert any(a.status == 401 for a in answers.values())


def test_guesses_are_refused_before_they_cost_a_hash(served: Served) -> None:
    def guess(n: int) -> int:
        return served.web.get("/", ("reader", f"guess number {n}")).status

    first = [guess(n) for n in range(30)]
    assert first == [401] * 30, "a page with all it loads is no guessing"
    seen: set[int] = set()
    for _ in range(10):  # a busy machine may need several turns to be fast enough for once
        with ThreadPoolExecutor(16) as pool:
            seen |= set(pool.map(guess, range(150)))
        if 429 in seen:
            break
    assert seen == {401, 429}


def test_the_right_password_opens_what_it_should_and_nothing_else(served: Served) -> None:
    mine = {page: served.web.patient(f"/{page}", READER) for page in sample.PAGES}
    assert {p for p, a in mine.items() if a.status == 401} == RESTRICTED
    assert {a.status for p, a in mine.items() if p not in RESTRICTED} == {200}
    theirs = {page: served.web.patient(f"/{page}", AUDITOR) for page in sample.PAGES}
    assert {p: a.body.decode() for p, a in theirs.items()} == sample.PAGES
    for path in (*(f"/{p}" for p in sample.HIDDEN), *sample.TRICKS, "/status/", "/assets/", "/nowhere"):
        answer = served.web.patient(path, AUDITOR)
        assert answer.status in (400, 403, 404), path
        assert b"secret" not in answer.body and b"Index of" not in answer.body
    assert served.web.patient("/", READER).body.decode() == sample.PAGES["index.html"]
    moved = served.web.patient("/de", READER)
    assert (moved.status, moved.headers["location"]) == (301, "/de/")
    for path in ("/guides//sudo.pdf", "/guides/./sudo.pdf", "/x/../guides/sudo.pdf", "/guides/%73udo.pdf"):
        assert served.web.patient(path, READER).status == 401


def test_headers(served: Served) -> None:
    answers = [
        served.web.get("/"),
        served.web.get("/", method="POST"),
        *(served.web.patient(path, READER) for path in ("/", "/nowhere", "/.git/HEAD", "/status/")),
    ]
    assert [a.status for a in answers] == [401, 405, 200, 404, 404, 403]
    for answer in answers:
        for name, value in {**rules.HEADERS, **rules.HSTS}.items():
            assert answer.headers[name.lower()] == value
        assert answer.headers["cache-control"] == "private, no-cache"
        assert answer.headers["server"] == "nginx"
    got = {page: served.web.patient(f"/{page}", AUDITOR).headers for page in sample.PAGES}
    assert got["assets/hub.css"]["cache-control"] == rules.CACHE_ASSETS
    assert {page: h["content-type"] for page, h in got.items()} == {
        "index.html": "text/html; charset=utf-8",
        "de/index.html": "text/html; charset=utf-8",
        "status/prod.html": "text/html; charset=utf-8",
        "status/prod.json": "application/json; charset=utf-8",
        "status/prod.pdf": "application/pdf",
        "guides/sudo.html": "text/html; charset=utf-8",
        "guides/sudo.pdf": "application/pdf",
        "guides/deploy.html": "text/html; charset=utf-8",
        "evidence/raw/web1.txt": "text/plain; charset=utf-8",
        "assets/hub.css": "text/css; charset=utf-8",
        "assets/hub.js": "text/javascript; charset=utf-8",
        "assets/fonts/inter.woff2": "font/woff2",
        "assets/mark.svg": "image/svg+xml",
        "assets/search.wasm": "application/wasm",
    }


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PROPFIND", "TRACE"])
def test_nothing_but_reading(served: Served, method: str) -> None:
    assert served.web.get("/index.html", AUDITOR, method).status == 405


def test_downloads_are_logged_with_who_took_them(served: Served) -> None:
    for path, login in (
        ("/status/prod.pdf", READER),
        ("/status/prod.json", AUDITOR),
        ("/guides/sudo.pdf", READER),  # refused
        ("/status/prod.pdf", ("reader", "wrong password")),
        ("/status/prod.html", READER),
        ("/nowhere.pdf", READER),
    ):
        served.web.patient(path, login)
    lines = [line.split('"') for line in served.log("downloads", 2).splitlines()]
    assert [(line[1], line[3].split()[1], line[4].split()[0]) for line in lines] == [
        ("reader", "/status/prod.pdf", "200"),
        ("auditor", "/status/prod.json", "200"),
    ]
    assert len(served.log("access", 6).splitlines()) == 6
    assert "wrong password" not in served.log("access") + served.log("error")


def test_http_leads_to_https_and_does_nothing_else(served: Served) -> None:
    for path in ("/", "/status/prod.pdf?x=1", "/.git/HEAD"):
        answer = served.plain.get(path, READER)
        assert (answer.status, answer.headers["location"]) == (301, f"https://{NAME}:{served.web.port}{path}")
        assert b"hub" not in answer.body.lower()


def test_the_certificate_authority_is_answered_and_nobody_else(
    tmp_path: Path, nginx: Callable[[str, int], Path], ports: Callable[[int], list[int]]
) -> None:
    authority = servers.Authority(tmp_path)
    authority.server(NAME)
    (pem,) = [p for p in tmp_path.glob("*.pem") if p != authority.file]
    secure, plain = ports(2)
    hub, webroot = sample.hub(tmp_path / "hub"), tmp_path / "acme"
    folder = webroot / ".well-known/acme-challenge"
    folder.mkdir(parents=True)
    (folder / "Token-1_a").write_text("Token-1_a.thumbprint")
    (folder / "link").symlink_to(hub / "current/index.html")
    (folder / ".hidden").write_text("hidden")
    (webroot / "other").write_text("hidden")
    (tmp_path / "htpasswd").touch()
    done = write(
        "--root", str(hub), "--certificate", str(pem), "--key", str(pem), "--listen", f"127.0.0.1:{secure}",
        "--listen-http", f"127.0.0.1:{plain}", "--logs", str(tmp_path), "--htpasswd", str(tmp_path / "htpasswd"),
        "--acme", f"{webroot}/", "--test",
    )  # fmt: skip
    assert (done.exit_code, done.stderr) == (0, "")
    nginx(done.stdout, plain)
    web = sample.Asked(plain)
    base = "/.well-known/acme-challenge"
    answer = web.get(f"{base}/Token-1_a")
    assert (answer.status, answer.body) == (200, b"Token-1_a.thumbprint")
    asked = {path: web.get(f"{base}{path}") for path in ("/none", "/link", "/.hidden", "/", "", "/a/b", "/../../other",
                                                         "/%2e%2e/%2e%2e/other", "/x%00")}  # fmt: skip
    assert {path: a.status for path, a in asked.items()} == {
        "/none": 404, "/link": 403, "/.hidden": 301, "/": 301, "": 301, "/a/b": 301, "/../../other": 301,
        "/%2e%2e/%2e%2e/other": 301, "/x%00": 400,
    }  # fmt: skip
    assert all(b"hidden" not in a.body and b"<html lang" not in a.body for a in asked.values())
    assert [web.get(path).status for path in ("/", "/other", "/index.html", "/.git/HEAD")] == [301] * 4
    closed = sample.Asked(secure, ssl.create_default_context(cafile=str(authority.file)))
    assert closed.get(f"{base}/Token-1_a").status == 401
    for odd in ("/srv/hub/current", "/srv/a b;", "relative"):
        assert isinstance(write("--root", "/srv/hub", "--acme", odd).exception, site.NoSite)


def test_expired_accounts_are_out_with_the_next_write(served: Served) -> None:
    assert served.web.patient("/", READER).status == 200
    htpasswd.update(
        served.folder / "htpasswd",
        lambda all_: [Account(a.name, a.hash, "x", YESTERDAY, a.groups) for a in all_],
    )
    assert served.web.patient("/", READER).status == 401
    assert served.web.patient("/guides/sudo.pdf", AUDITOR).status == 401


def test_a_new_release_is_served_at_once(served: Served) -> None:
    release = served.folder / "hub/releases/20251102T000000Z"
    release.mkdir()
    (release / "index.html").write_text("new")
    link = served.folder / "hub/.next"
    link.symlink_to("releases/20251102T000000Z")
    link.replace(served.folder / "hub/current")
    assert served.web.patient("/", READER).body == b"new"


def test_defaults() -> None:
    text = write("--root", "/srv/hub").stdout
    for line in (
        "listen 443 ssl;",
        "listen [::]:443 ssl;",
        "listen [::]:80;",
        "return 301 https://docs.example.com$request_uri;",
        "ssl_certificate /etc/letsencrypt/live/docs.example.com/fullchain.pem;",
        "auth_basic_user_file /etc/docgen/htpasswd;",
        "root /srv/hub/current;",
        "ssl_protocols TLSv1.2 TLSv1.3;",
    ):
        assert f" {line}\n" in text
    assert text.endswith("}\n") and "{{" not in text and "{%" not in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--root", "hub"], "absolute path"),
        (["--root", "/srv/hub; evil on"], "absolute path"),
        (["--root", "/srv/$uri"], "absolute path"),
        (["--root", "/srv/hub", "--server-name", "a b"], "name of the server"),
        (["--root", "/srv/hub", "--server-name", "a;b"], "name of the server"),
        (["--root", "/srv/hub", "--server-name", "_"], "name of the server"),
        (["--root", "/srv/hub", "--listen", "0"], "expected a port"),
        (["--root", "/srv/hub", "--listen", "example.com:443"], "expected a port"),
        (["--root", "/srv/hub", "--listen", "443 default_server"], "expected a port"),
        (["--root", "/srv/hub", "--htpasswd", "/srv/hub/htpasswd"], "within the hub"),
        (["--root", "/srv/hub", "--key", "/x\ny"], "absolute path"),
        (["--root", "/srv/hub", "--restrict", "/a"], "PATH=GROUP"),
        (["--root", "/srv/hub", "--restrict", "a=b"], "PATH=GROUP"),
        (["--root", "/srv/hub", "--restrict", '/a"=b'], "PATH=GROUP"),
        (["--root", "/srv/hub", "--restrict", "/a=B"], "small letters"),
        (["--root", "/srv/hub", "--restrict", "/a=b", "--restrict", "/a=c"], "two groups"),
    ],
)
def test_what_would_mean_something_else_to_nginx_is_refused(arguments: list[str], said: str) -> None:
    done = write(*arguments)
    assert done.stdout == "" and said in str(done.exception)


def test_the_longest_restriction_decides() -> None:
    found = rules.restrictions(["/a=x", "/a/b=y", "/c=z"])
    assert [one.prefix for one in found] == ["/a/b", "/a", "/c"]


def test_what_nginx_does_not_take_is_not_written(tmp_path: Path) -> None:
    out = tmp_path / "site.conf"
    done = write(
        "--root", "/srv/hub", "--certificate", "/no/such.pem", "--test", "-o", str(out), "--logs", str(tmp_path)
    )  # fmt: skip
    assert done.exit_code == 4 and "/no/such.pem" in done.stderr and not out.exists()


def test_a_long_name_fits() -> None:
    long = "a" * 60 + ".documentation.example.com"
    assert site.render(site.Site("/srv", long, "/c", "/k", "/h", ("443",), ("80",), "/l")).count(long) > 3


SPEC = """
project: Hub
secrets: {{hub: {{env: HUB_PASSWORD}}}}
environments: {{prod: {{host: local, root: /, url: "https://localhost:{port}"}}}}
sections:
  - name: Hub
    environment: prod
    components:
      - name: Access
        checks:
          - hub-access:
              paths: [/guides/sudo.pdf]
              manifest: /files.json
              basic-auth: {{user: reader, password: "{{secret.hub}}"}}
              plain: http://localhost:{plain}
              ca: {ca}
"""


def look(served: Served, client: Client) -> dict[str, Any]:
    release = next((served.folder / "hub/releases").iterdir())
    (release / "files.json").write_text(json.dumps({"files": list(sample.PAGES)}))
    client.spec(SPEC.format(port=served.web.port, plain=served.plain.port, ca=served.folder / "ca.pem"))
    return client.status(env={"HUB_PASSWORD": READER[1]}).check("hub-access")


def test_the_check_sees_that_nothing_is_open(running: Site, client: Client) -> None:
    check = look(running(lambda text: text, "localhost"), client)
    assert check["verdict"] == "conform", check
    assert re.search(r"(\d+) refused \(401\), 0 denied", check["ist"])
    assert f"names {len(sample.PAGES)} files" in check["ist"]


def test_the_check_finds_the_one_location_without_a_login(running: Site, client: Client) -> None:
    hidden = '    location ~ "/\\."'
    served = running(
        lambda text: text.replace(hidden, f'    location ~ "[.]svg$" {{ auth_basic off; }}\n\n{hidden}'),
        "localhost",
    )
    check = look(served, client)
    assert check["verdict"] == "deviates"
    assert "/assets/mark.svg" in check["message"] and "/index.html" not in check["message"]
