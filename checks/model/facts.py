"""Probes, facts and the snapshot: what is asked of the world, and what it answered."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from checks.model.message import Frozen, Message, trusted
from checks.model.words import Observation

SNAPSHOT_SCHEMA = "docgen/snapshot/v1"


class Probe(Frozen):
    """One question: a verb of the closed list and its arguments, put to one place.

    ``at`` is ``"environment/host"``, or ``None`` for the machine docgen runs on. ``args`` is plain JSON;
    a str may carry surrogate escapes (a file name that is not UTF-8). ``deadline`` is in seconds.
    """

    at: str | None
    verb: str
    args: dict[str, Any]
    deadline: float = 10.0

    @cached_property
    def id(self) -> str:
        key = json.dumps([self.at, self.verb, self.args], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(key.encode()).hexdigest()[:20]


def probe(verb: str, *, deadline: float = 10.0, here: bool = False, **args: Any) -> Probe:
    """A probe as a kind writes it. The core binds it to the host of the check, unless ``here``, or ``at`` is another
    host ("environment/host") already."""
    return trusted(Probe, {"at": None if here else "", "verb": verb, "args": args, "deadline": deadline})


def bound(probes: Mapping[str, Probe], at: str | None, deadline: float | None = None) -> dict[str, Probe]:
    """The `probes` of a kind, put to `at`. What one of them follows (in its argument ``follows``: the ``probe`` beside it
    whose answer it takes up) is named by its id."""
    made: dict[str, Probe] = {}
    for role, p in sorted(probes.items(), key=lambda item: "follows" in item[1].args):
        args = p.args
        if follows := args.get("follows"):
            named = {n: {**of, "probe": made[of["probe"]].id} for n, of in follows.items() if "probe" in of}
            args = {**args, "follows": {**follows, **named}}
        where = None if p.at is None else p.at or at
        made[role] = trusted(
            Probe, {"at": where, "verb": p.verb, "args": args, "deadline": deadline or p.deadline}
        )
    return {role: made[role] for role in probes}


class Fact(Frozen):
    """One probe's observation.

    ``value`` is the verb's answer as JSON (its shape is in the verb's docstring), ``None`` unless observed.
    ``reason`` says why there is no value. ``command`` is what ran, as a person would type it.
    ``excerpt`` is the redacted beginning of the raw answer and ``sha256`` the digest of all of it, before
    redaction. Times are RFC 3339 in UTC, ``duration`` seconds.
    """

    probe: str
    at: str | None
    verb: str
    observation: Observation
    value: Any = None
    reason: Message | None = None
    command: str = ""
    exit_code: int | None = None
    excerpt: str = ""
    sha256: str = ""
    observed_at: str = ""
    duration: float = 0.0
    truncated: bool = False


class HostFacts(Frozen):
    """What is known of one host as such. ``observation`` tells whether it was reached at all."""

    id: str
    environment: str
    host: str
    address: str
    account: str = ""
    observation: Observation
    reason: Message | None = None
    host_key: str = ""
    hostname: str = ""
    machine_id: str = ""
    boot_id: str = ""
    system: str = ""
    groups: tuple[str, ...] = ()
    clock_skew: float | None = None
    noise: str = ""
    commands: int = 0
    duration: float = 0.0


class Snapshot(Frozen):
    """All facts of one run: frozen, redacted, keyed by probe id. The IST, and nothing but the IST."""

    schema_: str = SNAPSHOT_SCHEMA
    docgen: str
    project: str
    spec_sha256: str
    environments: tuple[str, ...]
    collected_at: str
    finished_at: str
    valid_until: str
    interrupted: bool = False
    hosts: tuple[HostFacts, ...]
    facts: dict[str, Fact]
    sha256: str = ""
