"""How a server is asked over HTTP: from where, as whom, whom to trust. Keys that several kinds share."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, field_validator, model_validator

from checks.kinds.interface import Params
from checks.knowledge.urls import REFERENCE
from checks.redact import names_secret

_BY_REFERENCE = ("authorization", "proxy-authorization", "cookie")

From = Literal["here", "host"]


def _header_name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}", value):
        raise ValueError("expected the name of a header, such as content-type")
    return value


def _reference(value: str) -> str:
    if not REFERENCE.fullmatch(value):
        raise ValueError(
            "expected a reference such as {secret.name}: a password does not belong into the spec"
        )
    return value


def _path(path: str) -> str:
    if not path or "\0" in path:
        raise ValueError("expected the path of a file")
    return path


HeaderName = Annotated[str, AfterValidator(_header_name)]
LocalFile = Annotated[str, AfterValidator(_path)]
"""A file on this machine, relative to the folder of docgen.yml. It stays as it is written until it is read: what
is asked must not depend on where the spec lies."""


class BasicAuth(Params):
    user: str
    """The name to log in with."""
    password: Annotated[str, AfterValidator(_reference)]
    """Its password by reference: ``{secret.name}``."""

    @field_validator("user")
    @classmethod
    def _name(cls, user: str) -> str:
        if ":" in user or not user.isprintable():
            raise ValueError("expected a name without a colon")
        return user


class Asking(Params):
    """Base of the kinds that send HTTP requests."""

    headers: dict[HeaderName, str] = {}
    """Headers to send. Secrets as ``{secret.name}``; none is sent to another origin."""
    basic_auth: BasicAuth | None = None
    """The login: ``user``, and ``password`` as ``{secret.name}``."""
    from_: From = "here"
    """Where it is asked from: ``here``, or the ``host`` through the SSH connection."""
    ca: LocalFile | None = None
    """A file, on this machine, with the authorities to trust; relative to the folder of `docgen.yml`. Default: those
    of the system."""
    verify_tls: bool = True
    """``false``: any certificate is taken."""

    @field_validator("headers")
    @classmethod
    def _sendable(cls, headers: dict[str, str]) -> dict[str, str]:
        for name, value in headers.items():
            if not value.isascii() or not value.isprintable():
                raise ValueError(f"expected printable ASCII in the header {name}")
            named = name.lower() in _BY_REFERENCE or names_secret(name)
            if named and value and not REFERENCE.search(value):
                raise ValueError(f"expected a reference such as {{secret.name}} in the header {name}")
        return headers

    @model_validator(mode="after")
    def _one_trust(self) -> Self:
        if self.ca and not self.verify_tls:
            raise ValueError("expected either `ca` or `verify-tls: false`, not both")
        return self

    def arguments(self, url: str, **more: Any) -> dict[str, Any]:
        """The arguments of an ``http`` probe for `url`; `more` beside them, where there is something in it."""
        optional = {
            "headers": self.headers,
            "basic_auth": self.basic_auth and self.basic_auth.model_dump(),
            "ca": self.ca,
            "verify": None if self.verify_tls else False,
            **more,
        }
        return {"url": url} | {name: value for name, value in optional.items() if value not in (None, [], {})}
