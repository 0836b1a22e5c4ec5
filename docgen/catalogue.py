"""The reference of kinds and keys, as Markdown, from the metadata that the code itself uses."""

from __future__ import annotations

import types
from collections.abc import Iterator
from enum import Enum
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ValidationError
from pydantic.fields import FieldInfo

from checks.described import descriptions
from checks.kinds import KINDS, kind
from checks.kinds.command import Argv
from checks.kinds.interface import Kind, RemotePath
from checks.knowledge.expectations import JsonPath, Pattern, Statuses
from checks.knowledge.modes import Account, Mode
from checks.knowledge.shares import Amount, Percent
from checks.knowledge.urls import Url
from checks.units import Duration, Size


class Key(NamedTuple):
    """One key of a mapping in ``docgen.yml``, as a reader sees it; ``default`` is "" where there is none."""

    name: str
    value: str
    default: str
    meaning: str


def keys(model: type[BaseModel]) -> Iterator[Key]:
    """The keys that `model` admits: its own in the order of the class, then those of its bases."""
    own = [name for name in model.__annotations__ if name in model.model_fields]
    for field_name in dict.fromkeys([*own, *model.model_fields]):
        field = model.model_fields[field_name]
        if field.exclude:  # filled in by the spec, never written
            continue
        default = "required" if field.is_required() else _default(field)
        meaning = " ".join(descriptions(model).get(field_name, "").replace("``", "`").split())
        yield Key(field.alias or field_name, _value(_annotation(field)), default, meaning)


def table(model: type[BaseModel]) -> str:
    """The keys of `model` as a Markdown table."""
    lines = ["| key | value | default | meaning |", "|---|---|---|---|"]
    for key in keys(model):
        cells = (f"`{key.name}`", key.value, key.default, key.meaning)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def index(page: str = "checks.md") -> str:
    """All kinds with one line each, as a Markdown table whose links lead into the catalogue at `page`."""
    lines = ["| kind | what is as it should be |", "|---|---|"]
    lines += [f"| [`{name}`]({page}#{name}) | {kind(name).summary} |" for name in sorted(KINDS)]
    return "\n".join(lines)


def catalogue() -> str:
    """Every kind with what it wants, why, its keys and an example: the text of ``docs/checks.md``."""
    return "\n".join([_HEAD, index(), "", *(entry(kind(name)) for name in sorted(KINDS))])


def entry(its: Kind) -> str:
    """One kind, as it stands in the catalogue."""
    example = its.example.strip().replace("\n", "\n  ")
    lines = [
        f"## {its.name}",
        "",
        its.summary,
        "",
        f"**Why.** {its.why}",
        "",
        "```yaml",
        f"- {example}",
        "```",
        "",
    ]
    if any(True for _ in keys(its.params)):
        lines += [table(its.params), ""]
    for field_name, field in its.params.model_fields.items():
        for model in _mappings(field.annotation):
            lines += [f"The keys of `{field.alias or field_name}`:", "", table(model), ""]
    if its.shorthand and any(_valid(its, value) for value in _TRIALS):
        short = its.shorthand.strip("_").replace("_", "-")
        lines += [f"The short form `- {its.name}: VALUE` sets `{short}`.", ""]
    facts = f"Severity: {its.severity.value}. What it proves: {its.assurance.value}."
    lines += [f"{facts} {its.lifecycle.capitalize()}, since {its.since}.", ""]
    return "\n".join(lines)


# One of these is a good value for whatever a short form may set.
_TRIALS = "/x", "x", "8.2", 80, ["uname", "-a"], "https://example.com/"
_GITHUB = {
    "repository": "owner/name",
    "api": "https://api.github.com",
    "token": None,
    "answers": None,
    "checkout": None,
}
_CONTEXT = {
    "root": "/",
    "url": "https://example.com",
    "address": "example.com",
    "github": _GITHUB,
    "gates": {"x": {"y": "file"}},
}


def _valid(its: Kind, value: Any) -> bool:
    """Whether the short form with `value` says enough by itself."""
    try:
        its.params.model_validate({its.shorthand: value}, context=_CONTEXT)
    except ValidationError:
        return False
    return True


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if value is None or value == () or value == [] or value == {} or isinstance(value, BaseModel):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, Enum):
        return f"`{value.value}`"
    if isinstance(value, float) and _value(_annotation(field)) == "duration":
        return f"`{_duration(value)}`"
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(f"`{item}`" for item in value)
    return f"`{value}`"


