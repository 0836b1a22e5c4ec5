"""``docgen history``: the runs that a hub remembers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from docgen import exits
from docgen.commands import options

if TYPE_CHECKING:
    from docgen.hub.past import Past
    from docgen.i18n import Translator

_EPILOG = (
    "Exit codes: 0 every record names the one before; 2 wrong usage; "
    "4 a record was altered or taken out since it was written."
)


@click.command("history", epilog=_EPILOG)
@click.argument("hub", metavar="[DIR]", default="hub", type=click.Path(exists=True, file_okay=False))
@click.option("--check", "id", metavar="ID", help="How this check was, run by run; a part of its id will do.")
@click.option("--format", "-f", "format_", type=click.Choice(["text", "json"]), default="text")
@click.option("--output", "-o", metavar="PATH", help="Write to a file instead of standard output.")
@click.option("--lang", type=click.Choice(["de", "en"]), default="en", help="Language. Default: en.")
def command(hub: str, id: str | None, format_: str, output: str | None, lang: str) -> None:
    """The runs that the hub in DIR (default: hub) remembers, the newest first, with what changed in each.

    A night without a run is named. Each record holds the SHA-256 of the one before it: what was altered or taken out
    since is named, too. For the newest record only a SHA-256 that somebody noted elsewhere can tell.
    """
    from checks.clock import now
    from docgen.hub.build import known
    from docgen.hub.past import Past
    from docgen.i18n import Translator

    folder = Path(hub)
    found = known(folder / "current" if (folder / "current").is_dir() else folder, now())
    if not found:
        raise click.UsageError(f"{hub} remembers no run; is it a hub? `docgen publish --to DIR` makes one.")
    past = Past(found[:-1], found[-1])
    ids = _ids(past, id) if id else []
    t = Translator(lang)
    if format_ == "json":
        made = json.dumps(_plain(past, ids), ensure_ascii=False, indent=2) + "\n"
    else:
        made = "\n".join(_checks(past, ids, t) if ids else _runs(past, t)) + "\n"
    options.write(made, output)
    if not past.whole:
        click.echo("docgen: a record was altered or taken out since it was written.", err=True)
        raise click.exceptions.Exit(exits.INTERNAL)


def _ids(past: Past, part: str) -> list[str]:
    every = dict.fromkeys(id_ for night in reversed(past.nights) for id_ in night.statuses)
    found = [part] if part in every else [id_ for id_ in every if part in id_]
    if not found:
        raise click.UsageError(f"--check {part}: no run knew such a check.")
    return found


def _runs(past: Past, t: Translator) -> Iterator[str]:
    from docgen.hub.nights import Link, missed, sums
    from docgen.hub.runs import LINKS
    from docgen.labels import LIGHT
    from docgen.renderers.printable import one_line

    after = None
    for night in reversed(past.nights):
        if after is not None:
            yield from (f"{t('{day:day}', day=day)}  {t('no run')}" for day in reversed(missed(night, after)))
        after = night
        lights = ", ".join(
            f"{one_line(name)}: {t.plain(LIGHT[light])}" for name, light in night.lights.items()
        )
        changed = ", ".join(t.plain(one) for one in sums(past.changed[night.name]))
        yield f"{t.time(night.collected_at)}  {lights}" + (f"  ({changed})" if changed else "")
        if (link := past.links[night.name]) in (Link.BROKEN, Link.UNLINKED):
            yield f"    ! {t.plain(LINKS[link][1])}"


def _checks(past: Past, ids: list[str], t: Translator) -> Iterator[str]:
    from docgen.hub.components import runs
    from docgen.labels import ASCII, STATUS
    from docgen.renderers.printable import one_line

    for number, id_ in enumerate(ids):
        if number:
            yield ""
        yield one_line(id_)
        for p in past.periods(id_):
            first, last = t.time(p.first.collected_at), t.time(p.last.collected_at)
            when = first if p.runs == 1 else f"{first} - {last}"
            yield f"  {ASCII[p.status]} {t.plain(STATUS[p.status])}: {when} · {t.plain(runs(p.runs))}"


def _plain(past: Past, ids: list[str]) -> dict[str, Any]:
    body: dict[str, Any] = {
        "schema": "docgen/history/v1",
        "whole": past.whole,
        "runs": [
            {
                "collected_at": night.collected_at,
                "snapshot": night.snapshot,
                "sha256": night.sha256,
                "before": night.before,
                "link": past.links[night.name],
                "environments": dict(night.lights),
                "changes": [
                    {"id": c.id, "before": c.before, "after": c.after} for c in past.changed[night.name]
                ],
            }
            for night in reversed(past.nights)
        ],
    }
    if ids:
        body["checks"] = {
            id_: [
                {
                    "status": p.status,
                    "first": p.first.collected_at,
                    "last": p.last.collected_at,
                    "runs": p.runs,
                }
                for p in past.periods(id_)
            ]
            for id_ in ids
        }
    return body
