"""Builds through the command: a GitHub of our own, and saved answers."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from ..checks.github import (
    BASE,
    COMMIT,
    PULL_REQUEST,
    REPOSITORY,
    GitHub,
    branch,
    changed,
    compared,
    content,
    environment,
    folder,
    rule,
    ruleset,
    run,
    touched,
)
from ..world.client import Client
from ..world.strange import Dribbling, Server, Silent

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


CANDIDATE = """\
project: API Gateway
github: {repository: REPOSITORY, api: "API"}
environments: {prod: {host: local, root: ROOT}}
sections:
  - name: Release
    environment: prod
    components:
      - name: Candidate
        checks:
          - candidate: {workflow: build.yml, release-branch: main, deployed: {path: .}}
          - candidate: {workflow: build.yml, release-branch: main, deployed: {ledger: {files: "ledger/*.json"}}}
            name: by the ledger
          - candidate: {workflow: build.yml, release-branch: main, deployed: {workflow: {file: build.yml}}}
            name: by the workflow
"""


def test_what_lies_between_the_deployed_commit_and_the_candidate(client: Client) -> None:
    """The commit that a host names is asked about at the API, in the same run."""
    live, app = "80d6a856" + "0" * 32, client.folder / "app"
    (app / "releases/1").mkdir(parents=True)
    (app / "ledger").mkdir()
    (app / "releases/1/REVISION").write_text(f"{live}\n")
    (app / "current").symlink_to("releases/1")
    entry = {
        "timestamp": "2025-11-01T20:00:00Z",
        "action": "deploy",
        "result": "success",
        "release": f"1-{live[:8]}",
    }
    (app / "ledger/1.json").write_text(json.dumps(entry))
    with GitHub().serving() as github:
        compare = f"/repos/{REPOSITORY}/compare"
        files = touched("database/migrations/2025_11_02_split.php")
        github.answers[f"{compare}/{live}...{COMMIT}"] = compared("ahead", 2, files=files)
        github.answers[f"{compare}/{live[:8]}...{COMMIT}"] = compared("diverged", 2, 1)
        github.answers[f"{compare}/{COMMIT}...{COMMIT}"] = compared("identical", 0)
        github.answers[f"{compare}/main...{COMMIT}"] = compared("identical", 0)
        client.spec(
            CANDIDATE.replace("REPOSITORY", REPOSITORY)
            .replace('API"', f'{github.url}"')
            .replace("ROOT", str(app))
        )
        ran = client.docgen("status", "--env", "prod", "-f", "json")
        assert [c["status"] for c in ran.checks] == ["ok", "fail", "ok"], ran.everything
        assert "2025_11_02_split.php" in ran.everything and "diverged" in str(ran.checks[1]["ist"])
        assert {e["source"] for e in ran.checks[0]["evidence"]} == {"local", "github"}
        runs = [path for _, _, path, _ in github.requests if "/workflows/build.yml/runs" in path]
        assert len(runs) == 1, "the run is asked for once, whoever wants to know"

        plan = client.docgen("plan", "--env", "prod").stdout
        assert f"GET {github.url}/repos/{REPOSITORY}/compare/{{base}}...{{head}}" in plan
        (app / "releases/1/REVISION").unlink()
        github.answers[f"{compare}/main...{COMMIT}"] = (404, {}, b"{}")
        lost = client.docgen("status", "--env", "prod", "-f", "json").checks
        assert [c["status"] for c in lost] == ["unknown", "fail", "unknown"]
        assert "REVISION" in lost[0]["message"] and "contents=read" in lost[2]["remedy"]


def test_the_second_time_costs_only_conditional_requests(client: Client) -> None:
    repo = f"/repos/{REPOSITORY}"
    with GitHub().serving() as github:
        github.answers |= {
            f"{repo}/compare/v1...develop": compared("ahead", 2),
            f"{repo}/compare/main...develop": compared("behind", 0, 1),
            f"{repo}/rules/branches/main": [rule("pull_request", **PULL_REQUEST), rule("non_fast_forward")],
            f"{repo}/rulesets/42": ruleset(),
            f"{repo}/branches/main": branch(protected=False),
            f"{repo}/contents/.github/workflows": folder("build.yml"),
            f"{repo}/environments": {"environments": [environment("production", "m-weber")]},
        }
        client.spec(
            f'project: Shop\ngithub: {{repository: {REPOSITORY}, api: "{github.url}"}}\n'
            "environments: {prod: {host: local, root: /srv}}\nsections:\n  - name: Build\n    components:\n"
            "      - name: Rules\n        checks:\n"
            "          - candidate: {ref: develop, release-branch: main, deployed: {ref: v1}}\n"
            "          - branch-rules: main\n"
            "          - protected-environment: {environment: production, workflow: build.yml, job: bundle}\n"
        )
        found = []
        for _ in range(2):
            github.statuses.clear()
            found.append(client.docgen("status", "--env", "prod", "-f", "json"))
            statuses = set(github.statuses)
        assert [[c["status"] for c in ran.checks] for ran in found] == [["ok", "ok", "fail"]] * 2
        assert "names none" in found[1].checks[2]["ist"], "the job of our workflow has no environment"
        assert statuses == {304}


def test_an_action_that_alone_may_not_be_read_is_named_with_what_the_api_said(client: Client) -> None:
    top, action = (
        f"/repos/{REPOSITORY}/contents/.github/{one}"
        for one in ("workflows/build.yml", "actions/gate/action.yml")
    )
    with GitHub().serving() as github:
        github.answers[top] = content(
            "build.yml", "on: push\njobs:\n  bundle:\n    steps:\n      - uses: ./.github/actions/gate\n"
        )
        github.answers[action] = (403, {"X-Accepted-GitHub-Permissions": "contents=read"}, b"{}")
        client.spec(
            f'project: Shop\ngithub: {{repository: {REPOSITORY}, api: "{github.url}"}}\n'
            "environments: {prod: {host: local, root: /srv}}\nsections:\n  - name: Build\n    components:\n"
            "      - {name: Work, checks: [job: {workflow: build.yml, job: bundle, runs: [make]}]}\n"
            "      - {name: Name, checks: [step: {workflow: build.yml, job: bundle, step: Build}]}\n"
        )
        ran = client.docgen("status", "--env", "prod", "-f", "json", "--save", "s.json")
        assert (ran.code, [c["status"] for c in ran.checks]) == (3, ["unknown", "ok"]), ran.everything
        for language, words in (
            ("en", "could not be read"),
            ("de", "konnte nicht gelesen werden: Dem Token fehlt ein Recht"),
        ):
            text = client.docgen("status", "--from", "s.json", "-v", "--lang", language).stdout
            assert (
                words in " ".join(text.split())
                and "actions/gate/action.yml" in text
                and "contents=read" in text
            )


@pytest.mark.parametrize("state", ["blocked", "deployed"])
def test_all_that_the_demo_asks_costs_nothing_the_second_time(client: Client, state: str) -> None:
    """Its saved answers and its checkout, behind an API."""
    assert client.docgen("demo", "--state", state, "-o", "demo").code == 0
    world, text = client.folder / "demo/world", (client.folder / "demo/docgen.yml").read_text()
    saved = {
        str(c["id"]): c["status"]
        for c in client.docgen("status", "-c", "demo/docgen.yml", "-f", "json").checks
    }
    with GitHub().serving() as github:
        github.answers = {f"/repos/{REPOSITORY}/commits": [changed()]}
        for file in (one for one in (world / "github").rglob("*.*") if one.is_file()):
            path = "/" + str(file.relative_to(world / "github").with_suffix(""))
            read = {
                ".json": lambda f: json.loads(f.read_text()),
                ".txt": Path.read_text,
                ".bin": Path.read_bytes,
            }
            github.answers[path] = read[file.suffix](file)
        for file in (world / "checkout").rglob("*"):
            if file.is_file() and ".git" not in file.relative_to(world / "checkout").parts:
                path = str(file.relative_to(world / "checkout"))
                github.answers[f"/repos/{REPOSITORY}/contents/{path}"] = content(path, file.read_text())
        source = [
            line for line in text.splitlines() if not line.strip().startswith(("answers:", "checkout:"))
        ]
        there = "\n".join(source).replace("  repository: acme", f'  api: "{github.url}"\n  repository: acme')
        (client.folder / "demo/docgen.yml").write_text(there)
        found = []
        for _ in range(2):
            github.statuses.clear()
            github.requests.clear()
            ran = client.docgen("status", "-c", "demo/docgen.yml", "-f", "json")
            found.append({str(c["id"]): c["status"] for c in ran.checks})
        assert found[0] == saved and found[1] == saved
        again = [
            headers for _, _, path, headers in github.requests if not path.endswith("/actions/runs/1107")
        ]
        assert again and all("If-None-Match" in headers for headers in again)
        # A run that a document names and that there is not might have come.
        assert len(again) == len(github.requests) - 1 and set(github.statuses) == {304, 404}


SILENCE = """\
project: API Gateway
github: {repository: REPOSITORY, api: "http://127.0.0.1:PORT", LIMIT}
environments: {prod: {host: local, root: /srv}}
sections:
  - name: Build
    environment: prod
    components:
      - name: Everything about builds
        checks:
          - workflow: {file: build.yml}
          - workflow: {file: deploy.yml}
          - bundle: {workflow: build.yml, artifact: "bundle-*"}
          - candidate: {ref: develop, release-branch: main, deployed: {workflow: {file: deploy.yml}}}
          - branch-rules: main
          - protected-environment: {environment: production, workflow: deploy.yml, job: deploy}
          - documents: {}
