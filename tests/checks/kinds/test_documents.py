from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from checks.model import Fact, Judgement, Observation, Verdict
from checks.testing import collect_here, judge, observed, validated

KEY = "-----BEGIN RSA PRIVATE KEY-----\ncanary-key\n-----END RSA PRIVATE KEY-----"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts/switch.sh").write_text("set -eu\nln -sfn a b\n")
    (tmp_path / "docs/A.md").write_text("# A\n\nSee `scripts/switch.sh` (lines 1-2).\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def collected(declared: Any = {}) -> Fact:  # noqa: B006
    """What is collected, as it would be read from a snapshot."""
    params = validated("documents", declared)
    from checks.kinds.documents import probes

    fact = collect_here({"said": probes(params)["said"]})["said"]
    return fact.model_copy(update={"value": json.loads(json.dumps(fact.value))})


def places(judged: Judgement) -> list[Any]:
    return [a.name.params.get("value") for a in judged.aspects[1:] if a.name]


def test_documents_that_are_true_conform(folder: Path) -> None:
    judged = judge("documents", {}, said=collected())
    assert judged.verdict is Verdict.CONFORM
    assert judged.aspects[0].actual and judged.aspects[0].actual.params == {"held": 2, "all": 2}


def test_what_drifted_deviates_also_where_the_repository_is_gone(folder: Path) -> None:
    (folder / "docs/A.md").write_text("# A\n\nSee `scripts/swich.sh`.\n\n`scripts/switch.sh` (lines 7-8)\n")
    fact = collected()
    shutil.rmtree(folder)
    judged = judge("documents", {}, said=fact)
    assert judged.verdict is Verdict.DEVIATES
    assert places(judged) == ["docs/A.md:3", "docs/A.md:5"]
    assert judged.aspects[1].expected.params["other"] == "scripts/switch.sh"


def test_what_was_not_asked_is_not_seen(folder: Path) -> None:
    fact = collected()
    fact.value["world"]["exists"] = []
    fact.value["world"]["ending"] = []
    judged = judge("documents", {}, said=fact)
    assert judged.verdict is Verdict.UNDETERMINED


def test_secrets_are_not_kept_and_lines_stay_lines(folder: Path) -> None:
    (folder / "docs/A.md").write_text(f"# A\n\n```\n{KEY}\n```\n\nSee `scripts/swich.sh`.\n")
    fact = collected()
    assert "canary" not in json.dumps(fact.value)
    assert places(judge("documents", {}, said=fact)) == ["docs/A.md:9"]


def test_only_some_of_them(folder: Path) -> None:
    (folder / "docs/ops").mkdir()
    (folder / "docs/ops/B.md").write_text("See `scripts/switch.sh`.\n")
    assert collected("docs/ops").value["documents"] == ["docs/ops/B.md"]
    assert collected({"only": ["docs/A.md"]}).value["documents"] == ["docs/A.md"]
    assert len(collected().value["documents"]) == 2


def test_many_places_are_counted(folder: Path) -> None:
    (folder / "docs/A.md").write_text("".join(f"`scripts/switch.sh:{n}`\n" for n in range(10, 30)))
    judged = judge("documents", {}, said=collected())
    assert len(judged.aspects) == 10 and judged.aspects[-1].name
    assert judged.aspects[-1].name.params == {"n": 12}
    apart = [a.apart for a in judged.aspects]
    assert apart[0] is None and apart[-1] and apart[-1].params == {"n": 12}
    assert all(one and one.id == "{where}: {said} / is: {so}" for one in apart[1:-1])


def test_documents_that_say_nothing_prove_nothing(folder: Path) -> None:
    (folder / "docs/A.md").write_text("# Nothing\n")
    assert judge("documents", {}, said=collected()).verdict is Verdict.UNDETERMINED


def test_a_folder_that_is_not_there_is_undetermined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    judged = judge("documents", {})
    assert (judged.verdict, judged.observation) == (Verdict.UNDETERMINED, Observation.ABSENT)


@pytest.mark.parametrize("value", [{"only": ["/etc"]}, "../x", {"only": [""]}, {"folders": ["docs"]}])
def test_only_what_stands_beside_the_spec_and_is_declared_there(value: Any) -> None:
    with pytest.raises(ValidationError):
        validated("documents", value)


def test_runs_are_those_that_were_asked_for_when_it_was_collected(folder: Path) -> None:
    (folder / "docs/A.md").write_text(
        "Run 19003049369 (commit aaaaaaa), Run 19003049370\n\nRun 19003120779\n"
    )
    fact = observed(
        {
            "commit": "", "places": {}, "documents": ["docs/A.md"], "full": False,
            "world": {"name": "", "branch": "", "complete": False, "texts": [(folder / "docs/A.md").read_text()],
                      "text": [["docs/A.md", None, 0]]},
            "runs": {"known": [[19003120779, "a" * 40, "b.yml"]], "missing": [19003049369, 19003049370], "complete": False},
        }
    )  # fmt: skip
    assert places(judge("documents", {}, said=fact)) == ["docs/A.md:1", "docs/A.md:1"]
