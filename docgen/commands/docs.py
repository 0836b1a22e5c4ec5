"""``docgen docs``: documents that were written by hand, against what is there."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from docgen import exits
from docgen.commands import options

if TYPE_CHECKING:
    from collections.abc import Callable

    from checks.model import Report, Snapshot
    from checks.spec import Spec
    from docgen.documents.reality import Checked
    from docgen.i18n import Translator

FORMATS = ["text", "html", "md", "json", "pdf"]
_EPILOG = (
    "Exit codes: 0 every statement that can be judged holds; 1 something drifted; 2 wrong usage, or an invalid spec; "
    "3 nothing could be judged, or a document could not be read."
)


@click.command("docs", epilog=_EPILOG)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--format", "-f", "format_", type=click.Choice(FORMATS), help="Default: text, or by the ending of -o."
)
@click.option(
    "--env",
    "-e",
    "environment",
    metavar="ENV",
    help="Only the expected documents of this environment, and of none.",
)
@click.option("--from", "from_", metavar="SNAPSHOT", help="Use a saved snapshot; nothing is contacted.")
@click.option("--strict", is_flag=True, help="The exit code is 1 for a claim that is false, too.")
@click.option("--verbose", "-v", is_flag=True, help="Also what holds, and what was not judged and why.")
@click.option(
    "--repair",
    "file",
    metavar="FILE",
    help="Only print FILE with its double-encoded UTF-8 undone; the file itself stays as it is.",
)
@click.option(
    "--render",
    "shown",
    metavar="FILE",
    help="Print the Markdown document FILE as readers should see it: what no longer holds at its top, claims with their "
    "verdicts, double-encoded UTF-8 undone.",
)
@click.option(
    "--evidence",
    metavar="PAGE",
    default="status.html",
    show_default=True,
    help="With --render: the report that claims lead to.",
)
@click.option("--output", "-o", metavar="PATH", help="Write to a file instead of standard output.")
@options.language
@options.config
def command(
    paths: tuple[str, ...],
    format_: str | None,
    environment: str | None,
    from_: str | None,
    strict: bool,
    verbose: bool,
    file: str | None,
    shown: str | None,
    evidence: str,
    output: str | None,
    lang: str | None,
    config: str | None,
    variables: tuple[str, ...],
) -> None:
    """What documents say against what is there: Markdown, HTML and JSON that somebody wrote.

    Paths, links and anchors, ranges of lines, quoted code, commits and checksums are held against the checkout that the
    documents are in and against its past; runs against GitHub or its saved answers, claims ({{ claim: NAME }}) against the
    report. Where docgen.yml says which documents should exist, those that are missing, incomplete or older than what they
    describe are named. PATH is a document or a folder; default: the documents beside docgen.yml and
    in docs. No link is fetched; hosts are asked only where a claim or a missing guide needs
    it. What cannot be judged is counted, and does not count as wrong.

    With --repair, double-encoded UTF-8 in a document is undone, whatever the layers, also where only parts are affected.
    What cannot be decided, because a byte is gone, is shown as U+FFFD and counted; the exit code is 3 then, or where FILE
    is not UTF-8.
    """
    if file is not None:
        if paths or format_ or verbose or strict or from_ or environment or shown:
            raise click.UsageError("--repair takes only -o.")
        _repair(file, output)
        return
    if shown is not None:
        if paths or format_ or verbose:
            raise click.UsageError("--render takes one file, and no format.")
        if not shown.lower().endswith((".md", ".markdown")):
            raise click.UsageError("--render is for Markdown.")
        paths = (shown,)
    from docgen.i18n import Translator
    from docgen.reality import NoDocument
    from docgen.reality import checked as held_against
    from docgen.renderers import reality

    spec = _spec(config, variables)
    if spec is None and (from_ or environment):
        options.find(config)
    if spec and environment:
        options.select(spec, (environment,))  # only that it is one
    collected = _collected(spec, from_) if spec else None
    try:
        checked = held_against(spec, paths, environment, collected, given=bool(from_))
    except NoDocument as error:
        raise click.UsageError(str(error)) from error
    if not checked.known:
        click.echo("docgen: git knows no checkout here; there is no past to look into.", err=True)
    t = Translator(lang or (spec.language if spec else "en"))
    if format_ == "pdf" and output in (None, "-") and sys.stdout.isatty():
        raise click.UsageError("A PDF is not for the terminal; name a file with -o.")
    format_ = format_ or options.by_ending(None if shown else output, FORMATS)
    made: str | bytes
    if shown is not None:
        made = _shown(shown, checked, t, evidence)
    elif format_ == "text":
        made = reality.text(checked, t, verbose=verbose)
    elif format_ in ("html", "pdf"):
        made = reality.page(checked, t, format_, spec.project if spec else "")
    else:
        made = reality.markdown(checked, t) if format_ == "md" else reality.data(checked, t)
    options.write(made, output)
    raise click.exceptions.Exit(_code(checked, strict))


def _shown(file: str, checked: Checked, t: Translator, evidence: str) -> str:
    from checks.knowledge.documents.page import read
    from docgen.renderers.noticed import markdown

    text = Path(file).read_bytes().decode("utf-8", "replace")
    return markdown(text, read(checked.documents[0], text), checked, t, evidence)


def _spec(config: str | None, variables: tuple[str, ...]) -> Spec | None:
    """The spec, where there is one: documents of a repository without any can be looked at, too."""
    if config is None:
        try:
            options.find(None)
        except click.UsageError:
            return None
    return options.load_spec(config, variables)


def _collected(spec: Spec, from_: str | None) -> Callable[[], tuple[Snapshot, Report]]:
    """What collects, or reads the snapshot `from_`, and judges it, once it is needed."""

    def collect() -> tuple[Snapshot, Report]:
        from checks import snapshot as snapshots
        from checks.evaluate import evaluate
        from docgen.commands.status import collect_with_progress

        if not from_:
            snapshot = collect_with_progress(spec)
            return snapshot, evaluate(spec, snapshot)
        snapshot = snapshots.read(Path(from_))
        seen = tuple(e.name for e in spec.environments if e.name in snapshot.environments)
        return snapshot, evaluate(options.select(spec, seen), snapshot)

    return collect


def _code(checked: Checked, strict: bool) -> int:
    from checks.model import Verdict

    wrong = [one for one in checked.findings if one.verdict is Verdict.DEVIATES]
    if any(strict or one.sort != "claim" for one in wrong):
        return exits.DEVIATION
    unread = any(one.sort == "unread" for one in checked.findings)
    if unread or not any(one.verdict is Verdict.CONFORM or one in wrong for one in checked.findings):
        return exits.UNDETERMINED
    return exits.OK


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
