from __future__ import annotations

from typing import Any

import pytest

from checks.model import Judgement, Verdict
from checks.testing import judge, observed

from ..github import job, value

STEPS = ("Backup", "Permissions", "Switch")


def said(step: str, *conclusions: str, **more: Any) -> Judgement:
    jobs = (
        [job("deploy", more.pop("conclusion", "success"), *zip(STEPS, conclusions, strict=False))]
        if conclusions
        else None
    )
    params = {"workflow": "deploy.yml", "job": "deploy", "step": step}
    return judge("step", params, run=observed(value("", jobs, **more)))


def test_a_step_that_went_well() -> None:
    assert said("Switch", "success", "success", "success").verdict is Verdict.CONFORM


def test_one_that_failed_says_how_and_stands_for_what_is_behind_it() -> None:
    made = said(
        "Permissions",
        "success",
        "failure",
        "skipped",
        conclusion="failure",
        line="sudo: a password is required",
    )
    assert made.verdict is Verdict.DEVIATES
    assert "a password is required" in str(made.aspects[0].actual)
    behind = said("Switch", "success", "failure", "skipped", conclusion="failure")
    assert behind.verdict is Verdict.UNDETERMINED
    assert behind.behind[0] in made.stands_for


def test_one_before_the_failed_one_went_well() -> None:
    assert said("Backup", "success", "failure", "skipped", conclusion="failure").verdict is Verdict.CONFORM


@pytest.mark.parametrize("step", ["Nowhere", "switch"])
def test_one_that_the_run_does_not_have_deviates(step: str) -> None:
    assert said(step, "success", "success", "success").verdict is Verdict.DEVIATES


def test_one_that_the_file_does_not_have_was_not_kept_back() -> None:
    text = "on: push\njobs:\n  deploy:\n    steps:\n      - name: Backup\n        run: make\n"
    jobs = [job("deploy", "failure", ("Backup", "failure"))]
    params = {"workflow": "deploy.yml", "job": "deploy", "step": "Switch"}
    assert judge("step", params, run=observed(value(text, jobs))).verdict is Verdict.DEVIATES
    later = f"{text}      - name: Switch\n        run: make\n"
    assert judge("step", params, run=observed(value(later, jobs))).verdict is Verdict.UNDETERMINED


def test_one_that_was_skipped_without_a_failure_did_nothing() -> None:
    assert said("Switch", "success", "success", "skipped").verdict is Verdict.DEVIATES


def test_a_workflow_that_never_ran() -> None:
    assert said("Switch").verdict is Verdict.DEVIATES


def test_a_job_that_was_not_started() -> None:
    jobs = [job("build", "failure", ("Compile", "failure")), job("deploy", "skipped")]
    params = {"workflow": "deploy.yml", "job": "deploy", "step": "Switch"}
    made = judge("step", params, run=observed(value("", jobs)))
    assert (made.verdict, made.behind) == (
        Verdict.UNDETERMINED, ("deploy.yml/build/Compile", "deploy.yml/build", "deploy.yml"),
    )  # fmt: skip


def test_steps_of_a_job_that_was_skipped_did_nothing() -> None:
    jobs = [job("build", "failure", ("Compile", "failure")), job("deploy", "skipped", ("Switch", "success"))]
    made = judge(
        "step", {"workflow": "d.yml", "job": "deploy", "step": "Switch"}, run=observed(value("", jobs))
    )
    assert made.verdict is Verdict.UNDETERMINED and made.behind


def test_parts_of_a_matrix_and_of_called_workflows_are_found() -> None:
    jobs = [
        job("call / deploy (8.3)", "success", ("Switch", "success")),
        job("call / deploy (8.4)", "failure", ("Switch", "failure")),
    ]
    made = judge(
        "step", {"workflow": "d.yml", "job": "deploy", "step": "Switch"}, run=observed(value("", jobs))
    )
    assert made.verdict is Verdict.DEVIATES


@pytest.mark.parametrize("result", ["success", "failure"])
def test_a_job_whose_name_the_file_would_tell_is_not_missing_where_the_file_cannot_be_read(
    result: str,
) -> None:
    seen = value(None, [job("Deploy to the server", result, ("Switch", result))])
    for version in (seen["file"], seen["next"]):
        if version:
            version.update(observation="denied", said="Forbidden (403)")
    made = judge("step", {"workflow": "deploy.yml", "job": "deploy", "step": "Switch"}, run=observed(seen))
    assert made.verdict is Verdict.UNDETERMINED and "403" in str(made.reason)
    by_name = {"workflow": "deploy.yml", "job": "Deploy to the server", "step": "Switch"}
    known = judge("step", by_name, run=observed(seen))
    assert known.verdict is (Verdict.CONFORM if result == "success" else Verdict.DEVIATES)
    whole = judge("workflow", {"file": "deploy.yml", "jobs": ["deploy"]}, run=observed(seen))
    missing = [a for a in whole.aspects if a.name and a.name.id.startswith("job")]
    assert [a.verdict for a in missing] == [Verdict.UNDETERMINED]
