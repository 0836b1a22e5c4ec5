"""Connections with a deadline that holds: whatever the far side does, it ends when the time is up."""

from __future__ import annotations

import errno
import http.client
import socket
import ssl
from functools import cache

from checks.model import Message, msg
from checks.sources.interface import decode
from checks.sources.limit import Limit
from checks.sources.network import Dial
from checks.sources.transport import DialRefused


class Failed(Exception):
    """How a request ended without a usable answer: ``refused``, ``reset``, ``timeout``, ``tls``, ``protocol``.
    That is a fact about what was asked."""

    def __init__(self, error: str, text: str = "") -> None:
        super().__init__(error)
        self.error, self.text = error, text


class NoVantage(Exception):
    """It could not even be asked: no name, no route, no leave to connect from there. ``unknown_name``: the name
    servers answered that there is no such name."""

    def __init__(self, reason: Message, *, unknown_name: bool = False) -> None:
        super().__init__(reason.id)
        self.reason, self.unknown_name = reason, unknown_name


def connect(dial: Dial, host: str, port: int, limit: Limit) -> socket.socket:
    """A TCP connection to ``host:port``. Raises :class:`Failed` or :class:`NoVantage`."""
    try:
        return dial(host, port, limit.patience())
    except DialRefused as error:
        raise NoVantage(error.reason) from error
    except (socket.gaierror, UnicodeError) as error:
        unknown = isinstance(error, UnicodeError) or error.errno in (socket.EAI_NONAME, socket.EAI_NODATA)
        reason = msg("The name {host:code} does not resolve.", host=host)
        raise NoVantage(reason, unknown_name=unknown) from error
    except OSError as error:
        failed = failure(error, limit)
        if failed.error != "protocol":
            raise failed from error
        reason = msg("There is no way to {host:code}: {error:code}", host=f"{host}:{port}", error=failed.text)
        raise NoVantage(reason) from error


@cache
def tls_context(verify: bool, ca: str | None) -> ssl.SSLContext:
    """The TLS settings of a client; made once, since reading the authorities takes a while. Raises OSError or
    ssl.SSLError where the file `ca` cannot be used."""
    context = ssl.create_default_context(cafile=ca)
    # On by default since Python 3.13: the same server must be judged alike by every version.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def failure(error: Exception, limit: Limit) -> Failed:
    """What `error`, raised by a connection, says about the far side."""
    text = _said(error)
    if limit.expired or isinstance(error, TimeoutError):
        return Failed("timeout", text)
    if isinstance(error, ssl.SSLCertVerificationError):
        return Failed("tls", (error.verify_message or text).rstrip("."))
    if isinstance(error, ssl.SSLError):
        return Failed("tls", (error.reason or text).replace("_", " ").lower())
    if isinstance(error, ConnectionRefusedError):
        return Failed("refused", text)
    if isinstance(error, ConnectionError):
        return Failed("reset", text)
    if isinstance(error, OSError) and error.errno == errno.EBADF:
        return Failed("reset", text)
    return Failed("protocol", text)


def _said(error: Exception) -> str:
    if isinstance(error, http.client.RemoteDisconnected):
        return "closed without an answer"
    if isinstance(error, http.client.IncompleteRead):
        return f"ended after {len(error.partial)} bytes of a part" if error.partial else "ended early"
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return decode(f"{type(error).__name__}: {text}".encode("utf-8", "backslashreplace")[:200])
