"""A hub as it lies on the disk, with things in it that nobody may get, and asking for them."""

from __future__ import annotations

import base64
import http.client
import os
import re
import socket
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...world.client import Client

PAGES = {
    "index.html": "<!doctype html><html lang=en><title>Hub</title>",
    "de/index.html": "<!doctype html><html lang=de><title>Übersicht</title>",
    "status/prod.html": "<!doctype html><html lang=en>",
    "status/prod.json": '{"schema": "docgen/report/v1"}',
    "status/prod.pdf": "%PDF-1.7",
    "guides/sudo.html": "<!doctype html><html lang=en>",
    "guides/sudo.pdf": "%PDF-1.7",
    "guides/deploy.html": "<!doctype html><html lang=en>",
    "evidence/raw/web1.txt": "evidence",
    "assets/hub.css": "body{}",
    "assets/hub.js": "0",
    "assets/fonts/inter.woff2": "wOF2",
    "assets/mark.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
    "assets/search.wasm": "\0asm",
}
HIDDEN = (".htpasswd", ".git/HEAD", "status/.draft.html", ".well-known/x", "guides/sudo/.hidden")
PUBLISH = ("publish", "-c", "w/docgen.yml", "--from", "w/snapshot.json", "--to", "hub")
"""The command in a copy of the fixture ``night``."""
TRICKS = (
    "/../../secret.txt", "/%2e%2e/%2e%2e/secret.txt", "/status/..%2f..%2f..%2fsecret.txt", "/..%5c..%5csecret.txt",
    "/%2e%2e%2f%2e%2e%2fsecret.txt", "/status/../../../secret.txt", "/leak.txt", "/leak/passwd", "/%00",
    "/index.html%00.txt", "/current/index.html", "/releases/", "/.lock", "//etc/passwd", "/status/%2egit", "/.git/",
    "/.git", "/x" * 500,
)  # fmt: skip
"""Ways out of the hub, or around its rules."""


def sorts(pages: Iterable[str]) -> list[str]:
    """One of each sort of these pages of one language (``checks/a.html``), without their endings."""
    names = sorted(page.removesuffix(".html") for page in pages if page.endswith(".html"))
    return list({re.sub(r"(?<=/).*|-(prod|staging)$", "", name): name for name in names}.values())


def hub(folder: Path) -> Path:
    """The hub in `folder`."""
    release = folder / "releases/20251101T225026Z"
    for name, text in {**PAGES, **dict.fromkeys(HIDDEN, "hidden")}.items():
        (release / name).parent.mkdir(parents=True, exist_ok=True)
        (release / name).write_text(text, "utf-8")
    (folder.parent / "secret.txt").write_text("secret")
    (release / "leak.txt").symlink_to(folder.parent / "secret.txt")
    (release / "leak").symlink_to("/etc")
    (folder / ".lock").touch()
    os.symlink("releases/20251101T225026Z", folder / "current")
    return folder


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Asked:
    """A server on loopback; with `tls` over HTTPS."""

    port: int
    tls: ssl.SSLContext | None = None
    name: str = "docs.example.com"

    def get(self, path: str, login: tuple[str, str] | str | None = None, method: str = "GET") -> Answer:
        """The answer to exactly `path`; a `login` that is a text is the whole header."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        connection.sock = socket.create_connection(("127.0.0.1", self.port), 10)
        if self.tls:
            connection.sock = self.tls.wrap_socket(connection.sock, server_hostname=self.name)
        headers = {"Host": self.name, "User-Agent": "test"}
        if login:
            pair = login if isinstance(login, str) else base64.b64encode(":".join(login).encode()).decode()
            headers["Authorization"] = pair if isinstance(login, str) else f"Basic {pair}"
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders()
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, answer.read())
        finally:
            connection.close()

    def patient(self, path: str, login: tuple[str, str]) -> Answer:
        """Like `get`, but waits where it was too much at once."""
        for _ in range(3000):
            answer = self.get(path, login)
            if answer.status != 429:
                return answer
            time.sleep(0.1)
        raise AssertionError(f"{path}: 429 for five minutes")


def declared(
    client: Client, folder: str = "w", files: tuple[str, ...] = ("srv/missing",), more: str = ""
) -> None:
    """A spec that wants `files`, of which some are not there, and its snapshot, in `folder`: for a hub that is soon made.
    `more` are further lines of the spec."""
    place = client.folder / folder
    place.mkdir()
    (place / "docgen.yml").write_text(
        "project: Small\nenvironments: {prod: {host: local, root: /}}\nsections:\n"
        "  - name: S\n    environment: prod\n    components:\n      - name: C\n        checks:\n"
        f"{''.join(f'          - file: {one}{chr(10)}' for one in files)}{more}"
    )
    ran = client.docgen("status", "-c", f"{folder}/docgen.yml", "--save", f"{folder}/snapshot.json")
    assert ran.code == 1, ran.everything
