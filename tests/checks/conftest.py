"""Fixtures for kinds and verbs: the same questions asked of busybox, and by an account without rights."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from checks import testing
from checks.evaluate import judge_facts
from checks.kinds.interface import Kind
from checks.model import (
    Disposition,
    Fact,
    Judgement,
    Message,
    Result,
    Severity,
    Status,
    Verdict,
    msg,
)
from checks.phrases import headline

APPLETS = "awk cat date df env find grep head id printf readlink sh sha256sum stat true uname"


@pytest.fixture(autouse=True)
def _says_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    # Whatever a test of a kind is about: what deviates or cannot be told, says why in its headline.
    monkeypatch.setattr(testing, "judge_facts", _judge_facts)


def _judge_facts(its: Kind, params: object, facts: Mapping[str, Fact]) -> Judgement:
    made = judge_facts(its, params, facts)
    near = any(a.near for a in made.aspects)
    said = headline(result_of(its.name, its.soll(params), made))
    assert said or (made.verdict in (Verdict.CONFORM, Verdict.NOT_APPLICABLE) and not near), made
    for a in made.aspects:
        fine = a.verdict is Verdict.CONFORM and not a.near
        assert fine or a.note or a.actual != a.expected, a
        assert a.verdict is not Verdict.UNDETERMINED or a.note or a.actual or made.reason, a
    return made


def result_of(name: str, soll: Message, made: Judgement) -> Result:
    """The result that a judgement becomes, by itself."""
    return Result(
        id="x", name=msg("x"), kind=name, environment=None, host=None, status=Status.OK,
        observation=made.observation, verdict=made.verdict, disposition=Disposition.OPEN, severity=Severity.HIGH,
        soll=soll, aspects=made.aspects, reason=made.reason, remedy=made.remedy,
    )  # fmt: skip


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
