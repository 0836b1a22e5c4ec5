"""``docgen preflight``: the dry run on the real server."""

from __future__ import annotations

import contextlib
import re
import secrets
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from docgen import exits
from docgen.commands import options

if TYPE_CHECKING:
    from checks.spec import Spec
    from docgen.pdf.sign import Seal
    from docgen.preflight.commands import Place
    from docgen.preflight.outcome import Outcome
    from docgen.preflight.run import Asked

FORMATS = ["text", "md", "html", "pdf", "json"]
_ON_HOST = "host:"


@click.command("preflight", epilog="\b\nExit codes:\n" + exits.help_text())
@click.option(
    "--env", "-e", "environment", metavar="ENV", help="The environment. Needed where there are several."
)
@click.option("--host", "host", metavar="NAME", help="The host. Needed where the environment has several.")
@click.option(
    "--bundle",
    required=True,
    metavar="FILE",
    help="The bundle, a tar archive: a file here, host:/PATH for one that is there already, an https:// address, or "
    "run:ID for what that run left.",
)
@click.option(
    "--sha256", metavar="HEX", help="What its SHA-256 must be. Default: as in FILE.sha256 beside it."
)
@click.option("--run", "run_id", metavar="ID", help="The run that built it, for the ledger.")
@click.option(
    "--plan", "plan_only", is_flag=True, help="Print every command, byte for byte. Nothing is contacted."
)
@click.option("--remove-leftovers", is_flag=True, help="Remove the folders of preflights that did not end.")
@click.option(
    "--ledger",
    "ledger",
    metavar="DIR",
    help="Where the entry is written on this machine. Default: `ledger` beside the spec, unless the spec names a "
    "folder on the host.",
)
@click.option(
    "--format", "-f", "format_", type=click.Choice(FORMATS), help="Default: text, or by the ending of -o."
)
@click.option("--output", "-o", metavar="PATH", help="Write to a file instead of standard output.")
@options.sign
@options.language
@options.config
def command(
    environment: str | None,
    host: str | None,
    bundle: str,
    sha256: str | None,
    run_id: str | None,
    plan_only: bool,
    remove_leftovers: bool,
    ledger: str | None,
    format_: str | None,
    output: str | None,
    signed: bool | None,
    lang: str | None,
    config: str | None,
    variables: tuple[str, ...],
) -> None:
    """Try a release on the real server without deploying it: GO or NO-GO.

    The bundle is sent into a folder of its own, checked, unpacked there and taken through the gates of the spec; then
    the folder is removed, also where the connection is cut, and the server is compared with what it was before. The
    result is a report and an entry for the ledger.
    """
    format_ = format_ or options.by_ending(output, FORMATS)
    options.no_terminal(format_, output)
    if sha256 is not None and not re.fullmatch(r"[0-9a-fA-F]{64}", sha256):
        raise click.UsageError(f"--sha256 {sha256}: expected 64 hexadecimal digits.")
    whole = options.load_spec(config, variables)
    seal = options.seal(whole, signed) if format_ == "pdf" else None
    asked = _asked(
        whole, environment, host, bundle, sha256, run_id, remove_leftovers, config, variables, plan_only
    )
    if plan_only:
        options.write(_plan(asked, bundle), output)
        return
    outcome = _done(asked, bundle, whole)
    content = _rendered(outcome, format_, lang, seal)
    failed = _recorded(asked, outcome, whole, ledger)
    options.write(content, output)
    code = {"OK": exits.OK, "FAIL": exits.DEVIATION}.get(outcome.status.name, exits.UNDETERMINED)
    raise click.exceptions.Exit(exits.INTERNAL if failed else code)


