"""``docgen status``: SOLL against IST."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from docgen import exits
from docgen.commands import options
from docgen.profile import Profile

if TYPE_CHECKING:
    from checks.model import Report, Snapshot
    from checks.spec import Spec
    from docgen.i18n import Translator
    from docgen.pdf.sign import Seal

FORMATS = ["text", "html", "md", "json", "pdf", "junit", "sarif", "nagios", "csv", "openmetrics", "github"]


@click.command("status", epilog="\b\nExit codes:\n" + exits.help_text())
@options.environments
@click.option(
    "--format", "-f", "format_", type=click.Choice(FORMATS), help="Default: text, or by the ending of -o."
)
@click.option("--output", "-o", metavar="PATH", help="Write to a file instead of standard output.")
@click.option("--save", metavar="SNAPSHOT", help="Also write the collected snapshot to this file.")
@click.option("--from", "from_", metavar="SNAPSHOT", help="Judge a saved snapshot; nothing is contacted.")
@click.option(
    "--fail-on",
    type=click.Choice(list(exits.FAIL_ON)),
    default="fail",
    show_default=True,
    help="The status from which the exit code is 1.",
)
@options.supersedes
@options.sign
@options.language
@options.config
@click.option("--verbose", "-v", is_flag=True, help="SOLL and IST of every check, all next steps.")
@click.option("--quiet", "-q", is_flag=True, help="One line per environment.")
@click.option("--profile", is_flag=True, help="Also say on standard error where the time went.")
def command(
    environments: tuple[str, ...],
    format_: str | None,
    output: str | None,
    save: str | None,
    from_: str | None,
    fail_on: str,
    supersedes: str | None,
    signed: bool | None,
    lang: str | None,
    config: str | None,
    variables: tuple[str, ...],
    verbose: bool,
    quiet: bool,
    profile: bool,
) -> None:
    """Declared state (SOLL) against observed state (IST), with evidence.

    Read-only: what may run on a server is listed by `docgen plan`.
    """
    from checks import snapshot as snapshots
    from checks.evaluate import evaluate

    format_ = format_ or options.by_ending(output, FORMATS)
    options.no_terminal(format_, output)
    options.only_for_pdf(supersedes, format_)
    if save and from_:
        raise click.UsageError("--save and --from exclude each other: a saved snapshot is already there.")
    watch = Profile()
    with watch.stage("read the spec"):
        spec = options.load_spec(config, variables)
        if not from_:
            spec = options.select(spec, environments)
        seal = options.seal(spec, signed) if format_ == "pdf" else None
        before = options.superseded(supersedes, "status", spec.project)
    with watch.stage("read the snapshot" if from_ else "collect"):
        if from_:
            snapshot = snapshots.read(Path(from_))
            known = {e.name for e in spec.environments}
            spec = options.select(spec, environments or tuple(e for e in snapshot.environments if e in known))
        else:
            snapshot = collect_with_progress(spec, ahead=format_)
            if save:
                snapshots.write(Path(save), snapshots.dump(snapshot))
    with watch.stage("evaluate"):
        report = evaluate(spec, snapshot)
    with watch.stage("render"):
        made: str | bytes
        if format_ == "pdf":
            made = _pdf(report, spec, snapshot, lang, output, options.pairs(variables), before, seal)
        else:
            made = rendered(report, format_, lang, output, verbose=verbose, quiet=quiet)
        options.write(made, output)
        if format_ == "github":
            options.step_summary(report, lang)
    if profile:
        click.echo(watch.text(snapshot, collected=not from_), err=True)
    _say_age(report, lang)
    code = exits.nagios(report.results()) if format_ == "nagios" else exits.of(report, fail_on)
    raise click.exceptions.Exit(code)


def _pdf(
    report: Report,
    spec: Spec,
    snapshot: Snapshot,
    lang: str | None,
    output: str | None,
    variables: dict[str, str],
    before: tuple[str, int],
    seal: Seal | None,
) -> bytes:
    """`report` as PDF; of a long one the overview, after the further parts were written beside it."""
    from concurrent.futures import ThreadPoolExecutor

    from docgen.pdf.carried import origin
    from docgen.renderers import pdf

    of = origin(spec, snapshot, variables, *before)
    parts = pdf.parts(report)
    if parts > 1 and output in (None, "-"):
        raise click.UsageError(f"The report takes {parts} files; name the first with -o.")
    with ThreadPoolExecutor(2) as pool:  # each waits for a process of its own
        made = list(pool.map(lambda part: pdf.render(report, lang, of, part, seal), range(1, parts + 1)))
    for part, content in enumerate(made[1:], 2):
        path = Path(output or "")
        options.write(content, str(path.with_name(f"{path.stem}-part-{part}{path.suffix}")))
    return made[0]


def collect_with_progress(spec: Spec, ahead: str = "text") -> Snapshot:
    """Collects; on a terminal, says on standard error what is still awaited. While the network answers, what
    rendering needs is imported."""
    import threading

    from checks.collect import collect
    from checks.spec.access import LOCAL

    _say_missing(spec)
    hosts = [host for environment in spec.environments for host in environment.hosts]
    waiting = {host.id for host in hosts}
    shown = sys.stderr.isatty()

    def progress(name: str) -> None:
        waiting.discard(name)
        if shown:
            said = f"waiting for {', '.join(sorted(waiting))}"[:78] if waiting else ""
            click.echo(f"\r\x1b[K{said}", nl=False, err=True)

    if shown and waiting:
        click.echo(f"\r\x1b[Kasking {', '.join(sorted(waiting))}"[:90], nl=False, err=True)
    far = any(host.ssh != LOCAL for host in hosts)
    threading.Thread(target=_warm, args=(ahead, far), daemon=True).start()
    try:
        return collect(spec, progress=progress)
    finally:
        if shown:
            click.echo("\r\x1b[K", nl=False, err=True)


def _say_missing(spec: Spec) -> None:
    """Says on standard error which secrets cannot be had, and why: a line for each that is needed, one for the rest."""
    from checks.sources.secrets import needed, resolve
    from docgen.i18n import Translator

    wanted, idle = needed(spec), []
    for name, reason in resolve(spec).missing.items():
        why = Translator("en").plain(reason)
        if name in wanted:
            click.echo(f"docgen: secret `{name}`: {why}", err=True)
        else:
            idle.append(f"`{name}` ({why})")
    if idle:
        said = "secrets that nothing here needs cannot be had, nor masked where a server prints them:"
        click.echo(f"docgen: {said} {', '.join(idle)}", err=True)


def _warm(format_: str, far: bool) -> None:
    from importlib import import_module

    if far:
        from checks.sources.reach import ssh

        ssh()  # first what the network waits for, then what waits for the network

    from docgen.renderers import FORMATS as RENDERERS

    import_module(RENDERERS.get(format_, "docgen.renderers.pdf"))


def rendered(
    report: Report,
    format_: str,
    lang: str | None,
    output: str | None,
    *,
    verbose: bool = False,
    quiet: bool = False,
) -> str:
    """`report` in `format_`; as text, as wide and as colourful as the terminal it goes to."""
    from docgen.renderers import render

    if format_ != "text":
        return render(report, format_, lang)
    from docgen.i18n import Translator
    from docgen.renderers import text
    from docgen.translated import translated

    translator = Translator(lang or report.language)
    report = translated(report, translator.language)
    if quiet:
        return text.summary(report, translator)
    width = options.terminal_width() if output is None else None
    colour = output is None and options.colour(sys.stdout)
    return text.render(report, translator, width=width or text.WIDTH, colour=colour, verbose=verbose)


def _say_age(report: Report, lang: str | None) -> None:
    """Says how old the report is now: on a terminal only, never in the report itself."""
    if sys.stderr.isatty():
        from docgen.i18n import Translator

        said = age(report, datetime.now(UTC), Translator(lang or report.language))
        if said:
            click.echo(said, err=True)


def age(report: Report, now: datetime, t: Translator) -> str:
    """How old `report` is at `now`, in words; empty where it is fresh."""
    from checks.model import nmsg

    minutes = int((now - datetime.fromisoformat(report.collected_at)).total_seconds() // 60)
    if now > datetime.fromisoformat(report.valid_until):
        return t("Expired: valid until {until:time}; says nothing about today", until=report.valid_until)
    if minutes < 2:
        return ""
    if minutes < 120:
        return t.plain(nmsg("collected {n} minute ago", "collected {n} minutes ago", n=minutes))
    if minutes < 48 * 60:
        return t.plain(nmsg("collected {n} hour ago", "collected {n} hours ago", n=minutes // 60))
    return t.plain(nmsg("collected {n} day ago", "collected {n} days ago", n=minutes // 1440))
