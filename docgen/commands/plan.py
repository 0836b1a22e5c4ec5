"""``docgen plan``: every command that a run would execute on each host."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click

from docgen.commands import options

if TYPE_CHECKING:
    from checks.plan import HostPlan, Plan
    from checks.sources.interface import Command
    from checks.spec import Spec


@click.command("plan")
@options.environments
@click.option(
    "--format", "-f", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.option("--script", is_flag=True, help="Print the whole shell script of each host, byte for byte.")
@click.option("--output", "-o", metavar="PATH", help="Write to a file instead of standard output.")
@options.config
def command(
    environments: tuple[str, ...],
    format_: str,
    script: bool,
    output: str | None,
    config: str | None,
    variables: tuple[str, ...],
) -> None:
    """Every command that a run would execute on each host, and every request it would make.

    Made by the same code that runs them; the transport refuses everything else. Nothing is contacted.
    """
    from checks.plan import plan

    spec = options.load_spec(config, variables, environments)
    made = plan(spec)
    if format_ == "json":
        options.write(json.dumps(_document(spec, made), ensure_ascii=False, indent=2) + "\n", output)
        return
    options.write("\n".join(_scripts(made) if script else _lines(spec, made)) + "\n", output)


def _lines(spec: Spec, made: Plan) -> list[str]:
    names = ", ".join(e.name for e in spec.environments) or "none"
    lines = [f"# {spec.project}: {made.checks} checks; environments: {names}. Nothing was contacted."]
    programs: dict[str, str] = {}
    for one in made.hosts:
        count = len(one.batch.commands())
        way = "on this machine" if one.host.ssh == "local" else "over one SSH connection"
        lines += ["", f"## {one.host.id}: {one.host.ssh}, {_count(count, 'command')} {way}"]
        if one.host.jump:
            lines.append(f"#  through {one.host.jump}")
        lines += [f"#  started by: {how}" for how in _launches(one)]
        lines += [
            "#  $M is the random marker that frames the answers; $P1 and so on are programs, shown once",
            "",
        ]
        lines += _explained(one.batch.quick, one, programs)
        if one.batch.slow:
            lines += ["", "#  beside them, in a second channel of the same connection:"]
            lines += _explained(one.batch.slow, one, programs)
        if one.requests:
            lines += [
                "",
                "#  requests that start from the host, in channels of the same connection:",
                *one.requests,
            ]
    if made.requests:
        lines += ["", f"## from this machine: {_count(len(made.requests), 'request')}", "", *made.requests]
    application = spec.runs_application_code()
    if application:
        lines += [
            "",
            f"# {_count(len(application), 'probe')} run the application's own code (marked above), as the spec asks.",
        ]
    return lines


def _explained(commands: Iterable[Command], one: HostPlan, programs: dict[str, str]) -> Iterator[str]:
    """The commands, each group of them under what it is for. A program of several lines is shown once, where it is first
    needed, under the name that `programs` then has for it: what is printed can be typed as it stands."""
    from docgen.renderers.printable import printable

    said = ""
    for command in commands:
        if (why := one.purposes[command.argv]) != said:
            yield f"# {why}:"
            said = why
        shown = command.shell()
        if command.argv[:2] == ("sh", "-c") and "\n" in command.argv[2]:
            # As the text stands in the command; where the marker is in it, it is the command's own.
            text = command._replace(argv=command.argv[2:3]).shell()
            if '"$M"' not in text:
                if text not in programs:
                    programs[text] = f"P{len(programs) + 1}"
                    yield printable(f"{programs[text]}={text}")
                shown = shown.replace(f"sh -c {text}", f'sh -c "${programs[text]}"', 1)
        yield printable(shown) + _mark(command)


def _mark(command: Command) -> str:
    mark = "   # runs the application's own code" if command.application else ""
    return mark or (
        "   # not on the list of read-only commands; the spec allows it" if command.unlisted else ""
    )


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _launches(one: HostPlan) -> list[str]:
    from checks.sources.batch import ANY_MARK, launch

    return [launch(script) for _, script in one.batch.scripts(ANY_MARK)]


def _scripts(made: Plan) -> list[str]:
    from checks.sources.batch import ANY_MARK

    lines = []
    for one in made.hosts:
        for commands, script in one.batch.scripts(ANY_MARK):
            lane = "quick" if commands is one.batch.quick else "slow"
            lines += [
                f"# {one.host.id} ({lane}); the zeros stand for a random marker",
                script.decode("utf-8", "backslashreplace"),
            ]
    return lines


def _document(spec: Spec, made: Plan) -> dict[str, Any]:
    return {
        "schema": "docgen/plan/v1",
        "project": spec.project,
        "environments": [e.name for e in spec.environments],
        "checks": made.checks,
        "hosts": [_host(one) for one in made.hosts],
        "requests": list(made.requests),
    }


def _host(one: HostPlan) -> dict[str, Any]:
    from checks.sources.interface import MARK as PLACE
    from checks.sources.interface import display

    return {
        "id": one.host.id,
        "address": one.host.ssh,
        "jump": one.host.jump,
        "launch": _launches(one),
        "digest": one.batch.digest,
        "commands": [
            {
                "argv": [display(part.replace(PLACE, "$M")) for part in c.argv],
                "lane": "slow" if c.slow else "quick",
                "deadline": c.deadline,
                "application": c.application,
                "unlisted": c.unlisted,
            }
            for c in one.batch.commands()
        ],
        "requests": list(one.requests),
    }
