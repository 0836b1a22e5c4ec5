"""``docgen schema``: the JSON Schemas of docgen.yml and of the files that docgen writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from docgen.commands import options

PUBLISHED = Path(__file__).parent.parent / "schemas"
"""The contracts of what docgen writes: kept by hand, since programs rely on them, not made from our own types."""


@click.command("schema")
@click.argument("what", type=click.Choice(["spec", "report", "snapshot"]), default="spec")
@click.option("--output", "-o", metavar="PATH", help="Write to a file instead of standard output.")
def command(what: str, output: str | None) -> None:
    """The JSON Schema of docgen.yml (spec), or of a report or snapshot as JSON.

    Editors use that of docgen.yml, which has every kind of check, when the first line of docgen.yml is
    `# yaml-language-server: $schema=docgen.schema.json`.
    """
    options.write(json.dumps(schema(what), ensure_ascii=False, indent=2) + "\n", output)


def schema(what: str) -> dict[str, Any]:
    """The JSON Schema of the `spec`, a `report` or a `snapshot`."""
    if what == "spec":
        from checks.spec import schema as spec

        return spec.schema()
    found: dict[str, Any] = json.loads((PUBLISHED / f"{what}.json").read_text("utf-8"))
    return found
