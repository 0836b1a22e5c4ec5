"""``docgen publish``: the nightly run: collect, evaluate, render everything, switch the hub."""

from __future__ import annotations

import errno
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from checks.errors import DocgenError
from docgen import exits
from docgen.commands import options

if TYPE_CHECKING:
    from checks.model import Report, Snapshot
    from checks.spec import Spec
    from docgen.hub.attempt import Attempt, Away
    from docgen.hub.folder import Folder
    from docgen.hub.manifest import Stored
    from docgen.hub.nights import Night
    from docgen.pdf.sign import Seal


@click.command("publish", epilog="\b\nExit codes:\n" + exits.help_text())
@options.destination
@click.option("--from", "from_", metavar="SNAPSHOT", help="Use a saved snapshot; nothing is contacted.")
@click.option(
    "--pdf/--no-pdf", default=True, help="Whether each document is there as a PDF, too. Default: yes."
)
@click.option(
    "--htpasswd", metavar="FILE", help="Also remove the accounts whose time is over from this file."
)
@click.option("--quiet", "-q", is_flag=True, help="Only errors.")
@options.sign
@options.config
def command(
    target: str,
    work: str | None,
    from_: str | None,
    pdf: bool,
    htpasswd: str | None,
    signed: bool | None,
    quiet: bool,
    config: str | None,
    variables: tuple[str, ...],
) -> None:
    """Publish the documentation hub into a folder, here or on a web server.

    Everything is collected, then rendered, then verified; only then readers see it, all at once: DIR/current leads to
    the new release. Where something fails, the hub that was there stays, and its pages say so. A web server serves
    DIR/current.
    """
    from checks import snapshot as snapshots
    from docgen.hub.folder import Busy, Unheard
    from docgen.hub.stopping import Stopped, stoppable

    began = time.monotonic()
    try:
        with stoppable():
            hub, send_to = options.places(target, work)
            with _marked_where_wrong(hub, far=send_to is not None):
                spec = options.load_spec(config, variables)
                given = snapshots.read(Path(from_)) if from_ else None
                seal = options.seal(spec, signed, str(hub.path)) if pdf else None
            _prune(htpasswd)
            far = send_to(spec) if send_to else None
            with _own_work(hub):
                made = _run(hub, far, spec, given, options.pairs(variables), pdf, seal)
    except Busy as error:
        click.echo(f"docgen: {error}", err=True)
        raise click.exceptions.Exit(exits.BUSY) from error
    except Stopped as error:
        said = exits.TABLE[error.code].partition(" (")[0].capitalize()
        click.echo(f"docgen: {said}; nothing was published.", err=True)
        raise click.exceptions.Exit(error.code) from error
    except Unheard as error:
        click.echo(f"docgen: {error}.", err=True)
        raise click.exceptions.Exit(exits.INTERNAL) from error
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        click.echo(f"docgen: {where}{error.strerror or error}; nothing was published.", err=True)
        raise click.exceptions.Exit(exits.INTERNAL) from error
    code = exits.of(made.report)
    if not quiet:
        took = time.monotonic() - began
        click.echo(f"{made.said} in {took:.1f} s; {made.report.overall.value}, exit code {code}")
    raise click.exceptions.Exit(code)


class _Made(NamedTuple):
    """``said``: what became of it, for a log."""

    report: Report
    before: Night | None
    said: str


def _run(
    hub: Folder,
    far: Away | None,
    spec: Spec,
    given: Snapshot | None,
    variables: dict[str, str],
    pdf: bool,
    seal: Seal | None,
) -> _Made:
    from docgen.commands.status import collect_with_progress
    from docgen.hub.attempt import attempt
    from docgen.hub.telling import Telling

    telling = Telling(spec, _say)
    with attempt(hub, far, telling.starts, telling.fails, _say) as run:
        if given:
            there = {e.name for e in spec.environments}
            spec = options.select(spec, tuple(e for e in given.environments if e in there))
        snapshot = given or collect_with_progress(spec)
        made = _published(hub, run, spec, snapshot, variables, pdf, seal)
    telling.ends(run.run, made.report, made.before)
    return made


