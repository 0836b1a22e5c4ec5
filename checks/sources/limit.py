"""A deadline that holds for all that is done until then."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator


class Limit:
    """A deadline of `seconds` from now for everything a request does; silence ends it after `idle` seconds."""

    def __init__(self, seconds: float, idle: float | None = None) -> None:
        self.seconds, self.expired, self.idle = seconds, False, idle
        self._started = time.monotonic()

    def left(self) -> float:
        """Seconds left. Raises TimeoutError when there are none."""
        left = self.seconds - self.spent()
        if self.expired or left <= 0:
            self.expired = True
            raise TimeoutError
        return left

    def patience(self) -> float:
        """Seconds that one silence may last. Raises TimeoutError when no time is left."""
        return min(self.left(), self.idle or self.seconds)

    def spent(self) -> float:
        return time.monotonic() - self._started

    @contextlib.contextmanager
    def guard(self, sock: socket.socket) -> Iterator[None]:
        """While inside, `sock` is shut down when the time is up, whoever waits for it. A timeout of the
        socket alone starts anew with every byte."""
        sock.settimeout(self.patience())
        twin = sock.dup()

        def end() -> None:
            self.expired = True
            with contextlib.suppress(OSError):
                twin.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(self.left(), end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()
            twin.close()
