"""``docgen guide``: the documents that a team would otherwise write by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from docgen import exits
from docgen.commands import options
from docgen.documents import DOCUMENTS

if TYPE_CHECKING:
    from docgen.documents.interface import Kind, NotYet

FORMATS = ["md", "html", "pdf"]


class _Guides(click.Group):
    """A command for each document; the guide to sudo can also judge files, without a server."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(DOCUMENTS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name == "sudo":
            from docgen.commands import guide_sudo

            return guide_sudo.command
        return _command(name) if name in DOCUMENTS else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in DOCUMENTS:
            from difflib import get_close_matches

            near = get_close_matches(name, DOCUMENTS, 1)
            more = f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(sorted(DOCUMENTS))}."
            raise click.UsageError(f"No document is called {name}.{more}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(DOCUMENTS.items()))


@click.group("guide", cls=_Guides)
def command() -> None:
    """Write a document from what is declared and what is found: a guide, a report, a summary.

    A document says nothing that was not found out; where it could not be written truthfully it is refused, with what
    is missing.
    """


def _command(name: str) -> click.Command:
    from docgen.documents import document

    kind = document(name)

    @click.command(
        name,
        help=f"{DOCUMENTS[name]}\n\nThe exit code is 0 where it was written, whatever stands in it; 1 where it is refused, "
        "because what it would say is not so.",
    )
    @click.option(
        "--env",
        "-e",
        "environment",
        metavar="ENV",
        help="The environment it is about."
        + (" Needed where there are several." if kind.one_environment else " Default: all."),
    )
    @click.option(
        "--format", "-f", "format_", type=click.Choice(FORMATS), help="Default: md, or by the ending of -o."
    )
    @click.option("--output", "-o", metavar="PATH", help="Write to a file instead of standard output.")
    @click.option(
        "--templates",
        metavar="DIR",
        help="Your own document.html.j2 and document.css, for HTML and PDF.",
    )
    @click.option("--from", "from_", metavar="SNAPSHOT", help="Use a saved snapshot; nothing is contacted.")
    @click.option(
        "--evidence",
        metavar="PAGE",
        help="The status page of the same snapshot: the numbers beside a status lead there. Default: to the end of the "
        "document itself (HTML and PDF).",
    )
    @options.supersedes
    @options.sign
    @options.language
    @options.config
    def write(**given: Any) -> None:
        write_document(name, kind, **given)

    made: click.Command = write
    return made


def write_document(
    name: str,
    kind: Kind,
    environment: str | None,
    format_: str | None,
    output: str | None,
    templates: str | None,
    from_: str | None,
    supersedes: str | None,
    signed: bool | None,
    lang: str | None,
    config: str | None,
    variables: tuple[str, ...],
    evidence: str | None = None,
) -> None:
    """Collects, or reads a snapshot, and writes the document `name` of `kind`; the options are those of the command."""
    from checks import snapshot as snapshots
    from checks.evaluate import evaluate
    from docgen.commands.status import collect_with_progress
    from docgen.documents.interface import NotYet, Source
    from docgen.renderers.document import render
    from docgen.renderers.document.notes import places

    format_ = format_ or options.by_ending(output, FORMATS)
    options.no_terminal(format_, output)
    options.only_for_pdf(supersedes, format_)
    if templates and format_ == "md":
        raise click.UsageError("--templates is for HTML and PDF; Markdown has no template.")
    if evidence and format_ == "pdf":
        raise click.UsageError("--evidence is for HTML and Markdown; a PDF carries its evidence with it.")
    if templates and not Path(templates).is_dir():
        raise click.UsageError(f"{templates} is no folder.")
    spec = options.load_spec(config, variables)
    seal = options.seal(spec, signed) if format_ == "pdf" else None
    before = options.superseded(supersedes, name, spec.project)
    known = [e.name for e in spec.environments]
    if kind.one_environment and environment is None:
        if len(known) != 1:
            raise click.UsageError(f"Which environment? Name one with --env: {', '.join(known)}.")
        environment = known[0]
    if environment:
        options.select(spec, (environment,))  # only that it is one: what it waits for may be elsewhere
    if from_:
        snapshot = snapshots.read(Path(from_))
        seen = tuple(name for name in known if name in snapshot.environments)
        if environment and environment not in seen:
            raise click.UsageError(
                f"{from_} holds nothing of {environment}; collect it again without --from."
            )
        spec = options.select(spec, seen)
    else:
        snapshot = collect_with_progress(spec)
    report = evaluate(spec, snapshot)
    try:
        document = kind.compose(Source(spec, snapshot, report, environment))
    except NotYet as refused:
        from docgen.translated import translated_refusal

        _say(translated_refusal(refused, report, lang or report.language), lang or report.language)
        raise click.exceptions.Exit(exits.DEVIATION) from refused
    made_of = None
    if format_ == "pdf":
        from docgen.pdf.carried import origin

        made_of = origin(spec, snapshot, options.pairs(variables), *before)
    at = places(report, evidence) if evidence else {}
    made = render(document, report, format_, lang, templates, origin=made_of, seal=seal, evidence=at)
    options.write(made, output)


def _say(refused: NotYet, language: str) -> None:
    """Why a document was refused, and what is missing."""
    from docgen.i18n import Translator
    from docgen.renderers.printable import one_line

    t = Translator(language)
    click.echo(f"docgen: {one_line(t.plain(refused.why))}", err=True)
    for point in refused.lacking:
        said = t.plain(point.text) + (f": {t.plain(point.mark.text)}" if point.mark else "")
        note = f" – {t.plain(point.note)}" if point.note is not None else ""
        click.echo(one_line(f"  {said}{note}"), err=True)