def _published(
    hub: Folder,
    run: Attempt,
    spec: Spec,
    snapshot: Snapshot,
    variables: dict[str, str],
    pdf: bool,
    seal: Seal | None,
) -> _Made:
    """Renders, verifies and switches."""
    from checks.clock import now
    from docgen.compiled import kept as kept_compiled
    from docgen.hub.attempt import Faulty
    from docgen.hub.build import build, known
    from docgen.hub.manifest import FILE as MANIFEST
    from docgen.hub.manifest import manifest
    from docgen.hub.verify import problems
    from docgen.i18n import untranslated

    before = hub.newest()
    kept = [
        night for night in known(before, snapshot.collected_at) if night.collected_at < snapshot.collected_at
    ]
    with kept_compiled(), untranslated() as lacking:
        made = build(
            spec,
            snapshot,
            kept,
            variables,
            hub.cache if pdf else None,
            _tell,
            seal,
            hub.cache / "documents",
            before,
        )
    files: dict[str, bytes | Path] = {
        **made.files,
        **run.run.published(now(), exits.of(made.report)).files,
    }
    carried = {
        name: one
        for name, one in {**_carried(before, snapshot.collected_at), **made.kept}.items()
        if name not in files
    }
    files |= {name: one.place for name, one in carried.items()}
    files[MANIFEST] = manifest(made.report, {**made.files, **carried})
    _tell("verifying")
    wrong = [*problems(made.files, files), *(f"not translated: {one!r}" for one in lacking())]
    if wrong:
        _tell("")
        for one in wrong[:20]:
            click.echo(f"docgen: {one}", err=True)
        raise Faulty(f"{len(wrong)} faults in the pages")
    if not made.searchable:
        _say("docgen: pagefind is not installed: the hub has no search. See docgen[search].")
    for line in made.said:
        _say(f"docgen: {line}")
    _tell("publishing")
    release = hub.publish(_id(run.run.began), files)
    said = f"{release}: {len(files)} files"
    if run.send:
        sent = run.send(release)
        said = f"{run.where}: {len(files)} files, {sent} of them sent,"
    _tell("")
    return _Made(made.report, kept[-1] if kept else None, said)


@contextmanager
def _marked_where_wrong(hub: Folder, *, far: bool) -> Iterator[None]:
    """A spec or a snapshot that cannot be used is a run that failed, too, where there is a hub already. How to reach a web
    server stands in that very spec."""
    from checks.clock import now
    from checks.snapshot import Altered
    from docgen.hub.attempt import failed
    from docgen.hub.folder import Busy
    from docgen.hub.run import begun

    try:
        yield
    except (DocgenError, click.UsageError) as error:
        if hub.there and not far:
            try:
                with hub.locked():
                    code = exits.INTERNAL if isinstance(error, Altered) else exits.USAGE
                    its = begun(now(), hub.last()).failed(now(), code, "what it was given cannot be used")
                    failed(hub, None, its, _say)
            except Busy:
                raise error from None  # the run under way says how it ends
        raise


@contextmanager
def _own_work(hub: Folder) -> Iterator[None]:
    """What fails here is nothing that the caller has given."""
    from docgen.hub.folder import Busy

    try:
        yield
    except Busy:
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):  # which names no file where one was open already
            error.filename = error.filename or str(hub.path)
        raise
    except DocgenError as error:
        _say(f"docgen: {error}; nothing was published.")
        raise click.exceptions.Exit(exits.INTERNAL) from error


def _prune(file: str | None) -> None:
    """Removes the accounts whose time is over; a hub that cannot do that is published all the same."""
    if file is None:
        return
    from docgen.hub import htpasswd

    try:
        if gone := htpasswd.prune(Path(file)):
            _say(f"docgen: {file}: removed, since their time is over: {', '.join(gone)}.")
    except (DocgenError, OSError) as error:
        _say(f"docgen: {file}: no account was removed: {error}")


def _id(moment: str) -> str:
    """The name of a release: it sorts by time."""
    return moment.split(".")[0].replace("-", "").replace(":", "").rstrip("Z") + "Z"


def _carried(before: Path | None, until: str) -> dict[str, Stored]:
    """What the new release takes over: the nights, and the static files that pages in somebody's browser still ask for."""
    from docgen.hub import nights
    from docgen.hub.manifest import stored
    from docgen.hub.rules import ASSETS

    if before is None:
        return {}
    places = [*nights.kept(before / nights.FOLDER, until), *(before / ASSETS.strip("/")).glob("*")]
    return {str(place.relative_to(before)): stored(place) for place in places}


def _say(line: str) -> None:
    _tell("")
    click.echo(line, err=True)


def _tell(what: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{what}", nl=False, err=True)
