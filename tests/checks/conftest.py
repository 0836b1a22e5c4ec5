"""Fixtures for kinds and verbs: the same questions asked of busybox, and by an account without rights."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

APPLETS = "awk cat date df env find grep head id printf readlink sh sha256sum stat true uname"


@pytest.fixture
def busybox(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked of this machine is answered by busybox. Without its ``timeout``, which takes a second."""
    program = shutil.which("busybox")
    assert program, "busybox is needed: apt-get install busybox"
    applets = open_folder / "applets of busybox"
    applets.mkdir()
    (applets / "setpriv").symlink_to(shutil.which("setpriv") or "")
    for name in APPLETS.split():
        (applets / name).symlink_to(program)
    monkeypatch.setenv("PATH", str(applets))


@pytest.fixture
def unprivileged(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that anybody may enter; and an account without rights that does the asking on this machine."""
    from checks.sources import local

    if os.geteuid() == 0:
        become = "exec setpriv --reuid=65534 --regid=65534 --clear-groups"
        launch = local.launch
        monkeypatch.setattr(local, "launch", lambda script: launch(script).replace("exec", become, 1))
    return open_folder


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A temporary folder that anybody may enter, unlike those of pytest."""
    folder = Path(tempfile.mkdtemp(prefix="docgen-test-"))
    folder.chmod(0o755)
    yield folder
    for path in (folder, *folder.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)
    shutil.rmtree(folder)
