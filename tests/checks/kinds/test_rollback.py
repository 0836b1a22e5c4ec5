from __future__ import annotations

import gzip
import hashlib
import os
import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from checks.model import Fact, Judgement, Observation, Verdict
from checks.testing import denied, failed, judge, observed, validated
from docgen.i18n import Translator

OLD, LIVE = "20251030_181500-3fa2c1d0", "20251101_225026-4144baac"
DUMP = b"CREATE TABLE users (id INT);\n-- Dump completed on 2025-11-01\n"
HOUR = 3600
DEPLOYED = time.time() - 30 * HOUR
EN = Translator("en")


def release(app: Path, name: str) -> None:
    folder = app / "releases" / name
    (folder / "public").mkdir(parents=True)
    (folder / "public/index.php").touch()
    (folder / "storage").symlink_to("../../shared/storage")
    os.utime(folder / "storage", (DEPLOYED + 60,) * 2, follow_symlinks=False)


def backup(app: Path, name: str, *, before: float, content: bytes = DUMP, noted: bytes | None = None) -> None:
    """A backup from `before` (seconds) the deployment, with its checksum beside it."""
    path = app / "backups" / name
    path.write_bytes(gzip.compress(content))
    digest = hashlib.sha256(noted or path.read_bytes()).hexdigest()
    (app / "backups" / f"{name}.sha256").write_text(f"{digest}  {name}\n")
    os.utime(path, (DEPLOYED - before,) * 2)


def fill(app: Path) -> Path:
    for name in (OLD, LIVE):
        release(app, name)
    (app / "shared/storage").mkdir(parents=True)
    (app / "current").symlink_to(f"releases/{LIVE}")
    os.utime(app / "current", (DEPLOYED, DEPLOYED), follow_symlinks=False)
    (app / "backups").mkdir()
    backup(app, "db-1.sql.gz", before=25 * HOUR)
    backup(app, "db-2.sql.gz", before=HOUR)
    backup(app, "db-3.sql.gz", before=-24 * HOUR)
    return app


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """All is well: an old release, a live one, and backups of before the deployment and after it."""
    return fill(tmp_path)


def asked(app: Path, facts: dict[str, Fact] | None = None, **more: Any) -> Judgement:
    declared = {
        "path": ".", "requires": ["public/index.php"], "shared": ["storage"], "backup": "backups/db-*.sql.gz",
        **more,
    }  # fmt: skip
    return judge("rollback", declared, root=str(app), **(facts or {}))


def answer(judgement: Judgement) -> str:
    """What people read first."""
    return EN.plain(judgement.aspects[0].actual or judgement.aspects[0].expected)


def test_yes_and_with_which_backup(app: Path) -> None:
    made = asked(app)
    assert (made.verdict, answer(made)) == (Verdict.CONFORM, f"yes: to {OLD} with db-2.sql.gz")
    names = [EN.plain(a.name) for a in made.aspects if a.name]
    assert names == [
        "current", "previous release", "content", "BAD_RELEASE", "storage", "backup", "checksum", "readable", "ends",
        "tables",
    ]  # fmt: skip


def test_without_a_backup_it_says_so(app: Path) -> None:
    assert answer(asked(app, backup=None)) == f"yes: to {OLD}, without a look at backups"


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        ("rm releases/OLD/public/index.php", "no: the previous release lacks public/index.php"),
        ("touch releases/OLD/BAD_RELEASE", "no: the previous release is marked as bad"),
        ("rm -r releases/OLD", f"no: there is no release before {LIVE}"),
        ("ln -sfn /nowhere releases/OLD/storage", "no: storage in the previous release: a link that leads nowhere"),
        ("ln -sfn /tmp releases/OLD/storage", "no: storage in the previous release: a link that leads elsewhere"),
        ("rm releases/OLD/storage; mkdir releases/OLD/storage", "no: storage in the previous release: not a link"),
        ("rm backups/db-2*", "no: db-1.sql.gz is 25 h older than the deployment"),
        ("rm backups/db-[12]*", "no: there is no backup from before the deployment"),
        ("rm backups/*", "no: there is no backup"),
        ("rm -r backups", "no: there is no backup"),
        ("echo x >backups/db-2.sql.gz.sha256", "no: db-2.sql.gz: checksum the file does not name it"),
        ("rm current", "no: no release is live"),
        ("rm current; mkdir current", "no: no release is live"),
        (
            "rm releases/OLD/public/index.php backups/*",
            "no: the previous release lacks public/index.php; there is no backup",
        ),
    ],
)  # fmt: skip
def test_no_and_why(app: Path, break_it: str, words: str) -> None:
    assert os.system(f"cd {app} && {break_it.replace('OLD', OLD)}") == 0
    made = asked(app)
    assert (made.verdict, answer(made)) == (Verdict.DEVIATES, words)


def test_what_is_in_the_backup_is_looked_at(app: Path) -> None:
    backup(app, "db-2.sql.gz", before=HOUR, noted=b"another")
    assert answer(asked(app)) == "no: db-2.sql.gz: checksum differs"
    assert answer(asked(app, checksum=False)).startswith("yes")
    backup(app, "db-2.sql.gz", before=HOUR, content=b"CREATE TABLE users")
    assert answer(asked(app)) == "no: db-2.sql.gz: ends in the middle"
    cut = gzip.compress(os.urandom(9000))[:5000]
    (app / "backups/db-2.sql.gz").write_bytes(cut)
    (app / "backups/db-2.sql.gz.sha256").write_text(hashlib.sha256(cut).hexdigest())
    os.utime(app / "backups/db-2.sql.gz", (DEPLOYED - HOUR,) * 2)
    assert "no: db-2.sql.gz: readable no:" in answer(asked(app))
    assert answer(asked(app, readable=False)).startswith("yes")


