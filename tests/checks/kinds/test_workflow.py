from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from checks.model import Judgement, Verdict
from checks.testing import denied, judge, observed
from docgen.i18n import Translator

COMMIT = "4144baac" + "0" * 32


def run(**more: Any) -> dict[str, Any]:
    return {
        "id": 7, "number": 12, "attempt": 1, "title": "Gates", "event": "push", "branch": "main", "commit": COMMIT,
        "status": "completed", "conclusion": "success", "created": "2025-11-01T22:40:00Z",
        "updated": "2025-11-01T22:51:00Z", "url": "https://github.com/a/b/actions/runs/7", **more,
    }  # fmt: skip


def job(name: str, conclusion: str, *steps: str) -> dict[str, Any]:
    made = [
        {"number": 2 * n + 1, "name": f"Step {n}", "status": "completed", "conclusion": step}
        for n, step in enumerate(steps)
    ]
    return {"id": 70, "name": name, "status": "completed", "conclusion": conclusion, "steps": made}


BUNDLE = {
    "name": "deployment-bundle-4144baac", "size": 660_000, "digest": "sha256:aa", "expired": False,
    "created": "2025-11-01T22:50:00Z", "expires": "2025-12-01T22:50:00Z",
}  # fmt: skip


FILE = {
    "commit": COMMIT, "observation": "observed", "said": "",
    "texts": [{"path": ".github/workflows/build.yml", "text": "on: push\njobs: {bundle: {steps: [{run: make}]}}\n"}],
}  # fmt: skip


def asked(value: dict[str, Any] | None = None, **params: Any) -> Judgement:
    seen = {
        "run": run(), "jobs": [job("bundle", "success", "success")], "artifacts": [BUNDLE], "waiting": [],
        "failed_line": None, "first": None, "good": None, "file": FILE, **(value or {}),
    }  # fmt: skip
    fact = observed(seen, observed_at="2025-11-02T00:51:00Z")
    return judge("workflow", {"file": "build.yml", **params}, run=fact)


def wrong(judgement: Judgement) -> list[str]:
    """What deviates, in words."""
    t = Translator("en")
    return [
        f"{t.plain(a.name) if a.name else ''}: {t.plain(a.actual) if a.actual else '–'}"
        for a in judgement.aspects
        if a.verdict is Verdict.DEVIATES
    ]


def test_a_run_that_did_its_work() -> None:
    made = asked(jobs=["bundle"], artifact="deployment-bundle-*", commit="4144baac", **{"max-age": "3h"})
    assert made.verdict is Verdict.CONFORM, made


def test_a_success_in_which_every_job_was_skipped() -> None:
    assert wrong(asked({"jobs": [job("bundle", "skipped")]}, jobs=["bundle"])) == [
        "result: success, but every job was skipped",
        "job bundle: skipped",
    ]
    assert asked({"jobs": []}).verdict is Verdict.DEVIATES


def test_where_it_stopped_and_what_was_not_reached() -> None:
    failed = {
        "run": run(conclusion="failure"),
        "jobs": [
            job("build", "success", "success"),
            job("deploy", "failure", "success", "failure", "skipped", "skipped"),
        ],
        "failed_line": "sudo: a password is required",
    }
    assert wrong(asked(failed, jobs=["deploy", "report"])) == [
        "result: failure in deploy, step 3 Step 1; 2 steps not reached: sudo: a password is required",
        "job deploy: failure",
        "job report: missing",
    ]


@pytest.mark.parametrize("conclusion", ["cancelled", "timed_out", "neutral", "exploded", ""])
def test_no_other_end_is_a_success(conclusion: str) -> None:
    assert asked({"run": run(conclusion=conclusion)}).verdict is Verdict.DEVIATES


def test_a_decision_that_is_open_is_awaited() -> None:
    waiting = [{"environment": "production", "reviewers": ["m-weber", "platform"]}]
    made = asked({"run": run(status="waiting", conclusion=""), "waiting": waiting})
    assert (made.verdict, made.awaiting) == (Verdict.UNDETERMINED, "m-weber, platform")
    assert asked({"run": run(status="in_progress", conclusion="")}).awaiting is None


def test_its_artifact_commit_and_age() -> None:
    assert wrong(asked({"artifacts": []}, artifact="deployment-*")) == ["artifact deployment-*: missing"]
    both = {"artifacts": [{**BUNDLE, "expired": True}, BUNDLE]}
    assert asked(both, artifact="deployment-*").verdict is Verdict.CONFORM
    expired = {"artifacts": [{**BUNDLE, "expired": True}]}
    assert "expired on" in wrong(asked(expired, artifact="deployment-*"))[0]
    assert wrong(asked(commit="deadbeef")) == ["commit: 4144baac0000"]
    assert wrong(asked(**{"max-age": "1h"})) == ["age: 2 h"] or wrong(asked(**{"max-age": "1h"})) == [
        "age: 120 min"
    ]


def test_how_long_an_artifact_is_kept() -> None:
    assert asked(artifact="deployment-*", retention="30d").verdict is Verdict.CONFORM
    assert wrong(asked(artifact="deployment-*", retention="90d")) == ["kept for: 30 days"]
    odd = {"artifacts": [{**BUNDLE, "expires": "soon"}]}
    assert asked(odd, artifact="deployment-*", retention="30d").verdict is Verdict.UNDETERMINED


def test_an_attempt_that_failed_before_is_not_hidden() -> None:
    again = {"run": run(attempt=2), "first": {"status": "completed", "conclusion": "failure"}}
    actual = asked(again).aspects[0].actual
    assert actual and "attempt 2; the first: failure" in Translator("en").plain(actual)


def test_when_its_file_was_last_changed() -> None:
    last = {"commit": "9be21f07" + "0" * 32, "date": "2025-10-30T08:00:00Z"}
    note = asked({"changed": last}).aspects[0].note
    assert (
        note
        and Translator("en").plain(note)
        == "The file was last changed on 2025-10-30 08:00 UTC, commit 9be21f07."
    )


def test_no_run_and_no_answer() -> None:
    assert asked({"run": None}).verdict is Verdict.DEVIATES
    assert judge("workflow", "build.yml", run=denied()).verdict is Verdict.UNDETERMINED


def test_the_repository_belongs_to_the_spec() -> None:
    with pytest.raises(ValidationError, match="at the top of the spec"):
        asked(source={"repository": "a/b"})


def test_an_artifact_that_expired_is_gone_since_then() -> None:
    made = asked({"artifacts": [{**BUNDLE, "expired": True}]}, artifact="deployment-bundle-*")
    assert (made.verdict, made.since) == (Verdict.DEVIATES, BUNDLE["expires"])
    failed = {"run": run(conclusion="failure"), "artifacts": []}
    assert asked(failed, artifact="deployment-bundle-*").since == run()["updated"]
