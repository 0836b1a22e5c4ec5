"""An API that trickles or hangs at any one place: it ends in time, what was answered is kept, the rest is too slow."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checks.collect import GITHUB_WITHIN
from checks.kinds import kind
from checks.model import Fact, Observation, Probe, probe
from checks.sources import api, network
from checks.sources.etags import shared
from checks.testing import validated

from ..github import (
    BASE,
    COMMIT,
    PULL_REQUEST,
    REPOSITORY,
    GitHub,
    artifact,
    branch,
    compared,
    content,
    environment,
    job,
    protection,
    rule,
    ruleset,
    run,
)

REPO = f"/repos/{REPOSITORY}"
WITHIN = 2.0
TEXT = """\
on: push
jobs:
  bundle:
    steps:
      - uses: ./.github/actions/gate
"""
GATE = f"{REPO}/contents/.github/actions/gate/action.yml"


@pytest.fixture
def github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(api, "SHARE", WITHIN / 4)
    shared.cache_clear()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("readme", "x")
    with GitHub().serving() as made:
        failed = run(conclusion="failure", run_attempt=2)
        made.answers |= {
            f"{BASE}/workflows/build.yml/runs": {
                "workflow_runs": [failed, run(id=6, created_at="2025-10-01")]
            },
            f"{BASE}/runs/7/jobs": {"jobs": [job("bundle", "failure", ("Build", "failure"), id=71)]},
            f"{BASE}/runs/7/attempts/1": run(conclusion="cancelled"),
            f"{BASE}/runs/7/artifacts": {"artifacts": [artifact("bundle", digest="")]},
            f"{BASE}/artifacts/9/zip": packed.getvalue(),
            f"{BASE}/jobs/71/logs": "##[error]it broke\n",
            f"{REPO}/contents/.github/workflows/build.yml": content(".github/workflows/build.yml", TEXT),
            GATE: content(".github/actions/gate/action.yml", "runs: {using: composite, steps: []}\n"),
            f"{REPO}/compare/v1...develop": compared("ahead", 2),
            f"{REPO}/compare/main...develop": compared("behind", 0, 1),
            f"{REPO}/rules/branches/main": [rule("pull_request", **PULL_REQUEST)],
            f"{REPO}/rulesets/42": ruleset(),
            f"{REPO}/branches/main": branch(),
            f"{REPO}/branches/main/protection": protection(),
            f"{REPO}/environments": {"environments": [environment("production", "m-weber")]},
        }
        yield made
    shared.cache_clear()


def probes(github: GitHub) -> list[Probe]:
    source = {"repository": REPOSITORY, "api": github.url, "token": None, "answers": None, "checkout": None}
    of = {"source": source, "workflow": "build.yml", "branch": "main", "event": "push"}
    follows = {"base": "v1", "head": "develop"}
    more: dict[str, dict[str, Any]] = {
        "github": of,
        "github_artifact": {**of, "artifact": "bundle", "contains": []},
        "github_compare": {"source": source, "follows": follows, "branch": "main"},
        "github_environment": {"source": source, "name": "production"},
        "github_rules": {"source": source, "branch": "main"},
    }
    return [probe(verb, here=True, deadline=WITHIN + 1, **args) for verb, args in more.items()]


def collected(github: GitHub, *, strict: bool = False) -> tuple[dict[str, Fact], float]:
    started, asked = time.monotonic(), probes(github)
    budget = network.Budget(WITHIN, strict=strict)
    facts = network.observe_all(asked, network.dial_from_here, {}, at_most=16, budget=budget)
    verbs = {one.id: one.verb for one in asked}
    return {verbs[one.probe]: one for one in facts}, time.monotonic() - started


def lost(facts: dict[str, Fact]) -> set[str]:
    """The verbs whose answer was not had, each because the API is too slow."""
    gone = {verb: fact for verb, fact in facts.items() if fact.observation is not Observation.OBSERVED}
    for fact in gone.values():
        assert fact.observation is Observation.TIMEOUT and fact.reason and "too slow" in fact.reason.id, fact
    return set(gone)


def test_nothing_is_slow(github: GitHub) -> None:
    facts, _ = collected(github)
    assert not lost(facts)
    value = facts["github"].value
    assert (value["failed_line"], value["first"]["conclusion"]) == ("it broke", "cancelled")
    assert value["changed"] and len(value["file"]["texts"]) == 2


PLACES: list[tuple[str, str, set[str]]] = [
    ("api", f"{BASE}/workflows/build.yml/runs", {"github", "github_artifact"}),
    ("api", f"{BASE}/runs/7/jobs", {"github"}),
    ("api", f"{BASE}/runs/7/artifacts", {"github_artifact"}),
    ("api", f"{BASE}/runs/7/attempts/1", set()),
    ("api", f"{BASE}/jobs/71/logs", set()),
    ("storage", f"{BASE}/jobs/71/logs", set()),
    ("storage", f"{BASE}/artifacts/9/zip", {"github_artifact"}),
    ("api", f"{REPO}/contents/.github/workflows/build.yml", set()),
    ("api", GATE, set()),
    ("api", f"{REPO}/commits", set()),
    ("api", f"{REPO}/compare/v1...develop", set()),
    ("api", f"{REPO}/environments", {"github_environment"}),
    ("api", f"{REPO}/rules/branches/main", {"github_rules"}),
    ("api", f"{REPO}/rulesets/42", {"github_rules"}),
    ("api", f"{REPO}/branches/main/protection", {"github_rules"}),
]  # fmt: skip


@pytest.mark.parametrize(("server", "path", "gone"), PLACES)
def test_it_trickles_at_one_place(github: GitHub, server: str, path: str, gone: set[str]) -> None:
    github.slow = (server, path)
    facts, seconds = collected(github)
    assert seconds < WITHIN + 2, "the download of an artifact may go on for one second more"
    assert lost(facts) == gone
    if "github" not in gone:
        value = facts["github"].value
        assert value["run"]["commit"] == COMMIT and value["jobs"][0]["conclusion"] == "failure"
        if "/logs" not in path:
            assert value["failed_line"] == "it broke", "what comes behind the slow one is still asked"
        unread = [one["path"] for one in value["file"]["unread"]]
        assert unread == ([".github/actions/gate/action.yml"] if path == GATE else [])
        if "build.yml" in path:
            assert value["file"]["observation"] == "timeout" and "too slow" in value["file"]["said"]
    if "/compare/" in path:
        value = facts["github_compare"].value
        assert "too slow" in value["lack"]["said"] and value["on_branch"]["status"] == "behind"


@pytest.mark.parametrize("place", [0, 6, 7, 12])
def test_it_hangs_at_one_place(github: GitHub, place: int) -> None:
    server, path, gone = PLACES[place]
    github.slow, github.silent = (server, path), True
    facts, seconds = collected(github)
    assert seconds < WITHIN + 2 and lost(facts) == gone


def test_a_declared_deadline_holds_for_a_download_too(github: GitHub) -> None:
    github.slow = ("storage", f"{BASE}/artifacts/9/zip")
    facts, seconds = collected(github, strict=True)
    assert seconds < WITHIN + 0.8 and lost(facts) == {"github_artifact"}


def test_the_defaults_are_those_that_are_documented() -> None:
    said = (Path(__file__).parents[3] / "docs/spec.md").read_text()
    bundle = kind("bundle").probes(validated("bundle", {"workflow": "build.yml", "artifact": "b"}))["bundle"]
    assert f"Default: {GITHUB_WITHIN:g}s, and {bundle.deadline:g}s with the download" in said


def test_several_that_want_the_same_slow_answer_wait_no_longer_than_one(github: GitHub) -> None:
    github.slow = ("api", f"{BASE}/workflows/build.yml/runs")
    source = {"repository": REPOSITORY, "api": github.url, "token": None, "answers": None, "checkout": None}
    of = {"source": source, "workflow": "build.yml", "branch": "main", "event": "push", "contains": []}
    many = [
        probe("github_artifact", here=True, deadline=WITHIN + 1, artifact=f"a{n}", **of) for n in range(24)
    ]
    started = time.monotonic()
    budget = network.Budget(WITHIN, strict=False)
    facts = network.observe_all(many, network.dial_from_here, {}, at_most=16, budget=budget)
    assert time.monotonic() - started < WITHIN + 2
    assert {fact.observation for fact in facts} == {Observation.TIMEOUT}
    assert all(fact.reason and "too slow" in fact.reason.id for fact in facts)


def test_what_only_had_the_rest_of_the_time_says_the_whole(github: GitHub) -> None:
    github.slow = ("api", f"{REPO}/rulesets/42")
    (asked,) = [one for one in probes(github) if one.verb == "github_rules"]
    budget = network.Budget(WITHIN, strict=True)
    time.sleep(WITHIN - 0.3)
    budget.answered()
    (fact,) = network.observe_all([asked], network.dial_from_here, {}, at_most=1, budget=budget)
    assert fact.reason and fact.reason.params["limit"] == WITHIN and fact.reason.id.endswith("in all.")
