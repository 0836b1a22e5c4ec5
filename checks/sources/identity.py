"""The private key to log in with: what is wrong with it is said before anything is contacted."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import paramiko

from checks.model import msg
from checks.sources.transport import NotReached
from checks.spec.spec import Host


def key_options(host: Host, passphrase: str | None) -> dict[str, Any]:
    """Arguments for ``SSHClient.connect``: the named key and nothing else, or the agent and the usual keys.

    Raises :class:`NotReached` where the named key cannot be used."""
    if not host.identity:
        return {"allow_agent": bool(os.environ.get("SSH_AUTH_SOCK")), "look_for_keys": True}
    path = Path(host.identity)
    shown = str(path)
    try:
        mode = path.stat().st_mode & 0o777
        text = path.read_text("ascii", "replace")
    except FileNotFoundError as error:
        raise NotReached(msg("The private key {file:code} does not exist.", file=shown)) from error
    except OSError as error:
        reason = msg(
            "The private key {file:code} cannot be read: {error:code}", file=shown, error=error.strerror or ""
        )
        raise NotReached(reason) from error
    if text.startswith(("ssh-", "ecdsa-", "sk-")):
        reason = msg(
            "{file:code} is a public key. Name the private one, usually the same file without .pub.",
            file=shown,
        )
        raise NotReached(reason)
    if mode & 0o077:
        reason = msg(
            "The private key {file:code} can be read by others (mode {mode:code}). {command:code}",
            file=shown,
            mode=f"{mode:04o}",
            command=f"chmod 600 {shown}",
        )
        raise NotReached(reason)
    try:
        key = _load(str(path), passphrase)
    except paramiko.PasswordRequiredException as error:
        reason = msg(
            "The private key {file:code} is encrypted. Load it into the agent ({command:code}) and leave out "
            "`identity`, or give `passphrase` by reference.",
            file=shown,
            command=f"ssh-add {shown}",
        )
        raise NotReached(reason) from error
    except Exception as error:
        reason = msg(
            "The private key {file:code} cannot be used: {error:code}",
            file=shown,
            error=str(error) or type(error).__name__,
        )
        raise NotReached(reason) from error
    return {"pkey": key, "allow_agent": False, "look_for_keys": False}


def _load(path: str, passphrase: str | None) -> paramiko.PKey:
    """The key in `path`, whichever of the three sorts it is."""
    failure: paramiko.SSHException | None = None
    for sort in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return sort.from_private_key_file(path, passphrase)
        except paramiko.PasswordRequiredException:
            raise
        except paramiko.SSHException as error:
            failure = failure or error
    assert failure
    raise failure
