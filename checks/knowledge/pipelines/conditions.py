"""``if:`` of a workflow: whether a job or step runs, as far as that can be known from the file and the event."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<op>==|!=|&&|\|\||[!()<>,]=?)|(?P<name>[\w.*\[\]'-]+))"
)
Value = str | bool | None


class Condition(NamedTuple):
    """``runs``: whether it runs where everything before it went well; None: cannot be known. ``after_failure``: whether
    it also (or only) runs where something before it failed."""

    runs: bool | None
    after_failure: bool


class _Odd(Exception):
    """The expression is not understood."""


def condition(source: str | None, context: Mapping[str, str]) -> Condition:
    """What the ``if:`` called `source` means; `context` holds what is known: ``github.event_name`` and the like."""
    if source is None or not source.strip():
        return Condition(True, False)
    bare = re.sub(r"\$\{\{(.*?)\}\}", r"(\1)", source.strip(), flags=re.DOTALL)
    after = bool(re.search(r"\b(?:failure|always|cancelled)\s*\(", bare))
    try:
        tokens = _tokens(bare)
        value = _or(tokens, context)
        if tokens:
            raise _Odd
    except (_Odd, IndexError):
        return Condition(None, after)
    return Condition(None if value is None else _truth(value), after)


def despite(source: str | None, context: Mapping[str, str]) -> bool | None:
    """Whether a job or step with the ``if:`` called `source` runs although something before it failed, with `context` as
    for :func:`condition`; None: cannot be known."""
    if source is None or not re.search(r"\b(?:failure|always|cancelled|success)\s*\(", source):
        return False  # success() is meant
    return condition(source, {**context, _FAILED: "true"}).runs


_FAILED = "something failed"


def _tokens(source: str) -> list[str]:
    found, at = [], 0
    source = source.rstrip()
    while at < len(source):
        match = _TOKEN.match(source, at)
        if not match:
            raise _Odd
        found.append(match[0].strip())
        at = match.end()
    return found[::-1]


def _truth(value: Value) -> bool | None:
    return None if value is None else value not in (False, "", "0", "null")


def _or(tokens: list[str], context: Mapping[str, str]) -> Value:
    value = _and(tokens, context)
    while tokens and tokens[-1] == "||":
        tokens.pop()
        other = _and(tokens, context)
        one, two = _truth(value), _truth(other)
        value = True if one or two else None if None in (one, two) else False
    return value


def _and(tokens: list[str], context: Mapping[str, str]) -> Value:
    value = _compared(tokens, context)
    while tokens and tokens[-1] == "&&":
        tokens.pop()
        other = _compared(tokens, context)
        one, two = _truth(value), _truth(other)
        value = False if one is False or two is False else None if None in (one, two) else True
    return value


def _compared(tokens: list[str], context: Mapping[str, str]) -> Value:
    value = _unary(tokens, context)
    while tokens and tokens[-1] in ("==", "!="):
        same = tokens.pop() == "=="
        other = _unary(tokens, context)
        if value is None or other is None:
            value = None
        else:
            value = (_flat(value) == _flat(other)) is same
    return value


def _flat(value: Value) -> str:
    return str(value).lower()


def _unary(tokens: list[str], context: Mapping[str, str]) -> Value:
    part = tokens.pop()
    if part == "!":
        truth = _truth(_unary(tokens, context))
        return None if truth is None else not truth
    if part == "(":
        value = _or(tokens, context)
        if tokens.pop() != ")":
            raise _Odd
        return value
    if part.startswith("'"):
        return part[1:-1].replace("''", "'")
    if tokens and tokens[-1] == "(":
        return _call(part, tokens, context)
    if part in ("true", "false"):
        return part == "true"
    if re.fullmatch(r"[\d.]+", part) or part == "null":
        return part
    if re.fullmatch(r"[\w.*\[\]'-]+", part):
        return context.get(part)
    raise _Odd


def _call(name: str, tokens: list[str], context: Mapping[str, str]) -> Value:
    tokens.pop()
    arguments: list[Value] = []
    while tokens[-1] != ")":
        arguments.append(_or(tokens, context))
        if tokens[-1] == ",":
            tokens.pop()
    tokens.pop()
    failed = _FAILED in context
    known = {"success": not failed, "always": True, "failure": failed, "cancelled": False}
    if name in known and not arguments:
        return known[name]
    if name in ("startsWith", "endsWith", "contains") and len(arguments) == 2 and None not in arguments:
        whole, part = _flat(arguments[0]), _flat(arguments[1])
        return {"startsWith": whole.startswith, "endsWith": whole.endswith, "contains": whole.__contains__}[
            name
        ](part)
    return None
