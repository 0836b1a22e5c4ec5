"""GitHub as a source: what a run did, whatever the API does, with GET alone and the token nowhere but in its header."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checks.model import Fact, Observation, probe
from checks.sources import network
from checks.sources.etags import shared

from ..github import BASE, COMMIT, REPOSITORY, WORKFLOW, GitHub, artifact, content, folder, job, reviewed, run

TOKEN = "github_pat_11ABCDEFG0canaryCANARYcanary"


@pytest.fixture
def github() -> Iterator[GitHub]:
    with GitHub().serving() as made:
        yield made


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The answers that are kept, in a folder of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    shared.cache_clear()
    yield tmp_path / "cache" / "docgen" / "answers.json"
    shared.cache_clear()


def asked(
    api: str,
    *,
    token: str | None = TOKEN,
    answers: str | None = None,
    checkout: str | None = None,
    deadline: float = 5,
    **more: Any,
) -> Fact:
    source = {
        "repository": REPOSITORY,
        "api": api,
        "token": "{secret.github}" if token else None,
        "answers": answers,
        "checkout": checkout,
    }
    args = {"source": source, "workflow": "build.yml", "branch": "main", "event": "push", **more}
    made = probe("github", here=True, deadline=deadline, **args)
    secrets = {"github": token} if token else {}
    (fact,) = network.observe_all([made], network.dial_from_here, secrets, at_most=1)
    assert TOKEN not in fact.model_dump_json()
    return fact


def test_a_run_with_its_jobs_and_artifacts(github: GitHub) -> None:
    fact = asked(github.url)
    assert fact.observation is Observation.OBSERVED, fact.reason
    assert (fact.value["run"]["number"], fact.value["run"]["commit"]) == (12, COMMIT)
    assert [j["name"] for j in fact.value["jobs"]] == ["bundle"]
    assert fact.value["artifacts"][0]["size"] == 660_000
    assert {method for _, method, *_ in github.requests} == {"GET"}
    assert all(headers["Authorization"] == f"Bearer {TOKEN}" for *_, headers in github.requests)
    assert not any(TOKEN in path for _, _, path, _ in github.requests)


def test_the_second_time_only_conditional_requests(github: GitHub, own_cache: Path) -> None:
    github.page = 1
    github.answers[f"{BASE}/runs/7/artifacts"] = {
        "artifacts": [artifact("a"), artifact(f"b {TOKEN}", token="hunter2222")]
    }
    first = asked(github.url).value
    assert set(github.statuses) == {200}
    shared.cache_clear()  # another run
    github.statuses.clear()
    assert asked(github.url).value == first and set(github.statuses) == {304}
    kept = own_cache.read_text()
    assert own_cache.stat().st_mode & 0o777 == 0o600 and TOKEN not in kept and "hunter2222" not in kept
    github.answers[f"{BASE}/workflows/build.yml/runs"] = {"workflow_runs": [run(run_number=13)]}
    assert asked(github.url).value["run"]["number"] == 13
    for broken in ("{", "[]", '{"x": 1}', '{"x": [1]}'):
        own_cache.write_text(broken)
        shared.cache_clear()
        assert asked(github.url).value["run"]["number"] == 13


def test_the_log_of_what_failed_comes_from_elsewhere_without_the_token(github: GitHub) -> None:
    steps = [("Backup", "success"), ("Fix Permissions", "failure"), ("Switch Symlink", "skipped")]
    github.answers[f"{BASE}/workflows/build.yml/runs"] = {"workflow_runs": [run(conclusion="failure")]}
    github.answers[f"{BASE}/runs/7/jobs"] = {"jobs": [job("deploy", "failure", *steps, id=71)]}
    github.answers[f"{BASE}/jobs/71/logs"] = (
        "2025-11-01T22:50:00.1234567Z ##[group]Run\n2025-11-01T22:50:01.0Z sudo: a password is required\n"
        "2025-11-01T22:50:01.1Z ##[error]Process completed with exit code 1.\n"
    )
    assert asked(github.url).value["failed_line"] == "sudo: a password is required"
    stored = [headers for server, _, _, headers in github.requests if server == "storage"]
    assert len(stored) == 1 and "Authorization" not in stored[0]


def test_a_log_is_read_once_and_artifacts_that_fail_lose_nothing_else(github: GitHub) -> None:
    github.answers[f"{BASE}/workflows/build.yml/runs"] = {"workflow_runs": [run(conclusion="failure")]}
    github.answers[f"{BASE}/runs/7/jobs"] = {"jobs": [job("deploy", "failure", ("Fix", "failure"), id=71)]}
    github.answers[f"{BASE}/jobs/71/logs"] = f"sudo: {TOKEN}\n##[error]it broke\n"
    github.answers[f"{BASE}/runs/7/artifacts"] = (502, {}, b"")
    first = asked(github.url).value
    assert (first["failed_line"], first["jobs"][0]["conclusion"]) == ("it broke", "failure")
    assert "502" in first["artifacts_lack"] and first["artifacts"] == []
    shared.cache_clear()
    github.requests.clear()
    assert asked(github.url).value["failed_line"] == "it broke"
    assert not [path for _, _, path, _ in github.requests if "/logs" in path]


def test_a_log_that_has_expired_is_asked_for_once(github: GitHub) -> None:
    github.answers[f"{BASE}/workflows/build.yml/runs"] = {"workflow_runs": [run(conclusion="failure")]}
    github.answers[f"{BASE}/runs/7/jobs"] = {"jobs": [job("deploy", "failure", ("Fix", "failure"), id=71)]}
    github.answers[f"{BASE}/jobs/71/logs"] = (410, {}, b"{}")
    assert asked(github.url).value["failed_line"] is None and 410 in github.statuses
    shared.cache_clear()
    github.statuses.clear()
    assert asked(github.url).value["failed_line"] is None and set(github.statuses) == {304}


def test_all_pages_are_read(github: GitHub) -> None:
    github.page = 10
    github.answers[f"{BASE}/runs/7/artifacts"] = {"artifacts": [artifact(f"a{n}") for n in range(35)]}
    assert len(asked(github.url).value["artifacts"]) == 35


def test_the_newest_run_of_the_branch_and_event_that_were_meant(github: GitHub) -> None:
    github.filters = False
    github.answers[f"{BASE}/workflows/build.yml/runs"] = {
        "workflow_runs": [run(id=8, event="pull_request"), run(id=9, head_branch="other")]
    }
    assert asked(github.url).value["run"] is None
    _, _, path, _ = github.requests[0]
    assert "branch=main" in path and "event=push" in path


@pytest.mark.parametrize(
    ("status", "headers", "observation", "part"),
    [
        (401, {}, "denied", "not accepted"),
        (403, {}, "denied", "Access was refused"),
        (403, {"X-Accepted-GitHub-Permissions": "actions=read"}, "denied", "lacks a permission"),
        (
            403,
            {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9999999999"},
            "not_attempted",
            "rate limit",
        ),
        (429, {"Retry-After": "60"}, "not_attempted", "rate limit"),
        (404, {}, "denied", "not found, or the token may not see it"),
        (410, {}, "error", "expired"),
        (500, {}, "error", "fault of its own"),
        (200, {}, "malformed", "no JSON"),
    ],
)
def test_what_is_no_answer(
    github: GitHub, status: int, headers: dict[str, str], observation: str, part: str
) -> None:
    github.answers[f"{BASE}/workflows/build.yml/runs"] = (status, headers, b"<html>")
    fact = asked(github.url)
    assert (fact.observation, fact.value) == (observation, None)
    assert fact.reason and part in fact.reason.id


@pytest.mark.parametrize("headers", [{"Retry-After": "60"}, {}])
def test_a_secondary_limit_is_called_so(github: GitHub, headers: dict[str, str]) -> None:
    body = b'{"message": "You have exceeded a secondary rate limit."}'
    github.answers[f"{BASE}/workflows/build.yml/runs"] = (403, headers, body)
    fact = asked(github.url)
    assert fact.observation == "not_attempted" and fact.reason and "secondary" in fact.reason.id


def test_an_api_that_is_down_is_named() -> None:
    fact = asked("http://127.0.0.1:1")
    assert fact.observation == "unreachable" and fact.reason
    assert fact.reason.params["api"] == "http://127.0.0.1:1"


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"workflow_runs": {}}', b"null", b"[" * 100_000])
def test_answers_of_another_shape(github: GitHub, body: bytes) -> None:
    github.answers[f"{BASE}/workflows/build.yml/runs"] = (200, {}, body)
    fact = asked(github.url)
    assert fact.observation is Observation.MALFORMED or fact.value["run"] is None


def test_odd_fields_are_carried(github: GitHub) -> None:
    odd = run(conclusion="exploded", run_number=None, display_title=["x"], created_at=None)
    github.answers[f"{BASE}/workflows/build.yml/runs"] = {"workflow_runs": [None, odd] if False else [odd]}
    github.answers[f"{BASE}/runs/7/jobs"] = {
        "jobs": [{"id": 1, "name": "x", "conclusion": None, "steps": None}, "x"]
    }
    fact = asked(github.url)
    assert fact.value["run"]["conclusion"] == "exploded" and fact.value["jobs"][0]["steps"] == []


def test_a_hiccup_is_tried_again_and_silence_ends(github: GitHub) -> None:
    github.failures = 2
    assert asked(github.url).observation is Observation.OBSERVED
    assert asked("http://127.0.0.1:1").observation is Observation.UNREACHABLE
    assert asked("http://192.0.2.1", deadline=0.3).observation in (
        Observation.TIMEOUT,
        Observation.UNREACHABLE,
    )


def test_saved_answers(tmp_path: Path) -> None:
    for path, data in GitHub().answers.items():
        file = tmp_path / f"{path.strip('/')}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(data))
    assert asked("https://api.github.com", answers=str(tmp_path)).value["run"]["number"] == 12
    missing = asked("https://api.github.com", answers=str(tmp_path / "x"))
    assert missing.observation is Observation.NOT_ATTEMPTED


def test_a_token_that_cannot_be_had() -> None:
    source = {
        "repository": REPOSITORY,
        "api": "http://127.0.0.1:1",
        "token": "{secret.github}",
        "answers": None,
        "checkout": None,
    }
    made = probe("github", here=True, source=source, workflow="x", branch=None, event=None)
    (fact,) = network.observe_all([made], network.dial_from_here, {}, at_most=1)
    assert fact.observation is Observation.ERROR and "cannot be had" in str(fact.reason)


def test_the_workflow_file_as_it_ran_and_as_it_would_run_next(github: GitHub) -> None:
    value = asked(github.url).value
    assert value["file"]["texts"] == [{"path": ".github/workflows/build.yml", "text": WORKFLOW}]
    assert (value["file"]["commit"], value["next"]) == (COMMIT, None)
    assert value["changed"] == {"commit": "9be21f07" + "0" * 32, "date": "2025-10-30T08:00:00Z"}
    asked_for = [path for _, _, path, _ in github.requests if "/contents/" in path]
    assert [path.partition("?")[2] for path in asked_for] == [f"ref={COMMIT}", "ref=main"]


def test_what_the_workflow_runs_is_fetched_too(github: GitHub) -> None:
    text = (
        WORKFLOW
        + "      - uses: ./.github/actions/gate\n      - run: ./scripts/gate.sh && ./../../etc/x.sh\n"
    )
    its = {
        ".github/workflows/build.yml": text, ".github/actions/gate/action.yml": "runs: {}\n",
        "scripts/gate.sh": "bash scripts/more.sh\n", "scripts/more.sh": "true\n",
    }  # fmt: skip
    for path, body in its.items():
        github.answers[f"/repos/{REPOSITORY}/contents/{path}"] = content(path, body)
    assert {one["path"] for one in asked(github.url).value["file"]["texts"]} == set(its)


def put(github: GitHub, **files: str) -> None:
    github.answers |= {
        f"/repos/{REPOSITORY}/contents/{path}": content(path, text) for path, text in files.items()
    }


WORLD = (
    WORKFLOW
    + """\
      - uses: ./.github/actions/short
      - uses: ./.github/actions/long
      - uses: ./.github/actions/docker
      - run: vendor/bin/phpstan analyse && make deploy && scripts/built/later.sh
  called:
    uses: ./.github/workflows/called.yml
