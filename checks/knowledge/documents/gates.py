"""Lists of what a gate looks for, as a document has them, against the gate of the workflow."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from checks.knowledge.documents.cues import EXAMPLE, GONE
from checks.knowledge.documents.findings import Finding, drifted, holds
from checks.knowledge.documents.page import Page
from checks.knowledge.pipelines.reading import Act, Reading
from checks.model import msg

_ITEM = re.compile(
    r"^\s*(?:[-*+]|\d{1,2}[.)]|\|)\s+(?:\[[ x]\]\s+)?[`*]{0,3}(?P<path>[\w.@+/-]+)[`*]{0,3}(?P<more>.*)$"
)
_PART = re.compile(
    r"\b(?:among|including|unter anderem|u\.\s?a\.|not all|some|einige|manche|darunter)\b", re.IGNORECASE
)
_LEAST = 5
_MOST = 2
"""So many that the gate looks for may be left out of a list of it; where there are more, it is another list."""

Steps = dict[tuple[str, str], list[Act]]


def steps(reading: Reading) -> Steps:
    """The gates of a workflow: what each step looks for."""
    found: Steps = {}
    for act in reading.acts:
        if act.act == "gate" and not act.rescue:
            found.setdefault((act.job, act.step), []).append(act)
    return found


def unread(reading: Reading, act: Act) -> bool:
    """Whether not all of the step of `act` could be followed."""
    return any(one.step == act.step and not one.opaque for one in reading.unclear)


def judged(
    page: Page, scope: Callable[[int], str], reading: Callable[[str], Reading | None]
) -> Iterator[Finding]:
    """What becomes of the lists of `page` that name what a gate of the workflow looks for that `scope` gives for them."""
    for number, intro, names in _lists(page):
        path = scope(number)
        its = reading(path) if path else None
        if its is None or EXAMPLE.search(intro) or _PART.search(intro) or GONE.search(intro):
            continue
        for acts in steps(its).values():
            whats = dict.fromkeys(act.what for act in acts)
            matched = {what for name in names for what in whats if what == name or what.endswith(f"/{name}")}
            if len(matched) < len(names) or unread(its, acts[0]):
                continue
            lacking = [what for what in whats if what not in matched]
            said = " ".join(intro.split())[:200]
            if not lacking:
                yield holds(page.path, number, "count", said)
                break
            if len(lacking) <= _MOST:
                actual = msg(
                    "{path:code}: {step:code} (line {line:int}) looks for {what:list} as well.",
                    path=path, step=acts[0].step, line=acts[0].line, what=tuple(lacking),
                )  # fmt: skip
                yield drifted(page.path, number, "count", said, actual)
                break


def _lists(page: Page) -> Iterator[tuple[int, str, list[str]]]:
    """Lists of paths and nothing else, below a line that speaks of a gate and ends with a colon."""
    intro, names = (0, ""), list[str]()
    for number, line in [*enumerate(page.lines, 1), (len(page.lines) + 1, "-")]:
        match = _ITEM.match(line)
        if match and intro[1] and number not in page.quiet:
            names.append(match["path"].strip("/"))
        elif line.strip():
            if len(names) >= _LEAST:
                yield (*intro, names)
            text = line.rstrip("*_ ")
            intro = (
                (number, line) if text.endswith(":") and re.search(r"gate", text, re.IGNORECASE) else (0, "")
            )
            names = []
