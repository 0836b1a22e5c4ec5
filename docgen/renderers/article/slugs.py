"""Names for headings and files: readable, in ASCII, each once."""

from __future__ import annotations

import re
import unicodedata

_GERMAN = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa", "œ": "oe"}
)


def slug(text: str, longest: int = 80) -> str:
    """`text` as a name of small letters, digits and dashes; ``section`` where nothing is left."""
    folded = unicodedata.normalize("NFC", text).lower().translate(_GERMAN)
    plain = unicodedata.normalize("NFKD", folded).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:longest].strip("-") or "section"


class Slugs:
    """Gives each name once. None begins with ``_``, as those of the page itself do."""

    def __init__(self) -> None:
        self.given: set[str] = set()
        self._counts: dict[str, int] = {}

    def take(self, wanted: str) -> str:
        """A name like `wanted` that nobody else has."""
        base = slug(wanted)
        name = base
        while name in self.given:
            self._counts[base] = self._counts.get(base, 1) + 1
            name = f"{base}-{self._counts[base]}"
        self.given.add(name)
        return name
