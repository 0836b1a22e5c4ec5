"""Slugs: the parts of which ids are made."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe"})
_OTHER = re.compile(r"[^a-z0-9]+")


@lru_cache(8192)
def slug(text: str, limit: int = 60) -> str:
    """`text` in ``[a-z0-9-]``, at most `limit` characters; where that loses everything or is cut, a short
    hash of the text keeps it apart from others."""
    folded = (
        unicodedata.normalize("NFKD", text.lower().translate(_UMLAUTS)).encode("ascii", "ignore").decode()
    )
    plain = _OTHER.sub("-", folded).strip("-")
    if plain and len(plain) <= limit:
        return plain
    digest = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:6]
    return f"{plain[: limit - 7].rstrip('-')}-{digest}".lstrip("-")
