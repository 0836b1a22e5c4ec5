"""The judgement of a check: what was compared, and what follows. Text is still :class:`Message`."""

from __future__ import annotations

from typing import NamedTuple

from checks.model.message import Message
from checks.model.words import (
    Assurance,
    Observation,
    Verdict,
)


class Aspect(NamedTuple):
    """One property of a check, SOLL beside IST: ``name`` "owner", ``expected`` "deploy", ``actual`` "root".

    ``name`` may be None where the values speak for themselves; ``actual`` is None where nothing was seen.
    ``near`` marks a value that conforms with a limit close by. ``note`` says what the values do not. ``apart`` is a sentence
    for both sides, where these say more than stands well beside that of the others.
    """

    name: Message | None
    expected: Message
    actual: Message | None
    verdict: Verdict
    near: bool = False
    note: Message | None = None
    apart: Message | None = None


class GateSeen(NamedTuple):
    """A gate as one check saw it: what became of each of its parts, by the path it looks for; what it would stop, and
    when it last proved itself (RFC 3339), if it did."""

    name: str
    parts: tuple[tuple[str, Verdict], ...]
    stops: Message | None = None
    proven: str | None = None


class Judgement(NamedTuple):
    """A kind's answer for one check. ``reason`` explains an undetermined verdict, or adds to a deviation;
    ``remedy`` is what would settle or repair it, more exactly than the kind's general remedy.
    ``observation`` is that of the probe that decided the verdict. ``awaiting``: a human decision is open, and whose.
    ``assurance``: how well it is known, where that is not what its kind says. ``stands_for``: names under which other
    checks may know what this one is about; ``behind``: it was not reached because of what one of these names, the
    most exact first; ``perhaps``: it may have been reached."""

    verdict: Verdict
    observation: Observation
    aspects: tuple[Aspect, ...] = ()
    reason: Message | None = None
    remedy: Message | None = None
    awaiting: str | None = None
    assurance: Assurance | None = None
    stands_for: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    perhaps: bool = False
    since: str | None = None
    gate: GateSeen | None = None
