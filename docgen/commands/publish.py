"""``docgen publish``: the nightly run: collect, evaluate, render everything, switch the hub."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from docgen import exits
from docgen.commands import options


@click.command("publish", epilog="\b\nExit codes:\n" + exits.help_text())
@click.option("--to", "target", default="hub", metavar="DIR", help="The folder of the hub. Default: hub.")
@click.option("--from", "from_", metavar="SNAPSHOT", help="Use a saved snapshot; nothing is contacted.")
@click.option(
    "--pdf/--no-pdf", default=True, help="Whether each document is there as a PDF, too. Default: yes."
)
@click.option("--quiet", "-q", is_flag=True, help="Only errors.")
@options.config
def command(
    target: str, from_: str | None, pdf: bool, quiet: bool, config: str | None, variables: tuple[str, ...]
) -> None:
    """Publish the documentation hub into a folder.

    Everything is collected, then rendered, then verified; only then readers see it, all at once: DIR/current leads to
    the new release. Where something fails, the hub that was there stays. A web server serves DIR/current.
    """
    from checks import snapshot as snapshots
    from docgen.commands.status import collect_with_progress
    from docgen.hub.build import build, known
    from docgen.hub.folder import Busy, Folder
    from docgen.hub.verify import problems
    from docgen.i18n import untranslated

    spec = options.load_spec(config, variables)
    hub = Folder(Path(target))
    try:
        with hub.locked():
            if from_:
                snapshot = snapshots.read(Path(from_))
                there = {e.name for e in spec.environments}
                spec = options.select(spec, tuple(e for e in snapshot.environments if e in there))
            else:
                snapshot = collect_with_progress(spec)
            before = hub.current()
            kept = [night for night in known(before) if night.collected_at < snapshot.collected_at]
            with untranslated() as lacking:
                made = build(
                    spec,
                    snapshot,
                    kept,
                    options.pairs(variables),
                    hub.cache if pdf else None,
                    _tell,
                    hub.cache / "documents",
                )
            files: dict[str, bytes | Path] = {**made.files}
            carried = _carried(before)
            wrong = [*problems(made.files, carried), *(f"not translated: {one!r}" for one in lacking())]
            _tell("")
            if wrong:
                for one in wrong[:20]:
                    click.echo(f"docgen: {one}", err=True)
                click.echo(f"docgen: {len(wrong)} faults in the pages; nothing was published.", err=True)
                raise click.exceptions.Exit(exits.INTERNAL)
            for name, place in carried.items():
                files.setdefault(name, place)
            release = hub.publish(_id(snapshot.collected_at), files)
    except Busy as error:
        click.echo(f"docgen: {error}", err=True)
        raise click.exceptions.Exit(exits.BUSY) from error
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        click.echo(f"docgen: {where}{error.strerror or error}; nothing was published.", err=True)
        raise click.exceptions.Exit(exits.INTERNAL) from error
    if not made.searchable:
        click.echo("docgen: pagefind is not installed: the hub has no search. See docgen[search].", err=True)
    if not quiet:
        click.echo(f"{release}: {len(files)} files")
    raise click.exceptions.Exit(exits.of(made.report))


def _id(moment: str) -> str:
    """The name of a release: it sorts by time."""
    return moment.split(".")[0].replace("-", "").replace(":", "").rstrip("Z") + "Z"


def _carried(before: Path | None) -> dict[str, Path]:
    """What the new release takes over: the nights, and the static files that pages in somebody's browser still ask for."""
    from docgen.hub import nights
    from docgen.hub.rules import ASSETS

    if before is None:
        return {}
    kept = sorted((before / nights.FOLDER).glob("*.json"))[-nights.SHOWN + 1 :]
    places = [*kept, *(before / ASSETS.strip("/")).glob("*")]
    return {str(place.relative_to(before)): place for place in places}


def _tell(what: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{what}", nl=False, err=True)
