"""``docgen schema``: the JSON Schema of docgen.yml."""

from __future__ import annotations

import json

import click

from docgen.commands import options


@click.command("schema")
@click.option("--output", "-o", metavar="PATH", help="Write to a file instead of standard output.")
def command(output: str | None) -> None:
    """The JSON Schema of docgen.yml, with every kind of check.

    Editors use it when the first line of docgen.yml is
    `# yaml-language-server: $schema=docgen.schema.json`.
    """
    from checks.spec.schema import schema

    options.write(json.dumps(schema(), ensure_ascii=False, indent=2) + "\n", output)
