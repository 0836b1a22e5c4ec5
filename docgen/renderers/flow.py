"""The geometry of a flow: where its steps, lines and brackets stand. No markup, no colour."""

from __future__ import annotations

import math
import textwrap
from itertools import groupby, pairwise
from typing import NamedTuple

from checks.model import Flow, FlowStep, Status

WIDTH = 1040
_PER_ROW = 13
_CHARACTER = 6.1
"""Mean width of a character at 11.5 px; generous, so that neighbours never touch."""


class Stop(NamedTuple):
    """One step. ``lines`` is its name, wrapped to its column."""

    step: FlowStep
    x: float
    lines: tuple[str, ...]


class Line(NamedTuple):
    """From one step to the next. ``reached`` tells whether the next was run; ``stopped`` that it was not,
    because the one before failed."""

    x1: float
    x2: float
    reached: bool
    stopped: bool


class Bracket(NamedTuple):
    x1: float
    x2: float
    label: str


class Track(NamedTuple):
    """One row of the drawing, `y` from its top."""

    y: float
    stops: tuple[Stop, ...]
    lines: tuple[Line, ...]
    brackets: tuple[Bracket, ...]


class Drawing(NamedTuple):
    width: int
    height: float
    tracks: tuple[Track, ...]


def draw(flow: Flow) -> Drawing:
    """`flow` in as few rows as are readable, equally long."""
    count = len(flow.steps)
    rows = max(1, math.ceil(count / _PER_ROW))
    per_row = math.ceil(count / rows) if count else 1
    pitch = min(WIDTH / per_row, 160)
    grouped = any(step.group for step in flow.steps)
    tracks = []
    top = 0.0
    for start in range(0, count, per_row):
        stops = tuple(
            Stop(step, round(pitch * (index + 0.5), 1), _wrap(step.name, pitch))
            for index, step in enumerate(flow.steps[start : start + per_row])
        )
        top += 24 if grouped else 0
        tracks.append(Track(top + 18, stops, _lines(stops), _brackets(stops, pitch)))
        top += 58 + 14 * max(len(stop.lines) for stop in stops) + 10
    return Drawing(WIDTH, top, tuple(tracks))


def _lines(stops: tuple[Stop, ...]) -> tuple[Line, ...]:
    lines = []
    for before, after in pairwise(stops):
        reached = after.step.status not in (Status.PENDING, Status.UNKNOWN, Status.NOT_APPLICABLE)
        stopped = before.step.status is Status.FAIL and not reached
        lines.append(Line(before.x + 14, after.x - 14, reached, stopped))
    return tuple(lines)


def _brackets(stops: tuple[Stop, ...], pitch: float) -> tuple[Bracket, ...]:
    brackets = []
    for group, members in groupby(stops, key=lambda stop: stop.step.group):
        if group:
            inside = list(members)
            x1, x2 = inside[0].x - pitch / 2 + 4, inside[-1].x + pitch / 2 - 4
            brackets.append(Bracket(round(x1, 1), round(x2, 1), _shorten(group, int((x2 - x1) / 5))))
    return tuple(brackets)


def _wrap(name: str, pitch: float) -> tuple[str, ...]:
    columns = max(6, int((pitch - 4) / _CHARACTER))
    lines = textwrap.wrap(name, columns) or [""]
    if len(lines) > 3:
        lines = [*lines[:2], lines[2][: columns - 1] + "…"]
    return tuple(lines)


def _shorten(label: str, columns: int) -> str:
    return label if len(label) <= columns else label[: max(1, columns - 1)] + "…"
