from __future__ import annotations

from typing import Any

import pytest

from checks.model import Judgement, Verdict
from checks.testing import denied, judge, observed

from ..github import WORKFLOW, job, value

DIGEST = "ab" * 32
ARTIFACT = {
    "name": "bundle-1",
    "size": 900,
    "digest": f"sha256:{'c' * 64}",
    "expired": False,
    "expires": "2025-12-01T00:00:00Z",
}
SEEN = {
    "run": {"number": 12, "commit": "4144baac", "url": "u"}, "artifact": ARTIFACT, "packed_sha256": "c" * 64,
    "name": "b.tar.gz", "size": 800, "sha256": DIGEST, "noted": f"{DIGEST}  b.tar.gz\n", "broken": None, "members": 9,
    "found": [True, True, True], "kinds": ["file", "file", "folder"], "large": False,
}  # fmt: skip


RUN = value(WORKFLOW, [job("bundle", "success", ("Build", "success"))], workflow="build.yml")


def said(seen: dict[str, Any] | None = None, run: dict[str, Any] = RUN, **params: Any) -> Judgement:
    declared = {"workflow": "build.yml", "artifact": "bundle-*", "gate": "release-structure", **params}
    return judge("bundle", declared, bundle=observed({**SEEN, **(seen or {})}), run=observed(run))


def test_whole_and_as_its_checksum_says() -> None:
    assert said().verdict is Verdict.CONFORM


@pytest.mark.parametrize(
    "seen",
    [
        {"found": [True, False, True]},
        {"kinds": ["file", "folder", "folder"]},
        {"kinds": ["file", "link", "folder"]},
        {"noted": f"{'0' * 64}  b.tar.gz\n"},
        {"noted": None},
        {"noted": f"{DIGEST}  other.tar.gz\n"},
        {"packed_sha256": "d" * 64},
        {"broken": "EOFError: cut off"},
        {"name": None, "size": 0},
        {"members": 0},
        {"size": 0},
        {"artifact": {**ARTIFACT, "expired": True}},
        {"artifact": None},
        {"run": None, "artifact": None},
    ],
)
def test_what_is_wrong_with_it(seen: dict[str, Any]) -> None:
    assert said(seen).verdict is Verdict.DEVIATES


def test_what_is_asked_for_besides() -> None:
    assert (
        said({"found": [True] * 3 + [False], "kinds": [None] * 4}, contains=["config/*.php"]).verdict
        is Verdict.DEVIATES
    )
    assert said(**{"min-size": "1 KiB"}).verdict is Verdict.DEVIATES
    assert said({"noted": None}, checksum=False).verdict is Verdict.CONFORM


def test_what_is_too_large_was_not_read() -> None:
    assert said({"broken": "it is too large", "large": True}).verdict is Verdict.UNDETERMINED


def test_no_answer_says_nothing() -> None:
    declared = {"workflow": "build.yml", "artifact": "bundle-*"}
    assert judge("bundle", declared, bundle=denied(), run=observed(RUN)).verdict is Verdict.UNDETERMINED


def test_a_run_that_stopped_before_did_not_get_there() -> None:
    stopped = value(WORKFLOW, [job("bundle", "failure", ("Build", "failure"))], workflow="build.yml")
    made = said({"artifact": None}, stopped)
    assert made.verdict is Verdict.UNDETERMINED
    assert made.behind == ("build.yml/bundle/Build", "build.yml/bundle", "build.yml")
    going = {**RUN, "run": {**RUN["run"], "status": "in_progress", "conclusion": None}}
    assert said({"artifact": None}, going).verdict is Verdict.UNDETERMINED
    expired = said({"artifact": {**ARTIFACT, "expired": True}}, stopped)
    assert (expired.verdict, expired.behind[0]) == (Verdict.DEVIATES, "build.yml: artifact bundle-*")
