"""``docgen hub check``: whether the nightly run still comes, asked from anywhere."""

from __future__ import annotations

import fcntl
import json
import os
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from docgen import exits

if TYPE_CHECKING:
    from docgen.hub.run import Run

VARIABLE = "DOCGEN_HUB_PASSWORD"
"""The environment variable that holds the password of ``--account``."""
_MOST = 16 * 1024 * 1024
_SECONDS = 30.0
_AHEAD = 300.0
"""Seconds that the clock of the machine which publishes may be ahead."""
_LONGEST = 3 * 3600.0
"""Seconds after which a run that has not said how it ended is taken for one that was cut short, where no lock tells."""


class _Unknown(Exception):
    """It could not be found out, for the reason in the text."""


@click.command("check", epilog="\b\nExit codes:\n" + exits.help_text())
@click.argument("place", metavar="DIR|URL")
@click.option("--max-age", default="26h", metavar="AGE", show_default=True, help="How old it may be.")
@click.option("--account", metavar="NAME", help=f"The account for URL; its password is in ${VARIABLE}.")
def command(place: str, max_age: str, account: str | None) -> None:
    """Whether a hub was published lately: for a second machine, which notices when the first one does nothing.

    It reads `manifest.json` and `run.json`, of the folder DIR or at the address URL, and nothing else. A last run that
    failed, or was cut short, is a deviation, too.
    """
    from checks.units import seconds
    from docgen.hub import run

    try:
        most = seconds(max_age)
    except ValueError as error:
        raise click.UsageError(f"--max-age {max_age}: {error}.") from error
    try:
        last = _last(place, account)
        cut = last is not None and last.state == run.RUNNING and _is_free(place)
        if cut:
            last = _last(place, account)  # it may have come to its end meanwhile
        wrong = _failed(last, cut=cut)
        manifest = _read(place, "manifest.json", account)
        if manifest is None:
            raise _Unknown(f"there is no manifest.json{f', and {wrong}' if wrong else ''}; is this a hub?")
        age, collected = _age(manifest)
    except _Unknown as error:
        click.echo(f"docgen: {place}: {error}", err=True)
        raise click.exceptions.Exit(exits.UNDETERMINED) from error
    old = age > most
    if last is None and not old:
        click.echo(
            f"docgen: {place}: run.json cannot be read: how the last run ended is not known.", err=True
        )
        raise click.exceptions.Exit(exits.UNDETERMINED)
    told = f"{'too old' if old else 'in time'}: collected {collected}, {_told(age)} ago, at most {max_age}"
    click.echo(f"{told}; {wrong}" if wrong else told)
    raise click.exceptions.Exit(exits.DEVIATION if old or wrong else exits.OK)


def _last(place: str, account: str | None) -> Run | None:
    from docgen.hub import run

    said = _read(place, run.JSON, account)
    return run.parse(said) if said is not None else None


def _is_free(place: str) -> bool:
    """Whether nobody publishes into the folder `place`, as far as this can be seen here."""
    try:
        with (Path(place) / ".lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return True
    except OSError:
        return False


def _failed(last: Run | None, *, cut: bool) -> str | None:
    """What was wrong with the `last` run, as far as it is known; `cut`: if it runs, nobody does that any more."""
    from docgen.hub import run
    from docgen.renderers.printable import one_line

    if last is None or last.state == run.PUBLISHED:
        return None
    when = f"{last.began[:16].replace('T', ' ')} UTC"
    if last.state == run.MISSED:
        return f"no run has come; the pages were valid until {when}"
    since = (
        f", as all since {last.since[:16].replace('T', ' ')} UTC"
        if last.since not in (None, last.began)
        else ""
    )
    if last.state == run.FAILED:
        return f"the last run, of {when}, failed{since} (exit code {last.code}: {one_line(last.reason or 'unknown')})"
    if not cut and (datetime.now(UTC) - datetime.fromisoformat(last.began)).total_seconds() < _LONGEST:
        return None
    return f"the last run, of {when}, was cut short{since}"


def _age(raw: bytes) -> tuple[float, str]:
    try:
        body: Any = json.loads(raw)
        if body["schema"] != "docgen/hub/v1":
            raise _Unknown("manifest.json is not that of a hub.")
        said = str(body["collected_at"])
        age = (datetime.now(UTC) - datetime.fromisoformat(said)).total_seconds()
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _Unknown("manifest.json cannot be read; is this the root of a hub?") from error
    if age < -_AHEAD:
        raise _Unknown(f"it was collected at {said}, which lies ahead; is a clock wrong?")
    return max(0.0, age), f"{said[:16].replace('T', ' ')} UTC"


def _told(age: float) -> str:
    return (
        f"{age / 86400:.1f} d"
        if age >= 172800
        else f"{age / 3600:.1f} h"
        if age >= 5400
        else f"{age / 60:.0f} min"
    )


def _read(place: str, name: str, account: str | None) -> bytes | None:
    """The file `name` of the hub; None where it has none."""
    if place.startswith(("http://", "https://")):
        return _asked(f"{place.rstrip('/')}/{name}", account)
    if account:
        raise click.UsageError("--account is for an address.")
    for file in (Path(place) / "current" / name, Path(place) / name):
        try:
            return file.read_bytes()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise _Unknown(f"{name} cannot be read: {error.strerror}") from error
    return None


def _asked(url: str, account: str | None) -> bytes | None:
    from urllib.parse import urlsplit

    from checks.sources import exchange
    from checks.sources.connection import Failed, NoVantage
    from checks.sources.limit import Limit
    from checks.sources.network import dial_from_here
    from docgen.i18n import Translator

    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None:
        raise click.UsageError("A password in an address stands in the process list; use --account.")
    headers = {"User-Agent": "docgen", "Accept": "application/json", "Connection": "close"}
    if account is not None:
        password = os.environ.get(VARIABLE)
        if password is None:
            raise click.UsageError(f"--account {account}: the environment variable {VARIABLE} is not set.")
        headers["Authorization"] = f"Basic {b64encode(f'{account}:{password}'.encode()).decode()}"
    try:
        reply = exchange.exchange(
            "GET", url, headers, dial_from_here, Limit(_SECONDS), verify=True, ca=None, max_bytes=_MOST
        )
    except (NoVantage, exchange.NoAuthorities) as error:
        raise _Unknown(Translator("en").plain(error.reason)) from error
    except Failed as error:
        raise _Unknown(f"no answer: {error.text or error.error}") from error
    if reply.status in (404, 410):
        return None
    if reply.status != 200:
        raise _Unknown(f"it answered {reply.status}.")
    return reply.body
