"""One HTTP exchange over one connection: no redirect, no proxy, nothing kept alive, everything limited."""

from __future__ import annotations

import http.client
import io
import socket
from collections.abc import Mapping
from typing import Any, BinaryIO, NamedTuple

from checks.knowledge.urls import PORTS, origin, target
from checks.model import Message, msg
from checks.sources.certificate import summary
from checks.sources.connection import Failed, connect, failure, tls_context
from checks.sources.interface import decode
from checks.sources.limit import Limit
from checks.sources.network import Dial

MOST_HEADERS = 100
LONGEST_HEADER = 2000
FRAMING = 2 * 1024 * 1024
"""What headers and the framing of the body may take beside the body itself, in bytes."""


class NoAuthorities(Exception):
    """The declared file with authorities cannot be used."""

    def __init__(self, reason: Message) -> None:
        super().__init__(reason.id)
        self.reason = reason


class Reply(NamedTuple):
    """``headers`` in their order, names in lower case. ``truncated``: the body was cut off."""

    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes
    truncated: bool
    certificate: dict[str, Any] | None


class _Capped(io.RawIOBase):
    """The bytes of a connection, at most `most` of them, whatever the reader above asks for."""

    def __init__(self, raw: io.RawIOBase, most: int) -> None:
        self._raw, self.left = raw, most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        count = self._raw.readinto(memoryview(buffer)[: self.left]) if self.left else 0
        self.left -= count or 0
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


def exchange(
    method: str,
    url: str,
    headers: Mapping[str, str],
    dial: Dial,
    limit: Limit,
    *,
    verify: bool,
    ca: str | None,
    max_bytes: int,
    sink: BinaryIO | None = None,
) -> Reply:
    """The reply to one request; a body with status 200 goes into `sink`, where there is one. Raises
    :class:`~checks.sources.connection.Failed`,
    :class:`~checks.sources.connection.NoVantage` or :class:`NoAuthorities`."""
    scheme, host, port = origin(url)
    context = None
    if scheme == "https":
        try:
            context = tls_context(verify, ca)
        except OSError as error:
            reason = msg(
                "The file with the authorities {path:code} cannot be used: {error:code}",
                path=ca or "–",
                error=str(error.strerror or error),
            )
            raise NoAuthorities(reason) from error
    sock = connect(dial, host, port, limit)
    certificate = None
    try:
        with limit.guard(sock):
            if context:
                sock = secured = context.wrap_socket(sock, server_hostname=host)
                certificate = summary(secured.getpeercert(binary_form=True) or b"")
            reply = _exchange(method, url, headers, sock, max_bytes, certificate, sink)
            # Being shut down looks like an end to who reads until the end.
            limit.left()
            return reply
    except Failed as error:
        if limit.expired:
            raise Failed("timeout") from error
        raise
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise failure(error, limit) from error
    finally:
        sock.close()


def _exchange(
    method: str,
    url: str,
    headers: Mapping[str, str],
    sock: socket.socket,
    max_bytes: int,
    certificate: dict[str, Any] | None,
    sink: BinaryIO | None,
) -> Reply:
    scheme, host, port = origin(url)
    connection = http.client.HTTPConnection(host, port)
    connection.default_port = PORTS[scheme]
    connection.auto_open = 0
    connection.sock = sock
    connection.request(method, target(url), headers=dict(headers))
    stream = _Capped(sock.makefile("rb", buffering=0), max_bytes + FRAMING)
    response = http.client.HTTPResponse(_Stream(stream), method=method)  # type: ignore[arg-type]
    with response:
        response.begin()
        body, size = bytearray(), 0
        into = sink if response.status == 200 else None
        while size <= max_bytes and (part := response.read(min(65536, max_bytes + 1 - size))):
            size += len(part)
            if into:
                into.write(part)
            else:
                body += part
        cut = size > max_bytes or not stream.left
        if not cut and response.length:
            raise Failed("protocol", f"ended {response.length} bytes early")
        received = [
            (decode(name.encode("latin-1", "replace"))[:100].lower(), text[:LONGEST_HEADER])
            for name, text in response.getheaders()[:MOST_HEADERS]
        ]
        return Reply(
            response.status, response.reason[:100], received, bytes(body[:max_bytes]), cut, certificate
        )


class _Stream:
    """What http.client takes for a socket."""

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw = raw

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self._raw)
