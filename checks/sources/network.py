"""Network verbs: what is asked over the network, from here or from a host, instead of in a shell.

``http``, ``http_closed``, ``tcp`` and ``certificate`` are asked through a `dial`: a function that opens a TCP
connection from the place the probe belongs to.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from importlib import import_module
from pathlib import Path
from typing import Any

from checks.model import Fact, Observation, Probe, msg
from checks.sources import etags
from checks.sources.interface import fact

Dial = Callable[[str, int, float], socket.socket]

VERBS: dict[str, str] = {
    "certificate": "checks.sources.certificate",
    "documents": "checks.sources.documents",
    "github": "checks.sources.github",
    "github_artifact": "checks.sources.github_artifact",
    "github_compare": "checks.sources.github_compare",
    "github_environment": "checks.sources.github_environment",
    "github_rules": "checks.sources.github_rules",
    "http": "checks.sources.http",
    "http_closed": "checks.sources.http_closed",
    "tcp": "checks.sources.tcp",
}
"""Each module has ``observe(probe, dial, secrets) -> Fact``, which never raises for what the network does, and
``describe(probe) -> str``, which says what is asked, as ``docgen plan`` prints it."""


def place(probe: Probe) -> str:
    """Where `probe` is asked from, in words."""
    return "from here" if probe.at is None else f"from {probe.at.partition('/')[2] or 'the host'}"


OVERALL: ContextVar[float] = ContextVar("overall", default=0.0)
"""Seconds within which everything must be answered, where they and not its own deadline end a request; else 0."""


class Budget:
    """All that is asked about builds must be answered within `seconds` from now. A download that began in time may go on,
    unless `strict`: for the deadline of its probe, from now, too."""

    def __init__(self, seconds: float, *, strict: bool) -> None:
        self.seconds, self._strict = seconds, strict
        self._began = self._ended = time.monotonic()

    def deadline(self, probe: Probe) -> float:
        """Seconds that `probe` may take; 0: it must not begin any more."""
        OVERALL.set(0.0)
        if not _of_builds(probe):
            return probe.deadline
        spent = time.monotonic() - self._began
        left, whole = max(0.0, self.seconds - spent), self.seconds
        if probe.verb == "github_artifact" and not self._strict and left < probe.deadline - spent and left:
            left, whole = probe.deadline - spent, probe.deadline
        if left < probe.deadline:
            OVERALL.set(whole)
        return min(probe.deadline, left)

    def left(self) -> float:
        """Seconds that are left, 0 and below: none."""
        return self.seconds - (time.monotonic() - self._began)

    def resume(self) -> None:
        """What was waited for others since the last answer does not count."""
        self._began += time.monotonic() - self._ended
        self._ended = time.monotonic()

    def answered(self) -> None:
        """Notes that something was answered."""
        self._ended = time.monotonic()


def _of_builds(probe: Probe) -> bool:
    return probe.verb.startswith("github")


def observe_all(
    probes: Iterable[Probe],
    dial: Dial,
    secrets: dict[str, str],
    *,
    at_most: int,
    within: float = 3600.0,
    folder: str = "",
    given: Mapping[str, Mapping[str, Any]] = {},
    budget: Budget | None = None,
) -> list[Fact]:
    """One fact per probe, `at_most` asked at once. What would begin later than `within` seconds from now is not
    reached: it says nothing about what it would have asked. Files are relative to `folder`. `given`: by the id of a
    probe, arguments that only the answers to others gave. `budget` holds for what is asked about builds."""
    # Those about builds first: their time must not pass while others are waited for.
    probes = sorted(probes, key=lambda probe: not _of_builds(probe))
    if not probes:
        return []
    ends = time.monotonic() + within
    if _of_builds(probes[0]):
        etags.shared().renew()
        if budget:
            budget.resume()

    def one(probe: Probe) -> Fact:
        seconds = budget.deadline(probe) if budget else probe.deadline
        if budget and not seconds:
            late = msg("The API is too slow: no answer within {limit:seconds} in all.", limit=budget.seconds)
            return fact(probe, None, probe.verb, Observation.TIMEOUT, reason=late)
        if time.monotonic() < ends:
            more = {"left": budget.left()} if budget and probe.verb == "documents" else {}
            made = _observe(probe, dial, secrets, folder, {**given.get(probe.id, {}), **more}, seconds)
            if budget and _of_builds(probe):
                budget.answered()
            return made
        reason = msg("The host did not finish within {limit:seconds}.", limit=round(within))
        return fact(probe, None, "", Observation.UNREACHABLE, reason=reason)

    pool = ThreadPoolExecutor(min(at_most, len(probes)), thread_name_prefix="network")
    try:
        return list(pool.map(one, probes))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def dial_from_here(host: str, port: int, timeout: float) -> socket.socket:
    """A TCP connection from this machine within `timeout` seconds, looking up the name included. Raises
    OSError; socket.gaierror also where the name servers do not answer in time."""
    ends = time.monotonic() + timeout
    addresses = _addresses(host, port, timeout)
    failures: list[OSError] = []
    for index, (family, kind, protocol, _, address) in enumerate(addresses):
        # An address that swallows packets must not use up the time of the next.
        share = max(0.05, (ends - time.monotonic()) / (len(addresses) - index))
        try:
            sock = socket.socket(family, kind, protocol)
        except OSError as error:
            failures.append(error)
            continue
        try:
            sock.settimeout(share)
            sock.connect(address)
        except OSError as error:
            sock.close()
            failures.append(error)
        else:
            return sock
    answered = [e for e in failures if isinstance(e, ConnectionError)]
    silent = [e for e in failures if isinstance(e, TimeoutError)]
    raise (answered or silent or failures)[0]


def _addresses(host: str, port: int, timeout: float) -> list[Any]:
    found: list[Any] = []

    def look_up() -> None:
        try:
            # As bytes, because text would go through Python's IDNA codec, which takes 15 ms to import.
            name = host.encode() if host.isascii() else host
            found.append(socket.getaddrinfo(name, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            found.append(error)

    # The resolver has timeouts of its own, and no way to shorten them.
    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(timeout)
    if not found:
        raise socket.gaierror(socket.EAI_AGAIN, "no name server answered in time")
    if isinstance(found[0], Exception):
        raise found[0]
    return list(found[0])


def _observe(
    probe: Probe, dial: Dial, secrets: dict[str, str], folder: str, given: Mapping[str, Any], seconds: float
) -> Fact:
    asked, files = probe, dict(given)
    if probe.verb == "documents":
        files["base"] = folder
    if ca := probe.args.get("ca"):
        files["ca"] = str(Path(folder, Path(ca).expanduser()))
    if source := probe.args.get("source"):
        folders = {name: source[name] for name in ("answers", "checkout") if source[name]}
        places = {name: str(Path(folder, Path(of).expanduser())) for name, of in folders.items()}
        files["source"] = {**source, **places}
    if files or seconds != probe.deadline:
        args = {**probe.args, **files}
        asked = Probe(at=probe.at, verb=probe.verb, args=args, deadline=seconds)
    try:
        made: Fact = import_module(VERBS[probe.verb]).observe(asked, dial, secrets)
    except Exception as error:  # noqa: BLE001 - one request that breaks is one fact, not the run
        reason = msg("The request failed: {error:code}", error=f"{type(error).__name__}: {error}")
        return fact(probe, None, probe.verb, Observation.ERROR, reason=reason)
    return made if asked is probe else made.model_copy(update={"probe": probe.id})
