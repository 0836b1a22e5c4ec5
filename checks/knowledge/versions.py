"""Versions of software, compared as Debian compares them, and what may be asked of them."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

_PART = re.compile(r"\s*(>=|<=|==|=|!=|>|<)?\s*([0-9A-Za-z][0-9A-Za-z.+~:_-]*)\s*")


def compare(one: str, other: str) -> int:
    """-1, 0 or 1: `one` is older than, the same as, or newer than `other`. Digits count as numbers, and
    ``~`` sorts before everything, even before the end."""
    for mine, theirs in zip(_split(one), _split(other), strict=True):
        found = _compare(mine, theirs)
        if found:
            return found
    return 0


def allowed(version: str, constraint: str) -> bool:
    """Whether `version` is as `constraint` asks: ``8.3`` (it or anything that begins with it), ``>=8.2, <9``.
    Epoch and revision count only where the constraint has them."""
    return all(_allowed(version, *part) for part in parts(constraint))


def parts(constraint: str) -> list[tuple[str, str]]:
    """The operators and versions of `constraint`; "" where there is no operator. Raises ValueError."""
    found = [_PART.fullmatch(part) for part in constraint.split(",")]
    if not constraint.strip() or None in found:
        raise ValueError("expected a version such as 8.3, >=8.2 or >=8.2, <9")
    return [(match[1] or "", match[2]) for match in found if match]


def _allowed(version: str, operator: str, wanted: str) -> bool:
    if ":" not in wanted:
        version = version.rpartition(":")[2]
    if operator == "":
        return version == wanted or bool(re.match(re.escape(wanted) + r"[.+~:_-]", version))
    if "-" not in wanted:
        version = version.rpartition("-")[0] or version
    order = compare(version, wanted)
    return {
        ">=": order >= 0,
        "<=": order <= 0,
        ">": order > 0,
        "<": order < 0,
        "!=": order != 0,
    }.get(operator, order == 0)


def _split(version: str) -> tuple[str, str, str]:
    epoch, _, rest = version.rpartition(":")
    upstream, dash, revision = rest.rpartition("-")
    return epoch or "0", upstream if dash else rest, revision if dash else "0"


def _compare(one: str, other: str) -> int:
    pairs = zip_longest(re.findall(r"\D*\d*", one), re.findall(r"\D*\d*", other), fillvalue="")
    for mine, theirs in pairs:
        ours = (re.split(r"(\d+)", mine)[0], re.split(r"(\d+)", theirs)[0])
        keys = [[_weight(c) for c in text] + [0] for text in ours]
        numbers = [int(re.sub(r"\D", "", part) or 0) for part in (mine, theirs)]
        for left, right in ((keys[0], keys[1]), ([numbers[0]], [numbers[1]])):
            if left != right:
                return -1 if left < right else 1
    return 0


def _weight(character: str) -> int:
    if character == "~":
        return -1
    return ord(character) + (0 if character.isalpha() else 256)


def _valid(value: str) -> str:
    parts(value)
    return value


Constraint = Annotated[str, AfterValidator(_valid)]
"""A version that is asked for: ``8.3``, ``>=8.2`` or ``>=8.2, <9``."""


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _short(value: Any) -> Any:
    return str(value) if isinstance(value, float) else _text(value)


def _starred(value: str) -> str:
    value = _valid(value.replace(".*", ""))
    if not all(version[0].isdigit() for _, version in parts(value)):
        raise ValueError("expected a version such as 8.3, >=8.2 or >=8.2, <9")
    return value


_SCHEMA = WithJsonSchema({"type": ["string", "number"]})
Release = Annotated[str, BeforeValidator(_text), AfterValidator(_starred), _SCHEMA]
"""The same; ``11`` and ``8.3.*`` will do. A number with a point is not accepted: ``11.30`` would be 11.3."""
ShortRelease = Annotated[str, BeforeValidator(_short), AfterValidator(_starred), _SCHEMA]
"""The same for software whose second number has one digit, such as PHP: ``8.3`` need not be quoted."""
