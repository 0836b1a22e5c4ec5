from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from checks.model import Observation, Verdict
from checks.testing import judge, observed, validated

MOVED = {"id": "{path:code} was moved to {other:code} (commit {commit:code}, {at:day}).", "plural": None,
         "params": {"path": "a.sh", "other": "b.sh", "commit": "0a1b", "at": "2026-01-04"}}  # fmt: skip


def value(**more: Any) -> dict[str, Any]:
    return {"commit": "0a1b", "documents": 2, "held": 17, "open": 3, "drifted": [], "lacking": [], **more}


def test_documents_that_are_true_conform() -> None:
    judged = judge("documents", {"folders": ["docs"]}, said=observed(value()))
    assert judged.verdict is Verdict.CONFORM
    assert judged.aspects[0].actual and judged.aspects[0].actual.params == {"held": 17, "all": 17}


def test_what_drifted_deviates_with_its_place_and_what_is_true() -> None:
    wrong = [{"file": "docs/A.md", "line": 4, "sort": "path", "said": "a.sh", "actual": MOVED}]
    judged = judge(
        "documents", {"folders": ["docs"]}, said=observed(value(drifted=wrong, lacking=["docs/B.md"]))
    )
    assert judged.verdict is Verdict.DEVIATES
    assert [a.name.params.get("value") for a in judged.aspects if a.name] == [
        None,
        "docs/A.md:4",
        "docs/B.md",
    ]
    assert judged.aspects[1].expected.params["other"] == "b.sh"


def test_documents_that_say_nothing_prove_nothing() -> None:
    judged = judge("documents", {"folders": ["docs"]}, said=observed(value(held=0)))
    assert judged.verdict is Verdict.UNDETERMINED


def test_a_folder_that_is_not_there_is_undetermined() -> None:
    judged = judge("documents", {"folders": ["nowhere-at-all"]})
    assert (judged.verdict, judged.observation) == (Verdict.UNDETERMINED, Observation.ABSENT)


@pytest.mark.parametrize("folder", ["/etc", "../x", ""])
def test_only_what_stands_beside_the_spec(folder: str) -> None:
    with pytest.raises(ValidationError):
        validated("documents", {"folders": [folder]})
