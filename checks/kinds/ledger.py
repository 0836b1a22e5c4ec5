"""``ledger``: every deployment left an entry that can be read, and the last one ended as it should."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Literal

from checks.kinds.interface import Facts, Kind, Params, RemotePath, aspect, judgement, undetermined
from checks.knowledge.ages import aged
from checks.knowledge.entries import ahead, dated, disordered, each, marked_up, twice, zoneless
from checks.knowledge.grants import enter
from checks.knowledge.ledgers import Entry, deployments, understood
from checks.knowledge.moments import rfc3339
from checks.knowledge.newest import split
from checks.knowledge.told import told
from checks.model import Aspect, Judgement, Message, Observation, Probe, Severity, Verdict, msg, nmsg, probe
from checks.units import Duration

MOST = 500
Field = Literal[
    "timestamp", "action", "environment", "host", "result", "release", "commit", "bundle", "backup", "checks",
    "changes", "impact", "next_steps",
]  # fmt: skip


class Ledger(Params):
    files: RemotePath
    """The entries: JSON files in one folder, such as `ledger/deployment_*.json`, or one file with an entry a line
    (`.jsonl`, `.ndjson`)."""
    requires: list[Field] = ["timestamp", "action", "environment", "result"]
    """What each entry must say. The usual other names of these fields are understood, German ones too."""
    environment: str | None = None
    """Only the entries of this environment count as deployments. Default: all."""
    last: Literal["success", "failed"] | None = None
    """How the newest deployment must have ended. By their `action`, a preflight, a decision, a backup, a test and a
    rollback are none; nor is what nobody knows the word for, unless it names a release, commit or bundle."""
    max_age: Duration | None = None
    """How long ago the newest entry may have been made at most."""
    preflight: Duration | None = None
    """How long before the newest deployment a successful preflight entry must stand at most."""


def probes(p: Ledger) -> dict[str, Probe]:
    folder, name = split(p.files)
    return {"entries": probe("ledger", path=folder, name=name, keep=MOST, deadline=30)}


def soll(p: Ledger) -> Message:
    return msg("ledger {pattern:code}", pattern=p.files)


def judge(p: Ledger, facts: Facts) -> Judgement:
    fact = facts["entries"]
    if fact.observation is Observation.DENIED:
        return undetermined(fact.reason or msg("Access was denied."), fact.observation, remedy=enter(p.files))
    if fact.observation is Observation.ABSENT or not (fact.value["entries"] or fact.value["denied"]):
        return judgement(aspect(None, msg("entries"), msg("none"), False), observation=Observation.ABSENT)
    raw, denied, now = fact.value["entries"], fact.value["denied"], datetime.fromisoformat(fact.observed_at)
    read = [
        understood(one["entry"], f"{one['file']}:{one['line']}") for one in raw if one["entry"] is not None
    ]
    broken = [
        msg("{place}: {error}", place=f"{e['file']}:{e['line']}", error=told(e["error"]))
        for e in raw
        if e["error"]
    ]
    count = nmsg("{n} entry", "{n} entries", n=len(raw))
    note = nmsg("{n} file may not be read.", "{n} files may not be read.", n=len(denied)) if denied else None
    partly = fact.value["files"] > fact.value["read"] or bool(fact.value["cut"])
    if not denied and partly:
        note = msg("Only the newest {n:int} were read.", n=fact.value["read"])
        if fact.value["cut"]:
            note = msg("Only the end was read: {files:list}", files=tuple(fact.value["cut"]))
    aspects = [aspect(None, msg("entries"), count, None if denied else True, near=partly, note=note)]
    aspects.append(each(msg("readable"), msg("all"), broken))
    lacking = [
        msg("{place} lacks {fields:code}", place=e.place, fields=", ".join(lack))
        for e in read
        if (lack := [name for name in p.requires if name not in e.has])
    ]
    aspects += [
        each(msg("fields"), msg("complete"), lacking),
        each(
            msg("times"),
            msg("each once, in order, none in the future"),
            [*twice(read), *disordered(read), *ahead(read, now)],
        )._replace(note=zoneless(read)),
    ]
    if odd := [*marked_up(raw)]:
        shown = each(msg("text"), msg("no markup, no control characters"), odd)
        aspects.append(shown._replace(verdict=Verdict.CONFORM, near=True))
    aspects += _last(p, [e for e in read if e.when], now)
    wrong = {a.name.id for a in aspects if a.verdict is Verdict.DEVIATES and a.name is not None}
    remedies = {
        frozenset({"last deployment"}): msg("Find out why that deployment ended so, and deploy again."),
        frozenset({"preflight"}): msg(
            "Rehearse before the next deployment: {command:code}", command="docgen preflight"
        ),
    }
    return judgement(*aspects, reason=note if denied else None, remedy=remedies.get(frozenset(wrong)))


def _last(p: Ledger, entries: Sequence[Entry], now: datetime) -> Iterator[Aspect]:
    """What the newest deployment says, and how old the newest entry is."""
    newest = max((e.when for e in entries if e.when), default=None)
    if p.max_age is not None:
        yield aged((now - newest).total_seconds(), p.max_age) if newest else _ageless(p.max_age)
    mine, order = deployments(entries, p.environment), attrgetter("when")
    last = max(mine, key=order, default=None)
    good, bad = (max((e for e in mine if e.good is g), key=order, default=None) for g in (True, False))
    if p.last or last or p.environment or p.preflight is not None:
        expected = {"success": msg("a success"), "failed": msg("a failure"), None: msg("any")}[p.last]
        seen = _said(last) if last else msg("none")
        for what, one in ((msg("last success"), good), (msg("last failure"), bad)):
            if last and one and one is not last:
                seen = msg("{seen}; {what} {time:time}", seen=seen, what=what, time=rfc3339(one.when))
        wanted = {"success": True, "failed": False}.get(p.last or "")
        right = last is not None and (wanted is None or (None if last.good is None else last.good is wanted))
        yield aspect(msg("last deployment"), expected, seen, right)
    if p.preflight is not None and last and last.when:
        before = [e for e in entries if e.rehearsal and e.good and e.when and e.when <= last.when]
        near = max(before, key=order, default=None)
        limit = msg("at most {age:seconds} before it", age=p.preflight)
        seen = msg("{time:time}", time=rfc3339(near.when)) if near else msg("none")
        right = near is not None and last.when - (near.when or last.when) <= timedelta(seconds=p.preflight)
        yield aspect(msg("preflight"), limit, seen, right)


def _ageless(most: float) -> Aspect:
    note = msg("No entry says when it was made.")
    return aspect(msg("age"), msg("at most {age:seconds}", age=most), None, None, note=note)


def _said(entry: Entry) -> Message:
    result, time = entry.result or "–", dated(entry.when, entry.zoned)
    said = msg("{action}: {result}, {time}", action=entry.action or "–", result=result, time=time)
    return msg("{said}, changed {what:list}", said=said, what=entry.changes) if entry.changes else said


KIND = Kind(
    name="ledger",
    summary="Every deployment left an entry that can be read, and the last one ended as it should.",
    why="Without the ledger nobody can say what was deployed when, from which build, and what it changed.",
    params=Ledger,
    shorthand="files",
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=lambda p: msg(
        "Find out what wrote the entry, and correct the script; never the entry without saying so: {command:code}",
        command=f"ls -lt {shlex.quote(split(p.files)[0])}",
    ),
    severity=Severity.MEDIUM,
    handles=frozenset({Observation.DENIED}),
    example="ledger: {files: ledger/deployment_*.json, last: success}",
)
