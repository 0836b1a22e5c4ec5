"""What a transport is: a way to run a script on one host, and to reach out from there."""

from __future__ import annotations

import socket
from abc import ABC, abstractmethod
from typing import NamedTuple

from checks.model import Message, Observation
from checks.sources.batch import Arrivals


class Ended(NamedTuple):
    """The standard output of a script and how it ended. Neither flag set: the stream was closed."""

    output: bytes
    arrivals: Arrivals
    timed_out: bool
    capped: bool


class NotReached(Exception):
    """A host could not be reached, or its identity not be confirmed. ``reason`` says what to do."""

    def __init__(self, reason: Message, observation: Observation = Observation.UNREACHABLE) -> None:
        super().__init__(reason.id)
        self.reason, self.observation = reason, observation


class DialRefused(Exception):
    """The host does not lend its network: not an answer of the target. ``reason`` says what to do."""

    def __init__(self, reason: Message) -> None:
        super().__init__(reason.id)
        self.reason = reason


class Conversation(ABC):
    """A command that runs on the host with its standard input open. Its end ends with the connection."""

    @abstractmethod
    def send(self, data: bytes) -> None:
        """Raises OSError where nobody takes it any more, or not in time."""

    @abstractmethod
    def end(self) -> None:
        """Nothing more will be sent."""

    @abstractmethod
    def receive(self, seconds: float) -> bytes | None:
        """What came on standard output; empty where it has ended, None where nothing came within `seconds`."""

    @abstractmethod
    def close(self) -> None: ...


class Transport(ABC):
    """One connection to one host. ``host_key`` is its fingerprint, ``account`` the login name."""

    host_key: str
    account: str

    @abstractmethod
    def execute(self, script: bytes, deadline: float, cap: int) -> Ended:
        """Runs `script`; returns after at most `deadline` seconds and `cap` bytes. May be called from
        several threads at once."""

    @abstractmethod
    def converse(self, command: str) -> Conversation:
        """Starts `command` in the account's shell. Not for collecting, which goes through :meth:`execute` alone.
        Raises OSError where it could not be started."""

    @abstractmethod
    def dial(self, host: str, port: int, timeout: float) -> socket.socket:
        """A TCP connection from the host to ``host:port``. Raises OSError as a local connect would, or
        :class:`DialRefused`."""

    @abstractmethod
    def close(self) -> None: ...
