"""``docgen demo``: a real run over a small world of its own."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from docgen.commands import options

if TYPE_CHECKING:
    from checks.model import Report


@click.command("demo")
@click.option(
    "--output",
    "-o",
    metavar="DIR",
    help="Where to put everything. Default: a new folder for temporary files.",
)
@click.option(
    "--lang", type=click.Choice(["de", "en"]), default="en", show_default=True, help="Language of the report."
)
@click.option("--verbose", "-v", is_flag=True, help="SOLL and IST of every check, all next steps.")
def command(output: str | None, lang: str, verbose: bool) -> None:
    """A real run over a small world: staging and production of a web application, as files and web servers
    of this machine.

    Some faults are in it on purpose. Nothing is changed outside the folder, nothing is left running.
    """
    from docgen.demo.run import prepare, run, save

    folder = prepare(Path(output) if output else None)
    options.write(
        f"A small world with faults put in on purpose, collected and judged for real.\nIt lies in {folder}\n\n",
        None,
    )
    snapshot, report = run(folder, lang)
    from docgen.commands.status import rendered

    options.write(rendered(report, "text", lang, None, verbose=verbose), None)
    save(folder, snapshot, report, lang)
    options.write("\n".join(_next(folder, report)) + "\n", None)


def _next(folder: Path, report: Report) -> list[str]:
    spec, saved = (shlex.quote(str(folder / name)) for name in ("docgen.yml", "snapshot.json"))
    failed = next((r.id for r in report.results() if r.status.value == "fail"), report.results()[0].id)
    return [
        "",
        f"The same as a page:  {(folder / 'status.html').as_uri()}",
        f"What was declared:   {folder / 'docgen.yml'}",
        "",
        "Try next:",
        f"  docgen status -c {spec} --from {saved} -v",
        f"  docgen explain -c {spec} --from {saved} {shlex.quote(failed.split('@')[0])}",
        f"  docgen plan -c {spec}",
        "",
        "The demo's web servers have ended; --from judges again what they answered.",
    ]
