"""Why a server did not open a channel: paramiko keeps neither its words nor whose channel it was."""

from __future__ import annotations

import errno
import socket
import threading
from typing import Any

import paramiko

PROHIBITED = 1


class Forwarding(paramiko.Transport):
    """paramiko's transport with a memory for refusals."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self._asked = threading.local()
        self._refusals: dict[int, tuple[int, str]] = {}
        super().__init__(*args, **options)

    def refusal(self) -> tuple[int, str]:
        """The code and the words for the channel that this thread asked for last; (0, "") without any."""
        return self._refusals.pop(getattr(self._asked, "number", -1), (0, ""))

    def _next_channel(self) -> int:
        self._asked.number = number = int(super()._next_channel())  # type: ignore[misc]
        return number

    def _parse_channel_open_failure(self, message: Any) -> None:
        number, code, words = message.get_int(), message.get_int(), message.get_text()
        self._refusals[number] = (code, words)
        message.rewind()
        super()._parse_channel_open_failure(message)  # type: ignore[misc]


def as_raised_here(words: str) -> OSError:
    """The error that a connection from the host itself would have raised, from sshd's words for it."""
    if any(part in words for part in ("not known", "name resolution", "No address", "nodename", "esolv")):
        return socket.gaierror(socket.EAI_NONAME, words)
    if "No route" in words:
        return OSError(errno.EHOSTUNREACH, words)
    if "unreachable" in words:
        return OSError(errno.ENETUNREACH, words)
    if "timed out" in words:
        return TimeoutError(words)
    if "reset" in words:
        return ConnectionResetError(words)
    # OpenSSH says only "open failed" of what its kernel refused at once, as on loopback.
    return ConnectionRefusedError(words)
