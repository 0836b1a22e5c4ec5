"""Network verbs: what is asked over the network, from here or from a host, instead of in a shell.

``http``, ``tcp`` and ``certificate`` are asked through a `dial`: a function that opens a TCP connection from
the place the probe belongs to.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module

from checks.model import Fact, Observation, Probe, msg
from checks.sources.interface import fact

Dial = Callable[[str, int, float], socket.socket]

VERBS: dict[str, str] = {}
"""Each module has ``observe(probe, dial, secrets) -> Fact``, which never raises for what the network does."""


def observe_all(probes: Iterable[Probe], dial: Dial, secrets: dict[str, str], *, at_most: int) -> list[Fact]:
    """One fact per probe, asked side by side."""
    probes = list(probes)
    if not probes:
        return []
    with ThreadPoolExecutor(min(at_most, len(probes)), thread_name_prefix="network") as pool:
        return list(pool.map(lambda probe: _observe(probe, dial, secrets), probes))


def dial_from_here(host: str, port: int, timeout: float) -> socket.socket:
    """A TCP connection from this machine."""
    return socket.create_connection((host, port), timeout)


def _observe(probe: Probe, dial: Dial, secrets: dict[str, str]) -> Fact:
    try:
        made: Fact = import_module(VERBS[probe.verb]).observe(probe, dial, secrets)
    except Exception as error:  # noqa: BLE001 - one request that breaks is one fact, not the run
        reason = msg("The request failed: {error:code}", error=f"{type(error).__name__}: {error}")
        return fact(probe, None, probe.verb, Observation.ERROR, reason=reason)
    return made
