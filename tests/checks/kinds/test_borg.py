"""``borg``: asked with the real program, of repositories that it made."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from checks.kinds.borg import probes
from checks.model import Judgement, Observation, Verdict
from checks.sources.batch import launch, ready
from checks.testing import collect_here, judge, validated

CONFORM, DEVIATES, UNDETERMINED = Verdict.CONFORM, Verdict.DEVIATES, Verdict.UNDETERMINED


def borg(folder: Path, *arguments: str) -> str:
    assert shutil.which("borg"), "borg is needed: apt-get install borgbackup"
    own = {"BORG_BASE_DIR": f"{folder}/base", "BORG_PASSCOMMAND": f"cat {folder}/password"}
    own |= {"BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes", "BORG_RELOCATED_REPO_ACCESS_IS_OK": "yes"}
    run = subprocess.run(
        ["borg", *arguments], cwd=folder, env=os.environ | own, capture_output=True, text=True, check=True
    )
    return run.stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a password and a repository of two archives of web1, the older a week old."""
    folder = tmp_path_factory.mktemp("borg")
    (folder / "password").write_text("correct horse battery\n")
    (folder / "data").mkdir()
    (folder / "data/one").write_bytes(os.urandom(2_000_000))
    (folder / "data/a b").write_text("small")
    borg(folder, "init", "-e", "repokey", "repository")
    old = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - 7 * 86400))
    borg(folder, "create", "--timestamp", old, "repository::old web1", "data")
    borg(folder, "create", "repository::web1-new", "data")
    return folder


