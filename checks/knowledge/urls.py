"""Addresses as people write them: whole, or a path below the environment's ``url``."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import parse_qsl, quote, urljoin, urlsplit, urlunsplit

from pydantic import AfterValidator, ValidationInfo

from checks.redact import names_secret

REFERENCE = re.compile(r"\{secret\.[A-Za-z][A-Za-z0-9_-]*\}")
PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_.])?|[0-9a-f:.]*:[0-9a-f:.]*")
# What may stand in a path or query as it is; braces, because a secret's placeholder is filled in later.
_SAFE = "/%:@!$&'()*+,;=~-._?{}[]|"


def normalised(url: str) -> str:
    """`url` in ASCII, with a path and without a fragment. Raises ValueError where it is no http(s) address."""
    if re.search(r"[\x00-\x1f\x7f]", url):
        raise ValueError("an address cannot contain control characters")
    parts = urlsplit(url)
    if parts.scheme not in PORTS:
        raise ValueError("expected an address that begins with http:// or https://")
    if "@" in parts.netloc:
        raise ValueError("a login does not belong into an address; write it as `basic-auth`")
    host, port = host_name(parts.hostname or ""), parts.port
    shown = f"[{host}]" if ":" in host else host
    if port is not None and port != PORTS[parts.scheme]:
        shown += f":{port}"
    return urlunsplit((parts.scheme, shown, quote(parts.path or "/", _SAFE), quote(parts.query, _SAFE), ""))


def host_name(host: str) -> str:
    """`host` (a name or an IP address) in ASCII. Raises ValueError."""
    try:
        ascii_name = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        ascii_name = ""
    if not _HOST.fullmatch(ascii_name.lower()) or len(ascii_name) > 253:
        raise ValueError("expected a host name or an IP address")
    return ascii_name.lower()


def host_and_port(value: str) -> tuple[str, int]:
    """The host and port in ``host:port``, ``[v6]:port`` or a bare host (port 443). Raises ValueError."""
    match = re.fullmatch(r"(?:\[(?P<v6>[^\]]+)\]|(?P<host>[^\s:/\[\]]+))(?::(?P<port>\d{1,5}))?", value)
    port = int(match["port"] or 443) if match else 0
    if not match or not 0 < port < 65536:
        raise ValueError("expected host:port, such as www.example.com:443")
    return host_name(match["v6"] or match["host"]), port


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of a normalised `url`."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or PORTS[parts.scheme]


def target(url: str) -> str:
    """Path and query of a normalised `url`: what a request asks for."""
    parts = urlsplit(url)
    return urlunsplit(("", "", parts.path or "/", parts.query, ""))


def followed(url: str, location: str) -> str:
    """Where a redirect from `url` leads. Raises ValueError where that is no http(s) address."""
    parts = urlsplit(urljoin(url, location.strip()))
    return normalised(urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])))


def _absolute(value: str, info: ValidationInfo) -> str:
    if value.startswith("/") and not value.startswith("//"):
        base = (info.context or {}).get("url")
        if not base:
            raise ValueError("a path needs a `url` in the environment; or write the whole address")
        value = base.rstrip("/") + value
    elif not re.match(r"https?://", value, re.IGNORECASE):
        raise ValueError(
            "expected a path such as /health, or an address that begins with http:// or https://"
        )
    for name, own in parse_qsl(urlsplit(value).query, keep_blank_values=True):
        if names_secret(name) and own and not REFERENCE.search(own):
            raise ValueError(f"expected a reference such as {{secret.name}} for `{name}` in the address")
    return normalised(value)


Url = Annotated[str, AfterValidator(_absolute)]
"""An http(s) address. A path such as ``/health`` starts at the environment's ``url``."""
