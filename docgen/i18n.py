"""Messages to text, in German and English.

The English text is the message id; the German text comes from the Babel catalogue
``docgen/locale/de/LC_MESSAGES/docgen.po``, compiled when the package is built. In a checkout whose
catalogue is newer than its compiled form, the catalogue itself is read.
"""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import ClassVar, NamedTuple
from zoneinfo import ZoneInfo

from checks.model import Message, phrase
from checks.model.message import Param

LANGUAGES = ("de", "en")
_LOCALE = Path(__file__).parent / "locale"
_FIELD = re.compile(r"\{([a-z_][a-z0-9_]*)(?::([a-z]+))?\}")
TYPED = ("command", "line")
"""The parameters that are something to type."""
_AS_IT_IS = (None, "text", "code")
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


class Segment(NamedTuple):
    """A piece of a rendered message. ``code`` pieces are shown in the monospaced font; of these, a
    ``command`` is something to type (a parameter of these names: `command`, `line`)."""

    text: str
    code: bool = False
    command: bool = False


class _Lacking(gettext.NullTranslations):
    """Behind a catalogue: notes what is asked for in vain."""

    asked: ClassVar[set[str]] = set()

    def gettext(self, message: str) -> str:
        self.asked.add(message)
        return message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        self.asked.add(msgid1)
        return super().ngettext(msgid1, msgid2, n)


