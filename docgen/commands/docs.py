"""``docgen docs``: documents that were written by hand, against what is there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from docgen import exits
from docgen.commands import options

if TYPE_CHECKING:
    from checks.sources.worktree import Worktree
    from checks.spec import Spec
    from docgen.documents.reality import Checked

FORMATS = ["text", "md", "json"]
FOLDERS = ("docs", "doc", "documentation")
"""Where documents usually are."""
_LEFT_OUT = {
    "node_modules",
    "vendor",
    "fixtures",
    "testdata",
    "test-data",
    "__snapshots__",
    "site-packages",
    ".git",
}
_EPILOG = (
    "Exit codes: 0 every statement that can be judged holds; 1 something drifted; 2 wrong usage, or an invalid spec; "
    "3 nothing could be judged, or a document could not be read."
)


@click.command("docs", epilog=_EPILOG)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--format", "-f", "format_", type=click.Choice(FORMATS), help="Default: text, or by the ending of -o."
)
@click.option("--verbose", "-v", is_flag=True, help="Also what holds, and what was not judged and why.")
@click.option(
    "--repair",
    "file",
    metavar="FILE",
    help="Only print FILE with its double-encoded UTF-8 undone; the file itself stays as it is.",
)
@click.option("--output", "-o", metavar="PATH", help="Write to a file instead of standard output.")
@options.language
@options.config
def command(
    paths: tuple[str, ...],
    format_: str | None,
    verbose: bool,
    file: str | None,
    output: str | None,
    lang: str | None,
    config: str | None,
    variables: tuple[str, ...],
) -> None:
    """What documents say against what is there: Markdown, HTML and JSON that somebody wrote.

    Paths, links and anchors, ranges of lines, quoted code, commits and checksums are held against the checkout that the
    documents are in and against its past. PATH is a document or a folder; default: the documents beside docgen.yml and
    in docs. Nothing is fetched. What cannot be judged is counted, and does not count as wrong.

    With --repair, double-encoded UTF-8 in a document is undone, whatever the layers, also where only parts are affected.
    What cannot be decided, because a byte is gone, is shown as U+FFFD and counted; the exit code is 3 then, or where FILE
    is not UTF-8.
    """
    if file is not None:
        if paths or format_ or verbose:
            raise click.UsageError("--repair takes only -o.")
        _repair(file, output)
        return
    from docgen.i18n import Translator
    from docgen.renderers import reality

    spec = _spec(config, variables)
    checked = _checked(spec, paths)
    t = Translator(lang or (spec.language if spec else "en"))
    format_ = format_ or options.by_ending(output, FORMATS)
    if format_ == "text":
        made = reality.text(checked, t, verbose=verbose)
    else:
        made = reality.markdown(checked, t) if format_ == "md" else reality.data(checked, t)
    options.write(made, output)
    raise click.exceptions.Exit(_code(checked))


def _spec(config: str | None, variables: tuple[str, ...]) -> Spec | None:
    """The spec, where there is one: documents of a repository without any can be looked at, too."""
    if config is None:
        try:
            options.find(None)
        except click.UsageError:
            return None
    return options.load_spec(config, variables)


def _code(checked: Checked) -> int:
    from checks.knowledge.documents.findings import count
    from checks.model import Verdict

    if count(checked.findings, Verdict.DEVIATES):
        return exits.DEVIATION
    unread = any(one.sort == "unread" for one in checked.findings)
    if unread or not count(checked.findings, Verdict.CONFORM):
        return exits.UNDETERMINED
    return exits.OK


def _checked(spec: Spec | None, paths: tuple[str, ...]) -> Checked:
    from checks import clock
    from checks.knowledge.documents.judge import judged
    from checks.sources.worktree import Worktree, root_of
    from docgen.documents.reality import Checked

    here = Path(paths[0]) if paths else Path(spec.folder if spec else ".")
    if not here.exists():
        raise click.UsageError(f"{here} does not exist.")
    folder = here if here.is_dir() else here.parent
    root = root_of(folder)
    if root is None:
        click.echo(
            f"docgen: {folder} is in no checkout that git can read; there is no past to look into.", err=True
        )
    world = Worktree(root or folder.resolve(), known=root is not None)
    documents = _documents(world, root or folder.resolve(), paths, here)
    found = judged(documents, world)
    return Checked(tuple(documents), tuple(found), clock.now(), world.head)


def _documents(world: Worktree, root: Path, paths: tuple[str, ...], here: Path) -> list[str]:
    """The documents in `paths`, or those that are usual, from the root of the checkout."""
    from checks.knowledge.documents.judge import is_document

    found: list[str] = []
    for path in paths:
        place = Path(path)
        if not place.exists():
            raise click.UsageError(f"{path} does not exist.")
        resolved = place.resolve()
        if not resolved.is_relative_to(root.resolve()):
            raise click.UsageError(f"{path} is not in the checkout {root}, as the others are.")
        name = resolved.relative_to(root.resolve()).as_posix()
        if place.is_dir():
            inside = world.below("" if name == "." else name)
            found += [one for one in inside if is_document(one) and not _LEFT_OUT & set(one.split("/"))]
        else:
            found.append(name)
    if not paths:
        base = here.resolve().relative_to(root.resolve()).as_posix()
        base = "" if base == "." else f"{base}/"
        for one in world.below(base.rstrip("/")):
            own = one.removeprefix(base)
            usual = own.split("/", 1)[0] in FOLDERS or ("/" not in own and not own.endswith(".json"))
            if usual and is_document(one) and not _LEFT_OUT & set(one.split("/")):
                found.append(one)
    if not found:
        raise click.UsageError("There is no document. Name a file or a folder.")
    return list(dict.fromkeys(found))


def _repair(file: str, output: str | None) -> None:
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
