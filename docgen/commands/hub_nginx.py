"""``docgen hub nginx``: the site of the hub for nginx."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from docgen import exits
from docgen.commands import options
from docgen.commands.hub_passwd import htpasswd

F = TypeVar("F", bound=Callable[..., Any])


def restrict(command: F) -> F:
    """``--restrict``, as often as wanted."""
    return click.option(
        "--restrict",
        multiple=True,
        metavar="PATH=GROUP",
        help="What begins with PATH is for the accounts in GROUP only, such as '/*/sudo=admins'; * is anything. "
        "May be repeated.",
    )(command)


@click.command("nginx")
@click.option("--root", required=True, metavar="DIR", help="The folder of the hub: it holds `current`.")
@click.option(
    "--server-name", required=True, metavar="NAME", help="The name it has, such as docs.example.com."
)
@click.option("--certificate", metavar="FILE", help="Default: /etc/letsencrypt/live/NAME/fullchain.pem.")
@click.option("--key", metavar="FILE", help="Default: /etc/letsencrypt/live/NAME/privkey.pem.")
@click.option(
    "--listen",
    multiple=True,
    metavar="[ADDRESS:]PORT",
    help="Where it answers, with TLS. May be repeated. Default: 443, everywhere.",
)
@click.option(
    "--listen-http",
    multiple=True,
    metavar="[ADDRESS:]PORT",
    help="Where it leads from HTTP to HTTPS, and does nothing else. Default: 80, everywhere.",
)
@click.option(
    "--acme",
    metavar="DIR",
    help="Over HTTP, also answer the certificate authority (http-01) from this webroot, such as /var/www/acme.",
)
@click.option("--logs", metavar="DIR", default="/var/log/nginx", show_default=True, help="Where it logs.")
@click.option("--test", "test", is_flag=True, help="Write it only if the nginx here takes it (`nginx -t`).")
@click.option("--output", "-o", metavar="PATH", help="Write to a file instead of standard output.")
@restrict
@htpasswd
def command(
    root: str,
    server_name: str,
    certificate: str | None,
    key: str | None,
    listen: tuple[str, ...],
    listen_http: tuple[str, ...],
    acme: str | None,
    logs: str,
    test: bool,
    output: str | None,
    restrict: tuple[str, ...],
    htpasswd: str,
) -> None:
    """Write the site of the hub for nginx: TLS, a login for everything, few guesses, strict headers.

    Nothing is listed, hidden files and links out of the hub are closed, and downloads have a log of their own with the
    name of the account.
    """
    from docgen.hub import htpasswd as accounts
    from docgen.hub import rules, site

    live = f"/etc/letsencrypt/live/{server_name}"
    wanted = site.Site(
        root=root,
        name=server_name.lower(),
        certificate=certificate or f"{live}/fullchain.pem",
        key=key or f"{live}/privkey.pem",
        htpasswd=htpasswd,
        listen=listen or site.everywhere(443),
        listen_http=listen_http or site.everywhere(80),
        logs=logs.rstrip("/"),
        restricted=rules.restrictions(restrict),
        acme=acme.rstrip("/") if acme else None,
    )
    text = site.render(wanted)
    if test:
        try:
            site.tried(text)
        except site.NotAccepted as error:
            click.echo(f"docgen: {error}", err=True)
            raise click.exceptions.Exit(exits.INTERNAL) from error
    options.write(text, output)
    files = [Path(htpasswd)]
    files += [accounts.group_file(files[0], one.group) for one in wanted.restricted]
    for file in dict.fromkeys(files):
        if not file.is_file():
            click.echo(
                f"docgen: {file} is not here: where it is missing, nginx lets nobody in (403).", err=True
            )