def _asked(
    whole: Spec,
    environment: str | None,
    host: str | None,
    bundle: str,
    sha256: str | None,
    run_id: str | None,
    remove_leftovers: bool,
    config: str | None,
    variables: tuple[str, ...],
    plan_only: bool,
) -> Asked:
    """What the options say, as far as it can be known before anything is contacted."""
    from checks.spec import yaml
    from docgen.commands.gate import gates_alone, known
    from docgen.preflight.bundles import RUN, is_elsewhere, problem
    from docgen.preflight.commands import ANY, Place
    from docgen.preflight.run import Asked

    names = [e.name for e in whole.environments]
    if environment is None and len(names) != 1:
        raise click.UsageError(f"Which environment? Name one with --env: {', '.join(names)}.")
    environment = environment or names[0]
    its = options.select(whole, (environment,)).environments[0]
    hosts = {one.name: one for one in its.hosts}
    if not hosts or its.root is None:
        raise click.UsageError(f"The environment {environment} needs a `host` and a `root` for a preflight.")
    if host is None and len(hosts) != 1:
        raise click.UsageError(f"Which host? Name one with --host: {', '.join(hosts)}.")
    if host is not None and host not in hosts:
        raise click.UsageError(f"{environment} has no host {host!r}. There are: {', '.join(hosts)}.")
    target = hosts[host] if host else next(iter(hosts.values()))
    file = None if bundle.startswith(_ON_HOST) else Path(bundle)
    there = None if file else bundle.removeprefix(_ON_HOST)
    if is_elsewhere(bundle):
        file = None
        if wrong := problem(bundle, whole, sha256):
            raise click.UsageError(wrong)
    if there is not None and not there.startswith("/"):
        raise click.UsageError(f"--bundle {bundle}: expected host:/PATH.")
    if file is not None and not file.is_file():
        raise click.UsageError(f"{bundle} is no file.")
    settings = its.preflight
    gates = tuple(settings.gates if settings.gates is not None else whole.gates)
    for gate in gates:
        known(whole, gate)
    units = {
        c.params.unit
        for c in whole.checks()
        if c.kind == "service" and c.environment == environment and c.host in (None, target.name)
    }
    place = Place(
        its.root, settings, there, tuple(sorted(units)), ANY if plan_only else secrets.token_hex(16)
    )
    data = yaml.read(options.find(config)).data
    places = {environment: {**data["environments"][environment], "root": place.release}}
    on = [target.name] if len(hosts) > 1 else None
    return Asked(
        gates=gates_alone(config, variables, whole, gates, (environment,), places, on),
        decisions=_decisions(whole, environment),
        environment=environment,
        host=target,
        place=place,
        file=file,
        sha256=(sha256 or _noted(file) or "").lower() or None,
        run=run_id or (bundle.removeprefix(RUN) if bundle.startswith(RUN) else None),
        remove_leftovers=remove_leftovers,
    )


def _noted(file: Path | None) -> str | None:
    """The checksum that stands beside a bundle; one that does not name it is as wrong as another one."""
    from checks.knowledge.archives import noted_digest
    from docgen.preflight.commands import UNNAMED

    beside = Path(f"{file}.sha256")
    if file is None or not beside.is_file():
        return None
    return noted_digest(beside.read_text("utf-8", "replace")[:65536], file.name) or UNNAMED


def _decisions(whole: Spec, environment: str) -> Spec:
    """The approvals that the spec declares for `environment`."""
    own = whole.select((environment,))
    sections = []
    for section in own.sections:
        parts = [
            c._replace(checks=tuple(x for x in c.checks if x.kind == "approval")) for c in section.components
        ]
        kept = tuple(part for part in parts if part.checks)
        if kept and section.environment == environment:
            sections.append(section._replace(components=kept).mapped(lambda c: c._replace(needs=())))
    return own._replace(sections=tuple(sections), flows=(), readiness=(), problems=(), gates={})


def _plan(asked: Asked, bundle: str) -> str:
    """Every command in its order, as it would run."""
    from checks.plan import plan
    from checks.sources.batch import launch
    from docgen.preflight import commands
    from docgen.preflight.bundles import shown
    from docgen.renderers.printable import printable

    place = asked.place
    guard = commands.guard(place, asked.remove_leftovers)
    lines = [
        f"# Preflight of {place.root} on {asked.host.ssh}. Nothing was contacted.",
        "# The zeros stand for what nobody can guess.",
        "",
        "# The guard: lock, folder, cleanup. It is started by",
        printable(launch(guard.encode())),
        "# and gets this script:",
        *printable(guard).splitlines(),
    ]
    for name, stage in commands.stages(place).items():
        if name == "application":
            for host in plan(asked.gates).hosts:
                lines += ["", "# The gates, read-only, on the unpacked release:"]
                lines += [printable(one.shell()) for one in host.batch.commands()]
        if name == "digest" and not place.bundle:
            size = (
                f"{asked.file.stat().st_size} bytes"
                if asked.file
                else f"fetched from {printable(shown(bundle))}"
            )
            lines += [
                "",
                f"# The bundle ({size}) is sent to",
                printable(commands.upload(place)),
            ]
        if stage:
            again = " (first, and once more at the end)" if name == "fingerprint" else ""
            again = " (once more when it is known what is in the bundle)" if name == "space" else again
            lines += ["", f"# {name}{again}:", *(printable(one.shell()) for one in stage.values())]
    if place.settings.ledger:
        entry = commands.entry(place, "deployment_ledger_preflight_DATE_TIME.json", 0)
        lines += ["", "# The entry of the ledger is sent to (with its size for the 0)", printable(entry)]
    for host in plan(asked.decisions).hosts:
        lines += [
            "",
            "# The approvals, read-only:",
            *(printable(one.shell()) for one in host.batch.commands()),
        ]
    return "\n".join(lines) + "\n"


