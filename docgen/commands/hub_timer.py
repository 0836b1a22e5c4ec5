"""``docgen hub timer``: the nightly run, by systemd or cron."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from docgen.commands import options


@click.command("timer")
@click.argument("arguments", nargs=-1, required=True, metavar="COMMAND [ARGUMENT]...")
@click.option("--user", required=True, metavar="NAME", help="The account that runs it; not root.")
@click.option(
    "--folder",
    metavar="DIR",
    help="Where it runs: where docgen.yml lies. Default: the folder you are in.",
)
@click.option("--at", metavar="HH:MM", default="03:00", show_default=True, help="By the clock of the server.")
@click.option(
    "--write",
    "writable",
    multiple=True,
    metavar="DIR",
    help="A folder that it may write to, such as the one of the hub. May be repeated. systemd only.",
)
@click.option(
    "--credential",
    "credentials",
    multiple=True,
    metavar="NAME=FILE",
    help="A secret that systemd hands over, for `{credential: NAME}` in docgen.yml. May be repeated.",
)
@click.option(
    "--htpasswd",
    metavar="FILE",
    help="Also remove the accounts whose time is over from this file, before the run.",
)
@click.option(
    "--within",
    type=click.IntRange(1, 24 * 60),
    default=60,
    show_default=True,
    help="Minutes that it may take. systemd only.",
)
@click.option(
    "--name", default="docgen-hub", show_default=True, metavar="NAME", help="What the units are called."
)
@click.option("--cron", is_flag=True, help="Lines for the crontab of the account, instead of units.")
@click.option("--output", "-o", metavar="DIR", help="Write the units into this folder; else they are shown.")
def command(
    arguments: tuple[str, ...],
    user: str,
    folder: str | None,
    at: str,
    writable: tuple[str, ...],
    credentials: tuple[str, ...],
    htpasswd: str | None,
    within: int,
    name: str,
    cron: bool,
    output: str | None,
) -> None:
    """Write a timer and a service of systemd that run docgen COMMAND every night, or lines for a crontab.

    Options of COMMAND come behind `--`. The service may read what the account may read, and write to the folders of
    --write only. With `publish`, a second timer and service see to it that the pages say so when no run comes.
    """
    from docgen.cli import COMMANDS
    from docgen.hub import timer

    if arguments[0] not in COMMANDS:
        raise click.UsageError(f"docgen has no command {arguments[0]!r}.")
    if user == "root":
        raise click.UsageError("--user root: docgen needs no root; name an account of its own.")
    if cron and output:
        raise click.UsageError("--cron is for `crontab -e`; leave out --output.")
    pairs = [one.partition("=") for one in credentials]
    if wrong := [pair[0] for pair in pairs if not pair[1]]:
        raise click.UsageError(f"--credential {wrong[0]}: expected NAME=FILE.")
    run = timer.Run(
        program=_program(),
        arguments=arguments,
        name=name,
        user=user,
        folder=str(Path(folder or ".").absolute()),
        at=at,
        within=within,
        writable=writable,
        credentials=tuple((pair[0], pair[2]) for pair in pairs),
        htpasswd=htpasswd,
        expire=_expire(arguments[1:]) if arguments[0] == "publish" else (),
    )
    if cron:
        options.write(timer.crontab(run), None)
        return
    units = timer.units(run)
    if output is None:
        options.write("\n".join(f"# {file}\n{text}" for file, text in units.items()), None)
        return
    if not Path(output).is_dir():
        raise click.UsageError(f"{output} is no folder.")
    for file, text in units.items():
        options.write(text, str(Path(output, file)))
    click.echo(f"{output}: {', '.join(units)}. Now: systemctl daemon-reload", err=True)
    timers = " ".join(file for file in units if file.endswith(".timer"))
    click.echo(f"and: systemctl enable --now {timers}", err=True)


def _expire(arguments: tuple[str, ...]) -> tuple[str, ...]:
    """The command that marks the hub which `docgen publish` with these `arguments` makes."""
    from docgen.commands import hub_expire, publish

    # What has nothing to say is not heard of every hour.
    given = publish.command.make_context("publish", list(arguments)).params | {"quiet": True}
    made = ["hub", "expire"]
    for option in hub_expire.command.params:
        if isinstance(option, click.Option) and option.name in given and (its := given[option.name]):
            for value in its if isinstance(its, tuple) else (its,):
                made += [option.opts[0]] if value is True else [option.opts[0], str(value)]
    return tuple(made)


def _program() -> tuple[str, ...]:
    """How this docgen is called from anywhere."""
    beside = Path(sys.executable).with_name("docgen")
    return (str(beside),) if beside.is_file() else (sys.executable, "-m", "docgen")
