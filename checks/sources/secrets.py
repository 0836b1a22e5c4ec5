"""Secrets by reference: their values live in memory only, for the run, and in the redactor."""

from __future__ import annotations

import os
from pathlib import Path

from checks.model import Message, code, msg
from checks.spec.spec import Spec
from checks.spec.variables import SECRET

HUB = "passphrase of the hub"
"""The name of the secret that opens the key for the web server."""


class Secrets(dict[str, str]):
    """The values by name (also ``passphrase of ENV/HOST``); ``missing`` says of the others why they are not there."""

    def __init__(self) -> None:
        super().__init__()
        self.missing: dict[str, Message] = {}


def needed(spec: Spec) -> set[str]:
    """The names of the secrets that a probe of `spec` is sent with, or a host of it is reached with."""
    sent = " ".join(str(probe.args) for probe in spec.probes().values())
    ways = {f"passphrase of {h.id}" for e in spec.environments for h in e.hosts if h.passphrase}
    return set(SECRET.findall(sent)) | ways


def lacking(name: str, secrets: dict[str, str]) -> Message:
    """Why there is no secret called `name` in `secrets`."""
    why = secrets.missing.get(name) if isinstance(secrets, Secrets) else None
    return msg(
        "The secret {name:code} cannot be had: {why}.", name=name, why=why or msg("it is not declared")
    )


class _Missing(Exception):
    def __init__(self, reason: Message) -> None:
        super().__init__(reason.id)
        self.reason = reason


def resolve(spec: Spec) -> Secrets:
    """The secrets of `spec`. One that cannot be had does not stop the run: what needs it says so."""
    references = dict(spec.secrets)
    for environment in spec.environments:
        for host in environment.hosts:
            if host.passphrase:
                references[f"passphrase of {host.id}"] = host.passphrase
    if (its := spec.publish.ssh.passphrase) is not None:
        references[HUB] = {k: v for k, v in its.model_dump().items() if v is not None}
    found = Secrets()
    for name, reference in references.items():
        try:
            found[name] = _value(reference, spec.folder)
        except _Missing as error:
            found.missing[name] = error.reason
    return found


def value(reference: dict[str, str], folder: str) -> str | Message:
    """The secret that `reference` names, from `folder`; a message that says why it cannot be had."""
    try:
        return _value(reference, folder)
    except _Missing as error:
        return error.reason


def _value(reference: dict[str, str], folder: str) -> str:
    (how, where), *_ = reference.items()
    if how == "env":
        if not os.environ.get(where):
            raise _Missing(msg("the environment variable {name:code} is not set", name=where))
        return os.environ[where]
    if how == "credential":
        base = os.environ.get("CREDENTIALS_DIRECTORY")
        if not base:
            raise _Missing(
                msg(
                    "there is no systemd credential {name:code} (CREDENTIALS_DIRECTORY is not set)",
                    name=where,
                )
            )
        path = Path(base, Path(where).name)
    else:
        path = Path(folder, Path(where).expanduser())
    try:
        mode = path.stat().st_mode & 0o777
        if how == "file" and mode & 0o077:
            raise _Missing(
                msg(
                    "{path:code} can be read by others (mode {mode:code}); repair it with {command:code}",
                    path=str(path),
                    mode=f"{mode:04o}",
                    command=f"chmod 600 {path}",
                )
            )
        value = path.read_text("utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        why = code(error.strerror or "–") if isinstance(error, OSError) else msg("it is not UTF-8")
        raise _Missing(msg("{path:code} cannot be read: {error}", path=str(path), error=why)) from error
    if not value:
        raise _Missing(msg("{path:code} is empty", path=str(path)))
    return value
