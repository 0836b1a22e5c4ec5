"""What a snapshot saw that documents may speak of: checksums and runs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from checks.knowledge.documents.hashes import Digest
from checks.knowledge.documents.runs import Run, Seen, found
from checks.model import Fact, Probe

VERB = "documents"
"""The verb whose answers hold the documents themselves, and so prove nothing of what they say."""
Facts = Sequence[tuple[Probe, Fact]]
_DEEPEST = 8
_MOST = 5000


def digests(facts: Facts) -> Iterator[Digest]:
    """The checksums in `facts`, with the names of the files that they are of."""
    for probe, fact in facts:
        if fact.value is not None and probe.verb != VERB:
            path = str(probe.args.get("path", ""))
            yield from _digests(fact.value, path, f"{probe.verb} {fact.observed_at[:10]}", 0)


def _digests(value: Any, name: str, where: str, depth: int) -> Iterator[Digest]:
    if depth >= _DEEPEST:
        return
    if isinstance(value, Mapping):
        own = str(value.get("name") or value.get("file") or value.get("path") or name)
        for key, inner in value.items():
            if key in ("sha256", "digest", "checksum") and isinstance(inner, str):
                digest = inner.removeprefix("sha256:").lower()
                if len(digest) == 64:
                    yield Digest(own, digest, where)
            else:
                yield from _digests(inner, own, where, depth + 1)
    elif isinstance(value, list | tuple):
        for inner in value[:_MOST]:
            yield from _digests(inner, name, where, depth + 1)


def runs(facts: Facts) -> Seen:
    """The runs in `facts`: of builds, in ledgers, and those that were asked for because documents name them."""
    known: dict[int, Run] = {}
    asked: set[int] = set()
    complete = False
    for probe, fact in facts:
        if fact.value is None:
            continue
        if probe.verb == VERB:
            its = told(fact.value["runs"])
            known, asked, complete = {**known, **its.runs}, asked | its.asked, complete or its.complete
        else:
            known |= {run.id: run for run in found(fact.value, str(probe.args.get("workflow") or ""))}
    return Seen(known, frozenset(asked), complete)


def kept(seen: Seen) -> dict[str, Any]:
    """`seen` as JSON."""
    return {
        "known": [list(run) for run in seen.runs.values()],
        "missing": sorted(seen.asked),
        "complete": seen.complete,
    }


def told(value: Mapping[str, Any]) -> Seen:
    """What :func:`kept` made."""
    its = (Run(*one) for one in value["known"])
    return Seen({run.id: run for run in its}, frozenset(value["missing"]), value["complete"])
