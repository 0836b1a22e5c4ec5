"""One host: its batch through a transport, and who answered."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from checks.clock import now
from checks.model import Fact, HostFacts, Message, Observation, Probe, msg
from checks.sources import network, reach
from checks.sources.batch import IDENTITY, Ready, answers, facts, ready
from checks.sources.interface import Answer, decode, fact
from checks.sources.transport import NotReached, Transport
from checks.spec.spec import Host

OUTPUT_CAP = 128 * 1024 * 1024
GRACE = 5.0
"""Seconds for the end of a command that ran out of its own deadline."""


def connect(host: Host, secrets: dict[str, str]) -> Transport:
    """The transport for `host`. Raises :class:`NotReached`."""
    if host.ssh == "local":
        from checks.sources.local import Local

        return Local()
    return reach.connect(host, secrets.get(f"passphrase of {host.id}"))


def observe(
    host: Host, probes: Iterable[Probe], secrets: dict[str, str], folder: str = ""
) -> tuple[HostFacts, list[Fact]]:
    """Everything asked of `host`, in one connection; files here are relative to `folder`. Never raises for what
    the host does."""
    probes = list(probes)
    started = time.monotonic()
    known: dict[str, Any] = {
        "id": host.id,
        "environment": host.environment,
        "host": host.name,
        "address": host.ssh,
    }
    near = [p for p in probes if p.verb not in network.VERBS]
    with ThreadPoolExecutor(1) as aside:
        compiled = aside.submit(_ready, host, near)  # while the network answers
        try:
            transport = connect(host, secrets)
        except NotReached as error:
            missing = [_lost(probe, error.observation, error.reason) for probe in probes]
            seconds = round(time.monotonic() - started, 3)
            return HostFacts(
                **known, observation=error.observation, reason=error.reason, duration=seconds
            ), missing
    far = [p for p in probes if p.verb in network.VERBS]
    reached: list[Fact] = []

    def left() -> float:
        return host.deadline - (time.monotonic() - started)

    def meanwhile() -> None:
        reached.extend(
            network.observe_all(far, transport.dial, secrets, at_most=4, within=left(), folder=folder)
        )

    try:
        it = compiled.result()
        slow = left() if host.strict else max(left(), sum(c.deadline + GRACE for c in it.batch.slow))
        made, about = run(it, transport, left(), slow, meanwhile)
    finally:
        transport.close()
    made += reached
    about |= {"host_key": transport.host_key, "account": about.get("account") or transport.account}
    return HostFacts(**known, **about, duration=round(time.monotonic() - started, 3)), made


def _ready(host: Host, probes: list[Probe]) -> Ready:
    """The batch of `host`. What the login waits for, the import of the transport, goes first."""
    if host.ssh != "local":
        reach.ssh()
    return ready(host.id, probes)


def run(
    it: Ready,
    transport: Transport,
    deadline: float,
    slow: float | None = None,
    meanwhile: Callable[[], None] = lambda: None,
) -> tuple[list[Fact], dict[str, Any]]:
    """The facts of a batch, and what was learnt of the host itself (fields of :class:`HostFacts`). The quick lane has
    `deadline` seconds, the slow one `slow` (None: the same); `meanwhile` is done beside the slow one."""
    found: dict[tuple[str, ...], Answer] = {}
    noises: list[bytes] = []
    missing: list[tuple[Observation, Message]] = []

    def lane(commands: Any, script: bytes, deadline: float) -> None:
        try:
            ended = transport.execute(script, deadline, OUTPUT_CAP)
        except Exception as error:  # noqa: BLE001 - a lane that breaks loses its facts, not the run
            reason = msg(
                "The commands could not be run: {error:code}", error=f"{type(error).__name__}: {error}"
            )
            missing.append((Observation.ERROR, reason))
            return
        part, noise, complete = answers(commands, it.mark, ended.output, ended.arrivals)
        found.update(part)
        noises.append(noise)
        if not complete:
            missing.append(_why(ended.timed_out, ended.capped, len(ended.output), deadline))

    patience = deadline if slow is None else slow
    threads = [threading.Thread(target=lane, args=(*one, patience), daemon=True) for one in it.lanes[1:]]
    for thread in threads:
        thread.start()
    lane(*it.lanes[0], deadline)
    meanwhile()
    for thread in threads:
        thread.join()
    about: dict[str, Any] = {"observation": Observation.OBSERVED, "commands": len(it.batch.commands())}
    identity = found.get(IDENTITY.argv)
    if identity is None and not found:
        observation, reason = (
            missing[0] if missing else (Observation.ERROR, msg("The host answered nothing."))
        )
        about |= {"observation": observation, "reason": reason}
    about |= identify(identity)
    about["noise"] = decode(noises[0][:200]) if noises else ""
    return list(facts(it.batch, found, missing[0] if missing else None)), about


def identify(answer: Answer | None) -> dict[str, Any]:
    """Account, groups, names, boot id and clock from the answer of the identity command."""
    if answer is None:
        return {}
    lines = decode(answer.stdout).splitlines() + [""] * 5
    account = re.match(r"uid=\d+\(([^)]*)\)", lines[0])
    system = lines[1].split()
    known: dict[str, Any] = {
        "account": account[1] if account else "",
        "groups": tuple(re.findall(r"\d+\(([^)]*)\)", lines[0].partition("groups=")[2])),
        "hostname": system[1] if len(system) > 1 else "",
        "system": " ".join(system[::2]),
        "boot_id": lines[3].strip(),
        "machine_id": lines[4].strip(),
    }
    if lines[2].strip().isdigit():
        seen = datetime.fromisoformat(answer.observed_at) if answer.observed_at else datetime.now(UTC)
        known["clock_skew"] = float(int(lines[2]) - int(seen.timestamp()))
    return known


def _why(timed_out: bool, capped: bool, size: int, deadline: float) -> tuple[Observation, Message]:
    if timed_out:
        return Observation.TIMEOUT, msg(
            "The host did not finish within {limit:seconds}.", limit=round(deadline)
        )
    if capped:
        return Observation.ERROR, msg("The answers were cut off after {size:size}.", size=size)
    return Observation.ERROR, msg("The connection was cut off after {size:size}.", size=size)


def _lost(probe: Probe, observation: Observation, reason: Message) -> Fact:
    return fact(probe, None, "", observation, reason=reason).model_copy(update={"observed_at": now()})
