"""What a host answers over HTTP, asked from here."""

from __future__ import annotations

from collections.abc import Mapping

from checks.model import Fact, Observation, Probe
from docgen.adopt.candidate import Candidate, Declared, Part

WITHIN = 5.0
HEALTH = ("/health", "/up", "/healthz", "/api/health")


def questions(address: str | None, url: str | None) -> dict[str, Probe]:
    """What to ask first: whether there is a web server, by address."""
    shown = f"[{address}]" if address and ":" in address else address
    bases = [url] if url else [f"https://{shown}", f"http://{shown}"] if shown else []
    asked = {}
    for base in bases:
        args = {"url": f"{base}/", "follow": 0}
        asked[base] = Probe.model_construct(at=None, verb="http", args=args, deadline=WITHIN)
    return asked


def found(answers: Mapping[str, Fact]) -> str | None:
    """The address that a web server answered at."""
    for base, fact in answers.items():
        if fact.observation is Observation.OBSERVED and not fact.value["error"]:
            return base
    return None


def part() -> Part:
    """The component to propose; its addresses are relative to the one that answered."""
    return Part("Website", (Candidate("http", ("/",), _page), *(_health(path) for path in HEALTH)))


def _page(form: Declared, facts: dict[str, Fact]) -> list[Declared]:
    seen = facts["answer"].value
    if not seen or seen["error"] or not (200 <= seen["status"] < 300 or seen["status"] in (401, 403)):
        return []
    return ["/"] if seen["status"] == 200 else [{"url": "/", "status": seen["status"]}]


def _health(path: str) -> Candidate:
    detailed: Declared = {"url": path, "json": {"$.status": "ok"}}

    def made(form: Declared, facts: dict[str, Fact]) -> list[Declared]:
        seen = facts["answer"].value
        values = [one["value"] for one in (seen["json"] or [[]])[0] or [] if one] if seen else []
        if len(values) == 1 and isinstance(values[0], str) and len(values[0]) <= 20:
            return [{"url": path, "json": {"$.status": values[0]}}]
        return [path]

    return Candidate("http", (detailed, path), made)
