"""The command line. Commands are imported when they are called: ``docgen --help`` imports click alone."""

from __future__ import annotations

import errno
import gc
import os
import signal
import sys
from importlib import import_module
from types import FrameType, ModuleType
from typing import Any

import click

from docgen import __version__, exits

COMMANDS = {
    "demo": "See it work: a small world with some faults, checked for real.",
    "diff": "What changed from one run to another.",
    "doctor": "What is there on this machine for docgen to do its work.",
    "docs": "What documents say against what is there.",
    "explain": "What a check wants, why, and where each value came from.",
    "gate": "Run one gate: on a release folder, or on the live release.",
    "guide": "Write a guide or a report from what is declared and found.",
    "history": "The runs that a hub remembers, and what changed in each.",
    "hub": "Who may read the documentation hub, and how it is served.",
    "init": "Write a first docgen.yml: from a preset, or from a live server.",
    "plan": "Every command that a run would execute; nothing else can be.",
    "preflight": "Try a release on the real server: GO or NO-GO.",
    "publish": "The nightly run: collect, render everything, switch the hub.",
    "schema": "The JSON Schema of docgen.yml, of a report or of a snapshot.",
    "serve": "The hub on this machine or for a small team, behind a login.",
    "status": "Declared state against observed state.",
    "verify": "Whether a PDF of docgen is as it was written; offline.",
}
"""One file per command in ``docgen/commands``, with the line that ``--help`` shows."""


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(f"docgen.commands.{name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            close = get_close_matches(args[0], COMMANDS, 1)
            if not close:
                raise
            raise click.UsageError(f"{error.message} Did you mean {close[0]!r}?", ctx) from error


@click.group(
    cls=_Lazy,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 as it should be, 1 a deviation, 2 usage or invalid spec, 3 could not be determined, "
    "4 internal. `docgen status --help` has them all.",
)
@click.version_option(__version__, "-V", "--version", message="docgen %(version)s")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.pass_context
def main_group(ctx: click.Context, debug: bool) -> None:
    """Is production as it should be, and can we prove it?

    docgen compares the declared state of servers (SOLL, in docgen.yml) with the observed state (IST, over
    SSH and HTTP, read-only) and reports the difference with its evidence.
    """
    ctx.obj = {"debug": debug}


def main() -> None:
    """The console script: runs the command and exits with its code; no traceback without ``--debug``."""
    signal.signal(signal.SIGTERM, _terminated)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup
        signal.signal(signal.SIGHUP, _terminated)
    _no_plugins()
    gc.disable()  # a short run keeps what it makes; looking for rubbish costs it a tenth of its time
    debug = "--debug" in sys.argv
    try:
        code = main_group.main(prog_name="docgen", standalone_mode=False)
    except click.exceptions.Exit as error:
        code = error.exit_code
    except click.Abort:  # what click makes of Ctrl-C
        click.echo("Interrupted.", err=True)
        code = exits.INTERRUPTED
    except click.ClickException as error:
        error.show()
        code = exits.USAGE
    except KeyboardInterrupt:
        click.echo("Interrupted.", err=True)
        code = exits.INTERRUPTED
    except Exception as error:
        if debug:
            raise
        code = _failed(error)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        pass  # the reader has seen enough
    except OSError as error:
        code = code if code == exits.INTERNAL else _failed(error)  # it may have been said already
    # Threads that still wait for a silent server must not hold up the end; everything is written by now.
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 0)


def _no_plugins() -> None:
    """Plugins of pydantic that happen to be installed must not change what a report says. Even the import of what
    would look for them, never to be used, takes a fiftieth of a run's time."""
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    nobody = ModuleType("pydantic.plugin._loader")
    nobody.get_plugins = lambda: ()  # type: ignore[attr-defined]
    sys.modules.setdefault(nobody.__name__, nobody)


def _failed(error: Exception) -> int:
    from checks.errors import DocgenError, Refused, SpecError
    from checks.snapshot import Altered

    if isinstance(error, SpecError):
        for problem in error.problems:
            click.echo(str(problem), err=True)
        count = len(error.problems)
        click.echo(f"{count} problem{'s' if count != 1 else ''}; nothing was contacted.", err=True)
        return exits.USAGE
    if isinstance(error, DocgenError):
        click.echo(f"docgen: {error}", err=True)
        return exits.INTERNAL if isinstance(error, Altered | Refused) else exits.USAGE
    if isinstance(error, OSError) and error.filename:
        click.echo(f"docgen: {error.filename}: {error.strerror}", err=True)
        return exits.INTERNAL
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        click.echo(f"docgen: the output could not be written: {error.strerror}", err=True)
        return exits.INTERNAL
    click.echo(f"docgen: internal error: {type(error).__name__}: {error} (more with --debug)", err=True)
    return exits.INTERNAL


def _terminated(number: int, frame: FrameType | None) -> None:
    hung_up = number == signal.SIGHUP
    try:
        sys.stderr.write("Hung up.\n" if hung_up else "Terminated.\n")
        sys.stderr.flush()
    finally:  # nobody may be there to read it
        os._exit(exits.HUNG_UP if hung_up else exits.TERMINATED)


if __name__ == "__main__":
    main()
