"""Jobs that call a workflow of the repository: by its id or name, the job means all that is in there."""

from __future__ import annotations

from typing import Any

import pytest

from checks.model import Assurance, Judgement, Verdict
from checks.testing import judge, observed

from ..github import job, value

GOOD, BAD, UNSURE = Verdict.CONFORM, Verdict.DEVIATES, Verdict.UNDETERMINED
TEXT = """\
on: push
jobs:
  backup:
    steps:
      - run: mysqldump shop > backups/db.sql
  deploy-staging:
    name: Deploy
    needs: backup
    uses: ./.github/workflows/deploy_one.yml
  smoke-tests:
    needs: deploy-staging
    uses: ./.github/workflows/smoke.yml
  rollback:
    needs: [deploy-staging, smoke-tests]
    if: failure()
    steps:
      - run: ssh h 'ln -sfn /srv/old /srv/current'
"""
ONE = """\
on: workflow_call
jobs:
  prepare:
    steps:
      - name: Unpack
        run: ssh h 'tar -xzf b.tgz -C /srv/new'
  run:
    name: Run it
    needs: prepare
    environment: staging
    services:
      db: {image: "mariadb:11"}
    steps:
      - name: Switch
        run: ssh h 'ln -sfn /srv/new /srv/current'
  cleanup:
    needs: run
    if: failure()
    steps:
      - run: ssh h 'rm -rf /srv/new'
"""
SMOKE = """\
on: workflow_call
jobs:
  probe:
    steps:
      - name: Health
        run: curl -fsS https://s.example.com/health
"""
RAN = [
    job("backup", "success", ("Dump", "success")),
    job("Deploy / prepare", "success", ("Unpack", "success")),
    job("Deploy / Run it", "success", ("Switch", "success")),
    job("Deploy / cleanup", "skipped"),
    job("smoke-tests / probe", "success", ("Health", "success")),
    job("rollback", "skipped"),
]
FAILED = [
    *RAN[:2],
    job("Deploy / Run it", "failure", ("Switch", "failure")),
    RAN[3],
    job("smoke-tests", "skipped"),
    job("rollback", "success", ("Back", "success")),
]


def said(kind: str, ran: list[dict[str, Any]] | None = RAN, *, text: str = TEXT, inside: str = ONE,
         **params: Any) -> Judgement:  # fmt: skip
    seen = value(text, ran)
    for version in (seen["file"], seen["next"]):
        if version:
            version["texts"] += [
                {"path": ".github/workflows/deploy_one.yml", "text": inside},
                {"path": ".github/workflows/smoke.yml", "text": SMOKE},
            ]
    declared = {"file" if kind == "workflow" else "workflow": "deploy.yml"}
    return judge(kind, declared | {k.replace("_", "-"): v for k, v in params.items()}, run=observed(seen))


@pytest.mark.parametrize(
    "params",
    [
        {"job": "smoke-tests"},
        {"job": "smoke-tests", "does": ["request /health"]},
        {"job": "deploy-staging", "does": ["extract", "switch"], "before": ["smoke-tests"]},
        {"job": "Deploy", "runs": ["ln -sfn"], "services": ["mariadb"]},
        {"job": "backup", "before": ["deploy-staging", "smoke-tests", "probe"]},
        {"job": "run", "before": ["smoke-tests"]},
        {"job": "deploy-staging/run"},
        {"job": "rollback", "on_failure": ["deploy-staging", "smoke-tests"]},
    ],
)
def test_the_job_that_calls_them_means_them_all(params: dict[str, Any]) -> None:
    made = said("job", **params)
    proven = Assurance.IMPLEMENTED if "on_failure" in params else Assurance.PROVEN
    assert (made.verdict, made.assurance) == (GOOD, proven), made


