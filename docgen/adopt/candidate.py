"""Candidates: checks that a spec might hold. What the host answers decides which become lines of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from pydantic import ValidationError

from checks.evaluate import judge_facts
from checks.kinds import kind
from checks.model import Fact, Judgement, Observation, Probe, Verdict
from docgen.presets.text import comment, scalar

Declared = str | dict[str, Any]
"""What a spec says of a kind: its short form, or its keys."""

Facts = Mapping[str, Fact]
"""What was seen, by the id of the probe."""


class Place(NamedTuple):
    """Where relative paths and addresses start, and the host that is looked at."""

    host: str
    root: str | None
    url: str | None
    address: str | None


class Candidate(NamedTuple):
    """One check in ``forms`` from strict to loose: the first that is as it should be becomes a line. Or, where
    the values are not known beforehand, ``made`` makes the forms from what was asked for with ``forms``.

    ``expected``: that it is not so is worth a remark; otherwise nothing is said."""

    kind: str
    forms: tuple[Declared, ...]
    made: Callable[[Declared, dict[str, Fact]], Sequence[Declared]] | None = None
    expected: bool = False


class Part(NamedTuple):
    """A component to be: its candidates, and how it is headed."""

    name: str
    candidates: tuple[Candidate, ...]
    about: str = "operation"
    soll: str = ""
    remarks: tuple[str, ...] = ()


def asked(candidate: Candidate, place: Place) -> list[Probe]:
    """Every probe that any form of `candidate` needs. A form that the kind does not take needs none."""
    found: list[Probe] = []
    for form in candidate.forms:
        with suppress(ValidationError):
            found += _probes(candidate.kind, form, place)[1].values()
    return found


def lines(candidate: Candidate, place: Place, facts: Facts) -> Iterator[str]:
    """The line of a spec for `candidate`; a comment where it cannot be one and that matters; or nothing."""
    forms: Sequence[Declared] = candidate.forms
    if candidate.made:
        try:
            _, probes = _probes(candidate.kind, forms[0], place)
        except ValidationError:
            return
        forms = candidate.made(forms[0], {role: facts[p.id] for role, p in probes.items()})
    last: tuple[Declared, Judgement] | None = None
    for form in forms:
        judged = _judged(candidate.kind, form, place, facts)
        if judged and judged.verdict is Verdict.CONFORM and not any(a.near for a in judged.aspects):
            yield f"- {candidate.kind}: {written(form)}"
            return
        last = (form, judged) if judged else last
    if last and (candidate.expected or last[1].observation is Observation.DENIED):
        yield f"# {candidate.kind}: {comment(written(last[0]))}"
        yield f"#   left out: {comment(_why(last[1]))}"


def _probes(name: str, form: Declared, place: Place) -> tuple[Any, dict[str, Probe]]:
    its = kind(name)
    value = form if isinstance(form, dict) else {(its.shorthand or "").replace("_", "-"): form}
    context = {"root": place.root, "url": place.url, "address": place.address}
    params = its.params.model_validate(value, context=context)
    return params, {
        role: Probe.model_construct(
            at=None if p.at is None else place.host, verb=p.verb, args=p.args, deadline=p.deadline
        )
        for role, p in its.probes(params).items()
    }


def _judged(name: str, form: Declared, place: Place, facts: Facts) -> Judgement | None:
    """The judgement of one form; None where it is no check, or was not asked for."""
    try:
        params, probes = _probes(name, form, place)
    except ValidationError:
        return None
    if any(p.id not in facts for p in probes.values()):
        return None
    return judge_facts(kind(name), params, {role: facts[p.id] for role, p in probes.items()})


def _why(judged: Judgement) -> str:
    from checks.model import msg
    from docgen.i18n import Translator

    t = Translator("en")
    if judged.verdict is Verdict.UNDETERMINED:
        return t.plain(judged.reason or msg("It could not be seen."))
    seen = [t.plain(a.actual) for a in judged.aspects if a.verdict is not Verdict.CONFORM and a.actual]
    return f"seen is {', '.join(seen)}" if seen else "it is not so"


def written(value: Any) -> str:
    """`value` as YAML on one line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(written(item) for item in value) + "]"
    return scalar(value) if isinstance(value, str) else str(value)
