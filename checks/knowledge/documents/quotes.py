"""Code that a document quotes from a file, held against the file: without comments, indentation and what it leaves out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from checks.model import Message, msg, nmsg

_ELISION = re.compile(
    r"^\W*(?:\.\.\.|…|\[\.\.\.\]|\[…\])\W*$|^\s*(?:#|//|--|;|/\*|<!--)\s*(?:\.\.\.|…)|(?:\.\.\.|…)\s*(?:\*/|-->)?\s*$"
)
_COMMENT = re.compile(r"^\s*(?:#(?!!)|//|--\s|;|\*\s|/\*|<!--|REM\s|\"\"\"|''')")
_TRAILING = re.compile(r"\s+(?:#|//)\s.*$")
_MOST = 20_000
_LONGEST = 400
_LIST = 3
_LEAST = 4
"""Lines of a quote from which their order says something."""
_GAP = 4
_WEIGHT = 40
_SHOWN = re.compile(r"\b(?:foo|bar|baz|qux)\b|\byour[-_]|\bmy[-_]|path/to|<[a-z_ -]+>")


class Row(NamedTuple):
    line: int
    text: str


class Compared(NamedTuple):
    """``found``: the quote stands in the file, in the lines ``first`` to ``last``. ``differs``: it is a quote of it, and
    ``row`` (a line of the quote, from 0) is where it is no more; ``actual`` says what is. Neither: it is no quote."""

    found: bool
    differs: bool
    first: int = 0
    last: int = 0
    row: int = 0
    actual: Message | None = None


NO_QUOTE = Compared(False, False)


def _normal(line: str) -> str:
    """`line` without what changes nothing: indentation, a comment behind it, the comma of a list."""
    return " ".join(_TRAILING.sub("", line).split()).rstrip(",").rstrip()


def rows(text: str) -> list[Row]:
    """The lines of `text` that say something, without comments and indentation."""
    made = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or _COMMENT.match(line):
            continue
        plain = _normal(line)
        if plain:
            made.append(Row(number, plain))
    return made


def parts(text: str) -> list[list[Row]]:
    """The pieces of a quote between what it leaves out; lines from 0."""
    made: list[list[Row]] = [[]]
    for number, line in enumerate(text.split("\n")):
        if _ELISION.search(line):
            made.append([])
        elif line.strip() and not _COMMENT.match(line) and (plain := _normal(line)):
            made[-1].append(Row(number, plain))
    return [part for part in made if part]


def compared(quote: str, source: str, least: float, within: tuple[int, int] | None = None) -> Compared:
    """Whether `quote` stands in `source`. It is a quote at all if at least the share `least` of its lines does; `within`:
    the lines in which it is said to stand."""
    pieces, there = parts(quote), rows(source)
    if not pieces or len(there) > _MOST or sum(map(len, pieces)) > _LONGEST:
        return NO_QUOTE
    begin, first, last = 0, 0, 0
    for index, piece in enumerate(pieces):
        at = _find(piece, there, begin, within if not index else None)
        if at is None:
            return _differing(piece, pieces, there, least)
        begin = at + len(piece)
        first, last = first or there[at].line, there[begin - 1].line
    whole = len(pieces) == 1 and _cut_short(pieces[0], there, begin - len(pieces[0]))
    if whole and whole.differs:
        return whole
    return Compared(True, False, first, last)


def _find(
    piece: Sequence[Row], there: Sequence[Row], begin: int, within: tuple[int, int] | None
) -> int | None:
    """Where `piece` begins in `there` as a whole, best `within` the lines."""
    texts = [row.text for row in piece]
    found = None
    for at in range(begin, len(there) - len(piece) + 1):
        if there[at].text == texts[0] and [row.text for row in there[at : at + len(piece)]] == texts:
            if within is None or within[0] <= there[at].line <= within[1]:
                return at
            found = at if found is None else found
    return found


def _shape(text: str) -> str:
    """What the lines of one list have in common."""
    words = text.split(" ")
    return f"- {words[1]}" if words[0] == "-" and words[1:] and words[1].endswith(":") else words[0]


def _cut_short(piece: Sequence[Row], there: Sequence[Row], at: int) -> Compared | None:
    """A list that the quote has from its beginning, and that goes on in the file."""
    end = at + len(piece)
    shape = _shape(piece[-1].text)
    run = 0
    while run < len(piece) and _shape(piece[-1 - run].text) == shape:
        run += 1
    begins = at + len(piece) - run
    if run < _LIST or end >= len(there) or not _same(there[end].text, shape):
        return None
    if run == len(piece) and begins and _same(there[begins - 1].text, shape):
        return None
    more = end
    while more < len(there) and _same(there[more].text, shape):
        more += 1
    said = nmsg(
        "The list goes on in the file: {text:code} (line {line:int}).",
        "The list goes on in the file with {n} more lines, first {text:code} (line {line:int}).",
        n=more - end, text=there[end].text[:200], line=there[end].line,
    )  # fmt: skip
    return Compared(False, True, there[at].line, there[end - 1].line, piece[-1].line, said)


def _same(text: str, shape: str) -> bool:
    return _shape(text) == shape and bool(re.search(r"[\w-]", shape))


def _telling(row: Row) -> bool:
    return len(re.sub(r"\W", "", row.text)) >= 3


def _differing(
    piece: Sequence[Row], pieces: Sequence[Sequence[Row]], there: Sequence[Row], least: float
) -> Compared:
    """Where `piece` differs, if all of the quote is one of the file."""
    known = {row.text for row in there}
    telling = [row for one in pieces for row in one if _telling(row)]
    held = sum(row.text in known for row in telling)
    if held < (1 if least < 0.4 else 2 if least < 0.5 else 3) or held < least * len(telling):
        return NO_QUOTE
    # Words that every file of its sort has, such as `version:`, make no quote; nor does what is only to show how.
    weight = sum(len(re.sub(r"\W", "", text)) for text in {row.text for row in telling} & known)
    enough = _WEIGHT if least >= 0.5 else _WEIGHT / 2
    if least >= 0.4 and (weight < enough or any(_SHOWN.search(row.text) for row in telling)):
        return NO_QUOTE
    if moved := _moved(piece, there):
        return moved
    begin = _best(piece, there)
    if begin is None:
        return _no_more(piece[0], there)
    # What was once a quote may differ by more.
    most = _GAP if least >= 0.4 else 60
    window = there[begin : begin + len(piece) + most]
    texts = [row.text for row in piece]
    for tag, a, b, c, d in SequenceMatcher(
        None, [r.text for r in window], texts, autojunk=False
    ).get_opcodes():
        behind = tag == "delete" and c == len(piece)
        if tag == "equal" or behind or (tag == "delete" and not c):
            continue
        if tag == "delete":
            gap = window[a:b]
            if b - a > most or not any(_shape(row.text) in {_shape(r.text) for r in piece} for row in gap):
                return NO_QUOTE
            said = msg(
                "The file has {text:code} as well (line {line:int}).",
                text=gap[0].text[:200],
                line=gap[0].line,
            )
            return Compared(False, True, window[0].line, window[-1].line, piece[max(0, c - 1)].line, said)
        wrong = next((row for row in piece[c:d] if row.text not in known), None)
        if wrong is None:
            return NO_QUOTE
        if tag == "replace":
            now = window[min(a + piece.index(wrong) - c, b - 1)]
            said = msg("Line {line:int} of the file is {text:code}.", line=now.line, text=now.text[:200])
            return Compared(False, True, window[0].line, window[-1].line, wrong.line, said)
        return _no_more(wrong, there)
    return NO_QUOTE


def _moved(piece: Sequence[Row], there: Sequence[Row]) -> Compared | None:
    """One line of a quote that stands in the file before, or behind, the others: all of them stand there once."""
    places: dict[str, list[int]] = {}
    for n, row in enumerate(there):
        places.setdefault(row.text, []).append(n)
    found = [places.get(row.text, []) for row in piece]
    if len(piece) < _LEAST or any(len(one) != 1 for one in found):
        return None
    at = [one[0] for one in found]
    if max(at) - min(at) > len(piece) + _GAP or at == sorted(at):
        return None
    for n, row in enumerate(piece):
        rest = at[:n] + at[n + 1 :]
        if rest == sorted(rest):
            other = next(
                m
                for m in (range(n + 1, len(at)) if at[n] > at[min(n + 1, len(at) - 1)] else range(n))
                if m != n
            )
            said = msg(
                "In the file it stands in line {line:int}; {other:code} is line {there:int}.",
                line=there[at[n]].line, other=piece[other].text[:200], there=there[at[other]].line,
            )  # fmt: skip
            return Compared(False, True, there[min(at)].line, there[max(at)].line, row.line, said)
    return None


def _best(piece: Sequence[Row], there: Sequence[Row]) -> int | None:
    """Where most of `piece` stands together in `there`."""
    places: dict[str, list[int]] = {}
    for n, row in enumerate(there):
        places.setdefault(row.text, []).append(n)
    votes: dict[int, int] = {}
    for n, row in enumerate(piece):
        for at in places.get(row.text, ())[:200] if _telling(row) else ():
            votes[max(0, at - n)] = votes.get(max(0, at - n), 0) + 1
    texts = [row.text for row in piece]
    best, score = None, 0.0
    for begin in sorted(votes, key=lambda at: -votes[at])[:12]:
        window = [row.text for row in there[begin : begin + len(piece)]]
        ratio = SequenceMatcher(None, window, texts, autojunk=False).ratio()
        if ratio > score:
            best, score = begin, ratio
    return best


def _no_more(row: Row, there: Sequence[Row]) -> Compared:
    from difflib import get_close_matches

    close = get_close_matches(row.text, [one.text for one in there], 1, 0.7)
    if close:
        now = next(one for one in there if one.text == close[0])
        said = msg("Line {line:int} of the file is {text:code}.", line=now.line, text=now.text[:200])
        return Compared(False, True, now.line, now.line, row.line, said)
    return Compared(False, True, 0, 0, row.line, msg("The file does not hold this."))
