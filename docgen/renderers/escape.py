"""Messages as Markdown: whatever comes from outside is shown, and means nothing there."""

from __future__ import annotations

import re

from checks.model import Message
from docgen.i18n import Translator
from docgen.renderers.printable import one_line as printable

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&$!])")


class Markdown:
    """Writes in the language of `t`."""

    def __init__(self, t: Translator) -> None:
        self.t = t

    def text(self, message: Message) -> str:
        """A message on one line."""
        return "".join(
            self.code(segment.text) if segment.code else self.plain(segment.text)
            for segment in self.t.segments(message)
        )

    def plain(self, text: str) -> str:
        """Words."""
        return _SPECIAL.sub(r"\\\1", printable(text))

    def code(self, text: str) -> str:
        """Code on one line."""
        shown = printable(text)
        fence = "`" * (max((len(run) for run in re.findall(r"`+", shown)), default=0) + 1)
        pad = " " if shown.startswith("`") or shown.endswith("`") else ""
        # A bar ends a table cell even within code.
        return f"{fence}{pad}{shown}{pad}{fence}".replace("|", "\\|")
