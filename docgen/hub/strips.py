"""90 nights as a strip: bars that are read by their height and shape, and the same in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import NamedTuple

from checks.model import Light, Message, Status, msg, nmsg
from docgen import labels
from docgen.hub import nights
from docgen.hub.nights import Day, Lack, Night, Value

_AS = {Light.GREEN: "ok", Light.YELLOW: "warn", Light.RED: "fail", Light.GREY: "unknown"}
_PITCH, _WIDTH = 10, 8
# Of one height all along: one line, which the style sheet cuts into bars. The others are drawn one by one.
_LINES = {"ok": 35, "warn": 29, "not_applicable": 37}
_BARS = {
    "fail": "M{x} 4h8v36h-8zm3 4v10h2v-10z",
    "pending": "M{y} 18.5h7v21h-7z",
    "unknown": "M{y} 18.5h7v21h-7z",
    "waived": "M{y} 30.5h7v9h-7z",
    "none": "M{x} 32l7 7m0-7l-7 7",
    "before": "M{z} 39h2",
    "absent": "M{z} 39h2",
}


SHAPES = {name: f"M0 {y}h{_WIDTH}" for name, y in _LINES.items()} | {
    name: bar.format(x=0, y=0.5, z=3) for name, bar in _BARS.items()
}
"""One bar of each class, as the legend shows it."""


class Told(NamedTuple):
    """A night that was not in order: the day, in words, and the name of its run, if there was one."""

    day: str
    said: Message
    run: str | None


class Strip(NamedTuple):
    """``paths`` are what is drawn, by class; ``first`` and ``last`` the days; ``sums`` how many nights of which sort;
    ``told`` the nights that were not in order, the newest first."""

    paths: tuple[tuple[str, str], ...]
    first: str
    last: str
    sums: tuple[Message, ...]
    told: tuple[Told, ...]


def strip(days: Sequence[Day], value: Callable[[Night], Value | None]) -> Strip:
    """The nights of `days`, for the eye and in words."""
    values = nights.strip(days, value)
    names = [_name(one) for _, one in values]
    runs = {day: night.name for day, night in days if isinstance(night, Night)}
    told = tuple(
        Told(day, _word(one), runs.get(day))
        for day, one in reversed(values)
        if one not in (Light.GREEN, Status.OK, Status.NOT_APPLICABLE, "before")
    )
    counts = {name: names.count(name) for name in dict.fromkeys(names)}
    return Strip(
        tuple(_drawn(names)),
        values[0][0],
        values[-1][0],
        tuple(said for name, said in _sums(counts, lights=_of_lights(values)) if counts.get(name)),
        told,
    )


def _of_lights(values: Sequence[tuple[str, Value | Lack]]) -> bool:
    return any(isinstance(one, Light) for _, one in values)


def _name(value: Value | Lack) -> str:
    return _AS[value] if isinstance(value, Light) else str(value)


def _word(value: Value | Lack) -> Message:
    if isinstance(value, Light):
        return labels.LIGHT[value]
    if isinstance(value, Status):
        return labels.STATUS[value]
    return msg("not declared") if value == "absent" else msg("no run")


def _drawn(names: Sequence[str]) -> list[tuple[str, str]]:
    found: dict[str, list[str]] = {}
    at = 0
    for name, same in groupby(names):
        n = len(list(same))
        if name in _LINES:
            found.setdefault(name, []).append(f"M{at} {_LINES[name]}h{n * _PITCH - (_PITCH - _WIDTH)}")
        else:
            found.setdefault(name, []).extend(
                _BARS[name].format(x=x, y=x + 0.5, z=x + 3) for x in range(at, at + n * _PITCH, _PITCH)
            )
        at += n * _PITCH
    return [(name, "".join(bars)) for name, bars in found.items()]


def _sums(counts: dict[str, int], lights: bool) -> list[tuple[str, Message]]:
    n = {name: counts.get(name, 0) for name in (*_LINES, *_BARS)}
    if lights:
        own = [
            ("ok", nmsg("{n} in order", "{n} in order", n=n["ok"])),
            ("warn", nmsg("{n} limited", "{n} limited", n=n["warn"])),
            ("fail", nmsg("{n} critical", "{n} critical", n=n["fail"])),
        ]
    else:
        own = [
            ("ok", nmsg("{n} met", "{n} met", n=n["ok"])),
            ("warn", nmsg("{n} warning", "{n} warnings", n=n["warn"])),
            ("fail", nmsg("{n} not met", "{n} not met", n=n["fail"])),
            ("pending", nmsg("{n} not reached", "{n} not reached", n=n["pending"])),
            ("waived", nmsg("{n} with an exception", "{n} with an exception", n=n["waived"])),
            ("not_applicable", nmsg("{n} not applicable", "{n} not applicable", n=n["not_applicable"])),
        ]
    return [
        *own,
        (
            "unknown",
            nmsg("{n} could not be determined", "{n} could not be determined", n=n["unknown"]),
        ),
        ("absent", nmsg("{n} not declared", "{n} not declared", n=n["absent"])),
        ("none", nmsg("{n} run missing", "{n} runs missing", n=n["none"])),
        (
            "before",
            nmsg("{n} before the introduction", "{n} before the introduction", n=n["before"]),
        ),
    ]
