from __future__ import annotations

from typing import Any

import pytest

from checks.model import Assurance, Judgement, Verdict
from checks.testing import judge, observed

from ..github import job, value

TEXT = """\
on:
  push: {branches: [main]}
  workflow_dispatch:
jobs:
  deploy:
    steps:
      - name: Extract
        run: ssh h 'tar -xzf /srv/b.tgz -C /srv/new'
      - name: Migrate
        run: ssh h 'php /srv/new/artisan migrate --force'
      - name: Switch
        run: ssh h 'ln -sfn /srv/new /srv/current'
      - name: Reload
        run: ssh h 'sudo systemctl reload nginx; sudo service php8.3-fpm reload'
  smoke:
    needs: deploy
    steps:
      - name: Smoke
        run: for p in /health /build/manifest.json; do curl -fsS "$URL$p"; done
"""
STEPS = ("Extract", "Migrate", "Switch", "Reload")


def ran(*conclusions: str) -> list[dict[str, Any]]:
    whole = "failure" if "failure" in conclusions else "success"
    smoke = job(
        "smoke",
        "skipped" if whole == "failure" else "success",
        *([] if whole == "failure" else [("Smoke", "success")]),
    )
    return [job("deploy", whole, *zip(STEPS, conclusions, strict=True)), smoke]


FINE = ran(*["success"] * 4)


def said(
    text: str = TEXT, jobs: list[dict[str, Any]] | None = FINE, like: str | None = None, **params: Any
) -> Judgement:
    facts = {"run": observed(value(text, jobs))}
    if like is not None:
        params["like"] = "other.yml"
        facts["like"] = observed(value(like, None, workflow="other.yml"))
    return judge("pipeline", {"workflow": "deploy.yml", **params}, **facts)


@pytest.mark.parametrize(
    "params",
    [
        {"does": ["extract", "migrate", "switch", "reload nginx", "reload php-fpm", "request /health"]},
        {"order": ["extract", "migrate", "switch", "reload nginx", "request /build/manifest.json"]},
        {"triggers": {"push": ["main"]}},
        {"does": ["switch"], "sudo": ["systemctl reload nginx", "service php8.3-fpm"]},
    ],
)
def test_as_it_should_be(params: dict[str, Any]) -> None:
    assert said(**params).verdict is Verdict.CONFORM, said(**params)


@pytest.mark.parametrize(
    ("old", "new", "params"),
    [
        ("", "", {"does": ["backup database"]}),
        ("", "", {"does": ["reload mysql"]}),
        ("", "", {"does": ["request /other"]}),
        ("", "", {"order": ["switch", "migrate"]}),
        ("", "", {"triggers": {"push": ["main", "develop"]}}),
        ("", "", {"triggers": {"pull_request": []}}),
        ("", "", {"does": ["switch"], "sudo": ["systemctl reload nginx"]}),
        (
            "ln -sfn /srv/new /srv/current",
            "rm /srv/current; ln -s /srv/new /srv/current",
            {"does": ["switch"]},
        ),
        ("ln -sfn /srv/new /srv/current", "ln -sfn /srv/new /srv/next", {"does": ["switch"]}),
        ("    needs: deploy\n", "", {"order": ["switch", "request /health"]}),
        ("{branches: [main]}", "{branches: [main], tags: ['v*']}", {"triggers": {"push": ["main"]}}),
        ("{branches: [main]}", "{branches: [main], paths: [docs/**]}", {"triggers": {"push": ["main"]}}),
        ("curl -fsS", "curl -sS", {"does": ["request /health"]}),
        ("/health /build", "/healthz /build", {"does": ["request /health"]}),
        ("migrate --force", "migrate --force || true", {"does": ["migrate"]}),
        ("  push:", "  schedule: []\n  push:", {"triggers": {"push": ["main"]}}),
    ],
)
def test_as_it_should_not_be(old: str, new: str, params: dict[str, Any]) -> None:
    assert said(TEXT.replace(old, new) if old else TEXT, **params).verdict is Verdict.DEVIATES


def test_other_ways_to_switch_at_once() -> None:
    moved = "ln -s /srv/new /srv/next && mv -T /srv/next /srv/current"
    assert (
        said(TEXT.replace("ln -sfn /srv/new /srv/current", moved), does=["switch"]).verdict is Verdict.CONFORM
    )


def test_what_is_ordered_need_not_have_run_but_what_it_does_must() -> None:
    stopped = ran("success", "success", "failure", "skipped")
    order = said(jobs=stopped, order=["migrate", "switch"], does=["migrate"])
    assert (order.verdict, order.assurance) == (Verdict.CONFORM, Assurance.PROVEN)
    assert said(jobs=stopped, does=["switch"]).verdict is Verdict.DEVIATES
    behind = said(jobs=stopped, does=["reload nginx"])
    assert behind.verdict is Verdict.UNDETERMINED
    assert behind.behind[0] in said(jobs=stopped, does=["switch"]).stands_for


