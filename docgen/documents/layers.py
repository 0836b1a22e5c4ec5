"""Where each layer of a gate stands, what it tries beside it, how far a run got with it; and what comes after the switch."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

from checks.knowledge.pipelines.evidence import where
from checks.knowledge.pipelines.gates import Carried, carried
from checks.knowledge.pipelines.progress import state_of
from checks.knowledge.pipelines.reading import Act, Reading
from checks.knowledge.pipelines.versions import versions
from checks.model import Fact, GateMatrix, Layer, Message, Status, code, msg, nmsg, text
from docgen.documents import deployments
from docgen.documents.compose import Found, checks, fact
from docgen.documents.interface import Cell, Link, Mark, Source, Table

_BEFORE = ("checkout", "build", "install", "download", "checksum", "transfer", "extract")
_AFTER = ("bundle", "upload", "migrate", "switch")
STATES = {
    "done": Mark(Status.OK, msg("passed")),
    "failed": Mark(Status.FAIL, msg("failed")),
    "not reached": Mark(Status.PENDING, msg("not reached")),
    "skipped": Mark(Status.NOT_APPLICABLE, msg("skipped")),
    "running": Mark(Status.PENDING, msg("running")),
}
_UNKNOWN = Mark(Status.UNKNOWN, msg("not known"))


def facts_of(source: Source, gate: GateMatrix, layer: Layer) -> Iterator[tuple[Message, Cell]]:
    """What is known of `layer`, as names and values."""
    tried = sum(cell is not None for cell in layer.cells)
    yield msg("Tries"), msg("{n:int} of {all:int}", n=tried, all=len(gate.parts))
    if layer.stops is not None:
        yield msg("Would stop"), layer.stops
    for one in checks(source):
        if one.result.id in layer.results:
            yield from _known(source, one, len(layer.results))
            break
    if layer.proven:
        yield msg("Last proved"), msg("{at:time}", at=layer.proven)


def _known(source: Source, one: Found, n: int) -> Iterator[tuple[Message, Cell]]:
    match one.result.kind:
        case "gate-in-workflow":
            if its := fact(source, one, "run"):
                yield from _in_workflow(one, its)
        case "bundle":
            if its := fact(source, one, "bundle"):
                yield from _in_bundle(its.value)
        case "rehearsal":
            yield msg("Ledger"), code(one.check.params.files)
            seen = [aspect.actual for aspect in one.result.aspects if aspect.actual is not None]
            if seen:
                yield msg("Rehearsal"), seen[0]
        case _:
            asked = next((e for e in one.result.evidence if e.command or e.host), None)
            yield msg("Looks at"), msg("the folder itself, on {host:code}", host=one.check.host or "local")
            if asked and asked.observed_at:
                yield msg("Looked at"), msg("{at:time}", at=asked.observed_at)


def _in_workflow(one: Found, its: Fact) -> Iterator[tuple[Message, Cell]]:
    p, value = one.check.params, its.value
    yield msg("Workflow"), code(f".github/workflows/{p.workflow}")
    found = [v.reading for v in versions(value, p.workflow, p.link, p) if v.reading is not None]
    if not found:
        return
    reading, gate = found[-1], _carried(found[-1], p)
    acts = gate.acts() if gate else []
    if acts:
        yield msg("Step"), _step(reading, acts[0])
        if place := _place(reading, acts):
            yield msg("Position"), place
        if beside := _beside(reading, acts):
            yield msg("Besides"), msg("{commands:list}", commands=tuple(beside))
    run = value["run"]
    if run is None:
        yield msg("Newest run"), Mark(Status.UNKNOWN, msg("it has never run"))
        return
    said = msg("run {number:int} of {at:time}: {word:code}", number=run["number"], at=run["created"],
               word=run["conclusion"] or run["status"])  # fmt: skip
    yield msg("Newest run"), Link(said, run["url"])
    ran = _carried(found[0], p)
    if ran and ran.acts():
        words = {state_of(value, found[0], act).word for act in ran.acts()}
        yield msg("The gate in it"), STATES.get(words.pop(), _UNKNOWN) if len(words) == 1 else _UNKNOWN
    else:
        yield msg("The gate in it"), Mark(Status.UNKNOWN, msg("the file of that run had none"))


def _step(reading: Reading, act: Act) -> Message:
    return msg(
        "{job} / {step} ({place:code})", job=text(act.job), step=text(act.step), place=where(reading, act)
    )


def _carried(reading: Reading, p: Any) -> Carried | None:
    return next(iter(carried(reading, p.gate, p.paths, p.job)), None)


def _place(reading: Reading, acts: list[Act]) -> Message | None:
    """Behind and before which doings of its job it stands."""
    mine = sorted((a for a in reading.acts if a.job == acts[0].job and not a.rescue), key=lambda a: a.at)
    behind = [a for a in mine if a.act in _BEFORE and a.at < acts[0].at][-1:]
    before = list({a.act: a for a in reversed(mine) if a.act in _AFTER and a.at > acts[-1].at}.values())[::-1]
    named = [tuple(f"{a.act} ({where(reading, a)})" for a in some) for some in (behind, before)]
    if all(named):
        return msg("behind {behind:list}, before {before:list}", behind=named[0], before=named[1])
    if named[1]:
        return msg("before {before:list}", before=named[1])
    return msg("behind {behind:list}", behind=named[0]) if named[0] else None


def _beside(reading: Reading, acts: list[Act]) -> list[str]:
    """What else the step tries of the release before anything depends on it: that PHP can load it."""
    ends = [a.at for a in reading.acts if a.job == acts[0].job and a.act in _AFTER and a.at > acts[-1].at]
    other = {(a.line, a.argv) for a in reading.acts}
    return [
        " ".join(map(_word, one.argv))
        for one in reading.commands
        if (one.job, one.step) == (acts[0].job, acts[0].step)
        and one.argv[0].rpartition("/")[2].startswith("php")
        and one.at > acts[0].at
        and (not ends or one.at < min(ends))
        and (one.line, one.argv) not in other
        and one.fails.stops
    ]


def _word(word: str) -> str:
    """As people quote it."""
    return f'"{word}"' if "'" in word and not set('"$`\\') & set(word) else shlex.quote(word)


def _in_bundle(seen: dict[str, Any]) -> Iterator[tuple[Message, Cell]]:
    if seen["name"]:
        yield msg("Bundle"), msg("{name:code}, {size:size}", name=seen["name"], size=seen["size"])
    if seen["sha256"]:
        yield msg("SHA-256"), code(seen["sha256"])
    if run := seen["run"]:
        built = msg("run {number:int}, commit {commit:code}", number=run["number"], commit=run["commit"][:8])
        yield msg("Built by"), Link(built, run.get("url") or "")


def after_the_switch(source: Source) -> Table | None:
    """What the workflow that deploys does when the release is live: smoke tests, and going back; with how far the newest
    run got. None where there is none, or no workflow could be read."""
    found, (its, _) = deployments.workflow(source), deployments.reading(source)
    if its is None or found is None:
        return None
    switches = [act for act in its.acts if act.act == "switch" and not act.rescue]
    if not switches:
        return None
    rows: list[tuple[Cell, ...]] = []
    groups: dict[tuple[str, str, bool], list[Act]] = {}
    for act in its.acts:
        asks = act.act == "request" and not act.rescue
        later = switches[0].job in its.before.get(act.job, ()) or (
            act.job == switches[0].job and act.at > switches[0].at
        )
        if (asks and later) or (act.rescue and act.act == "switch"):
            groups.setdefault((act.job, act.step, act.rescue), []).append(act)
    for (_, _, rescue), acts in groups.items():
        urls = tuple(dict.fromkeys(act.argv[-1] for act in acts if act.argv))
        what = nmsg("{n} request: {urls:list}", "{n} requests: {urls:list}", n=len(urls), urls=urls)
        if rescue:
            why = next((act.only.why for act in acts if act.only), "")
            back = msg("goes back to the release before")
            what = msg("{what} ({why:code})", what=back, why=why) if why else back
        mark = Mark(Status.UNKNOWN, msg("it has never run"))
        if found[1]["run"]:
            mark = STATES.get(state_of(found[1], its, acts[0]).word, _UNKNOWN)
        name = msg("Automatic rollback") if rescue else msg("Smoke tests")
        rows.append((name, _step(its, acts[0]), what, mark))
    heads = (msg("Layer"), msg("Step"), msg("What"), msg("In the newest run"))
    return Table(heads, tuple(rows)) if rows else None
