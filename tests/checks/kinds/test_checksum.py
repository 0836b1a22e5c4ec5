"""``checksum``: byte by byte the file that was meant."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from checks.model import Judgement, Observation, Verdict
from checks.testing import denied, judge, observed, validated

CONFORM, DEVIATES, UNDETERMINED = Verdict.CONFORM, Verdict.DEVIATES, Verdict.UNDETERMINED
RIGHT = hashlib.sha256(b"bundle").hexdigest()
WRONG = hashlib.sha256(b"other").hexdigest()


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    (tmp_path / "app.tar.gz").write_bytes(b"bundle")
    return tmp_path / "app.tar.gz"


def checksum(path: Path, **more: Any) -> Judgement:
    return judge("checksum", {"path": str(path), **more})


def test_given(bundle: Path) -> None:
    assert checksum(bundle, sha256=RIGHT).verdict is CONFORM
    assert checksum(bundle, sha256=f"sha256:{RIGHT.upper()}").verdict is CONFORM
    wrong = checksum(bundle, sha256=WRONG)
    assert wrong.verdict is DEVIATES
    assert wrong.aspects[0].actual and wrong.aspects[0].actual.params["value"] == RIGHT


@pytest.mark.parametrize(
    "line",
    [
        "{}",
        "{}  app.tar.gz",
        "{} *app.tar.gz",
        "{}  ./app.tar.gz",
        "{}  /build/app.tar.gz",
        "{}  app.tar.gz\r\n",
        "# made by CI\n{}  app.tar.gz\n",
    ],
)
def test_beside_it(bundle: Path, line: str) -> None:
    beside = bundle.with_name("app.tar.gz.sha256")
    beside.write_text(line.format(RIGHT))
    assert checksum(bundle).verdict is CONFORM
    beside.write_text(line.format(WRONG))
    assert checksum(bundle).verdict is DEVIATES


def test_in_a_list_its_own_line_counts(bundle: Path) -> None:
    sums = bundle.with_name("SHA256SUMS")
    sums.write_text(f"{WRONG}  old/app.tar.gz\n{WRONG}  my-app.tar.gz\n{RIGHT}  app.tar.gz\n")
    assert checksum(bundle, file=str(sums)).verdict is CONFORM


@pytest.mark.parametrize(
    "content", ["", "nothing here", f"{RIGHT}  other.tar.gz", f"{RIGHT[:60]}  app.tar.gz"]
)
def test_a_list_that_does_not_name_it(bundle: Path, content: str) -> None:
    bundle.with_name("app.tar.gz.sha256").write_text(content)
    assert checksum(bundle).verdict is DEVIATES


def test_missing(bundle: Path) -> None:
    assert checksum(bundle).verdict is DEVIATES  # the checksum
    assert checksum(bundle.with_name("none"), sha256=RIGHT).observation is Observation.ABSENT
    assert checksum(bundle.parent, sha256=RIGHT).verdict is DEVIATES


def test_denied() -> None:
    here = {"type": "file", "sha256": RIGHT}
    assert judge("checksum", {"path": "/x", "sha256": RIGHT}, sha256=denied()).verdict is UNDETERMINED
    found = judge("checksum", "/x", sha256=observed(here), list=denied())
    assert found.verdict is UNDETERMINED
    assert found.remedy and found.remedy.params["command"] == "setfacl -m u:ACCOUNT:r -- /x.sha256"


@pytest.mark.parametrize("wrong", [{"sha256": "abc"}, {"sha256": RIGHT, "file": "/y"}, {"sha256": "g" * 64}])
def test_what_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        validated("checksum", {"path": "/x", **wrong})


def test_a_list_that_is_missing_is_to_be_brought(tmp_path: Path) -> None:
    (tmp_path / "a.tar").touch()
    found = judge("checksum", str(tmp_path / "a.tar"))
    assert found.remedy and found.remedy.params == {"list": f"{tmp_path}/a.tar.sha256"}


def test_the_grant_is_for_what_is_closed() -> None:
    found = judge("checksum", {"path": "/x/y", "sha256": "0" * 64}, path=denied(), sha256=denied())
    assert found.remedy and found.remedy.params["command"] == "setfacl -m u:ACCOUNT:x -- /x"
