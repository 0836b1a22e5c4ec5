"""Translations of what readers see of the spec itself: names, SOLL, remedies, in its owner's words."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from checks.errors import Problem
from checks.spec import declared
from checks.spec.values import Values
from checks.spec.yaml import Document, Path_


def translations(
    document: Document, written: declared.Spec, values: Values, problems: list[Problem]
) -> dict[str, dict[str, str]]:
    """For each language the texts of the spec with their translations, variables filled in as in each environment.
    What translates no text of the spec, or has a variable that is not known anywhere, is noted in `problems`."""
    texts = set(_texts({k: v for k, v in document.data.items() if k != "translations"}))
    made: dict[str, dict[str, str]] = {}
    for language, table in written.translations.items():
        its = made.setdefault(language, {})
        for original, translated in table.items():
            path: Path_ = ("translations", language, original)
            if original not in texts:
                close = get_close_matches(original, texts, 1)
                hint = f"did you mean `{close[0]}`?" if close else "write it exactly as it stands there"
                problems.append(document.problem(path, "no text of the spec reads like this", hint, key=True))
                continue
            undefined: list[dict[str, str]] = []
            for environment in (None, *values.environments):
                missing: dict[str, str] = {}
                scope = values.scope(environment, None)
                key, text = (scope.expand(one, missing.__setitem__) for one in (original, translated))
                undefined.append(missing)
                if not missing:
                    its[key] = text
            for name, hint in undefined[0].items():
                if all(name in missing for missing in undefined):
                    problems.append(document.problem(path, f"the variable {{{name}}} is not defined", hint))
    return made


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
