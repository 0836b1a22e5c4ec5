"""Documents against a repository: what they say that is so, what is not, and what nobody can tell."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache

from checks.knowledge.documents import attribution, hashes, links, mentions, paths, ranges
from checks.knowledge.documents.encoding import repaired
from checks.knowledge.documents.findings import Finding, drifted, holds, unjudged
from checks.knowledge.documents.hashes import Digest
from checks.knowledge.documents.page import ENDINGS, Page, read
from checks.knowledge.documents.past import DAY, EVER, when
from checks.knowledge.documents.world import World
from checks.model import Message, msg

LARGEST = 1024 * 1024
"""Characters of a document that is looked into."""
_CODE = re.compile(r"`([^`\n]{4,200})`")


def judged(
    documents: Sequence[str],
    world: World,
    *,
    past: Mapping[str, bool] | None = None,
    digests: Sequence[Digest] = (),
) -> list[Finding]:
    """Everything that is found out about `documents`, by file and line. ``past``: which of them the spec says to be about
    the past, or not; ``digests``: the checksums that were seen elsewhere."""

    @cache
    def page(path: str) -> Page | None:
        text = world.text(path)
        return read(path, text) if text is not None and len(text) <= LARGEST else None

    found: list[Finding] = []
    for path in documents:
        text = world.text(path)
        if text is None or len(text) > LARGEST:
            why = msg("It is too large, or no text, and was not read.")
            found.append(unjudged(path, 0, "unread", path, why))
            continue
        its = page(path)
        if its is not None:
            judge = _Document(its, world, when(path, its.front, (past or {}).get(path)), digests)
            found += sorted(judge.findings(page), key=lambda one: one.line)
        found += _encoding(path, text)
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
    def __init__(self, page: Page, world: World, about: int | None, digests: Sequence[Digest]) -> None:
        self._page, self._world, self._about, self._digests = page, world, about, digests

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
        for link in page.links:
            yield from links.judged(page, link, world, pages, self._gone, past=self._about is not None)
        yield from self._quotes(found)
        yield from hashes.commits(page, world)
        yield from hashes.checksums(page, world, self._digests)

    def _gone(self, path: str) -> Message | bool:
        return paths.gone(path, self._world, self._about)

    def _quotes(self, found: Sequence[paths.Resolved]) -> Iterator[Finding]:
        page, world = self._page, self._world
        quoted: set[int] = set()
        for fence in page.fences:
            source = attribution.sources(page, fence, found, world)
            text = world.text(source.path) if source else None
            if source is None or text is None or source.path == page.path:
                continue
            then = self._then(source.path) if self._about is not None else None
            made = list(attribution.judged(page, fence, source, world, text, then))
            if source.line and any(one.sort == "lines" or one.verdict.value == "deviates" for one in made):
                quoted.add(source.line)
            yield from made
        for one in found:
            mention = one.mention
            if not mention.first or not one.path or mention.line in quoted:
                continue
            text = world.text(one.path)
            if text is None:
                continue
            beside = self._beside(one, text)
            yield beside or ranges.judged(page.path, mention, one.path, world, text, self._about)

    def _then(self, path: str) -> Callable[[], Sequence[str]]:
        """The texts of `path` at the time of the document."""

        def texts() -> list[str]:
            if self._about in (None, EVER):
                return []
            ends = [self._world.before(self._about or 0), self._world.before((self._about or 0) + DAY)]
            versions = [self._world.text(path, rev) for rev in ends if rev]
            return [one for one in versions if one is not None]

        return texts

    def _beside(self, one: paths.Resolved, text: str) -> Finding | None:
        """A line that is quoted in the same line of the document as the place it is said to stand."""
        mention = one.mention
        if self._about is not None or mention.example:
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


def is_document(path: str) -> bool:
    """Whether the name `path` is that of a document."""
    return path.lower().endswith(ENDINGS)
