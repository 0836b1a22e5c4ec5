"""``docgen diff``: what changed from one run to another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from docgen import exits
from docgen.commands import options

if TYPE_CHECKING:
    from checks.model import Report, Snapshot, Status
    from docgen.hub.nights import Change
    from docgen.hub.sides import Otherwise, Side
    from docgen.i18n import Translator

_EPILOG = "Exit codes: 0 the same; 1 changed; 2 wrong usage; 4 a snapshot was altered."
_FILE = click.Path(exists=True, dir_okay=False)


@click.command("diff", epilog=_EPILOG)
@click.argument("old", type=_FILE)
@click.argument("new", type=_FILE)
@click.option("--format", "-f", "format_", type=click.Choice(["text", "json"]), default="text")
@click.option(
    "--values", is_flag=True, help="Also where the status is the same, but something else was seen."
)
@click.option("--output", "-o", metavar="PATH", help="Write to a file instead of standard output.")
@click.option("--lang", type=click.Choice(["de", "en"]), default="en", help="Language. Default: en.")
@options.config
def command(
    old: str,
    new: str,
    format_: str,
    values: bool,
    output: str | None,
    lang: str,
    config: str | None,
    variables: tuple[str, ...],
) -> None:
    """What changed from OLD to NEW: the checks whose status is another.

    Each is a saved snapshot (judged by docgen.yml as it is now), a report as JSON, or the record of a night, such as
    hub/current/nights/2025-11-01T225100Z.json. Nothing is contacted.
    """
    from docgen.hub.nights import compared
    from docgen.hub.sides import otherwise, read
    from docgen.i18n import Translator

    def judged(snapshot: Snapshot) -> Report:
        from checks.evaluate import evaluate

        spec = options.load_spec(config, variables)
        there = {e.name for e in spec.environments}
        return evaluate(options.select(spec, tuple(e for e in snapshot.environments if e in there)), snapshot)

    sides = read(Path(old), judged), read(Path(new), judged)
    changes = compared(sides[0].statuses, sides[1].statuses)
    others = otherwise(*sides) if values else []
    made = (
        _json(*sides, changes, others)
        if format_ == "json"
        else "\n".join(_text(*sides, changes, others, Translator(lang))) + "\n"
    )
    options.write(made, output)
    raise click.exceptions.Exit(exits.DEVIATION if changes or others else exits.OK)


def _json(old: Side, new: Side, changes: list[Change], others: list[Otherwise]) -> str:
    body = {
        "schema": "docgen/diff/v1",
        "old": {"collected_at": old.collected_at, "snapshot": old.snapshot},
        "new": {"collected_at": new.collected_at, "snapshot": new.snapshot},
        "changes": [{"id": c.id, "before": c.before, "after": c.after} for c in changes],
        "seen_otherwise": [
            {"id": o.id, "status": o.status, "before": o.before, "after": o.after} for o in others
        ],
        "unchanged": len(new.statuses) - sum(c.after is not None for c in changes) - len(others),
    }
    return json.dumps(body, ensure_ascii=False, indent=2) + "\n"


def _text(
    old: Side, new: Side, changes: list[Change], others: list[Otherwise], t: Translator
) -> Iterator[str]:
    from checks.model import nmsg
    from docgen.hub.nights import sums
    from docgen.labels import ASCII
    from docgen.renderers.printable import one_line

    yield f"{t.time(old.collected_at)} -> {t.time(new.collected_at)}"
    same = len(new.statuses) - sum(c.after is not None for c in changes) - len(others)
    told = [*sums(changes), nmsg("{n} unchanged", "{n} unchanged", n=same)]
    yield ", ".join(map(t.plain, told))
    if changes:
        yield ""
    for c in changes:
        sign = ASCII[c.after] if c.after else " "
        yield f"{sign} {one_line(c.id)}: {_word(c.before, t, before=True)} -> {_word(c.after, t, before=False)}"
    if others:
        yield ""
    for o in others:
        shown = (json.dumps(side, ensure_ascii=False) for side in (o.before, o.after))
        yield f"{ASCII[o.status]} {one_line(o.id)}: {' -> '.join(one_line(one) for one in shown)}"


def _word(status: Status | None, t: Translator, *, before: bool) -> str:
    from docgen.labels import STATUS

    if status is None:
        return t("newly declared") if before else t("no longer declared")
    return t.plain(STATUS[status])
