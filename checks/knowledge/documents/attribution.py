"""Which file a block of code in a document is quoted from, and whether it still stands there."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from checks.knowledge.documents.findings import Finding, drifted, holds, unjudged
from checks.knowledge.documents.page import Fence, Page
from checks.knowledge.documents.paths import Resolved, distinct
from checks.knowledge.documents.quotes import Compared, compared
from checks.knowledge.documents.world import World
from checks.model import msg

_INFO = re.compile(
    r"(?:title|file(?:name)?|path|source)\s*=\s*[\"']?([\w./@+-]+)|(?:^|[\s:])((?:[\w.@+-]+/)+[\w.@+-]+\.\w+)"
)
_FIRST = re.compile(
    r"^\s*(?:#|//|--|;|<!--|/\*)\s*(?:[Ff]ile|[Dd]atei)?:?\s*`?((?:\./)?(?:[\w.@+-]+/)*[\w.@+-]+\.\w+)`?\s*(?:-->|\*/)?\s*$"
)
_FAMILIES = (
    {"yaml", "yml"}, {"sh", "bash", "shell", "zsh", "console"}, {"py", "python", "python3"}, {"php"}, {"json"}, {"toml"},
    {"js", "javascript", "jsx", "mjs"}, {"ts", "typescript", "tsx"}, {"ini", "conf", "cfg", "nginx"}, {"html"}, {"css"},
    {"sql"}, {"cs", "csharp"},
)  # fmt: skip

_SOLE = 24
_SHELL = ("sh", "bash", "shell")


class Source(NamedTuple):
    """``least``: the share of its lines from which a block counts as a quote; ``first`` and ``last``: the lines in which it
    is said to stand, 0 where nothing is said. ``line``: where that is said; ``said``: how."""

    path: str
    least: float
    first: int = 0
    last: int = 0
    line: int = 0
    said: str = ""


def sources(page: Page, fence: Fence, found: Sequence[Resolved], world: World) -> Source | None:
    """Where the block `fence` comes from, by what is said of it; `found` are the paths that `page` names."""
    named = [a or b for a, b in _INFO.findall(fence.info)]
    first = fence.text.split("\n", 1)[0]
    if match := _FIRST.match(first):
        named.append(match[1])
    # `# Cargo.toml` on its first line is mostly that of the reader.
    for name in (one for one in named if "/" in one or distinct(one)):
        folder = posixpath.dirname(page.path)
        for path in (posixpath.normpath(name), posixpath.normpath(posixpath.join(folder, name))):
            if world.exists(path) and not world.is_folder(path):
                return Source(path, 0.45)
    beside = [
        one
        for one in found
        if one.path and one.sure and one.mention.line == fence.before and not one.mention.example
    ]
    language = _language(fence)
    beside = [one for one in beside if not world.is_folder(one.path) and _fits(language, one.path)]
    if len({one.path for one in beside}) == 1:
        its = next((one for one in beside if one.mention.first), beside[0])
        mention = its.mention
        if mention.soft and not mention.first:
            return None
        # "File: x", and nothing else, right above it.
        sole = mention.cued and len(page.lines[mention.line - 1].strip()) - len(mention.said) < _SOLE
        least = 0.45 if mention.first or sole else 0.5 if mention.cued else 0.6
        return Source(its.path, least, mention.first, mention.last, mention.line, mention.said)
    return _labelled(page, fence, found, world)


def _labelled(page: Page, fence: Fence, found: Sequence[Resolved], world: World) -> Source | None:
    """The file that the section of `fence` is about: named behind a label, such as "File:", in it or in one above."""
    language = _language(fence)
    depth = 7
    begins: list[int] = []
    for heading in reversed([h for h in page.headings if h.line < fence.line]):
        if heading.level < depth:
            begins.append(heading.line)
            depth = heading.level
    ends = [fence.line, *begins]
    for begin, end in zip([*begins, 0], ends, strict=False):
        labelled = [
            one
            for one in found
            if (one.sure or not one.path)
            and one.mention.cued
            and not one.mention.soft
            and begin <= one.mention.line < end
            and _family(language, one.path or one.mention.path)
        ]
        paths = {one.path for one in labelled}
        if len(paths) == 1 and labelled[0].path and not world.is_folder(labelled[0].path):
            return Source(labelled[0].path, 0.7)
        if paths:
            return None
    return None


def _language(fence: Fence) -> str:
    match = re.match(r"[{.\s]*([\w+#-]+)", fence.info)
    return match[1].lower() if match else ""


def _fits(language: str, path: str) -> bool:
    """Whether a block in `language` can be quoted from `path`: never from another document, whose code is its own."""
    if path.lower().endswith((".md", ".markdown", ".rst", ".html", ".htm")):
        return language in ("md", "markdown", "html")
    if language in _SHELL and path.lower().endswith((".yml", ".yaml")):
        return True  # what a step runs
    known = any(language in family for family in _FAMILIES)
    return not known or _family(language, path)


def _family(language: str, path: str) -> bool:
    ending = posixpath.splitext(path)[1].removeprefix(".").lower()
    return any(language in family and ending in family for family in _FAMILIES) or language == ending


def judged(page: Page, fence: Fence, source: Source, world: World, text: str) -> Iterator[Finding]:
    """What becomes of the quote `fence` from `source`, whose file holds `text`."""
    lines = (source.first, source.last) if source.first else None
    seen = compared(fence.text, text, source.least, lines)
    if seen.found:
        yield holds(page.path, fence.line, "quote", source.path)
        yield from _lines(page, source, seen)
        return
    old = _when_written(page, fence, source, world) if not seen.differs else None
    if old is not None and compared(fence.text, old, source.least).found:
        seen = compared(fence.text, text, 0.2)
        if not seen.differs:
            said = msg("{path:code} does not hold this any more.", path=source.path)
            yield drifted(page.path, fence.line, "quote", fence.text.strip().split("\n")[0][:200], said)
            return
    if not seen.differs or seen.actual is None:
        why = msg("It is not told apart from an example.")
        yield unjudged(page.path, fence.line, "quote", source.path, why)
        return
    line = fence.text.split("\n")[seen.row].strip()[:200]
    actual = msg("{path:code}: {what}", path=source.path, what=seen.actual)
    yield drifted(page.path, fence.line + seen.row, "quote", line, actual)


def _lines(page: Page, source: Source, seen: Compared) -> Iterator[Finding]:
    if not source.first:
        return
    if seen.first > source.last or seen.last < source.first:
        actual = msg("It stands in the lines {first:int} to {last:int}.", first=seen.first, last=seen.last)
        yield drifted(page.path, source.line, "lines", source.said, actual)
    else:
        yield holds(page.path, source.line, "lines", source.said)


def _when_written(page: Page, fence: Fence, source: Source, world: World) -> str | None:
    """The file as it was when the quote was written."""
    origins = world.origins(page.path)
    commit = origins[fence.line - 1].commit if fence.line <= len(origins) else None
    return world.text(source.path, commit.id) if commit else None
