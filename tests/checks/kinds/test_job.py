from __future__ import annotations

from typing import Any

import pytest

from checks.model import Assurance, Judgement, Verdict
from checks.testing import judge, observed

from ..github import job, value

TEXT = """\
on: push
jobs:
  build:
    name: Build it
    services:
      db: {image: "mariadb:11"}
    steps:
      - run: composer install --no-dev --optimize-autoloader
      - run: php vendor/bin/phpstan analyse --level 5 app
      - run: npm ci && npm run build
      - run: |
          set -o pipefail
          mysqldump shop | gzip > backups/db.sql.gz
  deploy:
    needs: build
    steps:
      - run: ssh h 'ln -sfn /srv/new /srv/current && sudo systemctl reload php8.3-fpm'
  rollback:
    needs: deploy
    if: failure()
    steps:
      - run: ssh h 'ln -sfn /srv/old /srv/current'
"""
RAN = [
    job("Build it", "success", ("a", "success")),
    job("deploy", "success", ("b", "success")),
    job("rollback", "skipped"),
]


def said(name: str, text: str = TEXT, jobs: list[dict[str, Any]] | None = RAN, **params: Any) -> Judgement:
    declared = {"workflow": "deploy.yml", "job": name, **{k.replace("_", "-"): v for k, v in params.items()}}
    return judge("job", declared, run=observed(value(text, jobs)))


@pytest.mark.parametrize(
    "params",
    [
        {"runs": ["composer install --no-dev"]},
        {"runs": ["phpstan analyse --level=5"]},
        {"runs": ["npm run build"]},
        {"services": ["mariadb"]},
        {"before": ["deploy", "rollback"]},
        {"does": ["backup database"]},
    ],
)
def test_what_is_there(params: dict[str, Any]) -> None:
    made = said("build", **params)
    assert (made.verdict, made.assurance) == (Verdict.CONFORM, Assurance.PROVEN), made


@pytest.mark.parametrize(
    "params",
    [
        {"runs": ["composer install --dev"]},
        {"runs": ["phpstan analyse --level=8"]},
        {"runs": ["npm run test"]},
        {"services": ["postgres"]},
        {"does": ["backup nginx"]},
        {"does": ["switch"]},
    ],
)
def test_what_is_not_there(params: dict[str, Any]) -> None:
    assert said("build", **params).verdict is Verdict.DEVIATES


def test_a_failure_that_would_not_be_seen() -> None:
    passed = TEXT.replace("--optimize-autoloader", "|| true")
    assert said("build", passed, runs=["composer install --no-dev"]).verdict is Verdict.DEVIATES
    piped = TEXT.replace("          set -o pipefail\n", "")
    made = said("build", piped, does=["backup database"])
    assert made.verdict is Verdict.CONFORM and any(a.near for a in made.aspects)


def test_the_order_of_jobs_goes_by_what_they_wait_for() -> None:
    assert (
        said("build", TEXT.replace("    needs: build\n", ""), before=["deploy"]).verdict is Verdict.DEVIATES
    )
    assert said("build", before=["nowhere"]).verdict is Verdict.DEVIATES


def test_a_rescue_runs_only_after_a_failure() -> None:
    made = said("rollback", does=["switch"], on_failure=["deploy"])
    assert (made.verdict, made.assurance) == (Verdict.CONFORM, Assurance.IMPLEMENTED), made
    for old, new in (("failure()", "success()"), ("failure()", "always()"), ("    if: failure()\n", ""),
                     ("needs: deploy", "needs: build"), ("ln -sfn /srv/old", "ls /srv/old")):  # fmt: skip
        assert (
            said("rollback", TEXT.replace(old, new), does=["switch"], on_failure=["deploy"]).verdict
            is Verdict.DEVIATES
        )


@pytest.mark.parametrize(
    ("condition", "verdict"),
    [
        ("always()", Verdict.DEVIATES),
        ("${{ !cancelled() }}", Verdict.DEVIATES),
        ("success() || failure()", Verdict.DEVIATES),
        ("always() && needs.build.result == 'success'", Verdict.CONFORM),
        ("always() && inputs.go", Verdict.UNDETERMINED),
        ("success()", Verdict.CONFORM),
    ],
)
def test_a_job_that_runs_although_the_one_before_it_failed(condition: str, verdict: Verdict) -> None:
    text = TEXT.replace("    needs: build\n", f"    needs: build\n    if: {condition}\n", 1)
    assert said("build", text, before=["deploy"]).verdict is verdict


@pytest.mark.parametrize(
    ("condition", "verdict"),
    [
        ("failure() && inputs.back", Verdict.UNDETERMINED),
        ("failure() && false", Verdict.DEVIATES),
        ("cancelled()", Verdict.DEVIATES),
        ("always() && needs.deploy.result == 'failure'", Verdict.CONFORM),
    ],
)
def test_a_rescue_that_may_not_come(condition: str, verdict: Verdict) -> None:
    text = TEXT.replace("if: failure()", f"if: {condition}")
    assert said("rollback", text, does=["switch"], on_failure=["deploy"]).verdict is verdict


@pytest.mark.parametrize("run", ["echo composer install --no-dev", "true # composer install --no-dev"])
def test_what_is_only_said_is_not_run(run: str) -> None:
    text = TEXT.replace("composer install --no-dev --optimize-autoloader", run)
    assert said("build", text, runs=["composer install --no-dev"]).verdict is Verdict.DEVIATES


def test_the_newest_run_counts() -> None:
    failed = [job("Build it", "failure", ("a", "failure")), job("deploy", "skipped")]
    assert said("build", jobs=failed).verdict is Verdict.DEVIATES
    behind = said("deploy", jobs=failed)
    assert behind.verdict is Verdict.UNDETERMINED
    assert set(behind.behind) & set(said("build", jobs=failed).stands_for)
    skipped = [job("Build it", "skipped"), job("deploy", "skipped")]
    assert said("build", jobs=skipped).verdict is Verdict.DEVIATES, "a run of a pull request that did nothing"


def test_without_a_run_it_is_only_implemented() -> None:
    made = said("build", jobs=None)
    assert (made.verdict, made.assurance) == (Verdict.CONFORM, Assurance.IMPLEMENTED)


def test_a_job_that_is_not_there_and_a_workflow_that_is_not_there() -> None:
    assert said("nowhere").verdict is Verdict.DEVIATES
    gone = judge("job", {"workflow": "deploy.yml", "job": "build"}, run=observed(value(None, None)))
    assert gone.verdict is Verdict.DEVIATES


def test_a_job_that_went_well_without_the_step_did_not_do_it() -> None:
    text = (
        "on: push\njobs:\n  build:\n    steps:\n      - name: Dummy\n        run: echo nothing\n"
        "      - name: Install\n        run: composer install --no-dev\n"
    )
    for conclusion, verdict in (("skipped", Verdict.DEVIATES), ("success", Verdict.CONFORM)):
        jobs = [job("build", "success", ("Dummy", "success"), ("Install", conclusion))]
        made = said("build", text, jobs, runs=["composer install --no-dev"])
        assert made.verdict is verdict
        assert (made.assurance is Assurance.PROVEN) is (conclusion == "success")
    assert said(
        "build", text, [job("build", "success", ("Install", "skipped"))], runs=["composer install"]
    ).behind