@pytest.mark.parametrize(
    ("params", "text", "inside"),
    [
        ({"job": "smoke-tests", "does": ["switch"]}, TEXT, ONE),
        ({"job": "backup", "before": ["deploy-staging"]}, TEXT.replace("    needs: backup\n", ""), ONE),
        ({"job": "backup", "before": ["deploy-staging"]},
         TEXT.replace("    needs: backup\n", "    needs: backup\n    if: always()\n"), ONE),
        ({"job": "deploy-staging", "before": ["smoke-tests"]}, TEXT,
         ONE.replace("    name: Run it\n", "    name: Run it\n    continue-on-error: true\n")),
        ({"job": "smoke-tests"}, TEXT.replace("  smoke-tests:", "  smoke:"), ONE),
    ],
)  # fmt: skip
def test_what_is_not_in_one_of_them_is_not_in_it(params: dict[str, Any], text: str, inside: str) -> None:
    assert said("job", None, text=text, inside=inside, **params).verdict is BAD


def test_an_inner_condition_does_not_make_the_whole_run_after_a_failure() -> None:
    inside = ONE.replace("    needs: prepare\n", "    needs: prepare\n    if: always()\n")
    assert said("job", None, inside=inside, job="backup", before=["deploy-staging"]).verdict is GOOD


def test_one_is_done_only_where_all_inside_are() -> None:
    assert said("job", FAILED, job="deploy-staging").verdict is BAD
    assert said("job", FAILED, job="smoke-tests").verdict is UNSURE
    assert said("job", [*RAN[:4], job("smoke-tests", "skipped")], job="smoke-tests").verdict is BAD
    part = [*RAN[:1], job("Deploy / prepare", "skipped"), *RAN[2:]]
    assert said("job", part, job="deploy-staging").verdict is BAD


@pytest.mark.parametrize(
    ("jobs", "of", "step", "verdict"),
    [
        (RAN, "deploy-staging", "Switch", GOOD),
        (RAN, "Deploy", "Unpack", GOOD),
        (RAN, "deploy-staging", "Health", BAD),
        (FAILED, "deploy-staging", "Switch", BAD),
        (FAILED, "deploy-staging", "Unpack", GOOD),
        (FAILED, "smoke-tests", "Health", UNSURE),
    ],
)
def test_its_steps_are_those_inside(jobs: list[dict[str, Any]], of: str, step: str, verdict: Verdict) -> None:
    assert said("step", jobs, job=of, step=step).verdict is verdict


@pytest.mark.parametrize(
    ("jobs", "name", "verdict"),
    [(RAN, "smoke-tests", GOOD), (RAN, "deploy-staging", GOOD), (RAN, "Deploy", GOOD), (RAN, "probe", GOOD),
     ([*RAN[:2], job("Deploy / Run it", "skipped"), *RAN[3:]], "deploy-staging", BAD),
     ([*RAN[:4], job("smoke-tests", "skipped"), RAN[5]], "smoke-tests", BAD)],
)  # fmt: skip
def test_a_run_did_the_work_of_all_inside(jobs: list[dict[str, Any]], name: str, verdict: Verdict) -> None:
    assert said("workflow", jobs, jobs=[name]).verdict is verdict


def test_the_same_workflow_called_twice_is_two_jobs() -> None:
    text = TEXT.replace(
        "  smoke-tests:\n", "  later:\n    uses: ./.github/workflows/deploy_one.yml\n  smoke-tests:\n"
    )
    jobs = [*RAN, job("later / prepare", "success", ("Unpack", "success")),
            job("later / Run it", "failure", ("Switch", "failure"))]  # fmt: skip
    assert said("job", jobs, text=text, job="deploy-staging").verdict is GOOD
    assert said("job", jobs, text=text, job="later").verdict is BAD


def test_parts_of_a_matrix_that_calls_are_among_them() -> None:
    jobs = [*RAN[:1], job("Deploy (a) / prepare", "success", ("Unpack", "success")),
            job("Deploy (a) / Run it (x)", "success", ("Switch", "success"))]  # fmt: skip
    assert said("job", jobs, job="deploy-staging").verdict is GOOD
    bad = [*jobs, job("Deploy (b) / Run it (x)", "failure", ("Switch", "failure"))]
    assert said("job", bad, job="deploy-staging").verdict is BAD


def test_a_called_workflow_that_cannot_be_read_leaves_it_unclear() -> None:
    text = TEXT.replace("smoke.yml", "elsewhere.yml")
    assert said("job", None, text=text, job="smoke-tests", does=["request /health"]).verdict is UNSURE
