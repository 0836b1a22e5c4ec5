"""A spec as it may be handed on: it should hold references only, and where it holds what looks like a secret, not that."""

from __future__ import annotations

from typing import Any

import yaml

from checks.redact import MASK, Redactor, names_secret
from checks.sources.secrets import resolve
from checks.spec.spec import Spec
from checks.spec.variables import SECRET
from checks.spec.yaml import parse

_REFERENCES = {"env", "file", "credential"}
_PROSE = {
    "name",
    "title",
    "project",
    "owner",
    "soll",
    "remedy",
    "reason",
    "solution",
    "example",
    "translations",
    "by",
}
"""What stands here is shown on the pages anyway; a sentence about a password is none."""


def clean(text: str, spec: Spec) -> tuple[str, int]:
    """`text`, the file of `spec`, with what looks like a secret masked; and how many places that were."""
    redactor = Redactor(list(resolve(spec).values()))
    root = parse(text).root
    spans: list[tuple[int, int, str]] = []
    scalars: list[tuple[int, int]] = []
    if root is not None:
        _look(root, "", redactor, spans, scalars)
    spans += _comments(text, redactor, scalars)
    for start, end, shown in sorted(spans, reverse=True):
        text = text[:start] + shown + text[end:]
    return text, len(spans)


def _look(
    node: Any, key: str, redactor: Redactor, spans: list[tuple[int, int, str]], scalars: list[tuple[int, int]]
) -> None:
    stack: list[tuple[Any, str]] = [(node, key)]
    seen: set[int] = set()
    while stack:
        one, name = stack.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, yaml.MappingNode):
            for k, v in one.value:
                told = name if name == "translations" else str(k.value)
                stack += [(k, told), (v, told)]
        elif isinstance(one, yaml.SequenceNode):
            stack += [(item, name) for item in one.value]
        else:
            start, end = one.start_mark.index, one.end_mark.index
            scalars.append((start, end))
            if _is_secret(str(one.value), name, redactor):
                spans.append((start, end, f'"{MASK}"'))


def _is_secret(value: str, key: str, redactor: Redactor) -> bool:
    plain = SECRET.sub("", value)
    if key in _PROSE:
        return redactor.surely(plain)
    if redactor.text(plain) != plain:
        return True
    # A reference names where a secret is; `{secret.NAME}` was taken out above.
    named = key not in _REFERENCES and names_secret(key)
    return named and plain != key and plain == value and len(plain) >= 4 and plain[0] not in "{$/"


def _comments(text: str, redactor: Redactor, scalars: list[tuple[int, int]]) -> list[tuple[int, int, str]]:
    """The comments in which a secret stands: what is behind a `#` that is in no scalar."""
    found, at, scalars = [], 0, sorted(scalars)
    for line in text.splitlines(keepends=True):
        for index, sign in enumerate(line):
            place = at + index
            if sign != "#" or (index and not line[index - 1].isspace()):
                continue
            if any(start <= place < end for start, end in scalars):
                continue
            comment = line[index:].rstrip("\r\n")
            plain = SECRET.sub("", comment)
            if redactor.text(plain) != plain:
                found.append((place, place + len(comment), f"# {MASK}"))
            break
        at += len(line)
    return found
