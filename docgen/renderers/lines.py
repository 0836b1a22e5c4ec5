"""Lines of a terminal page: wrapping with hanging indents, pairs at both edges, commands that are never wrapped."""

from __future__ import annotations

from io import StringIO

from rich.console import Console
from rich.text import Text

from checks.model import Message
from docgen.i18n import TYPED, Translator
from docgen.renderers.printable import one_line as printable


class Lines:
    """Collects lines of at most `width` columns, in `colour` or without."""

    def __init__(self, translator: Translator, width: int, colour: bool) -> None:
        self.t, self.width = translator, width
        self.file = StringIO()
        self.console = Console(
            file=self.file,
            width=width,
            color_system="standard" if colour else None,
            force_terminal=colour,
            highlight=False,
            markup=False,
            emoji=False,
            legacy_windows=False,
        )

    def text(self) -> str:
        """All lines, without spaces at their ends."""
        return "\n".join(line.rstrip() for line in self.file.getvalue().splitlines()) + "\n"

    def rich(self, message: Message, style: str = "") -> Text:
        text = Text(style=style)
        for segment in self.t.segments(message):
            text.append(printable(segment.text))
        return text

    def title(self, title: str) -> None:
        self.line()
        self.console.print(Text(title, style="bold"))

    def line(self) -> None:
        self.console.print()

    def wrap(self, text: Text, hang: int = 0) -> None:
        """`text`, wrapped, its further lines indented by `hang`."""
        lead, rest = text[:hang], text[hang:]
        if not hang or len(text.plain) <= self.width or len(lead.plain) < hang:
            self.console.print(text, soft_wrap=len(text.plain) <= self.width)
            return
        lines = rest.wrap(self.console, self.width - hang)
        for index, line in enumerate(lines):
            line.rstrip()
            self.console.print((lead if index == 0 else Text(" " * hang)) + line, soft_wrap=True)

    def said(self, lead: Text, message: Message, *, hang: int, tail: str = "") -> None:
        """`message` after `lead`; its command on a line of its own, never wrapped: copying comes first."""
        command = next((message.params.get(n) for n in TYPED if f"{{{n}:code}}" in message.id), None)
        if not isinstance(command, str):
            self.wrap(lead.append_text(self.rich(message)).append(printable(tail)), hang=hang)
            return
        shown = printable(command)
        said = self.rich(message).plain
        before, _, after = said.partition(shown)
        if len(said) + hang <= self.width or after.strip(" .:"):  # a command within a sentence stays there
            self.wrap(lead.append(said).append(printable(tail)), hang=hang)
            return
        self.wrap(lead.append(before.rstrip() + printable(tail)), hang=hang)
        self.console.print(Text(" " * hang + shown), soft_wrap=True)

    def pair(self, left: Text, right: str, *, hang: int = 0, before: bool = False) -> None:
        """`left`, and `right` at the right edge of its first line."""
        if before:
            self.line()
        room = self.width - len(right) - 2
        if len(left.plain) <= room:
            self.console.print(
                left + Text(" " * (self.width - len(left.plain) - len(right)) + right), soft_wrap=True
            )
            return
        first = left.wrap(self.console, room)[0]
        rest = left[len(first.plain) :]
        first.rstrip()
        pad = " " * (self.width - len(first.plain) - len(right))
        self.console.print(first + Text(pad + right), soft_wrap=True)
        for line in Text(rest.plain.lstrip(), style=rest.style).wrap(self.console, self.width - hang):
            line.rstrip()
            self.console.print(Text(" " * hang) + line, soft_wrap=True)
