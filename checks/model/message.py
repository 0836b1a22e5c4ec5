"""Readers' text, before it is text: a message id and typed parameters.

The id is the English sentence. A field is written ``{name}`` or ``{name:type}``; the types are

========== =====================================================================
``text``   str, shown as prose (the default)
``code``   str, shown as code: paths, commands, names of accounts
``int``    whole number
``size``   bytes
``seconds``  duration in seconds
``time``   RFC 3339 time in UTC
``list``   tuple of str, shown as code, joined by commas
========== =====================================================================

A parameter may itself be a :class:`Message`. Nothing here knows a language.
"""

from __future__ import annotations

from typing import Union

from pydantic import BaseModel, ConfigDict

Param = Union[str, int, float, bool, None, tuple[str, ...], "Message"]


class Frozen(BaseModel):
    """Base of all models: immutable, nothing unknown accepted."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Message(Frozen):
    """``plural`` is the id for a count other than one; the count is the parameter ``n``."""

    id: str
    params: dict[str, Param] = {}
    plural: str | None = None


def msg(id: str, /, **params: Param) -> Message:
    """A :class:`Message`. The id must be a literal: the catalogues are extracted from these calls."""
    return Message.model_construct(id=id, params=params, plural=None)


def nmsg(id: str, plural: str, /, *, n: int, **params: Param) -> Message:
    """A :class:`Message` that counts: `id` for one, `plural` otherwise."""
    return Message.model_construct(id=id, params={"n": n, **params}, plural=plural)


def code(value: object) -> Message:
    """`value` alone, shown as code."""
    return msg("{value:code}", value=str(value))


def text(value: object) -> Message:
    """`value` alone, shown as prose; for words that come from the spec and are not translated."""
    return msg("{value}", value=str(value))
