"""Where the time of a run went: the stages, the hosts, and the answers that took longest."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checks.model import Snapshot

SLOWEST = 5


class Profile:
    """A watch for the stages of one run; seconds."""

    def __init__(self) -> None:
        self.stages: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Counts what happens inside as the stage `name`."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.stages[name] = time.perf_counter() - started

    def text(self, snapshot: Snapshot, *, collected: bool) -> str:
        """The table for a terminal; `collected`: the snapshot was made in this run, not read."""
        lines = ["Time"]
        for name, seconds in self.stages.items():
            lines.append(_line(seconds, name))
            if name == "collect" and collected:
                for host in snapshot.hosts:
                    count = f"{host.commands} command{'' if host.commands == 1 else 's'}"
                    lines.append(
                        _line(host.duration, f"  {host.id}, {count if host.commands else host.observation}")
                    )
        slowest = _slowest(snapshot)
        if slowest:
            lines += [
                "Slowest answers" if collected else "Slowest answers, when they were collected",
                *slowest,
            ]
        return "\n".join(lines)


def _slowest(snapshot: Snapshot) -> list[str]:
    """The longest answers, the longest first. Facts of one command share its time, and are one line."""
    found: dict[tuple[str | None, str, float], list[str]] = {}
    for fact in snapshot.facts.values():
        if fact.duration:
            found.setdefault((fact.at, fact.verb, fact.duration), []).append(fact.command or fact.verb)
    lines = []
    for (at, _, seconds), commands in sorted(found.items(), key=lambda item: -item[0][2])[:SLOWEST]:
        more = f" and {len(commands) - 1} more with it" if len(commands) > 1 else ""
        lines.append(_line(seconds, f"{at or 'from here'}: {commands[0].splitlines()[0][:90]}{more}"))
    return lines


def _line(seconds: float, what: str) -> str:
    return f"  {seconds:7.3f} s  {what}"
