"""Text from outside, made harmless for terminals and pages: nothing that moves a cursor or reorders text."""

from __future__ import annotations

import re

_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufff9-\ufffb]"
)


def printable(text: str, *, lines: bool = False) -> str:
    """`text` with control characters, bidirectional overrides and lone surrogates shown as escapes. Line
    breaks and tabs stay where `lines`, else they are shown as well."""
    text = _HIDDEN.sub(_escape, text)
    return text if lines else text.replace("\n", "\\n").replace("\t", "\\t")


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
