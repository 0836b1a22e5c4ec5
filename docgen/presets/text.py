"""Words of others as YAML scalars of a spec: read back, they are exactly what they were."""

from __future__ import annotations

import json
import re

_PLAIN = re.compile(r"[A-Za-z/_][\w./@+-]*(?: [\w./@+-]+)*(?<!-)", re.ASCII)
_ADDRESS = re.compile(r"(?:https?://)?[A-Za-z][\w.@-]*(?::\d+)?(?:/[\w./-]*)?", re.ASCII)
_MEASURE = re.compile(r"[1-9]\d*(?:%|[dhmsw])|\.(?:[A-Za-z][\w-]*)?", re.ASCII)
_WORDS = {".inf", ".nan", "true", "false", "null", "yes", "no", "on", "off", "y", "n"}
_FIELD = re.compile(r"\{([A-Za-z][A-Za-z0-9_-]*(?:\.[A-Za-z][A-Za-z0-9_-]*)?)\}")
_UNPRINTABLE = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def scalar(text: str, *, variables: bool = True) -> str:
    """`text` as a YAML scalar for a value of the spec, also within braces: bare where that is safe. Nothing in
    it is taken for a variable, if it stands where there are `variables`; names of things are no such place.
    Unpaired surrogates, which YAML cannot hold, become ``\\udcff``."""
    if text.lower() not in _WORDS and any(shape.fullmatch(text) for shape in (_PLAIN, _ADDRESS, _MEASURE)):
        return text
    return quoted(_FIELD.sub(r"{{\1}}", text) if variables else text)


def quoted(text: str) -> str:
    """`text` in double quotes; variables in it stay variables."""
    return _UNPRINTABLE.sub(lambda m: f"\\u{ord(m[0]):04x}", json.dumps(_storable(text), ensure_ascii=False))


def comment(text: str) -> str:
    """`text` as what may stand behind a ``#``: one line, printable."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in _storable(text))


def _storable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
