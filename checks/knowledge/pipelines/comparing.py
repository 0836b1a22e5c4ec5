"""A workflow beside another one, and beside what a rescue did to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations
from typing import Any

from checks.kinds.interface import aspect
from checks.knowledge.pipelines.acts import ACTS
from checks.knowledge.pipelines.deeds import doing
from checks.knowledge.pipelines.evidence import held, unread
from checks.knowledge.pipelines.progress import job_of, states_of
from checks.knowledge.pipelines.reading import Act, Reading, precedes
from checks.model import Aspect, msg


def beside(reading: Reading, other: Reading | None, workflow: str, unlike: Sequence[str]) -> Iterator[Aspect]:
    """What only one of the two workflows does, but for `unlike`; `workflow` is the name of the `other`."""
    name = msg("beside {workflow:code}", workflow=workflow)
    if other is None:
        yield aspect(name, msg("the same"), None, None, note=msg("The workflow file was not read."))
        return
    if lost := unread(reading) or unread(other):
        yield aspect(name, msg("the same"), None, None, note=lost)
        return
    allowed = {wish.split()[0] for wish in unlike if not wish.startswith("backup ")}
    mine, its = ({act.act for act in r.acts if not act.rescue} - allowed for r in (reading, other))
    lacks = tuple(act for act in ACTS if act in its - mine)
    more = tuple(act for act in ACTS if act in mine - its)
    odd = [*_otherwise(reading, other, workflow, mine & its, unlike)]
    yield from odd
    if not lacks and not more and not odd:
        yield aspect(name, msg("the same"), msg("the same"), True)
    if lacks:
        yield aspect(name, msg("the same"), msg("here is no {acts:list}", acts=lacks), False)
    if more:
        yield aspect(name, msg("the same"), msg("only here: {acts:list}", acts=more), False)


def _otherwise(
    reading: Reading, other: Reading, workflow: str, acts: set[str], unlike: Sequence[str]
) -> Iterator[Aspect]:
    """What both do, but not alike: in another order, without effect, with sudo, without a part of it."""
    name, both = msg("beside {workflow:code}", workflow=workflow), [act for act in ACTS if act in acts]
    mine, its = ({act: doing(r, act) for act in both} for r in (reading, other))
    for one, two in permutations([act for act in both if act in _ORDERED], 2):
        if _all_before(other, its[one], its[two]) and _all_before(reading, mine[two], mine[one]):
            said = msg("here {two:code} comes before {one:code}", one=one, two=two)
            yield aspect(name, msg("the same"), said, False)
    for act in both:
        weak = next((w for a in mine[act] for sure, w in [held(reading, a)] if sure is False), None)
        if act in _ORDERED and weak and all(held(other, a)[0] for a in its[act]):
            yield aspect(name, msg("the same"), msg("{act:code}: {why}", act=act, why=weak), False)
        if any(a.sudo for a in mine[act]) and not any(a.sudo for a in its[act]):
            yield aspect(name, msg("the same"), msg("only here with sudo: {act:code}", act=act), False)
    saved = {a.what for a in its.get("backup", ())} - {a.what for a in mine.get("backup", ())}
    lost = tuple(w for w in _SAVED if w in saved and f"backup {w}" not in unlike)
    if lost:
        yield aspect(name, msg("the same"), msg("here is no backup of {what:list}", what=lost), False)


_ORDERED = ("extract", "gate", "migrate", "switch")
_SAVED = ("app", "database", "nginx")


def _all_before(reading: Reading, first: Sequence[Act], then: Sequence[Act]) -> bool:
    return all(precedes(reading, one, two) for one in first for two in then)


def lands_inside(reading: Reading, switch: Act) -> bool:
    """Whether the link that `switch` makes lands in the release that is live, and not in the place of the link to it."""
    argv = switch.argv
    if not argv or argv[0].rpartition("/")[2] != "ln":
        return False
    letters = "".join(w[1:] for w in argv[1:] if w.startswith("-") and not w.startswith("--"))
    if "n" in letters or "T" in letters or {"--no-dereference", "--no-target-directory"} & set(argv):
        return False
    gone = [a for a in reading.acts if a.act == "switch" and a.what == switch.what and a.argv[0] != argv[0]]
    return not any(precedes(reading, one, switch) for one in gone)


def undone(reading: Reading, value: Mapping[str, Any]) -> Iterator[Aspect]:
    """Whether a rescue of the newest run switched back what it had switched to."""
    switches = [act for act in reading.acts if act.act == "switch" and not act.rescue]
    if value["run"] is None or all(s.word != "done" for s in states_of(value, reading, switches)):
        return
    for act in reading.acts:
        if act.act == "switch" and act.rescue and job_of(value, reading, act.job).word == "done":
            # What failed and made it necessary is another check's to say.
            note = msg("It was undone by the job {job:code} of the same run.", job=act.job)
            yield aspect(msg("the switch"), msg("holds"), msg("undone"), True, near=True, note=note)
            return
    # A rescue may stand in what could not be read; it was only needed where something failed.
    if value["run"]["conclusion"] != "success" and (lost := unread(reading)):
        yield aspect(msg("the switch"), msg("holds"), None, None, note=lost)
