"""The plan: what a run of a spec would execute, host by host and request by request. Pure."""

from __future__ import annotations

from importlib import import_module
from typing import NamedTuple

from checks.model import Probe
from checks.sources import network
from checks.sources.batch import IDENTITY, Batch, by_verb, compile_batch
from checks.sources.verbs import purpose, verb
from checks.spec.spec import Host, Spec


class HostPlan(NamedTuple):
    """One host: one connection, one batch, and the requests that start from there. ``purposes``: what each command
    is for, by its argv."""

    host: Host
    batch: Batch
    purposes: dict[tuple[str, ...], str]
    requests: tuple[str, ...]


class Plan(NamedTuple):
    """All of it. ``requests`` are those made from this machine."""

    hosts: tuple[HostPlan, ...]
    requests: tuple[str, ...]
    checks: int


def plan(spec: Spec) -> Plan:
    """What :func:`checks.collect.collect` would do for `spec`: made by the same functions, and nothing else
    can be run."""
    by_place: dict[str | None, list[Probe]] = {}
    for probe in spec.probes().values():
        by_place.setdefault(probe.at, []).append(probe)
    hosts = []
    for host in (h for e in spec.environments for h in e.hosts if by_place.get(h.id)):
        own = by_place[host.id]
        batch = compile_batch(host.id, [p for p in own if p.verb not in network.VERBS])
        far = tuple(describe(p) for p in own if p.verb in network.VERBS)
        hosts.append(HostPlan(host, batch, _purposes(batch), far))
    return Plan(tuple(hosts), tuple(describe(p) for p in by_place.get(None, [])), len(spec.checks()))


def _purposes(batch: Batch) -> dict[tuple[str, ...], str]:
    found = {IDENTITY.argv: "who the account is, which host this is, and what time it is there"}
    for name, group in by_verb(batch.probes):
        for command in verb(name).commands(group):
            found.setdefault(command.argv, purpose(name))
    return found


def describe(probe: Probe) -> str:
    """A network probe in one line."""
    line: str = import_module(network.VERBS[probe.verb]).describe(probe)
    return line
