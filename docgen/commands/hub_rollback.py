"""``docgen hub rollback``: back to the hub before the one that is live."""

from __future__ import annotations

from pathlib import Path

import click

from docgen import exits
from docgen.commands import options


@click.command("rollback")
@click.option(
    "--to",
    "target",
    default="hub",
    metavar="DIR|ssh://HOST/DIR|s3://BUCKET/PREFIX",
    help="The folder of the hub, as of `docgen publish`. Default: hub.",
)
@options.config
def command(target: str, config: str | None, variables: tuple[str, ...]) -> None:
    """Go back to the release before the one that readers see; nothing is rendered, and nothing is lost.

    How to reach a web server stands in the spec; for a folder here, none is read.
    """
    from docgen.hub.folder import Folder, NoRelease

    hub = Folder(Path(target))
    if "://" not in target and not hub.there:
        raise click.UsageError(f"{target} is no hub; `docgen publish --to {target}` makes one.")
    try:
        with options.at_hub():
            if "://" in target:
                with options.away(target)(options.load_spec(config, variables)).locked() as there:
                    click.echo(f"{there.where}: {there.back()}")
                return
            with hub.locked():
                click.echo(str(hub.rollback()))
    except NoRelease as error:
        click.echo(f"docgen: {error}", err=True)
        raise click.exceptions.Exit(exits.USAGE) from error
