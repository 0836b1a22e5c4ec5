"""The world: a real server on loopback, inside a private mount, process and host name space of its own.

Nothing of it is written to the machine's disk: its root is an overlay whose changes live in memory, and it
ends with the test run, however that ends. It needs root (CAP_SYS_ADMIN) and overlayfs.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest

from .strange import Dribbling, Silent

FILES = Path(__file__).parent / "files"
PROGRAMS = (
    *("unshare", "nsenter", "mount", "setpriv", "hostname", "ps", "pkill", "strace"),
    *("sshd", "ssh", "ssh-keygen", "sudo", "visudo", "nginx", "php"),
)
READY_WITHIN = 30.0


def needs_root() -> None:
    """For a test that needs a server: see :func:`cannot`."""
    if reason := lacking():
        cannot(reason)


def cannot(reason: str) -> NoReturn:
    """Skips the test that cannot be run here, saying why; with DOCGEN_REQUIRE_ALL=1 it fails instead."""
    if os.environ.get("DOCGEN_REQUIRE_ALL") == "1":
        pytest.fail(f"DOCGEN_REQUIRE_ALL is set, and {reason}", pytrace=False)
    pytest.skip(reason)


def lacking() -> str:
    """Why the world cannot be built here; empty if it can."""
    if os.geteuid() != 0:
        return "the tests' own server needs root: run the tests as root on a disposable machine"
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    missing = [name for name in PROGRAMS if not shutil.which(name)]
    if missing:
        return f"the tests' own server needs {', '.join(missing)}"
    trial = subprocess.run(
        ["unshare", "--mount", "--pid", "--uts", "--ipc", "--fork", "sh", "-c",
         "mount -t tmpfs none /mnt && cd /mnt && mkdir u w r && "
         "mount -t overlay none -o lowerdir=/etc,upperdir=u,workdir=w r"],
        capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    if trial.returncode != 0:
        said = (trial.stderr.strip().splitlines() or ["no reason given"])[-1]
        return (
            f"the tests' own server needs name spaces and an overlay file system, which this machine refuses ({said}): "
            "use a disposable machine, or a container with --privileged"
        )
    return ""


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@dataclass(frozen=True)
class Ports:
    ssh: int
    prod: int
    staging: int
    tls: int
    php: int


class Machine:
    """The running server. Use it through :class:`~.world.World`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.identity = folder / "identity"
        self.ca = folder / "ca.crt"
        self.silent, self.dribbling = Silent(), Dribbling()
        shutil.copytree(FILES, folder / "files")
        shutil.copy(FILES.parent / "boot.sh", folder / "files")
        _key(self.identity)
        _key(folder / "files/host_key")
        shutil.copy(folder / "identity.pub", folder / "files/client_key.pub")
        _certificate(folder)
        self.host_key = " ".join((folder / "files/host_key.pub").read_text().split()[:2])
        self.ports = Ports(*free_ports(5))
        p = self.ports
        numbers = (p.ssh, p.prod, p.staging, p.tls, p.php, self.silent.port, self.dribbling.port)
        self._log = (folder / "boot.log").open("w+")
        self._process = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child",
             "sh", folder / "files/boot.sh", "outside", folder, *map(str, numbers)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, start_new_session=True,
        )  # fmt: skip
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def _wait(self) -> None:
        assert self._process.stdout
        ready, _, _ = select.select([self._process.stdout], [], [], READY_WITHIN)
        line = self._process.stdout.readline() if ready else b""
        if line != b"ready\n":
            raise RuntimeError(f"the world did not start: {line!r}\n{Path(self._log.name).read_text()}")
        # unshare stays outside; its only child is the world's process 1.
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        self.pid = int(children[0])
        for port in (self.ports.ssh, self.ports.prod, self.ports.php):
            wait_for(port)

    def enter(self, *argv: str) -> list[str]:
        """The command line that runs `argv` inside, as root."""
        return [
            "nsenter",
            "--target",
            str(self.pid),
            "--mount",
            "--pid",
            "--uts",
            "--ipc",
            "--root",
            "--wd",
            *argv,
        ]

    def root(self, command: str, *, data: bytes | None = None, check: bool = True) -> str:
        """The output of a shell command run inside as root, on standard output; surrogates for odd bytes."""
        done = subprocess.run(
            self.enter("sh", "-euc", command),
            **given(data),
            capture_output=True,
            timeout=600,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"},
        )
        if check and done.returncode != 0:
            raise RuntimeError(
                f"{command}\nexit code {done.returncode}: {done.stderr.decode(errors='replace')}"
            )
        return done.stdout.decode("utf-8", "surrogateescape")

    def stop(self) -> None:
        """Ends process 1, and with it everything inside."""
        with contextlib.suppress(OSError):
            assert self._process.stdin
            self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
        self.silent.close()
        self.dribbling.close()
        self._log.close()


def given(data: bytes | None) -> dict[str, Any]:
    """Arguments for ``subprocess.run``: `data` as standard input, or none at all."""
    return {"stdin": subprocess.DEVNULL} if data is None else {"input": data}


def wait_for(port: int, *, open_: bool = True, within: float = 300.0) -> None:
    """Until something listens on `port` of 127.0.0.1 (or nothing does any more)."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        with socket.socket() as one:
            one.settimeout(1)
            if (one.connect_ex(("127.0.0.1", port)) == 0) is open_:
                return
        time.sleep(0.01)
    raise RuntimeError(f"port {port} is {'not open' if open_ else 'still open'} after {within} s")


def _key(path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path], check=True)


def _certificate(folder: Path) -> None:
    """An authority of our own, and a certificate for localhost that is good for twenty days."""
    from datetime import UTC, datetime, timedelta
    from ipaddress import IPv4Address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    now = datetime.now(UTC)
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority, subject = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in ("Test authority", "localhost")
    )

    def sign(name: x509.Name, public: ec.EllipticCurvePublicKey, days: int, *extensions: object) -> bytes:
        builder = (
            x509.CertificateBuilder()
            .issuer_name(authority)
            .subject_name(name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), False
            )
        )
        for extension in extensions:
            builder = builder.add_extension(extension, isinstance(extension, x509.BasicConstraints))  # type: ignore
        return builder.sign(authority_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))])
    (folder / "ca.crt").write_bytes(
        sign(authority, authority_key.public_key(), 30, x509.BasicConstraints(True, None), usage)
    )
    (folder / "files/tls.crt").write_bytes(sign(subject, key.public_key(), 20, names))
    (folder / "files/tls.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
