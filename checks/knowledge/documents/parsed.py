"""Markdown as the parser takes it apart: what is judged is what is shown. Pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

from checks.knowledge.documents.containers import MARK, Admonition, opened, quoted

LONGEST = 5000
"""Characters of a line that are looked at."""
EXPLICIT = re.compile(r"\s*\{\s*:?\s*#([\w.:-]+)[^}]*\}\s*$")
"""The id that a heading is given at its end: ``{#id}``."""
_ADMONITION = re.compile(rf"<!--{MARK}(\d+)-->")
_ALERT = re.compile(r"^([ >]*> ?)\\\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]\s*$", re.IGNORECASE)
"""One whose bracket some formatter took for text: GitHub shows it all the same."""
_WHOLE = ("CodeBlock", "HtmlBlock")


class Event(NamedTuple):
    """A step of the parser through a document.

    ``kind``: an element that begins (``Paragraph``), the same with a slash where it ends (``/Paragraph``), or something that
    has no inside: ``Text``, ``Code``, ``Html``, ``InlineHtml``, ``SoftBreak``, ``HardBreak``, ``Rule``,
    ``FootnoteReference``, ``TaskListMarker``. The names are those of pulldown-cmark; ``Admonition`` and ``AdmonitionTitle``
    are ours. ``data`` is the text, or what else the parser says of it. ``line``: that in which it begins, from 1; of what
    ends, that of what was before it. ``last``: of code and HTML, the last line that it takes."""

    kind: str
    data: Any = None
    line: int = 0
    last: int = 0


class Parsed(NamedTuple):
    """``taken`` lines of `lines` are front matter."""

    lines: list[str]
    front: dict[str, str]
    taken: int
    events: list[Event]


def _front(lines: list[str]) -> tuple[dict[str, str], int]:
    """The front matter and how many lines it takes."""
    if not lines or lines[0].strip() != "---":
        return {}, 0
    found: dict[str, str] = {}
    for n, line in enumerate(lines[1:200], 1):
        if line.strip() in ("---", "..."):
            return found, n + 1
        key, colon, value = line.partition(":")
        if colon and key.strip() and not key.startswith((" ", "-", "#")):
            found[key.strip().lower()] = value.strip().strip("'\"")
    return {}, 0


@cache
def _options() -> Any:
    from pyromark import Options

    return (
        Options.ENABLE_TABLES
        | Options.ENABLE_FOOTNOTES
        | Options.ENABLE_STRIKETHROUGH
        | Options.ENABLE_TASKLISTS
        | Options.ENABLE_DEFINITION_LIST
        | Options.ENABLE_GFM
    )


def parsed(text: str) -> Parsed:
    """The Markdown `text`: what is judged is what is shown."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = [line[:LONGEST] for line in text.split("\n")]
    front, taken = _front(lines)
    written = [_ALERT.sub(r"\1[!\2]", line) if "\\[!" in line else line for line in lines[taken:]]
    shown, admonitions = quoted([""] * taken + opened(written))
    made = _merged(_events("\n".join(shown)))
    return Parsed(lines, front, taken, list(_named(made, admonitions)) if admonitions else made)


def address(link: dict[str, str]) -> str:
    """Where a ``Link`` leads to."""
    return f"mailto:{link['dest_url']}" if link["link_type"] == "Email" else link["dest_url"]


def _events(text: str) -> Iterator[Event]:
    from pyromark import events_with_range

    # What is no character has no bytes.
    raw = text.encode("utf-8", "replace")
    starts = [0]
    for line in raw.split(b"\n"):
        starts.append(starts[-1] + len(line) + 1)
    number, event = 1, tuple.__new__
    parser: Any = events_with_range(raw.decode(), options=_options())
    for said, span in parser:
        if said.__class__ is str:
            yield event(Event, (said, None, number, 0))
            continue
        for kind, data in said.items():
            if kind == "End":
                name = data if data.__class__ is str else next(iter(data))
                yield event(Event, (f"/{name}", None, number, 0))
                continue
            at = span["start"]
            while starts[number] <= at:
                number += 1
            if kind != "Start":
                yield event(Event, (kind, data, number, 0))
            elif data.__class__ is str:
                last = bisect_right(starts, max(at, span["end"] - 1)) if data in _WHOLE else 0
                yield event(Event, (data, None, number, last))
            else:
                for name, its in data.items():
                    last = bisect_right(starts, max(at, span["end"] - 1)) if name in _WHOLE else 0
                    yield event(Event, (name, its, number, last))


def _merged(events: Iterable[Event]) -> list[Event]:
    """`events` with text in one piece: the parser cuts it at each sign that might have meant something."""
    made: list[Event] = []
    before = ""
    for one in events:
        kind = one[0]
        if kind == before and kind in ("Text", "Html"):
            made[-1] = Event(kind, made[-1].data + one.data, made[-1].line)
        else:
            made.append(one)
        before = kind
    return made


def _named(events: list[Event], admonitions: list[Admonition]) -> Iterator[Event]:
    """`events` with the quotations that are `admonitions` as such."""
    ends: list[str] = []
    skipped = False
    for n, one in enumerate(events):
        if skipped:
            skipped = one.kind != "/HtmlBlock"
        elif one.kind == "BlockQuote":
            match = (
                _ADMONITION.match(events[n + 2].data)
                if n + 2 < len(events) and events[n + 1].kind == "HtmlBlock" and events[n + 2].kind == "Html"
                else None
            )
            ends.append("/Admonition" if match else "/BlockQuote")
            if match is None:
                yield one
                continue
            its = admonitions[int(match[1])]
            skipped = True
            yield Event("Admonition", its.kind, one.line)
            if its.title is None or its.title.strip():
                yield Event("AdmonitionTitle", its.title, one.line)
                inside = _merged(_events(its.title.strip())) if its.title else []
                yield from (
                    inner._replace(line=one.line) for inner in inside if "Paragraph" not in inner.kind
                )
                yield Event("/AdmonitionTitle", None, one.line)
        elif one.kind == "/BlockQuote":
            yield Event(ends.pop(), None, one.line)
        else:
            yield one
