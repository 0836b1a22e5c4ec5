"""Work on what may be anybody's file, in a process of its own with limits for time and memory: however it goes on, it
ends, and this process says why."""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable

from checks.model import Message, msg

CPU = 120
"""Seconds of computing that the work itself may take; what it starts has limits of its own."""
SECONDS = 1800
BYTES = 3 * 1024**3
_MOMENT = 1.0
"""So many seconds a child has to end by itself, once it said what it had to say."""
_DONE, _FULL, _FAILED = b"0", b"1", b"2"


def guarded(work: Callable[[], bytes]) -> bytes | Message:
    """What `work` returns, at most :data:`SECONDS` later; where it takes more than :data:`CPU` or :data:`BYTES`, or ends
    by itself, a message that says so. Raises RuntimeError where `work` raises."""
    read, write = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if not child:
        os.close(read)
        _inside(work, write)
        os._exit(0)
    os.close(write)
    try:
        answer, late = _answer(read, time.monotonic() + SECONDS)
    finally:
        os.close(read)
        status = _ended(child)
    if late:
        return msg("it took more than {n:int} s", n=SECONDS)
    if answer[:1] == _DONE:
        return answer[1:]
    if answer[:1] == _FULL:
        return msg("it took more than {limit:size} of memory", limit=BYTES)
    if answer[:1] == _FAILED:
        raise RuntimeError(answer[1:].decode(errors="replace"))
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    if number == signal.SIGXCPU:
        return msg("it took more than {n:int} s of computing", n=CPU)
    said = signal.Signals(number).name if number else f"exit code {os.WEXITSTATUS(status)}"
    return msg("reading it broke off ({said:code})", said=said)


def _inside(work: Callable[[], bytes], write: int) -> None:
    """The child: does the work, and hands over what came out."""
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    resource.setrlimit(resource.RLIMIT_DATA, (BYTES, BYTES))
    try:
        answer = _DONE + work()
    except MemoryError:
        answer = _FULL
    except Exception as error:  # noqa: BLE001 - the parent says what it was
        answer = _FAILED + f"{type(error).__name__}: {error}".encode(errors="replace")
    with os.fdopen(write, "wb") as out:
        out.write(answer)


def _answer(read: int, until: float) -> tuple[bytes, bool]:
    """What the child wrote, and whether it was not done in time."""
    got = bytearray()
    while (left := until - time.monotonic()) > 0:
        if select.select([read], [], [], left)[0]:
            part = os.read(read, 1 << 16)
            if not part:
                return bytes(got), False
            got += part
    return bytes(got), True


def _ended(child: int) -> int:
    """Ends what the child started, and after a moment itself; its status."""
    until = time.monotonic() + _MOMENT
    while time.monotonic() < until:
        if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            break
        time.sleep(0.005)
    with contextlib.suppress(ProcessLookupError, PermissionError):  # there may be nothing left
        os.killpg(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]
