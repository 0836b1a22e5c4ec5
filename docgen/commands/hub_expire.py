"""``docgen hub expire``: pages that are valid no more say so, also to readers without script."""

from __future__ import annotations

import click

from docgen import exits
from docgen.commands import options


@click.command("expire", epilog="\b\nExit codes:\n" + exits.help_text())
@options.destination
@click.option("--quiet", "-q", is_flag=True, help="Only errors.")
@options.config
def command(
    target: str, work: str | None, quiet: bool, config: str | None, variables: tuple[str, ...]
) -> None:
    """Have the pages say that they are out of date, where they are valid no more and no run came.

    A run that fails or is killed marks the pages by itself; one that never begins cannot. Run this every hour, as the
    units of `docgen hub timer` do. It changes nothing while the hub is valid. How to reach a web server stands in the
    spec; for a folder here, none is read.
    """
    from docgen.hub.attempt import overdue

    hub, send_to = options.places(target, work)
    if send_to is None and not hub.there:
        raise click.UsageError(f"{target} is no hub; `docgen publish --to {target}` makes one.")
    with options.at_hub():
        old = overdue(hub, send_to(options.load_spec(config, variables)) if send_to else None)
    if not quiet:
        click.echo("no run came: the pages say that they are out of date" if old else "nothing to say")
    raise click.exceptions.Exit(exits.DEVIATION if old else exits.OK)
