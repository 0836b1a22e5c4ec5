"""Documents against a repository: what they say that is so, what is not, and what nobody can tell."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from checks.knowledge.documents import (
    attribution,
    claims,
    expected,
    hashes,
    hosts,
    links,
    mentions,
    paths,
    procedure,
    ranges,
    runs,
)
from checks.knowledge.documents.encoding import repaired
from checks.knowledge.documents.expected import Expected
from checks.knowledge.documents.findings import Finding, count, drifted, holds, unjudged
from checks.knowledge.documents.hashes import Digest
from checks.knowledge.documents.hosts import Hosts
from checks.knowledge.documents.names import LARGEST
from checks.knowledge.documents.page import Page, read
from checks.knowledge.documents.past import DAY, EVER, when
from checks.knowledge.documents.runs import NOTHING, Seen
from checks.knowledge.documents.world import Then, World
from checks.model import Message, Report, Verdict, msg

_CODE = re.compile(r"`([^`\n]{4,200})`")


class Beside(NamedTuple):
    """What else documents are held against: the checksums, runs and hosts that were seen, the report, and the documents that
    should be there. ``past``: which documents the spec says to be about the past, or not."""

    past: Mapping[str, bool | None] = {}
    digests: Sequence[Digest] = ()
    runs: Seen = NOTHING
    hosts: Hosts = Hosts()
    report: Report | None = None
    expected: Sequence[Expected] = ()


class Pages:
    """The documents of a repository, each taken apart once; ``known`` are those that were already."""

    def __init__(self, world: World, known: Mapping[str, Page] = {}) -> None:
        self._world = world
        self._read: dict[str, Page | None] = {**known}

    def __call__(self, path: str) -> Page | None:
        if path not in self._read:
            text = self._world.text(path)
            self._read[path] = read(path, text) if text is not None and len(text) <= LARGEST else None
        return self._read[path]


def judged(documents: Sequence[str], world: World, pages: Pages, beside: Beside = Beside()) -> list[Finding]:  # noqa: B008
    """Everything that is found out about `documents`, by file and line."""
    found: list[Finding] = []
    for path in documents:
        page, text = pages(path), world.text(path)
        if page is None or text is None:
            if world.exists(path):
                found.append(
                    unjudged(path, 0, "unread", path, msg("It is too large, or no text, and was not read."))
                )
        else:
            judge = _Document(page, world, when(path, page.front, beside.past.get(path)), beside)
            found += sorted(judge.findings(pages), key=lambda one: one.line)
            found += _encoding(path, text)
        for one in beside.expected:
            if one.path == path:
                found += expected.judged(one, world, pages)
    return found


def _encoding(path: str, text: str) -> Iterator[Finding]:
    its = repaired(text)
    if its is not None:
        said = msg(
            "UTF-8 that was encoded twice; {command:code} repairs it.", command=f"docgen docs --repair {path}"
        )
        wrong = next(
            (
                n
                for n, (a, b) in enumerate(zip(text.split("\n"), its.text.split("\n"), strict=False), 1)
                if a != b
            ),
            0,
        )
        yield drifted(
            path, wrong, "encoding", text.split("\n")[wrong - 1].strip()[:80] if wrong else path, said
        )


class _Document:
    def __init__(self, page: Page, world: World, about: int | None, beside: Beside) -> None:
        self._page, self._world, self._about, self._beside_it = page, world, about, beside

    def findings(self, pages: Callable[[str], Page | None]) -> Iterator[Finding]:
        page, world = self._page, self._world
        named = mentions.mentions(page)
        found = paths.resolved(page.path, named, world)
        # What a link leads to is judged with the link.
        linked = {(link.line, posixpath.basename(link.target.split("#")[0])) for link in page.links}
        plain = [
            one for one in found if (one.mention.line, posixpath.basename(one.mention.path)) not in linked
        ]
        yield from paths.judged(page.path, plain, world, self._about)
        yield from hosts.judged(page, self._beside_it.hosts, past=self._about is not None)
        for link in page.links:
            yield from links.judged(page, link, world, pages, self._gone, past=self._about is not None)
        yield from self._at_its_time(lambda then: self._quotes(found, then))
        yield from self._at_its_time(lambda then: procedure.judged(page, found, then))
        yield from hashes.commits(page, world)
        if self._about is None:
            yield from hashes.last_changes(page, found, world)
        yield from hashes.checksums(page, world, self._beside_it.digests)
        yield from runs.judged(page, self._beside_it.runs)
        yield from claims.judged(page, self._beside_it.report)

    def _gone(self, path: str) -> Message | bool:
        return paths.gone(path, self._world, self._about)

    def _at_its_time(self, judge: Callable[[World], Iterator[Finding]]) -> Iterator[Finding]:
        """What `judge` finds in the world of the document's time: today, or its own day, which has two ends."""
        if self._about is None:
            yield from judge(self._world)
            return
        # What is judged is found by what the document names, whatever the time: then only what it comes to may differ.
        if not any(True for _ in judge(self._world)):
            return
        found = [list(judge(then)) for then in self._thens()]
        best = min(found, key=lambda one: count(one, Verdict.DEVIATES), default=[])
        for one in best:
            if one.verdict is Verdict.DEVIATES and self._about == EVER:
                yield unjudged(one.file, one.line, one.sort, one.said, msg("The document is about the past."))
            elif one.verdict is Verdict.DEVIATES and one.actual is not None:
                yield one._replace(actual=msg("At that time: {what}", what=one.actual))
            else:
                yield one

    def _thens(self) -> list[World]:
        """The world as it was at the beginning and the end of the document's day; where it is younger than that, when the
        document was written."""
        if self._about in (None, EVER):
            return [self._world]
        ends = [self._world.before(self._about or 0), self._world.before((self._about or 0) + DAY)]
        revs = [rev for rev in dict.fromkeys(ends) if rev]
        if not revs:
            commits = [line.commit for line in self._world.origins(self._page.path) if line.commit]
            revs = [max(commits, key=lambda one: one.date).id] if commits else []
        return [Then(self._world, rev) for rev in revs] or [self._world]

    def _quotes(self, found: Sequence[paths.Resolved], world: World) -> Iterator[Finding]:
        page = self._page
        quoted: set[int] = set()
        for fence in page.fences:
            source = attribution.sources(page, fence, found, world)
            text = world.text(source.path) if source else None
            if source is None or source.path == page.path:
                continue
            if text is None:
                why = msg("It is too large, or no text, and was not read.")
                yield unjudged(page.path, fence.line, "quote", source.path, why)
                continue
            made = list(attribution.judged(page, fence, source, world, text))
            if source.line and any(one.sort == "lines" or one.verdict is Verdict.DEVIATES for one in made):
                quoted.add(source.line)
            yield from made
        for one in found:
            mention = one.mention
            if not mention.first or not one.path or not one.sure or mention.line in quoted:
                continue
            text = world.text(one.path)
            if text is not None:
                beside = self._beside(one, text)
                yield beside or ranges.judged(page.path, mention, one.path, world, text)

    def _beside(self, one: paths.Resolved, text: str) -> Finding | None:
        """A line that is quoted in the same line of the document as the place it is said to stand."""
        mention = one.mention
        if mention.example:
            return None
        lines = [" ".join(line.split()) for line in text.split("\n")]
        for match in _CODE.finditer(self._page.lines[mention.line - 1]):
            quote = " ".join(match[1].split())
            if (
                mention.path in quote
                or not re.search(r"[\s:=(]", quote)
                or not re.search(r"[A-Za-z]{2}", quote)
            ):
                continue
            at = [n for n, line in enumerate(lines, 1) if quote in line]
            if any(mention.first <= n <= mention.last for n in at):
                return holds(self._page.path, mention.line, "lines", mention.said)
            if len(at) == 1:
                actual = msg("{quote:code} stands in line {line:int}.", quote=quote, line=at[0])
                return drifted(self._page.path, mention.line, "lines", mention.said, actual)
        return None
