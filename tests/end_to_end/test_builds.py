"""Builds through the command: a GitHub of our own, and saved answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ..checks.github import BASE, REPOSITORY, GitHub, run
from ..world.client import Client

TOKEN = "github_pat_11ABCDEFG0canaryCANARYcanary"
SPEC = """\
project: API Gateway
github: {repository: REPOSITORY, SOURCE}
secrets: {github: {env: GITHUB_TOKEN}}
environments: {prod: {host: local, root: /srv}}
sections:
  - name: Build
    components:
      - name: Bundle
        checks:
          - workflow: {file: build.yml, branch: main, event: push, jobs: [bundle], artifact: "deployment-bundle-*"}
      - name: Deployment
        needs: Bundle
        checks: [workflow: {file: build.yml, event: push}]
"""


def spec(client: Client, source: str) -> None:
    client.spec(SPEC.replace("REPOSITORY", REPOSITORY).replace("SOURCE", source))


@pytest.fixture
def client(tmp_path: Path) -> Client:
    return Client(tmp_path)


def test_a_build_is_found_out_and_the_token_stays_where_it_is(client: Client) -> None:
    with GitHub().serving() as github:
        spec(client, f'api: "{github.url}", token: "{{secret.github}}"')
        ran = client.docgen(
            "status", "--env", "prod", "-f", "json", "--save", "s.json", env={"GITHUB_TOKEN": TOKEN}
        )
        assert (ran.code, [c["status"] for c in ran.checks]) == (0, ["ok", "ok"])
        assert {e["source"] for c in ran.checks for e in c["evidence"]} == {"github"}
        github.answers[f"{BASE}/workflows/build.yml/runs"] = {
            "workflow_runs": [run(status="waiting", conclusion=None)]
        }
        who = {
            "environment": {"name": "production"},
            "reviewers": [{"type": "User", "reviewer": {"login": "m-weber"}}],
        }
        github.answers[f"{BASE}/runs/7/pending_deployments"] = [who]
        held = client.docgen("status", "--env", "prod", "-f", "json", env={"GITHUB_TOKEN": TOKEN})
        assert [c["status"] for c in held.checks] == ["pending", "pending"]
        assert "m-weber" in client.docgen("status", "--env", "prod", "-v", env={"GITHUB_TOKEN": TOKEN}).stdout
        github.answers.clear()
        lost = client.docgen("status", "--env", "prod", "-f", "json", env={"GITHUB_TOKEN": TOKEN})
        assert (lost.code, {c["status"] for c in lost.checks}) == (3, {"unknown"})
    plan = client.docgen("plan", "--env", "prod").stdout
    assert f"GET {github.url}/repos/{REPOSITORY}/actions/workflows/build.yml/runs?branch=main" in plan
    for text in (
        ran.everything,
        held.everything,
        lost.everything,
        plan,
        (client.folder / "s.json").read_text(),
    ):
        assert TOKEN not in text


def test_saved_answers_contact_nobody(client: Client) -> None:
    for path, data in GitHub().answers.items():
        file = client.folder / "answers" / f"{path.strip('/')}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(data))
    spec(client, "answers: answers")
    ran = client.docgen("status", "--env", "prod", "-f", "json")
    assert (ran.code, [c["status"] for c in ran.checks]) == (0, ["ok", "ok"])


def test_without_a_repository_and_with_a_token_in_the_spec(client: Client) -> None:
    spec(client, f"token: {TOKEN}")
    ran = client.docgen("status", "--env", "prod")
    assert ran.code == 2 and "reference to a secret" in ran.stderr and TOKEN not in ran.everything
    client.spec(SPEC.replace("github: {repository: REPOSITORY, SOURCE}\n", ""))
    ran = client.docgen("status", "--env", "prod")
    assert ran.code == 2 and "at the top of the spec" in ran.stderr
