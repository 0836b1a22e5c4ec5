"""``docgen demo``: a real run over a small world of its own."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

import click

from docgen import exits
from docgen.commands import options


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
@click.option(
    "--state",
    type=click.Choice(["blocked", "repaired", "deployed"]),
    default="blocked",
    show_default=True,
    help="How far the world has got: staging stopped half way, staging done, production done.",
)
@click.option("--verbose", "-v", is_flag=True, help="SOLL and IST of every check, all next steps.")
def command(output: str | None, lang: str, state: str, verbose: bool) -> None:
    """A real run over a small world: staging and production of a web application, as files and web servers
    of this machine.

    Some faults are in it on purpose. Nothing is changed outside the folder, nothing is left running.
    """
    from docgen.commands.status import rendered
    from docgen.demo.run import as_meant, prepare, run, save

    folder = prepare(Path(output) if output else None)
    options.write(
        "A small world with some faults put in on purpose, looked at as any server would be.\n\n", None
    )
    snapshot, report = run(folder, lang, state)
    options.write(rendered(report, "text", lang, None, verbose=verbose), None)
    save(folder, snapshot, report, lang)
    options.write("\n".join(_next(folder)) + "\n", None)
    if not as_meant(report, state):
        click.echo("docgen: the demo did not come out as it was meant to; see the report above.", err=True)
        raise click.exceptions.Exit(exits.INTERNAL)


def _next(folder: Path) -> list[str]:
    spec, saved = (shlex.quote(str(folder / name)) for name in ("docgen.yml", "snapshot.json"))
    docgen = _typed()
    return [
        "",
        f"The same as a page:  {(folder / 'status.html').as_uri()}",
        f"What was declared:   {folder / 'docgen.yml'}",
        "",
        "Try next:",
        f"  {docgen} status -c {spec} --from {saved} -v",
        f"  {docgen} explain -c {spec} --from {saved} permissions-fix",
        f"  {docgen} plan -c {spec}",
        "",
        "The demo's web servers have ended. What they answered is in the snapshot, which --from judges again.",
    ]


def _typed() -> str:
    """How this program is called here: `docgen` where that is found, else what was typed."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        return f"{shlex.quote(sys.executable)} -m docgen"
    found = shutil.which("docgen")
    if found and Path(found).resolve() == called.resolve():
        return "docgen"
    return shlex.quote(sys.argv[0])
