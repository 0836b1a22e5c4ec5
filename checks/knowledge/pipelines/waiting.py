"""Jobs that wait for others: so that these come first, or to go back where one of them failed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checks.kinds.interface import aspect
from checks.knowledge.pipelines.aftermath import goes_on
from checks.knowledge.pipelines.conditions import condition
from checks.knowledge.pipelines.evidence import uncalled
from checks.knowledge.pipelines.files import Job
from checks.knowledge.pipelines.reading import Reading
from checks.model import Aspect, Message, code, msg


def waits(reading: Reading, its: Job, name: str) -> Aspect:
    """Whether the job called `name` waits for `its`, and does not run where that failed."""
    other, what = reading.job(name), msg("before {act:code}", act=name)
    if other is None:
        return _no_such(reading, what)
    if not reading.awaits(other, its):
        return aspect(what, msg("yes"), msg("it does not wait for it"), False)
    usual = condition(other.condition, {f"needs.{need}.result": "success" for need in other.needs})
    rescue = usual.after_failure and usual.runs is False
    through = False if rescue else goes_on(reading, other.id, its.id)
    if through is None:
        return aspect(
            what, msg("yes"), None, None, note=msg("unclear: {why:code}", why=f"if: {other.condition}")
        )
    if through or any(one.ignored for one in (its, *reading.inside(its.id))):
        return aspect(what, msg("yes"), msg("it runs although it failed"), False)
    return aspect(what, msg("yes"), msg("yes"), True)


def _no_such(reading: Reading, what: Message) -> Aspect:
    lost = uncalled(reading)
    said = None if lost else msg("there is no such job")
    return aspect(what, msg("yes"), said, None if lost else False, note=lost)


def rescues_from(names: Sequence[str], reading: Reading, its: Job) -> Iterator[Aspect]:
    """Whether the job `its` runs where one of those called `names` failed, and not where all went well."""
    said = condition(its.condition, {f"needs.{name}.result": "success" for name in its.needs})
    shown = code(" ".join(its.condition.split())) if its.condition else msg("no condition")
    for name in names:
        other, what = reading.job(name), msg("after {act:code}", act=name)
        if other is None:
            yield _no_such(reading, what)
            continue
        if not reading.awaits(its, other):
            yield aspect(what, msg("yes"), msg("it does not wait for it"), False)
            continue
        rescues = goes_on(reading, its.id, other.id) if not other.ignored else False
        right = False if said.runs is True or rescues is False else None if rescues is None else True
        note = None if right is not None else msg("It depends on more than that.")
        yield aspect(what, msg("runs, and only then"), shown if right is not None else None, right, note=note)
