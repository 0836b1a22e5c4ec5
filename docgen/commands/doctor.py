"""``docgen doctor``: what is there on this machine for docgen to do its work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from docgen import exits
from docgen.commands import options

if TYPE_CHECKING:
    from docgen.doctor import Finding

_MARKS = {"ok": "ok     ", "note": "note   ", "missing": "missing"}


@click.command("doctor")
@click.option(
    "--env",
    "-e",
    "environments",
    multiple=True,
    metavar="ENV",
    help="Also log in to the hosts of this environment; nothing is run there. May be repeated.",
)
@options.config
def command(environments: tuple[str, ...], config: str | None, variables: tuple[str, ...]) -> None:
    """What is there on this machine for docgen to do its work: libraries for PDFs, fonts, git, room, the clock; and of
    the project its secrets (never shown), pinned host keys and extras.

    Nothing is contacted without --env. Exit code 0: all that is needed is there; 1: something is missing.
    """
    from docgen.renderers.printable import one_line

    missing = 0
    for one in _findings(environments, config, variables):
        missing += one.state == "missing"
        click.echo(one_line(f"{_MARKS[one.state]}  {one.what}: {one.said}"))
        if one.do:
            click.echo(one_line(f"         {one.do}"))
    raise click.exceptions.Exit(exits.DEVIATION if missing else exits.OK)


def _findings(
    environments: tuple[str, ...], config: str | None, variables: tuple[str, ...]
) -> Iterator[Finding]:
    from docgen import doctor

    try:
        path = options.find(config)
    except click.UsageError:
        if environments or variables:
            raise
        yield from doctor.machine()
        yield doctor.Finding(doctor.State.NOTE, "docgen.yml", "none here or above", "docgen init")
        return
    spec = options.load_spec(str(path), variables, environments)
    yield from doctor.machine()
    yield from doctor.project(spec)
    if environments:
        yield from doctor.reached(spec)
