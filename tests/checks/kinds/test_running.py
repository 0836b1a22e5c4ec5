from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from checks.kinds import kind
from checks.knowledge.witnesses import commit_of
from checks.model import Fact, Judgement, Observation, Verdict
from checks.testing import denied, failed, judge, observed, validated
from docgen.i18n import Translator

sys.path.insert(0, str(Path(__file__).parent.parent))
import servers

LIVE, OLD = "4144baac" + "0" * 32, "80d6a856" + "0" * 32
RELEASE = "20251101_225026-4144baac"
EN = Translator("en")


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A folder of releases whose live one knows its commit, and a ledger that knows it as well."""
    (tmp_path / "releases" / RELEASE).mkdir(parents=True)
    (tmp_path / "current").symlink_to(f"releases/{RELEASE}")
    (tmp_path / "current/REVISION").write_text(f"{LIVE}\n")
    entry(tmp_path, "2025-11-01T22:50:00Z", release=RELEASE)
    return tmp_path


def entry(app: Path, when: str, **more: Any) -> None:
    (app / "ledger").mkdir(exist_ok=True)
    made = {"timestamp": when, "action": "deploy", "environment": "production", "result": "success", **more}
    (app / "ledger" / f"{when[:19].replace(':', '')}.json").write_text(json.dumps(made))


def asked(
    app: Path, *, revision: bool = True, facts: dict[str, Fact] | None = None, **more: Any
) -> Judgement:
    declared = {
        "path": ".", "revision": revision, "ledger": {"files": "ledger/*.json", "environment": "prod"}, **more
    }  # fmt: skip
    return judge("running", declared, root=str(app), **(facts or {}))


def said(judgement: Judgement) -> dict[str, tuple[str, Verdict]]:
    """What each witness says, by its name, and how that is judged."""
    return {
        EN.plain(a.name) if a.name else "": (EN.plain(a.actual) if a.actual else "–", a.verdict)
        for a in judgement.aspects
    }


def reason(judgement: Judgement) -> str:
    return EN.plain(judgement.reason) if judgement.reason else ""


def build(good: dict[str, Any] | None = None, **more: Any) -> Fact:
    run = {
        "id": 7, "number": 12, "attempt": 1, "commit": LIVE, "status": "completed", "conclusion": "success",
        "updated": "2025-11-01T22:51:00Z", **more,
    }  # fmt: skip
    job = {"name": "deploy", "conclusion": "success", "steps": [{"conclusion": "success"}]}
    bundle = {"name": "deployment-bundle-4144baac", "digest": "sha256:aa"}
    value = {
        "run": run,
        "good": good or run,
        "jobs": [job],
        "artifacts": [bundle],
        "waiting": [],
        "failed_line": None,
    }
    return observed(value)


def test_all_agree_however_much_of_the_commit_they_name(app: Path) -> None:
    made = asked(app, workflow={"file": "deploy.yml"}, facts={"run": build()})
    assert (made.verdict, made.reason) == (Verdict.CONFORM, None)
    assert [words for words, _ in said(made).values()] == [RELEASE, LIVE[:12], RELEASE, LIVE[:12]]
    assert {EN.plain(a.expected) for a in made.aspects} == {"4144baac"}


def test_the_odd_one_out_is_named(app: Path) -> None:
    entry(app, "2025-11-02T08:00:00Z", commit=OLD)
    made = asked(app)
    assert made.verdict is Verdict.DEVIATES
    assert said(made)["the ledger"] == (OLD[:12], Verdict.DEVIATES)
    assert reason(made) == "the ledger says 80d6a856, all others 4144baac."


def test_without_a_majority_nobody_is_right(app: Path) -> None:
    entry(app, "2025-11-02T08:00:00Z", commit=OLD)
    made = asked(app, revision=False)
    assert {verdict for _, verdict in said(made).values()} == {Verdict.DEVIATES}
    assert reason(made) == "No majority: the link current says 4144baac; the ledger says 80d6a856."


def test_the_commit_that_must_be_live(app: Path) -> None:
    assert asked(app, commit="4144baa").verdict is Verdict.CONFORM
    made = asked(app, commit="80d6a856")
    assert {verdict for _, verdict in said(made).values()} == {Verdict.DEVIATES}
    assert reason(made).startswith("the link current says 4144baac; the file REVISION says 4144baac;")
    assert judge("running", {"path": ".", "commit": LIVE}, root=str(app)).verdict is Verdict.CONFORM


def test_a_witness_that_is_not_there_deviates(app: Path) -> None:
    (app / "current/REVISION").unlink()
    made = asked(app)
    assert said(made)["the file REVISION"] == ("missing", Verdict.DEVIATES)
    assert reason(made) == "the file REVISION says nothing, all others 4144baac."
    (app / "current").unlink()
    (app / "current").symlink_to("releases/20251101_999999-deadbeef")
    made = asked(app)
    assert said(made)["the link current"] == ("a link that leads nowhere", Verdict.DEVIATES)


@pytest.mark.parametrize("observation", [Observation.DENIED, Observation.TIMEOUT, Observation.UNREACHABLE])
def test_a_witness_that_was_not_heard_is_named_and_blanks_no_other(
    app: Path, observation: Observation
) -> None:
    made = asked(app, workflow={"file": "deploy.yml"}, facts={"run": failed(observation)})
    assert (made.verdict, made.observation) == (Verdict.UNDETERMINED, observation)
    assert [verdict for _, verdict in said(made).values()] == [Verdict.CONFORM] * 3 + [Verdict.UNDETERMINED]
    assert reason(made) == "the workflow deploy.yml was not heard: It failed."
    made = asked(app, commit="80d6a856", workflow={"file": "deploy.yml"}, facts={"run": failed(observation)})
    assert made.verdict is Verdict.DEVIATES and "was not heard" in reason(made)


def test_one_alone_proves_nothing(app: Path) -> None:
    made = asked(app, revision=False, facts={"entries": denied()})
    assert made.verdict is Verdict.UNDETERMINED and made.remedy
    assert EN.plain(made.aspects[0].note) == "No other witness was heard."  # type: ignore[arg-type]


def test_a_folder_that_may_not_be_entered(unprivileged: Path) -> None:
    (unprivileged / "app/releases/1-4144baac").mkdir(parents=True)
    (unprivileged / "app/current").symlink_to("releases/1-4144baac")
    (unprivileged / "app/current/REVISION").write_text("4144baac")
    declared = {"path": "app", "revision": True}
    assert judge("running", declared, root=str(unprivileged)).verdict is Verdict.CONFORM
    (unprivileged / "app/current/REVISION").chmod(0)
    made = judge("running", declared, root=str(unprivileged))
    assert said(made)["the file REVISION"] == ("–", Verdict.UNDETERMINED)
    (unprivileged / "app").chmod(0)
    made = judge("running", declared, root=str(unprivileged))
    assert (made.verdict, made.observation) == (Verdict.UNDETERMINED, Observation.DENIED)
    assert made.remedy and str(unprivileged / "app") in str(made.remedy)


@pytest.mark.parametrize(
    ("reply", "how", "words", "verdict"),
    [
        ((200, {}, b'{"app": {"version": "4144baac"}}'), {"json": "$.app.version"}, "4144baac", Verdict.CONFORM),
        ((503, {"X-Release": RELEASE}, b""), {"header": "x-release"}, RELEASE, Verdict.CONFORM),
        ((200, {}, b'{"app": 1}'), {"json": "$.app.version"}, "200, without $.app.version", Verdict.DEVIATES),
        ((200, {}, b"<html>"), {"json": "$.app.version"}, "200, without $.app.version", Verdict.DEVIATES),
        ((200, {}, b""), {"header": "x-release"}, "200, without x-release", Verdict.DEVIATES),
        ((200, {}, b'{"v": "80d6a856"}'), {"json": "v"}, "80d6a856", Verdict.DEVIATES),
        ((200, {}, b'{"v": "1.4.2"}'), {"json": "v"}, "1.4.2", Verdict.UNDETERMINED),
        ((200, {}, b'{"secret": "4144baac"}'), {"json": "$.secret"}, "–", Verdict.UNDETERMINED),
    ],
)  # fmt: skip
def test_the_application_itself(app: Path, reply: Any, how: Any, words: str, verdict: Verdict) -> None:
    with servers.web({"/health": reply}) as server:
        made = asked(app, http={"url": f"{server.url}/health", **how})
        assert said(made)[f"the answer of {server.url}/health"] == (words, verdict), made
        assert made.verdict is verdict
    if verdict is Verdict.CONFORM:
        made = asked(app, http={"url": f"{server.url}/health", **how})
        assert made.verdict is Verdict.UNDETERMINED and "connection refused" in reason(made)


def test_versions_are_compared_where_nobody_names_a_commit(app: Path) -> None:
    (app / "current").unlink()
    (app / "releases/1.4.2").mkdir()
    (app / "current").symlink_to("releases/1.4.2")
    (app / "current/REVISION").write_text("1.4.2\n")
    declared = {"path": ".", "revision": True}
    assert judge("running", declared, root=str(app)).verdict is Verdict.CONFORM
    (app / "current/REVISION").write_text("1.4\n")
    made = judge("running", declared, root=str(app))
    assert reason(made) == "No majority: the link current says 1.4.2; the file REVISION says 1.4."


def test_names_of_releases_that_hold_no_commit(app: Path) -> None:
    (app / "current").rename(app / "latest")
    (app / "releases" / RELEASE).rename(app / "releases/20251101225026")
    (app / "current").symlink_to("releases/20251101225026")
    made = asked(app)
    assert made.verdict is Verdict.UNDETERMINED
    assert reason(made) == "the link current names no commit: 20251101225026."
    made = asked(app, link=False)
    assert (made.verdict, list(said(made))) == (Verdict.CONFORM, ["the file REVISION", "the ledger"])


def test_only_a_real_deployment_of_this_environment_that_ended_well_counts(app: Path) -> None:
    entry(app, "2025-11-02T08:00:00Z", commit=OLD, action="preflight dry-run")
    entry(app, "2025-11-02T09:00:00Z", commit=OLD, environment="staging")
    entry(app, "2025-11-02T10:00:00Z", commit=OLD, result="failed")
    assert asked(app).verdict is Verdict.CONFORM
    entry(app, "2025-11-02T11:00:00Z")
    made = asked(app)
    assert "names neither commit nor release" in said(made)["the ledger"][0]


@pytest.mark.parametrize(
    ("newer", "words"),
    [
        ({"result": "so so", "commit": OLD}, "does not say how it ended"),
        ({"timestamp": "", "commit": OLD}, "does not say when it was"),
    ],
)
def test_an_entry_that_may_be_the_newest_is_in_doubt(app: Path, newer: dict[str, Any], words: str) -> None:
    entry(app, "2025-11-02T11:00:00Z", **newer)
    made = asked(app)
    assert made.verdict is Verdict.UNDETERMINED and words in reason(made)


def test_a_broken_entry_may_be_the_newest(app: Path) -> None:
    (app / "ledger").rename(app / "files")
    lines = [next((app / "files").iterdir()).read_text(), "{"]
    (app / "ledger").mkdir()
    (app / "ledger/all.jsonl").write_text("\n".join(lines))
    ledger = {"files": "ledger/*.jsonl"}
    assert "ledger was not heard: all.jsonl:2 is no entry" in reason(asked(app, ledger=ledger))
    (app / "ledger/all.jsonl").write_text("\n".join(reversed(lines)))
    assert asked(app, ledger=ledger).verdict is Verdict.CONFORM


def test_an_old_entry_without_a_time_is_in_nobodys_way(app: Path) -> None:
    entry(app, "2025-10-01T08:00:00Z", timestamp="in October", commit=OLD)
    os.utime(app / "ledger/2025-10-01T080000.json", (0, 0))
    assert asked(app).verdict is Verdict.CONFORM


def test_no_ledger_and_no_deployment_in_it(app: Path) -> None:
    made = asked(app, ledger={"files": "ledger/*.json", "environment": "staging"})
    assert said(made)["the ledger"] == ("no deployment that ended well", Verdict.DEVIATES)
    made = asked(app, ledger={"files": "nowhere/*.json"})
    assert said(made)["the ledger"] == ("missing", Verdict.DEVIATES)


def test_the_newest_run_that_ended_well_is_the_witness(app: Path) -> None:
    before = build(id=6, number=11).value["run"]
    made = asked(app, workflow={"file": "deploy.yml"}, facts={"run": build(before, conclusion="failure")})
    assert made.verdict is Verdict.CONFORM
    assert "#12 is newer" in EN.plain(made.aspects[-1].note)  # type: ignore[arg-type]
    older = {**before, "commit": OLD}
    made = asked(app, workflow={"file": "deploy.yml"}, facts={"run": build(older, conclusion="failure")})
    assert made.verdict is Verdict.DEVIATES
    never = observed({**build().value, "good": None})
    made = asked(app, workflow={"file": "deploy.yml"}, facts={"run": never})
    assert said(made)["the workflow deploy.yml"] == ("no run that ended well", Verdict.DEVIATES)


def test_a_run_that_skipped_everything_and_none_at_all(app: Path) -> None:
    skipped = build()
    skipped.value["jobs"][0]["conclusion"] = "skipped"
    made = asked(app, workflow={"file": "deploy.yml"}, facts={"run": skipped})
    assert made.verdict is Verdict.UNDETERMINED and "was skipped" in reason(made)
    none = observed({**build().value, "run": None})
    made = asked(app, workflow={"file": "deploy.yml"}, facts={"run": none})
    assert said(made)["the workflow deploy.yml"] == ("no run", Verdict.DEVIATES)


def test_the_digest_of_its_artifact_is_shown(app: Path) -> None:
    made = asked(app, workflow={"file": "deploy.yml", "artifact": "deployment-*"}, facts={"run": build()})
    assert "sha256:aa" in EN.plain(made.aspects[-1].note)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "commit"),
    [
        ("4144baac", "4144baac"),
        (LIVE.upper(), LIVE),
        (RELEASE, "4144baac"),
        ("v1.2-3-g4144baa", "4144baa"),
        ("20251101225026", None),
        ("20251101_225026", None),
        ("4144ba", None),
        ("main", None),
        ("deadbeefs", None),
        ("feedbacked", None),
    ],
)
def test_commits_in_names(text: str, commit: str | None) -> None:
    assert commit_of(text) == commit


def test_it_needs_no_host_for_what_is_asked_from_here() -> None:
    web = {"url": "https://example.com/", "header": "x-release"}
    its = kind("running")
    assert not its.on_host(validated("running", {"http": web, "workflow": {"file": "deploy.yml"}}))
    from_host = {"http": {**web, "from": "host"}, "workflow": {"file": "deploy.yml"}}
    assert its.on_host(validated("running", from_host))
    probes = its.probes(validated("running", {**from_host, "path": "/srv"}))
    assert {role: probe.at for role, probe in probes.items()} == {"folder": "", "answer": "", "run": None}


@pytest.mark.parametrize(
    "declared",
    [
        {"path": "/srv"},
        {"commit": "4144baac"},
        {"revision": True, "commit": "4144baac"},
        {"path": "/srv", "commit": "4144b"},
        {"path": "/srv", "link": False, "revision": True},
        {"path": "/srv", "http": {"url": "https://example.com/"}},
        {"path": "/srv", "http": {"url": "https://example.com/", "json": "v", "header": "x-v"}},
        {"path": "/srv", "http": {"url": "https://example.com/", "json": "$.v[*]"}},
        {"path": "/srv", "workflow": {"file": "deploy.yml", "source": {"repository": "a/b"}}},
    ],
)
def test_nonsense(declared: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        validated("running", declared)
