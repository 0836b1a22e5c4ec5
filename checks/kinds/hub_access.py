"""``hub-access``: nobody gets anything of the documentation hub without a login."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from checks.kinds.interface import Companion, Facts, Kind, judgement, undetermined
from checks.knowledge import closed
from checks.knowledge.asking import Asking, BasicAuth, HeaderName
from checks.knowledge.expectations import ONE_OR_MANY, one_or_many
from checks.knowledge.urls import Url, normalised, origin, target
from checks.model import Judgement, Message, Observation, Probe, Severity, Verdict, msg, probe
from checks.units import Duration

USUAL = (
    *(
        "/",
        "/index.html",
        "/de/index.html",
        "/en/index.html",
        "/en/status.json",
        "/manifest.json",
        "/snapshot.json",
    ),
    *("/assets/", "/current/", "/releases/", "/.htpasswd", "/.git/HEAD"),
)


def _path(value: str) -> str:
    if not value.startswith("/") or value.startswith("//"):
        raise ValueError("expected a path that begins with a slash, such as /guides/sudo.pdf")
    return target(normalised(f"http://localhost{value}"))


Path = Annotated[str, AfterValidator(_path)]


class HubAccess(Asking):
    url: Url = Field(default="/", validate_default=True)
    """The address of the hub. Default: the environment's ``url``."""
    paths: Annotated[tuple[Path, ...], BeforeValidator(one_or_many), Field(max_length=500), ONE_OR_MANY] = ()
    """Paths of the hub to ask for beside the usual ones, such as ``/guides/sudo.pdf``; one, or a list."""
    manifest: Path | None = None
    """A path of the hub with a JSON that names its files; each of them is asked for, too. It is read with ``basic-auth``."""
    user: Annotated[str, Field(pattern=r"^[A-Za-z0-9._@-]{1,64}$")] = "docgen-check"
    """The name that is tried with a wrong password, three times."""
    plain: Annotated[str, AfterValidator(normalised)] | None = None
    """The same server without TLS. Default: the host of ``url`` at port 80."""
    headers: dict[HeaderName, str] = {}
    """None: what is asked here has no login of any sort."""
    basic_auth: BasicAuth | None = None
    """The login that reads the ``manifest`` and nothing else; ``password`` as ``{secret.name}``."""
    within: Annotated[Duration, Field(gt=0, le=600)] = 60.0
    """How long all of it may take. What is answered with 429 is asked again, more slowly."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if bool(self.manifest) != bool(self.basic_auth):
            raise ValueError(
                "expected `manifest` and `basic-auth` together: the login is for reading the manifest"
            )
        if self.headers:
            raise ValueError("expected no `headers`: what is asked here has no login of any sort")
        return self

    def encrypted(self) -> bool:
        return origin(self.url)[0] == "https"

    def without_tls(self) -> str:
        host = origin(self.url)[1]
        return self.plain or f"http://{f'[{host}]' if ':' in host else host}/"


def probes(p: HubAccess) -> dict[str, Probe]:
    nowhere = f"/docgen-{hashlib.sha256(p.url.encode()).hexdigest()[:24]}"
    wrong = ["/", nowhere, "/index.html"]
    args = p.arguments(
        p.url.rstrip("/"), paths=[*dict.fromkeys((nowhere, *USUAL, *p.paths))], wrong=wrong, user=p.user, manifest=p.manifest
    )  # fmt: skip
    made = {"closed": probe("http_closed", deadline=p.within, here=p.from_ == "here", **args)}
    if p.encrypted():
        plain = {"url": p.without_tls(), "follow": 0, "private": True}
        made["plain"] = probe("http", deadline=min(p.within, 10), here=p.from_ == "here", **plain)
    return made


def soll(p: HubAccess) -> Message:
    return msg("nothing of {url:code} is open without a login", url=p.url)


def judge(p: HubAccess, facts: Facts) -> Judgement:
    fact = facts["closed"]
    if fact.observation is not Observation.OBSERVED:
        return undetermined(fact.reason or msg("It was not observed."), fact.observation)
    seen = fact.value
    if not closed.answered(seen):
        return undetermined(msg("The hub did not answer."), Observation.UNREACHABLE)
    aspects = [*closed.refusals(seen), *closed.passwords(p.url, seen)]
    if "plain" in facts:
        aspects.append(closed.plain(p.url, p.without_tls(), facts["plain"]))
    aspects += closed.complete(seen, p.manifest)
    unsure = any(a.verdict is Verdict.UNDETERMINED for a in aspects)
    return judgement(*aspects, reason=msg("Not all of the hub was seen to be closed.") if unsure else None)


def companions(p: HubAccess) -> tuple[Companion, ...]:
    _, host, port = origin(p.url)
    if not p.encrypted() or not p.verify_tls:
        return ()
    params = {"at": f"{f'[{host}]' if ':' in host else host}:{port}", "from": p.from_} | (
        {"ca": p.ca} if p.ca else {}
    )
    return (Companion(re.sub(r"[^a-z0-9]+", "-", f"certificate-{host}-{port}"), "certificate", params),)


KIND = Kind(
    name="hub-access",
    summary="Nothing of the documentation hub can be read without a login, asked from outside.",
    why="A hub holds what an attacker looks for first: accounts, paths, versions, what is broken. One location without a "
    "login is enough.",
    params=HubAccess,
    shorthand="url",
    subject=("paths", "manifest"),
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=lambda p: msg(
        "Let docgen write the site again, and reload it: {command:code}", command="docgen hub nginx"
    ),
    severity=Severity.CRITICAL,
    handles=frozenset(Observation),
    on_host=lambda p: p.from_ == "host",
    companions=companions,
    example="hub-access: {url: https://docs.example.com, paths: [/en/sudo-prod.pdf]}",
)
