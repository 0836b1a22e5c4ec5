"""Readers' text, before it is text: a message id and typed parameters.

The id is the English sentence. A field is written ``{name}`` or ``{name:type}``; the types are

========== =====================================================================
``text``   str, shown as prose (the default)
``code``   str, shown as code: paths, commands, names of accounts
``int``    whole number
``size``   bytes
``seconds``  duration in seconds
``time``   RFC 3339 time in UTC
``day``    a day, as 2026-12-31
``list``   tuple of str, shown as code, joined by commas
========== =====================================================================

A parameter may itself be a :class:`Message`. Nothing here knows a language.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar, Union

from pydantic import BaseModel, ConfigDict

Param = Union[str, int, float, bool, None, tuple[str, ...], "Message"]


class Frozen(BaseModel):
    """Base of all models: immutable, nothing unknown accepted."""

    # Most models are only ever made by our own code (see `trusted`): their validators are built if ever needed.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


F = TypeVar("F", bound=Frozen)
_UNSET: set[str] = set()


def trusted(model: type[F], values: dict[str, Any]) -> F:
    """A model of `values` that our own code made: all fields, of the right types. Ten times faster than
    ``model_construct``, which looks at every default; a run makes thousands."""
    made = model.__new__(model)
    object.__setattr__(made, "__dict__", values)
    object.__setattr__(made, "__pydantic_fields_set__", _UNSET)
    object.__setattr__(made, "__pydantic_extra__", None)
    object.__setattr__(made, "__pydantic_private__", None)
    return made


class Message(Frozen):
    """``plural`` is the id for a count other than one; the count is the parameter ``n``."""

    id: str
    params: dict[str, Param] = {}
    plural: str | None = None


def msg(id: str, /, **params: Param) -> Message:
    """A :class:`Message`. The id must be a literal: the catalogues are extracted from these calls."""
    return trusted(Message, {"id": id, "params": params, "plural": None})


def phrase(template: str, params: dict[str, Param]) -> Message:
    """A :class:`Message` of a `template` that stands somewhere else, or needs no translation."""
    return trusted(Message, {"id": template, "params": params, "plural": None})


def nmsg(id: str, plural: str, /, *, n: int, **params: Param) -> Message:
    """A :class:`Message` that counts: `id` for one, `plural` otherwise."""
    return trusted(Message, {"id": id, "params": {"n": n, **params}, "plural": plural})


ADVISED = "{fact} {advice}"


def advised(fact: Message, advice: Message) -> Message:
    """A reason with what to do about it: :func:`parted` takes them apart again."""
    return phrase(ADVISED, {"fact": fact, "advice": advice})


def parted(reason: Message) -> tuple[Message, Message | None]:
    """`reason` and the advice in it, if :func:`advised` put some there."""
    fact, advice = reason.params.get("fact"), reason.params.get("advice")
    if reason.id == ADVISED and isinstance(fact, Message) and isinstance(advice, Message):
        return fact, advice
    return reason, None


def listed(parts: Sequence[Message]) -> Message:
    """`parts` with commas between them. Raises IndexError where there are none."""
    joined = parts[0]
    for part in parts[1:]:
        joined = phrase("{first}, {second}", {"first": joined, "second": part})
    return joined


def code(value: object) -> Message:
    """`value` alone, shown as code."""
    return msg("{value:code}", value=str(value))


def text(value: object) -> Message:
    """`value` alone, shown as prose; for words that come from the spec and are not translated."""
    return msg("{value}", value=str(value))
