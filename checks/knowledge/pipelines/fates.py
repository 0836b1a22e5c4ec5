"""What becomes of a run when something in it fails."""

from __future__ import annotations

from typing import NamedTuple


class Fate(NamedTuple):
    """``stops``: whether the failure ends the job; None: cannot be decided. ``why`` is the piece of text that decides
    it (``|| true``, ``continue-on-error``), ``line`` where it stands, in ``file`` (empty: in the workflow file)."""

    stops: bool | None
    why: str = ""
    line: int = 0
    file: str = ""


STOPS = Fate(True)
_UNREAD = "could not be read: "


def unread(path: str, said: str, line: int, file: str = "") -> Fate:
    """That of what runs the file `path`, which may be there and was not read; `said` is why."""
    return Fate(None, f"{_UNREAD}{path}: {said}", line, file)


def unread_file(fate: Fate) -> tuple[str, str] | None:
    """The file that was not read, and why; None where `fate` is no :func:`unread`."""
    if not fate.why.startswith(_UNREAD):
        return None
    path, _, said = fate.why.removeprefix(_UNREAD).partition(": ")
    return path, said


class Ran(NamedTuple):
    """A command that a script runs. ``argv``: its words, prefixes such as ``sudo`` left out (``sudo`` tells); ``place``:
    where it runs ("" on the runner); ``folder``: where it stands then. ``fails``: the fate if it fails; for a file test
    that is: if the file is missing. ``only``: the condition under which alone it runs; None: always. ``judged``: what it
    prints is looked at; ``void``: it goes to ``/dev/null``. ``typed``: its words with
    all prefixes, where ``sudo``."""

    argv: tuple[str, ...]
    line: int
    file: str
    place: str
    folder: str
    fails: Fate
    only: Fate | None = None
    sudo: bool = False
    absent: bool = False
    judged: bool = False
    void: bool = False
    typed: tuple[str, ...] = ()
