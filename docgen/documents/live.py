"""Whether what would be deployed next is live already, and since when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from checks.knowledge.comparisons import short
from checks.knowledge.decisions import counting, decisions
from checks.knowledge.ledgers import Entry, place_named, understood
from checks.knowledge.moments import rfc3339
from checks.model import Message, Status, msg
from docgen.documents import deployments
from docgen.documents.compose import checks, fact
from docgen.documents.interface import Source


def already(source: Source) -> Message | None:
    """That the candidate is live, and by what entry or run that is known; None where it is not, or nobody knows."""
    seen = [
        its.value
        for one in checks(source, "candidate")
        if one.check.environment == source.environment and (its := fact(source, one, "compared"))
    ]
    known = [value for value in seen if value["between"]]
    if known:
        same = all(value["between"]["status"] == "identical" for value in known)
        return _since(source, known[0]["head"]) if same else None
    return _carried_out(source)


def _since(source: Source, head: str) -> Message:
    newest = _newest([entry for entry in _entries(source) if _is_of(entry, head)])
    if newest:
        return msg(
            "{what:code} is live already, since {time:time} ({place:code})",
            what=short(head), time=rfc3339(newest.when), place=newest.place,
        )  # fmt: skip
    found = deployments.workflow(source)
    run = found[1]["run"] if found and deployments.run_ended_well(source, found[1]) else None
    if run and run["commit"] == head:
        return msg(
            "{what:code} is live already, since run {number:int} of {time:time}",
            what=short(head), number=run["number"], time=run["updated"],
        )  # fmt: skip
    return msg("{what:code} is live already", what=short(head))


def _is_of(entry: Entry, head: str) -> bool:
    if entry.commit:
        return head.startswith(entry.commit) or entry.commit.startswith(head)
    return head == entry.release or (len(head) == 40 and head[:7] in entry.release)


def _carried_out(source: Source) -> Message | None:
    """Where no candidate is declared: that what was decided was deployed since."""
    decided: datetime | None = None
    for one in checks(source, "approval"):
        its = fact(source, one, "entries")
        if one.check.environment != source.environment or its is None or one.result.status is not Status.OK:
            continue
        p = one.check.params
        raw = [e["entry"] for e in its.value["entries"] if e["entry"] is not None]
        made = counting(decisions(raw, p.decision, p.environment), p.by)
        given = [one.when for one in made if one.when and not one.refused]
        decided = max([*given, *([decided] if decided else [])], default=None)
    newest = _newest(list(_entries(source)))
    if decided is None or newest is None or newest.rollback or not newest.when or newest.when < decided:
        return None
    return msg(
        "what was decided on {decided:time} was deployed on {time:time} ({place:code})",
        decided=rfc3339(decided), time=rfc3339(newest.when), place=newest.place,
    )  # fmt: skip


def _entries(source: Source) -> Iterator[Entry]:
    """The deployments and rollbacks of the environment that ended well, by whichever check the ledger is known."""
    seen = set()
    for one in checks(source, "ledger", "approval"):
        its = fact(source, one, "entries")
        if one.check.environment != source.environment or its is None:
            continue
        for raw in its.value["entries"]:
            place = f"{raw['file']}:{raw['line']}" if raw["line"] > 1 else str(raw["file"])
            if raw["entry"] is None or place in seen:
                continue
            seen.add(place)
            entry = understood(raw["entry"], place)
            here = not entry.environment or place_named(entry.environment) == place_named(
                source.environment or ""
            )
            if here and entry.when and entry.good and (entry.deployment or entry.rollback):
                yield entry


def _newest(entries: list[Entry]) -> Entry | None:
    dated = [(entry.when, entry) for entry in entries if entry.when]
    return max(dated, key=lambda one: one[0])[1] if dated else None
