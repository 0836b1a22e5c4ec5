"""``docgen hub passwd``: the accounts that may read the hub."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from docgen import exits
from docgen.commands import options

if TYPE_CHECKING:
    from docgen.hub.accounts import Account

F = TypeVar("F", bound=Callable[..., Any])
DEFAULT = "/etc/docgen/htpasswd"
DAYS = 365


def htpasswd(command: F) -> F:
    """``--htpasswd``"""
    return click.option(
        "--htpasswd",
        metavar="FILE",
        default=DEFAULT,
        show_default=True,
        help="The file with the accounts; not below the hub.",
    )(command)


def outside(file: Path) -> None:
    """Refuses accounts that would be published. Raises :class:`click.UsageError`."""
    from docgen.hub.folder import around

    if hub := around(file):
        raise click.UsageError(f"--htpasswd {file} lies within the hub {hub}; put the accounts elsewhere.")


@click.group("passwd")
def command() -> None:
    """The accounts that may read the hub, in a file that nginx reads (htpasswd, bcrypt).

    Each has an owner and a last day. Whoever writes the file also removes the accounts whose time is over.
    """


@command.command("add")
@click.argument("name")
@click.option("--owner", required=True, metavar="WHO", help="The person or team that answers for it.")
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help=f"The last day on which it is valid, in UTC. Default: {DAYS} days from now.",
)
@click.option(
    "--group",
    "groups",
    multiple=True,
    metavar="GROUP",
    help="It also opens the parts that are restricted to this group. May be repeated.",
)
@click.option("--generate", is_flag=True, help="Make the password, and print it once.")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the password from standard input, one line.")
@click.option("--replace", is_flag=True, help="It may be there: give it this password, owner and day.")
@click.option(
    "--cost",
    type=click.IntRange(8, 10),
    help="Of the hash, which the web server computes anew for each request. Default: 10, with --generate 8.",
)
@click.option(
    "--web-group",
    metavar="GROUP",
    help="The group of a new file: the one of the web server. Default: www-data, nginx or http, as root.",
)
@htpasswd
def add(
    name: str,
    owner: str,
    until: datetime | None,
    groups: tuple[str, ...],
    generate: bool,
    from_stdin: bool,
    replace: bool,
    cost: int | None,
    web_group: str | None,
    htpasswd: str,
) -> None:
    """Add the account NAME. Its password is asked for, read from standard input or made; it is never an argument,
    which every account of the machine could see."""
    from datetime import timedelta

    from docgen.hub import accounts, passwords
    from docgen.hub import htpasswd as file

    if generate and from_stdin:
        raise click.UsageError("Either --generate or --stdin, not both.")
    day = until.date() if until else file.today() + timedelta(days=DAYS)
    if day < file.today():
        raise click.UsageError(f"--until {day}: this day is over.")
    groups = tuple(sorted(set(groups)))
    accounts.checked(accounts.Account(name, "", owner, day, groups))
    path = Path(htpasswd)
    outside(path)
    there = _free(path, file.read(path), name, replace)
    password = passwords.made() if generate else _password(from_stdin)
    cost = cost or (passwords.COST_MADE if generate else passwords.COST_CHOSEN)
    new = accounts.Account(name, passwords.hashed(password, cost), owner, day, groups)

    def added(all_: list[Account]) -> list[Account]:
        _free(path, all_, name, replace)  # once more: who was asked for a password may have taken their time
        return [a for a in all_ if a.name != name] + [new]

    gone = _update(path, added, web_group)
    if generate:
        options.write(f"{password}\n", None)
    also = f", opens {', '.join(groups)}" if groups else ""
    click.echo(f"{path}: {name} of {owner} {'replaced' if there else 'added'}, until {day}{also}.", err=True)
    _said(path, gone)


@command.command("remove")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--expired", is_flag=True, help="Those whose time is over.")
@htpasswd
def remove(names: tuple[str, ...], expired: bool, htpasswd: str) -> None:
    """Remove accounts. The web server knows of it with the next request."""
    from docgen.hub import htpasswd as file

    if not names and not expired:
        raise click.UsageError("Which account? Name it, or --expired.")
    path = Path(htpasswd)
    there = {one.name for one in file.read(path)}
    if lacking := [name for name in names if name not in there]:
        raise click.UsageError(f"{path} has no account {', '.join(map(repr, lacking))}; nothing was changed.")
    if not there:
        return
    gone = _update(path, lambda all_: [a for a in all_ if a.name not in names])
    if names:
        click.echo(f"{path}: {', '.join(names)} removed.", err=True)
    _said(path, gone)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@htpasswd
def list_(as_json: bool, htpasswd: str) -> None:
    """The accounts with their owners, last days and groups; never their hashes."""
    from docgen.hub import htpasswd as file

    day, found = file.today(), file.read(Path(htpasswd))
    if as_json:
        options.write(
            json.dumps([_data(one, day) for one in found], ensure_ascii=False, indent=2) + "\n", None
        )
        return
    rows = [("account", "owner", "until", "groups")]
    for one in found:
        last = f"{one.until or 'no end'}{' (expired)' if one.expired(day) else ''}"
        rows.append((one.name, one.owner or "unknown", last, ", ".join(one.groups) or "-"))
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)) for row in rows]
    from docgen.renderers.printable import one_line

    options.write("".join(f"{one_line(line.rstrip())}\n" for line in lines), None)


def _free(path: Path, all_: list[Account], name: str, replace: bool) -> bool:
    """Whether the account is there already, which it may be only with --replace."""
    there = any(one.name == name for one in all_)
    if there and not replace:
        raise click.UsageError(f"{path} has an account {name!r}. --replace gives it a new password.")
    return there


def _data(account: Account, day: Any) -> dict[str, Any]:
    return {
        "name": account.name,
        "owner": account.owner or None,
        "until": account.until.isoformat() if account.until else None,
        "groups": list(account.groups),
        "expired": account.expired(day),
    }


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.buffer.readline(4096).decode("utf-8", "replace").rstrip("\r\n")
    if not sys.stdin.isatty():
        raise click.UsageError("There is no terminal to ask for the password; use --stdin or --generate.")
    asked: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return asked


def _update(path: Path, change: Any, web_group: str | None = None) -> list[str]:
    from docgen.hub import htpasswd as file

    try:
        return file.update(path, change, web_group)
    except (file.Busy, file.Unwritable) as error:
        click.echo(f"docgen: {error}", err=True)
        code = exits.BUSY if isinstance(error, file.Busy) else exits.INTERNAL
        raise click.exceptions.Exit(code) from error


def _said(path: Path, gone: list[str]) -> None:
    if gone:
        click.echo(f"{path}: removed, since their time is over: {', '.join(gone)}.", err=True)