def _duration(value: float) -> str:
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if value > size and value % size == 0:
            return f"{value / size:g}{unit}"
    return f"{value:g}s" if value >= 1 else f"{value * 1000:g}ms"


def _annotation(field: FieldInfo) -> Any:
    # Pydantic moves the metadata of an outermost Annotated into the field.
    return Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation


def _value(annotation: Any) -> str:
    named = next((words for type_, words in _NAMED if _is(annotation, type_)), None)
    if named:
        return named
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *metadata = get_args(annotation)
        many = get_origin(inner) in (list, tuple)
        if many and any(isinstance(item, BeforeValidator) for item in metadata):
            one = _value(get_args(inner)[0])
            return one if one.startswith("[") else f"{one}, or a list of them"
        return _value(inner)
    if origin in (Union, types.UnionType):
        arguments = [argument for argument in get_args(annotation) if argument is not type(None)]
        kinds = [_value(argument) for argument in arguments]
        if {bool, int, float, str} <= set(arguments):
            kinds = ["text or number", *kinds[4:]]
        return " or ".join(dict.fromkeys(kinds))
    if origin is Literal:
        return " or ".join(f"`{arg}`" for arg in get_args(annotation))
    if origin in (list, tuple, set, frozenset):
        return f"list of {_value(next(iter(get_args(annotation)), str))}"
    if origin is dict:
        value = _value(get_args(annotation)[1])
        return "check" if value == "anything" else f"mapping of names to {value}"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return " or ".join(f"`{item.value}`" for item in annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _SECTIONS.get(annotation.__name__, "mapping")
    plain = {str: "text", int: "whole number", float: "number", bool: "`true` or `false`"}
    return plain.get(annotation, "anything")


def _is(annotation: Any, type_: Any) -> bool:
    """Whether `annotation` is `type_`, perhaps with further limits."""
    if get_origin(annotation) is not Annotated or get_origin(type_) is not Annotated:
        return bool(annotation == type_)
    wanted = get_args(type_)
    return get_args(annotation)[: len(wanted)] == wanted


def _mappings(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models in `annotation` that the pages say nothing else of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if annotation.__name__ not in _SECTIONS:
            yield annotation
        return
    for argument in get_args(annotation):
        yield from _mappings(argument)


_NAMED: list[tuple[Any, str]] = [
    (Duration, "duration"),
    (Size, "size"),
    (Mode, "file mode"),
    (Account, "account"),
    (RemotePath, "path"),
    (Url, "address"),
    (Pattern, "pattern"),
    (JsonPath, "path in JSON"),
    (Amount, "size or share"),
    (Percent, "share"),
    (Argv, "list of text"),
    (Statuses, "HTTP status, or a list of them"),
]

# Where docs/spec.md speaks of a model.
_SECTIONS = {
    "Component": "[component](spec.md#components)",
    "Environment": "[environment](spec.md#environments)",
    "Documents": "[documents](spec.md#documents)",
    "Expected": "[document](spec.md#documents)",
    "Sign": "[sign](spec.md#documents)",
    "Exception_": "[exception](spec.md#exceptions)",
    "FlowDecl": "[flow](spec.md#flow)",
    "KnownProblem": "[known problem](spec.md#known-problems)",
    "Publish": "[publish](spec.md#publish)",
    "Preflight": "[preflight](spec.md#preflight)",
    "Readiness": "[readiness](spec.md#readiness)",
    "GitHub": "[builds](spec.md#builds)",
    "Host": "[host](spec.md#hosts)",
    "Link": "[link](spec.md#components)",
    "Secret": "[secret](spec.md#secrets)",
    "Section": "[section](spec.md#sections)",
    "SshOptions": "[ssh options](spec.md#hosts)",
    "Step": "[step](spec.md#flow)",
}

_HEAD = """\
# The checks

One entry per kind. This page is generated from the code (`python tests/test_docs.py --write`), so it says
what the version beside it does.

A check is one item below `checks:` of a component, or of a gate. Beside its kind it may carry the
[common keys](spec.md#keys-that-every-check-may-have): `name`, `id`, `severity`, `soll`, `needs`, `on`,
`deadline`, `remedy`. A relative path starts in the environment's `root`.

Whatever the kind: what the account may not see, what did not answer in time, and what could not be understood
is *could not be determined*, never met; only for `http` and `port`, whose question it is, no answer within the limit
is a deviation. "Severity" is the default; `severity:` on the check or its
component replaces it.
"""