"""
)
STEPS = "runs: {using: composite, steps: [{run: make, shell: bash}]}\n"


def test_files_that_are_not_there_cost_nothing_the_second_time(github: GitHub) -> None:
    """An action is in ``action.yml`` or ``action.yaml``; that the one is not found has no ETag."""
    its = {
        ".github/workflows/build.yml": WORLD, ".github/workflows/called.yml": "on: workflow_call\njobs: {a: {}}\n",
        ".github/actions/short/action.yml": STEPS, ".github/actions/long/action.yaml": STEPS,
        ".github/actions/docker/Dockerfile": "FROM scratch\n", "phpstan.neon.dist": "parameters:\n  level: 5\n",
    }  # fmt: skip
    put(github, **its)
    first = asked(github.url).value
    assert {one["path"] for one in first["file"]["texts"]} == set(its) - {".github/actions/docker/Dockerfile"}
    assert first["file"]["unread"] == [] and first["next"] is None
    assert not [path for _, _, path, _ in github.requests if "short/action.yaml" in path]
    shared.cache_clear()
    github.statuses.clear()
    github.requests.clear()
    assert asked(github.url).value == first
    assert set(github.statuses) == {304}
    assert all("If-None-Match" in headers for *_, headers in github.requests)
    put(github, **{".github/actions/long/action.yml": STEPS + "# new\n"})
    shared.cache_clear()
    found = {one["path"] for one in asked(github.url).value["file"]["texts"]}
    assert ".github/actions/long/action.yml" in found and ".github/actions/long/action.yaml" not in found


def test_an_action_that_may_be_hidden_is_not_said_to_be_missing(github: GitHub) -> None:
    """A folder that is a submodule, or one of more files than the API tells."""
    put(github, **{".github/workflows/build.yml": WORKFLOW + "      - uses: ./sub\n"})
    for listing in ({"type": "submodule", "name": "sub"}, folder(*(f"f{n}" for n in range(1000)), of="sub")):
        github.answers[f"/repos/{REPOSITORY}/contents/sub"] = listing
        (lost,) = asked(github.url).value["file"]["unread"]
        assert (lost["path"], lost["observation"]) == ("sub/action.yml", "denied")
        shared.cache_clear()


def test_what_is_too_large_for_the_answer_is_not_empty(github: GitHub) -> None:
    path = ".github/workflows/build.yml"
    github.answers[f"/repos/{REPOSITORY}/contents/{path}"] = {**content(path, ""), "encoding": "none"}
    assert asked(github.url).value["file"]["observation"] == "malformed"


def test_without_the_right_to_read_files_the_run_is_still_known(github: GitHub) -> None:
    del github.answers[f"/repos/{REPOSITORY}/contents/.github/workflows/build.yml"]
    value = asked(github.url).value
    assert value["run"]["number"] == 12 and value["file"]["texts"] == []
    assert value["file"]["observation"] == value["next"]["observation"] == "denied"


def test_a_checkout_instead(github: GitHub, tmp_path: Path) -> None:
    def git(*words: str) -> str:
        env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "GIT_CONFIG_GLOBAL": "/dev/null"}
        argv = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.com", *words]
        return subprocess.run(argv, env=env, capture_output=True, text=True, check=True).stdout.strip()

    file = tmp_path / ".github/workflows/build.yml"
    file.parent.mkdir(parents=True)
    file.write_text("on: push\n")
    git("init", "-q")
    git("add", "-A")
    git("commit", "-q", "-m", "one")
    commit = git("rev-parse", "HEAD")
    file.write_text("on: push # changed, not committed\n")
    github.answers[f"{BASE}/workflows/build.yml/runs"] = {"workflow_runs": [run(head_sha=commit)]}
    value = asked(github.url, checkout=str(tmp_path)).value
    assert value["file"]["texts"][0]["text"] == "on: push\n"
    assert "not committed" in value["next"]["texts"][0]["text"]
    assert value["changed"]["commit"] == commit
    assert not [path for _, _, path, _ in github.requests if "/contents/" in path]
    github.answers[f"{BASE}/workflows/build.yml/runs"] = {"workflow_runs": [run(head_sha="--output=/tmp/x")]}
    assert asked(github.url, checkout=str(tmp_path)).value["file"]["observation"] == "malformed"
    github.answers[f"{BASE}/workflows/build.yml/runs"] = {"workflow_runs": [run(head_sha="f" * 40)]}
    assert asked(github.url, checkout=str(tmp_path)).value["file"]["observation"] == "error"
    file.write_text("on: push\n" + "#\n" * 300_000)
    assert asked(github.url, checkout=str(tmp_path)).value["next"]["observation"] == "malformed", (
        "not cut off"
    )
    file.unlink()
    file.symlink_to("/etc/hostname")
    value = asked(github.url, checkout=str(tmp_path)).value
    assert value["next"]["observation"] == "denied", "a link out of the checkout"


def test_a_first_attempt_is_read_where_there_were_several(github: GitHub) -> None:
    github.answers[f"{BASE}/workflows/build.yml/runs"] = {"workflow_runs": [run(run_attempt=2)]}
    github.answers[f"{BASE}/runs/7/attempts/1"] = run(conclusion="failure")
    assert asked(github.url).value["first"] == {"status": "completed", "conclusion": "failure"}


def test_each_answer_is_asked_for_once_in_a_run(github: GitHub) -> None:
    """Several checks want the runs of one workflow, of several branches or not."""
    source = {"repository": REPOSITORY, "api": github.url, "token": None, "answers": None, "checkout": None}
    args = {"source": source, "workflow": "build.yml", "branch": None, "event": None}
    opened = probe("github_artifact", here=True, artifact="deployment-*", contains=[], **args)
    made = [probe("github", here=True, **args), opened]
    network.observe_all(made, network.dial_from_here, {}, at_most=8)
    paths = [path for _, _, path, _ in github.requests]
    assert len(paths) == len(set(paths))


def failed_without_a_step(github: GitHub, *reviews: dict[str, Any]) -> None:
    github.answers[f"{BASE}/workflows/build.yml/runs"] = {"workflow_runs": [run(conclusion="failure")]}
    github.answers[f"{BASE}/runs/7/jobs"] = {
        "jobs": [job("backup", "success", ("Dump", "success")), job("deploy", "failure", id=71)]
    }
    github.answers[f"{BASE}/runs/7/approvals"] = list(reviews)


def test_who_rejected_a_run_is_asked_where_no_step_says_why(github: GitHub) -> None:
    assert asked(github.url).value["rejected"] is None
    assert not [path for _, _, path, _ in github.requests if "/approvals" in path]
    failed_without_a_step(
        github,
        reviewed("approved", "x", "staging"),
        reviewed("rejected", "m-weber", "production", comment="no"),
    )
    first = asked(github.url).value
    assert first["rejected"] == {"by": "m-weber", "environment": "production", "comment": "no"}
    shared.cache_clear()
    github.statuses.clear()
    assert asked(github.url).value == first and set(github.statuses) == {304}


def test_what_was_approved_later_was_not_rejected(github: GitHub) -> None:
    again = [reviewed("rejected", "m-weber", "production"), reviewed("approved", "m-weber", "production")]
    for reviews in ([], again, ["x", {}, {"state": "rejected", "environments": None}]):
        failed_without_a_step(github, *reviews)
        assert asked(github.url).value["rejected"] is None
        shared.cache_clear()
    github.answers[f"{BASE}/runs/7/approvals"] = (403, {}, b"{}")
    assert asked(github.url).value["rejected"] is None


@pytest.mark.parametrize("status", [410, 403, 500])
def test_why_there_is_no_last_line(github: GitHub, status: int) -> None:
    github.answers[f"{BASE}/workflows/build.yml/runs"] = {"workflow_runs": [run(conclusion="failure")]}
    github.answers[f"{BASE}/runs/7/jobs"] = {"jobs": [job("deploy", "failure", ("Fix", "failure"), id=71)]}
    github.answers[f"{BASE}/jobs/71/logs"] = (status, {}, b"{}")
    first = asked(github.url).value
    assert first["failed_line"] is None and str(status) in first["failed_line_lack"]
    shared.cache_clear()
    assert asked(github.url).value["failed_line_lack"] == first["failed_line_lack"]


def test_a_step_that_its_runner_did_not_end_ended_as_its_job(github: GitHub) -> None:
    lost = job("deploy", "failure", ("Fix", "success"), ("Switch", None), ("Reload", None))
    lost["steps"][1]["status"], lost["steps"][2]["status"] = "in_progress", "queued"
    github.answers[f"{BASE}/workflows/build.yml/runs"] = {"workflow_runs": [run(conclusion="failure")]}
    github.answers[f"{BASE}/runs/7/jobs"] = {"jobs": [lost]}
    (its,) = asked(github.url).value["jobs"]
    assert [step["conclusion"] for step in its["steps"]] == ["success", "failure", ""]


def test_a_job_that_went_well_without_its_steps_is_no_answer(github: GitHub) -> None:
    github.answers[f"{BASE}/runs/7/jobs"] = {"jobs": [{**job("bundle"), "steps": None}]}
    fact = asked(github.url)
    assert fact.observation is Observation.MALFORMED and fact.reason and fact.reason.params["key"] == "steps"
