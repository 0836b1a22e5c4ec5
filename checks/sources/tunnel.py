"""A socket over a channel of an SSH connection: TLS and http.client want a real one."""

from __future__ import annotations

import contextlib
import socket
import threading

import paramiko


def bridge(channel: paramiko.Channel) -> socket.socket:
    """A socket whose bytes go through `channel`; closing it closes the channel."""
    ours, theirs = socket.socketpair()

    def outward() -> None:
        with contextlib.suppress(OSError, EOFError):
            while data := theirs.recv(65536):
                channel.sendall(data)
        with contextlib.suppress(OSError, EOFError):
            channel.close()

    def inward() -> None:
        with contextlib.suppress(OSError, EOFError):
            while data := channel.recv(65536):
                theirs.sendall(data)
        with contextlib.suppress(OSError):
            theirs.shutdown(socket.SHUT_WR)

    for pump in (outward, inward):
        threading.Thread(target=pump, daemon=True).start()
    return ours
