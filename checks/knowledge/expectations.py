"""What may be expected of text, statuses and values: the small models that several kinds share."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Tag,
    WithJsonSchema,
    model_validator,
)

from checks.described import Described
from checks.knowledge.jsonpath import steps
from checks.model import Message, code, msg
from checks.redact import MASK


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"expected a regular expression ({error})") from error
    if "\n" in value or re.search(r"(?<!\\)(?:\\\\)*\\n", value):
        raise ValueError("expected a pattern for one line: a line break is never part of it")
    return value


def one_or_many(value: Any) -> Any:
    """A text as a list of one."""
    return (value,) if isinstance(value, str) else value


def _line(value: str) -> str:
    if not value or "\n" in value:
        raise ValueError("expected some text within one line")
    return value


Pattern = Annotated[str, AfterValidator(_pattern)]
"""A regular expression of Python, looked for in each line."""
ONE_OR_MANY = WithJsonSchema(
    {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}], "default": []}
)
Patterns = Annotated[tuple[Pattern, ...], BeforeValidator(one_or_many), ONE_OR_MANY]
Texts = Annotated[
    tuple[Annotated[str, AfterValidator(_line)], ...], BeforeValidator(one_or_many), ONE_OR_MANY
]


class Wanted(Described):
    """Base of a mapping of expectations: dashes outside, nothing unknown, not empty."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=lambda name: name.strip("_").replace("_", "-"),
    )

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            known = ", ".join(field.alias or name for name, field in type(self).model_fields.items())
            raise ValueError(f"expected at least one of {known}")
        return self


class Body(Wanted):
    contains: Texts = ()
    """Text that must be in it, within one line; or a list."""
    matches: Patterns = ()
    """A regular expression that some line must match; or a list."""
    not_contains: Texts = ()
    """Text that must not be in it; or a list."""
    not_matches: Patterns = ()
    """A regular expression that no line may match; or a list."""

    def patterns(self) -> list[tuple[str, bool, Message]]:
        """What to look for: (regular expression, whether it must be there, in words)."""
        made = [(re.escape(t), True, msg("contains {text:code}", text=t)) for t in self.contains]
        made += [(p, True, msg("matches {pattern:code}", pattern=p)) for p in self.matches]
        made += [
            (re.escape(t), False, msg("does not contain {text:code}", text=t)) for t in self.not_contains
        ]
        made += [(p, False, msg("does not match {pattern:code}", pattern=p)) for p in self.not_matches]
        return made


class Value(Wanted):
    matches: Pattern | None = None
    """A regular expression for its text."""
    present: bool | None = None
    """``true``: it is there, whatever it is. ``false``: it is not there."""
    at_least: float | None = None
    """The least number."""
    at_most: float | None = None
    """The greatest number."""

    def words(self) -> Message:
        """What is wanted, in words."""
        if self.present is False:
            return msg("not there")
        if self.matches is not None:
            return msg("matches {pattern:code}", pattern=self.matches)
        if self.at_least is not None and self.at_most is not None:
            return msg(
                "between {least:code} and {most:code}", least=f"{self.at_least:g}", most=f"{self.at_most:g}"
            )
        if self.at_least is not None:
            return msg("at least {least:code}", least=f"{self.at_least:g}")
        if self.at_most is not None:
            return msg("at most {most:code}", most=f"{self.at_most:g}")
        return msg("there")

    def fits(self, value: Any) -> bool:
        """Whether `value`, which is there, is as wanted."""
        number = value if isinstance(value, int | float) and not isinstance(value, bool) else None
        return (
            self.present is not False
            and (self.matches is None or re.search(self.matches, as_text(value)) is not None)
            and (self.at_least is None or (number is not None and number >= self.at_least))
            and (self.at_most is None or (number is not None and number <= self.at_most))
        )


Scalar = bool | int | float | str | None


def _sort(value: Any) -> str:
    return "mapping" if isinstance(value, dict | Value) else "scalar"


JsonValue = Annotated[
    Annotated[Value, Tag("mapping")] | Annotated[Scalar, Tag("scalar")], Discriminator(_sort)
]
"""A value to compare with, or a mapping of expectations."""


def as_text(value: Any) -> str:
    """A JSON value as readers see it: text without quotes."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def compared(
    wanted: Scalar | Value, found: list[dict[str, Any] | None]
) -> tuple[Message, Message, bool | None]:
    """SOLL, IST and whether they agree, of the values `found` at a place (None for one that is missing).
    No value at all never agrees, but with ``present: false``; None where the value was redacted."""
    gone = isinstance(wanted, Value) and wanted.present is False
    expected = wanted.words() if isinstance(wanted, Value) else code(as_text(wanted))
    present = [one["value"] for one in found if one is not None]
    if not present or (len(present) < len(found) and not gone):
        return expected, msg("not there"), gone
    for value in present:
        if not (wanted.fits(value) if isinstance(wanted, Value) else _same(wanted, value)):
            hidden = isinstance(value, str) and MASK in value and not gone
            return expected, _seen(wanted, value), None if hidden else False
    return expected, code(", ".join(map(as_text, present))), True


def _seen(wanted: Scalar | Value, value: Any) -> Message:
    """`value` in words: with its type where that is what is wrong with it."""
    if isinstance(wanted, Value):
        amiss = (wanted.at_least is not None or wanted.at_most is not None) and _type(value) != "number"
        other = "number"
    else:
        other = _type(wanted)
        amiss = _type(value) != other and as_text(wanted) == as_text(value)
    if not amiss:
        return code(as_text(value))
    is_, not_ = _TYPES[_type(value)], _TYPES[other]
    return msg("{value:code}, which is {type} and not {wanted}", value=as_text(value), type=is_, wanted=not_)


_TYPES = {
    "text": msg("text"),
    "number": msg("a number"),
    "truth": msg("a truth value"),
    "null": msg("null"),
    "list": msg("a list"),
    "mapping": msg("a mapping"),
}


def _type(value: Any) -> str:
    if isinstance(value, bool):
        return "truth"
    if isinstance(value, int | float):
        return "number"
    names = ((str, "text"), (list, "list"), (dict, "mapping"))
    return next((name for type_, name in names if isinstance(value, type_)), "null")


def _same(wanted: Scalar, value: Any) -> bool:
    return wanted == value and isinstance(wanted, bool) == isinstance(value, bool)


def _statuses(value: Any) -> Any:
    values = value if isinstance(value, list | tuple) else [value]
    made = tuple(str(one).lower() for one in values if not isinstance(one, bool))
    if not made or not all(re.fullmatch(r"[1-5](\d\d|xx)", one) for one in made):
        raise ValueError("expected a status such as 200, a class such as 2xx, or a list of them")
    return made


_STATUS_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "integer", "minimum": 100, "maximum": 599},
        {"type": "string", "pattern": r"^[1-5](\d\d|xx)$"},
    ]
}
Statuses = Annotated[
    tuple[str, ...],
    BeforeValidator(_statuses),
    WithJsonSchema({"anyOf": [*_STATUS_SCHEMA["anyOf"], {"type": "array", "items": _STATUS_SCHEMA}]}),
]
"""Statuses of HTTP: 200, ``2xx``, or a list."""


def status_fits(wanted: tuple[str, ...], status: int) -> bool:
    """Whether `status` is one of `wanted`."""
    return str(status) in wanted or f"{status // 100}xx" in wanted


def _path(value: str) -> str:
    steps(value)
    return value


JsonPath = Annotated[str, AfterValidator(_path)]
"""A place in a JSON document; see :mod:`checks.knowledge.jsonpath`."""
