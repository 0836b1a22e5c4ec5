"""Pinned host keys. An unknown, changed or revoked key is a refusal; nothing is ever added by itself."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import NoReturn

import paramiko
from paramiko.hostkeys import HostKeyEntry, InvalidHostKey

from checks.model import msg
from checks.sources.transport import NotReached
from checks.spec.spec import Host


class UnknownHostKey(Exception):
    """The server's key is in none of the files."""

    def __init__(self, key: paramiko.PKey) -> None:
        super().__init__("unknown host key")
        self.key = key


class _Refuse(paramiko.RejectPolicy):
    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> NoReturn:
        raise UnknownHostKey(key)


def fingerprint(key: paramiko.PKey) -> str:
    """``ssh-ed25519 SHA256:…``, as ``ssh-keygen -l`` shows it."""
    digest = hashlib.sha256(key.asbytes()).digest()
    return f"{key.get_name()} SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def pinned(client: paramiko.SSHClient, host: Host) -> None:
    """Gives `client` the pinned keys for `host`. Raises :class:`NotReached` for a file that cannot be used."""
    client.set_missing_host_key_policy(_Refuse())
    keys = client.get_host_keys()
    for path in _files(host):
        for number, line in enumerate(_lines(path, required=host.known_hosts is not None), 1):
            entry = _entry(path, number, line)
            if entry is None:
                continue
            for name in entry.hostnames:
                keys.add(name, entry.key.get_name(), entry.key)


def _entry(path: Path, number: int, line: str) -> HostKeyEntry | None:
    text = line.strip()
    if not text or text.startswith("#"):
        return None
    if text.startswith("@"):
        # Certificates and revocations are not evaluated here, and must not be silently ignored.
        reason = msg(
            "{place:code}: {marker:code} lines are not supported. Use a known_hosts file without them "
            "(key `known-hosts` of the host).",
            place=f"{path}:{number}",
            marker=text.split()[0],
        )
        raise NotReached(reason)
    try:
        entry = HostKeyEntry.from_line(text, number)
    except (InvalidHostKey, paramiko.SSHException, ValueError) as error:
        reason = msg(
            "{place:code} is not a valid line of a known_hosts file. Repair or remove it.",
            place=f"{path}:{number}",
        )
        raise NotReached(reason) from error
    return entry if entry and entry.key else None


def _files(host: Host) -> list[Path]:
    if host.known_hosts:
        return [Path(host.known_hosts)]
    return [Path("~/.ssh/known_hosts").expanduser(), Path("/etc/ssh/ssh_known_hosts")]


def _lines(path: Path, *, required: bool) -> list[str]:
    try:
        return path.read_text("utf-8", "surrogateescape").splitlines()
    except FileNotFoundError as error:
        if not required:
            return []
        raise NotReached(
            msg("The file {file:code} with the pinned host keys does not exist.", file=str(path))
        ) from error
    except OSError as error:
        reason = msg(
            "The file {file:code} with the pinned host keys cannot be read: {error:code}",
            file=str(path),
            error=error.strerror or "",
        )
        raise NotReached(reason) from error
