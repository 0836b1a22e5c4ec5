"""What the Markdown of other generators indents by four: tabs, and admonitions. Line by line, so that numbers stay. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

MARK = "\ue002"
"""In the comment with which the quotation begins that an admonition becomes; :func:`quoted` leaves none that was there."""
_TAB = re.compile(r"^( *)(?:===!?|\.\.\. )")
_HEAD = re.compile(r"^( *)(?:!!!|\?\?\?)\+? ?(?P<kind>[\w-][\w -]*?)? *(?:[\"'“](?P<title>.*)[\"'”])?\s*$")
_ITEM = re.compile(r"^ *(?:[-*+]|\d{1,9}[.)])\s")
_FENCE = re.compile(r"^[ >]*(`{3,}|~{3,})")
_INDENT = 4


class Admonition(NamedTuple):
    """``title`` is None where none was written."""

    kind: str
    title: str | None


class _Open(NamedTuple):
    """``inside``: the column at which its content begins; ``before`` stands in front of each of its lines."""

    inside: int
    before: str


def opened(lines: list[str]) -> list[str]:
    """`lines` with what stands indented in a tab moved to the left: it is text, not code."""
    if not any("===" in line or "... " in line for line in lines):
        return lines
    made: list[str] = []
    depths: list[int] = []
    for line in lines:
        indent = _indent(line)
        if line.strip():
            while depths and indent < depths[-1]:
                depths.pop()
        if depths:
            line = line[min(depths[-1], indent) :]
        made.append(line)
        if head := _TAB.match(line):
            depths.append((depths[-1] if depths else 0) + len(head[1]) + _INDENT)
    return made


def quoted(lines: list[str]) -> tuple[list[str], list[Admonition]]:
    """`lines` with each admonition (``!!! note "Title"``, and what is indented below it) as a quotation, whose first line is
    a comment with its number in the list that is returned, too."""
    if not any("!!!" in line or "???" in line for line in lines):
        return lines, []
    made: list[str] = []
    found: list[Admonition] = []
    open_: list[_Open] = []
    fence, listed, blank = "", False, 0
    for line in (one.replace(MARK, "") for one in lines):
        if not line.strip():
            made.append(line)
            blank += 1
            continue
        indent = _indent(line)
        while open_ and indent < open_[-1].inside:
            open_.pop()
            fence = ""
        if open_ and blank:
            made[-blank:] = [open_[-1].before.rstrip()] * blank
        own = line[open_[-1].inside :] if open_ else line
        before = open_[-1].before if open_ else ""
        listed = bool(_ITEM.match(own)) or (listed and (not blank or own.startswith(" ")))
        blank = 0
        head = None if fence else _HEAD.match(own)
        if head and (len(head[1]) < _INDENT or listed):
            made.append(f"{before}{head[1]}> <!--{MARK}{len(found)}-->")
            kind = (head["kind"] or "note").split(" ")[0].lower()
            found.append(Admonition(kind, head["title"]))
            open_.append(_Open(indent + _INDENT, f"{before}{head[1]}> "))
            continue
        made.append(before + own)
        if match := _FENCE.match(own):
            fence = "" if fence and match[1].startswith(fence) else fence or match[1]
    return made, found


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
