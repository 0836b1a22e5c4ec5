"""Text from outside, made harmless to look at: what a reader cannot see is spelled out."""

from __future__ import annotations

import re

# Controls, bidi marks and overrides, invisible and line separators, and the surrogates that stand for bytes
# which are not UTF-8. Tab and newline stay: they are layout in an excerpt, and white space elsewhere.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff"
    "\U000e0000-\U000e0fff]"
)


def _spell(match: re.Match[str]) -> str:
    point = ord(match[0])
    if 0xDC80 <= point <= 0xDCFF:
        point -= 0xDC00
    if point < 0x100:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def printable(text: str) -> str:
    """`text` with what is invisible spelled out: ``\\x1b``, ``\\u202e``; no UTF-8: ``\\xff``."""
    return text if text.isascii() and text.isprintable() else _UNSEEN.sub(_spell, text)


def one_line(text: str) -> str:
    """Like :func:`printable`, with tabs and newlines spelled out too; for names and commands."""
    return printable(text).replace("\n", "\\n").replace("\t", "\\t")
