"""Tokens of Markdown to markup that still has to be sanitised; what is trusted already stands beside it, by number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML

from checks.knowledge.documents.claims import INLINE
from checks.model import msg
from docgen.i18n import Translator
from docgen.renderers.article.clean import CLOSE, OPEN
from docgen.renderers.article.code import coloured
from docgen.renderers.article.diagram import NotDrawn, drawn
from docgen.renderers.article.slugs import Slugs

if TYPE_CHECKING:
    from markdown_it.token import Token

    from docgen.renderers.article import Heading, Hole

_ALERT = re.compile(r"\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]\s*$", re.IGNORECASE)
_KINDS = {"caution": "danger", "error": "danger", "failure": "danger", "bug": "danger", "attention": "warning",
          "hint": "tip", "success": "tip", "info": "note", "abstract": "note", "summary": "note", "question": "note",
          "example": "note", "quote": "note", "seealso": "note"}  # fmt: skip
_TITLES = {"note": msg("Note"), "tip": msg("Tip"), "important": msg("Important"), "warning": msg("Warning"),
           "danger": msg("Danger")}  # fmt: skip
_EXPLICIT = re.compile(r"\s*\{\s*:?\s*#([\w.:-]+)[^}]*\}\s*$")
_TASK = re.compile(r"(<li>(?:\s*<p>)?)\[([ xX])\] ")
_DIAGRAMS = ("dot", "graphviz", "mermaid", "flow")


class Writer(RendererHTML):
    """``own`` is what is trusted, ``headings`` those of the document. ``drifted``: lines that get a mark."""

    def __init__(self, slugs: Slugs, language: str, drifted: frozenset[int]) -> None:
        super().__init__()
        self.own: list[Hole | str] = []
        self.headings: list[Heading] = []
        self._slugs, self._t = slugs, Translator(language if language == "de" else "en")
        self._drifted = set(drifted)
        self._back: dict[int, str] = {}
        self._notes: dict[int, str] = {}

    def markup(self, tokens: Sequence[Token]) -> str:
        """The markup of all `tokens`."""
        self._alerts(tokens)
        made = self.render(tokens, _OPTIONS, {})
        return _TASK.sub(self._task, made)

    def _put(self, what: Hole | str) -> str:
        self.own.append(what)
        return f"{OPEN}{len(self.own) - 1}{CLOSE}"

    def _task(self, match: re.Match[str]) -> str:
        done = match[2] != " "
        # Read as it was written, seen as a box.
        box = f'<span class="task {"done" if done else "open"}">[{"x" if done else " "}]</span> '
        return match[1] + self._put(box)

    def _hole(self, kind: str, value: str = "", line: int = 0) -> str:
        from docgen.renderers.article import Hole

        return self._put(Hole(kind, value, "", line))

    # Blocks

    def _marked(self, token: Token) -> str:
        """Marks for the lines of `token` that drifted."""
        if not self._drifted or not token.map:
            return ""
        lines = sorted(line for line in self._drifted if token.map[0] < line <= token.map[1])
        self._drifted -= set(lines)
        return "".join(self._hole("mark", line=line) for line in lines)

    def render(self, tokens: Sequence[Token], options: Any, env: Any) -> str:
        made = []
        rules = self.rules
        for n, token in enumerate(tokens):
            if token.type == "inline":
                made.append(self._marked(token) + self.renderInline(token.children or [], options, env))
            elif token.type in rules:
                made.append(rules[token.type](tokens, n, options, env))
            else:
                made.append(self.renderToken(tokens, n, options, env))
        return "".join(made)

    def text(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        said = tokens[idx].content.replace(OPEN, "").replace(CLOSE, "")
        if "{{" not in said:
            return escape(said)
        made, end = [], 0
        for match in INLINE.finditer(said):
            made += [escape(said[end : match.start()]), self._hole("claim", match[1])]
            end = match.end()
        return "".join([*made, escape(said[end:])])

    def code_inline(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return f"<code>{_shown(tokens[idx].content)}</code>"

    def html_block(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return tokens[idx].content.replace(OPEN, "").replace(CLOSE, "")

    html_inline = html_block

    def heading_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        from docgen.renderers.article import Heading

        inline = tokens[idx + 1]
        explicit = None
        if inline.children and (last := inline.children[-1]).type == "text":
            explicit = _EXPLICIT.search(last.content)
            if explicit:
                last.content = last.content[: explicit.start()]
        said = "".join(
            one.content if one.type in ("text", "code_inline", "image", "text_special") else " "
            for one in inline.children or ()
            if one.type in ("text", "code_inline", "image", "text_special", "softbreak", "hardbreak")
        )
        said = " ".join(said.replace(OPEN, "").replace(CLOSE, "").split())
        level = int(tokens[idx].tag[1:])
        name = self._slugs.take(explicit[1] if explicit else said)
        self.headings.append(Heading(level, name, said))
        return f'<h{level} id="{name}">'

    def fence(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        token = tokens[idx]
        name = (
            (token.info.strip().split(" ")[0] if token.info.strip() else "")
            .strip("{}.")
            .split("{")[0]
            .lower()
        )
        mark = self._marked(token)
        if name == "claim":
            return mark + self._claims(token)
        if name in _DIAGRAMS:
            return mark + self._diagram(token.content, name)
        return mark + self._put(coloured(_bare(token.content).removesuffix("\n"), name))

    def code_block(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return self._marked(tokens[idx]) + self._put(
            coloured(_bare(tokens[idx].content).removesuffix("\n"), "")
        )

    def _claims(self, token: Token) -> str:
        lines = [line.strip() for line in token.content.split("\n")]
        rows = [f"<li>{self._hole('claim', one)}</li>" for one in lines if one and not one.startswith("#")]
        return f'<ul class="claims">{"".join(rows)}</ul>\n'

    def _diagram(self, text: str, name: str) -> str:
        text = _bare(text)
        try:
            return self._put(drawn(text, name, self._t))
        except NotDrawn as why:
            return self._hole("undrawn", str(why)) + self._put(coloured(text.removesuffix("\n"), name))

    # Tables: the policy of the page forbids a style of their own.

    def th_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        style = str(tokens[idx].attrs.get("style", ""))
        of = ' class="ar"' if "right" in style else ' class="ac"' if "center" in style else ""
        return f"<{tokens[idx].tag}{of}>"

    td_open = th_open

    # Footnotes; a colon stands in no id of a heading.

    def footnote_ref(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        id_, sub = int(tokens[idx].meta["id"]) + 1, int(tokens[idx].meta.get("subId", -1))
        own = f"fnref-{id_}" if sub <= 0 else f"fnref-{id_}-{sub}"
        name = self._slugs.take(own)
        self._back.setdefault(id_, name)
        return f'<sup class="footnote-ref" id="{name}"><a href="#{self._note(id_)}">{id_}</a></sup>'

    def _note(self, id_: int) -> str:
        if id_ not in self._notes:
            self._notes[id_] = self._slugs.take(f"fn-{id_}")
        return self._notes[id_]

    def footnote_block_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return '<hr>\n<ol class="footnotes">\n'

    def footnote_block_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return "</ol>\n"

    def footnote_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return f'<li id="{self._note(int(tokens[idx].meta["id"]) + 1)}">'

    def footnote_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return "</li>\n"

    def footnote_anchor(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        id_ = int(tokens[idx].meta["id"]) + 1
        if tokens[idx].meta.get("subId", 0) or id_ not in self._back:
            return ""
        return f' <a href="#{self._back[id_]}">{escape(self._t.plain(_BACK))}</a>'

    # Admonitions

    def admonition_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        kind = str((tokens[idx].meta or {}).get("tag", "note")).split(" ")[0].lower()
        return f'<div class="admonition {_kind(kind)}">\n'

    def admonition_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return "</div>\n"

    def admonition_title_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        inline = tokens[idx + 1]
        kind = str((tokens[idx].meta or {}).get("tag", "") or inline.content).lower()
        # A title that the parser made of the kind is none of the author's: it is said in the language of the document.
        if inline.children and len(inline.children) == 1 and inline.content.lower() == kind.split(" ")[0]:
            inline.children[0].content = self._t.plain(_TITLES[_kind(kind)])
        return '<p class="admonition-title">'

    def _alerts(self, tokens: Sequence[Token]) -> None:
        """Quotations that begin with ``[!NOTE]`` are admonitions."""
        for n, token in enumerate(tokens):
            if token.type != "blockquote_open" or n + 2 >= len(tokens) or tokens[n + 2].type != "inline":
                continue
            children = tokens[n + 2].children or []
            match = _ALERT.match(children[0].content) if children and children[0].type == "text" else None
            if match is None:
                continue
            kind = _kind(match[1].lower())
            shut = next(
                (
                    m
                    for m in range(n + 1, len(tokens))
                    if tokens[m].type == "blockquote_close" and tokens[m].level == token.level
                ),
                None,
            )
            if shut is None:
                continue
            token.type, token.meta, tokens[shut].type = "admonition_open", {"tag": kind}, "admonition_close"
            rest = children[1:]
            tokens[n + 2].children = rest[1:] if rest and rest[0].type in ("softbreak", "hardbreak") else rest
            title = f'<p class="admonition-title">{escape(self._t.plain(_TITLES[kind]))}</p>'
            tokens[n + 1].type, tokens[n + 1].content, tokens[n + 1].tag = "html_block", f"{title}\n<p>", ""


_BACK = msg("back")
_OPTIONS: Any = MarkdownIt("commonmark").options


def _kind(name: str) -> str:
    return name if name in _TITLES else _KINDS.get(name, "note")


def _bare(text: str) -> str:
    return text.replace(OPEN, "").replace(CLOSE, "")


def _shown(text: str) -> str:
    return escape(_bare(text), quote=False)
