"""The local transport: the same script, in a shell on this machine."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import subprocess
import time

from checks.clock import now
from checks.sources.batch import Arrivals, launch
from checks.sources.network import dial_from_here
from checks.sources.transport import Conversation, Ended, Transport


class Local(Transport):
    """Runs scripts here. There is nothing to connect to, and no host key."""

    host_key = ""
    account = ""

    def execute(self, script: bytes, deadline: float, cap: int) -> Ended:
        started = time.monotonic()
        process = subprocess.Popen(
            ["/bin/sh", "-c", launch(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert process.stdin and process.stdout
        output = bytearray()
        arrivals: Arrivals = []
        timed_out = False
        try:
            process.stdin.write(script)
            process.stdin.flush()
            with selectors.DefaultSelector() as selector:
                selector.register(process.stdout, selectors.EVENT_READ)
                while len(output) < cap:
                    remaining = deadline - (time.monotonic() - started)
                    if remaining <= 0 or not selector.select(remaining):
                        timed_out = True
                        break
                    chunk = os.read(process.stdout.fileno(), 65536)
                    if not chunk:
                        break
                    output += chunk
                    arrivals.append((len(output), now(), time.monotonic() - started))
        finally:
            # The end of its input makes the script end everything in its session; killing is for the case that
            # it cannot.
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
            process.stdout.close()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        return Ended(bytes(output), arrivals, timed_out, len(output) >= cap)

    def converse(self, command: str) -> Conversation:
        return _Pipes(command)

    def dial(self, host: str, port: int, timeout: float) -> socket.socket:
        return dial_from_here(host, port, timeout)

    def close(self) -> None:
        """Nothing to close."""


class _Pipes(Conversation):
    def __init__(self, command: str) -> None:
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def send(self, data: bytes) -> None:
        assert self._process.stdin
        self._process.stdin.write(data)
        self._process.stdin.flush()

    def end(self) -> None:
        assert self._process.stdin
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()

    def receive(self, seconds: float) -> bytes | None:
        assert self._process.stdout
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            return os.read(self._process.stdout.fileno(), 65536) if selector.select(seconds) else None

    def close(self) -> None:
        self.end()
        assert self._process.stdout
        self._process.stdout.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(20)
