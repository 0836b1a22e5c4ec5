"""Addresses of evidence: short, made from what was seen, so that they are the same in a PDF and in the hub."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from checks.model import Evidence, Result

_LENGTH = 8


class Listed(NamedTuple):
    """A piece of evidence, and the checks that it stands behind, as many as there are `more` of."""

    address: str
    evidence: Evidence
    results: tuple[Result, ...]


def address(evidence: Evidence) -> str:
    """Where `evidence` is found: by the host, the question, the answer and the time. It begins with a letter, since it is
    an id, too."""
    parts = (evidence.source, evidence.host, evidence.command, evidence.sha256, evidence.observed_at)
    text = "\0".join(parts).encode("utf-8", "surrogateescape")
    return f"e{hashlib.sha256(text).hexdigest()[:_LENGTH]}"


def ends(command: str, most: int = 90) -> str:
    """`command` in one line of at most `most` characters, with its beginning and its end: what it asks, and of what. It is
    cut between words or names of a path, unless one is too long for that."""
    words = " ".join(command.split())
    if len(words) <= most:
        return words
    begin = words[: most // 3 + 1]
    begin = re.sub(r"[ /][^ /]*$", "", begin) or begin
    begin = begin[: most // 3]
    end = words[-(most - len(begin) - 3) :]
    mark = re.search(r"[ /]", end[: len(end) // 2])
    if mark and words[-len(end) - 1] != " ":
        end = end[mark.start() :]
    return f"{begin} … {end.lstrip()}"


def once() -> Callable[[str], bool]:
    """Whether an address is met for the first time on a page: one piece of evidence stands behind several checks."""
    met: set[str] = set()

    def first(address: str) -> bool:
        new = address not in met
        met.add(address)
        return new

    return first


def catalogue(results: Iterable[Result]) -> list[Listed]:
    """All evidence behind `results`, each piece once, in the order in which it is met."""
    found: dict[str, tuple[Evidence, list[Result]]] = {}
    for result in results:
        for one in result.evidence:
            found.setdefault(address(one), (one, []))[1].append(result)
    return [Listed(name, one, tuple(behind)) for name, (one, behind) in found.items()]
