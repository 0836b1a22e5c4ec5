"""Phrases made from a result: its SOLL, its IST and the difference between them, in one way for all formats."""

from __future__ import annotations

import json
from collections.abc import Mapping, Set

from checks.model import Aspect, ComponentResult, Message, Result, Status, Verdict, msg, nmsg, phrase, text


def differing(result: Result) -> list[Aspect]:
    """The aspects in which SOLL and IST differ, or a limit is near, or nothing could be seen."""
    return [a for a in result.aspects if a.verdict is not Verdict.CONFORM or a.near]


def beside(result: Result) -> list[Aspect]:
    """The aspects whose SOLL and IST stand side by side."""
    return [a for a in result.aspects if a.apart is None]


def soll(result: Result) -> Message:
    """What should be, in one line."""
    return joined(soll_parts(result))


def soll_parts(result: Result) -> list[Message]:
    """What should be, each property for itself."""
    subject = [result.soll] if result.soll.id else []
    return subject + [_named(a, a.expected) for a in beside(result) if not said_by_soll(result, a)]


def declared(subject: Message, written: object, named: Set[str | None]) -> Message:
    """The SOLL of a check of which nothing could be compared: its `subject`, and what the spec has `written` of it but
    for the keys that are `named` in the subject. A SOLL in the spec's own words is left alone."""
    if subject.id == text("").id or not isinstance(written, Mapping):
        return subject
    wanted = ((k, v if isinstance(v, str) else json.dumps(v, ensure_ascii=False)) for k, v in written.items())
    # What holds a secret is how it is asked, not what is wanted.
    rest = [f"{key}: {value}" for key, value in wanted if key not in named and "{secret." not in value]
    return phrase("{soll} · {rest:code}", {"soll": subject, "rest": ", ".join(rest)}) if rest else subject


def said_by_soll(result: Result, aspect: Aspect) -> bool:
    """Whether the SOLL of `result` says already what `aspect` expects: mostly that something is there."""
    return bool(result.soll.id) and aspect.name is None and aspect is result.aspects[0]


def ist(result: Result) -> Message:
    """What was seen, in one line; where nothing was, why."""
    return joined(ist_parts(result))


def ist_parts(result: Result) -> list[Message]:
    """What was seen, each property for itself; where nothing was, why."""
    seen = [_named(a, a.actual) for a in beside(result) if a.actual is not None]
    if not seen:
        return [headline(result) or msg("not seen")]
    if result.status is Status.PENDING and result.because:
        return [msg("not reached; seen, but not counted: {seen}", seen=joined(seen))]
    return seen


def difference(result: Result) -> Message | None:
    """The differences in words: "owner: root instead of deploy". None where there are none."""
    parts = [_differs(result, a) for a in differing(result) if a.verdict is not Verdict.UNDETERMINED]
    return joined(parts) if parts else None


def _differs(result: Result, aspect: Aspect) -> Message:
    if aspect.apart is not None:
        return aspect.apart
    # Where the same stands on both sides, or a place where the subject stands, only the note says what is wrong.
    bare = aspect.name is None or aspect.actual in (None, aspect.expected)
    if aspect.note and bare and (aspect.near or aspect.actual is None):
        return _about(result, aspect, aspect.note)
    actual = aspect.actual or msg("not seen")
    if aspect.name is None or aspect.expected.id in _IMPLIED:
        return _about(result, aspect, actual)
    words = {"name": aspect.name, "actual": actual, "expected": aspect.expected}
    if aspect.near:
        return msg("{name}: {actual} (SOLL: {expected})", **words)
    return msg("{name}: {actual} instead of {expected}", **words)


_IMPLIED = {"yes", "done", "in it", "in the job", "stops the run", "the same"}
"""What was expected goes without saying, and reads badly behind a sentence: "no: the gate in a.yml:5 instead of yes"."""


def _about(result: Result, aspect: Aspect, said: Message) -> Message:
    if aspect.name is None:
        return msg("{subject}: {actual}", subject=result.name, actual=said)
    return msg("{name}: {value}", name=aspect.name, value=said)


def headline(result: Result) -> Message | None:
    """What is to be said first of `result`: what differs, or why that cannot be told. None where all is well."""
    differs = difference(result)
    unseen = [a for a in result.aspects if a.verdict is Verdict.UNDETERMINED]
    if result.verdict is not Verdict.UNDETERMINED:
        # A reason is about what could not be told, where there is such a thing; else it says more than the difference.
        return differs or result.reason if unseen else result.reason or differs
    whys = [_about(result, a, a.note or a.actual or msg("not seen")) for a in unseen]
    return result.reason or (joined(whys) if whys else differs)


def component_ist(component: ComponentResult) -> Message:
    """What was seen of a component, in one line: the worst of it first."""
    if len(component.results) == 1:
        return ist(component.results[0])
    met = sum(r.status in (Status.OK, Status.NOT_APPLICABLE) for r in component.results)
    lead = msg("{met:int} of {n:int} checks met", met=met, n=len(component.results))
    blamed = min(component.results, key=lambda r: r.status.rank, default=None)
    if blamed is None or met == len(component.results):
        return lead
    if blamed.status is Status.PENDING:
        count = sum(r.status is Status.PENDING for r in component.results)
        return msg(
            "{lead}; {rest}", lead=lead, rest=nmsg("{n} check not reached", "{n} checks not reached", n=count)
        )
    return msg("{lead}; {rest}", lead=lead, rest=headline(blamed) or blamed.name)


def _named(aspect: Aspect, value: Message | None) -> Message:
    value = value or msg("not seen")
    return value if aspect.name is None else msg("{name} {value}", name=aspect.name, value=value)


def joined(parts: list[Message]) -> Message:
    """`parts` that are no sentences in one line."""
    if not parts:
        return msg("–")
    made = parts[0]
    for part in parts[1:]:
        made = phrase("{first} · {second}", {"first": made, "second": part})
    return made


def sentences(parts: list[Message]) -> Message:
    """`parts` one behind the other. Raises IndexError where there are none."""
    joined = parts[0]
    for part in parts[1:]:
        joined = phrase("{first} {second}", {"first": joined, "second": part})
    return joined


def awaited(result: Result) -> Message | None:
    """Whose decision is open, if one is."""
    if not result.awaiting:
        return None
    if result.awaiting == "–":
        return msg("An approval is awaited.")
    return msg("An approval by {who:code} is awaited.", who=result.awaiting)
