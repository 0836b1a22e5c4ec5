"""The patterns of sudoers: wildcards as fnmatch(3) takes them, and regular expressions. Pure."""

from __future__ import annotations

import re
from functools import cache

_CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": r" \t",
    "digit": "0-9",
    "lower": "a-z",
    "space": r"\s",
    "upper": "A-Z",
    "word": r"\w",
    "xdigit": "0-9A-Fa-f",
}


def regex(pattern: str, text: str) -> bool | None:
    """Whether a regular expression of sudo finds `text`; None for one that could take for ever."""
    if len(pattern) > 500 or re.search(r"[*+?}][^()]*\)+[*+{]", pattern):
        return None
    for name, characters in _CLASSES.items():
        pattern = pattern.replace(f"[:{name}:]", characters)
    flags = re.IGNORECASE if pattern.startswith("^(?i)") else 0
    try:
        return bool(re.search(pattern.replace("^(?i)", "^", 1), text, flags))
    except re.error:
        return False  # sudo takes it as never matching


def wildcard(pattern: str) -> bool:
    """Whether `pattern` has a wildcard that is not escaped."""
    return bool(re.search(r"(?<!\\)(?:\\\\)*[*?\[]", pattern))


def unescaped(pattern: str) -> str:
    """A pattern without wildcards as the text that it matches."""
    return re.sub(r"\\(.)", r"\1", pattern)


@cache
def glob(pattern: str, pathname: bool) -> re.Pattern[str]:
    """fnmatch(3), with FNM_PATHNAME where `pathname`: then no wildcard matches a slash."""
    one = "[^/]" if pathname else "."
    parts = [""]
    for piece in re.findall(r"\\.|\*+|\[[!^]?\]?(?:\[:\w+:\]|[^\]])*\]|.", pattern, re.DOTALL):
        if piece[0] == "*":
            parts.append("")
        elif piece == "?":
            parts[-1] += one
        elif piece[0] == "[" and len(piece) > 2:
            parts[-1] += ("(?!/)" if pathname else "") + _set(piece[1:-1])
        else:
            parts[-1] += re.escape(piece[-1] if piece[0] == "\\" else piece)
    # Atomic groups: no pattern of a host can make matching slow.
    middle = "".join(f"(?>{one}*?{part})" for part in parts[1:-1])
    last = f"{one}*{parts[-1]}" if len(parts) > 1 else ""
    try:
        return re.compile(parts[0] + middle + last, re.DOTALL)
    except re.error:
        return re.compile(r"(?!)")


def _set(inner: str) -> str:
    negated = inner[0] in "!^"
    inner = re.sub(r"\[:(\w+):\]", lambda m: _CLASSES.get(m[1], ""), inner[1:] if negated else inner)
    escaped = re.sub(r"([\[\]&~|])", r"\\\1", inner).replace("--", r"-\-")
    return f"[{'^' if negated else ''}{escaped}]"
