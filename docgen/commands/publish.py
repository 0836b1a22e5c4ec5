"""``docgen publish``: the nightly run: collect, evaluate, render everything, switch the hub."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from checks.errors import DocgenError
from docgen import exits
from docgen.commands import options

if TYPE_CHECKING:
    from checks.model import Report, Snapshot
    from checks.spec import Spec
    from docgen.hub.folder import Folder
    from docgen.hub.run import Run
    from docgen.pdf.sign import Seal


class _Faults(Exception):
    """The pages are not as they must be; it was said how."""


@click.command("publish", epilog="\b\nExit codes:\n" + exits.help_text())
@click.option("--to", "target", default="hub", metavar="DIR", help="The folder of the hub. Default: hub.")
@click.option("--from", "from_", metavar="SNAPSHOT", help="Use a saved snapshot; nothing is contacted.")
@click.option(
    "--pdf/--no-pdf", default=True, help="Whether each document is there as a PDF, too. Default: yes."
)
@click.option("--quiet", "-q", is_flag=True, help="Only errors.")
@options.sign
@options.config
def command(
    target: str,
    from_: str | None,
    pdf: bool,
    signed: bool | None,
    quiet: bool,
    config: str | None,
    variables: tuple[str, ...],
) -> None:
    """Publish the documentation hub into a folder.

    Everything is collected, then rendered, then verified; only then readers see it, all at once: DIR/current leads to
    the new release. Where something fails, the hub that was there stays, and its pages say so. A web server serves
    DIR/current.
    """
    from docgen.hub.folder import Busy, Folder
    from docgen.hub.stopping import Stopped, stoppable

    hub, began = Folder(Path(target)), time.monotonic()
    try:
        with stoppable():
            with _marked_where_wrong(hub):
                spec = options.load_spec(config, variables)
                seal = options.seal(spec, signed, target) if pdf else None
            with hub.locked(), _attempt(hub) as its, _scratch(hub.scratch):
                spec, snapshot = _snapshot(spec, from_)
                release, count, report = _published(
                    hub, its, spec, snapshot, options.pairs(variables), pdf, seal
                )
    except Busy as error:
        click.echo(f"docgen: {error}", err=True)
        raise click.exceptions.Exit(exits.BUSY) from error
    except Stopped as error:
        said = "Interrupted" if error.code == exits.INTERRUPTED else "Terminated"
        click.echo(f"docgen: {said}; nothing was published.", err=True)
        raise click.exceptions.Exit(error.code) from error
    except _Faults as error:
        raise click.exceptions.Exit(exits.INTERNAL) from error
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        click.echo(f"docgen: {where}{error.strerror or error}; nothing was published.", err=True)
        raise click.exceptions.Exit(exits.INTERNAL) from error
    code = exits.of(report)
    if not quiet:
        took = time.monotonic() - began
        click.echo(f"{release}: {count} files in {took:.1f} s; {report.overall.value}, exit code {code}")
    raise click.exceptions.Exit(code)


def _snapshot(spec: Spec, from_: str | None) -> tuple[Spec, Snapshot]:
    from checks import snapshot as snapshots
    from docgen.commands.status import collect_with_progress

    if not from_:
        return spec, collect_with_progress(spec)
    snapshot = snapshots.read(Path(from_))
    there = {e.name for e in spec.environments}
    return options.select(spec, tuple(e for e in snapshot.environments if e in there)), snapshot


def _published(
    hub: Folder,
    its: Run,
    spec: Spec,
    snapshot: Snapshot,
    variables: dict[str, str],
    pdf: bool,
    seal: Seal | None,
) -> tuple[Path, int, Report]:
    """Renders, verifies and switches; the release, how many files it has, and the report in it."""
    from checks.clock import now
    from docgen.hub.build import MANIFEST, build, known, taken_over
    from docgen.hub.verify import problems
    from docgen.i18n import untranslated

    before = hub.current()
    kept = [night for night in known(before) if night.collected_at < snapshot.collected_at]
    with untranslated() as lacking:
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
        **its.published(now(), exits.of(made.report)).files,
    }
    carried = {name: place for name, place in {**_carried(before), **made.kept}.items() if name not in files}
    files |= carried
    files[MANIFEST] = taken_over(made.files[MANIFEST], carried)
    wrong = [*problems(made.files, files), *(f"not translated: {one!r}" for one in lacking())]
    _tell("")
    if wrong:
        for one in wrong[:20]:
            click.echo(f"docgen: {one}", err=True)
        click.echo(f"docgen: {len(wrong)} faults in the pages; nothing was published.", err=True)
        raise _Faults
    if not made.searchable:
        click.echo("docgen: pagefind is not installed: the hub has no search. See docgen[search].", err=True)
    return hub.publish(_id(snapshot.collected_at), files), len(files), made.report


@contextmanager
def _attempt(hub: Folder) -> Iterator[Run]:
    """A run into `hub`, which says so of it from the beginning: a run that is killed can say no more."""
    from checks.clock import now
    from docgen.hub.run import begun

    its = begun(now(), hub.last())
    hub.mark(its)
    try:
        yield its
    except BaseException as error:
        _tell("")
        _mark_failed(hub, its, *_told(error))
        raise


@contextmanager
def _marked_where_wrong(hub: Folder) -> Iterator[None]:
    """A spec that cannot be used is a run that failed, too, where there is a hub already."""
    from checks.clock import now
    from docgen.hub.folder import Busy
    from docgen.hub.run import begun

    try:
        yield
    except (DocgenError, click.UsageError) as error:
        if hub.there:
            try:
                with hub.locked():
                    _mark_failed(hub, begun(now(), hub.last()), exits.USAGE, "the spec cannot be used")
            except Busy:
                raise error from None  # the run under way says how it ends
        raise


def _mark_failed(hub: Folder, its: Run, code: int, reason: str) -> None:
    from checks.clock import now

    try:
        hub.tidy()  # where the disk is full, this makes room for the mark
        hub.mark(its.failed(now(), code, reason))
    except OSError as error:
        click.echo(f"docgen: the pages cannot say that this run failed: {error.strerror}", err=True)


def _told(error: BaseException) -> tuple[int, str]:
    """The exit code of a run that ends with `error`, and why, in words that everybody may read."""
    from docgen.hub.stopping import Stopped

    if isinstance(error, Stopped):
        return error.code, "interrupted" if error.code == exits.INTERRUPTED else "terminated"
    if isinstance(error, _Faults):
        return exits.INTERNAL, "faults in the pages"
    if isinstance(error, OSError):
        known = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM)
        return exits.INTERNAL, os.strerror(error.errno) if known and error.errno else "a file or the network"
    if isinstance(error, DocgenError | click.ClickException):
        return exits.INTERNAL, "docgen could not do its work; its log says why"
    return exits.INTERNAL, "internal error"


@contextmanager
def _scratch(folder: Path) -> Iterator[None]:
    """Temporary files lie in `folder` meanwhile, where the next run removes what a killed one has left."""
    folder.mkdir(mode=0o700)
    before, tempfile.tempdir = (tempfile.tempdir, os.environ.get("TMPDIR")), str(folder.resolve())
    os.environ["TMPDIR"] = tempfile.tempdir  # what is started here makes its own there
    try:
        yield
    finally:
        tempfile.tempdir = before[0]
        os.environ.pop("TMPDIR")
        if before[1] is not None:
            os.environ["TMPDIR"] = before[1]


def _id(moment: str) -> str:
    """The name of a release: it sorts by time."""
    return moment.split(".")[0].replace("-", "").replace(":", "").rstrip("Z") + "Z"


def _carried(before: Path | None) -> dict[str, Path]:
    """What the new release takes over: the nights, and the static files that pages in somebody's browser still ask for."""
    from docgen.hub import nights
    from docgen.hub.rules import ASSETS

    if before is None:
        return {}
    places = [*nights.kept(before / nights.FOLDER), *(before / ASSETS.strip("/")).glob("*")]
    return {str(place.relative_to(before)): place for place in places}


def _tell(what: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{what}", nl=False, err=True)
