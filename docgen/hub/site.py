"""The site of a hub for nginx, from ``templates/nginx.conf.j2``."""

from __future__ import annotations

import hashlib
import ipaddress
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from checks.errors import DocgenError
from docgen.assets import asset_root
from docgen.hub import htpasswd, rules

_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
_FILE = re.compile(r"/[A-Za-z0-9._@+/-]*")
_PATIENCE = 30


class NoSite(DocgenError):
    """A value that cannot stand in the configuration."""


class NotAccepted(DocgenError):
    """nginx does not take the configuration."""


@dataclass(frozen=True)
class Site:
    """A hub and where it is served."""

    root: str
    """The folder of the hub, which holds ``current``."""
    name: str
    certificate: str
    key: str
    htpasswd: str
    listen: tuple[str, ...]
    listen_http: tuple[str, ...]
    logs: str
    restricted: tuple[rules.Restriction, ...] = ()
    acme: str | None = None
    """The folder in which a client of ACME puts its answers (webroot)."""


def render(site: Site) -> str:
    """The configuration. Raises :class:`NoSite` for what could mean something else to nginx than is meant."""
    import jinja2

    if not _NAME.fullmatch(site.name):
        raise NoSite(f"{site.name!r}: expected the name of the server, such as docs.example.com.")
    for path in (site.root, site.certificate, site.key, site.htpasswd, site.logs, *filter(None, [site.acme])):
        if not _FILE.fullmatch(path):
            raise NoSite(f"{path!r}: expected an absolute path of letters, digits and . _ @ + -")
    root = site.root.rstrip("/")
    if f"{site.htpasswd}/".startswith(f"{root}/"):
        raise NoSite(f"{site.htpasswd} lies within the hub; put the accounts elsewhere.")
    if site.acme and f"{site.acme}/".startswith(f"{root}/"):
        raise NoSite(f"{site.acme} lies within the hub; what lies there comes without a login.")
    secure, plain = [_listen(one) for one in site.listen], [_listen(one) for one in site.listen_http]
    port = secure[0].rpartition(":")[2]
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(asset_root() / "templates"),
        autoescape=False,  # noqa: S701 - not HTML; what goes in was looked at above
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("nginx.conf.j2").render(
        site=site,
        root=root,
        # Short: nginx has little room for the names of its variables.
        id=f"docgen_{hashlib.sha256(site.name.encode()).hexdigest()[:8]}",
        secure=secure,
        plain=plain,
        address=site.name if port == "443" else f"{site.name}:{port}",
        restricted=[
            (one.pattern, one.group, htpasswd.group_file(Path(site.htpasswd), one.group))
            for one in site.restricted
        ],
        charset_types=[t for t in rules.TYPES if t.startswith(rules.WITH_CHARSET) and t != "text/html"],
        rules=rules,
    )


def _listen(value: str) -> str:
    """Where to listen, in the words of nginx: a port alone means every address of this machine."""
    host, colon, port = value.rpartition(":")
    try:
        if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
            raise ValueError(port)
        if not colon:
            return port
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError as error:
        raise NoSite(f"{value!r}: expected a port, or address:port.") from error
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"


def everywhere(port: int) -> tuple[str, ...]:
    """`port` on every address, of both versions of the protocol."""
    return (str(port), f"[::]:{port}")


def tried(text: str) -> None:
    """Has the nginx of this machine look at the site `text`. Raises :class:`NotAccepted` with its words."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/sbin:/usr/local/sbin")
    if not program:
        raise NotAccepted(
            "There is no nginx on this machine to try the configuration with; leave out --test."
        )
    with tempfile.TemporaryDirectory() as folder:
        site, config = Path(folder, "site.conf"), Path(folder, "nginx.conf")
        site.write_text(text, "utf-8")
        parts = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        places = "".join(f"{part}_temp_path {folder}/{part}; " for part in parts)
        config.write_text(
            f"pid {folder}/pid; error_log stderr;\nevents {{}}\nhttp {{ {places} include {site}; }}\n",
            "utf-8",
        )
        command = [program, "-t", "-q", "-p", folder, "-c", str(config)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
        except subprocess.TimeoutExpired as error:
            raise NotAccepted(f"nginx -t did not end within {_PATIENCE} seconds.") from error
        if done.returncode != 0:
            said = done.stderr.replace(str(site), "the configuration").strip()
            raise NotAccepted(f"nginx does not take the configuration; nothing was written.\n{said}")
