"""``docgen hub rollback``: back to the hub before the one that is live."""

from __future__ import annotations

from pathlib import Path

import click

from docgen import exits


@click.command("rollback")
@click.option("--to", "target", default="hub", metavar="DIR", help="The folder of the hub. Default: hub.")
def command(target: str) -> None:
    """Go back to the release before the one that readers see; nothing is rendered, and nothing is lost."""
    from docgen.hub.folder import Busy, Folder, NoRelease

    hub = Folder(Path(target))
    if not (Path(target) / "releases").is_dir():
        raise click.UsageError(f"{target} is no hub; `docgen publish --to {target}` makes one.")
    try:
        with hub.locked():
            click.echo(str(hub.rollback()))
    except Busy as error:
        click.echo(f"docgen: {error}", err=True)
        raise click.exceptions.Exit(exits.BUSY) from error
    except NoRelease as error:
        click.echo(f"docgen: {error}", err=True)
        raise click.exceptions.Exit(exits.DEVIATION) from error
