from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checks import testing
from checks.model import Judgement, Observation, Verdict
from checks.testing import denied, judge, observed
from docgen.i18n import Translator

from ..github import environment, job, value

EN = Translator("en")
FILE = "on: push\njobs:\n  ship:\n    environment: {name: production, url: https://x}\n    steps: [{run: make}]\n"
UNNAMED = FILE.replace("    environment: {name: production, url: https://x}\n", "")
CUSTOM = {"deployment_branch_policy": {"protected_branches": False, "custom_branch_policies": True}}
Ask = Callable[..., Judgement]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Judges the saved answer `its` about environments and the workflow file `text`."""
    monkeypatch.setattr(
        testing, "GITHUB", {**testing.GITHUB, "repository": "acme/api", "answers": str(tmp_path)}
    )

    def judged(
        *its: dict[str, Any], text: str = FILE, following: str | None = None, listed: Any = None, **more: Any
    ) -> Judgement:
        folder = tmp_path / "repos/acme/api"
        (folder / "environments/production").mkdir(parents=True, exist_ok=True)
        answer = {"total_count": len(its), "environments": list(its)}
        (folder / "environments.json").write_text(json.dumps(answer))
        policies = folder / "environments/production/deployment-branch-policies.json"
        policies.unlink(missing_ok=True)
        if listed is not None:
            policies.write_text(json.dumps({"branch_policies": [{"id": 1, "name": name} for name in listed]}))
        run = value(text, [job("ship", "success", ("make", "success"))], following=following)
        declared = {"environment": "production", "workflow": "deploy.yml", "job": "ship", **more}
        return judge("protected-environment", declared, run=observed(run))

    return judged


def wrong(made: Judgement) -> dict[str, str]:
    return {
        EN.plain(a.name): EN.plain(a.actual or a.note)  # type: ignore[arg-type]
        for a in made.aspects
        if a.name and a.verdict is not Verdict.CONFORM
    }


def test_somebody_else_has_to_approve(ask: Ask) -> None:
    made = ask(environment("staging"), environment("Production", "m-weber"), reviewers=["M-Weber"])
    assert made.verdict is Verdict.CONFORM, wrong(made)
    assert made.assurance and made.assurance.value == "implemented"


@pytest.mark.parametrize(
    ("its", "more", "names"),
    [
        ([], {}, {"environment": "missing"}),
        ([environment("production")], {}, {"approved by": "nobody has to approve"}),
        ([environment("production", "m-weber", "intern")], {"reviewers": ["m-weber"]}, {"approved by": "m-weber, intern"}),
        ([environment("production", "m-weber", self_review=True)], {},
         {"approval of one's own": "who started it may approve"}),
        ([environment("production", "m-weber", deployment_branch_policy=None)], {}, {"deployed from": "any branch"}),
        ([environment("production", "m-weber", **CUSTOM)], {"listed": ["*"]}, {"deployed from": "*"}),
        ([environment("production", "m-weber", **CUSTOM)], {"listed": ["main", "hotfix/*"], "branches": ["main"]},
         {"deployed from": "main, hotfix/*"}),
        ([environment("production", "m-weber")], {"text": FILE.replace("name: production", "name: staging")},
         {"environment of the job ship": "staging, deploy.yml:3"}),
        ([environment("production", "m-weber")], {"text": UNNAMED},
         {"environment of the job ship": "names none, deploy.yml:3"}),
        ([environment("production", "m-weber")], {"job": "x"}, {"environment of the job x": "there is no such job"}),
        ([environment("production", "m-weber")], {"following": FILE.replace("name: production", "name: test")},
         {"the next run, environment of the job ship": "test, deploy.yml:3"}),
    ],
)  # fmt: skip
def test_what_protects_nothing(
    ask: Ask, its: list[dict[str, Any]], more: dict[str, Any], names: dict[str, str]
) -> None:
    made = ask(*its, **more)
    assert (made.verdict, wrong(made)) == (Verdict.DEVIATES, names)


@pytest.mark.parametrize(
    ("its", "more", "words"),
    [
        (environment("production", "m-weber"), {"text": FILE.replace("name: production", "name: '${{ inputs.to }}'")},
         "unclear: deploy.yml:3: environment: ${{ inputs.to }}"),
        (environment("production", "m-weber", **CUSTOM), {"branches": ["main"]}, "The branches could not be seen"),
        (environment("production", "m-weber"), {"branches": ["main"]}, "Which they are is not listed here."),
        (environment("production", "m-weber"), {"text": "on: ["}, "is no workflow"),
    ],
)  # fmt: skip
def test_what_cannot_be_told(ask: Ask, its: dict[str, Any], more: dict[str, Any], words: str) -> None:
    made = ask(its, **more)
    assert made.verdict is Verdict.UNDETERMINED
    assert made.reason and words in EN.plain(made.reason)


def test_listed_branches_and_what_may_not_be_seen(ask: Ask) -> None:
    its = environment("production", "m-weber", **CUSTOM)
    assert ask(its, listed=["main"], branches=["main", "release/*"]).verdict is Verdict.CONFORM
    assert ask(its, **{"self-review": True}).verdict is Verdict.CONFORM, "that it is a list is enough"
    declared = {"environment": "production", "workflow": "deploy.yml", "job": "ship"}
    run = observed(value(FILE, [job("ship", "success", ("make", "success"))]))
    hidden = judge("protected-environment", declared, run=run, rules=denied())
    assert (hidden.verdict, hidden.observation) == (Verdict.UNDETERMINED, Observation.DENIED)
    assert hidden.remedy and "actions=read" in EN.plain(hidden.remedy)
