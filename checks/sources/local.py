"""The local transport: the same script, in a shell on this machine."""

from __future__ import annotations

import os
import selectors
import signal
import socket
import subprocess
import time

from checks.clock import now
from checks.sources.batch import LAUNCH, Arrivals
from checks.sources.network import dial_from_here
from checks.sources.transport import Ended, Transport


class Local(Transport):
    """Runs scripts here. There is nothing to connect to, and no host key."""

    host_key = ""
    account = ""

    def execute(self, script: bytes, deadline: float, cap: int) -> Ended:
        started = time.monotonic()
        process = subprocess.Popen(
            ["/bin/sh", "-c", LAUNCH],
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
            process.stdin.close()
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
            if process.poll() is None and (timed_out or len(output) >= cap):
                os.killpg(process.pid, signal.SIGKILL)
            process.stdout.close()
            process.wait()
        return Ended(bytes(output), arrivals, timed_out, len(output) >= cap)

    def dial(self, host: str, port: int, timeout: float) -> socket.socket:
        return dial_from_here(host, port, timeout)

    def close(self) -> None:
        """Nothing to close."""
