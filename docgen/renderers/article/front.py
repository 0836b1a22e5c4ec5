"""The front matter of a document: what of it readers see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

_LONGEST = 200
_LARGEST = 20_000


class Front(NamedTuple):
    """``language`` is that of the text (``de``), ``audience`` who it is for, ``date`` as it is written; ``search``: whether
    the search may find it; ``pdf``: whether it gets a PDF, None where it does not say. What is not said is empty."""

    title: str = ""
    language: str = ""
    date: str = ""
    audience: str = ""
    owner: str = ""
    search: bool = True
    version: str = ""
    supersedes: str = ""
    pdf: bool | None = None


def front(lines: Sequence[str]) -> Front:
    """What the front matter in `lines` says. Whatever is in it, this raises nothing: what cannot be read is not there."""
    import yaml

    text = "\n".join(line for line in lines if line.strip() not in ("---", "..."))
    # An alias may stand for a billion of them.
    if not text.strip() or len(text) > _LARGEST:
        return Front()
    try:
        if any(isinstance(one, yaml.AliasToken) for one in yaml.scan(text, Loader=_loader())):
            return Front()
        data = yaml.load(text, Loader=_loader())  # noqa: S506 - a safe one
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError, TypeError):
        return Front()
    if not isinstance(data, dict):
        return Front()
    said = {str(key).lower(): value for key, value in data.items()}
    return Front(
        title=_one(said, "title", "titel"),
        language=_one(said, "lang", "language", "sprache")[:2].lower(),
        date=_one(said, "date", "datum"),
        audience=_one(said, "audience", "zielgruppe"),
        owner=_one(said, "owner", "author", "verantwortlich", "autor"),
        search=said.get("search") not in (False, "false", "no"),
        version=_one(said, "version"),
        supersedes=_one(said, "supersedes", "ersetzt"),
        pdf=None if said.get("pdf") is None else said["pdf"] not in (False, "false", "no"),
    )


def _one(said: dict[str, Any], *names: str) -> str:
    value = next((said[name] for name in names if said.get(name) is not None), "")
    if isinstance(value, list):
        value = ", ".join(str(one) for one in value[:20] if isinstance(one, str | int | float))
    return " ".join(str(value).split())[:_LONGEST] if isinstance(value, str | int | float) else _day(value)


def _day(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else ""


def _loader() -> Any:
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)
