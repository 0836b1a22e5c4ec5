"""``restic``: asked with the real program, of repositories that it made."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from checks.kinds.restic import probes
from checks.model import Judgement, Observation, Verdict
from checks.testing import collect_here, failed, judge, validated

CONFORM, DEVIATES, UNDETERMINED = Verdict.CONFORM, Verdict.DEVIATES, Verdict.UNDETERMINED
Ask = Callable[..., Judgement]


def restic(folder: Path, *arguments: str) -> str:
    assert shutil.which("restic"), "restic is needed: apt-get install restic"
    start = ["restic", "-r", "repository", "--password-file", "password", "--no-cache", *arguments]
    return subprocess.run(start, cwd=folder, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a password and a repository of two snapshots of web1, the older a week old."""
    folder = tmp_path_factory.mktemp("restic")
    (folder / "password").write_text("correct horse battery\n")
    (folder / "data").mkdir()
    (folder / "data/one").write_bytes(os.urandom(2_000_000))
    (folder / "data/a b").write_text("small")
    restic(folder, "init")
    old = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(time.time() - 7 * 86400))
    restic(folder, "backup", "data", "--host", "web1", "--tag", "db", "--time", old)
    restic(folder, "backup", "data", "--host", "web1", "--tag", "files")
    return folder


@pytest.fixture
def folder(made: Path, open_folder: Path) -> Path:
    """A copy of that folder, to be spoilt."""
    shutil.copytree(made, open_folder / "copy")
    return open_folder / "copy"


def asked(folder: Path, **more: Any) -> Judgement:
    soll = {"repository": f"{folder}/repository", "password-file": f"{folder}/password"}
    return judge("restic", soll | {key.replace("_", "-"): value for key, value in more.items()})


def said(judgement: Judgement) -> dict[str, Verdict]:
    return {(a.name.params.get("value") or a.name.id) if a.name else "": a.verdict for a in judgement.aspects}


def deviating(judgement: Judgement) -> set[str]:
    return {name for name, verdict in said(judgement).items() if verdict is DEVIATES}


