"""The fonts that a page carries: those of which nothing is written in it are left out."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping
from html import unescape

_FACE = re.compile(r"@font-face \{[^{}]*unicode-range: ([^;}]+)[^{}]*\}\n?")
_RANGE = re.compile(r"U\+([0-9A-F]+)(?:-([0-9A-F]+))?")
_DATA = re.compile(r"data:([\w/+-]+);base64,([A-Za-z0-9+/=]+)")
_ESCAPED = re.compile(r"\\([0-9a-f]{2,6})")


ALIKE = {0x2705: "✓", 0x2714: "✓", 0x2611: "✓", 0x2717: "❌", 0x2718: "❌", 0x2716: "❌", 0x27A1: "→", 0x2B05: "←",
         0xFE0F: "", 0xFE0E: "", 0x200D: ""}  # fmt: skip
"""Signs for which the fonts have one that means the same; and what only says how the sign before it is to look."""


def needed(page: str, instead: Mapping[int, str] = {}) -> str:
    """`page` without the faces for certain characters, by their ``unicode-range``, that stand for none in it; ``instead``:
    what will be shown in the place of others."""
    used = _characters(page)
    used |= {ord(sign) for one in used & instead.keys() for sign in instead[one]}
    return _FACE.sub(lambda face: face[0] if _covers(face[1], used) else "", page)


def _characters(page: str) -> frozenset[int]:
    """The characters beyond ASCII that are shown in `page`, also in its pictures."""
    drawn = [
        b64decode(data).decode("utf-8", "replace")
        for kind, data in _DATA.findall(page)
        if kind == "image/svg+xml"
    ]
    text = "".join([_DATA.sub("", page), *drawn])
    escaped = {int(one, 16) for one in _ESCAPED.findall(text)}
    return frozenset({ord(one) for one in set(unescape(text)) if not one.isascii()} | escaped)


def _covers(ranges: str, used: frozenset[int]) -> bool:
    bounds = [(int(a, 16), int(b or a, 16)) for a, b in _RANGE.findall(ranges)]
    return any(a <= one <= b for one in used for a, b in bounds)
