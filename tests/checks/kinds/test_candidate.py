from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from checks.kinds import kind
from checks.model import Fact, Judgement, Observation, Verdict
from checks.testing import denied, failed, judge, observed, validated
from docgen.i18n import Translator

from ..github import COMMIT, compared, touched, value

LIVE = "80d6a856" + "0" * 32
EN = Translator("en")
SAME = {"status": "identical", "ahead": 0, "behind": 0, "commits": [], "files": [], "touched": 0, "all": True}
ONE = {"commit": "9be21f07" + "0" * 32, "title": "<script>alert(1)</script>", "author": "A", "date": ""}


def between(status: str, ahead: int = 0, behind: int = 0, **more: Any) -> dict[str, Any]:
    return {
        **SAME,
        "status": status,
        "ahead": ahead,
        "behind": behind,
        "commits": [ONE] * min(ahead, 3),
        **more,
    }


LACK = {"observation": "denied", "said": "It was not found, or the token may not see it."}


def said(seen: dict[str, Any], compare: Fact | None = None, **more: Any) -> Judgement:
    fact = observed({
        "base": LIVE, "head": COMMIT, "between": between("ahead", 2), "on_branch": SAME, "lack": None,
        "branch_lack": None, **seen,
    })  # fmt: skip
    declared = {"workflow": "build.yml", "release-branch": "main", "deployed": {"ref": LIVE}, **more}
    build = observed(
        value("on: push\njobs: {a: {}}", [{"name": "a", "conclusion": "success", "steps": [{}]}])
    )
    return judge("candidate", declared, head=build, compared=compare or fact)


def shown(made: Judgement) -> str:
    parts = [(a.actual, a.note) for a in made.aspects]
    return " | ".join(EN.plain(one) for pair in parts for one in pair if one)


@pytest.mark.parametrize(
    ("seen", "verdict", "words"),
    [
        ({}, Verdict.CONFORM, "4144baac is 2 commits ahead of 80d6a856"),
        ({"between": SAME}, Verdict.CONFORM, "4144baac is deployed"),
        ({"on_branch": between("behind", 0, 3)}, Verdict.CONFORM, "holds it"),
        ({"between": between("behind", 0, 1)}, Verdict.DEVIATES, "is 1 commit behind 80d6a856: a step back"),
        ({"between": between("diverged", 2, 1)}, Verdict.DEVIATES, "diverged from 80d6a856: 2 commits ahead, 1 commit"),
        ({"on_branch": between("ahead", 1)}, Verdict.DEVIATES, "1 commit of it is missing there"),
        ({"on_branch": between("diverged", 4, 9)}, Verdict.DEVIATES, "4 commits of it are missing there"),
        # One that deviates is not excused by one that cannot be seen.
        ({"between": None, "lack": LACK, "on_branch": between("ahead", 1)}, Verdict.DEVIATES, "missing there"),
        ({"between": None, "base": None}, Verdict.UNDETERMINED, ""),
        ({"on_branch": None, "branch_lack": {"observation": "denied", "said": "not found"}}, Verdict.UNDETERMINED, ""),
    ],
)  # fmt: skip
def test_where_the_candidate_stands(seen: dict[str, Any], verdict: Verdict, words: str) -> None:
    made = said(seen)
    assert made.verdict is verdict
    assert words in shown(made)


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        ({"between": between("behind", 0, 1)}, "Build a commit that follows 80d6a856; to go back is no deployment"),
        ({"between": between("diverged", 2, 1)}, "Bring 80d6a856 into main, and build again."),
        ({"on_branch": between("ahead", 1)}, "Deploy a commit that is on main."),
        ({"between": None, "lack": LACK, "on_branch": between("ahead", 1)}, "Deploy a commit that is on main."),
        (
            {"between": between("behind", 0, 1), "on_branch": between("diverged", 1, 3)},
            "Deploy a commit that is on main and follows 80d6a856.",
        ),
    ],
)  # fmt: skip
def test_the_remedy_fits_what_is_wrong(seen: dict[str, Any], words: str) -> None:
    remedy = said(seen).remedy
    assert remedy and EN.plain(remedy).startswith(words)


def test_what_would_come_with_it() -> None:
    files = [
        {"path": "database/migrations/2025_11_02_a.php", "what": "migration"},
        {"path": "composer.lock", "what": "lock"},
    ]
    words = shown(said({"between": between("ahead", 12, files=files, all=False)}))
    assert "It brings 9be21f07 <script>alert(1)</script>" in words and "9 more" in words
    assert "migrations: database/migrations/2025_11_02_a.php" in words
    assert "locked dependencies: composer.lock" in words and "more files than the API tells" in words


def test_why_it_cannot_be_told_and_what_would_settle_it() -> None:
    made = said({"between": None, "lack": LACK})
    assert (made.verdict, made.observation) == (Verdict.UNDETERMINED, Observation.DENIED)
    assert made.reason and "may not see it" in EN.plain(made.reason)
    assert made.remedy and "contents=read" in EN.plain(made.remedy)
    lost = said({}, failed(Observation.TIMEOUT))
    assert (lost.verdict, lost.observation) == (Verdict.UNDETERMINED, Observation.TIMEOUT)
    closed = judge(
        "candidate",
        {"ref": "main", "release-branch": "main", "deployed": {"ledger": {"files": "/l/*.json"}}},
        base=denied(), compared=observed({"base": None, "head": "main", "between": None, "on_branch": SAME,
                                          "lack": None, "branch_lack": None}),
    )  # fmt: skip
    assert (closed.verdict, closed.observation) == (Verdict.UNDETERMINED, Observation.DENIED)
    assert closed.reason and "the ledger was not heard" in EN.plain(closed.reason)


@pytest.fixture
def answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    from checks import testing

    folder = tmp_path / "answers"
    monkeypatch.setattr(
        testing, "GITHUB", {**testing.GITHUB, "repository": "acme/api", "answers": str(folder)}
    )
    (folder / "repos/acme/api/compare").mkdir(parents=True)
    yield folder / "repos/acme/api/compare"


def test_saved_answers_and_declared_refs(answers: Path) -> None:
    files = touched("database/migrations/1.php", ".github/workflows/deploy.yml", "composer.lock", "app/a.php")
    (answers / "v1...v2.json").write_text(json.dumps(compared("ahead", 30, files=files)))
    (answers / "main...v2.json").write_text(json.dumps(compared("behind", 0, 2)))
    declared = {"ref": "v2", "release-branch": "main", "deployed": {"ref": "v1"}}
    made = judge("candidate", declared)
    assert made.verdict is Verdict.CONFORM
    words = shown(made)
    assert "v2 is 30 commits ahead of v1" in words and "Change 30" in words and "27 more" in words
    assert "Why." not in words and "app/a.php" not in words
    (answers / "v1...v2.json").write_text('{"status": "sideways"}')
    assert judge("candidate", declared).verdict is Verdict.UNDETERMINED
    assert judge("candidate", {**declared, "ref": "a..b"}).verdict is Verdict.UNDETERMINED


@pytest.mark.parametrize(
    "wrong",
    [
        {"workflow": "build.yml", "ref": "main"},
        {"deployed": {}},
        {"ref": "main", "deployed": {"ref": "a", "path": "/srv"}},
        {},
    ],
)
def test_what_is_declared_badly(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        validated("candidate", {"release-branch": "main", "deployed": {"ref": "v1"}, **wrong})
    assert kind("candidate").example
