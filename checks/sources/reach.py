"""The way to an SSH server: how many connections at once, how often it is tried, and who waits for whom."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import sys
import threading
import time
from importlib import import_module
from types import ModuleType
from typing import NamedTuple

from checks.model import msg
from checks.sources.network import dial_from_here
from checks.sources.transport import NotReached, Transport
from checks.spec.access import TARGET
from checks.spec.spec import Host

NO_BANNER = msg("{host:code} accepted the connection, but sent no SSH banner within {limit:seconds}.")

_PER_SERVER = 6
"""Connections being set up at once per server: sshd's MaxStartups drops them at random from 10 on."""
_gates: dict[str, threading.Semaphore] = {}
_gates_lock = threading.Lock()


class Address(NamedTuple):
    name: str
    port: int
    user: str


def connect(host: Host, passphrase: str | None) -> Transport:
    """A connection to `host`. Raises :class:`NotReached`."""
    deadline = time.monotonic() + host.connect_timeout
    where = address(host.ssh)
    jump = None
    if host.jump:
        first = address(host.jump)
        with _gate(first):
            sock = _socket(first, deadline)
            jump = ssh().over(sock, first, host, passphrase, deadline, None)
    try:
        for attempt in (1, 2):
            try:
                with _gate(address(host.jump or host.ssh)):
                    # The server prepares its greeting while paramiko is imported.
                    sock = jump.through(where, deadline) if jump else _socket(where, deadline)
                    made: Transport = ssh().over(sock, where, host, passphrase, deadline, jump)
                return made
            except NotReached as error:
                # A busy sshd drops connections before its banner; one more try tells that from a dead one.
                if attempt == 2 or error.reason.id != NO_BANNER.id or time.monotonic() > deadline - 1:
                    raise
                time.sleep(random.uniform(0.2, 0.8))  # noqa: S311
    except BaseException:
        if jump:
            jump.close()
        raise
    raise AssertionError("unreachable")


def ssh() -> ModuleType:
    """The SSH transport, imported when it is first needed, without ``invoke``: paramiko imports that, where it
    can, for one directive of ssh_config that docgen does not read, and it costs a third of paramiko's import."""
    if "invoke" in sys.modules or "paramiko" in sys.modules:
        return import_module("checks.sources.ssh")
    sys.modules["invoke"] = None  # type: ignore[assignment]
    try:
        return import_module("checks.sources.ssh")
    finally:
        sys.modules.pop("invoke", None)


def address(target: str) -> Address:
    """Where `target` (``user@host:port``) is."""
    match = TARGET.match(target)
    assert match, "the spec loader admits only valid targets"
    user = match["user"] or os.environ.get("USER") or os.environ.get("LOGNAME") or "root"
    return Address(match["host"].strip("[]"), int(match["port"] or 22), user)


def _gate(where: Address) -> threading.Semaphore:
    with _gates_lock:
        return _gates.setdefault(f"{where.name}:{where.port}", threading.Semaphore(_PER_SERVER))


def _socket(where: Address, deadline: float) -> socket.socket:
    name, port, _ = where
    shown, timeout = f"{name}:{port}", max(0.5, deadline - time.monotonic())
    try:
        sock = dial_from_here(name, port, timeout)
    except (socket.gaierror, UnicodeError) as error:
        raise NotReached(msg("The name {host:code} does not resolve.", host=name)) from error
    except ConnectionRefusedError as error:
        reason = msg(
            "{host:code} refused the connection. Is sshd running, and is the port right?", host=shown
        )
        raise NotReached(reason) from error
    except TimeoutError as error:
        raise NotReached(
            msg("{host:code} did not answer within {limit:seconds}.", host=shown, limit=round(timeout))
        ) from error
    except OSError as error:
        reason = msg(
            "{host:code} cannot be reached: {error:code}", host=shown, error=error.strerror or str(error)
        )
        raise NotReached(reason) from error
    prompt = _Prompt(fileno=sock.detach())
    prompt.settimeout(timeout)
    # paramiko leaves Nagle's algorithm on, which costs 40 ms per round trip.
    prompt.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return prompt


class _Prompt(socket.socket):
    """A socket that acknowledges at once what it receives: sshd holds back its next small packet until then,
    and the kernel would let it wait for up to 40 ms. The option does not last, so it is set again each time."""

    def recv(self, size: int, flags: int = 0) -> bytes:
        data = super().recv(size, flags)
        if (option := getattr(socket, "TCP_QUICKACK", None)) is not None:
            with contextlib.suppress(OSError):
                self.setsockopt(socket.IPPROTO_TCP, option, 1)
        return data