@pytest.fixture
def folder(made: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that folder, to be spoilt; with a home and a place for scratch folders in it."""
    shutil.copytree(made, open_folder / "copy")
    for name, variable in (("home", "HOME"), ("scratch", "TMPDIR")):
        (open_folder / name).mkdir()
        (open_folder / name).chmod(0o777)
        monkeypatch.setenv(variable, str(open_folder / name))
    return open_folder / "copy"


def asked(folder: Path, **more: Any) -> Judgement:
    soll = {"repository": f"{folder}/repository", "password-file": f"{folder}/password"}
    more = {key.replace("_", "-"): value for key, value in more.items()}
    return judge("borg", {k: v for k, v in (soll | more).items() if v is not None})


def said(judgement: Judgement) -> dict[str, Verdict]:
    return {(a.name.params.get("value") or a.name.id) if a.name else "": a.verdict for a in judgement.aspects}


def deviating(judgement: Judgement) -> set[str]:
    return {name for name, verdict in said(judgement).items() if verdict is DEVIATES}


def traces(folder: Path) -> dict[str, tuple[int, int, int]]:
    seen = {p: p.lstat() for p in (folder, *folder.rglob("*")) if p.name != "scratch"}
    return {str(p): (s.st_mtime_ns, s.st_ctime_ns, s.st_size) for p, s in seen.items()}


@pytest.mark.parametrize("amount", [False, "newest", True])
def test_a_good_one_and_nothing_is_written(folder: Path, amount: bool | str) -> None:
    before = traces(folder.parent)
    wanted = {"max_age": "26h", "keep": 2, "contains": ["/data", "data/one", "data/a b"], "check": True}
    seen = asked(folder, read_data=amount, **wanted)
    assert seen.verdict is CONFORM, seen
    assert list(said(seen)) == [
        "",
        "age",
        "kept",
        "/data",
        "data/one",
        "data/a b",
        "data" if amount else "structure",
    ]
    assert traces(folder.parent) == before
    assert not [*(folder.parent / "scratch").iterdir()]


def test_borg_check_itself_would_write(folder: Path) -> None:
    before = traces(folder)
    borg(folder, "check", "--bypass-lock", "--archives-only", "repository")
    assert traces(folder) != before, "the stand-in of the verb is not needed any more"


def test_the_password_stays_on_the_host(folder: Path) -> None:
    soll = {"repository": f"{folder}/repository", "password-file": f"{folder}/password", "check": True}
    asked_of = probes(validated("borg", soll))
    for spoilt in (False, True):
        if spoilt:
            (folder / "password").write_text("correct horse battery staple\n")
        facts = collect_here(dict(asked_of))
        assert facts["list"].value["opened"] is not spoilt
        assert "correct horse" not in json.dumps([fact.model_dump(mode="json") for fact in facts.values()])


def test_an_old_one_a_gap_too_few_and_a_member_that_is_missing(folder: Path) -> None:
    seen = asked(folder, archives="old *", max_age="26h", every="25h", keep=2, contains=["data/two"])
    assert deviating(seen) == {"age", "series", "kept", "data/two"}
    assert asked(folder, archives="old *", contains=["data/one"]).verdict is CONFORM
    assert asked(folder, every="8d", over="9d").verdict is CONFORM


def test_damage_in_the_data_is_only_found_by_reading_them(folder: Path) -> None:
    segment = max((folder / "repository/data/0").iterdir(), key=lambda path: path.stat().st_size)
    content = bytearray(segment.read_bytes())
    content[1_000_000] ^= 1
    segment.write_bytes(bytes(content))
    structure = asked(folder, check=True)
    assert structure.verdict is CONFORM
    assert structure.aspects[-1].actual and "no data were read" in structure.aspects[-1].actual.id
    assert deviating(asked(folder, read_data=True)) == {"data"}
    assert deviating(asked(folder, read_data="newest")) == {"data"}


def test_a_segment_that_is_missing(folder: Path) -> None:
    max((folder / "repository/data/0").iterdir(), key=lambda path: path.stat().st_size).unlink()
    assert deviating(asked(folder, read_data="newest")) == {"data"}


def test_another_password_and_none(folder: Path) -> None:
    (folder / "password").write_text("another\n")
    assert deviating(asked(folder)) == {"password"}
    assert deviating(asked(folder, password_file=None)) == {"password"}
    (folder / "password").unlink()
    seen = asked(folder)
    assert (seen.verdict, seen.observation) == (UNDETERMINED, Observation.ERROR)


def test_an_empty_one_and_none(folder: Path) -> None:
    shutil.rmtree(folder / "repository")
    assert asked(folder).observation is Observation.ABSENT
    (folder / "repository").mkdir()
    assert asked(folder).observation is Observation.ABSENT
    borg(folder, "init", "-e", "repokey", "repository")
    seen = asked(folder, max_age="26h", contains=["data"])
    assert (deviating(seen), seen.observation) == ({""}, Observation.OBSERVED)


def test_an_unencrypted_one_that_was_moved_asks_nothing(folder: Path) -> None:
    borg(folder, "init", "-e", "none", "plain")
    borg(folder, "create", "plain::one", "data")
    (folder / "plain").rename(folder / "moved")
    assert asked(folder, repository=f"{folder}/moved", password_file=None, read_data=True).verdict is CONFORM


def test_a_key_in_the_home_of_the_account(folder: Path) -> None:
    borg(folder, "init", "-e", "keyfile", "with a key")
    borg(folder, "create", "with a key::one", "data")
    lacking = asked(folder, repository=f"{folder}/with a key")
    assert lacking.verdict is UNDETERMINED
    shutil.copytree(folder / "base/.config", folder.parent / "home/.config")
    before = traces(folder.parent)
    assert asked(folder, repository=f"{folder}/with a key", read_data=True).verdict is CONFORM
    assert traces(folder.parent) == before


@pytest.mark.parametrize("what", ["password", "repository", "repository/config", "repository/data", "."])
def test_denied_is_not_absent(folder: Path, unprivileged: Path, what: str) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert asked(folder).verdict is CONFORM
    (folder / what).chmod(0)
    seen = asked(folder)
    assert (seen.verdict, seen.observation) == (UNDETERMINED, Observation.DENIED), seen
    (folder / what).chmod(0o755)


@pytest.fixture
def locked(folder: Path) -> Iterator[Path]:
    """Another borg holds the repository alone."""
    own = {"BORG_BASE_DIR": f"{folder}/base", "BORG_PASSCOMMAND": f"cat {folder}/password"}
    own["BORG_RELOCATED_REPO_ACCESS_IS_OK"] = "yes"
    process = subprocess.Popen(
        ["borg", "with-lock", "repository", "sleep", "60"],
        cwd=folder,
        env=os.environ | own,
        start_new_session=True,
    )
    end = time.monotonic() + 300
    while not (folder / "repository/lock.exclusive").exists():
        assert time.monotonic() < end
        time.sleep(0.05)
    yield folder
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_locked_by_another_it_can_be_listed_and_errors_count_for_nothing(locked: Path) -> None:
    assert asked(locked, max_age="26h", check=True).verdict is CONFORM
    max((locked / "repository/data/0").iterdir(), key=lambda path: path.stat().st_size).unlink()
    seen = asked(locked, read_data="newest")
    assert said(seen)["data"] is UNDETERMINED, seen
    assert seen.aspects[-1].note and "locked" in seen.aspects[-1].note.id


def test_no_room_for_a_scratch_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", f"{folder}/missing")
    seen = asked(folder)
    assert (seen.verdict, seen.observation) == (UNDETERMINED, Observation.ERROR)
    assert seen.reason and "scratch" in seen.reason.id


@pytest.mark.usefixtures("busybox")
def test_no_borg_on_the_host(folder: Path) -> None:
    seen = asked(folder)
    assert (seen.verdict, seen.observation) == (UNDETERMINED, Observation.ERROR)
    assert seen.reason and seen.reason.params == {"tool": "borg"}


def test_the_scratch_folder_goes_when_whoever_asked_is_gone(folder: Path) -> None:
    (folder / "password").unlink()
    os.mkfifo(folder / "password")  # borg waits for it
    soll = validated("borg", {"repository": f"{folder}/repository", "password-file": f"{folder}/password"})
    bound = [p.model_copy(update={"at": "test/local"}) for p in probes(soll).values()]
    _, (_, script) = ready("test/local", bound).lanes
    process = subprocess.Popen(
        ["sh", "-c", launch(script)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
    )
    assert process.stdin
    process.stdin.write(script)
    process.stdin.flush()
    scratch = folder.parent / "scratch"
    end = time.monotonic() + 300
    while not [*scratch.glob("*/*")]:
        assert time.monotonic() < end
        time.sleep(0.05)
    process.stdin.close()
    while [*scratch.iterdir()]:
        assert time.monotonic() < end
        time.sleep(0.05)
    process.wait(10)


def test_what_borg_check_would_write_at_an_address_is_not_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rsh = folder / "rsh"
    rsh.write_text('#!/bin/sh\nwhile [ "$1" != borg ]; do shift; done\nexec "$@"\n')
    rsh.chmod(0o755)
    monkeypatch.setenv("BORG_RSH", str(rsh))
    before = traces(folder)
    far = f"ssh://web1{folder}/repository"
    seen = asked(folder, repository=far, contains=["data/one"], check=True)
    assert said(seen) == {"": CONFORM, "data/one": CONFORM, "structure": UNDETERMINED}, seen
    assert asked(folder, repository=far, read_data="newest").verdict is CONFORM
    assert traces(folder) == before


@pytest.mark.parametrize(
    "soll",
    [
        {},
        {"repository": "ssh://user:password@host/x"},
        {"repository": "/x", "read-data": "5%"},
        {"repository": ""},
    ],
)
def test_what_is_refused(soll: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        validated("borg", soll)
