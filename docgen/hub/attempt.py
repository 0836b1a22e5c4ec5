"""One try to publish: under the lock, with a mark on the pages from its beginning, and with one when it fails."""

from __future__ import annotations

import errno
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple, Protocol

from checks.clock import now
from checks.errors import DocgenError
from docgen import exits
from docgen.hub.far import Unsent
from docgen.hub.folder import Busy, Folder
from docgen.hub.run import Run, begun
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
    """The run, and the hub elsewhere where there is one."""

    run: Run
    far: There | None


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
                session = stack.enter_context(far.locked()) if far else None
                reached = True
                if session:
                    session.fetch(hub)
                its = begun(its.began, session.last() if session else hub.last())
                (session or hub).mark(its)
                starts(its)
                stack.enter_context(_scratch(hub.scratch))
                yield Attempt(its, session)
        except Busy:
            raise
        except BaseException as error:
            failed(hub, far if reached else None, fails(its.failed(now(), *why(error))), say)
            raise


def failed(hub: Folder, far: Away | None, its: Run, say: Callable[[str], None]) -> None:
    """Has the pages say that the run `its` failed. Only under the lock."""
    try:
        hub.tidy()  # where the disk is full, this makes room for the mark
        if far is None:
            hub.mark(its)
            return
        end = time.monotonic() + _WAITING
        while True:
            try:
                with far.locked() as session:
                    session.mark(its)
                    return
            except Busy:  # the connection that broke, as seen from there
                if time.monotonic() > end:
                    raise
                time.sleep(0.3)
    except (OSError, Busy) as error:
        say(f"docgen: the pages cannot say that this run failed: {getattr(error, 'strerror', None) or error}")


def why(error: BaseException) -> tuple[int, str]:
    """The exit code of a run that ends with `error`, and why, in words that everybody may read."""
    if isinstance(error, Stopped):
        return error.code, "interrupted" if error.code == exits.INTERRUPTED else "terminated"
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
