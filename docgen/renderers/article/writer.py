"""Markdown, as the parser took it apart, to markup that still has to be sanitised; what is trusted already stands beside it,
by number."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from checks.knowledge.documents.claims import INLINE
from checks.knowledge.documents.parsed import EXPLICIT, address
from checks.model import msg
from docgen.i18n import Translator
from docgen.renderers.article.clean import CLOSE, OPEN
from docgen.renderers.article.code import coloured
from docgen.renderers.article.diagram import NotDrawn, drawn
from docgen.renderers.article.slugs import Slugs

if TYPE_CHECKING:
    from checks.knowledge.documents.parsed import Event
    from docgen.renderers.article import Heading, Hole

_KINDS = {"caution": "danger", "error": "danger", "failure": "danger", "bug": "danger", "attention": "warning",
          "hint": "tip", "success": "tip", "info": "note", "abstract": "note", "summary": "note", "question": "note",
          "example": "note", "quote": "note", "seealso": "note"}  # fmt: skip
_TITLES = {"note": msg("Note"), "tip": msg("Tip"), "important": msg("Important"), "warning": msg("Warning"),
           "danger": msg("Danger")}  # fmt: skip
_DIAGRAMS = ("dot", "graphviz", "mermaid", "flow")
_DEEPEST = 60
"""Elements within each other; what lies deeper is text."""
_PLAIN = {
    "Paragraph": ("<p>", "</p>\n"),
    "Item": ("<li>", "</li>\n"),
    "Emphasis": ("<em>", "</em>"),
    "Strong": ("<strong>", "</strong>"),
    "Strikethrough": ("<s>", "</s>"),
    "DefinitionList": ("<dl>\n", "</dl>\n"),
    "DefinitionListTitle": ("<dt>", "</dt>\n"),
    "DefinitionListDefinition": ("<dd>", "</dd>\n"),
    "HtmlBlock": ("", ""),
}
"""Elements of which nothing else is to be said: how they begin and end."""
_ALIGNED = {"Right": ' class="ar"', "Center": ' class="ac"'}
_INLINE = frozenset(("Text", "Code", "Link", "Image", "InlineHtml", "FootnoteReference", "TaskListMarker"))
_FLOWS = frozenset(
    (*_INLINE, "Emphasis", "Strong", "Strikethrough", "SoftBreak", "HardBreak",
     "/Link", "/Image", "/Emphasis", "/Strong", "/Strikethrough")
)  # fmt: skip
"""What stands within one block of text."""


_ADDRESS = re.compile(r"(?:https?://|mailto:)[!-~]*|[!-9;-~]*")
"""One that leads nowhere else than it says: with a scheme that is admitted, or without the sign that ends one."""


class Writer:
    """``own`` is what is trusted, ``headings`` those of the document. ``ours``: the markup holds nothing that somebody wrote
    but text, and addresses beyond doubt, so that there is nothing to sanitise. ``drifted``: lines that get a mark."""

    def __init__(self, slugs: Slugs, language: str, drifted: frozenset[int]) -> None:
        self.own: list[Hole | str] = []
        self.headings: list[Heading] = []
        self.ours = True
        self._slugs, self._t = slugs, Translator(language if language == "de" else "en")
        self._drifted = sorted(drifted)
        self._flowing = False
        self._made: list[str] = []
        self._ends: list[str] = []
        self._code: list[str] | None = None
        self._title: tuple[int, list[str]] | None = None
        self._pictures: list[tuple[Mapping[str, str], list[str]]] = []
        self._admonition = ""
        self._row: tuple[str, Sequence[str], int] = ("td", (), 0)
        self._linked = False
        self._notes = _Notes(slugs)
        self._outside: list[tuple[str, list[str]]] = []

    def markup(self, events: Sequence[Event]) -> str:
        """The markup of all `events`."""
        for event in events:
            kind, data, _, _ = event
            if self._drifted:
                self._marks(event)
            if kind == "Text":
                made = self._text(data)
            elif plain := _PLAIN.get(kind):
                made = self._element(*plain)
            elif ends := _ENDS.get(kind):
                made = ends(self)
            elif kind[0] == "/":
                made = self._ends.pop()
            elif begins := _BEGINS.get(kind):
                made = begins(self, data)
            else:
                continue
            self._made.append(made)
        return "".join(self._made) + self._notes.listed(self._t.plain(_BACK))

    def _element(self, begin: str, end: str) -> str:
        if self._pictures or len(self._ends) >= _DEEPEST:
            begin = end = ""
        self._ends.append(end)
        return begin

    def _put(self, what: Hole | str) -> str:
        self.own.append(what)
        return f"{OPEN}{len(self.own) - 1}{CLOSE}"

    def _hole(self, kind: str, value: str = "", line: int = 0) -> str:
        from docgen.renderers.article import Hole

        return self._put(Hole(kind, value, "", line))

    def _marks(self, event: Event) -> None:
        """Puts marks before `event` for what drifted in its lines, or since the last word of the same block."""
        kind, _, line, last = event
        if kind == "CodeBlock":
            self._made += [self._hole("mark", line=one) for one in self._drifted if line <= one <= last]
            self._drifted = [one for one in self._drifted if one > last]
        elif kind in _INLINE and not self._linked and not self._pictures and self._code is None:
            due = [one for one in self._drifted if one == line or (one < line and self._flowing)]
            self._made += [self._hole("mark", line=one) for one in due]
            self._drifted = [one for one in self._drifted if one > line]
        self._flowing = kind in _FLOWS

    # Text

    def _text(self, data: str) -> str:
        said = _bare(data)
        if self._code is not None:
            self._code.append(said)
            return ""
        if self._pictures:
            self._pictures[-1][1].append(said)
            return ""
        if self._title:
            self._title[1].append(said)
        if "{{" not in said:
            return escape(said)
        made, end = [], 0
        for match in INLINE.finditer(said):
            made += [escape(said[end : match.start()]), self._hole("claim", match[1])]
            end = match.end()
        return "".join([*made, escape(said[end:])])

    def _inline_code(self, data: str) -> str:
        said = _bare(data)
        if self._pictures:
            self._pictures[-1][1].append(said)
            return ""
        if self._title:
            self._title[1].append(said)
        return f"<code>{escape(said, quote=False)}</code>"

    def _break(self, data: None) -> str:
        if self._pictures:
            self._pictures[-1][1].append(" ")
            return ""
        if self._title:
            self._title[1].append(" ")
        return "\n"

    def _hard_break(self, data: None) -> str:
        return f"<br>{self._break(data)}"

    def _html(self, data: str) -> str:
        self.ours = False
        return "" if self._pictures else _bare(data)

    def _task(self, data: bool) -> str:
        # Read as it was written, seen as a box.
        box = f'<span class="task {"done" if data else "open"}">[{"x" if data else " "}]</span> '
        return self._put(box)

    def _link(self, data: dict[str, str]) -> str:
        self.ours = self.ours and not self._linked  # one within another is two beside each other
        self._linked = not self._pictures
        return self._element(f'<a href="{self._address(address(data))}"{_titled(data)}>', "</a>")

    def _unlink(self) -> str:
        self._linked = False
        return self._ends.pop()

    def _picture(self, data: dict[str, str]) -> str:
        self._pictures.append((data, []))
        return ""

    def _pictured(self) -> str:
        data, alt = self._pictures.pop()
        said = "".join(alt)
        if self._pictures:
            self._pictures[-1][1].append(said)
            return ""
        if self._title:
            self._title[1].append(said)
        return f'<img src="{self._address(data["dest_url"])}" alt="{escape(said)}"{_titled(data)}>'

    def _address(self, said: str) -> str:
        self.ours = self.ours and _ADDRESS.fullmatch(said) is not None
        return escape(said)

    # Blocks

    def _rule(self, data: None) -> str:
        return "<hr>\n"

    def _heading(self, data: dict[str, Any]) -> str:
        self._title = len(self._made), []
        return self._element("", f"</{data['level'].lower()}>\n")

    def _headed(self) -> str:
        from docgen.renderers.article import Heading

        end = self._ends.pop()
        if not self._title or not end:
            return end
        at, pieces = self._title
        said = " ".join("".join(pieces).split())
        explicit = EXPLICIT.search(said)
        if explicit:
            said = said[: explicit.start()]
            self._made[-1] = EXPLICIT.sub("", self._made[-1])
        level, name = int(end[3]), self._slugs.take(explicit[1] if explicit else said)
        self.headings.append(Heading(level, name, said))
        self._made[at] = f'<h{level} id="{name}">'
        self._title = None
        return end

    def _list(self, data: int | None) -> str:
        if data is None:
            return self._element("<ul>\n", "</ul>\n")
        return self._element("<ol>\n" if data == 1 else f'<ol start="{data}">\n', "</ol>\n")

    def _quotation(self, data: str | None) -> str:
        if data is None:
            return self._element("<blockquote>\n", "</blockquote>\n")
        made = self._admonished(data)
        return (
            f'{made}<p class="admonition-title">{escape(self._t.plain(_TITLES[_kind(data.lower())]))}</p>\n'
        )

    def _admonished(self, data: str) -> str:
        self._admonition = _kind(data.lower())
        return self._element(f'<div class="admonition {self._admonition}">\n', "</div>\n")

    def _admonition_title(self, data: str | None) -> str:
        # One that nobody wrote is said in the language of the document.
        said = escape(self._t.plain(_TITLES[self._admonition])) if data is None else ""
        return self._element(f'<p class="admonition-title">{said}', "</p>\n")

    def _code_block(self, data: str | dict[str, str]) -> str:
        self._code = []
        # What is made of it stands in no element, however deep it lies.
        self._ends.append(_language(data["Fenced"]) if isinstance(data, dict) else "")
        return ""

    def _coded(self) -> str:
        name, text = self._ends.pop(), "".join(self._code or ())
        self._code = None
        if name == "claim":
            lines = [line.strip() for line in text.split("\n")]
            rows = [
                f"<li>{self._hole('claim', one)}</li>" for one in lines if one and not one.startswith("#")
            ]
            return f'<ul class="claims">{"".join(rows)}</ul>\n'
        if name in _DIAGRAMS:
            try:
                return self._put(drawn(text, name, self._t))
            except NotDrawn as why:
                return self._hole("undrawn", str(why)) + self._put(coloured(text.removesuffix("\n"), name))
        return self._put(coloured(text.removesuffix("\n"), name))

    # Tables: the policy of the page forbids a style of their own.

    def _table(self, data: Sequence[str]) -> str:
        self._row = "th", data, 0
        return self._element("<table>\n", "</tbody>\n</table>\n")

    def _table_head(self, data: None) -> str:
        return self._element("<thead>\n<tr>", "</tr>\n</thead>\n<tbody>\n")

    def _table_row(self, data: None) -> str:
        self._row = "td", self._row[1], 0
        return self._element("<tr>", "</tr>\n")

    def _table_cell(self, data: None) -> str:
        tag, columns, n = self._row
        self._row = tag, columns, n + 1
        of = _ALIGNED.get(columns[n], "") if n < len(columns) else ""
        return self._element(f"<{tag}{of}>", f"</{tag}>")

    # Footnotes

    def _note_named(self, data: str) -> str:
        return "" if self._pictures else self._notes.named(data)

    def _note(self, data: str) -> str:
        self._outside.append((data, self._made))
        self._made = []
        return ""

    def _noted(self) -> str:
        label, made = self._outside.pop()
        self._notes.said.setdefault(label, "".join(self._made))
        self._made = made
        return ""


class _Notes:
    """The footnotes of a document, which stand at its end in the order in which they are named."""

    def __init__(self, slugs: Slugs) -> None:
        self.said: dict[str, str] = {}
        self._slugs = slugs
        self._times: dict[str, int] = {}
        self._own: dict[str, str] = {}
        self._back: dict[str, str] = {}

    def named(self, label: str) -> str:
        """Where the text leads to the footnote `label`."""
        time = self._times[label] = self._times.get(label, 0) + 1
        number = list(self._times).index(label) + 1
        name = self._slugs.take(f"fnref-{number}" if time == 1 else f"fnref-{number}-{time - 1}")
        self._back.setdefault(label, name)
        own = self._own.setdefault(label, "") or self._slugs.take(f"fn-{number}")
        self._own[label] = own
        return f'<sup class="footnote-ref" id="{name}"><a href="#{own}">{number}</a></sup>'

    def listed(self, back: str) -> str:
        """All of them; the word `back` leads to where one is named."""
        if not self.said:
            return ""
        rows = []
        for label in (*self._times, *(one for one in self.said if one not in self._times)):
            said = self.said.get(label, "").removesuffix("\n")
            ends = "</p>" if said.endswith("</p>") else ""
            link = f' <a href="#{self._back[label]}">{escape(back)}</a>' if label in self._back else ""
            id_ = f' id="{self._own[label]}"' if label in self._own else ""
            rows.append(f"<li{id_}>{said.removesuffix(ends)}{link}{ends}</li>\n")
        return f'<hr>\n<ol class="footnotes">\n{"".join(rows)}</ol>\n'


_BEGINS: dict[str, Callable[[Writer, Any], str]] = {
    "Code": Writer._inline_code,
    "SoftBreak": Writer._break,
    "HardBreak": Writer._hard_break,
    "Html": Writer._html,
    "InlineHtml": Writer._html,
    "TaskListMarker": Writer._task,
    "Link": Writer._link,
    "Image": Writer._picture,
    "Rule": Writer._rule,
    "Heading": Writer._heading,
    "List": Writer._list,
    "BlockQuote": Writer._quotation,
    "Admonition": Writer._admonished,
    "AdmonitionTitle": Writer._admonition_title,
    "CodeBlock": Writer._code_block,
    "Table": Writer._table,
    "TableHead": Writer._table_head,
    "TableRow": Writer._table_row,
    "TableCell": Writer._table_cell,
    "FootnoteReference": Writer._note_named,
    "FootnoteDefinition": Writer._note,
}
_ENDS: dict[str, Callable[[Writer], str]] = {
    "/Link": Writer._unlink,
    "/Image": Writer._pictured,
    "/Heading": Writer._headed,
    "/CodeBlock": Writer._coded,
    "/FootnoteDefinition": Writer._noted,
}
_BACK = msg("back")


def _kind(name: str) -> str:
    return name if name in _TITLES else _KINDS.get(name, "note")


def _language(info: str) -> str:
    name = info.split(None, 1)[0] if info.strip() else ""
    return name.strip("{}.").split("{")[0].lower()


def _titled(data: Mapping[str, str]) -> str:
    return f' title="{escape(data["title"])}"' if data["title"] else ""


def _bare(text: str) -> str:
    return text.replace(OPEN, "").replace(CLOSE, "")
