"""Witnesses of what is live: what each of them says, and who contradicts the others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from checks.kinds.interface import aspect
from checks.knowledge.answers import unanswered
from checks.knowledge.grants import enter, look_into, read
from checks.knowledge.ledgers import last_success
from checks.knowledge.moments import rfc3339
from checks.model import Aspect, Fact, Message, Observation, Verdict, code, msg, nmsg, phrase
from checks.redact import MASK

SHORT = 8
_COMMIT = re.compile(r"(?:^|[^0-9a-z])g?([0-9a-f]{7,40})$")
_TIMESTAMP = re.compile(r"20\d{6}(?:\d{4}(?:\d{2})?)?")


class Said(NamedTuple):
    """What one witness says. ``text``: what it believes to be live, in its words, or None; then ``missing`` is what
    was there instead, or ``unheard`` why it could not be asked, and ``remedy`` what would settle that."""

    witness: Message
    text: str | None = None
    missing: Message | None = None
    unheard: Message | None = None
    observation: Observation = Observation.OBSERVED
    remedy: Message | None = None
    note: Message | None = None


def commit_of(text: str) -> str | None:
    """The commit at the end of `text`, of 7 digits or more, in small letters: of ``4144baac``, of the release
    ``20251101_225026-4144baac``, of ``v1.2-3-g4144baac``. A time that is written in digits is none."""
    match = _COMMIT.search(text.strip().lower())
    return match[1] if match and not _TIMESTAMP.fullmatch(match[1]) else None


def compared(said: Sequence[Said], wanted: str | None) -> tuple[list[Aspect], Message | None]:
    """An aspect for each witness, and in words who contradicts whom and who was not heard. SOLL is the commit `wanted`,
    or what more than half of those say that can be compared."""
    commits = [commit_of(one.text) if one.text else None for one in said]
    # Where nobody names a commit, versions or names of releases are compared as they are.
    plain = wanted is None and not any(commits)
    known = [one.text.strip() if one.text else None for one in said] if plain else commits
    heard = [one for one in known if one]
    live = wanted or _majority(heard, plain)
    short = live if plain or live is None else live[:SHORT]
    expected = code(short) if short else msg("the same as the others")
    alone = len(heard) == 1 and wanted is None
    aspects = []
    for one, its in zip(said, known, strict=True):
        note, right = one.unheard or one.note, False if one.missing else None
        if one.text and its is None:
            note = msg("It names no commit, so it cannot be compared.")
        elif its and alone:
            note = msg("No other witness was heard.")
        elif its:
            right = live is not None and _same(its, live, plain)
        actual = one.missing or (code(_shown(one.text)) if one.text else None)
        aspects.append(aspect(one.witness, expected, actual, right, note=note))
    odd = [
        msg("{witness} says {commit:code}", witness=one.witness, commit=its if plain else its[:SHORT])
        if its
        else msg("{witness} says nothing", witness=one.witness)
        for one, its, made in zip(said, known, aspects, strict=True)
        if made.verdict is Verdict.DEVIATES
    ]
    unsure = [
        msg("{witness} was not heard: {reason}", witness=one.witness, reason=one.unheard)
        if one.unheard
        else msg("{witness} names no commit: {text:code}.", witness=one.witness, text=_shown(one.text or ""))
        for one, its in zip(said, known, strict=True)
        if one.unheard or (one.text and its is None)
    ]
    told = [phrase("{said}.", {"said": _joined(odd)})] if odd else []
    if odd and live is None and heard:
        told = [msg("No majority: {said}.", said=_joined(odd))]
    elif odd and wanted is None and len(heard) > 1:
        told = [msg("{said}, all others {commit:code}.", said=_joined(odd), commit=short)]
    reason = None
    for part in [*told, *unsure]:
        reason = phrase("{first} {second}", {"first": reason, "second": part}) if reason else part
    return aspects, reason


def _majority(heard: Sequence[str], plain: bool) -> str | None:
    """What more than half of `heard` say, as exactly as one of them says it."""
    backed = {one: sum(_same(one, other, plain) for other in heard) for one in heard}
    best = max(backed, key=lambda one: (backed[one], len(one)), default=None)
    return best if best and backed[best] * 2 > len(heard) else None


def _same(one: str, other: str, plain: bool) -> bool:
    return one == other if plain else one.startswith(other) or other.startswith(one)


def _joined(parts: Sequence[Message]) -> Message:
    made = parts[0]
    for part in parts[1:]:
        made = msg("{lead}; {rest}", lead=made, rest=part)
    return made


def _shown(text: str) -> str:
    return text[:12] if re.fullmatch("[0-9a-fA-F]{40}", text) else text[:100]


def _lost(witness: Message, fact: Fact) -> Said | None:
    """The witness that could not be asked at all, or is not there; None if it answered."""
    if fact.observation is Observation.ABSENT:
        return Said(witness, missing=msg("missing"), observation=fact.observation)
    if fact.value is None:
        reason = fact.reason or msg("It was not observed.")
        return Said(witness, unheard=reason, observation=fact.observation)
    return None


def link(fact: Fact, name: str) -> Said:
    """The link `name` to the live release, of the verb ``releases``."""
    witness = msg("the link {link:code}", link=name)
    if lost := _lost(witness, fact):
        return lost
    seen = fact.value
    state, real = (
        (seen["current"][key] for key in ("state", "real"))
        if seen["base"] == "there"
        else (seen["base"], None)
    )
    absent = {
        "missing": msg("missing"),
        "dangling": msg("a link that leads nowhere"),
        "copy": msg("not a link"),
    }
    if state in absent:
        return Said(witness, missing=absent[state], observation=Observation.ABSENT)
    if real is None:
        return _closed(witness, seen)
    return Said(witness, seen["current"]["name"] or real)


def revision(fact: Fact) -> Said:
    """The first line of REVISION in the live release, of the verb ``releases``."""
    witness = msg("the file {file:code}", file="REVISION")
    if lost := _lost(witness, fact):
        return lost
    seen = fact.value
    if seen["live"] is None:
        absent = seen["base"] != "denied" and seen["current"]["state"] != "denied"
        gone = Said(witness, missing=msg("missing"), observation=Observation.ABSENT)
        return gone if absent else _closed(witness, seen)
    text = seen["live"]["revision"]
    if text is None:
        return Said(witness, missing=msg("missing"), observation=Observation.ABSENT)
    if not text:
        return Said(
            witness,
            unheard=msg("It may not be read, or its first line is empty."),
            observation=Observation.DENIED,
        )
    return Said(witness, text)


def _closed(witness: Message, seen: dict[str, Any]) -> Said:
    remedy = look_into(seen["closed"]) if seen["closed"] else None
    return Said(witness, unheard=msg("Access was denied."), observation=Observation.DENIED, remedy=remedy)


def answer(fact: Fact, url: str, place: str, header: bool) -> Said:
    """What an answer of the verb ``http`` says in the `header` called `place`, or at that one place in its JSON."""
    witness = msg("the answer of {url:code}", url=url)
    if lost := _lost(witness, fact):
        return lost
    seen, text = fact.value, None
    if seen["error"]:
        return Said(witness, unheard=unanswered(seen), observation=fact.observation)
    if header:
        text = seen["headers"].get(place.lower())
    elif seen["json"] is not None:
        (found,) = seen["json"][0]
        text = None if not found or found["value"] in (None, "") else str(found["value"])
    elif seen["truncated"] or seen["undecoded"]:
        return Said(witness, unheard=msg("It was not read to its end."), observation=Observation.ERROR)
    if not text:
        nothing = msg("{status:code}, without {place:code}", status=str(seen["status"]), place=place)
        return Said(witness, missing=nothing, observation=Observation.ABSENT)
    if MASK in text:
        redacted = msg("The value was redacted, so that it cannot be compared.")
        return Said(witness, unheard=redacted, observation=Observation.ERROR)
    return Said(witness, text)


def ledger(fact: Fact, files: str, environment: str | None) -> Said:
    """What the newest deployment that ended well has left in the ledger `files`, of the verb ``ledger``."""
    witness = msg("the ledger")
    if lost := _lost(witness, fact):
        return lost._replace(remedy=enter(files)) if lost.observation is Observation.DENIED else lost
    seen = fact.value
    if denied := seen["denied"]:
        reason = nmsg("{n} file may not be read.", "{n} files may not be read.", n=len(denied))
        closed = read(f"{files.rpartition('/')[0]}/{denied[0]}")
        return Said(witness, unheard=reason, observation=Observation.DENIED, remedy=closed)
    entry = last_success(seen["entries"], environment)
    if isinstance(entry, Message):
        return Said(witness, unheard=entry, observation=Observation.MALFORMED)
    if entry is None and seen["files"] > seen["read"]:
        reason = msg("Only the newest {n:int} were read.", n=seen["read"])
        return Said(witness, unheard=reason, observation=Observation.ERROR)
    if entry is None:
        return Said(witness, missing=msg("no deployment that ended well"), observation=Observation.ABSENT)
    if not entry.commit and not entry.release:
        return Said(witness, missing=msg("{place:code} names neither commit nor release", place=entry.place))
    note = msg("{place:code}, {time:time}", place=entry.place, time=rfc3339(entry.when))
    return Said(witness, entry.commit or entry.release, note=note)


def run(fact: Fact, workflow: str, artifact: str | None) -> Said:
    """What the newest run of the `workflow` that ended well was started for, of the verb ``github``."""
    witness = msg("the workflow {workflow:code}", workflow=workflow)
    if lost := _lost(witness, fact):
        return lost
    newest, its = fact.value["run"], fact.value["good"]
    if newest is None or its is None:
        none = msg("no run") if newest is None else msg("no run that ended well")
        return Said(witness, missing=none, observation=Observation.ABSENT)
    number = f"#{its['number']}"
    if its["id"] != newest["id"]:
        shown = msg(
            "{run:code}, {time:time}; {newest:code} is newer",
            run=number,
            time=its["updated"],
            newest=f"#{newest['number']}",
        )
        return Said(witness, its["commit"], note=shown)
    if not any(job["conclusion"] not in ("skipped", "") and job["steps"] for job in fact.value["jobs"]):
        reason = msg("every job of {run:code} was skipped", run=number)
        return Said(witness, unheard=reason, observation=Observation.NOT_ATTEMPTED)
    found = [one for one in fact.value["artifacts"] if artifact and fnmatchcase(one["name"], artifact)]
    note = msg("{run:code}, {time:time}", run=number, time=its["updated"])
    if found:
        digest = msg("{artifact:code}: {digest:code}", artifact=found[0]["name"], digest=found[0]["digest"])
        note = msg("{lead}; {rest}", lead=note, rest=digest)
    return Said(witness, its["commit"], note=note)
