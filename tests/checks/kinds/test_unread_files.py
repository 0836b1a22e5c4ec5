"""A called workflow or an action that alone cannot be read: what depends on it is not determined, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checks import testing
from checks.model import Judgement, Verdict
from checks.sources.api import Live
from checks.sources.etags import shared
from checks.testing import judge
from docgen.i18n import Translator

from ..github import BASE, COMMIT, REPOSITORY, GitHub, content, environment, job, run, value

TOP, CALLED, ACTION = (
    ".github/workflows/deploy.yml",
    ".github/workflows/build.yml",
    ".github/actions/gate/action.yml",
)
FILES = {
    TOP: """\
on: push
jobs:
  build:
    uses: ./.github/workflows/build.yml
  deploy:
    name: To the server
    needs: build
    environment: production
    steps:
      - {name: Unpack, run: tar -xzf b.tgz -C new}
      - {name: Gate, uses: ./.github/actions/gate}
      - {name: Tool, uses: ./.github/actions/other}
      - {name: Switch, run: ln -sfn new next && mv -T next current}
""",
    CALLED: """\
on: workflow_call
jobs:
  bundle:
    name: Make the bundle
    environment: production
    services: {db: {image: "mariadb:11"}}
    steps: [{name: Install, run: composer install --no-dev}]
  report:
    if: failure()
    needs: bundle
    steps:
      - run: ./tell.sh
""",
    ACTION: """\
runs:
  using: composite
  steps:
    - run: |
        test -f new/artisan
        test -f new/public/index.php
        test -d new/app
      shell: bash