def test_without_a_run_it_is_only_implemented() -> None:
    made = said(jobs=None, does=["switch"])
    assert (made.verdict, made.assurance) == (Verdict.CONFORM, Assurance.IMPLEMENTED)


@pytest.mark.parametrize(
    "condition",
    ["failure()", "always()", "success()", "needs.smoke.result == 'failure'", "inputs.back", ""],
)
def test_a_job_that_goes_back_is_no_part_of_the_deployment(condition: str) -> None:
    back = f"""\
  auto-rollback:
    needs: smoke
    {f"if: {condition}" if condition else ""}
    steps:
      - run: ssh h 'php /srv/old/artisan migrate --force; rm /srv/current; ln -s /srv/old /srv/current || true'
"""
    wanted = {"does": ["migrate", "switch"], "order": ["switch", "request /health"]}
    alone, beside = (said(text, **wanted) for text in (TEXT, TEXT + back))
    assert beside.verdict is Verdict.CONFORM and beside.aspects == alone.aspects


def test_a_job_that_goes_back_counts_where_no_other_does_it() -> None:
    only = TEXT.replace("  deploy:", "  rollback:").replace("needs: deploy", "needs: rollback")
    assert said(only, [], does=["migrate", "switch"]).aspects[0].verdict is Verdict.CONFORM


def test_a_switch_that_was_undone_is_a_warning() -> None:
    rescue = """\
  rollback:
    needs: smoke
    if: failure()
    steps:
      - run: ssh h 'ln -sfn /srv/old /srv/current'
"""
    steps = ran(*["success"] * 4)[:1]
    undone = [
        *steps,
        job("smoke", "failure", ("Smoke", "failure")),
        job("rollback", "success", ("Run ssh", "success")),
    ]
    fine = [*FINE, job("rollback", "skipped")]
    assert said(TEXT + rescue, fine, does=["switch"]).verdict is Verdict.CONFORM
    made = said(TEXT + rescue, undone, does=["switch"])
    assert made.verdict is Verdict.CONFORM and [
        a for a in made.aspects if a.near and "rollback" in str(a.note)
    ]
    stopped = [
        *ran("success", "failure", "skipped", "skipped"),
        job("rollback", "success", ("Run ssh", "success")),
    ]
    made = said(TEXT + rescue, stopped, does=["switch"])
    assert made.verdict is Verdict.UNDETERMINED and made.behind, "what was never switched was not undone"


def test_what_the_next_run_would_do_undid_nothing_in_this_one() -> None:
    job_ = "  rollback:\n    needs: smoke\n    if: failure()\n    steps:\n      - run: "
    jobs = [
        *ran(*["success"] * 4)[:1],
        job("smoke", "failure", ("Smoke", "failure")),
        job("rollback", "success", ("Run x", "success")),
    ]
    now, then = (TEXT + job_ + run for run in ("./tell\n", "ssh h 'ln -sfn /srv/old /srv/current'\n"))
    declared = {"workflow": "deploy.yml", "does": ["switch"]}
    made = judge("pipeline", declared, run=observed(value(now, jobs, following=then)))
    assert not [a for a in made.aspects if "rollback" in str(a.note)], made
    made = judge("pipeline", declared, run=observed(value(then, jobs, following=now)))
    assert [a for a in made.aspects if a.near and "rollback" in str(a.note)]


def test_beside_another_workflow() -> None:
    other = TEXT.replace(
        "      - name: Switch", "      - run: ssh h 'sudo chown -R x /srv/shared'\n      - name: Switch"
    )
    assert said(like=TEXT).verdict is Verdict.CONFORM
    assert said(like=other).verdict is Verdict.DEVIATES
    assert said(like=other, unlike=["permissions"]).verdict is Verdict.CONFORM
    assert said(other, like=TEXT).verdict is Verdict.DEVIATES


def test_a_file_that_is_none() -> None:
    for text in ("jobs: [", "- a", "jobs: {}", "on: push", "a: &a [*a]", "x"):
        made = said(text, None, does=["switch"])
        assert made.verdict is Verdict.UNDETERMINED, text


def test_of_a_failed_step_that_does_several_things_only_the_last_is_known_not_to_be_done() -> None:
    text = (
        "on: push\njobs:\n  deploy:\n    steps:\n      - name: All\n        run: |\n"
        "          ssh h 'php artisan migrate --force && ln -sfn /srv/new /srv/current'\n"
    )
    jobs = [job("deploy", "failure", ("All", "failure"))]
    middle, last = said(text, jobs, does=["migrate"]), said(text, jobs, does=["switch"])
    assert (middle.verdict, middle.perhaps, bool(middle.behind)) == (Verdict.UNDETERMINED, True, True)
    assert (last.verdict, last.stands_for) == (Verdict.DEVIATES, ("deploy.yml/deploy/All",))
    assert middle.behind[0] == last.stands_for[0]
