"""``certificate``: a server shows a certificate that is valid, for its name, and for some time to come."""

from __future__ import annotations

import re
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from checks.kinds.interface import Facts, Kind, Params, aspect, judgement, undetermined
from checks.knowledge.asking import From, LocalFile
from checks.knowledge.expectations import Pattern
from checks.knowledge.urls import host_and_port, host_name, normalised, origin
from checks.model import Aspect, Judgement, Message, Observation, Probe, Verdict, code, msg, probe
from checks.units import Duration

DAY = 86400.0


def _server(value: str) -> str:
    if "://" in value:
        scheme, host, port = origin(normalised(value))
        if scheme != "https":
            raise ValueError("expected host:port, or an address that begins with https://")
    else:
        host, port = host_and_port(value)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class Certificate(Params):
    at: Annotated[str, AfterValidator(_server)]
    """The server, as ``host:port`` (443 if left out) or as an https address."""
    name: Annotated[str, AfterValidator(host_name)] | None = None
    """The name it must be valid for. Default: the host in ``at``."""
    warn_below: Annotated[Duration, Field(ge=0)] = 21 * DAY
    """Less time left than this is a warning."""
    fail_below: Annotated[Duration, Field(ge=0)] = 3 * DAY
    """Less time left than this is a deviation."""
    trusted: bool = True
    """``false``: it may be self-signed or of an unknown issuer; its name and its dates count all the same."""
    issuer: Pattern | None = None
    """A regular expression that its issuer must match, such as ``O=Let's Encrypt``."""
    from_: From = "here"
    """Where it is asked from: ``here``, or the ``host`` through the SSH connection."""
    ca: LocalFile | None = None
    """A file, on this machine, with the authorities to trust; relative to the folder of `docgen.yml`. Default: those
    of the system."""
    within: Annotated[Duration, Field(gt=0, le=600)] = 10.0
    """How long the handshake may take."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.warn_below < self.fail_below:
            raise ValueError("expected `warn-below` to be more than `fail-below`")
        return self


def probes(p: Certificate) -> dict[str, Probe]:
    host, port = host_and_port(p.at)
    args: dict[str, Any] = {"host": host, "port": port, "name": p.name or host} | (
        {"ca": p.ca} if p.ca else {}
    )
    return {"certificate": probe("certificate", deadline=p.within, here=p.from_ == "here", **args)}


def soll(p: Certificate) -> Message:
    return msg("certificate of {server:code}", server=p.at)


def judge(p: Certificate, facts: Facts) -> Judgement:
    fact = facts["certificate"]
    seen: dict[str, Any] = fact.value
    if seen["error"] in ("refused", "reset", "timeout"):
        # That the server does not answer is for the checks of http and port to say.
        silent = msg("The certificate was not seen: {server:code} did not answer.", server=p.at)
        refused = msg("The certificate was not seen: {server:code} refused the connection.", server=p.at)
        reason = refused if seen["error"] == "refused" else silent
        timeout = fact.observation is Observation.TIMEOUT
        return undetermined(fact.reason or reason, fact.observation if timeout else Observation.UNREACHABLE)
    if seen["error"]:
        failed = msg("TLS failed: {error:code}", error=seen["error_text"] or "–")
        return judgement(aspect(None, msg("a certificate"), failed, False), remedy=_look(p))
    shown = seen["certificate"]
    if "unreadable" in shown:
        reason = msg("The certificate cannot be read: {error:code}", error=shown["unreadable"])
        return undetermined(reason, Observation.MALFORMED)
    names = code(", ".join(shown["names"][:5]) or "–")
    aspects = [
        _time(p, seen),
        aspect(_NAME, code(seen["name"]), names, "wrong_name" not in seen["problems"]),
    ]
    if p.trusted:
        aspects.insert(0, _trust(seen))
    if p.issuer is not None:
        wanted = msg("matches {pattern:code}", pattern=p.issuer)
        fits = re.search(p.issuer, shown["issuer"]) is not None
        aspects.append(aspect(msg("issuer"), wanted, code(shown["issuer"]), fits))
    wrong = [a.name for a in aspects if a.verdict is Verdict.DEVIATES]
    if wrong == [_NAME]:
        named = msg("Have the server send a certificate that holds the name {name:code}.", name=seen["name"])
        return judgement(*aspects, remedy=named)
    new = "chain_expired" in seen["problems"] or wrong != [_TRUST]
    return judgement(*aspects, remedy=None if new else _CHAIN)


_TRUST = msg("trust")
_NAME = msg("name")
_CHAIN = msg(
    "Have the server send its whole chain; where the authority is your own, name its file under {key:code}.",
    key="ca",
)


def _look(p: Certificate) -> Message:
    command = f"openssl s_client -connect {p.at} -servername {p.name or host_and_port(p.at)[0]}"
    return msg("See whether TLS is spoken there at all: {command:code}", command=command)


def _trust(seen: dict[str, Any]) -> Aspect:
    """Whether the chain leads to an authority that is trusted; its own dates and name are judged apart."""
    words = {
        "self_signed": msg("self-signed"),
        "unknown_issuer": msg("issuer not known, or its certificate not sent along"),
        "chain_expired": msg("a certificate above it has expired"),
        "untrusted": code(seen["said"] or "–"),
    }
    why = next((words[problem] for problem in seen["problems"] if problem in words), None)
    note = msg("Issued by {issuer:code}.", issuer=seen["certificate"]["issuer"]) if why else None
    return aspect(_TRUST, msg("trusted"), why or msg("trusted"), why is None, note=note)


def _time(p: Certificate, seen: dict[str, Any]) -> Aspect:
    left, until = seen["certificate"]["seconds_left"], seen["certificate"]["not_after"]
    near = p.fail_below <= left < p.warn_below
    expected = msg(
        "at least {limit:seconds} left", limit=p.warn_below if left >= p.fail_below else p.fail_below
    )
    if left <= 0:
        return aspect(msg("validity"), expected, msg("expired on {time:time}", time=until), False)
    if "not_yet_valid" in seen["problems"]:
        begin = seen["certificate"]["not_before"]
        return aspect(msg("validity"), expected, msg("not valid before {time:time}", time=begin), False)
    actual = msg("{left:seconds} left, until {time:time}", left=left, time=until)
    return aspect(msg("validity"), expected, actual, left >= p.fail_below, near=near)


KIND = Kind(
    name="certificate",
    summary="A server shows a certificate that is trusted, fits its name, and does not expire soon.",
    why="A certificate that nobody renews takes the whole site down on a day that was known months before.",
    params=Certificate,
    shorthand="at",
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=lambda p: msg("Renew the certificate of {server:code} and have it loaded.", server=p.at),
    handles=frozenset({Observation.TIMEOUT}),
    on_host=lambda p: p.from_ == "host",
    example="certificate: {at: www.example.com, warn-below: 21d}",
)
