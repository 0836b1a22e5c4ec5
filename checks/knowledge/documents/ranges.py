"""Lines of a file that a document points to: whether they are there, and still those that were meant."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from checks.knowledge.documents.findings import Finding, drifted, holds, unjudged
from checks.knowledge.documents.links import within
from checks.knowledge.documents.mentions import Mention
from checks.knowledge.documents.world import World
from checks.model import msg

_MOST = 20_000


def judged(document: str, mention: Mention, path: str, world: World, text: str) -> Finding:
    """What becomes of the lines that `mention` names, of the file `path` with `text`; no quote stands beside."""
    line, said = mention.line, mention.said
    if mention.example:
        return unjudged(
            document, line, "lines", said, msg("It is said to be gone, to come, or to be an example.")
        )
    if mention.first < 1 or mention.last < mention.first:
        return unjudged(document, line, "lines", said, msg("It is no range of lines."))
    beyond = within(document, line, said, text, mention.last)
    if beyond.actual is not None:
        return beyond
    origins = world.origins(document)
    commit = origins[line - 1].commit if line <= len(origins) else None
    old = world.text(path, commit.id) if commit else None
    if old is None or commit is None:
        return beyond
    before, now = old.split("\n"), text.split("\n")
    if max(len(before), len(now)) > _MOST or mention.last > len(before):
        return beyond
    meant = before[mention.first - 1 : mention.last]
    if meant == now[mention.first - 1 : mention.last]:
        return beyond
    moved = _moved(before, now, mention.first - 1, mention.last)
    if moved is None:
        return unjudged(document, line, "lines", said, msg("These lines were changed since it was written."))
    first, last = moved
    if first == mention.first:
        return holds(document, line, "lines", said)
    if not first:
        actual = msg(
            "What stood there when it was written (commit {commit:code}) is gone.", commit=commit.id[:12]
        )
        return drifted(document, line, "lines", said, actual)
    if first == last:
        actual = msg(
            "What stood there when it was written (commit {commit:code}) stands in line {line:int} now.",
            commit=commit.id[:12], line=first,
        )  # fmt: skip
        return drifted(document, line, "lines", said, actual)
    actual = msg(
        "What stood there when it was written (commit {commit:code}) stands in the lines {first:int} to {last:int} now.",
        commit=commit.id[:12], first=first, last=last,
    )  # fmt: skip
    return drifted(document, line, "lines", said, actual)


def _moved(before: Sequence[str], now: Sequence[str], begin: int, end: int) -> tuple[int, int] | None:
    """The lines in `now` that were `begin` to `end` (from 0, exclusive) in `before`; (0, 0) where they are gone; None where
    it cannot be told."""
    there: dict[int, int] = {}
    removed = 0
    for tag, a, b, c, _ in SequenceMatcher(None, list(before), list(now), autojunk=False).get_opcodes():
        if tag == "equal":
            there.update({n: c + n - a for n in range(max(a, begin), min(b, end)) if before[n].strip()})
        elif tag == "delete":
            removed += sum(1 for n in range(max(a, begin), min(b, end)) if before[n].strip())
    telling = sum(1 for line in before[begin:end] if line.strip())
    if not there:
        return (0, 0) if telling and removed == telling else None
    shifts = [new - old for old, new in there.items()]
    shift = max(set(shifts), key=shifts.count)
    if shifts.count(shift) < 0.6 * telling:
        return None
    return begin + shift + 1, max(
        new for old, new in there.items()
    ) + 1 if end - begin > 1 else begin + shift + 1
