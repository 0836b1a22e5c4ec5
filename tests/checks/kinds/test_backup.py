from __future__ import annotations

import gzip
import hashlib
import io
import os
import tarfile
import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from checks.model import Judgement, Verdict
from checks.testing import denied, judge, validated

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
    return {name for name, verdict in said(judgement).items() if verdict is Verdict.DEVIATES}


def test_a_good_one_says_how_far_it_was_looked_at(tmp_path: Path) -> None:
    put(tmp_path, "app-1.tar.gz", bundle(), age=25 * HOUR)
    put(tmp_path, "app-2.tar.gz", bundle())
    made = asked(tmp_path, **{"max-age": "26h", "keep": 2, "contains": ["artisan", "public", "*/index.php"]})
    assert made.verdict is Verdict.CONFORM, made
    assert list(said(made)) == [
        *("", "age", "size", "growth", "kept", "other accounts", "checksum", "readable"),
        *("artisan", "public", "*/index.php"),
    ]


def test_the_newest_counts_and_not_the_last_by_name(tmp_path: Path) -> None:
    put(tmp_path, "app-9.tar.gz", bundle(), age=9 * 24 * HOUR)
    put(tmp_path, "app-10.tar.gz", bundle(), age=10 * 24 * HOUR)
    made = asked(tmp_path, **{"max-age": "26h"})
    assert deviating(made) == {"age"}
    assert made.aspects[0].actual and made.aspects[0].actual.params["value"] == "app-9.tar.gz"


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


@pytest.mark.parametrize("files", ["backups/app.tar.gz", "back*/app-*.tar.gz", ""])
def test_what_is_no_pattern(files: str) -> None:
    with pytest.raises(ValidationError):
        validated("backup", files)
