"""Templates that were compiled before: compiling them is a third of a run that finds nothing changed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import ClassVar

import jinja2
from jinja2.bccache import Bucket

from checks import __version__
from checks.sources.cache import cache_folder


class Compiled(jinja2.BytecodeCache):
    """What this process compiled; and while something is :func:`kept`, what an earlier one of the same account did. Jinja
    itself looks whether the template is still the same."""

    _known: ClassVar[dict[str, bytes]] = {}
    folder: ClassVar[Path | None] = None

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fills `bucket`, if its template was compiled before."""
        name = _name(bucket)
        if name not in self._known and self.folder:
            with suppress(OSError):
                content = (self.folder / name).read_bytes()
                # After a power failure half of it may be there, of which Jinja would make a traceback.
                if sha256(content[32:]).digest() == content[:32]:
                    self._known[name] = content[32:]
        if name in self._known:
            bucket.bytecode_from_string(self._known[name])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keeps what is in `bucket`."""
        name = _name(bucket)
        self._known[name] = bucket.bytecode_to_string()
        if self.folder:
            part = self.folder / f"{name}.{os.getpid()}"
            with suppress(OSError):
                part.write_bytes(sha256(self._known[name]).digest() + self._known[name])
                part.replace(self.folder / name)


@contextmanager
def kept() -> Iterator[None]:
    """What is compiled meanwhile is kept for this account, if that is possible."""
    Compiled.folder = _own()
    try:
        yield
    finally:
        Compiled.folder = None


def _own() -> Path | None:
    """The folder for it, which nobody else may write: what lies there is run."""
    folder = cache_folder() / "templates"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        its = folder.lstat()
    except (OSError, RuntimeError):
        return None
    safe = stat.S_ISDIR(its.st_mode) and its.st_uid == os.geteuid() and not its.st_mode & 0o022
    return folder if safe else None


def _name(bucket: Bucket) -> str:
    # What Jinja writes into the file tells neither its own versions apart nor how we set it up.
    of = bucket.environment
    maker = f"{jinja2.__version__} {__version__} {of.autoescape} {of.trim_blocks} {of.lstrip_blocks}"
    return f"{bucket.key}-{sha256(maker.encode()).hexdigest()[:16]}"
