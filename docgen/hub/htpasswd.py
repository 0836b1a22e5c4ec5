"""The accounts on the disk: one htpasswd with all, and beside it one for each group (``htpasswd.GROUP``), made from it.

Whoever reads them sees the old file or the new one. Only one process writes at a time.
"""

from __future__ import annotations

import fcntl
import grp
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from checks.errors import DocgenError
from docgen.hub.accounts import GROUP, Account, parse, render

MODE = 0o640
WEB_GROUPS = ("www-data", "nginx", "http")
"""What web servers run as on Debian, on Red Hat and on Arch."""
PATIENCE = 10.0
_TEMPORARY = ".writing"


class Busy(DocgenError):
    """Another run writes the file."""


class Unwritable(DocgenError):
    """The file cannot be written as it must be."""


def today() -> date:
    """The date in UTC."""
    return datetime.now(UTC).date()


def read(path: Path) -> list[Account]:
    """The accounts in the file `path`; none where there is no file."""
    try:
        return parse(path.read_text("utf-8"), str(path))
    except FileNotFoundError:
        return []
    except UnicodeDecodeError as error:
        raise Unwritable(f"{path} is no text: {error}.") from error


def group_file(path: Path, group: str) -> Path:
    """The file with the accounts of `group` only."""
    return path.with_name(f"{path.name}.{group}")


def update(
    path: Path, change: Callable[[list[Account]], list[Account]], web_group: str | None = None
) -> list[str]:
    """Writes what `change` makes of the accounts in `path`, without those whose time is over. Returns the names of
    the latter. A new file belongs to the group `web_group`; one that is there keeps its owner and group."""
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path):
        before = read(path)
        remarks = _remarks(path)
        after = change(before)
        day = today()
        gone = [a.name for a in after if a.expired(day)]
        after = [a for a in after if not a.expired(day)]
        # First the files that open more, so that a run which is killed leaves nobody in them whom the main file forgot.
        for group in sorted(_groups(path, [*before, *after])):
            _write(group_file(path, group), render(after, group), path, web_group)
        _write(path, render(after) + remarks, path, web_group)
    return gone


def prune(path: Path) -> list[str]:
    """Removes the accounts whose time is over; their names. Nothing is made where there is no file."""
    return update(path, lambda accounts: accounts) if path.exists() else []


def _remarks(path: Path) -> str:
    """The comments in the file that somebody else wrote, so that writing it does not lose them."""
    if not path.exists():
        return ""
    lines = path.read_text("utf-8").splitlines()
    return "".join(f"{line}\n" for line in lines if line.startswith("#") and f"{line}\n" != render([]))


def _groups(path: Path, accounts: list[Account]) -> set[str]:
    """Every group that has a file, or should have one. An empty file opens nothing; a missing one is an error."""
    there = {one.name.removeprefix(f"{path.name}.") for one in path.parent.glob(f"{path.name}.*")}
    ours = {g for g in there if GROUP.fullmatch(g) and _written_here(group_file(path, g), g)}
    return ours | {group for account in accounts for group in account.groups}


def _written_here(path: Path, group: str) -> bool:
    with path.open("r", encoding="utf-8", errors="replace") as file:
        return file.readline() == render([], group)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    handle = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > end:
                    raise Busy(f"{path}: another run writes the accounts; try again.") from error
                time.sleep(0.05)
        yield
    finally:
        os.close(handle)


def _write(path: Path, text: str, like: Path, web_group: str | None) -> None:
    temporary = path.with_name(f".{path.name}{_TEMPORARY}")
    temporary.unlink(missing_ok=True)  # of a run that was killed: nobody else is here, we hold the lock
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            _owned(file.fileno(), path if path.exists() else like, web_group)
            os.fchmod(file.fileno(), MODE)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _owned(handle: int, like: Path, web_group: str | None) -> None:
    """Gives the open file the owner and group of `like`; where that is not there, the group of the web server."""
    own = os.fstat(handle)
    if like.exists():
        wanted = like.stat()
        uid, gid = wanted.st_uid, wanted.st_gid
    else:
        uid, gid = own.st_uid, _gid(web_group, own.st_gid)
    if (uid, gid) == (own.st_uid, own.st_gid):
        return
    try:
        os.fchown(handle, uid, gid)
    except PermissionError as error:
        raise Unwritable(
            f"{like}: its owner and group ({uid}:{gid}) cannot be kept by this account; the web server could then "
            "not read it. Run it as root, or as its owner and a member of its group."
        ) from error


def _gid(web_group: str | None, own: int) -> int:
    known = {}
    for name in (web_group,) if web_group else WEB_GROUPS:
        try:
            known[name] = grp.getgrnam(name).gr_gid
        except KeyError:
            continue
    if web_group and not known:
        raise Unwritable(f"There is no group {web_group!r} on this machine.")
    if web_group or os.geteuid() == 0:
        return next(iter(known.values()), own)
    return own
