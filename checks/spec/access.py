"""How a host is reached, as written: targets, keys, known hosts, secrets by reference."""

from __future__ import annotations

import re
from typing import Annotated, Any, Self

from pydantic import AfterValidator, ConfigDict, model_validator

from checks.described import Described
from checks.knowledge.urls import REFERENCE, normalised
from checks.units import Duration

TARGET = re.compile(
    r"(?:ssh://)?(?:(?P<user>[^@\s:/]+)@)?(?P<host>\[[0-9a-fA-F:.%\w]+\]|[^@\s:/\[\]]+)(?::(?P<port>\d{1,5}))?/?\Z"
)
LOCAL = "local"


def _kebab(name: str) -> str:
    return name.strip("_").replace("_", "-")


class Declared(Described):
    """Base: kebab-case keys, nothing unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=_kebab)


def _target(value: str) -> str:
    if "{" in value:  # a variable; what it becomes is checked once it is known
        return value
    match = TARGET.match(value)
    if value != LOCAL and (not match or (match["port"] and not 0 < int(match["port"]) < 65536)):
        raise ValueError("expected user@host, user@host:port or local")
    if value.startswith("-"):
        raise ValueError("a host cannot begin with a dash")
    return value


Target = Annotated[str, AfterValidator(_target)]


def _repository(value: str) -> str:
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", value, re.ASCII) or ".." in value:
        raise ValueError("expected owner/name")
    return value


def _api(value: str) -> str:
    return normalised(value).rstrip("/")


def secret_reference(value: str) -> str:
    """`value`, if it is a reference to a secret."""
    if not REFERENCE.fullmatch(value):
        raise ValueError(
            "expected a reference to a secret, such as {secret.github}; what is secret is never written down here"
        )
    return value


class Secret(Declared):
    """A secret by reference. Exactly one of the three."""

    env: str | None = None
    """The name of an environment variable."""
    file: str | None = None
    """A file that only its owner can read (mode 0600 or 0400)."""
    credential: str | None = None
    """The name of a systemd credential."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(v is not None for v in (self.env, self.file, self.credential)) != 1:
            raise ValueError("expected exactly one of env, file, credential")
        return self


class GitHub(Declared):
    """Where the builds are."""

    repository: Annotated[str, AfterValidator(_repository)]
    """``owner/name``."""
    api: Annotated[str, AfterValidator(_api)] = "https://api.github.com"
    """Where its API answers; for GitHub Enterprise ``https://HOST/api/v3``."""
    token: Annotated[str, AfterValidator(secret_reference)] | None = None
    """``{secret.NAME}``: a token that may read Actions and Contents of this repository, and nothing else."""
    answers: str | None = None
    """A folder with answers of the API that were saved, instead of the API: nothing is contacted then."""
    checkout: str | None = None
    """A folder with a checkout of the repository: the workflow files come from there instead of from the API."""
    deadline: Duration | None = None
    """How long everything that is asked there may take in one run, however it trickles or hangs; the rest is then not
    determined. Default: 120s, and 300s with the download of artifacts, or as long as the `deadline` of their check."""


class SshOptions(Declared):
    """How to connect. A host's own value beats its environment's, which beats the top level's."""

    identity: str | None = None
    """Private key file. Without it: the agent, then the usual keys in ~/.ssh."""
    known_hosts: str | None = None
    """File with the pinned host keys. Default: ~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts."""
    jump: Target | None = None
    """Jump host, as user@host:port."""
    passphrase: Secret | None = None
    """Passphrase of the private key."""
    connect_timeout: Duration | None = None
    """How long connecting and logging in may take. Default: 10s."""
    deadline: Duration | None = None
    """How long everything on this host may take. Default: 120s, and beyond that what takes long by its nature, such as
    reading a backup, each as long as its own deadline allows."""


class Host(SshOptions):
    ssh: Target
    """``user@host:port``, or ``local`` for the machine docgen runs on."""
    variables: dict[str, str | int | float | bool] = {}
    """Values for ``{name}`` on this host."""


def host(value: Any) -> Any:
    return {"ssh": value} if isinstance(value, str) else value


def hosts(value: Any) -> Any:
    if isinstance(value, list):
        names = [v if isinstance(v, str) else v.get("ssh") if isinstance(v, dict) else None for v in value]
        if any(not isinstance(name, str) for name in names):
            raise ValueError("expected each host as user@host:port or as a mapping with `ssh`")
        value = {host_name(str(name)): host(v) for name, v in zip(names, value, strict=True)}
    if isinstance(value, dict):
        if not value:
            raise ValueError(
                "an empty list of hosts: nothing to check; name at least one host or leave it out"
            )
        return {name: host(v) for name, v in value.items()}
    raise ValueError("expected a list of hosts, or a mapping of names to hosts")


def host_name(target: str) -> str:
    """The short name of a host that was declared by its target alone."""
    match = TARGET.match(target)
    return match["host"].strip("[]") if match else target
