"""Sanitising: of foreign markup only what is listed here stays; links, pictures and what is trusted become holes."""

from __future__ import annotations

import re
from html import unescape
from typing import NamedTuple

from docgen.renderers.article.slugs import Slugs

OPEN, CLOSE = "\ue000", "\ue001"
"""Around the number of something trusted. No document may hold these itself."""
CLASSES = frozenset(
    ("admonition", "admonition-title", "note", "tip", "warning", "danger", "important", "footnotes", "footnote-ref",
     "ar", "ac", "task", "done", "open", "claims")
)  # fmt: skip
_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "cite", "code", "col", "colgroup", "dd", "del", "details",
    "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img",
    "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp", "small", "span", "strong", "sub", "summary",
    "sup", "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr", "u", "ul", "var",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"id", "class", "lang"},
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "details": {"open"},
    "abbr": {"title"},
}
_DROPPED = {
    "script", "style", "head", "title", "template", "noscript", "iframe", "object", "embed", "svg", "math", "select",
    "textarea", "audio", "video",
}  # fmt: skip
_PIECE = re.compile(
    # Two ways to begin, and no more: an alternative at each sign of a text takes five times as long.
    OPEN + r"(?P<own>\d{1,6})" + CLOSE
    + r"|<(?:(?P<tag>a|img|h[1-6])(?P<attributes>(?: [a-z-]+=\"[^\"]*\")*)>|(?P<end>/a>)|(?P<table>table)"
    + r"|(?P<closed>/table>)|(?P<head>th(?=[ >]))|/(?P<shut>h[1-6])>)"
)  # fmt: skip
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
_NUMBER = re.compile(r"\d{1,4}")


class Cleaned(NamedTuple):
    """``pieces``: markup, the number of what is trusted, or the beginnings of a hole; ``headings`` (level, id, text)."""

    pieces: list[str | int | tuple[str, str, str]]
    headings: list[tuple[int, str, str]]


def cleaned(markup: str, slugs: Slugs, *, named: bool = False, ours: bool = False) -> Cleaned:
    """What may stay of `markup`; all of it, where it is `ours`. Ids get names from `slugs`, unless these gave them; with
    `named`, headings get ids."""
    if ours:
        return _pieces(markup, slugs, named)
    import nh3

    own = set(slugs.given)

    def kept(tag: str, name: str, value: str) -> str | None:
        if name == "class":
            return " ".join(one for one in value.split() if one in CLASSES) or None
        if name == "id":
            if value in own:
                own.discard(value)
                return value
            return slugs.take(value)
        if name in ("colspan", "rowspan", "start"):
            return value if _NUMBER.fullmatch(value) else None
        return value

    safe = nh3.clean(
        markup,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        clean_content_tags=_DROPPED,
        attribute_filter=kept,
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )
    return _pieces(safe, slugs, named)


def _pieces(safe: str, slugs: Slugs, named: bool) -> Cleaned:
    pieces: list[str | int | tuple[str, str, str]] = []
    headings: list[tuple[int, str, str]] = []
    end, first, linked = 0, True, False
    opened: list[tuple[str, bool]] = []
    for match in _PIECE.finditer(safe):
        pieces.append(safe[end : match.start()])
        end = match.end()
        what = match.lastgroup
        if what == "own":
            pieces.append(int(match["own"]))
        elif what == "end":
            pieces.append(("end", "", "") if linked else "</a>")
            linked = False
        elif what == "table":
            pieces.append('<div class="scroll" tabindex="0"><table')
        elif what == "closed":
            pieces.append("</table></div>")
        elif what == "shut":
            shown, begins = opened.pop() if opened else (match["shut"], False)
            pieces.append(f"</{shown}>")
            if begins:
                pieces.append(("top", "", ""))
        elif what == "head":
            pieces.append('<th scope="col"')
        else:
            tag = match["tag"]
            given = {name: unescape(value) for name, value in _ATTRIBUTE.findall(match["attributes"])}
            if tag == "img":
                pieces.append(_place(given))
                pieces.append(("image", given.get("src", ""), given.get("alt", "") or given.get("title", "")))
            elif tag == "a":
                linked = "href" in given
                if linked:
                    pieces.append(_place(given))
                pieces.append(("link", given["href"], given.get("title", "")) if linked else match[0])
            else:
                level = int(tag[1])
                shut = safe.find(f"</{tag}>", end)
                inner = safe[end : shut if shut >= 0 else end]
                text = " ".join(unescape(re.sub(r"<[^>]*>", "", inner)).split())
                if named and "id" not in given:
                    given["id"] = slugs.take(text)
                if named:
                    headings.append((level, given["id"], text))
                # One page, one first heading.
                shown = "h2" if level == 1 and not first else tag
                begins = level == 1 and first and not "".join(p for p in pieces if isinstance(p, str)).strip()
                opened.append((shown, begins))
                said = f' id="{given["id"]}"' if "id" in given else ""
                pieces.append(f"<{shown}{said}>")
                first = first and level != 1
    pieces.append(safe[end:])
    return Cleaned(pieces, headings)


def _place(given: dict[str, str]) -> str:
    """The id of an element that becomes a hole, so that links still lead there."""
    return f'<span id="{given["id"]}"></span>' if "id" in given else ""
