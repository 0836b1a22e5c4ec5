"""``docgen serve``: the hub over HTTP, for a look on this machine or for a small team; by the rules of the nginx site."""

from __future__ import annotations

import contextlib
import os
import posixpath
import re
import socket
import ssl
import stat
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote, unquote

from checks.errors import DocgenError
from docgen.hub import rules
from docgen.hub.doors import Doors

CONNECTIONS = 64
FROM_ONE = 48
"""Of these, at most as many from one address: nobody shuts all others out."""
PATIENCE = 15.0
LONGEST_PATH = 2048
_CHUNK = 65_536


class Handler(BaseHTTPRequestHandler):
    """One connection. Nothing of the path is looked at before the visitor is known."""

    protocol_version = "HTTP/1.1"
    server: Server

    def setup(self) -> None:
        self.request.settimeout(PATIENCE)
        self.user = ""
        super().setup()

    def parse_request(self) -> bool:
        if not super().parse_request():
            return False
        hosts = self.headers.get_all("Host", []) if self.request_version != "HTTP/0.9" else []
        due = self.request_version != "HTTP/1.0"
        if (
            len(hosts) > 1
            or (due and not hosts)
            or {"Content-Length", "Transfer-Encoding"} <= set(self._sent())
        ):
            self.send_error(HTTPStatus.BAD_REQUEST)
            return False
        return True

    def do_GET(self) -> None:
        self.user = ""
        try:
            visitor = self.server.doors.visitor(self.client_address[0], self.headers.get("Authorization"))
        except (DocgenError, OSError):  # the accounts cannot be read: nobody comes in
            return self._plain(HTTPStatus.SERVICE_UNAVAILABLE)
        if visitor.account is None:
            return self._refuse(visitor.status, self.server.realm)
        self.user = visitor.account.name
        path = place(self.path)
        if path is None:
            return self._plain(HTTPStatus.NOT_FOUND)
        for one in (path, path + "index.html") if path.endswith("/") else (path,):
            group = rules.group_of(one, self.server.restricted)
            if group and group not in visitor.account.groups:
                return self._refuse(HTTPStatus.UNAUTHORIZED, f"{self.server.realm}: {group}")
        try:
            with self.server.opened(path + "index.html" if path.endswith("/") else path) as file:
                return self._send(path, file)
        except IsADirectoryError:
            return self._plain(HTTPStatus.MOVED_PERMANENTLY, {"Location": quote(path) + "/"})
        except OSError:
            return self._plain(HTTPStatus.NOT_FOUND)

    do_HEAD = do_GET

    def _send(self, path: str, file: BinaryIO) -> None:
        seen = os.fstat(file.fileno())
        headers = {
            "Content-Type": rules.type_of(path + "index.html" if path.endswith("/") else path),
            "ETag": f'"{seen.st_mtime_ns:x}-{seen.st_size:x}"',
        }
        if self.headers.get("If-None-Match") == headers["ETag"]:
            return self._head(HTTPStatus.NOT_MODIFIED, headers, path)
        self._head(HTTPStatus.OK, headers | {"Content-Length": str(seen.st_size)}, path)
        left = seen.st_size if self.command == "GET" else 0
        while left and (part := file.read(min(left, _CHUNK))):
            self.wfile.write(part)
            left -= len(part)
        if left:
            self.close_connection = True
        return None

    def _refuse(self, status: int, realm: str) -> None:
        header = {"WWW-Authenticate": f'Basic realm="{realm}", charset="UTF-8"'}
        self._plain(status, header if status == HTTPStatus.UNAUTHORIZED else {"Retry-After": "60"})

    def _plain(self, status: int, headers: dict[str, str] | None = None) -> None:
        body = f"{HTTPStatus(status).phrase}\n".encode()
        own = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(body))}
        self._head(status, own | (headers or {}), "")
        if self.command != "HEAD":
            self.wfile.write(body)

    def _head(self, status: int, headers: dict[str, str], path: str) -> None:
        cache = rules.CACHE_ASSETS if path.startswith(rules.ASSETS) else rules.CACHE
        always = rules.HEADERS | (rules.HSTS if self.server.secure else {}) | {"Cache-Control": cache}
        if self.command not in ("GET", "HEAD") or {"Content-Length", "Transfer-Encoding"} & set(self._sent()):
            self.close_connection = True  # whatever is left of the request is not the next one
            always["Connection"] = "close"
        self.send_response(status)
        for name, value in (always | headers).items():
            self.send_header(name, value)
        self.end_headers()

    def _sent(self) -> list[str]:
        return [name.title() for name in getattr(self, "headers", None) or ()]

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the library refuses by itself: no such method, no such request."""
        self.command = getattr(self, "command", None) or "GET"
        self.request_version = self.protocol_version  # else the library would leave out the headers
        self.close_connection = True
        self._plain(HTTPStatus.METHOD_NOT_ALLOWED if code == HTTPStatus.NOT_IMPLEMENTED else code)

    def version_string(self) -> str:
        return "docgen"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        from docgen.renderers.printable import one_line

        status = code.value if isinstance(code, HTTPStatus) else code
        line = one_line(getattr(self, "requestline", ""))
        with contextlib.suppress(OSError):
            self.server.log(f'{self.client_address[0]} "{self.user}" [{_now()}] "{line}" {status}\n')

    def log_message(self, format: str, *args: Any) -> None:
        return


class Server(ThreadingHTTPServer):
    """The hub in the folder `root`, at `address`; with `tls` over HTTPS."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self,
        address: tuple[str, int],
        root: Path,
        doors: Doors,
        restricted: Sequence[rules.Restriction],
        tls: ssl.SSLContext | None,
        log: Any,
    ) -> None:
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        self.root, self.doors, self.restricted, self.log = root, doors, restricted, log
        self.secure, self._tls, self.realm = tls is not None, tls, "documentation hub"
        self._open: Counter[str] = Counter()
        self._counting = threading.Lock()
        super().__init__(address, Handler)

    def server_bind(self) -> None:
        # Without the look-up of the own name in the DNS that the library does here.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._counting:
            room = self._open.total() < CONNECTIONS and self._open[client_address[0]] < FROM_ONE
            self._open[client_address[0]] += room
        if not room:
            return self.shutdown_request(request)
        return super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            if self._tls:
                request.settimeout(PATIENCE)  # who says nothing must not keep the place
                try:
                    request = self._tls.wrap_socket(request, server_side=True)
                except OSError:
                    return self.shutdown_request(request)
            return super().process_request_thread(request, client_address)
        finally:
            with self._counting:
                self._open[client_address[0]] -= 1
                self._open += Counter()  # forgets those who have none

    def handle_error(self, request: Any, client_address: Any) -> None:
        return  # visitors who hang up

    @contextlib.contextmanager
    def opened(self, path: str) -> Iterator[BinaryIO]:
        """The file at `path`, reached without any link but ``current``. Raises OSError."""
        folder = os.open(
            self.root / "current" if published(self.root) else self.root, os.O_RDONLY | os.O_DIRECTORY
        )
        try:
            *above, name = path.strip("/").split("/")
            for one in above:
                folder, old = (
                    os.open(one, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder),
                    folder,
                )
                os.close(old)
            handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        finally:
            os.close(folder)
        with os.fdopen(handle, "rb", buffering=0, closefd=True) as file:
            mode = os.fstat(handle).st_mode
            if stat.S_ISDIR(mode):
                raise IsADirectoryError(path)
            if not stat.S_ISREG(mode):
                raise FileNotFoundError(path)
            yield file


def published(root: Path) -> bool:
    """Whether `root` is a hub, with ``current`` leading to a release of its own."""
    link = root / "current"
    return link.is_symlink() and link.resolve().is_relative_to(root.resolve())


def place(asked: str) -> str | None:
    """The path in the hub that was asked for, decoded and without doubled slashes; None where there cannot be one."""
    raw = asked.partition("?")[0].partition("#")[0]
    if not raw.startswith("/") or len(raw) > LONGEST_PATH:
        return None
    try:
        path = re.sub("/+", "/", unquote(raw, errors="strict"))
    except UnicodeDecodeError:
        return None
    parts = path.split("/")
    if not path.isprintable() or any(one.startswith(".") for one in parts):
        return None
    return posixpath.normpath(path) + ("/" if path.endswith("/") and path != "/" else "")


def _now() -> str:
    from checks.clock import now

    return now()
