"""A workflow beside another one, and beside what a rescue did to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from checks.kinds.interface import aspect
from checks.knowledge.pipelines.acts import ACTS
from checks.knowledge.pipelines.evidence import job_of, state_of
from checks.knowledge.pipelines.reading import Reading
from checks.model import Aspect, msg


def beside(reading: Reading, other: Reading | None, workflow: str, unlike: Sequence[str]) -> Iterator[Aspect]:
    """What only one of the two workflows does, but for `unlike`; `workflow` is the name of the `other`."""
    name = msg("beside {workflow:code}", workflow=workflow)
    if other is None:
        yield aspect(name, msg("the same"), None, None, note=msg("The workflow file was not read."))
        return
    allowed = {wish.split()[0] for wish in unlike}
    mine, its = ({act.act for act in r.acts if not act.rescue} - allowed for r in (reading, other))
    lacks = tuple(act for act in ACTS if act in its - mine)
    more = tuple(act for act in ACTS if act in mine - its)
    if not lacks and not more:
        yield aspect(name, msg("the same"), msg("the same"), True)
    if lacks:
        yield aspect(name, msg("the same"), msg("here is no {acts:list}", acts=lacks), False)
    if more:
        yield aspect(name, msg("the same"), msg("only here: {acts:list}", acts=more), False)


def undone(reading: Reading, value: Mapping[str, Any]) -> Iterator[Aspect]:
    """Whether a rescue of the newest run switched back what it had switched to."""
    switches = [act for act in reading.acts if act.act == "switch" and not act.rescue]
    if value["run"] is None or not any(state_of(value, reading, act).word == "done" for act in switches):
        return
    for act in reading.acts:
        if act.act == "switch" and act.rescue and job_of(value, reading, act.job).word == "done":
            # What failed and made it necessary is another check's to say.
            note = msg("It was undone by the job {job:code} of the same run.", job=act.job)
            yield aspect(msg("the switch"), msg("holds"), msg("undone"), True, near=True, note=note)
            return
