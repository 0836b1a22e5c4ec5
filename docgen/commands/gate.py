"""``docgen gate``: one gate, on a release folder or on the live release."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from docgen import exits
from docgen.commands import options

if TYPE_CHECKING:
    from checks.spec import Spec


VIEWS = ("sections", "flow", "readiness", "problems", "documents", "exceptions", "translations")
"""What a spec says of checks that are not part of the gate."""


@click.command("gate", epilog="\b\nExit codes:\n" + exits.help_text())
@click.argument("name")
@click.argument("directory", required=False)
@options.environments
@click.option(
    "--format",
    "-f",
    "format_",
    type=click.Choice(["text", "html", "md", "json", "github"]),
    default="text",
    show_default=True,
)
@click.option("--output", "-o", metavar="PATH", help="Write to a file instead of standard output.")
@click.option("--fail-on", type=click.Choice(list(exits.FAIL_ON)), default="fail", show_default=True)
@options.language
@options.config
def command(
    name: str,
    directory: str | None,
    environments: tuple[str, ...],
    format_: str,
    output: str | None,
    fail_on: str,
    lang: str | None,
    config: str | None,
    variables: tuple[str, ...],
) -> None:
    """Run the gate NAME of docgen.yml.

    With DIRECTORY, on that release folder of this machine (as in CI, before a bundle is made); with --env,
    on the live release of an environment.
    """
    from checks.evaluate import evaluate
    from docgen.commands.status import collect_with_progress, rendered

    if bool(directory) == bool(environments):
        raise click.UsageError("Name either a release folder, or the environments to look at with --env.")
    if directory and not Path(directory).is_dir():
        raise click.UsageError(f"{directory} is not a directory.")
    spec = gate_spec(config, variables, name, directory, environments)
    report = evaluate(spec, collect_with_progress(spec, ahead=format_))
    options.write(rendered(report, format_, lang, output, verbose=True), output)
    if format_ == "github":
        options.step_summary(report, lang)
    raise click.exceptions.Exit(exits.of(report, fail_on))


def gate_spec(
    config: str | None,
    variables: tuple[str, ...],
    name: str,
    directory: str | None,
    environments: tuple[str, ...],
) -> Spec:
    """The spec of `config` with one section: the gate, on `directory` or in `environments`."""
    whole = options.load_spec(config, variables, environments)
    known(whole, name)
    if not directory:
        return gates_alone(config, variables, whole, (name,), environments)
    places = {"release": {"host": "local", "root": str(Path(directory).resolve()), "production": True}}
    return gates_alone(config, variables, whole, (name,), ("release",), places)


def known(whole: Spec, name: str) -> None:
    """Raises a usage error where `whole` has no gate called `name`."""
    from difflib import get_close_matches

    if name not in whole.gates:
        close = get_close_matches(name, whole.gates, 1)
        there = f"There are: {', '.join(whole.gates)}." if whole.gates else "It declares none under `gates`."
        hint = f"Did you mean {close[0]!r}?" if close else there
        raise click.UsageError(f"{whole.file} has no gate {name!r}. {hint}")


def gates_alone(
    config: str | None,
    variables: tuple[str, ...],
    whole: Spec,
    names: tuple[str, ...],
    environments: tuple[str, ...],
    places: dict[str, Any] | None = None,
    on: list[str] | None = None,
) -> Spec:
    """The spec `whole` of `config` with nothing but the gates `names`: on the live release, or, with `places` for
    environments, on what is the root of each; `on` the named hosts, or all."""
    from checks.spec import yaml
    from checks.spec.load import build

    document = yaml.read(options.find(config))
    data = {k: v for k, v in document.data.items() if k not in VIEWS}
    if places is not None:
        data["environments"] = places
    where = {"in": "{root}"} if places is not None else {}
    components = [
        {
            "name": name,
            "about": "delivery",
            "checks": [{"gate": {"name": name, **where}}],
            **({"on": on} if on else {}),
        }
        for name in names
    ]
    data["sections"] = [
        {
            "name": f"Gate {names[0]}" if len(names) == 1 else "Gates",
            "id": f"gate-{environment}",
            "environment": environment,
            "components": components,
        }
        for environment in environments
        if components
    ]
    pairs = dict(pair.partition("=")[::2] for pair in variables)
    made = build(
        yaml.Document(document.file, document.root, data), whole.sha256, folder=whole.folder, variables=pairs
    )
    # They are about the whole spec: checked there, and shown wherever a text of it is.
    return made.select(environments)._replace(translations=whole.translations)
