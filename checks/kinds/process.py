"""``process``: as many processes run as should."""

from __future__ import annotations

import re
import shlex
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from checks.kinds.interface import Facts, Kind, Params, aspect, judgement, undetermined
from checks.knowledge.expectations import Pattern
from checks.model import Aspect, Judgement, Message, Observation, Probe, msg, probe


def _account(value: str) -> str:
    """`value` if it can be the name of an account. Raises ValueError."""
    if not re.fullmatch(r"[A-Za-z0-9_][\w.@\\-]*\$?", value):
        raise ValueError("expected the name of an account, such as www-data")
    return value


Account = Annotated[str, AfterValidator(_account)]


class Process(Params):
    name: str | None = Field(default=None, min_length=1)
    """The name of the program, such as `nginx`."""
    pattern: Pattern | None = None
    """A regular expression that is found in the command line, its words joined by spaces."""
    user: Account | None = None
    """As whom it runs."""
    min: int | None = Field(default=None, ge=0)
    """How many at least; 1, unless `max: 0` says that it must not run."""
    max: int | None = Field(default=None, ge=0)
    """How many at most."""

    @model_validator(mode="after")
    def _plausible(self) -> Self:
        if not (self.name or self.pattern or self.user):
            raise ValueError("expected a `name`, a `pattern` or a `user`")
        if self.max is not None and self.least > self.max:
            raise ValueError("expected `min` to be no more than `max`")
        return self

    @property
    def least(self) -> int:
        return (0 if self.max == 0 else 1) if self.min is None else self.min


def probes(p: Process) -> dict[str, Probe]:
    return {"table": probe("process", name=p.name, pattern=p.pattern, user=p.user)}


def soll(p: Process) -> Message:
    what = p.name or p.pattern
    if what is None:
        return msg("processes of {user:code}", user=p.user)
    if p.user:
        return msg("process {name:code} of {user:code}", name=what, user=p.user)
    return msg("process {name:code}", name=what)


def judge(p: Process, facts: Facts) -> Judgement:
    seen = facts["table"].value
    if p.user and seen["uid"] is None and p.least:
        return judgement(
            aspect(msg("running"), _expected(p), msg("no such user"), False), observation=Observation.ABSENT
        )
    count = seen["count"]
    actual = msg("{n:int}", n=count) if count else msg("none")
    all_seen = seen["visible"] or (p.user is not None and seen["uid"] in (seen["own"], None))
    enough = count >= p.least
    few = p.max is None or count <= p.max
    if not few or (enough and p.max is None) or all_seen:
        return judgement(_aspect(p, actual, enough and few))
    reason = msg("The processes of other users are hidden from the observing account (hidepid).")
    return undetermined(
        reason,
        Observation.DENIED,
        remedy=msg("Let it see them: {command:code}", command="mount -o remount,hidepid=0 /proc"),
    )


def _aspect(p: Process, actual: Message, conform: bool) -> Aspect:
    return aspect(msg("running"), _expected(p), actual, conform)


def _expected(p: Process) -> Message:
    if p.max == 0:
        return msg("none")
    if p.max is None:
        return msg("at least {n:int}", n=p.least)
    if p.max == p.least:
        return msg("exactly {n:int}", n=p.least)
    return msg("{least:int} to {most:int}", least=p.least, most=p.max)


def remedy(p: Process) -> Message:
    chosen = f"-u {shlex.quote(p.user)} " if p.user else ""
    if p.pattern:
        command = f"pgrep -a -f {chosen}-- {shlex.quote(p.pattern)}"
    elif p.name:
        command = f"pgrep -a {chosen}-- {shlex.quote(p.name)}"
    else:
        command = f"ps -f {chosen}".rstrip()
    return msg("See what runs: {command:code}", command=command)


KIND = Kind(
    name="process",
    summary="As many processes of a program run as should.",
    why="A worker that has died, or one that was started twice, shows in no file and in no answer of the web server.",
    params=Process,
    shorthand="name",
    subject=("pattern", "user"),
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=remedy,
    example="process: {pattern: 'artisan queue:work', user: www-data, min: 2}",
)
