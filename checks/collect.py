"""Collect: every probe of a spec, side by side, to one snapshot. All the I/O of a run happens in here."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from checks import __version__
from checks import snapshot as snapshots
from checks.clock import now
from checks.knowledge.deployed import followed
from checks.model import Fact, HostFacts, Message, Probe, Snapshot
from checks.redact import Redactor
from checks.sources import network
from checks.sources.host import observe
from checks.sources.secrets import resolve
from checks.spec.spec import Host, Spec

HOSTS_AT_ONCE = 32
REQUESTS_AT_ONCE = 16
GITHUB_WITHIN = 120.0
"""Seconds for all that is asked about builds but downloads, where the spec does not say."""

Progress = Callable[[str], None]


def collect(spec: Spec, *, progress: Progress | None = None) -> Snapshot:
    """What is, as far as `spec` wants to know it: read-only, redacted, frozen.

    Hosts and requests are asked side by side. Nothing here raises for what the world does: an unreachable
    host is a fact. `progress` is told the name of each source as it finishes."""
    tell = progress or (lambda name: None)
    secrets = resolve(spec)
    by_place: dict[str | None, list[Probe]] = {}
    for probe in spec.probes().values():
        by_place.setdefault(probe.at, []).append(probe)
    collected_at, started = now(), time.monotonic()

    def one_host(host: Host) -> tuple[HostFacts, list[Fact]]:
        result = observe(host, by_place.get(host.id, []), secrets, spec.folder)
        tell(host.id)
        return result

    strict = spec.github_deadline is not None
    budget = network.Budget(spec.github_deadline or GITHUB_WITHIN, strict=strict)

    def requests(probes: list[Probe], given: Mapping[str, Mapping[str, Any]] | None = None) -> list[Fact]:
        return network.observe_all(
            probes,
            network.dial_from_here,
            secrets,
            at_most=REQUESTS_AT_ONCE,
            folder=spec.folder,
            given=given or {},
            budget=budget,
        )

    hosts = [host for environment in spec.environments for host in environment.hosts if by_place.get(host.id)]
    pool = ThreadPoolExecutor(min(HOSTS_AT_ONCE, len(hosts) + 1), thread_name_prefix="host")
    try:
        pending = [pool.submit(one_host, host) for host in hosts]
        here = by_place.get(None, [])
        made = requests([p for p in here if "follows" not in p.args])
        answered = [future.result() for future in pending]
        known = {f.probe: f for f in (*made, *(f for _, facts in answered for f in facts))}
        late = [p for p in here if "follows" in p.args]
        made += requests(late, {p.id: {"follows": followed(p.args["follows"], known)} for p in late})
    finally:
        # Whoever interrupts must not wait for a silent host; in a run that ends well there is nothing to cancel.
        pool.shutdown(wait=False, cancel_futures=True)
    redactor = Redactor(list(secrets.values()))
    for _, facts in answered:
        made += facts
    stamp = now()
    clean = {f.probe: redacted(f, redactor, stamp) for f in made}
    order = spec.probes()
    duration = timedelta(seconds=time.monotonic() - started)
    begun = datetime.fromisoformat(collected_at)
    snapshot = Snapshot(
        docgen=__version__,
        project=spec.project,
        spec_sha256=spec.sha256,
        environments=tuple(e.name for e in spec.environments),
        collected_at=collected_at,
        finished_at=_rfc3339(begun + duration),
        valid_until=_rfc3339(begun + timedelta(seconds=spec.valid_for)),
        hosts=tuple(_redacted_host(about, redactor) for about, _ in answered),
        facts={id_: clean[id_] for id_ in order if id_ in clean},
    )
    return snapshots.freeze(snapshot)


def redacted(one: Fact, redactor: Redactor, stamp: str = "") -> Fact:
    """`one` without secrets in anything that is kept."""
    if one.reason is None and redactor.is_harmless(f"{one.value}{one.excerpt}{one.command}"):
        return one if one.observed_at else one.model_copy(update={"observed_at": stamp})
    return one.model_copy(
        update={
            "value": redactor.value(one.value),
            "excerpt": redactor.text(one.excerpt),
            "command": redactor.text(one.command),
            "reason": _message(one.reason, redactor),
            "observed_at": one.observed_at or stamp,
        }
    )


def _redacted_host(about: HostFacts, redactor: Redactor) -> HostFacts:
    return about.model_copy(
        update={"noise": redactor.text(about.noise), "reason": _message(about.reason, redactor)}
    )


def _message(message: Message | None, redactor: Redactor) -> Message | None:
    if message is None:
        return None
    params = {
        k: _message(v, redactor) if isinstance(v, Message) else redactor.value(v) if isinstance(v, str) else v
        for k, v in message.params.items()
    }
    return message.model_copy(update={"params": params})


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