def test_how_old_it_may_be(app: Path) -> None:
    assert answer(asked(app, before="30m")) == "no: db-2.sql.gz is 60 min older than the deployment"
    (app / "backups/db-2.sql.gz").unlink()
    assert answer(asked(app, before="26h")).endswith("with db-1.sql.gz")


def test_a_link_that_was_set_again_does_not_move_the_deployment(app: Path) -> None:
    (app / "current").unlink()
    (app / "current").symlink_to(f"releases/{LIVE}")  # there and back again, just now
    assert answer(asked(app)) == f"yes: to {OLD} with db-2.sql.gz"
    assert answer(asked(app, shared=[])) == "no: db-3.sql.gz is 6 h older than the deployment"


def test_the_release_before_the_live_one_by_name(app: Path) -> None:
    for name in ("20251102_080000-80d6a856", "PREFLIGHT_20251031"):
        release(app, name)
    assert answer(asked(app, backup=None)) == f"yes: to {OLD}, without a look at backups"
    release(app, "20251031_180000-aaaaaaaa")
    assert "to 20251031_180000-aaaaaaaa" in answer(asked(app))
    assert f"to {OLD}" in answer(asked(app, names=r"\d+_\d+-\w*[1-9]\w*"))
    for name in ("8", "9", "10"):
        release(app, name)
    (app / "current").unlink()
    (app / "current").symlink_to("releases/10")
    assert answer(asked(app, backup=None)) == "yes: to 9, without a look at backups"


@pytest.mark.parametrize(
    ("hidden", "words"),
    [
        ("releases", "previous release was not seen"),
        (
            f"releases/{OLD}",
            "content was not seen; BAD_RELEASE was not seen; storage was not seen",
        ),
        ("backups/db-2.sql.gz", "db-2.sql.gz may not be read"),
    ],
)
def test_what_may_not_be_seen_is_not_known(unprivileged: Path, hidden: str, words: str) -> None:
    app = fill(unprivileged)
    (app / hidden).chmod(0o311 if hidden == "releases" else 0)
    made = asked(app)
    assert (made.verdict, made.observation) == (Verdict.UNDETERMINED, Observation.DENIED)
    assert answer(made) == "not known"
    assert made.reason and EN.plain(made.reason) == words
    assert made.remedy and str(app / hidden) in str(made.remedy)


@pytest.mark.parametrize("hidden", [".", "backups"])
def test_a_folder_that_may_not_be_entered(unprivileged: Path, hidden: str) -> None:
    app = unprivileged / "app"
    fill(app)
    (app / hidden).chmod(0)
    made = asked(app)
    assert (made.verdict, made.observation) == (Verdict.UNDETERMINED, Observation.DENIED)
    assert made.remedy


def test_what_was_seen_counts_although_something_is_not_known(app: Path) -> None:
    (app / "releases" / OLD / "BAD_RELEASE").touch()
    made = asked(app, facts={"found": denied(), "backup": denied()})
    assert (made.verdict, answer(made)) == (Verdict.DEVIATES, "no: the previous release is marked as bad")
    (app / "releases" / OLD / "BAD_RELEASE").unlink()
    made = asked(app, facts={"backup": failed(Observation.TIMEOUT)})
    assert (made.verdict, made.observation) == (Verdict.UNDETERMINED, Observation.TIMEOUT)
    assert judge("rollback", str(app), folder=failed(Observation.TIMEOUT)).verdict is Verdict.UNDETERMINED


def test_of_very_many_releases_the_oldest_were_not_seen(app: Path) -> None:
    first = {"name": LIVE, "sort": "directory", "has": {}, "bad": "missing", "revision": None, "links": {}}
    value = {
        "base": "there", "listing": "there", "current": {"state": "there", "real": "/x", "name": LIVE}, "live": first,
        "releases": [first], "count": 201, "links": {}, "around": [], "closed": None,
    }  # fmt: skip
    assert judge("rollback", "/srv", folder=observed(value)).verdict is Verdict.UNDETERMINED
    value["count"] = 1
    assert judge("rollback", "/srv", folder=observed(value)).verdict is Verdict.DEVIATES


def test_no_folder_at_all(tmp_path: Path) -> None:
    made = judge("rollback", str(tmp_path / "gone"))
    assert (made.verdict, made.observation) == (Verdict.DEVIATES, Observation.ABSENT)


@pytest.mark.usefixtures("busybox")
def test_the_same_with_busybox(app: Path) -> None:
    applets = Path(os.environ["PATH"])
    for name in ("gzip", "sort", "tail", "tr"):
        (applets / name).symlink_to((applets / "sh").readlink())
    assert answer(asked(app)) == f"yes: to {OLD} with db-2.sql.gz"


@pytest.mark.parametrize(
    "declared", [{"backup": "backups/db.sql.gz"}, {"requires": ["../x"]}, {"names": "("}, {"before": "soon"}]
)
def test_nonsense(declared: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        validated("rollback", {"path": "/srv", **declared})
