from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from checks.model import Judgement, Message, Verdict
from checks.testing import denied, judge, validated

from .mariadb import Server

HOUR = 3600


def bundle(*members: str, size: int = 20_000) -> bytes:
    """A tar.gz of `members`, each of random bytes."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name in members or ("./artisan", "./public/index.php"):
            info = tarfile.TarInfo(name)
            info.size = size
            archive.addfile(info, io.BytesIO(os.urandom(size)))
    return made.getvalue()


def put(folder: Path, name: str, content: bytes, *, age: float = HOUR, noted: bytes | None = b"") -> Path:
    """A backup with its checksum beside it (`noted`: of other content; None: without)."""
    path = folder / name
    path.write_bytes(content)
    path.chmod(0o640)
    if noted is not None:
        digest = hashlib.sha256(noted or content).hexdigest()
        (folder / f"{name}.sha256").write_text(f"{digest}  {name}\n")
    os.utime(path, (time.time() - age,) * 2)
    return path


def asked(folder: Path, pattern: str = "app-*.tar.gz", **more: Any) -> Judgement:
    return judge("backup", {"files": f"{folder}/{pattern}", **more})


def said(judgement: Judgement) -> dict[str, Verdict]:
    """The verdict of each aspect, by its name; "" for the one without."""
    return {(a.name.params.get("value") or a.name.id) if a.name else "": a.verdict for a in judgement.aspects}


def deviating(judgement: Judgement) -> set[str]:
    """What deviates, but for the conclusion from it."""
    found = {name for name, verdict in said(judgement).items() if verdict is Verdict.DEVIATES}
    return found - {"proven up to"}


def proven(judgement: Judgement) -> str:
    """How far, and after a semicolon what was not tried."""
    last = judgement.aspects[-1].actual
    assert last
    return words(last)


def told(judgement: Judgement, name: str) -> str:
    """What was seen of the aspect `name`, in English."""
    (it,) = (a for a in judgement.aspects if a.name and a.name.id == name)
    return words(it.actual) if it.actual else ""


def words(message: Message) -> str:
    """The English of `message`."""
    shown = {k: words(v) if isinstance(v, Message) else v for k, v in message.params.items()}
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda match: str(shown[match[1]]), message.id)


def test_a_good_one_says_how_far_it_was_looked_at(tmp_path: Path) -> None:
    put(tmp_path, "app-1.tar.gz", bundle(), age=25 * HOUR)
    put(tmp_path, "app-2.tar.gz", bundle())
    made = asked(tmp_path, **{"max-age": "26h", "keep": 2, "contains": ["artisan", "public", "*/index.php"]})
    assert made.verdict is Verdict.CONFORM, made
    assert list(said(made)) == [
        *("", "age", "kept", "size", "growth", "checksum", "readable"),
        *("artisan", "public", "*/index.php", "other accounts", "proven up to"),
    ]
    assert proven(made) == "members; not tried: restored, bound to deployment"


def test_proven_only_as_far_as_nothing_failed(tmp_path: Path) -> None:
    path = put(tmp_path, "app-1.tar.gz", bundle(), noted=b"other")
    assert proven(asked(tmp_path)) == "plausible; not tried: fresh, members, restored, bound to deployment"
    assert proven(asked(tmp_path, **{"max-age": "1s"})).startswith("present; ")
    untried = "fresh, checksum, readable, members, restored, bound to deployment"
    assert proven(asked(tmp_path, checksum=False, readable=False)) == f"plausible; not tried: {untried}"
    os.truncate(path, 100)
    assert proven(asked(tmp_path, checksum=False)).startswith("plausible; ")


def test_a_gap_in_the_series(tmp_path: Path) -> None:
    for day in (0, 1, 2, 5, 6):
        put(tmp_path, f"app-{day}.tar.gz", bundle(), age=day * 24 * HOUR + HOUR)
    assert asked(tmp_path, every="25h", over="2d").verdict is Verdict.CONFORM
    made = asked(tmp_path, every="25h", over="6d")
    assert deviating(made) == {"series"}
    (series,) = (a for a in made.aspects if a.name and a.name.id == "series")
    assert series.actual
    start, end = (datetime.fromisoformat(str(series.actual.params[key])) for key in ("start", "end"))
    assert end - start == timedelta(days=3)
    assert abs(end.timestamp() - (time.time() - 49 * HOUR)) < 60
    for more, gap in (
        ({"every": "80h", "over": "30d"}, "none before"),
        ({"every": "30m", "over": "50m"}, "none since"),
    ):
        (series,) = (a for a in asked(tmp_path, **more).aspects if a.name and a.name.id == "series")
        assert series.actual and words(series.actual).startswith(gap), series


def entry(ledger: Path, name: str, age: float, **more: Any) -> None:
    """A deployment `age` seconds ago."""
    ledger.mkdir(exist_ok=True)
    when = datetime.now(UTC) - timedelta(seconds=age)
    said = {"timestamp": when.isoformat(), "action": "deploy", "environment": "prod", "result": "success"}
    (ledger / f"deployment_{name}.json").write_text(json.dumps(said | more))


def test_bound_to_the_newest_deployment(tmp_path: Path) -> None:
    put(tmp_path, "app-1.tar.gz", bundle(), age=10 * HOUR)
    put(tmp_path, "app-2.tar.gz", bundle(), age=HOUR)
    ledger = tmp_path / "ledger"
    how = {"deployment": f"{ledger}/deployment_*.json", "before": "2h"}
    assert said(asked(tmp_path, **how))["bound to deployment"] is Verdict.UNDETERMINED
    entry(ledger, "0", 30 * HOUR)
    assert deviating(asked(tmp_path, **how)) == {"bound to deployment"}  # none before it
    entry(ledger, "1", 9 * HOUR)
    entry(ledger, "2", 5 * HOUR, action="preflight")
    entry(ledger, "3", 4 * HOUR, environment="staging")
    made = asked(tmp_path, environment="production", **how)
    assert made.verdict is Verdict.CONFORM, made
    (it,) = (a for a in made.aspects if a.name and a.name.id == "bound to deployment")
    assert it.actual
    assert (it.actual.params["file"], it.actual.params["entry"]) == ("app-1.tar.gz", "deployment_1.json:1")
    assert deviating(asked(tmp_path, **how)) == {"bound to deployment"}  # staging, six hours after
    assert asked(tmp_path, **(how | {"before": "7h"})).verdict is Verdict.CONFORM


def test_a_sample_is_restored(tmp_path: Path) -> None:
    path = put(tmp_path, "app-1.tar.gz", bundle("./artisan", "a b/index.php"))
    before = {p: p.stat().st_ctime_ns for p in tmp_path.rglob("*")}
    made = asked(tmp_path, restore=["artisan", "a b/index.php"])
    assert made.verdict is Verdict.CONFORM, made
    (it,) = (a for a in made.aspects if a.name and a.name.id == "restored")
    assert it.actual and (it.actual.params["count"], it.actual.params["n"]) == (2, 2)
    assert proven(made) == "restored; not tried: fresh, members, bound to deployment"
    assert {p: p.stat().st_ctime_ns for p in tmp_path.rglob("*")} == before
    assert deviating(asked(tmp_path, restore=["artisan", "missing"])) == {"restored"}
    os.truncate(path, path.stat().st_size // 2)
    assert said(asked(tmp_path, restore=["artisan"]))["restored"] is Verdict.UNDETERMINED


def test_a_sample_that_is_empty_a_folder_or_a_link(tmp_path: Path) -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name, type_ in (
            ("empty", tarfile.REGTYPE),
            ("folder", tarfile.DIRTYPE),
            ("link", tarfile.SYMTYPE),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = type_, "/etc/passwd"
            archive.addfile(info)
    put(tmp_path, "app-1.tar.gz", made.getvalue())
    for member in ("empty", "folder", "link"):
        assert deviating(asked(tmp_path, restore=[member])) == {"restored"}, member


def test_a_sample_is_compared_with_a_file_on_the_host(tmp_path: Path) -> None:
    put(tmp_path, "app-1.tar.gz", bundle("artisan", "index.php"))
    with tarfile.open(tmp_path / "app-1.tar.gz") as archive:
        member = archive.extractfile("artisan")
        assert member
        (tmp_path / "artisan").write_bytes(member.read())
    how = {"artisan": str(tmp_path / "artisan"), "index.php": None}
    assert asked(tmp_path, restore=how).verdict is Verdict.CONFORM
    assert deviating(asked(tmp_path, restore={"index.php": str(tmp_path / "artisan")})) == {"restored"}
    assert deviating(asked(tmp_path, restore={"artisan": str(tmp_path / "missing")})) == {"restored"}


def test_what_may_not_be_read_to_compare_with(open_folder: Path, unprivileged: Path) -> None:
    put(open_folder, "app-1.tar.gz", bundle("artisan")).chmod(0o644)
    (open_folder / "artisan").write_text("x")
    (open_folder / "artisan").chmod(0o600)
    made = asked(open_folder, restore={"artisan": str(open_folder / "artisan")}, private=False)
    assert said(made)["restored"] is Verdict.UNDETERMINED


@pytest.mark.parametrize("name", ["/etc/passwd", "../x", "a/../../x", "a//b", "./a", "*", "-rf", "a\nb", ""])
def test_what_is_never_restored(name: str) -> None:
    with pytest.raises(ValidationError):
        validated("backup", {"files": "/b/app-*.tar.gz", "restore": [name]})


def test_what_follows_the_end_of_the_archive_is_read_as_well(tmp_path: Path) -> None:
    """tar stops at its end; a checksum of gzip that is wrong stands behind it."""
    content = bytearray(bundle())
    content[-6] ^= 1
    put(tmp_path, "app-1.tar.gz", bytes(content))
    assert deviating(asked(tmp_path)) == {"readable"}


@pytest.mark.usefixtures("busybox")
def test_busybox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    applets = Path(os.environ["PATH"])
    for name in ("cat", "gzip", "tar", "sort", "tr", "tail", "tee", "unzip", "wc", "date", "od", "sed"):
        if not (applets / name).exists():
            (applets / name).symlink_to(applets / "stat")
    put(tmp_path, "app-1.tar.gz", bundle("./artisan", "public/index.php"), noted=b"")
    made = asked(tmp_path, contains=["artisan"], restore=["artisan", "public/index.php"])
    assert made.verdict is Verdict.CONFORM, made
    put(
        tmp_path,
        "db-1.sql.gz",
        gzip.compress(b"CREATE TABLE a (b int);\n" * 50 + b"-- Dump completed on 2025-11-01\n"),
    )
    assert asked(tmp_path, "db-*.sql.gz").verdict is Verdict.CONFORM
    content = bundle()
    put(tmp_path, "app-2.tar.gz", content[: len(content) // 2], age=60)
    assert "readable" in deviating(asked(tmp_path))


@pytest.mark.parametrize("cut", [512 * 3, 512 * 3 + 100, 1024 * 2])
def test_cut_off_before_it_was_packed(tmp_path: Path, cut: int) -> None:
    """tar lists what is there and says nothing: the end of an archive is marked."""
    content = gzip.decompress(bundle())
    assert len(content) > cut
    put(tmp_path, "app-1.tar.gz", gzip.compress(content[:cut]))
    assert "readable" in deviating(asked(tmp_path))


def test_the_newest_counts_and_not_the_last_by_name(tmp_path: Path) -> None:
    put(tmp_path, "app-9.tar.gz", bundle(), age=9 * 24 * HOUR)
    put(tmp_path, "app-10.tar.gz", bundle(), age=10 * 24 * HOUR)
    made = asked(tmp_path, **{"max-age": "26h"})
    assert deviating(made) == {"age"}
    assert made.aspects[0].actual and made.aspects[0].actual.params["value"] == "app-9.tar.gz"


def days_ago(days: float, form: str = "%Y-%m-%d") -> str:
    return f"{datetime.now(UTC) - timedelta(days=days):{form}}"


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%Y%m%d_%H%M%S"])
def test_a_copy_is_no_younger_than_its_name(tmp_path: Path, form: str) -> None:
    put(tmp_path, f"app-{days_ago(9, form)}.tar.gz", bundle())
    made = asked(tmp_path, **{"max-age": "26h", "rpo": "26h"})
    assert deviating(made) == {"age", "RPO"}
    assert "modified" in told(made, "the newest") and told(made, "the newest").endswith(": a copy?")
    assert not deviating(asked(tmp_path, **{"max-age": "26h", "dated": False}))
    # Without a limit it is at least said.
    made = asked(tmp_path)
    assert made.verdict is Verdict.CONFORM and any(a.near for a in made.aspects)


@pytest.mark.parametrize(
    ("named", "form"), [(0, "%Y-%m-%d"), (1, "%Y-%m-%d"), (-0.5, "%Y%m%d_%H%M%S"), (0.9, "%Y%m%d_%H%M%S")]
)
def test_a_name_may_be_a_day_off(tmp_path: Path, named: float, form: str) -> None:
    put(tmp_path, f"app-{days_ago(named, form)}.tar.gz", bundle())
    made = asked(tmp_path, **{"max-age": "26h"})
    assert not deviating(made) and "the newest" not in said(made)


def test_what_is_no_date_in_a_name(tmp_path: Path) -> None:
    put(tmp_path, "app-20250231.tar.gz", bundle())
    assert not deviating(asked(tmp_path, **{"max-age": "26h"}))


@pytest.mark.parametrize("how", ["cut off", "a byte flipped", "empty"])
def test_broken_inside_with_a_checksum_that_matches(tmp_path: Path, how: str) -> None:
    content = bytearray(bundle())
    match how:
        case "cut off":
            del content[len(content) // 2 :]
        case "a byte flipped":
            content[len(content) // 2] ^= 1
        case _:
            content = bytearray(gzip.compress(b""))
    put(tmp_path, "app-1.tar.gz", bytes(content))
    made = asked(tmp_path, contains=["artisan"])
    assert "readable" in deviating(made), made
    assert said(made)["checksum"] is Verdict.CONFORM
    assert said(made)["artisan"] is Verdict.UNDETERMINED


def test_another_checksum_none_and_one_of_another_file(tmp_path: Path) -> None:
    path = put(tmp_path, "app-1.tar.gz", bundle(), noted=b"other")
    assert deviating(asked(tmp_path)) == {"checksum"}
    Path(f"{path}.sha256").write_text(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  app-0.tar.gz\n")
    assert deviating(asked(tmp_path)) == {"checksum"}
    Path(f"{path}.sha256").unlink()
    assert deviating(asked(tmp_path)) == {"checksum"}
    assert asked(tmp_path, checksum=False).verdict is Verdict.CONFORM


def test_a_member_is_missing(tmp_path: Path) -> None:
    put(tmp_path, "app-1.tar.gz", bundle("app/artisan", "app/publicity/x"))
    assert deviating(asked(tmp_path, contains=["app/artisan", "app/public", "artisan", "app/art.san"])) == {
        *("app/public", "artisan", "app/art.san"),
    }


def test_much_smaller_than_those_before_it(tmp_path: Path) -> None:
    for n in range(3):
        put(tmp_path, f"app-{n}.tar.gz", bundle(), age=(9 - n) * HOUR)
    put(tmp_path, "app-3.tar.gz", bundle(size=5_000))
    assert deviating(asked(tmp_path)) == {"growth"}
    assert asked(tmp_path, **{"of-previous": "10%"}).verdict is Verdict.CONFORM


def test_dumps_end_as_dumps_end(tmp_path: Path) -> None:
    dump = b"CREATE TABLE a (b int);\n" * 500
    put(tmp_path, "db-1.sql.gz", gzip.compress(dump + b"-- Dump completed on 2025-11-01\n"))
    assert asked(tmp_path, "db-*.sql.gz").verdict is Verdict.CONFORM
    put(tmp_path, "db-2.sql.gz", gzip.compress(dump), age=60)
    assert deviating(asked(tmp_path, "db-*.sql.gz")) == {"ends"}


def test_other_endings(tmp_path: Path) -> None:
    put(tmp_path, "app-1.tar", gzip.decompress(bundle()))
    assert asked(tmp_path, "app-*.tar", contains=["artisan"]).verdict is Verdict.CONFORM
    put(tmp_path, "app-1.gpg", b"x" * 100)
    assert asked(tmp_path, "app-*.gpg").verdict is Verdict.UNDETERMINED
    assert asked(tmp_path, "app-*.gpg", readable=False).verdict is Verdict.CONFORM


def test_one_that_every_account_may_read(tmp_path: Path) -> None:
    put(tmp_path, "app-1.tar.gz", bundle()).chmod(0o644)
    assert deviating(asked(tmp_path)) == {"other accounts"}
    assert asked(tmp_path, private=False).verdict is Verdict.CONFORM


@pytest.mark.parametrize(
    "name", ["app-a b.tar.gz", "app-'$(id)'.tar.gz", 'app-".tar.gz', "app-ü\udcff.tar.gz"]
)
def test_odd_names(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(bundle())
    path.chmod(0o600)
    assert asked(tmp_path, checksum=False).verdict is Verdict.CONFORM


def test_dated_in_the_future(tmp_path: Path) -> None:
    put(tmp_path, "app-1.tar.gz", bundle(), age=-24 * HOUR)
    assert asked(tmp_path, **{"max-age": "26h"}).verdict is Verdict.UNDETERMINED


def test_none_no_folder_and_denied(tmp_path: Path) -> None:
    assert asked(tmp_path).verdict is Verdict.DEVIATES
    assert asked(tmp_path / "x").verdict is Verdict.DEVIATES
    assert judge("backup", f"{tmp_path}/app-*.tar.gz", found=denied()).verdict is Verdict.UNDETERMINED


@pytest.mark.parametrize("files", ["backups/app.tar.gz", "backups/*/", ""])
def test_what_is_no_pattern(files: str) -> None:
    with pytest.raises(ValidationError):
        validated("backup", files)


@pytest.mark.parametrize(
    ("ages", "spoilt", "most", "over", "verdict"),
    [
        ([1], False, "2h", "14d", Verdict.CONFORM),
        ([3], False, "2h", "14d", Verdict.DEVIATES),
        ([1, 25, 49], False, "26h", "14d", Verdict.CONFORM),
        ([1, 25, 73], False, "26h", "14d", Verdict.DEVIATES),  # what was lost in between
        ([1, 25, 73], False, "26h", "20h", Verdict.CONFORM),
        ([1, 25], True, "26h", "14d", Verdict.UNDETERMINED),  # the one before would do, but who knows
        ([1, 30], True, "26h", "14d", Verdict.DEVIATES),
        ([1], True, "26h", "14d", Verdict.DEVIATES),
        ([-5, 1], False, "26h", "14d", Verdict.UNDETERMINED),
    ],
)
def test_how_much_would_be_lost(
    tmp_path: Path, ages: list[int], spoilt: bool, most: str, over: str, verdict: Verdict
) -> None:
    for n, age in enumerate(ages):
        noted = b"other" if spoilt and n == 0 else b""
        put(tmp_path, f"app-{n}.tar.gz", bundle(), age=age * HOUR, noted=noted)
    assert said(asked(tmp_path, rpo=most, over=over))["RPO"] is verdict


def test_how_long_a_restore_takes(tmp_path: Path) -> None:
    put(tmp_path, "app-1.tar.gz", bundle())
    assert said(asked(tmp_path, rto="1h"))["RTO"] is Verdict.UNDETERMINED
    sampled = asked(tmp_path, rto="1h", restore=["artisan"])
    assert sampled.verdict is Verdict.CONFORM and any(a.near for a in sampled.aspects)
    assert said(asked(tmp_path, rto="1h", restore=["missing"]))["RTO"] is Verdict.UNDETERMINED
    how = {"rto": "1h", "restores": f"{tmp_path}/ledger/deployment_*.json"}
    entry(tmp_path / "ledger", "1", HOUR, action="restore test", backup="/b/app-1.tar.gz", duration="20m")
    made = asked(tmp_path, **how)
    assert made.verdict is Verdict.CONFORM and not any(a.near for a in made.aspects)
    entry(tmp_path / "ledger", "2", 60, action="restore test", backup="app-1.tar.gz", duration="2h")
    assert deviating(asked(tmp_path, **how)) == {"RTO"}
    with pytest.raises(ValidationError):
        validated("backup", {"files": "/b/app-*.tar.gz", "restores": "/l/*.json"})


@pytest.mark.parametrize(
    ("command", "verdict"),
    [
        ("age -r KEY", Verdict.CONFORM),
        ("age -a -r KEY", Verdict.CONFORM),
        ("gpg --batch --passphrase x --pinentry-mode loopback -c", Verdict.CONFORM),
        ("gpg --batch --passphrase x --pinentry-mode loopback -a -c", Verdict.CONFORM),
        ("openssl enc -aes-256-cbc -pbkdf2 -k x", Verdict.CONFORM),
        ("openssl enc -aes-256-cbc -pbkdf2 -k x -a", Verdict.CONFORM),
        *[(tool, Verdict.DEVIATES) for tool in ("gzip", "xz", "bzip2", "zstd -q", "cat")],
        ("head -c 500 /dev/urandom | openssl enc -aes-256-cbc -pbkdf2 -k x -nosalt", Verdict.UNDETERMINED),
        ("{ printf '\\0\\1'; cat; }", Verdict.UNDETERMINED),
    ],
)  # fmt: skip
def test_whether_it_is_encrypted(tmp_path: Path, command: str, verdict: Verdict) -> None:
    key = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"
    made = subprocess.run(
        ["sh", "-c", command.replace("KEY", key)],
        input=b"-- MariaDB dump\n" * 50, capture_output=True, check=True, env={**os.environ, "GNUPGHOME": str(tmp_path)},
    )  # fmt: skip
    put(tmp_path, "db-1.dump", made.stdout)
    seen = asked(tmp_path, "db-*.dump", encrypted=True)
    assert said(seen)["encrypted"] is verdict, seen
    if verdict is Verdict.CONFORM:
        assert seen.verdict is verdict and "readable" in proven(seen)


def test_an_encrypted_zip_is_not_decided(tmp_path: Path) -> None:
    plain = b"PK\x03\x04\x14\x00\x00\x00" + b"x" * 60
    put(tmp_path, "app-1.zip", plain)
    assert said(asked(tmp_path, "app-*.zip", encrypted=True))["encrypted"] is Verdict.DEVIATES
    put(tmp_path, "app-1.zip", plain[:6] + b"\x01" + plain[7:])
    assert said(asked(tmp_path, "app-*.zip", encrypted=True))["encrypted"] is Verdict.UNDETERMINED


def test_too_many_and_too_old_ones(tmp_path: Path) -> None:
    for day in range(4):
        put(tmp_path, f"app-{day}.tar.gz", bundle(), age=day * 24 * HOUR + HOUR)
    assert asked(tmp_path, **{"keep": 3, "keep-at-most": 4, "oldest": "4d"}).verdict is Verdict.CONFORM
    many = asked(tmp_path, **{"keep-at-most": 3})
    assert deviating(many) == {"retention"}
    # It is none the worse for that, and the backup job is not at fault.
    proven = next(a for a in many.aspects if a.name and a.name.id == "proven up to")
    assert proven.verdict is Verdict.CONFORM and many.remedy and many.remedy.id.startswith("Remove")
    assert deviating(asked(tmp_path, oldest="3d")) == {"oldest"}


@pytest.mark.parametrize("more", [{"encrypted": True, "contains": ["a"]}, {"keep": 3, "keep-at-most": 2}])
def test_what_does_not_go_together(more: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        validated("backup", {"files": "/b/app-*.gpg", **more})


@pytest.fixture(scope="module")
def mariadb() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="docgen-"))  # the path of a socket is short
    server = Server(folder)
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("program", "arguments", "wrong", "rung", "words"),
    [
        ("mariadb-dump", "shop", "", "members", ""),
        ("mariadb-dump", "--databases shop", "", "members", ""),
        ("mariadb-dump", "--no-create-info shop", "", "members", ""),
        ("mariadb-dump", "empty", "tables", "readable", "none"),
        ("mariadb-dump", "--databases empty", "tables", "readable", "none"),
        ("mariadb-dump", "missing", "ends", "checksum", "it is no dump, but an error: mariadb-dump: Got error: 1049"),
        ("mariadb-dump", "shop missing", "ends", "checksum", "it is no dump, but an error: mariadb-dump: Couldn't find"),
        ("mariadb-dump", "shop users nix", "ends", "checksum", "it is no dump, but an error: mariadb-dump: Couldn't find"),
        ("mariadb-dump", "--version", "ends", "checksum", "it is no dump, but the version of the program"),
        ("mariadb-dump", "--compact shop", "ends", "checksum", "in the middle"),
        ("mariadb", "-e SELECT(1) --silent --skip-column-names", "ends", "checksum", "in the middle"),
    ],
)  # fmt: skip
def test_dumps_as_mariadb_makes_them(
    tmp_path: Path, mariadb: Server, program: str, arguments: str, wrong: str, rung: str, words: str
) -> None:
    put(tmp_path, "db-1.sql.gz", gzip.compress(mariadb.run(program, *arguments.split())))
    made = asked(tmp_path, "db-*.sql.gz")
    assert deviating(made) == ({wrong} if wrong else set()), made
    assert proven(made).split(";")[0] == rung
    assert not wrong or told(made, wrong).startswith(words)


@pytest.mark.parametrize(
    ("content", "wrong", "words"),
    [
        (b"", {"ends"}, "nothing is in it"),
        (b"\n", {"ends"}, "in the middle"),
        (b"<html>502 Bad Gateway</html>\n", {"ends"}, "in the middle"),
        (
            b"mysqldump: [Warning] Using a password on the command line interface can be insecure.\n"
            b"CREATE TABLE a (b int);\n-- Dump completed on 2025-11-01\n",
            {"ends"},
            "a message of the program is in it: mysqldump: [Warning]",
        ),
        (b"mysqldump  Ver 8.0.36 for Linux on x86_64 (Source distribution)\n", {"ends"}, "it is no dump, but the ver"),
        (b"pg_dump (PostgreSQL) 15.6\n", {"ends"}, "it is no dump, but the version"),
        (b"pg_dump: error: connection to server failed\n", {"ends"}, "it is no dump, but an error: pg_dump: error:"),
    ],
)  # fmt: skip
def test_what_is_no_dump(tmp_path: Path, content: bytes, wrong: set[str], words: str) -> None:
    for name, packed in (("db-1.sql.gz", gzip.compress(content)), ("db-1.sql", content or b"")):
        put(tmp_path, name, packed)
        made = asked(tmp_path, f"db-*{name[4:]}", checksum=False)
        assert deviating(made) - {"size"} == wrong, made
        assert told(made, "ends").startswith(words) and proven(made).split(";")[0] in ("plausible", "present")


def test_tables_that_come_late_are_not_denied(tmp_path: Path) -> None:
    late = b"-- x\n" * 300_000 + b"CREATE TABLE a (b int);\n-- Dump completed\n"
    put(tmp_path, "db-1.sql", late)
    assert said(asked(tmp_path, "db-*.sql"))["tables"] is Verdict.UNDETERMINED
