"""``content``: a file holds what it should, and not what it must not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from checks.kinds.interface import Facts, Kind, Params, RemotePath, aspect, judgement
from checks.knowledge.expectations import ONE_OR_MANY, Patterns, one_or_many
from checks.knowledge.filetypes import missing, taken, unread
from checks.model import Aspect, Judgement, Message, Observation, Probe, msg, probe

_LIST = BeforeValidator(one_or_many)
Texts = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], _LIST, ONE_OR_MANY]


class Content(Params):
    path: RemotePath
    """The file. It must be there, also where it only must not hold something. Its first 4 MiB are read."""
    contains: Texts = ()
    """A text, or several, that it must hold, letter by letter."""
    not_contains: Texts = ()
    """A text, or several, that it must not hold."""
    matches: Patterns = ()
    """A regular expression, or several, that must match in some line; `^` and `$` are the ends of the line,
    `(?i)` in front ignores upper and lower case."""
    not_matches: Patterns = ()
    """A regular expression, or several, that must not match in any line."""

    @model_validator(mode="after")
    def _asks_something(self) -> Content:
        if not (self.contains or self.not_contains or self.matches or self.not_matches):
            raise ValueError("expected at least one of `contains`, `not-contains`, `matches`, `not-matches`")
        return self


def probes(p: Content) -> dict[str, Probe]:
    texts, patterns = [*p.contains, *p.not_contains], [*p.matches, *p.not_matches]
    content = probe("read", path=p.path, contains=texts, matches=patterns)
    return {"path": probe("stat", path=p.path), "content": content}


def soll(p: Content) -> Message:
    return msg("content of {path:code}", path=p.path)


def judge(p: Content, facts: Facts) -> Judgement:
    fact = facts["content"]
    if fact.observation is Observation.ABSENT:
        return missing(fact, msg("Put the file {path:code} in place.", path=p.path))
    if fact.observation is not Observation.OBSERVED:
        return unread(p.path, fact, facts["path"])
    seen = fact.value
    if seen["type"] != "file":
        return taken(p.path, "file", seen["type"])
    limit = msg("Only the first {size:size} were searched.", size=seen["size"]) if seen["capped"] else None
    present = aspect(None, msg("present"), msg("present"), True)
    aspects = [present, *_aspects(p, seen["contains"], seen["matches"], limit)]
    return judgement(*aspects, reason=next((a.note for a in aspects if a.note), None))


def _aspects(p: Content, texts: list[Any], patterns: list[Any], limit: Message | None) -> Iterator[Aspect]:
    said = {
        "contains": lambda it: msg("with {text:code}", text=it),
        "not_contains": lambda it: msg("without {text:code}", text=it),
        "matches": lambda it: msg("with a line like {pattern:code}", pattern=it),
        "not_matches": lambda it: msg("without a line like {pattern:code}", pattern=it),
    }
    for names, hits in ((("contains", "not_contains"), texts), (("matches", "not_matches"), patterns)):
        asked: Iterable[tuple[str, str]] = [(name, it) for name in names for it in getattr(p, name)]
        for (name, it), hit in zip(asked, hits, strict=True):
            wanted, expected = not name.startswith("not_"), said[name](it)
            if hit is None:
                sure = None if limit else not wanted
                actual = msg("{text:code} not found", text=it) if limit is None else None
                yield aspect(None, expected, actual, sure, note=limit)
            else:
                seen = msg("in line {line:int}: {text:code}", line=hit["line"], text=hit["text"])
                yield aspect(None, expected, seen, wanted)


KIND = Kind(
    name="content",
    summary="A file holds what it should, and nothing that it must not hold.",
    why="A configuration that is in place but says something else is found only when it hurts.",
    params=Content,
    shorthand="path",
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=lambda p: msg("Correct the content of {path:code}.", path=p.path),
    handles=frozenset({Observation.DENIED}),
    example="content: {path: .env, contains: APP_ENV=production, not-matches: ^APP_DEBUG=true}",
)
