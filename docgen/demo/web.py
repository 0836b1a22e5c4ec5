"""The demo's web servers: what an environment would answer, from the files of its live release, on a port of
127.0.0.1 that ends with the demo."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

LOGIN = "Basic " + base64.b64encode(b"auditor:demo").decode()
_TYPES = {".json": "application/json", ".js": "text/javascript", ".php": "text/html; charset=utf-8"}


@contextmanager
def serving(root: Path) -> Iterator[int]:
    """Serves the environment at `root` while the context lasts; gives the port."""

    class Handler(_Handler):
        live = root / "current"

    server = _Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64  # all checks ask at once


class _Handler(BaseHTTPRequestHandler):
    """GET and HEAD of what lies below ``public/`` of the live release; a health answer beside it."""

    live: Path
    server_version, sys_version = "demo", ""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path in ("/health", "/api/health-check"):
            release = (self.live / "REVISION").read_text("utf-8").strip()
            body = {"status": "ok", "release": release, "database": "ok", "queue": {"failed": 0}}
            self._answer(200, "application/json", json.dumps(body).encode())
            return
        if path.startswith("/docs/"):
            self._documents()
            return
        public = (self.live / "public").resolve()
        file = (public / path.lstrip("/")).resolve()
        hidden = any(part.startswith(".") for part in path.split("/"))
        if hidden or not file.is_relative_to(public) or not file.is_file():
            self._answer(404, "text/plain", b"not found\n")
            return
        body_ = b"ok\n" if file.suffix == ".php" else file.read_bytes()
        self._answer(200, _TYPES.get(file.suffix, "application/octet-stream"), body_)

    do_HEAD = do_GET

    def _documents(self) -> None:
        if self.headers.get("Authorization") == LOGIN:
            self._answer(200, "text/html; charset=utf-8", b"<h1>Documents</h1>\n")
        else:
            self._answer(401, "text/plain", b"a password is needed\n")

    def _answer(self, status: int, type_: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", type_)
        self.send_header("Content-Length", str(len(body)))
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="docs"')
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the terminal belongs to the report."""
