"""docgen without the second it takes to load: a process that has loaded all of it, and forks for each run.

What runs is the command itself, ``docgen.cli.main``, as a process of its own: its folder, its environment, its streams, its
signals, its end. It has only been loaded before; that a command loads by itself is seen where tests start it as users do.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

LANG = "C.UTF-8"
DECIDED_AT_START = ("PYTHON", "LC_", "LD_", "PYDANTIC_")
"""How the names of variables begin that count when Python starts."""


def can(environment: Mapping[str, str]) -> bool:
    """Whether a run with `environment` is the same when it is forked."""
    return environment.get("LANG") == LANG and not any(
        name.startswith(DECIDED_AT_START) for name in environment
    )


def run(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[bytes]:
    """Like ``subprocess.run`` with `command`, which is docgen with its arguments; `timeout` in seconds."""
    mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    outputs = [os.memfd_create(name) for name in ("stdout", "stderr")]
    try:
        request = json.dumps([list(command), str(folder), dict(environment)]).encode()
        with theirs:
            socket.send_fds(_parent()[0], [request], [theirs.fileno(), *outputs])
        with mine:
            pid = int(mine.recv(64))
            mine.settimeout(timeout)
            try:
                code = int(mine.recv(64))
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired(list(command), timeout, *map(_written, outputs)) from None
        return subprocess.CompletedProcess(command, code, *map(_written, outputs))
    finally:
        for output in outputs:
            os.close(output)


def _written(output: int) -> bytes:
    return os.pread(output, os.fstat(output).st_size, 0)


@cache
def _parent() -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """The process that forks, and the way to it; it ends when this one does."""
    mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno())],
            env={"PATH": os.environ["PATH"], "LANG": LANG}, pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    return mine, process


def _load() -> None:
    """All that some command loads."""
    import pkgutil
    from importlib import import_module

    import docgen.cli

    docgen.cli._no_plugins()
    for package in ("checks", "docgen"):
        for found in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
            if found.name not in ("docgen.__main__", "docgen.pdf.child"):
                import_module(found.name)


def _serve(parent: socket.socket) -> None:
    while True:
        request, passed, _, _ = socket.recv_fds(parent, 1 << 20, 3)
        if not request:
            return
        if os.fork() == 0:  # it waits for the run, so that this one need not
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _one(json.loads(request), passed)
        for descriptor in passed:
            os.close(descriptor)


def _one(request: tuple[list[str], str, dict[str, str]], passed: list[int]) -> None:
    import docgen.cli

    reply = socket.socket(fileno=passed[0])
    pid = os.fork()
    if pid:
        reply.send(str(pid).encode())
        reply.send(str(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])).encode())
        os._exit(0)
    reply.close()
    sys.argv, folder, environment = request
    for number, output in enumerate(passed[1:], 1):
        os.dup2(output, number)
        os.close(output)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    docgen.cli.main()


if __name__ == "__main__":
    sys.path[0] = str(Path(sys.executable).parent)
    way = socket.socket(fileno=int(sys.argv[1]))
    way.set_inheritable(False)
    _load()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    _serve(way)
