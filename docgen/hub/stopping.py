"""A run that is told to end does so in order: what it started ends with it, and what it has begun is taken back."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from docgen import exits

_CODES = {signal.SIGINT: exits.INTERRUPTED, signal.SIGTERM: exits.TERMINATED, signal.SIGHUP: exits.HUNG_UP}


class Stopped(BaseException):
    """The run was told to end; ``code`` is its exit code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Within, a signal to end raises :class:`Stopped` in the main thread, and ends the processes that were started, or
    still are before other threads know of it; a second signal ends everything at once."""
    told, over = threading.Event(), threading.Event()

    def end_children() -> None:
        while not over.wait(0.05):
            _end_children()

    def handle(number: int, frame: FrameType | None) -> None:
        code = _CODES[signal.Signals(number)]
        _end_children()
        if told.is_set():
            os._exit(code)
        told.set()
        threading.Thread(target=end_children, daemon=True).start()
        raise Stopped(code)

    # What the caller has ignored (nohup) stays ignored.
    before = {
        one: signal.signal(one, handle) for one in _CODES if signal.getsignal(one) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        over.set()
        for one, old in before.items():
            signal.signal(one, old)


def _end_children() -> None:
    for task in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in task.read_text().split():
                os.kill(int(child), signal.SIGKILL)
