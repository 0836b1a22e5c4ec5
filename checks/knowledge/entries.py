"""What is wrong with the entries of a ledger, one beside the other."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby, pairwise
from typing import Any

from checks.kinds.interface import aspect
from checks.knowledge.ages import AHEAD
from checks.knowledge.ledgers import Entry
from checks.knowledge.moments import rfc3339
from checks.model import Aspect, Message, code, listed, msg, nmsg

MARKUP = re.compile(
    r"<\s*/?\s*(?:a|audio|base|body|embed|form|html|iframe|img|input|link|meta|object|script|style|svg|video)\b"
    r"|javascript:|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f]",
    re.IGNORECASE,
)
"""What an entry that is only text does not hold: markup that does something, control characters."""
SHOWN = 3
FIELDS = 5
LINES = (".jsonl", ".ndjson")
"""The endings of files with an entry a line."""


def each(name: Message, expected: Message, wrong: Sequence[Message]) -> Aspect:
    """Whether nothing is `wrong`; of what is, the first few are named."""
    if not wrong:
        return aspect(name, expected, expected, True)
    shown = wrong[0]
    for one in wrong[1:SHOWN]:
        shown = msg("{lead}; {rest}", lead=shown, rest=one)
    if len(wrong) > SHOWN:
        rest = nmsg("and {n} more", "and {n} more", n=len(wrong) - SHOWN)
        shown = msg("{lead}; {rest}", lead=shown, rest=rest)
    return aspect(name, expected, shown, False)


def dated(when: datetime | None, zoned: bool) -> Message:
    """The time of an entry, and whether it is only taken to be in UTC."""
    time = rfc3339(when)
    return (
        msg("{time:time}", time=time)
        if zoned
        else msg("{time:time} (it names no zone; taken as UTC)", time=time)
    )


def twice(entries: Sequence[Entry]) -> Iterator[Message]:
    """The times that several entries share: one deployment is not two. A day without a time of day is none."""
    timed = [e for e in entries if e.when and (e.zoned or f"{e.when:%H%M%S}" != "000000")]
    for when, count in Counter(e.when for e in timed).items():
        if count > 1:
            places = tuple(e.place for e in timed if e.when == when)
            yield msg("{time:time} stands in {places:list}", time=rfc3339(when), places=places)


def ahead(entries: Sequence[Entry], now: datetime) -> Iterator[Message]:
    """The entries that are dated in the future: they would stay the newest for long."""
    for entry in entries:
        if entry.when and (entry.when - now).total_seconds() > AHEAD:
            yield msg(
                "{place} is dated {time:time}, in the future", place=entry.place, time=rfc3339(entry.when)
            )


def disordered(entries: Sequence[Entry]) -> Iterator[Message]:
    """In files that are only ever appended to, the entries that are older than the one above them. What does not say its
    zone is not compared."""
    for file, group in groupby(entries, key=lambda e: e.place.rpartition(":")[0]):
        if file.endswith(LINES):
            dated = [(e.when, e) for e in group if e.when and e.zoned]
            for (before, _), (when, entry) in pairwise(dated):
                if when < before:
                    yield msg("{place} is older than the entry above it", place=entry.place)


def zoneless(entries: Sequence[Entry]) -> Message | None:
    """Which entries do not say their time zone, so that they may be hours off."""
    places = tuple(e.place for e in entries if e.when and not e.zoned)
    return msg("No time zone, so that UTC is assumed: {places:list}", places=places[:5]) if places else None


def marked_up(raw: Sequence[Mapping[str, Any]]) -> Iterator[Message]:
    """The fields of the entries `raw` (of the verb ``ledger``) with markup or control characters, as they are meant for
    whoever looks at them."""
    for one in raw:
        fields = [field for field, value in (one["entry"] or {}).items() if _suspicious([field, value])]
        if fields:
            place = f"{one['file']}:{one['line']}"
            names = listed([code(str(field)[:50]) for field in fields[:FIELDS]])
            if len(fields) > FIELDS:
                names = nmsg("{lead} and {n} more", "{lead} and {n} more", lead=names, n=len(fields) - FIELDS)
            yield msg("{place} in {fields}", place=place, fields=names)


def _suspicious(value: Any) -> bool:
    """Whether there is markup anywhere in `value`, however deep."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, str) and MARKUP.search(one):
            return True
        if isinstance(one, dict):
            left += [*one, *one.values()]
        elif isinstance(one, list):
            left += one
    return False
