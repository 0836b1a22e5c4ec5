"""The steps of a workflow in the order in which a document lists them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from checks.knowledge.documents.findings import Finding, drifted, holds
from checks.knowledge.documents.page import Page
from checks.knowledge.pipelines.files import Step
from checks.knowledge.pipelines.reading import Reading
from checks.model import Message, msg

_ITEM = re.compile(r"^[\s│├└─|*>]*(?:(?P<number>\d{1,2})(?:[.)]|\s*\|)\s+|[├└]─+\s*|→\s*)(?P<text>\S.*)$")
_ARROWS = re.compile(r"\s(?:→|-{1,2}>|=>|➜|⟶)\s")
_BOX = re.compile(r"^\w+[\[({]+\"?(?P<text>.*?)\"?[\])}]+$")
"""A box of a diagram: ``A[Download Bundle]``."""
_ENTRY = re.compile(r"^\s*`(?P<text>[^`]{2,200})`,?\s*$")
_KEY = re.compile(
    r"`(?:steps|jobs|flow|order|sequence|schritte|ablauf|reihenfolge)`\s*:\s*\[\s*$", re.IGNORECASE
)
_LABEL = re.compile(
    r"^[\s>*_-]*(?P<what>Step|Schritt|Job)\s*:?\s*[*_]{0,2}:?\s*(?:`(?P<code>[^`]{2,120})`|[\"„“](?P<quoted>[^\"“”]{2,120})[\"“”])"
)
_NOISE = re.compile(r"[`*_\"'#]|\([^()]*\)|[│┌┐└┘├─]|[^\w\s./-]")
_STATUS = re.compile(r"\s{2,}.*$|\s[-–—]\s.*$|:\s.*$")


class Place(NamedTuple):
    """A job or a step of a workflow. ``at`` is its place in its job; -1: the job itself."""

    name: str
    job: str
    at: int
    line: int


def _plain(text: str) -> str:
    return " ".join(_NOISE.sub(" ", text).lower().split()).strip(".-/ ")


def _places(reading: Reading) -> list[Place]:
    made = []
    for job in reading.jobs:
        made.append(Place(job.id, job.id, -1, job.line))
        made += [Place(step.name, job.id, n, step.line) for n, step in enumerate(job.steps) if _named(step)]
    return made


def _named(step: Step) -> bool:
    """Whether somebody gave `step` its name."""
    made = step.name.startswith("Run ") and step.name[4:] in " ".join((step.run or step.uses).split())
    return not made and not re.fullmatch(r"step \d+", step.name)


def _match(item: str, places: Sequence[Place]) -> Place | None:
    """The one job or step that `item` of a list names."""
    said = {_plain(item), _plain(_STATUS.sub("", item))} - {""}
    exact = [one for one in places if _plain(one.name) in said]
    if len(exact) == 1:
        return exact[0]
    if exact:
        return None
    short = _plain(_STATUS.sub("", item))
    if len(short) < 8 or " " not in short:
        return None
    near = [one for one in places if one.at >= 0 and _near(short, one.name)]
    return near[0] if len(near) == 1 else None


def _near(short: str, name: str) -> bool:
    """Whether `short`, of several words, is what `name` says: a part of it, or all of its words in their order."""
    full, plain = _plain(re.sub(r"[()]", " ", name)), _plain(name)
    if short in full or (" " in plain and plain in short):
        return True
    words = iter(full.split())
    return all(word in words for word in short.split())


def judged(
    page: Page, scope: Callable[[int], str], reading: Callable[[str], Reading | None]
) -> Iterator[Finding]:
    """What becomes of the lists of `page` that name jobs and steps of the workflow that `scope` gives for their line."""
    for items in _lists(page):
        path = scope(items[0][0])
        its = reading(path) if path else None
        if its is None:
            continue
        places = _places(its)
        matched = [(line, text, place) for line, text in items if (place := _match(text, places)) is not None]
        if len(matched) < 3 or len({place for _, _, place in matched}) < len(matched):
            continue
        yield from _order(page, path, its, matched)


def named(
    page: Page, number: int, line: str, reading: Reading, path: str, before: Callable[[], str]
) -> Iterator[Finding]:
    """What becomes of a job or step behind a label, such as "Step:"; `before` gives the file as it was when the line was
    written."""
    match = _LABEL.match(line)
    name = (match["code"] or match["quoted"]).strip() if match else ""
    if match is None or not name:
        return
    places = [one for one in _places(reading) if (one.at < 0) == (match["what"].lower() == "job")]
    words = [set(_plain(re.sub(r"[()]", " ", one.name)).split()) for one in places]
    if any(set(_plain(re.sub(r"[()]", " ", name)).split()) <= one for one in words):
        yield holds(page.path, number, "step", name)
        return
    close = get_close_matches(_plain(name), [_plain(one.name) for one in places], 1, 0.75)
    if close:
        other = next(one for one in places if _plain(one.name) == close[0])
        said = msg(
            "{path:code} has no {step:code}; it has {other:code} (line {line:int}).",
            path=path, step=name, other=other.name, line=other.line,
        )  # fmt: skip
        yield drifted(page.path, number, "step", name, said)
    elif name in before():
        yield drifted(
            page.path,
            number,
            "step",
            name,
            msg("{path:code} has no {step:code} any more.", path=path, step=name),
        )


def _arrays(page: Page) -> Iterator[list[tuple[int, str]]]:
    """The steps of a JSON document."""
    current: list[tuple[int, str]] = []
    inside = False
    for number, line in enumerate(page.lines, 1):
        if inside and (match := _ENTRY.match(line)):
            current.append((number, match["text"]))
            continue
        if len(current) >= 3:
            yield current
        current, inside = [], bool(_KEY.search(line))


def _lists(page: Page) -> Iterator[list[tuple[int, str]]]:
    """Lists whose items have an order: numbered, in a tree, or behind arrows; in JSON, arrays of steps."""
    if page.path.lower().endswith(".json"):
        yield from _arrays(page)
        return
    current: list[tuple[int, str]] = []
    last = 0
    for number, line in enumerate(page.lines, 1):
        match = _ITEM.match(line) if len(line) < 400 else None
        if match:
            if match["number"] == "1" or (current and number - last > 3):
                if len(current) >= 3:
                    yield current
                current = []
            text = match["text"].split(" | ")[0] if "|" in line else match["text"]
            current.append((number, text.strip(" │|")))
            last = number
        elif line.strip() and current and not line.startswith((" ", "\t", "│")):
            if len(current) >= 3:
                yield current
            current = []
        if len(_ARROWS.findall(line)) >= 2 and len(line) < 400:
            first, *rest = _ARROWS.split(line)
            parts = (part.strip() for part in (first.rpartition(": ")[2], *rest))
            yield [(number, box["text"] if (box := _BOX.match(part)) else part) for part in parts]
    if len(current) >= 3:
        yield current


def _reversed(reading: Reading, one: Place, other: Place) -> bool:
    """Whether `other`, which is named behind `one`, certainly comes before it."""
    if one.job == other.job:
        return one.at >= 0 and 0 <= other.at < one.at
    return other.job in reading.before[one.job]


def _order(
    page: Page, path: str, reading: Reading, matched: Sequence[tuple[int, str, Place]]
) -> Iterator[Finding]:
    # The longest part that is in order stays; what is not in it was moved.
    best: list[list[int]] = []
    for n, (_, _, place) in enumerate(matched):
        fitting = [b for b in best if not any(_reversed(reading, matched[m][2], place) for m in b)]
        behind = max(fitting, key=lambda b: len(b)) if fitting else []
        best.append([*behind, n])
    longest = max(len(b) for b in best)
    # What is for the most part in another order lists something else; arrows always say an order.
    if longest < 0.6 * len(matched) and len({line for line, _, _ in matched}) > 1:
        return
    kept = set(next(b for b in best if len(b) == longest))
    for n, (line, text, place) in enumerate(matched):
        if n in kept:
            yield holds(page.path, line, "order", text[:200])
            continue
        others = [matched[m][2] for m in sorted(kept)]
        wrong = [
            o for m, o in zip(sorted(kept), others, strict=True) if (m < n and _reversed(reading, o, place))
        ]
        after = [
            o for m, o in zip(sorted(kept), others, strict=True) if (m > n and _reversed(reading, place, o))
        ]
        other = wrong[0] if wrong else after[-1]
        yield drifted(page.path, line, "order", text[:200], _instead(path, place, other, before=bool(wrong)))


def _instead(path: str, one: Place, other: Place, *, before: bool) -> Message:
    words: dict[str, str | int] = {
        "path": path, "step": one.name, "line": one.line, "other": other.name, "there": other.line,
    }  # fmt: skip
    if before:
        return msg(
            "In {path:code} {step:code} (line {line:int}) comes before {other:code} (line {there:int}).",
            **words,
        )
    return msg(
        "In {path:code} {step:code} (line {line:int}) comes after {other:code} (line {there:int}).", **words
    )
