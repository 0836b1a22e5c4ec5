"""The variants of a job: what ``strategy.matrix`` says, written out, where it says it literally."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

MOST = 32
"""Variants that are written out."""

Row = dict[str, Any]


def variants(strategy: Any) -> tuple[Mapping[str, str], ...]:
    """What each variant of a job with that ``strategy`` has under ``matrix.``; none where there is no matrix, or where it
    cannot be told from the file, or is too large."""
    matrix = strategy.get("matrix") if isinstance(strategy, Mapping) else None
    if not isinstance(matrix, Mapping):
        return ()
    axes = {name: values for name, values in matrix.items() if name not in ("include", "exclude")}
    more, less = matrix.get("include", []), matrix.get("exclude", [])
    if not all(isinstance(one, list) for one in (*axes.values(), more, less)):
        return ()
    if not all(isinstance(one, Mapping) for one in (*more, *less)):
        return ()
    size = 1
    for values in axes.values():
        size *= len(values)
    if size + len(more) > MOST:
        return ()
    rows = [dict(zip(axes, one, strict=True)) for one in product(*axes.values())] if axes else []
    kept = [row for row in rows if not any(_holds(row, one) for one in less)]
    return tuple(dict(_flat("matrix", row)) for row in _with(kept, more, tuple(axes)))


def _holds(row: Row, wanted: Mapping[str, Any]) -> bool:
    return all(row.get(name) == value for name, value in wanted.items())


def _with(rows: Sequence[Row], more: Sequence[Mapping[str, Any]], axes: Sequence[str]) -> list[Row]:
    """`rows` with ``include``: it adds to each row that it changes nothing of, and else is a row of its own."""
    made = [dict(row) for row in rows]
    alone: list[Row] = []
    for one in more:
        beside = [
            new
            for new, old in zip(made, rows, strict=True)
            if all(old[n] == v for n, v in one.items() if n in axes)
        ]
        for row in beside:
            row.update(one)
        if not beside:
            alone.append(dict(one))
    return [*made, *alone]


def _flat(name: str, value: Any) -> list[tuple[str, str]]:
    """The scalars in `value`, by their names with dots; what is no literal is not among them."""
    if isinstance(value, Mapping):
        return [pair for key, one in value.items() for pair in _flat(f"{name}.{key}", one)]
    return [(name, value)] if isinstance(value, str) and "${{" not in value else []
