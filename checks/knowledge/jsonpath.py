"""Places in a JSON document: ``$.status``, ``$.checks[0].ok``, ``$.checks[*].ok``, ``$['odd name']``.

``.name`` and ``['name']`` go to a key, ``[0]`` to an item (``[-1]`` to the last), ``[*]`` to every item or
value. The leading ``$.`` may be left out. There are no filters and no functions.
"""

from __future__ import annotations

import re
from typing import Any

_STEP = re.compile(
    r"\.(?P<name>[^\W\d][\w-]*)|\[(?P<index>-?\d{1,9})\]|\[(?P<every>\*)\]|\[(?P<quote>['\"])(?P<key>.*?)(?P=quote)\]"
)
MISSING: Any = object()
"""Stands among the values for a place that is not there."""

Step = str | int | None


def steps(path: str) -> list[Step]:
    """The steps of `path`: keys, indexes, None for every. Raises ValueError where it is no path."""
    rest = path[1:] if path.startswith("$") else path if path.startswith("[") else f".{path}"
    made: list[Step] = []
    while rest:
        match = _STEP.match(rest)
        if not match:
            raise ValueError("expected a JSON path such as $.status, $.checks[0].ok or $.checks[*].ok")
        if match["index"]:
            made.append(int(match["index"]))
        else:
            made.append(None if match["every"] else match["name"] or match["key"] or "")
        rest = rest[match.end() :]
    return made


def values(document: Any, path: str) -> list[Any]:
    """What stands at `path`: one value, or with ``[*]`` as many as there are; :data:`MISSING` for each place
    that is not there."""
    found = [document]
    for step in steps(path):
        found = [value for one in found for value in _next(one, step)]
    return found


def _next(value: Any, step: Step) -> list[Any]:
    if step is None:
        if isinstance(value, list | dict):
            return list(value.values()) if isinstance(value, dict) else value
        return [MISSING]
    if isinstance(step, str):
        return [value.get(step, MISSING)] if isinstance(value, dict) else [MISSING]
    inside = isinstance(value, list) and -len(value) <= step < len(value)
    return [value[step]] if inside else [MISSING]
