"""No table is wider than the paper. WeasyPrint breaks no word for the sake of a table and lets it run over the edge, where
it is lost. A table that has room stays as it is; else its type gets smaller, and where that does not do, the columns with
the longest words get narrower, so that these break.

How wide a word is, and where it may break, only WeasyPrint knows: therefore this stands in its layout.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

_SMALLEST, _SMALLER = 0.76, 0.84
"""As small as the first gets the type of a table that then has room; as small as the second, if it has none even so."""
_FEWEST = 3.2
"""So many em at least has a column: where there are too many for that, the type gets as small as it takes."""
_SCALED = ("padding_left", "padding_right")


def fitted() -> None:
    """Has WeasyPrint keep all tables on the paper, in this process."""
    from weasyprint.layout import table as its

    plain = its.auto_table_layout
    made_smaller: dict[int, Any] = {}

    def layout(context: Any, box: Any, around: Any) -> None:
        table = box.get_wrapped_table()
        asked = table.width
        plain(context, box, around)
        room = around[0] - _outside(box, table)
        if not table.column_widths or table.width <= room + 0.01:
            return
        if id(table.style) not in made_smaller:
            fits = room / table.width * 0.99
            fewest = room / len(table.column_widths) / (table.style["font_size"] * _FEWEST)
            _smaller(table, fits if fits >= _SMALLEST else min(_SMALLER, fewest))
            made_smaller[id(table.style)] = table.style
            for one in _within(table):
                context.tables.pop(one, None)
            table.width = asked
            plain(context, box, around)
        if table.width > room + 0.01:
            _, _, least, most, _, _, spacing, _ = its.table_and_columns_preferred_widths(context, box, False)
            table.column_widths = shared(max(room - spacing, 0), least, most)
            table.width = room

    its.auto_table_layout = layout


def shared(room: float, least: Sequence[float], most: Sequence[float]) -> list[float]:
    """The widths of columns that together have too little `room`: `least` is the longest word of each, `most` all of its
    text in one line. As few as can be get less than their longest word, and all others no less."""
    longest = _limit(room, [0.0] * len(least), least)
    fair = min(longest, room / len(least))
    lower = [one if one <= longest else fair for one in least]
    limit = _limit(room, lower, most)
    return [min(max(limit, low), max(low, high)) for low, high in zip(lower, most, strict=True)]


def _limit(room: float, lower: Sequence[float], upper: Sequence[float]) -> float:
    """How wide a column may be so that all have `room`, where each is as wide as its `lower` and no wider than its
    `upper`."""
    low, high = 0.0, room
    for _ in range(40):
        half = (low + high) / 2
        wide = sum(min(max(half, a), max(a, b)) for a, b in zip(lower, upper, strict=True))
        low, high = (low, half) if wide > room else (half, high)
    return low


def _outside(box: Any, table: Any) -> float:
    """What of the room around `table` is not for its columns."""
    margins = sum(one for one in (box.margin_left, box.margin_right) if one != "auto")
    return float(
        margins
        + table.padding_left
        + table.padding_right
        + table.border_left_width
        + table.border_right_width
    )


def _smaller(table: Any, factor: float) -> None:
    """Everything in `table` becomes as much smaller as `factor` says."""
    made: dict[int, Any] = {}
    for box in _within(table):
        style = box.style
        if id(style) not in made:
            # The same style may be that of boxes elsewhere.
            made[id(style)] = own = style.copy()
            own["font_size"] = style["font_size"] * factor
            for name in _SCALED:
                if style[name].unit == "px":
                    own[name] = style[name]._replace(value=style[name].value * factor)
        box.style = made[id(style)]


def _within(box: Any) -> Iterator[Any]:
    yield box
    for child in getattr(box, "children", ()):
        yield from _within(child)
