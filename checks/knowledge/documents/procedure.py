"""What a document says of a workflow: its steps in their order, what comes before what, how many checks a gate has."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from checks.knowledge.documents import gates, listed
from checks.knowledge.documents.cues import GONE, SOFT
from checks.knowledge.documents.findings import Finding, drifted, holds
from checks.knowledge.documents.page import Page
from checks.knowledge.documents.paths import Resolved
from checks.knowledge.documents.tables import cells
from checks.knowledge.documents.world import World
from checks.knowledge.pipelines.files import FOLDER, Odd
from checks.knowledge.pipelines.mentions import mentioned
from checks.knowledge.pipelines.reader import read
from checks.knowledge.pipelines.reading import Reading, precedes
from checks.model import msg

_MOST = 20
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
    "elf": 11, "zwölf": 12, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "sept": 7, "huit": 8, "neuf": 9, "dix": 10,
}  # fmt: skip
_COUNT = re.compile(
    rf"(?<![\w./-])(?:\d{{1,2}}/)?(?P<n>\d{{1,2}}|{'|'.join(_WORDS)})\s+(?:\w+e?\s+)?(?:checks?|prüfungen|tests|contrôles|vérifications)\b"
    r"|\b(?:checks?|prüfungen):?\W{1,6}(?P<m>\d{1,2})\b(?!\s*[/.:])",
    re.IGNORECASE,
)

_COLUMN = re.compile(r"^\W*(?:checks?|prüfungen|number of checks|anzahl)\W*$", re.IGNORECASE)


def judged(page: Page, found: Sequence[Resolved], world: World) -> Iterator[Finding]:
    """What becomes of what `page` says of workflows; `found` are the paths that it names."""
    # One that is not there is what its section is about, all the same.
    named = [
        one
        for one in found
        if one.mention.path.endswith((".yml", ".yaml"))
        and (not one.path or one.path.startswith(f"{FOLDER}/"))
    ]
    if not named:
        return
    scope = _scope(page, named)

    @cache
    def reading(path: str) -> Reading | None:
        return _reading(path, world)

    yield from listed.judged(page, scope, reading)
    yield from gates.judged(page, scope, reading)
    columns = {
        c.line: f"{page.lines[c.line - 1]} {c.head}: {c.text}" for c in cells(page) if _COLUMN.search(c.head)
    }
    for number, line in enumerate(page.lines, 1):
        path = scope(number)
        its = reading(path) if path else None
        if its is None or len(line) > 600 or GONE.search(line):
            continue
        yield from listed.named(page, number, line, its, path, _before(page, number, path, world))
        yield from _relation(page, number, line, its, path)
        yield from _count(page, number, line, its, path, columns.get(number, line))


def _before(page: Page, number: int, path: str, world: World) -> Callable[[], str]:
    """The text of the workflow `path` when the line was written."""

    def text() -> str:
        origins = world.origins(page.path)
        commit = origins[number - 1].commit if number <= len(origins) else None
        return (world.text(path, commit.id) if commit else None) or ""

    return text


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
            waiting += [path for spellings in mentioned(text) for path in spellings]
    try:
        return read(path, tuple(texts.items()), "current", None, None)
    except (Odd, ValueError, RecursionError):
        return None


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


def _count(
    page: Page, number: int, line: str, reading: Reading, path: str, counted: str
) -> Iterator[Finding]:
    """What becomes of a number of checks in the text `counted` of the line."""
    match = _COUNT.search(counted)
    if match is None:
        return
    word = (match["n"] or match["m"]).lower()
    said = _WORDS.get(word) or int(word)
    around = line + next((h.text for h in reversed(page.headings) if h.line <= number), "")
    if page.path.endswith(".json"):
        around = " ".join(page.lines[max(0, number - 6) : number + 5])
    if not re.search(r"gate", around, re.IGNORECASE) or re.search(r"smoke", line, re.IGNORECASE):
        return
    counts = {
        key: n for key, acts in gates.steps(reading).items() if (n := len({act.what for act in acts})) >= 3
    }
    if not counts:
        return
    text = " ".join(line.split())[:200]
    if said in counts.values() or said == sum(counts.values()):
        yield holds(page.path, number, "count", text)
        return
    first = gates.steps(reading)[next(iter(counts))][0]
    if len(counts) == 1 and not gates.unread(reading, first):
        (n,) = counts.values()
        actual = msg(
            "{path:code}: {step:code} (line {line:int}) has {n:int} checks.",
            path=path, step=first.step, line=first.line, n=n,
        )  # fmt: skip
        yield drifted(page.path, number, "count", text, actual)
