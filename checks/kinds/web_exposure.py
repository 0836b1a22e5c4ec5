"""``web-exposure``: backups, dumps, secrets and sources cannot be fetched from the web server."""

from __future__ import annotations

import hashlib
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from checks.kinds.interface import Facts, Kind, aspect, judgement, undetermined
from checks.knowledge.asking import Asking
from checks.knowledge.expectations import ONE_OR_MANY, one_or_many
from checks.knowledge.exposures import SIGNATURES, WELL_KNOWN, blind, outcome
from checks.knowledge.urls import Url, normalised, target
from checks.model import Judgement, Message, Observation, Probe, Severity, code, msg, nmsg, probe
from checks.units import Duration

MAX_BYTES = 65_536


def _path(value: str) -> str:
    if not value.startswith("/") or value.startswith("//"):
        raise ValueError("expected a path that begins with a slash, such as /backup.zip")
    return target(normalised(f"http://localhost{value}"))


Paths = Annotated[
    tuple[Annotated[str, AfterValidator(_path)], ...],
    BeforeValidator(one_or_many),
    Field(max_length=200),
    ONE_OR_MANY,
]


class WebExposure(Asking):
    url: Url = Field(default="/", validate_default=True)
    """Where the paths start. Default: the environment's ``url``."""
    paths: Paths = ()
    """Further paths that must not be served, such as ``/docs/PREFLIGHT.md``; one, or a list."""
    well_known: bool = True
    """Whether the well-known paths are asked for as well: ``/.env``, ``/.git/HEAD``, ``/backup.sql`` and others."""
    within: Annotated[Duration, Field(gt=0, le=600)] = 10.0
    """How long each answer may take."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.all_paths():
            raise ValueError("expected some `paths`, since the well-known ones are not wanted")
        return self

    def all_paths(self) -> tuple[str, ...]:
        known = tuple(one.path for one in WELL_KNOWN) if self.well_known else ()
        return tuple(dict.fromkeys(known + self.paths))

    def address(self, path: str) -> str:
        return self.url.rstrip("/") + path


def probes(p: WebExposure) -> dict[str, Probe]:
    nowhere = f"/docgen-{hashlib.sha256(p.url.encode()).hexdigest()[:24]}"
    return {"control": _probe(p, nowhere)} | {path: _probe(p, path) for path in p.all_paths()}


def _probe(p: WebExposure, path: str) -> Probe:
    known = SIGNATURES.get(path)
    patterns = [known.signature] if known else None
    # Nothing of what is found may be kept: it is what nobody should see.
    args = p.arguments(p.address(path), patterns=patterns, private=True, max_bytes=MAX_BYTES)
    return probe("http", deadline=p.within, here=p.from_ == "here", **args)


def soll(p: WebExposure) -> Message:
    return msg("nothing private is served below {url:code}", url=p.url)


def judge(p: WebExposure, facts: Facts) -> Judgement:
    control, paths = facts["control"], p.all_paths()
    found = {path: outcome(p.address(path), SIGNATURES.get(path), facts[path], control) for path in paths}
    nothing = msg("nothing")
    aspects = [aspect(code(path), nothing, o.words, False) for path, o in found.items() if o.safe is False]
    unseen = blind(control)
    if unseen:
        # What is not to be seen through a closed door may be there all the same.
        reason, observation = unseen
        return judgement(*aspects, reason=reason) if aspects else undetermined(reason, observation)
    aspects += [aspect(code(path), nothing, o.words, None) for path, o in found.items() if o.safe is None]
    sorts = [o.sort for o in found.values() if o.safe]
    if sorts:
        expected = nmsg("{n} path is not served", "{n} paths are not served", n=len(sorts))
        actual = msg(
            "{gone:int} not there, {refused:int} refused, {other:int} answered like any other path",
            gone=sorts.count("gone"),
            refused=sorts.count("refused"),
            other=sorts.count("anything") + sorts.count("elsewhere"),
        )
        aspects.append(aspect(None, expected, actual, True))
    lost = next((facts[path] for path, o in found.items() if o.safe is None), None)
    if lost is None or any(o.safe is False for o in found.values()):
        return judgement(*aspects)
    reason = msg("Some paths got no answer that tells.")
    return judgement(*aspects, observation=lost.observation, reason=reason)


KIND = Kind(
    name="web-exposure",
    summary="Backups, dumps, secrets, sources and documents cannot be fetched from the web server.",
    why="One file too many below the web root gives away the keys of everything; search engines for such files "
    "find it within hours.",
    params=WebExposure,
    shorthand="url",
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=lambda p: msg(
        "Move the files out of the web root or deny them in the web server; change every secret in them."
    ),
    severity=Severity.CRITICAL,
    handles=frozenset(Observation),
    on_host=lambda p: p.from_ == "host",
    example="web-exposure: {paths: [/storage/docs/, /backups/]}",
)
