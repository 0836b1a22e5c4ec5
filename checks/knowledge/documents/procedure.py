"""What a document says of a workflow: its steps in their order, what comes before what, how many checks a gate has."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from checks.knowledge.documents.cues import GONE, SOFT
from checks.knowledge.documents.findings import Finding, drifted, holds
from checks.knowledge.documents.page import Page
from checks.knowledge.documents.paths import Resolved
from checks.knowledge.documents.world import World
from checks.knowledge.pipelines.files import FOLDER, Odd, Step, mentioned
from checks.knowledge.pipelines.reading import Act, Reading, precedes, read
from checks.model import Message, msg

_MOST = 20
_ITEM = re.compile(r"^[\s│├└─|*>]*(?:(?P<number>\d{1,2})[.)]\s+|[├└]─+\s*|→\s*)(?P<text>\S.*)$")
_ARROWS = re.compile(r"\s(?:→|->|=>|➜|⟶)\s")
_NOISE = re.compile(r"[`*_\"'#]|\([^()]*\)|[│┌┐└┘├─]|[^\w\s./-]")
_STATUS = re.compile(r"\s{2,}.*$|\s[-–—]\s.*$|:\s.*$")
_ACTS = {
    "gate": r"gates?|structure check|strukturprüfung",
    "switch": r"(?:sym)?link[- ]?switch|switch(?:es|ing)?(?: of)?(?: the)? (?:sym)?link|symlink|umschalt\w*",
    "migrate": r"migrations?|migrationen",
    "extract": r"(?:bundle[- ])?extra(?:ction|ktion)|entpacken",
    "reload": r"(?:service[- ])?reloads?",
    "permissions": r"permissions?(?: fix)?",
    "backup": r"backups?|sicherung",
    "cache": r"(?:clear(?:ing)? )?caches?|cache[- ]clearing",
}
_AFTER = re.compile(r"\b(?:nach|after|behind|following)\b", re.IGNORECASE)
_BEFORE = re.compile(r"\b(?:vor|before|prior to|ahead of)\b", re.IGNORECASE)
_WORDS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
    "twelve": 12, "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "sieben": 7, "acht": 8, "neun": 9, "zehn": 10,
    "elf": 11, "zwölf": 12,
}  # fmt: skip
_COUNT = re.compile(
    rf"(?<![\w./-])(?P<n>\d{{1,2}}|{'|'.join(_WORDS)})\s+(?:\w+e?\s+)?(?:checks?|prüfungen|tests)\b"
    r"|\b(?:checks?|prüfungen):?\W{1,6}(?P<m>\d{1,2})\b(?!\s*[/.:])",
    re.IGNORECASE,
)


class Place(NamedTuple):
    """A job or a step of a workflow. ``at`` is its place in its job; -1: the job itself."""

    name: str
    job: str
    at: int
    line: int


def judged(page: Page, found: Sequence[Resolved], world: World) -> Iterator[Finding]:
    """What becomes of what `page` says of workflows; `found` are the paths that it names."""
    named = [
        one for one in found if one.path.startswith(f"{FOLDER}/") and one.path.endswith((".yml", ".yaml"))
    ]
    if not named:
        return
    scope = _scope(page, named)

    @cache
    def reading(path: str) -> Reading | None:
        return _reading(path, world)

    yield from _orders(page, scope, reading)
    for number, line in enumerate(page.lines, 1):
        path = scope(number)
        its = reading(path) if path else None
        if its is None or len(line) > 600 or GONE.search(line):
            continue
        yield from _relation(page, number, line, its, path)
        yield from _count(page, number, line, its, path)


def _scope(page: Page, named: Sequence[Resolved]) -> Callable[[int], str]:
    """The workflow that a line is about: the one that its section, or one above, names before it; "" where there is none,
    or there are several."""
    heads = [(h.line, h.level) for h in page.headings]

    @cache
    def of(number: int) -> str:
        depth, end = 7, number
        begins = []
        for line, level in reversed([h for h in heads if h[0] <= number]):
            if level < depth:
                begins.append(line)
                depth = level
        for begin in [*begins, 0]:
            inside = [one for one in named if begin <= one.mention.line <= end]
            on_line = [one for one in inside if one.mention.line == number]
            labelled = [one for one in inside if one.mention.cued]
            for group in (on_line, inside, labelled):
                if len({one.path for one in group}) == 1:
                    return group[0].path
            if inside:
                return ""
        return ""

    return of


def _reading(path: str, world: World) -> Reading | None:
    texts: dict[str, str] = {}
    waiting = [path]
    while waiting and len(texts) < _MOST:
        one = waiting.pop(0)
        text = world.text(one) if one not in texts else None
        if text is not None:
            texts[one] = text
            waiting += mentioned(text)
    try:
        return read(path, tuple(texts.items()), "current", None, None)
    except (Odd, ValueError, RecursionError):
        return None


def _plain(text: str) -> str:
    return " ".join(_NOISE.sub(" ", text).lower().split())


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


def _orders(
    page: Page, scope: Callable[[int], str], reading: Callable[[str], Reading | None]
) -> Iterator[Finding]:
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


def _lists(page: Page) -> Iterator[list[tuple[int, str]]]:
    """Lists whose items have an order: numbered, in a tree, or behind arrows."""
    current: list[tuple[int, str]] = []
    last = 0
    for number, line in enumerate(page.lines, 1):
        match = _ITEM.match(line) if len(line) < 400 else None
        if match:
            if match["number"] == "1" or (current and number - last > 3):
                if len(current) >= 3:
                    yield current
                current = []
            current.append((number, match["text"].strip(" │|")))
            last = number
        elif line.strip() and current and not line.startswith((" ", "\t", "│")):
            if len(current) >= 3:
                yield current
            current = []
        if len(_ARROWS.findall(line)) >= 2 and len(line) < 400:
            yield [(number, part.strip()) for part in _ARROWS.split(line)]
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


def _relation(page: Page, number: int, line: str, reading: Reading, path: str) -> Iterator[Finding]:
    """ "The gate comes after the extraction and before the migrations", in a sentence or behind "Position:"."""
    if SOFT.search(line) or re.search(r"\b(?:nicht|not|never|nie|kein\w*|no)\b", line, re.IGNORECASE):
        return
    plain = re.sub(r"[*_`]", "", line)
    subject = ""
    if re.match(r"\W*(?:Position|Ort|Place|When|Zeitpunkt)\W", plain):
        heading = next((h.text for h in reversed(page.headings) if h.line < number), "")
        subject = next(
            (act for act, words in _ACTS.items() if re.search(rf"\b(?:{words})\b", heading, re.IGNORECASE)),
            "",
        )
    else:
        first = re.split(_BEFORE.pattern + "|" + _AFTER.pattern, plain, maxsplit=1, flags=re.IGNORECASE)[0]
        named = [act for act, words in _ACTS.items() if re.search(rf"\b(?:{words})\b", first, re.IGNORECASE)]
        subject = named[0] if len(named) == 1 else ""
    if not subject:
        return
    for words, later in ((_BEFORE, False), (_AFTER, True)):
        for match in words.finditer(plain):
            behind = plain[match.end() : match.end() + 40]
            other = next(
                (
                    act
                    for act, said in _ACTS.items()
                    if re.match(rf"\W*(?:the |dem |der |den |any )?(?:{said})\b", behind, re.IGNORECASE)
                ),
                "",
            )
            if other and other != subject:
                yield from _related(
                    page, number, plain, reading, path, (other, subject) if later else (subject, other)
                )


def _related(
    page: Page, number: int, line: str, reading: Reading, path: str, acts: tuple[str, str]
) -> Iterator[Finding]:
    one, two = ([a for a in reading.acts if a.act == act and not a.rescue] for act in acts)
    if not one or not two:
        return
    said = " ".join(line.split())[:200]
    if precedes(reading, one[-1], two[0]) or precedes(reading, one[0], two[0]):
        yield holds(page.path, number, "order", said)
    elif precedes(reading, two[-1], one[0]):
        actual = msg(
            "In {path:code} {step:code} (line {line:int}) comes after {other:code} (line {there:int}).",
            path=path, step=one[0].step, line=one[0].line, other=two[-1].step, there=two[-1].line,
        )  # fmt: skip
        yield drifted(page.path, number, "order", said, actual)


def _count(page: Page, number: int, line: str, reading: Reading, path: str) -> Iterator[Finding]:
    match = _COUNT.search(line)
    if match is None:
        return
    word = (match["n"] or match["m"]).lower()
    said = _WORDS.get(word) or int(word)
    around = line + next((h.text for h in reversed(page.headings) if h.line <= number), "")
    if not re.search(r"gate", around, re.IGNORECASE) or re.search(r"smoke", line, re.IGNORECASE):
        return
    steps: dict[tuple[str, str], set[str]] = {}
    for act in reading.acts:
        if act.act == "gate" and not act.rescue:
            steps.setdefault((act.job, act.step), set()).add(act.what)
    counts = {key: len(what) for key, what in steps.items() if len(what) >= 3}
    if not counts:
        return
    text = " ".join(line.split())[:200]
    if said in counts.values() or said == sum(counts.values()):
        yield holds(page.path, number, "count", text)
        return
    gates = [act for act in reading.acts if act.act == "gate" and (act.job, act.step) in counts]
    if len(counts) == 1 and not _unread(reading, gates[0]):
        (n,) = counts.values()
        actual = msg(
            "{path:code}: {step:code} (line {line:int}) has {n:int} checks.",
            path=path, step=gates[0].step, line=gates[0].line, n=n,
        )  # fmt: skip
        yield drifted(page.path, number, "count", text, actual)


def _unread(reading: Reading, act: Act) -> bool:
    """Whether not all of the step of `act` could be followed."""
    return any(one.step == act.step and not one.opaque for one in reading.unclear)
