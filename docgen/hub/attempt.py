"""One try to publish: under the lock, with a mark on the pages from its beginning, and with one when it fails."""

from __future__ import annotations

import errno
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

from checks.clock import now
from checks.errors import DocgenError
from docgen import exits
from docgen.hub.folder import Busy, Folder, Unheard, Unsent
from docgen.hub.run import FAILED, RUNNING, Run, begun, missed
from docgen.hub.stopping import Stopped

_WAITING = 5.0
"""Seconds that the far side may take to notice that a connection has ended."""


class Faulty(DocgenError):
    """The pages are not as they must be."""


class There(Protocol):
    """The hub elsewhere, while this run holds its lock."""

    @property
    def where(self) -> object:
        """As people read it."""

    def fetch(self, hub: Folder) -> None:
        """Makes what is live there the current release of `hub`."""

    def manifest(self) -> bytes | None:
        """What is live there."""

    def last(self) -> Run | None:
        """How the last run went."""

    def mark(self, its: Run) -> None:
        """Has the pages say how the last run went."""

    def send(self, release: Path) -> int:
        """Sends `release` and switches to it; how many files were sent."""

    def back(self) -> str:
        """Switches to the release before the live one."""


class Away(Protocol):
    """Where a hub is sent to."""

    def locked(self) -> AbstractContextManager[There]:
        """Nobody else publishes there meanwhile."""


class Attempt(NamedTuple):
    """The run; and where there is a hub elsewhere, its place, and what sends a release there and says how many files were
    sent."""

    run: Run
    where: object
    send: Callable[[Path], int] | None


@contextmanager
def attempt(
    hub: Folder,
    far: Away | None,
    starts: Callable[[Run], None],
    fails: Callable[[Run], Run],
    say: Callable[[str], None],
) -> Iterator[Attempt]:
    """A run into `hub`, which ends up on `far`, if there is one. `starts` and `fails` tell others of the run;
    `fails` returns it with what was told. Raises :class:`Busy`, and whatever ends the run."""
    its = begun(now(), None)
    with hub.locked():
        reached = far is None
        try:
            with ExitStack() as stack:
                link = stack.enter_context(ExitStack())
                session = link.enter_context(far.locked()) if far else None
                reached = True
                if session:
                    session.fetch(hub)
                its = begun(its.began, session.last() if session else hub.last())
                (session or hub).mark(its)
                starts(its)
                stack.enter_context(_scratch(hub.scratch))
                if far and session:
                    yield Attempt(its, session.where, partial(_sent, far, session, link))
                else:
                    yield Attempt(its, None, None)
        except Busy:
            raise
        except Unheard as error:
            # Whichever hub readers see, it says by itself whether it is the new one.
            fails(its.unheard(now(), *why(error)))
            raise
        except BaseException as error:
            failed(hub, far if reached else None, fails(its.failed(now(), *why(error))), say)
            raise


def _sent(far: Away, session: There, link: ExitStack, release: Path) -> int:
    """Has `session`, which `link` holds, send `release`; where the answer is lost, another looks what became of it."""
    try:
        return session.send(release)
    except Unheard as error:
        link.close()
        try:
            with _again(far) as other:
                if other.manifest() == (release / "manifest.json").read_bytes():
                    return error.sent
        except (OSError, Busy):
            raise error from None
        raise Unsent(f"{session.where}: the connection was lost; the hub there is as it was.") from error


def failed(hub: Folder, far: Away | None, its: Run, say: Callable[[str], None]) -> None:
    """Has the pages say that the run `its` failed. Only under the lock."""
    try:
        hub.tidy()  # where the disk is full, this makes room for the mark
        if far is None:
            hub.mark(its)
            return
        with _again(far) as session:
            session.mark(its)
    except (OSError, Busy) as error:
        say(f"docgen: the pages cannot say that this run failed: {getattr(error, 'strerror', None) or error}")


@contextmanager
def _again(far: Away) -> Iterator[There]:
    """The hub elsewhere, once the far side has noticed that the connection before this one has ended."""
    end = time.monotonic() + _WAITING
    with ExitStack() as stack:
        while True:
            try:
                session = stack.enter_context(far.locked())
                break
            except Busy:
                if time.monotonic() > end:
                    raise
                time.sleep(0.3)
        yield session


def overdue(hub: Folder, far: Away | None) -> bool:
    """Whether what readers see is valid no more and no run has come since; its pages say so from now on. `hub` is as of
    :func:`attempt`. The lock is taken only where there is something to say, so that no run meets it. Raises
    :class:`Busy`, :class:`Unsent`."""
    if far is None or hub.current():
        its = _overdue(hub)
        if its is None or (far is None and its == hub.last()):
            return its is not None
    with hub.locked(), ExitStack() as stack:
        place = stack.enter_context(far.locked()) if far else hub
        its = _overdue(place)
        if its and its != place.last():
            place.mark(its)
        return its is not None


def _overdue(place: There | Folder) -> Run | None:
    """That no run came; None where what is live in `place` is valid, or a run has come since."""
    manifest, last = place.manifest(), place.last()
    if manifest is None or (last and last.state in (RUNNING, FAILED)):
        return None
    until = str(json.loads(manifest)["valid_until"])
    return missed(until) if datetime.fromisoformat(until) < datetime.now(UTC) else None


def why(error: BaseException) -> tuple[int, str]:
    """The exit code of a run that ends with `error`, and why, in words that everybody may read."""
    if isinstance(error, Stopped):
        return error.code, "interrupted" if error.code == exits.INTERRUPTED else "terminated"
    if isinstance(error, Unheard):
        return exits.INTERNAL, "the web server did not answer when all was sent"
    if isinstance(error, Faulty):
        return exits.INTERNAL, "faults in the pages"
    if isinstance(error, Unsent):
        return exits.INTERNAL, "the web server"
    if isinstance(error, OSError):
        known = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM)
        return exits.INTERNAL, os.strerror(error.errno) if known and error.errno else "a file or the network"
    if isinstance(error, DocgenError):
        return exits.INTERNAL, "docgen could not do its work; its log says why"
    return exits.INTERNAL, "internal error"


@contextmanager
def _scratch(folder: Path) -> Iterator[None]:
    """Temporary files lie in `folder` meanwhile, where the next run removes what a killed one has left."""
    folder.mkdir(mode=0o700, exist_ok=True)  # what a killed run had started may still write there
    before, tempfile.tempdir = (tempfile.tempdir, os.environ.get("TMPDIR")), str(folder.resolve())
    os.environ["TMPDIR"] = tempfile.tempdir  # what is started here makes its own there
    try:
        yield
    finally:
        tempfile.tempdir = before[0]
        os.environ.pop("TMPDIR")
        if before[1] is not None:
            os.environ["TMPDIR"] = before[1]
