"""``docgen explain``: what a check wants, why, where each value came from, what was seen."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from docgen.commands import options

if TYPE_CHECKING:
    from checks.kinds.interface import Kind
    from checks.model import Snapshot
    from checks.spec import Check, Spec
    from docgen.i18n import Translator

WIDTH = 100


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
        from docgen.i18n import Translator

        t = Translator(lang or "en")
        width = max(map(len, names()))
        lines = [f"{name:<{width}}  {t(kind(name).summary)}" for name in sorted(names())]
        options.write("\n".join(lines) + "\n", None)
        return
    if check in names():
        from docgen.catalogue import entry

        _entry(entry(kind(check)))
        return
    spec = options.load_spec(config, variables)
    snapshot = None
    if from_:
        from checks import snapshot as snapshots

        snapshot = snapshots.read(Path(from_))
    found = _matching(spec, check)
    options.write("\n".join("\n".join(_explained(spec, one, snapshot, lang)) for one in found) + "\n", None)


def _entry(text: str) -> None:
    """The entry of a kind in the catalogue: on a terminal laid out, else as the Markdown that it is."""
    if not sys.stdout.isatty():
        options.write(text, None)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console(width=min(options.terminal_width() or WIDTH, WIDTH)).print(Markdown(text, hyperlinks=False))


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
    from checks.plan import describe
    from checks.sources import network
    from checks.sources.batch import IDENTITY, compile_batch
    from docgen.i18n import Translator
    from docgen.labels import SEVERITY

    t = Translator(lang or spec.language)
    words = spec.translations.get(t.language, {})
    its = kind(check.kind)
    rows: list[Row] = []

    def row(name: str, value: str, prose: bool = True) -> None:
        rows.append(Row(name, words.get(value, value), prose))

    row(t("kind"), f"{its.name}: {t(its.summary)}")
    row(t("why"), t(its.why))
    if not snapshot:  # what was seen is compared with all of it, below
        row(t("SOLL"), t.plain(check.soll))
    row(t("declared at"), check.origin, False)
    decided = {"the check": t("from the check"), "its component": t("from its component")}
    where = decided.get(check.severity_from, t("from the kind"))
    row(t("severity"), f"{t.plain(SEVERITY[check.severity])} ({where})")
    if check.owner:
        row(t("owner"), check.owner)
    for need in check.needs:
        row(t("needs"), need, False)
    row(t("remedy"), t.plain(check.remedy or its.remedy(check.params)))
    for name, value in _values(its, check, t):
        row(name, value, False)
    for name, value in check.sources:
        row(t("variable"), f"{name} = {value}", False)
    near = [p for p in check.probes.values() if p.verb not in network.VERBS]
    commands = compile_batch(f"{check.environment}/{check.host}", near).commands() if near else ()
    for one in commands:
        if one != IDENTITY:
            row(t("runs"), one.shell(), False)
    for probe in check.probes.values():
        if probe.verb in network.VERBS:
            row(t("asks"), describe(probe))
    if snapshot:
        rows.append(Row("", "", False))
        rows += _seen(spec, check, snapshot, t)
    width = max(len(one.name) for one in rows) + 1
    lines = [line for one in rows for line in one.lines(width)]
    return [check.id, "=" * len(check.id), "", *lines, ""]


class Row(NamedTuple):
    """One line of the explanation. Prose is wrapped; what may be copied is not."""

    name: str
    value: str
    prose: bool = True

    def lines(self, width: int) -> list[str]:
        """The row with its name in `width` columns."""
        lead = f"{self.name:<{width}} "
        if not self.prose or not self.value:
            return [(lead + self.value).rstrip()]
        across = min(options.terminal_width() or WIDTH, WIDTH)
        return wrap(
            lead + self.value,
            max(across, width + 30),
            subsequent_indent=" " * len(lead),
            break_long_words=False,
            break_on_hyphens=False,
        )


def _values(its: Kind, check: Check, t: Translator) -> Iterator[tuple[str, str]]:
    """What the check says of its kind, as it is written and what it became; then what it leaves to the defaults."""

    def shown(value: Any) -> str:
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    final = check.params.model_dump(mode="json", by_alias=True)
    if check.written is None:
        for name in sorted(check.params.model_fields_set):
            by = t("from the check that brings this one along")
            yield t("value"), f"{name} = {shown(final.get(name))} ({by})"
        return
    short = (its.shorthand or "").strip("_").replace("_", "-")
    written = check.written if isinstance(check.written, dict) else {short: check.written}
    for name, value in written.items():
        became = final.get(name)
        arrow = f" → {became}" if isinstance(became, str) and became != value else ""
        yield t("value"), f"{name} = {shown(value)}{arrow}"
    defaults = [
        f"{name} = {shown(v)}" for name, v in final.items() if name not in written and v not in (None, [], {})
    ]
    if defaults:
        yield t("defaults"), ", ".join(defaults)


def _seen(spec: Spec, check: Check, snapshot: Snapshot, t: Translator) -> Iterator[Row]:
    from checks.evaluate import evaluate
    from checks.phrases import ist, soll
    from docgen.labels import OBSERVATION, status_label
    from docgen.renderers.printable import printable
    from docgen.translated import translated

    report = translated(evaluate(spec, snapshot), t.language)
    result = next(r for r in report.results() if r.id == check.id)
    yield Row(t("status"), t.plain(status_label(result)))
    yield Row(t("SOLL"), printable(t.plain(soll(result))))
    yield Row(t("IST"), printable(t.plain(ist(result))))
    if result.reason and result.aspects:  # else the IST says it
        yield Row(t("reason"), printable(t.plain(result.reason)))
    if result.because:
        yield Row(t("because"), ", ".join(result.because), False)
    for evidence in result.evidence:
        how = f"{t.plain(OBSERVATION[evidence.observation])}, {t.time(evidence.observed_at)}"
        yield Row(t("seen"), f"{how}: {printable(evidence.command)}", False)
        yield from (Row("", f"| {printable(line)}", False) for line in evidence.excerpt.splitlines()[:12])