def opened(folder: Path) -> None:
    """Lets everybody read all of it."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def traces(folder: Path) -> dict[str, tuple[int, int, int]]:
    seen = {p: p.lstat() for p in (folder, *folder.rglob("*"))}
    return {str(p): (s.st_mtime_ns, s.st_ctime_ns, s.st_size) for p, s in seen.items()}


def test_a_good_one_and_nothing_is_written(folder: Path) -> None:
    before = traces(folder)
    wanted = {"max_age": "26h", "keep": 2, "contains": ["/data", "/data/one", "/data/a b"], "read_data": True}
    seen = asked(folder, **wanted)
    assert seen.verdict is CONFORM, seen
    assert list(said(seen)) == ["", "age", "kept", "/data", "/data/one", "/data/a b", "data"]
    assert traces(folder) == before


def test_the_password_stays_on_the_host(folder: Path) -> None:
    soll = {"repository": f"{folder}/repository", "password-file": f"{folder}/password", "check": True}
    asked_of = probes(validated("restic", soll))
    for spoilt in (False, True):
        if spoilt:
            (folder / "password").write_text("correct horse battery staple\n")
        facts = collect_here(dict(asked_of))
        assert facts["list"].value["opened"] is not spoilt
        assert "correct horse" not in json.dumps([fact.model_dump(mode="json") for fact in facts.values()])


def test_an_old_one_a_gap_too_few_and_a_member_that_is_missing(folder: Path) -> None:
    assert deviating(asked(folder, tag="db", max_age="26h", every="25h", keep=2, contains=["/data/two"])) == {
        *("age", "series", "kept", "/data/two"),
    }
    assert deviating(asked(folder, every="25h")) == {"series"}
    assert asked(folder, every="8d", over="9d").verdict is CONFORM


def test_snapshots_of_others_do_not_count(folder: Path) -> None:
    for other in ({"host": "web2"}, {"tag": "db,files"}, {"path": "/elsewhere"}):
        assert deviating(asked(folder, contains=["/data"], **other)) == {""}, other


def test_damage_in_the_data_is_only_found_by_reading_them(folder: Path) -> None:
    pack = max((folder / "repository/data").rglob("??????*"), key=lambda path: path.stat().st_size)
    content = bytearray(pack.read_bytes())
    content[1000] ^= 1
    pack.chmod(0o600)
    pack.write_bytes(bytes(content))
    structure = asked(folder, check=True)
    assert structure.verdict is CONFORM
    assert structure.aspects[-1].actual and "no data were read" in structure.aspects[-1].actual.id
    assert deviating(asked(folder, read_data=True)) == {"data"}


def test_verified_is_what_was_read_and_when(folder: Path) -> None:
    checked = asked(folder, read_data="1%").aspects[-1]
    assert checked.actual
    amount = checked.actual.params["amount"]
    assert not isinstance(amount, str | int | float | tuple | None)
    packs = len([p for p in (folder / "repository/data").rglob("*") if p.is_file()])
    assert packs > 1
    assert (amount.params["read"], amount.params["n"]) == (1, packs)
    assert str(checked.actual.params["time"]).endswith("Z")


def test_another_password(folder: Path) -> None:
    (folder / "password").write_text("another\n")
    assert deviating(asked(folder)) == {"password"}


def test_a_password_that_is_not_there_says_nothing_of_the_repository(folder: Path) -> None:
    (folder / "password").unlink()
    seen = asked(folder)
    assert (seen.verdict, seen.observation) == (UNDETERMINED, Observation.ERROR)
    assert seen.reason and seen.reason.params["path"] == f"{folder}/password"


def test_an_empty_one_and_none(folder: Path) -> None:
    shutil.rmtree(folder / "repository")
    assert asked(folder).observation is Observation.ABSENT
    (folder / "repository").mkdir()
    assert asked(folder).observation is Observation.ABSENT
    restic(folder, "init")
    seen = asked(folder, max_age="26h", read_data=True)
    assert (deviating(seen), seen.observation) == ({""}, Observation.OBSERVED)


@pytest.mark.parametrize("what", ["password", "repository", "repository/keys", "."])
def test_denied_is_not_absent(folder: Path, unprivileged: Path, what: str) -> None:
    opened(folder)
    assert asked(folder).verdict is CONFORM
    (folder / what).chmod(0)
    seen = asked(folder)
    assert (seen.verdict, seen.observation) == (UNDETERMINED, Observation.DENIED)
    (folder / what).chmod(0o755)


def test_data_that_may_not_be_read_are_not_broken(folder: Path, unprivileged: Path) -> None:
    opened(folder)
    for path in (folder / "repository/data").rglob("??????*"):
        path.chmod(0o600)
    seen = asked(folder, read_data=True)
    assert said(seen) == {"": CONFORM, "data": UNDETERMINED}


@pytest.fixture
def locked(folder: Path) -> Iterator[Path]:
    """Another restic holds the repository alone."""
    start = ["restic", "-r", "repository", "--password-file", "password", "--no-cache"]
    process = subprocess.Popen(
        [*start, "--limit-download", "20", "check", "--read-data"],
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        end = time.monotonic() + 300
        while not any((folder / "repository/locks").iterdir()):
            assert time.monotonic() < end
            time.sleep(0.05)
        yield folder
    finally:
        process.kill()
        process.wait()


def test_locked_by_another_it_can_be_listed_and_errors_count_for_nothing(locked: Path) -> None:
    assert asked(locked, max_age="26h").verdict is CONFORM
    next((locked / "repository/index").iterdir()).unlink()
    seen = asked(locked, check=True)
    assert said(seen)["structure"] is UNDETERMINED, seen
    assert seen.aspects[-1].note and "locked" in seen.aspects[-1].note.id


@pytest.mark.usefixtures("busybox")
def test_no_restic_on_the_host(folder: Path) -> None:
    seen = asked(folder)
    assert (seen.verdict, seen.observation) == (UNDETERMINED, Observation.ERROR)
    assert seen.reason and seen.reason.params == {"tool": "restic"}


def test_a_check_that_took_too_long_leaves_the_rest(folder: Path) -> None:
    soll = {"repository": f"{folder}/repository", "password-file": f"{folder}/password", "check": True}
    assert said(judge("restic", soll, check=failed(Observation.TIMEOUT))) == {
        "": CONFORM,
        "structure": UNDETERMINED,
    }


@pytest.mark.parametrize(
    "soll",
    [
        {"repository": "/x"},
        {"repository": "rest:https://user:password@host/", "password-file": "/p"},
        {"repository": "/x", "password-file": "/p", "read-data": "200%"},
        {"repository": "/x", "password-file": "/p", "every": "15d"},
    ],
)
def test_what_is_refused(soll: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        validated("restic", soll)


def test_how_much_is_read_back() -> None:
    for written, meant in (
        (False, None),
        (True, "100%"),
        ("100%", "100%"),
        ("5%", "5%"),
        (5, "5%"),
        ("0%", None),
    ):
        p = validated(
            "restic", {"repository": "/x", "password-file": "/p", "read-data": written, "check": True}
        )
        assert probes(p)["check"].args["read"] == meant, written


def test_an_address_stays_as_it_is_and_a_path_starts_in_the_root() -> None:
    for written, meant in (("sftp:web1:/x", "sftp:web1:/x"), ("backups/x", "/srv/app/backups/x")):
        p = validated("restic", {"repository": written, "password-file": "/p"}, root="/srv/app")
        assert p.repository == meant


def test_what_would_be_lost_and_how_long_a_restore_takes(folder: Path) -> None:
    assert said(asked(folder, tag="files", rpo="1h", check=True))["RPO"] is CONFORM
    assert said(asked(folder, tag="files", rpo="1h", contains=["/data/two"]))["RPO"] is DEVIATES
    assert said(asked(folder, rpo="1h"))["RPO"] is DEVIATES  # a week lies between the two
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    entry = {
        "timestamp": now,
        "action": "restore",
        "backup": f"{folder}/repository",
        "result": "ok",
        "duration": 60,
    }
    (folder / "restores.jsonl").write_text(json.dumps(entry))
    for most, verdict in (("2m", CONFORM), ("30s", DEVIATES)):
        assert said(asked(folder, rto=most, restores=f"{folder}/restores.jsonl"))["RTO"] is verdict
    assert said(asked(folder, rto="1h"))["RTO"] is UNDETERMINED
