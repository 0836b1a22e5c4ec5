"""Code, coloured by classes of which ``article.css`` knows the colours."""

from __future__ import annotations

from functools import cache, lru_cache
from html import escape
from typing import Any

_LARGEST = 60_000
"""Characters of a block that is coloured; a longer one is shown as it is."""
_USUAL = {
    "sh": "bash",
    "shell": "bash",
    "console": "console",
    "yml": "yaml",
    "conf": "nginx",
    "jsonc": "json",
}


@cache
def _lexer(name: str) -> Any:
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(_USUAL.get(name, name), stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


@cache
def _classes() -> dict[Any, str]:
    from pygments.token import STANDARD_TYPES

    # What has no colour of its own needs no element.
    return {
        kind: short
        for kind, short in STANDARD_TYPES.items()
        if short[:1] in "kscnmog" and short not in _PLAIN
    }


_PLAIN = frozenset(("n", "nn", "nx", "nv", "o", "g", "nl", "ni", "py", "ow"))


def coloured(text: str, name: str) -> str:
    """`text` as a block of code of the language `name`."""
    shown = _spans(text, name.lower()) if name and len(text) <= _LARGEST else None
    return f'<pre class="code" translate="no"><code>{escape(text, quote=False) if shown is None else shown}</code></pre>\n'


@lru_cache(512)
def _spans(text: str, name: str) -> str | None:
    lexer = _lexer(name)
    if lexer is None:
        return None
    known = _classes()
    made: list[str] = []
    for _, kind, value in lexer.get_tokens_unprocessed(text):
        short = known.get(kind)
        said = escape(value, quote=False)
        made.append(f'<span class="{short}">{said}</span>' if short and value.strip() else said)
    return "".join(made)
