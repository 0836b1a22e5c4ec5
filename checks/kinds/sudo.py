"""``sudo``: the observing account may run exactly one command through sudo without a password."""

from __future__ import annotations

import re
import shlex
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from checks.kinds.interface import Companion, Facts, Kind, Params, aspect, judgement, undetermined
from checks.knowledge.grants import ACCOUNT
from checks.knowledge.sudo.listing import parse, refused, wants_password
from checks.knowledge.sudo.rights import Right
from checks.knowledge.sudo.writing import rule
from checks.model import Fact, Judgement, Message, Observation, Probe, code, msg, probe
from checks.redact import MASK

_WORDS = {"anyOf": [{"type": "string"}, {"type": "array", "minItems": 1, "items": {"type": "string"}}]}


def _words(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        words = shlex.split(value)
    except ValueError as error:
        raise ValueError(f"expected a command as it is typed: {error}") from error
    if re.search(r"[*?]", value):
        raise ValueError("expected one exact command; a wildcard in sudo matches far more than it seems to")
    return words


def _exact(argv: tuple[str, ...]) -> tuple[str, ...]:
    if argv and argv[0] == "sudo":
        raise ValueError("expected the command alone, without sudo before it")
    if not argv or not (argv[0].startswith("/") or argv[0] == "sudoedit"):
        raise ValueError("expected a command with its whole path, such as /usr/bin/systemctl reload nginx")
    if argv == ("sudoedit",) or argv[0].endswith("/"):
        raise ValueError("expected one exact command, such as sudoedit /etc/hosts")
    if not all(argv) or re.search(r"[\0-\x1f\x7f]", "".join(argv)):
        raise ValueError("expected words that are not empty and have no control characters")
    return argv


def _account(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][\w.@\\-]*\$?(?::[A-Za-z_][\w.@\\-]*)?", value):
        raise ValueError("expected an account, such as root, or account:group")
    return value


class Sudo(Params):
    may: Annotated[tuple[str, ...], BeforeValidator(_words), AfterValidator(_exact), WithJsonSchema(_WORDS)]
    """The exact command with its whole path; as it is typed, or as a list of words. Without arguments it
    must be allowed without arguments."""
    as_: Annotated[str, AfterValidator(_account)] = "root"
    """As whom it runs: an account, or `account:group`."""

    def right(self) -> Right:
        user, _, group = self.as_.partition(":")
        return Right(self.may, user, group)


def probes(p: Sudo) -> dict[str, Probe]:
    return {"list": probe("sudo_list")}


def soll(p: Sudo) -> Message:
    return msg("{command:code} as {account:code} through sudo", command=shlex.join(p.may), account=p.as_)


def judge(p: Sudo, facts: Facts) -> Judgement:
    fact = facts["list"]
    seen, right = fact.value, p.right()
    expected = msg("allowed without a password")
    if seen["uid"] == 0:
        root = msg("the account is root and needs no sudo")
        return judgement(aspect(None, expected, root, True))
    if unseen := why_unseen(fact):
        return unseen
    remedy = grant(seen["user"], right)
    listing = parse(seen["text"])
    if listing is None:
        if refused(seen["text"]):
            return judgement(
                aspect(None, expected, msg("the account may not use sudo at all"), False), remedy=remedy
            )
        reason = msg("sudo shows this account no right without a password.")
        asked = aspect(None, expected, msg("not granted without a password"), False)
        return judgement(asked, reason=reason, remedy=remedy)
    granted, by = listing.decide(right, fact.observed_at)
    masked = any(MASK in g.listed and g.command in (right.argv[0], MASK) for g in listing.grants)
    if granted is None or (masked and not granted):
        reason = msg("It depends on what the list does not show: {rule:code}", rule=by.listed if by else MASK)
        return undetermined(reason, Observation.OBSERVED, remedy=remedy)
    if not granted or by is None:
        return judgement(aspect(None, expected, msg("not allowed"), False), remedy=remedy)
    if listing.password(by, right):
        reason = msg("The rule that allows it: {rule:code}", rule=by.shown(True))
        asked = aspect(None, expected, msg("a password is required"), False)
        return judgement(asked, reason=reason, remedy=remedy)
    return judgement(aspect(None, expected, expected, True, note=code(by.shown(False))))


def why_unseen(fact: Fact) -> Judgement | None:
    """Why the answer of ``sudo_list`` says nothing about rights; None where it does."""
    seen = fact.value
    text = seen["text"]
    if fact.truncated:
        return undetermined(msg("The list of rights was cut off."), Observation.OBSERVED)
    if seen["sudo"] is None:
        return undetermined(msg("sudo was not found on the host."), Observation.ERROR)
    if parse(text) or refused(text) or wants_password(text):
        return None
    if "must have a tty" in text:
        line = f"Defaults:{seen['user']} !requiretty"
        reason = msg("sudo answers only at a terminal (requiretty).")
        return undetermined(reason, Observation.DENIED, remedy=msg("Add to sudoers: {line:code}", line=line))
    said = text.strip()[:300] or "–"
    return undetermined(msg("sudo does not answer: {said:code}", said=said), Observation.ERROR)


def grant(user: str, right: Right) -> Message:
    """The one line that grants `right`, and how to check it."""
    file = f"/etc/sudoers.d/{re.sub(r'[^A-Za-z0-9_-]', '-', user)}"
    return msg(
        "As root, add one line to {file:code} and check it with {check:code}: {line:code}",
        file=file,
        check=f"visudo -s -cf {file}",
        line=rule(user, right),
    )


def companions(p: Sudo) -> tuple[Companion, ...]:
    declared = [{"may": list(p.may), "as": p.as_}]
    return (Companion("sudo-nothing-wider", "sudo-nothing-wider", {"declared": declared}),)


KIND = Kind(
    name="sudo",
    summary="The observing account may run exactly this command through sudo, without a password.",
    why="A deployment that has to wait for a password stops halfway: nobody is there to type it. Asked is "
    "`sudo -k -n -ll`, which runs nothing and changes nothing but the host's log.",
    params=Sudo,
    shorthand="may",
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=lambda p: grant(ACCOUNT, p.right()),
    companions=companions,
    example="sudo: /usr/bin/systemctl reload nginx",
)
