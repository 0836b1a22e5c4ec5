"""``port``: a TCP port accepts connections, or does not; and who may reach what listens there."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from checks.kinds.interface import Facts, Kind, Params, aspect, judgement
from checks.knowledge.asking import From
from checks.knowledge.urls import host_name
from checks.model import Aspect, Fact, Judgement, Message, Observation, Probe, code, msg, probe
from checks.units import Duration


class Port(Params):
    port: Annotated[int, Field(ge=1, le=65535)]
    """The TCP port."""
    host: Annotated[str, AfterValidator(host_name)] | None = Field(default=None, validate_default=True)
    """The host to connect to. Default: the environment's host; with ``from: host``, the host itself."""
    from_: From = "here"
    """Where the connection starts: ``here``, or the ``host`` through the SSH connection."""
    open: bool = True
    """``false``: no connection may be possible."""
    listens: Literal["loopback", "any", "none"] | None = None
    """What the host itself says: something listens on ``loopback`` addresses only; on ``any`` that others can
    reach; or there is ``none`` that listens. On its own, no connection is made."""
    within: Annotated[Duration, Field(gt=0, le=600)] = 5.0
    """How long connecting may take."""

    @field_validator("host")
    @classmethod
    def _own(cls, host: str | None, info: ValidationInfo) -> str:
        address: str | None = host or (info.context or {}).get("address")
        if not address:
            raise ValueError("expected a `host`: the environment has none")
        return address

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.listens and not self.own:
            raise ValueError("expected either `host` or `listens`: only a host itself says who listens on it")
        return self

    @property
    def own(self) -> bool:
        """Whether it is about a port of the environment's host."""
        return "host" not in self.model_fields_set

    @property
    def connects(self) -> bool:
        return self.listens is None or bool(self.model_fields_set & {"open", "from_"})


def probes(p: Port) -> dict[str, Probe]:
    wanted = {}
    if p.connects:
        target = "localhost" if p.own and p.from_ == "host" else p.host
        wanted["connection"] = probe(
            "tcp", deadline=p.within, here=p.from_ == "here", host=target, port=p.port
        )
    if p.listens or (p.own and not p.open):
        wanted["listeners"] = probe("port", port=p.port)
    return wanted


def soll(p: Port) -> Message:
    return msg("port {port:code} of {host:code}", port=str(p.port), host=p.host)


def judge(p: Port, facts: Facts) -> Judgement:
    aspects, decided = [], Observation.OBSERVED
    reason: Message | None = None
    if p.connects:
        fact = facts["connection"]
        aspects.append(_connection(p, fact, facts.get("listeners")))
        decided, reason = fact.observation, None if fact.value else fact.reason
    if p.listens:
        fact = facts["listeners"]
        aspects.append(_listening(p.listens, fact))
        if fact.observation is not Observation.OBSERVED:
            decided, reason = fact.observation, fact.reason
        elif p.listens != "none" and not fact.value["addresses"]:
            silent = msg(
                "Start what should listen there; see what does with {command:code}", command=_look(p)
            )
            return judgement(*aspects, observation=decided, reason=reason, remedy=silent)
    return judgement(*aspects, observation=decided, reason=reason)


def _connection(p: Port, fact: Fact, listeners: Fact | None) -> Aspect:
    name = msg("connection from here") if p.from_ == "here" else msg("connection from the host")
    expected = msg("accepted") if p.open else msg("not possible")
    seen: dict[str, Any] = fact.value
    if not seen:
        return aspect(name, expected, None, None)
    if seen["connected"]:
        return aspect(name, expected, msg("accepted"), p.open)
    if fact.observation is Observation.OBSERVED:
        return aspect(name, expected, msg("refused"), not p.open)
    actual = msg("no answer within {limit:seconds}", limit=p.within)
    if seen["seconds"] < p.within * 0.95:
        note = msg("It was not waited for as long as it may take.")
        return aspect(name, expected, actual, None, note=note)
    if p.open:
        return aspect(name, expected, actual, False)
    if listeners and listeners.observation is Observation.OBSERVED:
        note = msg("Something on the way drops what is sent to it; the host itself was reached.")
        return aspect(name, expected, actual, True, note=note)
    note = msg("Silence does not tell a closed port from a host that is down.")
    return aspect(name, expected, actual, None, note=note)


def _listening(wanted: str, fact: Fact) -> Aspect:
    words = {
        "loopback": msg("on loopback addresses only"),
        "any": msg("on an address that others can reach"),
        "none": msg("nothing"),
    }
    if fact.observation is not Observation.OBSERVED:
        return aspect(msg("listens"), words[wanted], None, None)
    addresses: list[str] = fact.value["addresses"]
    outside = any(not ip_address(one).is_loopback for one in addresses)
    found = "any" if outside else "loopback" if addresses else "none"
    actual = code(", ".join(addresses)) if addresses else msg("nothing")
    return aspect(msg("listens"), words[wanted], actual, found == wanted)


def _look(p: Port) -> str:
    return f"ss -ltnp 'sport = :{p.port}'"


def remedy(p: Port) -> Message:
    look = _look(p)
    if not p.open or p.listens in ("loopback", "none"):
        return msg(
            "See what listens with {command:code}; stop it, bind it to 127.0.0.1, or block it.", command=look
        )
    return msg("See what listens with {command:code}, and what is on the way there.", command=look)


KIND = Kind(
    name="port",
    summary="A TCP port accepts connections, or does not; what listens there can be reached by whom it should.",
    why="A service that nobody can connect to is down; a database that everybody can connect to is a leak.",
    params=Port,
    shorthand="port",
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=remedy,
    handles=frozenset(Observation),
    on_host=lambda p: p.own or p.from_ == "host",
    example="port: {port: 3306, listens: loopback}",
)
