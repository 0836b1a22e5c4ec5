"""What the answers of a server say about whether it is closed to who has no login."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from checks.kinds.interface import aspect
from checks.knowledge.answers import unanswered
from checks.knowledge.urls import origin
from checks.model import Aspect, Fact, Message, Observation, code, msg, nmsg

CLOSED = (401, 403, 429)
LOOPBACK = ("127.0.0.1", "::1", "localhost")
SHOWN = 3
_REFUSED = msg("refused (401)")


def answered(seen: Mapping[str, Any]) -> bool:
    """Whether the server answered at all."""
    return any(status.isdigit() for counts in seen["counts"].values() for status in counts)


def refusals(seen: Mapping[str, Any]) -> Iterator[Aspect]:
    """What is open; where nothing is, how it was refused."""
    others = [one for one in seen["answers"] if one["status"] is not None and one["status"] not in CLOSED]
    bare = {one["path"] for one in others if not one["wrong"]}
    others = [one for one in others if not one["wrong"] or one["path"] not in bare]
    served = [one for one in others if one["status"] < 300]
    for one in served[:SHOWN]:
        yield aspect(code(one["path"]), _REFUSED, _words(one), False)
    if (more := len(served) - SHOWN) > 0:
        yield aspect(None, _REFUSED, nmsg("{n} more is served", "{n} more are served", n=more), False)
    # Who does not ask for a login has none, whatever else it says; who fails has not said.
    for found, conform in (
        ([one for one in others if 300 <= one["status"] < 500], False),
        ([one for one in others if one["status"] >= 500], None),
    ):
        if found:
            yield aspect(_several(found), _REFUSED, _statuses(found), conform)
    if others:
        return
    for name, wanted in (("without", msg("without a login")), ("wrong", msg("with a wrong password"))):
        refused, denied, slowed = (seen["counts"][name].get(str(status), 0) for status in CLOSED)
        said = msg(
            "{refused:int} refused (401), {denied:int} denied (403), {slowed:int} too many at once (429)",
            refused=refused,
            denied=denied,
            slowed=slowed,
        )
        # Who may not come here at all proves nothing for others; who is slowed down may get it a minute later,
        # but a guess that is not even looked at is what should be.
        closed = refused and not slowed if name == "without" else refused or slowed
        yield aspect(wanted, _REFUSED, said, True if closed else None)


def _several(found: list[dict[str, Any]]) -> Message:
    paths = ", ".join(one["path"] for one in found[:SHOWN])
    return code(paths if len(found) <= SHOWN else f"{paths}, … ({len(found)})")


def _statuses(found: list[dict[str, Any]]) -> Message:
    return msg("answered with {status:code}", status=", ".join(sorted({str(one["status"]) for one in found})))


def _words(one: Mapping[str, Any]) -> Message:
    if one["wrong"]:
        return msg("a wrong password is answered with {status:code}", status=str(one["status"]))
    return msg("answered with {status:code}", status=str(one["status"]))


def passwords(url: str, seen: Mapping[str, Any]) -> Iterator[Aspect]:
    """Whether the password that is asked for travels encrypted."""
    scheme, host, _ = origin(url)
    if any(one["basic"] for one in seen["answers"]):
        ways = {True: msg("encrypted"), False: msg("in the clear")}
        here = scheme == "http" and host in LOOPBACK
        actual = msg("on this machine only") if here else ways[scheme == "https"]
        yield aspect(msg("passwords"), msg("encrypted"), actual, scheme == "https" or here)


def plain(url: str, asked: str, fact: Fact) -> Aspect:
    """Without TLS, at `asked`, there is a redirect to `url`, or nothing."""
    name, wanted = code(asked), msg("leads to HTTPS, or does not answer")
    if fact.observation in (Observation.TIMEOUT, Observation.UNREACHABLE):
        return aspect(name, wanted, msg("does not answer"), True)
    if fact.observation is not Observation.OBSERVED:
        return aspect(name, wanted, fact.reason or msg("It was not observed."), None)
    seen = fact.value
    if seen["error"]:
        silent = seen["error"] in ("refused", "reset", "timeout")
        return aspect(name, wanted, unanswered(seen), True if silent else None)
    to = seen["location"] or ""
    if to:
        right = urlsplit(to).scheme == "https" and urlsplit(to).hostname == origin(url)[1]
        return aspect(name, wanted, msg("leads to {url:code}", url=re.sub(r"[?#].*", "", to)), right)
    return aspect(name, wanted, msg("answered with {status:code}", status=str(seen["status"])), False)


def complete(seen: Mapping[str, Any], manifest: str | None) -> Iterator[Aspect]:
    """Whether all was asked for, and answered, that should be."""
    if n := seen["left"]:
        left = nmsg("{n} request was not made in time", "{n} requests were not made in time", n=n)
        yield aspect(msg("all of it"), msg("asked"), left, None)
    kinds = seen["counts"].values()
    if n := sum(many for counts in kinds for status, many in counts.items() if not status.isdigit()):
        lost = nmsg("{n} request without an answer", "{n} requests without an answer", n=n)
        yield aspect(msg("all of it"), msg("answered"), lost, None)
    if manifest:
        n = seen["listed"]
        named = msg("could not be read ({why:code})", why=str(seen["manifest"]))
        if n is not None:
            named = nmsg("names {n} file", "names {n} files", n=n)
        yield aspect(code(manifest), msg("names the files of the hub"), named, True if n else None)
