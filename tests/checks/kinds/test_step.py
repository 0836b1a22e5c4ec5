from __future__ import annotations

from typing import Any

import pytest

from checks.model import Assurance, Judgement, Verdict, msg
from checks.testing import judge, observed
from docgen.i18n import Translator

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


FIX = "      - name: Fix\n        run: ssh h 'sudo chown -R a b && sudo chmod -R 775 b'\n"
FILE = "on: push\njobs:\n  deploy:\n    steps:\n" + FIX + "      - name: Next\n        run: make\n"
WELL = [job("deploy", "success", ("Fix", "success"), ("Next", "success"))]


def seen(text: str, jobs: list[dict[str, Any]] = WELL, **more: Any) -> Judgement:
    params = {"workflow": "deploy.yml", "job": "deploy", "step": "Fix"}
    return judge("step", params, run=observed(value(text, jobs, **more)))


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("      - name: Fix\n", "      - name: Fix\n        continue-on-error: true\n", 6),
        ("      - name: Fix\n", "      - name: Fix\n        continue-on-error: ${{ inputs.lax }}\n", 6),
        ("    steps:", "    continue-on-error: true\n    steps:", 4),
        ("775 b'", "775 b' || true", 6),
        ("775 b'", "775 b || true'", 6),
        ("run: ssh", "run: |\n          echo fixing\n          ssh", 0),
        ("run: ssh h 'sudo chown -R a b && sudo chmod -R 775 b'",
         "run: |\n          echo fixing\n          sudo chmod 775 b || true\n          echo ok", 8),
    ],
)  # fmt: skip
def test_a_success_says_nothing_where_a_failure_is_passed_over(old: str, new: str, line: int) -> None:
    made = seen(FILE.replace(old, new, 1))
    assert made.verdict is Verdict.CONFORM and made.aspects[0].near is bool(line), made
    assert made.assurance is (Assurance.IMPLEMENTED if line else None)
    if line:
        assert made.aspects[0].note is not None
        words = Translator("en").plain(made.aspects[0].note)
        assert words.startswith("that it went well is not known: ") and words.endswith(f"(deploy.yml:{line})")


def test_one_of_several_commands_that_may_fail_is_another_matter() -> None:
    text = FILE.replace("run: ssh", "run: |\n          ls log || true\n          ssh")
    assert not seen(text).aspects[0].near


def test_the_next_run_counts_as_well() -> None:
    gone = seen(FILE, following=FILE.replace(FIX, ""))
    assert gone.verdict is Verdict.DEVIATES
    assert Translator("en").plain(gone.aspects[-1].name or msg("")) == "the next run"
    renamed = seen(FILE, following=FILE.replace("name: Fix", "name: Rights"))
    assert renamed.verdict is Verdict.DEVIATES
    lax = seen(FILE, following=FILE.replace("775 b'", "775 b' || true"))
    assert lax.verdict is Verdict.CONFORM and [a.near for a in lax.aspects] == [False, True]
    assert lax.assurance is None
    same = seen(FILE, following=f"{FILE}# more\n")
    assert (same.verdict, len(same.aspects)) == (Verdict.CONFORM, 1)
    elsewhere = FILE.replace(FIX, "") + "  more:\n    uses: acme/x/.github/workflows/x.yml@v1\n"
    assert seen(FILE, following=elsewhere).verdict is Verdict.CONFORM, "it may be in there"


def test_the_name_of_a_step_may_hold_an_expression() -> None:
    text = FILE.replace("name: Fix", "name: Fix ${{ github.sha }}")
    jobs = [job("deploy", "success", ("Fix 4144baac", "success"))]
    params = {"workflow": "deploy.yml", "job": "deploy", "step": "Fix 4144baac"}
    made = judge("step", params, run=observed(value(text, jobs, following=f"{text}# more\n")))
    assert (made.verdict, len(made.aspects)) == (Verdict.CONFORM, 1)
