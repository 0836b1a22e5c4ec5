"""Secrets by reference: their values live in memory only, for the run, and in the redactor."""

from __future__ import annotations

import os
from pathlib import Path

from checks.spec.spec import Spec


def resolve(spec: Spec) -> tuple[dict[str, str], list[str]]:
    """The values of all secrets of `spec` by name (also ``passphrase of ENV/HOST``), and what is wrong with
    those that are missing from it. A secret that cannot be had does not stop the run: what needs it says so."""
    references = dict(spec.secrets)
    for environment in spec.environments:
        for host in environment.hosts:
            if host.passphrase:
                references[f"passphrase of {host.id}"] = host.passphrase
    values: dict[str, str] = {}
    problems: list[str] = []
    for name, reference in references.items():
        try:
            values[name] = _value(reference, spec.folder)
        except LookupError as error:
            problems.append(f"secret `{name}`: {error.args[0]}")
    return values, problems


def _value(reference: dict[str, str], folder: str) -> str:
    (how, where), *_ = reference.items()
    if how == "env":
        if not os.environ.get(where):
            raise LookupError(f"the environment variable {where} is not set")
        return os.environ[where]
    if how == "credential":
        base = os.environ.get("CREDENTIALS_DIRECTORY")
        if not base:
            raise LookupError(f"there is no systemd credential {where} (CREDENTIALS_DIRECTORY is not set)")
        path = Path(base, Path(where).name)
    else:
        path = Path(folder, Path(where).expanduser())
    try:
        mode = path.stat().st_mode & 0o777
        if how == "file" and mode & 0o077:
            raise LookupError(f"{path} can be read by others (mode {mode:04o}); chmod 600 {path}")
        value = path.read_text("utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise LookupError(
            f"{path} cannot be read: {getattr(error, 'strerror', None) or 'not UTF-8'}"
        ) from error
    if not value:
        raise LookupError(f"{path} is empty")
    return value