""",
    ".github/actions/other/action.yaml": "runs: {using: composite, steps: [{run: make, shell: bash}]}\n",
    "tell.sh": "true\n",
}
GATE = {"gate": "release-structure", "workflow": "deploy.yml"}
REFUSED = (403, {"X-Accepted-GitHub-Permissions": "contents=read"}, b"{}")
BROKEN = (500, {}, b"")


@pytest.fixture
def github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(Live, "_pause", lambda self, attempt: None)
    shared.cache_clear()
    with GitHub().serving() as made:
        source = {**testing.GITHUB, "repository": REPOSITORY, "api": made.url}
        monkeypatch.setattr(testing, "GITHUB", source)
        made.answers |= {
            f"/repos/{REPOSITORY}/contents/{path}": content(path, t) for path, t in FILES.items()
        }
        steps = [(name, "success") for name in ("Unpack", "Gate", "Switch")]
        made.answers |= {
            f"{BASE}/workflows/deploy.yml/runs": {"workflow_runs": [run()]},
            f"{BASE}/runs/7/jobs": {
                "jobs": [
                    job("build / Make the bundle", "success", ("Install", "success")),
                    job("build / report", "skipped"),
                    job("To the server", "success", *steps),
                ]
            },
            f"/repos/{REPOSITORY}/environments": {"environments": [environment("production", "m-weber")]},
        }
        yield made
    shared.cache_clear()


def said(made: Judgement) -> str:
    t = Translator("en")
    notes = [a.note for a in made.aspects if a.verdict is Verdict.UNDETERMINED]
    return " | ".join(t.plain(one) for one in (made.reason, *notes) if one)


ASKED: list[tuple[str, dict[str, Any], str]] = [
    ("job", {"workflow": "deploy.yml", "job": "bundle"}, CALLED),
    ("job", {"workflow": "deploy.yml", "job": "bundle", "runs": ["composer install"], "services": ["mariadb"]}, CALLED),
    ("job", {"workflow": "deploy.yml", "job": "bundle", "before": ["deploy"]}, CALLED),
    ("job", {"workflow": "deploy.yml", "job": "deploy", "does": ["gate"]}, ACTION),
    ("step", {"workflow": "deploy.yml", "job": "bundle", "step": "Install"}, CALLED),
    ("workflow", {"file": "deploy.yml", "jobs": ["bundle"]}, CALLED),
    ("protected-environment", {"environment": "production", "workflow": "deploy.yml", "job": "bundle"}, CALLED),
    ("gate-in-workflow", {**GATE, "after": ["extract"], "before": ["switch"]}, ACTION),
    ("gate-in-workflow", {**GATE, "job": "deploy"}, ACTION),
    ("pipeline", {"workflow": "deploy.yml", "does": ["gate", "switch"]}, ACTION),
    ("pipeline", {"workflow": "deploy.yml", "order": ["extract", "gate", "switch"]}, ACTION),
    ("pipeline", {"workflow": "deploy.yml", "order": ["extract", "switch"]}, ACTION),
    ("pipeline", {"workflow": "deploy.yml", "order": ["extract", "switch"]}, CALLED),
    ("pipeline", {"workflow": "deploy.yml", "sudo": []}, ACTION),
    ("pipeline", {"workflow": "deploy.yml", "does": ["switch"]}, ACTION),
]  # fmt: skip


@pytest.mark.parametrize(("name", "declared", "lost"), ASKED)
def test_what_depends_on_a_file_that_could_not_be_read_is_not_determined(
    github: GitHub, name: str, declared: dict[str, Any], lost: str
) -> None:
    whole = judge(name, declared)
    assert whole.verdict is Verdict.CONFORM, whole
    for answer, words in ((REFUSED, "contents=read"), (BROKEN, "500")):
        shared().renew()
        github.answers[f"/repos/{REPOSITORY}/contents/{lost}"] = answer
        made = judge(name, declared)
        assert made.verdict is Verdict.UNDETERMINED, made
        assert lost in said(made) and words in said(made)
        assert "could not be read" in said(made)


@pytest.mark.parametrize(
    ("name", "declared"),
    [
        ("step", {"workflow": "deploy.yml", "step": "Install"}),
        ("step", {"workflow": "deploy.yml", "job": "deploy", "step": "Switch"}),
        ("workflow", {"file": "deploy.yml", "jobs": ["deploy"]}),
        ("job", {"workflow": "deploy.yml", "job": "deploy", "does": ["switch"]}),
        ("protected-environment", {"environment": "production", "workflow": "deploy.yml", "job": "deploy"}),
        ("pipeline", {"workflow": "deploy.yml", "triggers": {"push": []}}),
        ("running", {"workflow": {"file": "deploy.yml"}, "commit": COMMIT[:8]}),
    ],
)
def test_what_does_not_depend_on_it_is(github: GitHub, name: str, declared: dict[str, Any]) -> None:
    for lost in (CALLED, ACTION):
        github.answers[f"/repos/{REPOSITORY}/contents/{lost}"] = REFUSED
    assert judge(name, declared).verdict is Verdict.CONFORM


@pytest.mark.parametrize("declared", [{"before": ["report"]}, {"on-failure": ["bundle"]}])
def test_a_job_that_may_be_in_what_could_not_be_read_is_not_missing(
    github: GitHub, declared: dict[str, Any]
) -> None:
    github.answers[f"/repos/{REPOSITORY}/contents/{CALLED}"] = REFUSED
    made = judge("job", {"workflow": "deploy.yml", "job": "deploy", **declared})
    assert made.verdict is Verdict.UNDETERMINED and CALLED in said(made)
    github.answers[f"/repos/{REPOSITORY}/contents/{CALLED}"] = content(
        CALLED, "on: workflow_call\njobs: {a: {}}"
    )
    shared().renew()
    assert judge("job", {"workflow": "deploy.yml", "job": "deploy", **declared}).verdict is Verdict.DEVIATES


def test_the_parts_of_a_gate_in_it_are_not_missing(github: GitHub) -> None:
    text = FILES[TOP].replace("{name: Unpack, run: tar", "{name: Unpack, run: test -f new/artisan && tar")
    github.answers[f"/repos/{REPOSITORY}/contents/{TOP}"] = content(TOP, text)
    github.answers[f"/repos/{REPOSITORY}/contents/{ACTION}"] = REFUSED
    made = judge("gate-in-workflow", GATE)
    assert made.verdict is Verdict.UNDETERMINED and ACTION in said(made), made
    assert made.gate and {verdict for _, verdict in made.gate.parts[1:]} == {Verdict.UNDETERMINED}


def test_a_run_whose_work_may_be_in_it_is_not_known_to_have_done_any(github: GitHub) -> None:
    text = "on: push\njobs:\n  deploy:\n    steps:\n      - run: echo nothing\n      - uses: ./.github/actions/gate\n"
    github.answers[f"/repos/{REPOSITORY}/contents/{TOP}"] = content(TOP, text)
    github.answers[f"{BASE}/runs/7/jobs"] = {"jobs": [job("deploy", "success", ("Run echo", "success"))]}
    assert judge("workflow", {"file": "deploy.yml"}).verdict is Verdict.CONFORM
    shared().renew()
    github.answers[f"/repos/{REPOSITORY}/contents/{ACTION}"] = REFUSED
    made = judge("workflow", {"file": "deploy.yml"})
    assert made.verdict is Verdict.UNDETERMINED and ACTION in said(made)


def test_two_workflows_are_not_alike_or_different_for_what_could_not_be_read(github: GitHub) -> None:
    other = ".github/workflows/production.yml"
    github.answers[f"/repos/{REPOSITORY}/contents/{other}"] = content(other, FILES[TOP])
    github.answers[f"{BASE}/workflows/production.yml/runs"] = {"workflow_runs": [run()]}
    declared = {"workflow": "deploy.yml", "like": "production.yml"}
    assert judge("pipeline", declared).verdict is Verdict.CONFORM
    shared().renew()
    github.answers[f"/repos/{REPOSITORY}/contents/{ACTION}"] = REFUSED
    github.answers[f"/repos/{REPOSITORY}/contents/{other}"] = content(
        other, "on: push\njobs: {a: {steps: [{run: make}]}}"
    )
    made = judge("pipeline", declared)
    assert made.verdict is Verdict.UNDETERMINED and ACTION in said(made)


def test_an_action_that_is_really_not_there_is_no_file_that_could_not_be_read(github: GitHub) -> None:
    del github.answers[f"/repos/{REPOSITORY}/contents/{ACTION}"]
    made = judge("gate-in-workflow", GATE)
    assert "uses: ./.github/actions/gate" in said(made) and "could not be read" not in said(made)


def test_the_names_of_jobs_are_not_taken_from_the_file_of_another_commit(github: GitHub) -> None:
    """In the next run `deploy` is called what in this one another job was called."""
    step, workflow = {"workflow": "deploy.yml", "job": "deploy", "step": "Switch"}, {"file": "deploy.yml"}
    seen = judge("step", step)
    assert seen.verdict is Verdict.CONFORM
    shared().renew()
    own = {"commit": COMMIT, "texts": [], "observation": "denied", "said": "The token lacks a permission: x"}
    probes = testing.collect_here(
        {"run": testing.kind("step").probes(testing.validated("step", step))["run"]}
    )
    value = {**probes["run"].value, "file": own, "next": {**probes["run"].value["file"], "commit": None}}
    made = judge("step", step, run=testing.observed(value))
    assert made.verdict is Verdict.UNDETERMINED and "could not be read" in said(made)
    whole = judge("workflow", {**workflow, "jobs": ["deploy"]}, run=testing.observed(value))
    assert whole.verdict is Verdict.UNDETERMINED and "could not be read" in said(whole)


@pytest.mark.parametrize(
    ("run_", "lost", "declared"),
    [
        ("./ci/gate.sh", "ci/gate.sh", {"does": ["gate"]}),
        ("bash ci/gate.sh", "ci/gate.sh", {"does": ["gate"]}),
        ("cd ci && ./gate.sh", "ci/gate.sh", {"does": ["gate"]}),
        ("make gates", "Makefile", {"does": ["gate"]}),
        ("npm run gates", "package.json", {"does": ["gate"]}),
        ("vendor/bin/phpstan analyse", "phpstan.neon", {"runs": ["phpstan analyse --level 5"]}),
    ],
)
def test_a_script_or_a_file_of_tasks_or_settings_is_named_too(
    run_: str, lost: str, declared: dict[str, Any]
) -> None:
    text = f"on: push\njobs:\n  deploy:\n    steps:\n      - run: {run_}\n"
    its = {
        "path": lost,
        "observation": "error",
        "said": "The API answered 502, a fault of its own; try again later.",
    }
    # Of the settings the first file counts that is there; the second says nothing where the first may be.
    seen = value(text, [job("deploy", "success", ("Run x", "success"))], phpstan__neon__dist=" level: 5\n")
    for one in seen["file"]["texts"]:
        one["path"] = one["path"].replace("phpstan/neon", "phpstan.neon")
    seen["file"]["unread"] = [its]
    made = judge("job", {"workflow": "deploy.yml", "job": "deploy", **declared}, run=testing.observed(seen))
    assert made.verdict is Verdict.UNDETERMINED, made
    assert f"{lost} could not be read" in said(made) and "502" in said(made)
    if "phpstan" in lost:
        seen["file"]["unread"] = []
        made = judge(
            "job", {"workflow": "deploy.yml", "job": "deploy", **declared}, run=testing.observed(seen)
        )
        assert made.verdict is Verdict.CONFORM, made
