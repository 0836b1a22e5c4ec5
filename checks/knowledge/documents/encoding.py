"""Text whose UTF-8 was taken for another encoding and encoded again: recognised, and undone as far as that is certain."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import NamedTuple

_CODECS = ("cp1252", "cp1254", "latin-1")
_LAYERS = 4
LOST = "\N{REPLACEMENT CHARACTER}"
# Emoji_Presentation=Yes among U+2300–U+2BFF; see emoji-data.txt of Unicode.
_EMOJI = frozenset(
    "⌚⌛⏩⏪⏫⏬⏰⏳◽◾☔☕♈♉♊♋♌♍♎♏♐♑♒♓♿⚓⚡⚪⚫⚽⚾⛄⛅⛎⛔⛪⛲⛳⛵⛺⛽✅✊✋✨❌❎❓❔❕❗➕➖➗➰➿⬛⬜⭐⭕"
)
_CODE = re.compile(r"`[^`\n]{1,200}`")


class Repaired(NamedTuple):
    """``text`` as it was meant. ``places`` were repaired, in ``layers``; ``lost`` of them stay undecided, because a byte is
    gone, and are shown as U+FFFD. ``codec`` is what the text had been taken for."""

    text: str
    places: int
    lost: int
    layers: int
    codec: str


def repaired(text: str) -> Repaired | None:
    """`text` with its double encoding undone; None where there is none."""
    if text.isascii() or not _may_be().search(text):
        return None
    places = layers = lost = 0
    used = ""
    while layers < _LAYERS:
        best = max(
            (_Layer(codec, text) for codec in _CODECS), key=lambda layer: (layer.certain, layer.likely)
        )
        if not best.certain:
            break
        text, layers, used = best.undo(), layers + 1, used or best.codec
        places, lost = max(places, best.places), lost + best.lost
    return Repaired(text, places, lost, layers, used) if layers else None


@cache
def _may_be() -> re.Pattern[str]:
    """A lead byte before a following one, of any of the codecs: without such a pair there is nothing to undo."""
    leads = follow = ""
    for codec in _CODECS:
        byte = {bytes([n]).decode(codec, "replace"): n for n in range(0x80, 0x100)}
        byte |= {chr(n): n for n in range(0x80, 0x100) if bytes([n]).decode(codec, "replace") == LOST}
        leads += "".join(c for c, n in byte.items() if 0xC2 <= n <= 0xF4 and c != LOST)
        follow += "".join(re.escape(c) for c, n in byte.items() if n < 0xC0 and c != LOST)
    return re.compile(f"[{leads}][{follow}]")


class _Layer:
    """One layer of `codec` in `text`. ``certain`` counts the places that cannot be anything else,
    ``likely`` those that look like it, also where a byte is gone."""

    def __init__(self, codec: str, text: str) -> None:
        self.codec, self._text = codec, text
        self.places = self.lost = 0
        self._byte: dict[str, int] = {}
        self._gone: list[int] = []
        for byte in range(0x80, 0x100):
            try:
                self._byte[bytes([byte]).decode(codec)] = byte
            except UnicodeDecodeError:
                self._byte[chr(byte)] = byte
                self._gone.append(byte)
        leads = "".join(c for c, byte in self._byte.items() if 0xC2 <= byte <= 0xF4)
        follow = "".join(re.escape(c) for c, byte in self._byte.items() if byte < 0xC0)
        self._run = re.compile(f"[{leads}][{follow}]{{1,3}}")
        self.likely = sum(1 for _ in self._run.finditer(text))
        self.certain = sum(self._certain(match) for match in self._run.finditer(_CODE.sub("", text)))

    def _char(self, match: re.Match[str]) -> tuple[str, int] | None:
        """The character that begins a run and how long it is; None where it is none."""
        raw = bytes(self._byte[c] for c in match[0])
        length = 2 if raw[0] < 0xE0 else 3 if raw[0] < 0xF0 else 4
        try:
            char = raw[:length].decode("utf-8")
        except UnicodeDecodeError:
            return None
        named = unicodedata.category(char) not in ("Cn", "Co", "Cs") and not 0x7C0 <= ord(char) < 0x900
        return (char, length) if named else None

    def _certain(self, match: re.Match[str]) -> bool:
        found = self._char(match)
        if found is None:
            return False
        char, length = found
        if length > 2:
            return True
        text, end = match.string, match.start() + 2
        letter = any(
            c.isascii() and c.isalpha() for c in text[match.start() - 1 : match.start()] + text[end : end + 1]
        )
        if unicodedata.category(match[0][1]) == "Cc":
            return True
        # Typographic marks follow a capital letter in ordinary text, too: “AMANHÔ.
        return letter and self._byte[match[0][1]] >= 0xA1 and char.isalpha()

    def undo(self) -> str:
        """The text without this layer."""
        made: list[str] = []
        end = 0
        for match in self._run.finditer(self._text):
            if match.start() < end:
                continue
            made.append(self._text[end : match.start()])
            found = self._char(match)
            length = found[1] if found else 0
            char = (
                found[0]
                if found
                else self._completed(match[0], made[-1][-1:] or (made[-2:-1] or [""])[0][-1:])
            )
            made.append(char or match[0])
            end = match.start() + length if found else match.end()
            self.places += char is not None
            self.lost += char == LOST
        return "".join(made) + self._text[end:]

    def _completed(self, run: str, before: str) -> str | None:
        """The character of a run of which one byte is gone, because the encoding has no character for it."""
        raw = bytes(self._byte[c] for c in run)
        if raw[0] < 0xE0 or len(raw) != (2 if raw[0] < 0xF0 else 3):
            return None
        possible = set()
        for at in range(1, len(raw) + 1):
            for byte in self._gone:
                try:
                    char = (raw[:at] + bytes([byte]) + raw[at:]).decode("utf-8")
                except UnicodeDecodeError:
                    continue
                if unicodedata.category(char) not in ("Cn", "Co"):
                    possible.add(char)
        if before and unicodedata.category(before) == "So" and "\ufe0f" in possible:
            return "\ufe0f"
        drawn = unicodedata.name(before, "").startswith("BOX DRAWINGS LIGHT")
        fit = [c for c in possible if drawn and unicodedata.name(c).startswith("BOX DRAWINGS LIGHT")]
        fit = fit or [c for c in possible if c in _EMOJI or ord(c) > 0xFFFF]
        return fit[0] if len(fit) == 1 else LOST if possible else None
