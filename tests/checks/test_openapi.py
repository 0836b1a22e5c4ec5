"""The answers of our own GitHub are those that its published description allows.

The description is read as the models that githubkit generates from it, of the version of the API that docgen asks for.
What it requires is often not there in GitHub's own examples; so a field may be missing here, but none may be of another
kind, and none may be made up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

import githubkit_schemas.v2022_11_28.models as described
import pytest
from githubkit.compat import GitHubModel
from pydantic import TypeAdapter, ValidationError

from checks.sources.github import VERSION

from .github import (
    BASE,
    PULL_REQUEST,
    REPOSITORY,
    GitHub,
    artifact,
    branch,
    compared,
    content,
    environment,
    folder,
    job,
    protection,
    required,
    reviewed,
    rule,
    ruleset,
    run,
    touched,
)

REPO = f"/repos/{REPOSITORY}"
WAITING = {
    "environment": {"name": "production"},
    "reviewers": [{"type": "User", "reviewer": {"login": "m-weber"}}],
}
FAILED = job("deploy", "failure", ("Fix", "failure"), ("Switch", "skipped"))
RULES = [rule("pull_request", **PULL_REQUEST), rule("non_fast_forward"), required("run-tests", app=15368)]
POLICIES = {"total_count": 1, "branch_policies": [{"id": 1, "node_id": "x", "name": "main"}]}
SERVED: dict[str, Any] = {
    **GitHub().answers,
    f"{BASE}/runs/7/attempts/1": run(status="waiting", conclusion=None),
    f"{BASE}/runs/8/jobs": {"total_count": 1, "jobs": [FAILED]},
    f"{BASE}/runs/8/artifacts": {"total_count": 1, "artifacts": [artifact("bundle", expired=True)]},
    f"{BASE}/runs/8/pending_deployments": [WAITING],
    f"{BASE}/runs/8/approvals": [reviewed("rejected", "m-weber", "production", comment="not today")],
    f"{REPO}/compare/main...develop": compared("diverged", 3, 1, files=touched("composer.lock")),
    f"{REPO}/rules/branches/main": RULES,
    f"{REPO}/rulesets/42": ruleset(("RepositoryRole", 5, "always"), ("OrganizationAdmin", None, "pull_request")),
    f"{REPO}/branches/main": branch(),
    f"{REPO}/branches/main/protection": protection("run-tests", admins=False),
    f"{REPO}/contents/.github/workflows": folder("build.yml"),
    f"{REPO}/contents/.github/workflows/deploy.yml": content(".github/workflows/deploy.yml", "on: push"),
    f"{REPO}/environments": {"total_count": 1, "environments": [environment("production", "m-weber")]},
    f"{REPO}/environments/production/deployment-branch-policies": POLICIES,
}  # fmt: skip
"""Every answer of the API that the tests serve, as the helpers make them."""
RULE_BY_TYPE = {
    get_args(model.model_fields["type"].annotation)[0]: model
    for name in dir(described)
    if re.fullmatch(r"RepositoryRuleDetailedOneof\d+", name) and (model := getattr(described, name))
}
DESCRIBED: list[tuple[str, Any]] = [
    (r"/actions/workflows/[^/]+/runs", described.ReposOwnerRepoActionsWorkflowsWorkflowIdRunsGetResponse200),
    (r"/actions/runs/\d+/jobs", described.ReposOwnerRepoActionsRunsRunIdJobsGetResponse200),
    (r"/actions/runs/\d+/artifacts", described.ReposOwnerRepoActionsRunsRunIdArtifactsGetResponse200),
    (r"/actions/runs/\d+/pending_deployments", list[described.PendingDeployment]),
    (r"/actions/runs/\d+/approvals", list[described.EnvironmentApprovals]),
    (r"/actions/runs/\d+/attempts/\d+", described.WorkflowRun),
    (r"/contents/\.github/workflows", list[described.ContentDirectoryItems]),
    (r"/contents/.+\.yml", described.ContentFile),
    (r"/commits", list[described.Commit]),
    (r"/compare/.+\.\.\..+", described.CommitComparison),
    (r"/rules/branches/[^/]+", list[Any]),
    (r"/rulesets/\d+", described.RepositoryRuleset),
    (r"/branches/[^/]+", described.BranchWithProtection),
    (r"/branches/[^/]+/protection", described.BranchProtection),
    (r"/environments", described.ReposOwnerRepoEnvironmentsGetResponse200),
    (
        r"/environments/[^/]+/deployment-branch-policies",
        described.ReposOwnerRepoEnvironmentsEnvironmentNameDeploymentBranchPoliciesGetResponse200,
    ),
]
"""The model of the answer to each address, by what follows the repository."""


def wrong(model: Any, data: Any) -> list[str]:
    """What of `data` the description does not allow."""
    found = list(made_up(model, data))
    try:
        TypeAdapter(model).validate_python(data)
    except ValidationError as error:
        # A value that may be left out is a union with the sign that it was.
        real = [e for e in error.errors() if e["type"] != "missing" and "literal[<UNSET>]" not in e["loc"]]
        found += [f"{e['loc']}: {e['msg']}" for e in real]
    return found


def made_up(annotation: Any, data: Any) -> Iterator[str]:
    """The names in `data` that none of the models in `annotation` knows."""
    if isinstance(data, list):
        for one in data:
            yield from made_up(annotation, one)
    models = list(_models(annotation))
    if not isinstance(data, dict) or not models:
        return
    unknown = {model: set(data) - {f.alias or n for n, f in model.model_fields.items()} for model in models}
    best = min(models, key=lambda model: len(unknown[model]))
    yield from (f"{best.__name__}.{name}: made up" for name in sorted(unknown[best]))
    for name, field in best.model_fields.items():
        yield from made_up(field.annotation, data.get(field.alias or name))


def _models(annotation: Any) -> Iterator[type[GitHubModel]]:
    if isinstance(annotation, type) and issubclass(annotation, GitHubModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


@pytest.mark.parametrize("path", SERVED)
def test_an_answer_is_as_described(path: str) -> None:
    (model,) = [m for like, m in DESCRIBED if re.fullmatch(re.escape(REPO) + like, path)]
    data = SERVED[path]
    if "/rules/" in path:
        assert [line for one in data for line in wrong(RULE_BY_TYPE[one["type"]], one)] == []
        return
    lists = [key for key, value in data.items() if isinstance(value, list)] if isinstance(data, dict) else []
    if len(data) == len(lists) == 1:
        data = {"total_count": len(data[lists[0]]), **data}  # as our server adds it
    assert wrong(model, data) == []


def test_what_is_not_as_described_is_found() -> None:
    assert wrong(described.Job, {**FAILED, "id": "seventy"}) and wrong(described.Job, {**FAILED, "colour": 1})
    assert wrong(RULE_BY_TYPE["pull_request"], rule("pull_request", **{**PULL_REQUEST, "x": 1}))
    assert wrong(described.Environment, environment("a", "b", protection_rules="none"))
    assert wrong(described.CommitComparison, compared("sideways"))


def test_the_version_is_the_one_that_is_asked_for() -> None:
    assert VERSION.replace("-", "_") in described.__name__


READ = {
    "WorkflowRun": "id run_number run_attempt display_title event head_branch head_sha status conclusion created_at "
    "updated_at html_url",
    "Job": "id name status conclusion steps",
    "JobPropStepsItems": "number name status conclusion",
    "Artifact": "id name size_in_bytes digest expired created_at expires_at",
    "PendingDeployment": "environment reviewers",
    "EnvironmentApprovals": "state user comment environments",
    "EnvironmentApprovalsPropEnvironmentsItems": "name",
    "ContentFile": "content encoding type",
    "ContentDirectoryItems": "type name",
    "Commit": "sha commit",
    "CommitComparison": "status ahead_by behind_by commits files",
    "DiffEntry": "filename",
    "RepositoryRuleset": "name bypass_actors",
    "RepositoryRulesetBypassActor": "actor_id actor_type bypass_mode",
    "BranchWithProtection": "protected",
    "BranchProtection": "required_pull_request_reviews required_status_checks enforce_admins allow_force_pushes "
    "allow_deletions",
    "ProtectedBranchPullRequestReview": "required_approving_review_count require_code_owner_reviews "
    "require_last_push_approval bypass_pull_request_allowances",
    "Environment": "name protection_rules deployment_branch_policy",
    "EnvironmentPropProtectionRulesItemsAnyof1": "type reviewers prevent_self_review",
    "DeploymentBranchPolicy": "name",
}


@pytest.mark.parametrize("name", READ)
def test_every_field_that_is_read_is_described(name: str) -> None:
    fields = getattr(described, name).model_fields
    known = {field.alias or name for name, field in fields.items()}
    assert set(READ[name].split()) - known == set()
