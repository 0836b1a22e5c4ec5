"""Variables: ``{name}`` in any text of the spec.

Precedence, the strongest first: ``--var`` on the command line; the host's ``variables``; the environment's;
the top level's; the built-in names ``env``, ``host``, ``root``, ``url`` and ``project``. ``{staging.root}``
reads another environment's value. ``{{name}}`` stands for a literal ``{name}``. Braces around anything that
is not a name (``\\d{3}``, JSON) are left alone. ``{secret.name}`` stays as it is until the value is sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from checks.spec import declared

_NAME = r"[A-Za-z][A-Za-z0-9_-]*(?:\.[A-Za-z][A-Za-z0-9_-]*)?"
_FIELD = re.compile(rf"\{{\{{({_NAME})\}}\}}|\{{({_NAME})\}}")
SECRET = re.compile(r"\{secret\.([A-Za-z][A-Za-z0-9_-]*)\}")


class Scope:
    """The values visible at one place, and where each came from."""

    def __init__(self, layers: list[tuple[str, Mapping[str, Any]]]) -> None:
        """`layers`: (origin, values), the strongest first."""
        self._values: dict[str, tuple[str, str]] = {}
        for origin, values in reversed(layers):
            for name, value in values.items():
                if value is not None:
                    self._values[name] = (_plain(value), origin)

    def get(self, name: str) -> tuple[str, str] | None:
        """(value, origin), or None."""
        return self._values.get(name)

    def names(self) -> list[str]:
        return list(self._values)

    def origins(self, raw: Any) -> Iterator[tuple[str, str]]:
        """The variables that stand in `raw`, each with its value and where that came from."""
        for match in _FIELD.finditer(repr(raw)):
            if match[2] and (found := self._values.get(match[2])):
                yield match[0], f"{found[0]} ({found[1]})"

    def expand(self, text: str, undefined: Callable[[str, str], None], depth: int = 0) -> str:
        """`text` with its variables filled in. `undefined(name, hint)` is called for each that is not there."""
        if "{" not in text:
            return text

        def replace(match: re.Match[str]) -> str:
            if match[1]:
                return "{" + match[1] + "}"
            name = match[2]
            if name.startswith("secret."):
                return match[0]
            found = self._values.get(name)
            if found is None:
                close = get_close_matches(name, self.names(), 1)
                undefined(name, f"did you mean {{{close[0]}}}?" if close else "define it under `variables`")
                return match[0]
            if depth > 8:
                undefined(name, "its value refers to itself")
                return match[0]
            return self.expand(found[0], undefined, depth + 1)

        return _FIELD.sub(replace, text)


def expand_all(value: Any, scope: Scope, undefined: Callable[[str, str], None]) -> Any:
    """`value` with the variables of every text in it filled in; keys are left alone."""
    if isinstance(value, str):
        return scope.expand(value, undefined)
    if isinstance(value, dict):
        return {key: expand_all(item, scope, undefined) for key, item in value.items()}
    if isinstance(value, list):
        return [expand_all(item, scope, undefined) for item in value]
    return value


def literal(value: str | None) -> str | None:
    """`value` as text in which nothing is filled in any more."""
    return value and re.sub(rf"\{{({_NAME})\}}", r"{{\1}}", value)


def mentions(value: Any) -> bool:
    """Whether there is anything to expand in `value`."""
    if isinstance(value, str):
        return "{" in value
    if isinstance(value, dict):
        return any(mentions(item) for item in value.values())
    if isinstance(value, list):
        return any(mentions(item) for item in value)
    return False


def scope_of(
    written: declared.Spec,
    environment: str | None,
    host: str | None,
    variables: dict[str, str],
    roots: Mapping[str, str | None],
) -> Scope:
    """The variables visible in `environment` on `host`; `roots` are the base directories, where they are known
    already as absolute paths."""
    declared_here = written.environments.get(environment) if environment else None
    layers: list[tuple[str, Any]] = [("--var", variables)]
    builtin: dict[str, Any] = {"project": written.project}
    if declared_here:
        if host and host in declared_here.all_hosts():
            layers.append((f"variables of host {host}", declared_here.all_hosts()[host].variables))
        layers.append((f"variables of environment {environment}", declared_here.variables))
        root = literal(roots[environment]) if environment and environment in roots else declared_here.root
        builtin |= {"env": environment, "host": host, "root": root, "url": declared_here.url}
    layers.append(("variables of the spec", written.variables))
    layers.append(("built in", builtin))
    for name, other in written.environments.items():
        values = {
            **other.variables,
            "root": literal(roots[name]) if name in roots else other.root,
            "url": other.url,
        }
        layers.append((f"environment {name}", {f"{name}.{k}": v for k, v in values.items()}))
    return Scope(layers)


def _plain(value: Any) -> str:
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)
