"""Models whose fields are described by the text below them, as a reader of the source sees it.

pydantic can do this itself, but reads the source of every model whenever it is imported; docgen needs the texts
only for its schema and its docs.
"""

from __future__ import annotations

import ast
import inspect
import sys
from functools import cache
from itertools import pairwise
from typing import Any

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


class Described(BaseModel):
    """Base: the JSON schema of a model carries the descriptions of its fields."""

    # Built when first used, in one piece with whatever they are part of.
    model_config = ConfigDict(defer_build=True)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        schema = handler(core_schema)
        properties: dict[str, Any] = handler.resolve_ref_schema(schema).get("properties", {})
        for field in cls.model_fields.values():
            if field.exclude:  # filled in by the spec, never written
                properties.pop(field.alias or "", None)
        for name, text in descriptions(cls).items():
            described = cls.model_fields.get(name)
            if described and (own := properties.get(described.alias or name)) is not None:
                own.setdefault("description", text)
        return schema


@cache
def descriptions(model: type[BaseModel]) -> dict[str, str]:
    """The text below each field of `model` and its bases, by the field's name."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            found |= _own(base)
    return found


@cache
def _own(model: type[BaseModel]) -> dict[str, str]:
    return {
        statement.target.id: inspect.cleandoc(following.value.value)
        for statement, following in pairwise(_classes(model.__module__)[model.__qualname__].body)
        if isinstance(statement, ast.AnnAssign)
        and isinstance(statement.target, ast.Name)
        and isinstance(following, ast.Expr)
        and isinstance(following.value, ast.Constant)
        and isinstance(following.value.value, str)
    }


@cache
def _classes(module: str) -> dict[str, ast.ClassDef]:
    """The classes that a module defines, by their qualified names. ``inspect.getsource`` of a class would read the
    whole module again for each of them."""
    found: dict[str, ast.ClassDef] = {}

    def walk(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                found[f"{prefix}{child.name}"] = child
                walk(child, f"{prefix}{child.name}.")
            elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                walk(child, f"{prefix}{child.name}.<locals>.")
            elif isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
                walk(child, prefix)

    walk(ast.parse(inspect.getsource(sys.modules[module])), "")
    return found
