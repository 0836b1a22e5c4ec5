from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checks import testing
from checks.model import Judgement, Observation, Verdict
from checks.sources.etags import shared
from checks.testing import denied, judge
from docgen.i18n import Translator

from ..github import (
    PULL_REQUEST,
    REPOSITORY,
    GitHub,
    branch,
    content,
    folder,
    protection,
    required,
    rule,
    ruleset,
)

EN = Translator("en")
BASE = "/repos/acme/api"
TESTS = """\
on: {push: {branches: [main]}, pull_request: {branches: [main]}}
jobs:
  run-tests:
    steps: [{uses: actions/checkout@v4}, {run: vendor/bin/pest}]
"""
DUMMY = """\
on: {pull_request: {branches: [main], paths-ignore: [app/**]}}
jobs:
  run-tests:
    steps: [{run: 'echo "No code was changed"'}]
"""
SKIPPED = TESTS.replace("    steps", "    if: github.event_name == 'push'\n    steps")
CALLED = "on: pull_request\njobs: {run-tests: {uses: acme/other/.github/workflows/x.yml@main}}\n"


class Repository:
    """Saved answers of a repository: `rules` of main, its rulesets, workflow files by name."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.put(
            "rules/branches/main",
            [rule("pull_request", **PULL_REQUEST), rule("non_fast_forward"), required("run-tests")],
        )
        self.put("rulesets/42", ruleset())
        self.put("branches/main", branch(protected=False))
        self.workflows(**{"tests.yml": TESTS})

    def put(self, path: str, answer: Any) -> None:
        file = self.root / f"{BASE.strip('/')}/{path}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(answer))

    def lose(self, path: str) -> None:
        (self.root / f"{BASE.strip('/')}/{path}.json").unlink()

    def workflows(self, **texts: str) -> None:
        self.put("contents/.github/workflows", folder(*texts, "README.md"))
        for name, text in texts.items():
            self.put(f"contents/.github/workflows/{name}", content(f".github/workflows/{name}", text))

    def judged(self, **declared: Any) -> Judgement:
        return judge("branch-rules", {"branch": "main", **declared})


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    monkeypatch.setattr(
        testing, "GITHUB", {**testing.GITHUB, "repository": "acme/api", "answers": str(tmp_path)}
    )
    yield Repository(tmp_path)


def wrong(made: Judgement, verdict: Verdict = Verdict.DEVIATES) -> dict[str, str]:
    """What is not as it should be, by its name."""
    return {
        EN.plain(a.name): " ".join(EN.plain(one) for one in (a.actual, a.note) if one)
        for a in made.aspects
        if a.name and a.verdict is verdict
    }


def test_reviewed_and_tested(repository: Repository) -> None:
    made = repository.judged(checks=["run-tests"], bypass=[])
    assert made.verdict is Verdict.CONFORM, (wrong(made), wrong(made, Verdict.UNDETERMINED))


@pytest.mark.parametrize(
    ("rules", "names"),
    [
        ([], {"pull request", "reviews", "approval of one's own push", "check run-tests", "force pushes"}),
        ([rule("pull_request", **PULL_REQUEST), required("run-tests")], {"force pushes"}),
        ([rule("pull_request", **{**PULL_REQUEST, "require_last_push_approval": False}), rule("non_fast_forward"),
          required("run-tests")], {"approval of one's own push"}),
        ([rule("pull_request", **{**PULL_REQUEST, "required_approving_review_count": 0}), rule("non_fast_forward"),
          required("run-tests")], {"reviews"}),
        ([rule("pull_request", **PULL_REQUEST), rule("non_fast_forward"), required("lint")], {"check run-tests"}),
    ],
)  # fmt: skip
def test_rules_that_are_missing(repository: Repository, rules: list[Any], names: set[str]) -> None:
    repository.put("rules/branches/main", rules)
    made = repository.judged(checks=["run-tests"])
    assert made.verdict is Verdict.DEVIATES and set(wrong(made)) == names


@pytest.mark.parametrize(
    ("files", "verdict", "words"),
    [
        ({"tests.yml": TESTS, "dummy.yml": DUMMY}, Verdict.DEVIATES, "dummy.yml:3 does nothing that can fail"),
        ({"tests.yml": SKIPPED}, Verdict.DEVIATES, "if: github.event_name == 'push'"),
        ({"t.yml": TESTS.replace("pest}", "pest || true}")}, Verdict.DEVIATES, "|| true"),
        ({"t.yml": TESTS.replace("    steps", "    needs: b\n    steps") + "  b: {if: \"github.event_name == 'push'\"}\n"},
         Verdict.DEVIATES, "if: github.event_name == 'push'"),
        ({"t.yml": TESTS.replace("pull_request: {branches: [main]}", "pull_request: {branches: [develop]}")},
         Verdict.UNDETERMINED, "No workflow answers"),
        ({"t.yml": CALLED}, Verdict.UNDETERMINED, "unclear: uses: acme/other"),
        ({"tests.yml": TESTS, "odd.yml": "on: ["}, Verdict.UNDETERMINED, "odd.yml is no workflow"),
        ({"t.yml": SKIPPED.replace("'push'", "'pull_request_target'").replace("pull_request:", "pull_request_target:")},
         Verdict.CONFORM, ""),
        ({"t.yml": TESTS.replace("  run-tests:", "  t:\n    name: run-tests")}, Verdict.CONFORM, ""),
        ({"t.yml": TESTS.replace("pull_request: {branches: [main]}", "pull_request: {}")}, Verdict.CONFORM, ""),
    ],
)  # fmt: skip
def test_what_stands_behind_a_required_check(
    repository: Repository, files: dict[str, str], verdict: Verdict, words: str
) -> None:
    repository.workflows(**files)
    made = repository.judged()
    assert made.verdict is verdict
    assert words in str(wrong(made, verdict))
    if verdict is Verdict.UNDETERMINED:
        assert made.reason and words in EN.plain(made.reason)


def test_a_check_of_another_app_has_no_workflow(repository: Repository) -> None:
    repository.put(
        "rules/branches/main",
        [rule("pull_request", **PULL_REQUEST), rule("non_fast_forward"), required("sonar", app=57)],
    )
    assert repository.judged().verdict is Verdict.CONFORM


def test_who_may_pass_by(repository: Repository) -> None:
    actors = [
        ("RepositoryRole", 5, "always"),
        ("OrganizationAdmin", None, "always"),
        ("Team", 7, "pull_request"),
    ]
    repository.put("rulesets/42", ruleset(*actors))
    made = repository.judged(bypass=["admin", "OrganizationAdmin"])
    assert wrong(made) == {"may pass by the rules": "admin, OrganizationAdmin, Team 7 (pull_request)"}
    assert (
        repository.judged(bypass=["admin", "OrganizationAdmin", "Team 7 (pull_request)"]).verdict
        is Verdict.CONFORM
    )
    assert repository.judged().verdict is Verdict.CONFORM, "said, not judged"

    hidden = ruleset()
    del hidden["bypass_actors"]
    repository.put("rulesets/42", hidden)
    made = repository.judged(bypass=[])
    assert (made.verdict, made.observation) == (Verdict.UNDETERMINED, Observation.DENIED)
    assert made.remedy and "administration=write" in EN.plain(made.remedy)
    assert "does not show who" in str([EN.plain(a.actual) for a in repository.judged().aspects if a.actual])


def test_what_the_token_may_not_see_is_not_absent(repository: Repository) -> None:
    repository.put("rules/branches/main", [required("run-tests")])
    repository.put("branches/main", branch(protected=True))
    made = repository.judged()
    assert (made.verdict, made.observation, wrong(made)) == (Verdict.UNDETERMINED, Observation.DENIED, {})
    assert made.remedy and "administration=read" in EN.plain(made.remedy)

    repository.put("branches/main/protection", protection("run-tests"))
    assert repository.judged(bypass=[]).verdict is Verdict.CONFORM
    repository.put("branches/main/protection", protection("run-tests", admins=False, reviews=None))
    assert set(wrong(repository.judged(bypass=[]))) == {
        "pull request", "reviews", "approval of one's own push", "may pass by the rules",
    }  # fmt: skip

    repository.lose("rules/branches/main")
    repository.put("branches/main/protection", protection())
    made = repository.judged(checks=["run-tests"])
    assert made.verdict is Verdict.UNDETERMINED and made.remedy and "metadata=read" in EN.plain(made.remedy)
    assert judge("branch-rules", "main", rules=denied()).verdict is Verdict.UNDETERMINED


def test_a_called_workflow_that_could_not_be_read_may_answer_too(repository: Repository) -> None:
    """Its jobs answer as `call / …`: one of them may do nothing."""
    calls = "on: pull_request\njobs: {call: {uses: ./.github/workflows/inner.yml}}\n"
    inner = "on: workflow_call\njobs: {run-tests: {steps: [{run: vendor/bin/pest}]}}\n"
    required_ = [rule("pull_request", **PULL_REQUEST), rule("non_fast_forward"), required("call / run-tests")]
    repository.put("rules/branches/main", required_)
    repository.workflows(**{"tests.yml": calls, "inner.yml": inner})
    assert repository.judged().verdict is Verdict.CONFORM
    other = TESTS.replace("  run-tests:", "  t:\n    name: call / run-tests")
    repository.workflows(**{"tests.yml": calls, "inner.yml": inner, "other.yml": other})
    repository.put("contents/.github/workflows", folder("tests.yml", "other.yml"))
    repository.lose("contents/.github/workflows/inner.yml")
    made = repository.judged()
    assert made.verdict is Verdict.UNDETERMINED
    assert "inner.yml" in str(wrong(made, Verdict.UNDETERMINED))


def test_whoever_may_see_the_protection_is_told_that_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    shared.cache_clear()
    with GitHub().serving() as github:
        monkeypatch.setattr(
            testing, "GITHUB", {**testing.GITHUB, "repository": REPOSITORY, "api": github.url}
        )
        base = f"/repos/{REPOSITORY}"
        github.answers[f"{base}/rules/branches/main"] = []
        github.answers[f"{base}/branches/main"] = branch(protected=True)
        github.answers[f"{base}/contents/.github/workflows"] = folder("build.yml")
        assert judge("branch-rules", "main").verdict is Verdict.UNDETERMINED
        github.answers[f"{base}/branches/main/protection"] = (404, {}, b'{"message": "Branch not protected"}')
        assert judge("branch-rules", "main").verdict is Verdict.DEVIATES
    shared.cache_clear()


def test_answers_that_are_no_answers(repository: Repository) -> None:
    for path in ("rules/branches/main", "rulesets/42", "branches/main", "branches/main/protection"):
        for odd in ([1, None, "x"], {"x": 1}, [{"type": 1, "parameters": [], "ruleset_id": "x"}]):
            repository.put(path, odd)
            assert repository.judged().observation is not Observation.MALFORMED, (path, odd)
