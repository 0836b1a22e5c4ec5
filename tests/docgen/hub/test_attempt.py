"""A run whose last answer is lost: what is said is what is known."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from docgen.hub import run
from docgen.hub.attempt import There, attempt
from docgen.hub.folder import Busy, Folder, Unheard, Unsent
from docgen.hub.run import Run


class Elsewhere:
    """A hub elsewhere which takes everything and says nothing; `then` is what it is afterwards."""

    where = "there"

    def __init__(self, then: bytes | Exception) -> None:
        self.then, self.calls, self.marks = then, 0, list[Run]()

    @contextmanager
    def locked(self) -> Iterator[There]:
        self.calls += 1
        if self.calls == 2:
            raise Busy("still")  # the far side has not noticed yet
        if self.calls > 2 and isinstance(self.then, Exception):
            raise self.then
        yield self

    def fetch(self, hub: Folder) -> None: ...

    def last(self) -> None: ...

    def manifest(self) -> bytes | None:
        return self.then if isinstance(self.then, bytes) else None

    def mark(self, its: Run) -> None:
        self.marks.append(its)

    def send(self, release: Path) -> int:
        raise Unheard("the connection was lost", 7)

    def back(self) -> str:
        raise NotImplementedError


def sent(folder: Path, far: Elsewhere, told: list[Run]) -> int:
    """How many files were sent; `told` is what others were told of a run that failed."""
    hub = Folder(folder / "hub")

    def fails(its: Run) -> Run:
        told.append(its)
        return its

    with attempt(hub, far, lambda its: None, fails, lambda said: None) as its:
        assert its.send
        return its.send(hub.publish("20261101T020000Z", {"manifest.json": b"new"}))


@pytest.mark.parametrize(
    ("then", "ends", "marks", "told"),
    [
        (b"new", None, [run.RUNNING], []),
        (b"old", Unsent, [run.RUNNING, run.FAILED], [run.FAILED]),
        # Whichever pages readers see, they know by themselves which they are.
        (Unsent("no way there"), Unheard, [run.RUNNING], [run.UNHEARD]),
    ],
)
def test_what_is_said_is_what_is_known(
    tmp_path: Path, then: bytes | Exception, ends: type[Exception] | None, marks: list[str], told: list[str]
) -> None:
    far, failed = Elsewhere(then), list[Run]()
    if ends:
        with pytest.raises(ends):
            sent(tmp_path, far, failed)
    else:
        assert sent(tmp_path, far, failed) == 7
    assert ([one.state for one in far.marks], [one.state for one in failed]) == (marks, told)
