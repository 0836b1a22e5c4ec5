"""``docgen serve``: the hub, for a look on this machine or for a small team."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from docgen import exits
from docgen.commands import options
from docgen.commands.hub_nginx import restrict
from docgen.commands.hub_passwd import DEFAULT, outside

if TYPE_CHECKING:
    import ssl

    from docgen.hub.doors import Doors

GUEST = "docgen"


@click.command("serve")
@click.argument("root", metavar="DIR")
@click.option(
    "--listen",
    metavar="[ADDRESS:]PORT",
    default="8000",
    show_default=True,
    help="Where it answers. Without an address: only on this machine, 127.0.0.1.",
)
@click.option("--certificate", metavar="FILE", help="For HTTPS: the certificate with its chain.")
@click.option("--key", metavar="FILE", help="Its key. Default: it is in the same file.")
@click.option(
    "--htpasswd",
    metavar="FILE",
    help=f"The accounts. Default: {DEFAULT}; without that, one account for this run, with a password that is shown.",
)
@restrict
def command(
    root: str,
    listen: str,
    certificate: str | None,
    key: str | None,
    htpasswd: str | None,
    restrict: tuple[str, ...],
) -> None:
    """Serve the hub in DIR until Ctrl-C, behind a login, by the rules of `docgen hub nginx`.

    DIR holds `current`, or is a folder of finished pages. Other addresses than those of this machine need a
    certificate. Requests are logged on standard error.
    """
    from docgen.hub import rules, serving

    folder = Path(root)
    if not serving.published(folder) and not (folder / "index.html").is_file():
        raise click.UsageError(f"{root}: there is no hub (no `current` in it that leads to a release).")
    address = _address(listen, secure=certificate is not None)
    tls = _tls(certificate, key)
    restricted = rules.restrictions(restrict)
    doors, note = _doors(htpasswd, {one.group for one in restricted}, address[0])
    try:
        server = serving.Server(address, folder, doors, restricted, tls, sys.stderr.write)
    except OSError as error:
        click.echo(f"docgen: {listen}: {error.strerror}", err=True)
        raise click.exceptions.Exit(exits.INTERNAL) from error
    with server:
        shown = f"[{address[0]}]" if ":" in address[0] else address[0]
        where = f"{'https' if tls else 'http'}://{shown}:{server.server_port}/"
        options.write(f"{where}{note}\n", None)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo("", err=True)


def _address(listen: str, *, secure: bool) -> tuple[str, int]:
    import ipaddress

    host, _, port = listen.rpartition(":")
    host = {"": "127.0.0.1", "localhost": "127.0.0.1"}.get(host, host.removeprefix("[").removesuffix("]"))
    try:
        if not port.isascii() or not port.isdigit() or int(port) > 65535:
            raise ValueError(port)
        address = ipaddress.ip_address(host)
    except ValueError as error:
        raise click.UsageError(f"--listen {listen}: expected a port, or address:port.") from error
    if not address.is_loopback and not secure:
        raise click.UsageError(
            f"--listen {listen}: other machines would send their passwords in the clear. Name a --certificate, or "
            "let nginx serve the hub (`docgen hub nginx`)."
        )
    return str(address), int(port)


def _tls(certificate: str | None, key: str | None) -> ssl.SSLContext | None:
    if certificate is None:
        if key:
            raise click.UsageError("--key is of no use without --certificate.")
        return None
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise click.UsageError(f"{certificate}: no certificate with its key: {error}.") from error
    return context


def _doors(file: str | None, groups: set[str], address: str) -> tuple[Doors, str]:
    """The login, and what to say of it."""
    import ipaddress

    from docgen.hub import htpasswd, passwords
    from docgen.hub.accounts import Account
    from docgen.hub.doors import Accounts, Doors

    path = Path(file or DEFAULT)
    outside(path)
    if path.is_file():
        found = htpasswd.read(path)
        if other := [one.name for one in found if not passwords.readable(one.hash)]:
            click.echo(
                f"docgen: {path}: only bcrypt is known here; no login for {', '.join(other)}.", err=True
            )
        return Doors(Accounts(path)), ""
    if file or not ipaddress.ip_address(address).is_loopback:
        raise click.UsageError(f"{path} is not there. `docgen hub passwd add` makes it.")
    password = passwords.made()
    guest = Account(GUEST, passwords.hashed(password, passwords.COST_MADE), "this run", None, tuple(groups))
    return Doors(lambda: [guest]), f"\nThe account of this run: {GUEST}, password {password}"
