"""``docgen explain``: what a check wants, why, where each value came from, what was seen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from docgen.commands import options

if TYPE_CHECKING:
    from checks.kinds.interface import Kind
    from checks.model import Snapshot
    from checks.spec import Check, Spec


@click.command("explain")
@click.argument("check", required=False)
@click.option("--from", "from_", metavar="SNAPSHOT", help="Also say what was seen in this snapshot.")
@click.option("--catalogue", is_flag=True, help="All kinds of checks, as Markdown.")
@options.language
@options.config
def command(
    check: str | None,
    from_: str | None,
    catalogue: bool,
    lang: str | None,
    config: str | None,
    variables: tuple[str, ...],
) -> None:
    """What CHECK wants, why, and where each value came from.

    CHECK is the id of a check (as reports print it; a part is enough if only one matches), or the name of a
    kind such as `file` or `http`. Without CHECK: the kinds there are.
    """
    from checks.kinds import kind, names

    if catalogue:
        from docgen.catalogue import catalogue as whole

        options.write(whole(), None)
        return
    if check is None:
        width = max(map(len, names()))
        lines = [f"{name:<{width}}  {kind(name).summary}" for name in sorted(names())]
        options.write("\n".join(lines) + "\n", None)
        return
    if check in names():
        from docgen.catalogue import entry

        options.write(entry(kind(check)), None)
        return
    spec = options.load_spec(config, variables)
    snapshot = None
    if from_:
        from checks import snapshot as snapshots

        snapshot = snapshots.read(Path(from_))
    found = _matching(spec, check)
    options.write("\n".join("\n".join(_explained(spec, one, snapshot, lang)) for one in found) + "\n", None)


def _matching(spec: Spec, wanted: str) -> list[Check]:
    checks = spec.checks()
    for found in (
        [c for c in checks if c.id == wanted],
        [c for c in checks if c.id.split("@")[0] == wanted],
        [c for c in checks if wanted in c.id],
    ):
        if found:
            if len({c.id.split("@")[0] for c in found}) > 5:
                ids = "\n  ".join(c.id for c in found[:20])
                raise click.UsageError(f"{wanted!r} matches {len(found)} checks; be more exact:\n  {ids}")
            return found
    from difflib import get_close_matches

    close = get_close_matches(wanted, [c.id for c in checks], 3, 0.4)
    hint = "Close to it: " + ", ".join(close) if close else "The ids stand in `docgen status --format json`."
    raise click.UsageError(f"There is no check or kind {wanted!r}. {hint}")


def _explained(spec: Spec, check: Check, snapshot: Snapshot | None, lang: str | None) -> list[str]:
    from checks.kinds import kind
    from checks.sources import network
    from checks.sources.batch import IDENTITY, compile_batch
    from docgen.i18n import Translator

    t = Translator(lang or spec.language)
    its = kind(check.kind)
    lines = [check.id, "=" * len(check.id), ""]

    def row(name: str, value: str) -> None:
        lines.append(f"{name:<12} {value}")

    row("kind", f"{its.name}: {its.summary}")
    row("why", its.why)
    if not snapshot:  # what was seen is compared with all of it, below
        row("SOLL", t.plain(check.soll))
    row("declared at", check.origin)
    row("severity", f"{check.severity} (from {check.severity_from})")
    if check.owner:
        row("owner", check.owner)
    for need in check.needs:
        row("needs", need)
    row("remedy", t.plain(check.remedy or its.remedy(check.params)))
    for name, value in _values(its, check):
        row(name, value)
    for name, value in check.sources:
        row("variable", f"{name} = {value}")
    near = [p for p in check.probes.values() if p.verb not in network.VERBS]
    commands = compile_batch(f"{check.environment}/{check.host}", near).commands() if near else ()
    for one in commands:
        if one != IDENTITY:
            row("runs", one.shell())
    from checks.plan import describe

    for probe in check.probes.values():
        if probe.verb in network.VERBS:
            row("asks", describe(probe))
    if snapshot:
        lines += _seen(spec, check, snapshot, t)
    return [*lines, ""]


def _values(its: Kind, check: Check) -> Iterator[tuple[str, str]]:
    """What the check says of its kind, as it is written and what it became; then what it leaves to the defaults."""

    def shown(value: Any) -> str:
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    final = check.params.model_dump(mode="json", by_alias=True)
    if check.written is None:
        for name in sorted(check.params.model_fields_set):
            yield "value", f"{name} = {shown(final.get(name))} (from the check that brings this one along)"
        return
    short = (its.shorthand or "").strip("_").replace("_", "-")
    written = check.written if isinstance(check.written, dict) else {short: check.written}
    for name, value in written.items():
        became = final.get(name)
        arrow = f" → {became}" if isinstance(became, str) and became != value else ""
        yield "value", f"{name} = {shown(value)}{arrow}"
    defaults = [
        f"{name} = {shown(v)}" for name, v in final.items() if name not in written and v not in (None, [], {})
    ]
    if defaults:
        yield "defaults", ", ".join(defaults)


def _seen(spec: Spec, check: Check, snapshot: Snapshot, t: Any) -> list[str]:
    from checks.evaluate import evaluate
    from checks.phrases import ist, soll
    from docgen.labels import status_label
    from docgen.renderers.printable import printable

    report = evaluate(spec, snapshot)
    result = next(r for r in report.results() if r.id == check.id)
    lines = [
        "",
        f"{'status':<12} {t.plain(status_label(result))}",
        f"{'SOLL':<12} {printable(t.plain(soll(result)))}",
        f"{'IST':<12} {printable(t.plain(ist(result)))}",
    ]
    if result.reason:
        lines.append(f"{'reason':<12} {printable(t.plain(result.reason))}")
    if result.because:
        lines.append(f"{'because':<12} {', '.join(result.because)}")
    for evidence in result.evidence:
        lines.append(
            f"{'seen':<12} {evidence.observation} at {evidence.observed_at}: {printable(evidence.command)}"
        )
        lines += [f"{'':<12} | {printable(line)}" for line in evidence.excerpt.splitlines()[:12]]
    return lines
