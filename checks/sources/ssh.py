"""The SSH transport: one paramiko connection per host, pinned host keys, deadlines of our own."""

from __future__ import annotations

import logging
import select
import socket
import time
from typing import Any

import paramiko

from checks.clock import now
from checks.model import msg
from checks.sources.batch import Arrivals, launch
from checks.sources.forwarding import PROHIBITED, Forwarding, as_raised_here
from checks.sources.known_hosts import fingerprint
from checks.sources.login import login, through
from checks.sources.reach import Address
from checks.sources.transport import Conversation, DialRefused, Ended, Transport
from checks.spec.spec import Host

logging.getLogger("paramiko").addHandler(logging.NullHandler())
logging.getLogger("paramiko").propagate = False


def over(
    sock: Any, where: Address, host: Host, passphrase: str | None, deadline: float, jump: Ssh | None
) -> Ssh:
    """A login at `where` over the connection `sock`, which came through `jump`. Raises :class:`NotReached`."""
    return Ssh(login(where, sock, host, passphrase, deadline), jump)


class Ssh(Transport):
    """A logged-in connection."""

    def __init__(self, client: paramiko.SSHClient, jump: Ssh | None) -> None:
        self._client, self._jump = client, jump
        transport = client.get_transport()
        assert isinstance(transport, Forwarding)
        transport.set_keepalive(15)
        self._transport = transport
        self.host_key = fingerprint(transport.get_remote_server_key())
        self.account = transport.get_username() or ""

    def execute(self, script: bytes, deadline: float, cap: int) -> Ended:
        started = time.monotonic()
        output = bytearray()
        arrivals: Arrivals = []
        timed_out = False
        channel = None
        try:
            channel = self._transport.open_session(timeout=min(deadline, 30))
            channel.settimeout(deadline)
            channel.exec_command(launch(script))
            channel.sendall(script)
            while len(output) < cap:
                remaining = deadline - (time.monotonic() - started)
                if remaining <= 0:
                    timed_out = True
                    break
                select.select([channel], [], [], min(remaining, 5.0))
                if channel.recv_ready():
                    output += channel.recv(262_144)
                    arrivals.append((len(output), now(), time.monotonic() - started))
                elif channel.recv_stderr_ready():
                    channel.recv_stderr(262_144)  # every command's own is in its frame; this is the shell's
                elif channel.eof_received or channel.closed or not self._transport.is_active():
                    break
        except TimeoutError:
            timed_out = True
        except (paramiko.SSHException, OSError, EOFError):
            timed_out = time.monotonic() - started >= deadline
        finally:
            if channel is not None:
                # A host that hangs up at once says why: it may come between two looks, or while the script is sent.
                while len(output) < cap and channel.recv_ready():
                    output += channel.recv(262_144)
                    arrivals.append((len(output), now(), time.monotonic() - started))
                channel.close()
        return Ended(bytes(output), arrivals, timed_out, len(output) >= cap)

    def converse(self, command: str) -> Conversation:
        try:
            channel = self._transport.open_session(timeout=30)
            channel.settimeout(60)
            channel.exec_command(command)
        except (paramiko.SSHException, EOFError) as error:
            raise ConnectionError(str(error)) from error
        return _Channel(channel)

    def dial(self, host: str, port: int, timeout: float) -> socket.socket:
        from checks.sources.tunnel import bridge

        try:
            channel = self._transport.open_channel(
                "direct-tcpip", (host, port), ("127.0.0.1", 0), timeout=timeout
            )
        except paramiko.SSHException as error:
            code, words = self._transport.refusal()
            if code == PROHIBITED:
                reason = msg(
                    "The server forbids forwarding (AllowTcpForwarding), so nothing can be asked from there."
                )
                raise DialRefused(reason) from error
            if code:
                raise as_raised_here(words) from error
            if "imeout" in str(error):
                raise TimeoutError(str(error)) from error
            raise DialRefused(
                msg("The SSH connection did not open a channel: {error:code}", error=str(error))
            ) from error
        return bridge(channel)

    def through(self, where: Address, deadline: float) -> Any:
        """A connection from here to the SSH server at `where`. Raises :class:`NotReached`."""
        return through(self._client, where, deadline)

    def close(self) -> None:
        self._client.close()
        if self._jump:
            self._jump.close()


class _Channel(Conversation):
    def __init__(self, channel: paramiko.Channel) -> None:
        self._channel = channel

    def send(self, data: bytes) -> None:
        try:
            self._channel.sendall(data)
        except (paramiko.SSHException, EOFError) as error:
            raise ConnectionError(str(error)) from error

    def end(self) -> None:
        try:
            self._channel.shutdown_write()
        except (paramiko.SSHException, EOFError) as error:
            raise ConnectionError(str(error)) from error

    def receive(self, seconds: float) -> bytes | None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            select.select([self._channel], [], [], min(left, 5.0))
            if self._channel.recv_stderr_ready():
                self._channel.recv_stderr(65536)
            if self._channel.recv_ready():
                return self._channel.recv(65536)
            if self._channel.eof_received or self._channel.closed:
                return b""
        return None

    def close(self) -> None:
        self._channel.close()
