"""The format of crontabs: entries, and schedules that mean the same. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_NAMED = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_SETTING = re.compile(r"[\"']?[A-Za-z_]\w*[\"']?\s*=")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_LIMITS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


class Entry(NamedTuple):
    """One line that cron would act on. ``user`` "" in a crontab that belongs to its user."""

    schedule: str
    user: str
    command: str


def entries(text: str, *, with_user: bool) -> Iterator[Entry]:
    """The entries of a crontab; `with_user` as in /etc/crontab. Comments and settings are none."""
    for line in text.splitlines():
        line = line.strip()
        if not line or line.startswith("#") or _SETTING.match(line):
            continue
        count = 1 if line.startswith("@") else 5
        words = line.split(None, count + with_user)
        if len(words) == count + with_user + 1:
            yield Entry(" ".join(words[:count]), words[count] if with_user else "", words[-1])


def same(one: str, other: str) -> bool:
    """Whether two schedules are due at the same times."""
    return _meaning(one) == _meaning(other)


def is_schedule(text: str) -> bool:
    """Whether cron would take `text` for a schedule."""
    text = text.strip().lower()
    return text == "@reboot" or text in _NAMED or all(isinstance(field, tuple) for field in _meaning(text))


def _meaning(schedule: str) -> tuple[object, ...]:
    text = " ".join(schedule.lower().split())
    fields = _NAMED.get(text, text).split()
    if len(fields) != len(_LIMITS):
        return (text,)
    return tuple(_times(field, index) for index, field in enumerate(fields))


def _times(field: str, index: int) -> tuple[bool, frozenset[int]] | str:
    """When a field is due, and whether it begins with a star (of the two fields for days, a star matters:
    without one, either of them is enough). What cron would not take stays text."""
    low, high = _LIMITS[index]
    due: set[int] = set()
    for part in field.split(","):
        match = re.fullmatch(r"(\*|\w+)(?:-(\w+))?(?:/(\d+))?", part)
        if not match:
            return field
        first = low if match[1] == "*" else _number(match[1], index)
        last = high if match[1] == "*" else _number(match[2] or match[1], index)
        step = int(match[3] or 1)
        if first is None or last is None or not low <= first <= last <= high or not step:
            return field
        if match[3] and not match[2] and match[1] != "*":
            return field
        due |= set(range(first, last + 1, step))
    if index == 4:
        due = {day % 7 for day in due}
    return index in (2, 4) and field.startswith("*"), frozenset(due)


def _number(word: str, index: int) -> int | None:
    if word.isdecimal():
        return int(word)
    names = {3: _MONTHS, 4: _DAYS}.get(index, ())
    return names.index(word) + (index == 3) if word in names else None