class _Ended(BaseException):
    """Somebody asked for the end, by the signal `number`: what is on the host is removed first."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.hung_up = number == signal.SIGHUP


def _done(asked: Asked, bundle: str, whole: Spec) -> Outcome:
    """The outcome, with the bundle fetched first where it lies elsewhere; says what hinders it, and ends with its
    code."""
    from docgen.i18n import Translator
    from docgen.preflight.bundles import NotFetched, fetched, is_elsewhere
    from docgen.preflight.host import Stopped
    from docgen.preflight.run import preflight
    from docgen.renderers.printable import one_line

    def ended(number: int, frame: FrameType | None) -> None:
        for one in before:
            signal.signal(one, signal.SIG_IGN)
        raise _Ended(number)

    def tell(stage: str) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r\x1b[K{stage}", nl=False, err=True)

    # What the caller has ignored (nohup) stays ignored.
    asked_for = (signal.SIGTERM, signal.SIGHUP)
    before = {one: signal.getsignal(one) for one in asked_for if signal.getsignal(one) is not signal.SIG_IGN}
    for one in before:
        signal.signal(one, ended)
    try:
        if not is_elsewhere(bundle):
            return preflight(asked, tell)
        tell("fetch")
        with fetched(bundle, whole) as got:
            return preflight(asked._replace(file=got.file, sha256=asked.sha256 or got.noted), tell)
    except NotFetched as error:
        click.echo(f"docgen: {one_line(Translator('en').plain(error.why))}", err=True)
        raise click.exceptions.Exit(exits.UNDETERMINED) from error
    except Stopped as stopped:
        click.echo(f"docgen: {one_line(Translator('en').plain(stopped.why))}", err=True)
        code = exits.BUSY if stopped.busy else exits.UNDETERMINED
        raise click.exceptions.Exit(code) from stopped
    except _Ended as by:
        with contextlib.suppress(OSError):  # the terminal may be gone
            how = "Hung up" if by.hung_up else "Terminated"
            click.echo(f"{how}; what was on the host or fetched is removed.", err=True)
        raise click.exceptions.Exit(exits.HUNG_UP if by.hung_up else exits.TERMINATED) from None
    finally:
        for one, old in before.items():
            signal.signal(one, old)
        with contextlib.suppress(OSError):
            if sys.stderr.isatty():
                click.echo("\r\x1b[K", nl=False, err=True)


def _rendered(outcome: Outcome, format_: str, lang: str | None, seal: Seal | None) -> bytes:
    from docgen.documents.preflight import compose
    from docgen.preflight import entry
    from docgen.renderers.document import render

    if format_ == "json":
        return entry.text(outcome).encode("utf-8", "backslashreplace")
    document, report = compose(outcome), outcome.report
    if format_ != "pdf":
        return render(document, report, format_, lang)
    from docgen.i18n import Translator
    from docgen.pdf.press import File

    t = Translator(lang or report.language)
    said = t("The preflight as an entry of the ledger")
    data = entry.text(outcome).encode("utf-8", "backslashreplace")
    kept = File("preflight.json", data, "application/json", said, "Data")
    return render(document, report, "pdf", lang, attached=(kept,), seal=seal)


def _recorded(asked: Asked, outcome: Outcome, whole: Spec, ledger: str | None) -> bool:
    """Writes the entry of the ledger, and says where; whether it failed. What the host's ledger does not take is kept on
    this machine."""
    from docgen.i18n import Translator
    from docgen.preflight import entry
    from docgen.preflight.host import Stopped
    from docgen.preflight.run import record

    failed = False
    place: Place = asked.place
    if place.settings.ledger:
        where = place.path(place.settings.ledger)
        data = entry.text(outcome).encode("utf-8", "backslashreplace")
        try:
            name = record(asked, entry.name(outcome), data)
            click.echo(f"docgen: ledger entry {asked.host.name}:{where}/{name}", err=True)
        except Stopped as stopped:
            click.echo(f"docgen: {asked.host.name}:{where}: {Translator('en').plain(stopped.why)}", err=True)
            failed = True
    if ledger or failed or not place.settings.ledger:
        folder = Path(ledger) if ledger else Path(whole.folder) / "ledger"
        try:
            click.echo(f"docgen: ledger entry {entry.write(folder, outcome)}", err=True)
        except OSError as error:
            click.echo(f"docgen: {folder}: the entry could not be written: {error.strerror}", err=True)
            failed = True
    return failed
