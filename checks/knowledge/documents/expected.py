"""Documents that should be there: whether they are, what must be in them, and whether they are older than what they
describe."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from checks.knowledge.documents.anchors import loose
from checks.knowledge.documents.findings import Finding, drifted, holds, unjudged
from checks.knowledge.documents.page import Page
from checks.knowledge.documents.paths import day, gone
from checks.knowledge.documents.world import World
from checks.model import Message, msg, phrase


class Expected(NamedTuple):
    """Paths start at the root of the repository. ``write``: what docgen can do where the document is missing."""

    path: str
    name: str
    contains: tuple[str, ...]
    describes: tuple[str, ...]
    past: bool | None
    write: Message | None = None


def expected(declared: Mapping[str, Any], places: Mapping[str, str]) -> Expected:
    """The document that the spec declares as `declared`; `places`: where its paths are, from the root of the repository."""
    path, *describes = (places.get(it, it) for it in (declared["path"], *declared["describes"]))
    contains, past = tuple(declared["contains"]), declared["past"]
    return Expected(path, declared["name"] or path, contains, tuple(describes), past)


def judged(one: Expected, world: World, pages: Callable[[str], Page | None]) -> Iterator[Finding]:
    """What becomes of the document `one`."""
    there = world.exists(one.path)
    if there is None:
        yield unjudged(one.path, 0, "missing", one.name, msg("It leads into what is not checked out."))
        return
    if not there:
        became = gone(one.path, world)
        actual = became if isinstance(became, Message) else msg("{path:code} is missing.", path=one.path)
        if one.write is not None:
            actual = phrase("{a} {b}", {"a": actual, "b": one.write})
        yield drifted(one.path, 0, "missing", one.name, actual)
        return
    yield holds(one.path, 0, "missing", one.name)
    page = pages(one.path)
    if page is not None:
        yield from (_content(one, page, wanted) for wanted in one.contains)
    if one.past is not True:
        yield from _ages(one, world)


def _content(one: Expected, page: Page, wanted: str) -> Finding:
    for heading in page.headings:
        if loose(wanted) in loose(heading.text):
            return holds(one.path, heading.line, "content", wanted)
    for number, line in enumerate(page.lines, 1):
        if loose(wanted) in loose(line):
            return holds(one.path, number, "content", wanted)
    return drifted(one.path, 0, "content", wanted, msg("The document does not hold it."))


def _ages(one: Expected, world: World) -> Iterator[Finding]:
    own = world.changed(one.path)
    for path in one.describes:
        if not world.exists(path):
            became = gone(path, world)
            said = became if isinstance(became, Message) else msg("There is no {path:code}.", path=path)
            yield drifted(one.path, 0, "age", path, said)
            continue
        its = world.changed(path)
        if own is None or its is None:
            yield unjudged(one.path, 0, "age", path, msg("Not all of the past of the repository is here."))
        elif own.id and its.date > own.date and its.id != own.id:
            said = msg(
                "{path:code} was changed on {at:day} (commit {commit:code}); the document is of {own:day}.",
                path=path, at=day(its.date), commit=its.id[:12], own=day(own.date),
            )  # fmt: skip
            yield drifted(one.path, 0, "age", path, said)
        else:
            yield holds(one.path, 0, "age", path)
