"""What a preflight came to."""

from __future__ import annotations

from typing import NamedTuple

from checks.model import Message, Report, Result, Status, msg, nmsg
from checks.phrases import sentences
from docgen.preflight.fingerprint import Difference

BLOCKING = (Status.FAIL, Status.UNKNOWN)


class Item(NamedTuple):
    """One thing that was tried. ``name`` is its name in a ledger, in English and with the path it is about; ``title``
    how readers see it; ``said`` what was seen."""

    id: str
    name: str
    title: Message
    status: Status
    said: Message


class Bundle(NamedTuple):
    """``sha256`` is that of the bytes that were unpacked, None where they never arrived; ``commit`` what its REVISION
    says, ``run`` what the caller said."""

    name: str
    size: int
    sha256: str | None = None
    commit: str | None = None
    run: str | None = None


class Impact(NamedTuple):
    """What was compared before and after. ``clean``: whether the folder is gone; None where that was not seen."""

    compared: int
    differences: tuple[Difference, ...]
    unseen: tuple[Message, ...]
    clean: bool | None


class Outcome(NamedTuple):
    """``started`` and ``finished`` are RFC 3339 in UTC. ``decisions`` are the approvals that the spec declares;
    ``report`` is that of the gates, with the facts behind it. ``impact`` is None where nothing was begun."""

    environment: str
    host: str
    address: str
    started: str
    finished: str
    folder: str
    bundle: Bundle
    items: tuple[Item, ...]
    gates: tuple[tuple[str, tuple[Result, ...]], ...]
    decisions: tuple[Result, ...]
    owner: str | None
    impact: Impact | None
    report: Report

    @property
    def status(self) -> Status:
        """FAIL: NO-GO; UNKNOWN: it could not be determined; OK: GO."""
        seen = {item.status for item in self.items}
        if Status.FAIL in seen:
            return Status.FAIL
        return Status.UNKNOWN if seen & {Status.UNKNOWN, Status.PENDING} or not seen else Status.OK

    @property
    def blocking(self) -> tuple[Item, ...]:
        """What stands in the way: first what failed, then what is not known."""
        return tuple(item for status in BLOCKING for item in self.items if item.status is status)

    @property
    def undecided(self) -> tuple[Result, ...]:
        """The approvals that are open."""
        return tuple(one for one in self.decisions if one.status is not Status.OK)

    @property
    def unproven(self) -> bool:
        """Whether nothing says what the checksum of the bundle should be."""
        return any(item.id == "checksum" and item.status is Status.WARN for item in self.items)

    @property
    def verdict(self) -> Message:
        """The result in a sentence."""
        n, open_ = len(self.blocking), len(self.undecided)
        if self.status is Status.FAIL:
            return nmsg("NO-GO: {n} thing blocks.", "NO-GO: {n} things block.", n=n)
        if self.status is Status.UNKNOWN:
            return nmsg(
                "Neither GO nor NO-GO: {n} thing could not be determined.",
                "Neither GO nor NO-GO: {n} things could not be determined.",
                n=n,
            )
        found: list[Message] = []
        if open_:
            found = [
                nmsg(
                    "GO as far as it can be tried; {n} decision is open.",
                    "GO as far as it can be tried; {n} decisions are open.",
                    n=open_,
                )
            ]
        if not self.unproven:
            return found[0] if found else msg("GO: everything that was tried is as it should be.")
        if not found:
            return msg(
                "GO, but nothing says that the bundle is the one that was built: it came without a checksum."
            )
        alone = msg("Nothing says that the bundle is the one that was built: it came without a checksum.")
        return sentences([*found, alone])
