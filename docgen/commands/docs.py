"""``docgen docs``: documents that were written by hand."""

from __future__ import annotations

from pathlib import Path

import click

from docgen import exits
from docgen.commands import options


@click.command("docs")
@click.option(
    "--repair",
    "file",
    metavar="FILE",
    required=True,
    help="Print FILE with its double-encoded UTF-8 undone; the file itself stays as it is.",
)
@click.option("--output", "-o", metavar="PATH", help="Write to a file instead of standard output.")
def command(file: str, output: str | None) -> None:
    """Undo double-encoded UTF-8 in a document, whatever the layers, also where only parts are affected.

    What cannot be decided, because a byte is gone, is shown as U+FFFD and counted. A document without double encoding
    is printed as it is. The exit code is 3 where FILE is not UTF-8 or something stays undecided.
    """
    from checks.knowledge.documents.encoding import repaired

    try:
        text = Path(file).read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        click.echo(f"docgen: {file} is not UTF-8 (byte {error.start}); nothing was repaired.", err=True)
        raise click.exceptions.Exit(exits.UNDETERMINED) from error
    found = repaired(text)
    options.write(found.text if found else text, output)
    if found is None:
        click.echo("No double-encoded UTF-8 was found.", err=True)
        return
    said = f"{found.places} places repaired, {found.layers} layer(s), taken for {found.codec}"
    click.echo(f"{said}; {found.lost} undecided (U+FFFD).", err=True)
    raise click.exceptions.Exit(exits.UNDETERMINED if found.lost else exits.OK)
