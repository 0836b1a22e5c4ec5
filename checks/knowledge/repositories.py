"""Repositories of a backup program: what is asked of them, and what its answers say, whichever program it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, ValidationInfo

from checks.kinds.interface import Facts, RemotePath, absolute, aspect, judgement, undetermined
from checks.knowledge import grants, series
from checks.knowledge.restores import rto
from checks.model import Aspect, Fact, Judgement, Message, Observation, code, msg

HANDLES = frozenset(
    {
        Observation.DENIED,
        Observation.ERROR,
        Observation.TIMEOUT,
        Observation.MALFORMED,
        Observation.NOT_ATTEMPTED,
    }
)

Seen = Mapping[str, Any]


def _place(value: str, info: ValidationInfo) -> str:
    if not re.match(r"[a-z0-9]+:", value):
        return absolute(value, info)
    if re.search(r"//[^/@]*:[^/@]*@", value):
        raise ValueError("expected an address without a password: it does not belong into the spec")
    if not value.isprintable():
        raise ValueError("expected an address in printable characters")
    return value


def _member(value: str) -> str:
    if not value.strip("/") or "\n" in value or "\0" in value:
        raise ValueError("expected the path of a file or folder, as the program lists it")
    return value.rstrip("/")


Place = Annotated[str, AfterValidator(_place)]
Member = Annotated[str, AfterValidator(_member)]


class Repository(series.Series):
    """Base of the kinds that ask a backup program of its repository."""

    repository: Place
    """Its folder on the host, or its address as the program takes it."""
    password_file: RemotePath | None = None
    """The file on the host that holds the password. It is read there by the program itself, and never leaves the
    host."""
    contains: list[Member] = []
    """What must be in the newest: paths of files or folders, written as the program lists them."""
    check: bool = False
    """`true`: its structure is checked, which takes a while. That reads no data of the backups."""


def judged(
    p: Repository, facts: Facts, *, share: Message | None, read: Callable[[Seen], Message | None]
) -> Judgement:
    """The judgement of a repository. `share` is how much of the data must be read back, None for none of it; `read`
    tells how much was."""
    listed = facts["list"]
    if listed.observation is Observation.ABSENT:
        missing = aspect(None, msg("present"), msg("no repository"), False)
        return judgement(missing, observation=listed.observation, reason=listed.reason)
    if listed.value is None:
        reason = listed.reason or msg("It was not observed.")
        return undetermined(reason, listed.observation, remedy=_grant(p, listed))
    seen = listed.value
    if not seen["opened"]:
        wanted, got = msg("opens it"), msg("does not open it")
        if p.password_file is None:
            wanted, got = msg("none needed"), msg("it needs one")
        return judgement(aspect(msg("password"), wanted, got, False))
    checked = [_checked(facts["check"], share, read)] if "check" in facts else []
    if not seen["times"]:
        return judgement(aspect(None, msg("present"), msg("none that counts"), False), *checked)
    present = aspect(None, msg("present"), code(seen["newest"]), True)
    proofs = [*_members(p, seen), *checked]
    more = []
    if p.rpo is not None:
        more.append(series.rpo(p.rpo, p.over, seen["times"], seen["now"], series.usable(proofs)))
    if p.rto is not None:
        more.append(rto(p.rto, facts.get("restores"), lambda named: p.repository in named))
    return judgement(
        present,
        *series.judged(p, seen["times"], seen["now"]),
        *series.retained(p, seen["times"], seen["now"]),
        *proofs,
        *more,
    )


def _grant(p: Repository, fact: Fact) -> Message | None:
    if fact.observation is not Observation.DENIED:
        return None
    closed = fact.reason.params.get("path") if fact.reason else None
    if closed == p.password_file and p.password_file:
        return grants.read(p.password_file)
    return grants.look_into(p.repository) if p.repository.startswith("/") else None


def _members(p: Repository, seen: Seen) -> Iterator[Aspect]:
    for member, there in zip(p.contains, seen["found"] or [False] * len(p.contains), strict=True):
        if seen["listed"]:
            yield aspect(code(member), msg("in it"), msg("in it") if there else msg("not in it"), there)
        else:
            yield aspect(code(member), msg("in it"), None, None, note=msg("The newest could not be listed."))


def _checked(fact: Fact, share: Message | None, read: Callable[[Seen], Message | None]) -> Aspect:
    """What the program's own check found. Verified is only what it really read."""
    name = msg("data") if share else msg("structure")
    expected = msg("no error, {share} read back", share=share) if share else msg("no error")
    seen = fact.value
    if seen is None:
        return aspect(name, expected, None, None, note=fact.reason or msg("It was not observed."))
    if seen["denied"]:
        note = msg("The account may not read all of it: {error:code}", error=seen["said"])
        return aspect(name, expected, None, None, note=note)
    if seen["exit_code"] and seen["lock"]:
        note = msg(
            "It is locked by {who:code}; what the check found meanwhile counts for nothing.", who=seen["lock"]
        )
        return aspect(name, expected, None, None, note=note)
    if seen["exit_code"]:
        return aspect(name, expected, msg("errors: {said:code}", said=seen["said"]), False)
    if not share:
        return aspect(name, expected, msg("no error; no data were read"), True)
    amount = read(seen)
    if amount is None:
        note = msg("How much was read was not told.")
        return aspect(name, expected, None, None, note=note)
    when = fact.observed_at[:19] + "Z" if fact.observed_at else "–"
    actual = msg("verified: {amount}, read back {time:time}", amount=amount, time=when)
    return aspect(name, expected, actual, True)
