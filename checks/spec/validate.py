"""Pydantic's errors as problems with places, what was expected, and a near-miss suggestion."""

from __future__ import annotations

import copy
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from checks.errors import Problem
from checks.redact import MASK, Redactor, names_secret
from checks.spec.yaml import GONE, Document, Kept, Path_, child

M = TypeVar("M", bound=BaseModel)
_EXPECTED = {
    "string_type": "expected text",
    "int_type": "expected a whole number",
    "int_parsing": "expected a whole number",
    "int_from_float": "expected a whole number",
    "float_type": "expected a number",
    "float_parsing": "expected a number",
    "bool_type": "expected true or false",
    "bool_parsing": "expected true or false",
    "list_type": "expected a list",
    "tuple_type": "expected a list",
    "dict_type": "expected a mapping",
    "model_type": "expected a mapping",
    "model_attributes_type": "expected a mapping",
}


def problems_of(
    error: ValidationError, document: Document, base: Path_, model: type[BaseModel]
) -> list[Problem]:
    """Every error of `error` as a problem; `base` is the path in `document` that was validated."""
    found: list[Problem] = []
    unions: dict[Path_, list[str]] = {}
    for item in error.errors(include_url=False):
        path = (*base, *_real(document, base, item["loc"]))
        kind, context = item["type"], item.get("ctx", {})
        if kind == "extra_forbidden":
            key = str(item["loc"][-1])
            known = _keys_at(model, item["loc"][:-1])
            close = get_close_matches(key, known, 1, 0.6)
            hint = f"did you mean `{close[0]}`?" if close else f"known here: {', '.join(sorted(known))}"
            found.append(document.problem(path, f"unknown key `{key}`", hint, key=True))
        elif kind == "missing":
            found.append(document.problem(path[:-1], f"`{item['loc'][-1]}` is missing"))
        elif kind in ("enum", "literal_error"):
            expected = str(context.get("expected", "")).replace("'", "`")
            close = get_close_matches(str(item["input"]), [w.strip("`,") for w in expected.split()], 1)
            hint = f"did you mean `{close[0]}`?" if close else ""
            found.append(document.problem(path, f"expected {expected}, found {_shown(item)}", hint))
        elif kind == "value_error":
            text = str(context.get("error", item["msg"]))
            found.append(document.problem(path, f"{text}, found {_shown(item)}"))
        else:
            expected = _EXPECTED.get(kind, item["msg"][:1].lower() + item["msg"][1:])
            text = f"{expected}, found {_shown(item)}"
            if path in unions or str(item["loc"][-1]) not in map(str, path[-1:]):
                unions.setdefault(path, []).append(expected.removeprefix("expected "))
                continue
            found.append(document.problem(path, text))
    for path, expected_ in unions.items():
        found.append(document.problem(path, f"expected {' or '.join(dict.fromkeys(expected_))}"))
    return found


def prune(data: Any, error: ValidationError) -> Any:
    """`data` without what `error` names, so that the rest can be looked at in the same run."""
    data = copy.deepcopy(data)
    for item in error.errors(include_url=False):
        path = item["loc"][:-1] if item["type"] == "missing" else item["loc"]
        parent, key, node = None, None, data
        for part in path:
            below = child(node, part)
            if below is GONE:
                break
            parent, key, node = node, part, below
        if isinstance(parent, dict):
            parent.pop(key, None)
        elif isinstance(parent, list) and isinstance(key, int):
            parent[key] = GONE
    return _sweep(data)


def _sweep(node: Any) -> Any:
    if isinstance(node, dict):
        return {k: _sweep(v) for k, v in node.items() if v is not GONE}
    if isinstance(node, list):
        origin = node.origin if isinstance(node, Kept) else list(range(len(node)))
        left = [(place, _sweep(v)) for place, v in zip(origin, node, strict=True) if v is not GONE]
        return Kept([v for _, v in left], [place for place, _ in left])
    return node


def _real(document: Document, base: Path_, loc: tuple[str | int, ...]) -> Path_:
    """`loc` without the parts that pydantic adds for unions and validators and that are not in the data."""
    node = document.read
    for part in base:
        node = child(node, part)
    path: list[str | int] = []
    for index, part in enumerate(loc):
        below = child(node, part)
        last_key = isinstance(node, dict) and index == len(loc) - 1
        if below is GONE and not last_key:
            continue
        node = below
        path.append(part)
    return tuple(path)


def _keys_at(model: type[BaseModel], loc: tuple[str | int, ...]) -> list[str]:
    """The keys allowed at `loc` below `model`, by looking through the JSON schema that it publishes."""
    schema = model.model_json_schema()
    definitions = schema.get("$defs", {})

    def options(node: dict[str, Any]) -> list[dict[str, Any]]:
        if "$ref" in node:
            return options(definitions[node["$ref"].rsplit("/", 1)[-1]])
        if alternatives := node.get("anyOf") or node.get("oneOf"):
            return [o for n in alternatives for o in options(n)]
        return [node]

    nodes = options(schema)
    for part in loc:
        deeper: list[dict[str, Any]] = []
        for node in nodes:
            if isinstance(part, int) and "items" in node:
                deeper += options(node["items"])
            elif part in node.get("properties", {}):
                deeper += options(node["properties"][part])
            elif isinstance(node.get("additionalProperties"), dict):
                deeper += options(node["additionalProperties"])
        nodes = deeper or nodes
    return [key for node in nodes for key in node.get("properties", {})]


def _shown(item: Any) -> str:
    """What stands there instead; a password that somebody wrote into the spec is not repeated."""
    value = item["input"]
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    shown = MASK if any(names_secret(str(p)) for p in item["loc"][-1:]) else Redactor().text(str(value))
    return f"`{shown if len(shown) <= 60 else shown[:57] + '…'}`"
