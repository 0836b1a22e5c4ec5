"""A report in the words that its spec has for another language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from checks.model import (
    Blocker,
    ComponentResult,
    EnvironmentResult,
    Flow,
    FlowStep,
    Item,
    KnownProblem,
    Layer,
    Message,
    NextStep,
    Readiness,
    Report,
    SectionResult,
    Standing,
    phrase,
)
from docgen.documents.interface import Document, NotYet

T = TypeVar("T")
_WORDS: dict[type, tuple[str, ...]] = {
    Report: ("project", "owner"),
    EnvironmentResult: ("title",),
    SectionResult: ("name",),
    ComponentResult: ("name", "soll", "owner"),
    Blocker: ("owner",),
    NextStep: ("owner",),
    Flow: ("name",),
    FlowStep: ("name",),
    Layer: ("name",),
    Item: ("name",),
    Readiness: ("name",),
    Standing: ("name",),
    KnownProblem: ("name", "example", "solution"),
}
"""The fields that hold words of the spec. Ids, paths and what was seen stay as they are."""


def translated(report: Report, language: str) -> Report:
    """`report` with the texts of its spec in `language`, as far as the spec translates them."""
    words = report.translations.get(language)
    return _in(report, words) if words else report


def translated_document(document: Document, report: Report, language: str) -> Document:
    """`document`, which was composed of `report`, in `language` in the same way."""
    words = report.translations.get(language)
    return _in(document, words) if words else document


def translated_refusal(refused: NotYet, report: Report, language: str) -> NotYet:
    """Why a document of `report` was refused, in `language` in the same way."""
    words = report.translations.get(language)
    return NotYet(_in(refused.why, words), _in(refused.lacking, words)) if words else refused


def _in(value: T, words: Mapping[str, str]) -> T:
    made: Any = value
    if isinstance(value, Message):
        made = _message(value, words)
    elif isinstance(value, tuple) and (own := getattr(value, "_fields", None)):
        named = _WORDS.get(type(value), ())
        fields = {
            name: words.get(one, one) if name in named else _in(one, words)
            for name in own
            if not isinstance(one := getattr(value, name), str | None) or name in named
        }
        made = value._replace(**fields)  # type: ignore[attr-defined]
    elif isinstance(value, tuple):
        made = tuple(_in(one, words) for one in value)
    return cast(T, made)


def _message(message: Message, words: Mapping[str, str]) -> Message:
    """`message` with the parameters that are shown as prose translated: what is shown as code is never ours."""
    params = {
        name: _in(value, words)
        if isinstance(value, Message)
        else words.get(value, value)
        if isinstance(value, str) and f"{{{name}}}" in message.id
        else value
        for name, value in message.params.items()
    }
    return (
        message
        if params == message.params
        else phrase(message.id, params).model_copy(update={"plural": message.plural})
    )