"""


@pytest.mark.parametrize("server", [Silent, Dribbling])
def test_an_api_that_never_answers_does_not_hold_the_run(client: Client, server: type[Server]) -> None:
    with server() as api:
        text = SILENCE.replace("REPOSITORY", REPOSITORY).replace("PORT", str(api.port))
        client.spec(text.replace("LIMIT", "deadline: 2s"))
        (client.folder / "docs").mkdir()
        (client.folder / "docs/STATE.md").write_text("Run 19003049369 and run 19003120779 went well.\n")
        started = time.monotonic()
        ran = client.docgen("status", "--env", "prod", "-f", "json")
        assert time.monotonic() - started < 40, "the limit, the second round, and the start of a program"
        assert (ran.code, {c["status"] for c in ran.checks}) == (3, {"unknown"})
        assert (
            "The API is too slow: no answer within 2" in client.docgen("status", "--env", "prod", "-v").stdout
        )
        assert api.accepted, "it was really asked"


def test_an_api_that_is_down_is_one_blocker(client: Client) -> None:
    client.spec(
        """
        project: Shop
        github: {repository: example/shop, api: "http://127.0.0.1:1"}
        environments: {prod: {host: local}}
        sections:
          - name: Build
            components:
              - {name: Build, remedy: Look into the run., checks: [workflow: build.yml]}
              - {name: Job, checks: [job: {workflow: build.yml, job: test}, step: {workflow: build.yml, step: Test}]}
              - {name: Rules, checks: [branch-rules: main]}
        """
    )
    ran = client.docgen("status", "--format", "json")
    assert ran.code == 3, ran.everything
    (blocker,) = ran.report["blockers"]
    assert "127.0.0.1:1" in blocker["cause"]
    assert blocker["blocks"] == ["build/build", "build/job", "build/rules"]
    assert not blocker["critical"]
    assert {check["status"] for check in ran.checks} == {"unknown"}
