"""The JSON Schema of ``docgen.yml``, made from the same models that read it, kinds included."""

from __future__ import annotations

from typing import Any

from checks.kinds import kind, names
from checks.spec import declared

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_VARIABLE = r"\{[A-Za-z][\w.-]*\}"


def schema() -> dict[str, Any]:
    """The whole schema. What it admits still has to make sense: references and variables are checked by
    loading."""
    made = declared.Spec.model_json_schema()
    definitions: dict[str, Any] = made.setdefault("$defs", {})
    common = declared.CommonCheck.model_json_schema()
    _adopt(definitions, common)
    variants: list[dict[str, Any]] = []
    entries: dict[str, Any] = {}
    for name in sorted(names()):
        its = kind(name)
        params = its.params.model_json_schema()
        _adopt(definitions, params)
        params.pop("title", None)
        key = f"kind {name}"
        params = _with_variables(params)
        definitions[key] = {**params, "description": f"{its.summary} {its.why}"}
        entries[name] = _with_shorthand(
            {"$ref": f"#/$defs/{key}"}, params.get("properties", {}), its.shorthand
        )
    definitions["gate"] = declared.GateUse.model_json_schema()
    entries["gate"] = {
        "description": "The checks of a named gate.",
        "anyOf": [{"type": "string"}, {"$ref": "#/$defs/gate"}],
    }
    for name in entries:
        variants.append({"required": [name]})
    definitions["check"] = {
        "type": "object",
        "properties": {**common["properties"], **entries},
        "additionalProperties": False,
        "oneOf": variants,
    }
    check = {"$ref": "#/$defs/check"}
    definitions["Component"]["properties"]["checks"] |= {"items": check, "minItems": 1}
    made["properties"]["gates"]["additionalProperties"]["items"] = check
    _friendly(definitions, made)
    return {"$schema": DIALECT, "title": "docgen.yml", **{k: v for k, v in made.items() if k != "title"}}


def _adopt(definitions: dict[str, Any], part: dict[str, Any]) -> None:
    definitions.update(part.pop("$defs", {}))


def _with_shorthand(
    reference: dict[str, Any], fields: dict[str, Any], shorthand: str | None
) -> dict[str, Any]:
    if not shorthand:
        return reference
    field = fields.get(shorthand.replace("_", "-"), {})
    scalar = {k: v for k, v in field.items() if k not in ("title", "description", "default")} or {
        "type": "string"
    }
    return {"anyOf": [scalar, reference]}


def _with_variables(node: Any) -> Any:
    """`node`, which also admits a variable wherever it asks for a number or for text of some form."""
    if isinstance(node, list):
        return [_with_variables(item) for item in node]
    if not isinstance(node, dict):
        return node
    made = {key: _with_variables(value) for key, value in node.items()}
    if isinstance(made.get("pattern"), str):
        made["pattern"] = f"(?:{made['pattern']})|{_VARIABLE}"
    if made.get("type") in ("integer", "number"):
        about = {key: made.pop(key) for key in ("title", "description", "default") if key in made}
        return {"anyOf": [made, {"type": "string", "pattern": _VARIABLE}], **about}
    return made


def _friendly(definitions: dict[str, Any], made: dict[str, Any]) -> None:
    """The short forms that the loader turns into the long ones."""

    def also(node: dict[str, Any], key: str, *short: dict[str, Any]) -> None:
        own = node["properties"][key]
        node["properties"][key] = {
            "anyOf": [*short, own],
            **{k: own.pop(k) for k in ("description", "default") if k in own},
        }

    text = {"type": "string"}
    also(definitions["Environment"], "host", text)
    hosts = {"type": "array", "minItems": 1, "items": {"anyOf": [text, {"$ref": "#/$defs/Host"}]}}
    named = {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": {"anyOf": [text, {"$ref": "#/$defs/Host"}]},
    }
    definitions["Environment"]["properties"]["hosts"] = {
        "anyOf": [hosts, named],
        "description": definitions["Environment"]["properties"]["hosts"].get("description", ""),
    }
    for owner in (definitions["Component"], definitions["Step"], definitions["check"]):
        for key in ("needs", "only", "on", "shows"):
            if key in owner["properties"]:
                also(owner, key, text)
    definitions["Component"]["properties"]["links"]["items"] = {"anyOf": [text, {"$ref": "#/$defs/Link"}]}
    definitions["FlowDecl"]["properties"]["steps"]["items"] = {"anyOf": [text, {"$ref": "#/$defs/Step"}]}
    also(made, "flow", {"$ref": "#/$defs/FlowDecl"})
    also(made, "readiness", {"$ref": "#/$defs/Readiness"})