@contextmanager
def untranslated() -> Iterator[Callable[[], list[str]]]:
    """Gives what tells which messages were shown inside without a translation into the language that was asked for."""
    _Lacking.asked.clear()
    yield lambda: sorted(one for one in _Lacking.asked if re.search("[A-Za-z]", _FIELD.sub("", one)))


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The catalogue of `language`; English needs none."""
    if language == "en":
        return gettext.NullTranslations()
    lacking = _Lacking()
    found = _read(language)
    if found is None:
        return lacking
    found.add_fallback(lacking)
    return found


def _read(language: str) -> gettext.NullTranslations | None:
    folder = _LOCALE / language / "LC_MESSAGES"
    source, compiled = folder / "docgen.po", folder / "docgen.mo"
    if compiled.exists() and (not source.exists() or compiled.stat().st_mtime >= source.stat().st_mtime):
        with compiled.open("rb") as file:
            return gettext.GNUTranslations(file)
    if source.exists():
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po

        buffer = io.BytesIO()
        with source.open("rb") as file:
            write_mo(buffer, read_po(file, locale=language))
        buffer.seek(0)
        return gettext.GNUTranslations(buffer)
    return None


@lru_cache(4096)
def _parts(template: str) -> list[tuple[Segment | None, str, str | None]]:
    """`template` as literals and fields: (literal, "", None) or (None, name, type)."""
    parts: list[tuple[Segment | None, str, str | None]] = []
    end = 0
    for field in _FIELD.finditer(template):
        if field.start() > end:
            parts.append((Segment(template[end : field.start()]), "", None))
        parts.append((None, field[1], field[2]))
        end = field.end()
    if end < len(template):
        parts.append((Segment(template[end:]), "", None))
    return parts


_GOES_ON = (".", ";", ",", ")", " instead of", " statt")


def _ends(text: str) -> bool:
    return text.endswith(".") and not text.endswith("..")


class Translator:
    """Renders messages in one language. Holds no other state; make one per render."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._catalogue = catalogue(language)

    def segments(self, message: Message) -> list[Segment]:
        """`message` as pieces of text and code, translated, with its parameters formatted."""
        pieces: list[Segment] = []
        stop = False
        for literal, name, type_ in _parts(self._template(message)):
            if literal:
                if stop and literal.text.startswith(_GOES_ON):
                    pieces[-1] = pieces[-1]._replace(text=pieces[-1].text[:-1])
                pieces.append(literal)
                continue
            given = message.params.get(name)
            value = self._value(given, type_)
            command = name in TYPED and type_ == "code"
            pieces += [Segment(*piece[:2], command=True) for piece in value] if command else value
            stop = isinstance(given, Message) and bool(value) and _ends(value[-1].text) and not value[-1].code
        return pieces

    def plain(self, message: Message) -> str:
        """`message` as one str, code unmarked."""
        params = message.params
        if not params:
            return self._catalogue.gettext(message.id) if message.id else ""
        text: list[str] = []
        last: Message | None = None
        for literal, name, type_ in _parts(self._template(message)):
            if literal:
                if last is not None and literal.text.startswith(_GOES_ON) and self._stops(last):
                    text[-1] = text[-1][:-1]
                text.append(literal.text)
                continue
            value = params.get(name)
            last = value if isinstance(value, Message) else None
            if type(value) is str and type_ in _AS_IT_IS:
                text.append(value)
            elif isinstance(value, Message):
                text.append(self.plain(value))
            else:
                text += [piece.text for piece in self._value(value, type_)]
        return "".join(text)

    def _stops(self, message: Message) -> bool:
        """Whether `message` is a sentence with its full stop, and not some code that ends with one."""
        pieces = self.segments(message)
        return bool(pieces) and _ends(pieces[-1].text) and not pieces[-1].code

    def _template(self, message: Message) -> str:
        if message.plural is not None:
            n = message.params.get("n")
            return self._catalogue.ngettext(message.id, message.plural, n if isinstance(n, int) else 2)
        return self._catalogue.gettext(message.id) if message.id else ""

    def __call__(self, text: str, /, **params: Param) -> str:
        """A literal text of a template or renderer, translated, with plain ``{name}`` fields."""
        return self.plain(phrase(text, params))

    def _value(self, value: Param, type_: str | None) -> list[Segment]:
        if isinstance(value, Message):
            return self.segments(value)
        if value is None:
            return [Segment("–")]
        if isinstance(value, tuple):
            pieces: list[Segment] = []
            for index, item in enumerate(value):
                if index:
                    pieces.append(Segment(", "))
                pieces.append(Segment(str(item), code=True))
            return pieces or [Segment("–")]
        if type_ == "code":
            return [Segment(str(value), code=True)]
        if type_ == "size" and isinstance(value, int | float):
            return [Segment(self.size(value))]
        if type_ == "seconds" and isinstance(value, int | float):
            return [Segment(self.duration(value))]
        if type_ == "day" and isinstance(value, str):
            return [Segment(".".join(reversed(value.split("-"))) if self.language == "de" else value)]
        if type_ == "time" and isinstance(value, str):
            return [Segment(self.time(value))]
        if isinstance(value, float):
            return [Segment(self._decimal(f"{value:g}"))]
        return [Segment(str(value))]

    def _decimal(self, number: str) -> str:
        return number.replace(".", ",") if self.language == "de" else number

    def size(self, count: float) -> str:
        """Bytes in binary units: ``1.2 KiB``."""
        unit = 0
        while abs(count) >= 1024 and unit < len(_UNITS) - 1:
            count /= 1024
            unit += 1
        return self._decimal(f"{count:.1f}" if unit and count < 100 else f"{count:.0f}") + f" {_UNITS[unit]}"

    def duration(self, seconds: float) -> str:
        """Seconds in the largest unit that leaves a readable number: ``26 h``, ``350 ms``, ``7 d``."""
        sign, seconds = ("-" if seconds < 0 else ""), abs(seconds)
        if seconds < 1:
            number, unit = f"{seconds * 1000:.0f}", "ms"
        elif seconds < 120:
            number, unit = f"{seconds:.1f}".removesuffix(".0"), "s"
        elif seconds < 7200:
            number, unit = f"{seconds / 60:.0f}", "min"
        elif seconds < 72 * 3600:
            number, unit = f"{seconds / 3600:.0f}", "h"
        else:
            number, unit = f"{seconds / 86400:.0f}", "Tage" if self.language == "de" else "days"
        return f"{sign}{self._decimal(number)} {unit}"

    def local(self, rfc3339: str, zone: str) -> str:
        """A time in the reader's zone, without the date if that is the same in UTC; empty if it is the same."""
        utc, local = self.time(rfc3339), self.time(rfc3339, zone)
        if local == utc or " " not in utc:
            return ""
        day = utc.index(" ")
        return local[day:].strip() if local[:day] == utc[:day] else local

    def time(self, rfc3339: str, zone: str | None = None) -> str:
        """A time as a reader of this language writes it: ``01.11.2025, 23:15 UTC``. With `zone`, in that
        zone: ``02.11.2025, 00:15 CET``. Of what is no time, only what could stand in one is shown."""
        try:
            moment = datetime.fromisoformat(rfc3339.replace("Z", "+00:00"))
        except ValueError:
            return re.sub(r"[^0-9A-Za-z:.+ -]", "?", rfc3339)[:40]
        moment = moment.astimezone(ZoneInfo(zone) if zone else UTC)
        name = moment.tzname() or "UTC"
        if self.language == "de":
            name = {"CET": "MEZ", "CEST": "MESZ"}.get(name, name)
            return f"{moment:%d.%m.%Y, %H:%M} {name}"
        return f"{moment:%Y-%m-%d %H:%M} {name}"
