"""``http``: an address answers, and answers what it should."""

from __future__ import annotations

import re
import shlex
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from checks.kinds.interface import Companion, Facts, Kind, Params, aspect, judgement, undetermined
from checks.knowledge import answers
from checks.knowledge.asking import Asking, HeaderName
from checks.knowledge.expectations import Body, JsonPath, JsonValue, Pattern, Statuses
from checks.knowledge.urls import Url, origin
from checks.model import Aspect, Judgement, Message, Observation, Probe, Verdict, code, msg, probe
from checks.redact import MASK
from checks.units import Duration


class LeadsTo(Params):
    json_: JsonPath
    """Where the JSON names it, such as `$['resources/js/app.js'].file`."""
    under: Annotated[str, Field(pattern="^/")] = "/"
    """The path that what it names is below, such as `/build/`."""


class Http(Asking):
    url: Url
    """An address, or a path such as ``/health`` below the environment's ``url``."""
    status: Statuses = ("200",)
    """The status it answers with: 200, a class such as ``2xx``, or a list. With ``redirect-to``: ``3xx``."""
    header: dict[HeaderName, bool | Pattern] = {}
    """Headers and what each must match; ``true``: with any value; ``false``: it must not be sent."""
    body: Body | None = None
    """What the body holds: ``contains``, ``matches``, ``not-contains``, ``not-matches``, each one or a list.
    Regular expressions are looked for line by line. The first 1 MiB is read."""
    json_: dict[JsonPath, JsonValue] = {}
    """Places in the JSON it answers (``$.status``, ``$.checks[0].ok``, ``$.checks[*].ok`` for every one) and
    the value at each; or a mapping with ``matches``, ``present``, ``at-least``, ``at-most``."""
    leads_to: LeadsTo | None = None
    """What its JSON names must answer with 200 as well, at the same place: the asset that a manifest names."""
    redirect_to: Url | None = None
    """It must redirect to exactly this address. The redirect is then not followed."""
    follow: bool = True
    """Whether redirects are followed, up to five. What counts is the last answer; where it came from is said."""
    within: Annotated[Duration, Field(gt=0, le=600)] = 10.0
    """The longest that the whole answer may take, redirects included."""
    slow: Annotated[Duration, Field(gt=0)] | None = None
    """What takes longer than this is a warning."""
    method: Literal["GET", "HEAD"] = "GET"
    """How to ask. There is no method that writes."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.method == "HEAD" and (self.body or self.json_ or self.leads_to):
            raise ValueError("expected method GET: the answer to HEAD has no body")
        if self.slow is not None and self.slow >= self.within:
            raise ValueError("expected `slow` to be less than `within`")
        return self


def probes(p: Http) -> dict[str, Probe]:
    args = p.arguments(
        p.url,
        method=p.method if p.method != "GET" else None,
        follow=None if p.follow and not p.redirect_to else 0,
        patterns=[pattern for pattern, _, _ in p.body.patterns()] if p.body else None,
        header_patterns=[[n.lower(), "" if isinstance(v, bool) else v] for n, v in p.header.items()],
        json=list(p.json_),
        leads_to={"json": p.leads_to.json_, "under": p.leads_to.under} if p.leads_to else None,
    )
    return {"answer": probe("http", deadline=p.within, here=p.from_ == "here", **args)}


def soll(p: Http) -> Message:
    return msg("answer of {url:code}", url=p.url)


def judge(p: Http, facts: Facts) -> Judgement:
    fact = facts["answer"]
    seen: dict[str, Any] = fact.value
    if fact.observation is Observation.TIMEOUT and seen["seconds"] < p.within * 0.95:
        # The deadline of the check was shorter than the time that the server may take.
        return undetermined(fact.reason or msg("It was not observed."), fact.observation)
    if seen["error"]:
        expected = msg("an answer within {limit:seconds}", limit=p.within)
        return judgement(
            aspect(None, expected, answers.unanswered(seen), False), observation=fact.observation
        )
    redirects = p.redirect_to is not None and "status" not in p.model_fields_set
    found = [answers.status(("3xx",) if redirects else p.status, seen)]
    if p.redirect_to is not None:
        target = seen["location"]
        actual = code(target) if target else msg("no redirect")
        same = None if target and MASK in target else target == p.redirect_to
        found.append(aspect(msg("redirect to"), code(p.redirect_to), actual, same))
    found += answers.headers(p.header, seen)
    found += answers.body(p.body, seen) if p.body else ()
    found += answers.json(p.json_, seen)
    asset: Aspect | None = None
    if p.leads_to:
        asset = answers.led(seen["led"] or {"url": None, "status": None, "error": None}, p.leads_to.json_)
        found.append(asset)
    took = seen["seconds"]
    if p.model_fields_set & {"within", "slow"} or took > p.within:
        limit = p.slow if p.slow is not None and p.slow < took <= p.within else p.within
        within = msg("within {limit:seconds}", limit=limit)
        actual = msg("{time:seconds}", time=took)
        found.append(aspect(msg("time"), within, actual, took <= p.within, near=limit is p.slow))
    # Why something could not be told is said once, however many aspects it concerns.
    reason = next((a.note for a in found if a.verdict is Verdict.UNDETERMINED and a.note), None)
    found = [a._replace(note=None) if reason and a.note == reason else a for a in found]
    bad = [a for a in found if a.verdict is Verdict.DEVIATES]
    led = seen["led"] if len(bad) == 1 and bad[0] is asset and seen["led"] else {"url": None}
    # The manifest that names it answers well; nobody is sent to another server.
    remedy = _look(led["url"]) if led["url"] and led["error"] != "elsewhere" else None
    return judgement(*found, reason=reason, remedy=remedy)


def _look(url: str) -> Message:
    return msg("See what it answers: {command:code}", command=f"curl -i {shlex.quote(url)}")


def companions(p: Http) -> tuple[Companion, ...]:
    """What is known of the certificate, apart from the answer: a certificate that expires soon is no outage."""
    scheme, host, port = origin(p.url)
    if scheme != "https" or not p.verify_tls:
        return ()
    shown = f"[{host}]" if ":" in host else host
    params = {"at": f"{shown}:{port}", "from": p.from_} | ({"ca": p.ca} if p.ca else {})
    suffix = re.sub(r"[^a-z0-9]+", "-", f"certificate-{host}-{port}")
    return (Companion(suffix, "certificate", params),)


KIND = Kind(
    name="http",
    summary="An address answers with the right status, in time, and with what it should.",
    why="A service may run and answer errors, or the page of another release; only asking it tells.",
    params=Http,
    shorthand="url",
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=lambda p: _look(p.url),
    handles=frozenset({Observation.TIMEOUT}),
    on_host=lambda p: p.from_ == "host",
    companions=companions,
    example='http: {url: /health, json: {"$.status": ok}, within: 2s}',
)
