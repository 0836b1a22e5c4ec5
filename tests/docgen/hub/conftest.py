"""The demo with its hub, and a real nginx with the configuration that a test hands to it."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ... import shared
from ...world.client import Client
from ...world.machine import cannot
from . import sample

MIME = "default_type text/html;"


def _nginx() -> str:
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if not found:
        cannot("there is no nginx")
    return found


@pytest.fixture(scope="session")
def night(demo_of: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo in ``w``, and the hub that was published of it, without PDFs, in ``hub``; to be copied."""

    def make(folder: Path) -> None:
        shutil.copytree(demo_of("blocked"), folder / "w", symlinks=True)
        ran = Client(folder).docgen(*sample.PUBLISH, "--no-pdf")
        assert (ran.code, ran.stderr) == (1, ""), ran.everything
        assert "exit code 1" in ran.stdout and ran.stdout.count("\n") == 1, "a line in a log"
        shutil.rmtree(folder / "home")
        (folder / "home").mkdir()

    return shared.once(tmp_path_factory, "night", make)


@pytest.fixture
def ports() -> Callable[[int], list[int]]:
    """Ports of 127.0.0.1 on which nobody listens."""
    return _ports


def _ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    found = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return found


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[Callable[[str, int], Path]]:
    """Starts nginx with what stands in its ``http`` block, waits for the port; where its error log is."""
    program = _nginx()
    with contextlib.ExitStack() as stack:

        def start(text: str, port: int) -> Path:
            folder = tmp_path / f"nginx-{port}"
            folder.mkdir()
            temporary = "".join(
                f"{part}_temp_path {folder}/{part};"
                for part in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
            )
            # As root its workers would be nobody, who may not look into the folder of a test.
            user = "user root;" if os.geteuid() == 0 else ""
            config = folder / "nginx.conf"
            config.write_text(
                f"{user} daemon off; pid {folder}/pid; error_log {folder}/error.log;\n"
                f"events {{}} http {{ {temporary} access_log off; {MIME}\n{text}\n}}\n"
            )
            command = [program, "-c", str(config), "-p", str(folder)]
            tested = subprocess.run([*command, "-t"], capture_output=True, text=True)
            assert tested.returncode == 0, tested.stderr
            assert "[warn]" not in tested.stderr, tested.stderr
            process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
            stack.callback(process.wait, 600)
            stack.callback(process.terminate)
            for _ in range(10_000):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    return folder / "error.log"
                time.sleep(0.02)
            raise AssertionError((folder / "error.log").read_text())

        yield start
