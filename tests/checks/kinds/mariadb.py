"""A MariaDB server of the tests, without a network, in a folder of its own: for dumps as its client makes them."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path


class Server:
    """The running server; :meth:`stop` ends it."""

    def __init__(self, folder: Path) -> None:
        for program, package in (("mariadbd", "mariadb-server-core"), ("mariadb-dump", "mariadb-client")):
            assert shutil.which(program), f"{program} is needed: apt-get install {package}"
        self._socket = folder / "socket"
        options = ["--no-defaults", "--user=root", f"--datadir={folder / 'data'}"]
        install = [
            "mariadb-install-db",
            *options,
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
        ]
        subprocess.run(install, check=True, capture_output=True)
        self._process = subprocess.Popen(
            ["mariadbd", *options, f"--socket={self._socket}", "--skip-networking", "--skip-grant-tables"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        end = time.monotonic() + 300
        while not self._socket.exists() and time.monotonic() < end:
            time.sleep(0.05)
        self.run("mariadb", "-e", "CREATE DATABASE empty; CREATE DATABASE shop; USE shop; "
                 "CREATE TABLE users (id INT, name TEXT); INSERT INTO users VALUES (1, 'Ümlaut')")  # fmt: skip

    def run(self, program: str, *arguments: str) -> bytes:
        """What the client `program` says on both streams, as in ``program … >dump 2>&1``."""
        ran = subprocess.run(
            [program, "--no-defaults", f"--socket={self._socket}", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        return ran.stdout

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)
