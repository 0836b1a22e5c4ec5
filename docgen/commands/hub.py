"""``docgen hub``: who may read the hub, and how it is served."""

from __future__ import annotations

from importlib import import_module

import click

SUBCOMMANDS = {
    "check": ("hub_check", "Whether the hub was published lately: for a second machine."),
    "expire": ("hub_expire", "Have the pages say that they are out of date, where no run came."),
    "nginx": ("hub_nginx", "Write the site for nginx: TLS, a login for everything, strict headers."),
    "passwd": ("hub_passwd", "The accounts that may read the hub: add, remove, list."),
    "rollback": ("hub_rollback", "Go back to the hub before the one that is live."),
    "timer": ("hub_timer", "Write a systemd timer and service for the nightly run, or a crontab line."),
}
"""One file per subcommand in ``docgen/commands``, with the line that ``--help`` shows."""


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in SUBCOMMANDS:
            return None
        command: click.Command = import_module(f"docgen.commands.{SUBCOMMANDS[name][0]}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in SUBCOMMANDS.items()])


@click.group("hub", cls=_Lazy)
def command() -> None:
    """The documentation hub on its server: who may read it, and how it is served."""
