"""What is said of checks whose answers come from runs of a CI service, as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from checks import snapshot as snapshots
from checks.evaluate import evaluate
from checks.model import Fact, Observation, Report, Result, Snapshot, Status, msg
from checks.spec import load
from docgen.i18n import Translator

from .github import job, value

EN = Translator("en")
WORKFLOW = """\
on: push
jobs:
  backup:
    runs-on: ubuntu-24.04
    steps: [{name: Dump, run: mysqldump gateway}]
  deploy:
    needs: backup
    environment: production
    runs-on: ubuntu-24.04
    steps:
      - {name: Extract, run: tar -xzf bundle.tar.gz}
      - {name: Switch, run: ln -sfn next current}
"""
HEAD = """\
project: P
github: {repository: acme/api-gateway}
environments: {prod: {host: local, root: /srv, title: Production}}
"""
SPEC = (
    HEAD
    + """\
sections:
  - name: Deployment
    environment: prod
    components:
      - {name: Backup, checks: [job: {workflow: deploy.yml, job: backup}]}
      - {name: Extract, checks: [step: {workflow: deploy.yml, job: deploy, step: Extract}]}
      - {name: Switch, checks: [step: {workflow: deploy.yml, job: deploy, step: Switch}]}
"""
)


def run(jobs: list[dict[str, Any]], conclusion: str | None = None, **more: Any) -> dict[str, Any]:
    """What the ``github`` verb says of a run of :data:`WORKFLOW` with `jobs`."""
    made = value(WORKFLOW, jobs)
    if conclusion is not None:
        made["run"]["conclusion"] = conclusion
    return {**made, **more}


def report(path: Path, body: str, *answers: Mapping[str, Any] | Fact | None) -> Report:
    """The report where the probes get these answers, in their order: a value, or a fact as it is; the last one for the
    rest. None: nothing is known of it."""
    (path / "docgen.yml").write_text(body, "utf-8")
    spec = load(path / "docgen.yml")
    facts = {}
    for number, probe in enumerate(spec.probes().values()):
        answer = answers[min(number, len(answers) - 1)]
        about = {"probe": probe.id, "at": probe.at, "verb": probe.verb}
        if isinstance(answer, Fact):
            facts[probe.id] = answer.model_copy(update=about)
        elif answer is not None:
            facts[probe.id] = Fact(
                **about,
                observation=Observation.OBSERVED,
                value=dict(answer),
                observed_at="2026-07-01T12:00:00Z",
            )
    made = Snapshot(
        docgen="0",
        project="P",
        spec_sha256=spec.sha256,
        environments=("prod",),
        collected_at="2026-07-01T12:00:00.000Z",
        finished_at="2026-07-01T12:00:01.000Z",
        valid_until="2026-07-02T12:00:00.000Z",
        hosts=(),
        facts=facts,
    )
    return evaluate(spec, snapshots.freeze(made))


def by_component(made: Report) -> dict[str, Result]:
    return {c.name: c.results[0] for s in made.sections for c in s.components}


BACKUP = job("backup", "success", ("Dump", "success"), id=70)
REJECTED = {"by": "m-weber", "environment": "production", "comment": ""}


def test_a_rejected_run_says_who_rejected_it(tmp_path: Path) -> None:
    made = report(tmp_path, SPEC, run([BACKUP, job("deploy", "failure")], rejected=REJECTED))
    found = by_component(made)
    assert [r.status for r in found.values()] == [Status.OK, Status.FAIL, Status.PENDING]
    reason = found["Extract"].reason
    assert reason and EN.plain(reason) == "Run 12 was rejected by m-weber (environment production)."
    whole = "      - {name: Run, checks: [workflow: {file: deploy.yml}]}\n"
    known = by_component(
        report(tmp_path, SPEC + whole, run([BACKUP, job("deploy", "failure")], rejected=REJECTED))
    )
    seen = known["Run"].aspects[1].actual
    assert seen and EN.plain(seen) == "failure (Run 12 was rejected by m-weber (environment production))"
    (blocker,) = made.blockers
    assert EN.plain(blocker.title) == "Extract: Run 12 was rejected by m-weber (environment production)."
    assert blocker.since and blocker.remedy and "Open the run" in blocker.remedy.id
    commented = report(
        tmp_path, SPEC, run([BACKUP, job("deploy", "failure")], rejected={**REJECTED, "comment": "not today"})
    )
    said = by_component(commented)["Extract"].reason
    assert said and EN.plain(said).endswith("(environment production). Comment: not today")


def test_a_job_that_failed_without_a_step_names_no_step(tmp_path: Path) -> None:
    found = by_component(report(tmp_path, SPEC, run([BACKUP, job("deploy", "failure")])))
    reason = found["Extract"].reason
    assert reason and "–" not in EN.plain(reason) and "job deploy failed" in EN.plain(reason)


def test_a_run_that_could_not_be_started_says_so_since_when_and_where_to_look(tmp_path: Path) -> None:
    made = report(tmp_path, SPEC, run([], "startup_failure"))
    first = by_component(made)["Backup"]
    assert first.status is Status.FAIL and first.since == "2025-11-01T22:51:00Z" and first.remedy
    assert first.reason and EN.plain(first.reason) == "Run 12 could not be started: startup_failure."


def test_behind_a_step_that_its_runner_did_not_end_nothing_is_running(tmp_path: Path) -> None:
    deploy = job("deploy", "failure", ("Extract", "failure"), ("Switch", ""), id=71)
    deploy["steps"][1]["status"] = "queued"
    found = by_component(report(tmp_path, SPEC, run([BACKUP, deploy])))
    assert [r.status for r in found.values()] == [Status.OK, Status.FAIL, Status.PENDING]


def test_of_several_jobs_of_a_name_the_one_that_failed_speaks(tmp_path: Path) -> None:
    jobs = [
        job("backup (a)", "skipped", id=70),
        job("backup (b)", "failure", ("Dump", "failure"), id=72),
        job("deploy", "skipped", id=71),
    ]
    found = by_component(report(tmp_path, SPEC, run(jobs)))
    assert "failed" in EN.plain(found["Backup"].aspects[-1].actual or msg(""))


def test_a_log_that_could_not_be_read_is_said_where_its_line_would_stand(tmp_path: Path) -> None:
    deploy = job("deploy", "failure", ("Extract", "success"), ("Switch", "failure"), id=71)
    lack = "The API answered 500, a fault of its own; try again later."
    made = report(tmp_path, SPEC, run([BACKUP, deploy], failed_line_lack=lack))
    seen = by_component(made)["Switch"].aspects[0].actual
    assert seen and EN.plain(seen) == f"failed (run 12) (Its log could not be read: {lack[:-1]})"


BUILDS = (
    HEAD
    + """\
sections:
  - name: Builds
    environment: prod
    components:
      - {name: Backup, checks: [job: {workflow: deploy.yml, job: backup}]}
      - {name: Deploy, checks: [job: {workflow: deploy.yml, job: deploy}]}
      - {name: Bundle, checks: [bundle: {workflow: deploy.yml, artifact: b, checksum: false}]}
"""
)
WELL = [BACKUP, job("deploy", "success", ("Extract", "success"), ("Switch", "success"), id=71)]


def lost(observation: Observation, reason: Any) -> Fact:
    return Fact(probe="", at=None, verb="", observation=observation, reason=reason)


def titles(made: Report) -> list[str]:
    return [EN.plain(one.title) for one in made.blockers]


def test_what_alone_could_not_be_asked_is_named(tmp_path: Path) -> None:
    fault = lost(
        Observation.ERROR,
        msg("The API answered {status:code}, a fault of its own; try again later.", status="500"),
    )
    everything = report(tmp_path, BUILDS, fault)
    assert titles(everything) == ["The builds could not be asked about"]
    assert len(everything.blockers[0].blocks) == 3
    jobs = report(tmp_path, BUILDS, fault, run(WELL))
    assert titles(jobs) == ["No answer about the newest run of deploy.yml"]
    assert jobs.blockers[0].environment == "prod" and "Nothing" not in jobs.blockers[0].impact.id


def test_answers_of_another_shape_are_one_blocker(tmp_path: Path) -> None:
    made = report(
        tmp_path, BUILDS, lost(Observation.MALFORMED, msg("The answer has no list {key:code}.", key="jobs"))
    )
    assert len(made.blockers) == 1 and len(made.blockers[0].blocks) == 3


def test_a_workflow_file_that_says_nothing_is_one_blocker(tmp_path: Path) -> None:
    gone = {
        "commit": None,
        "texts": [],
        "unread": [],
        "observation": "denied",
        "said": "Access was refused (403).",
    }
    for answer, said, remedy in (
        (
            run(WELL, file=gone),
            ".github/workflows/deploy.yml could not be read: Access was refused (403).",
            "Look whether the service answers",
        ),
        (
            {**value("jobs: [", WELL), "next": None},
            ".github/workflows/deploy.yml is no workflow:",
            "Correct .github/workflows/deploy.yml",
        ),
        (
            run(WELL, next={**gone, "said": "The API is too slow: no answer within 2 in all."}),
            ".github/workflows/deploy.yml could not be read: The API is too slow: no answer within 2 s in all.",
            "Look whether the service answers",
        ),
    ):
        made = report(tmp_path, BUILDS.partition("      - {name: Bundle")[0], answer)
        (blocker,) = made.blockers
        assert said in EN.plain(blocker.title), EN.plain(blocker.title)
        assert len(blocker.blocks) == 2 and blocker.remedy and EN.plain(blocker.remedy).startswith(remedy)


WAITING = {
    **run([BACKUP, job("deploy", None)]),
    "waiting": [{"environment": "production", "reviewers": ["m-weber"]}],
    "good": None,
}
WAITING["run"] = {**WAITING["run"], "status": "waiting", "conclusion": ""}


def test_who_has_to_decide_is_told_once(tmp_path: Path) -> None:
    made = report(tmp_path, SPEC, WAITING)
    assert [r.status for r in by_component(made).values()] == [Status.OK, Status.PENDING, Status.PENDING]
    (step,) = made.next_steps
    assert (step.horizon, step.owner, step.environment) == ("now", "m-weber", "prod")
    assert EN.plain(step.title) == "Decide: the run of deploy.yml that waits"
    assert step.resolves == ("deployment/extract", "deployment/switch")


DECISION = (
    HEAD
    + """\
sections:
  - name: Release
    environment: prod
    components:
      - name: Released
        checks: [approval: {decision: RELEASED, files: /srv/ledger/*.json, by: [m.weber]}]
      - {name: Started, checks: [workflow: {file: deploy.yml}]}
      - {name: Again, checks: [workflow: {file: deploy.yml, event: push}]}
READY"""
)
LEDGER = {"entries": [], "files": 0, "denied": [], "read": 0, "cut": []}
NEVER = {**run([]), "run": None, "good": None, "file": None}


def test_a_deployment_that_is_not_ready_is_not_started_now(tmp_path: Path) -> None:
    for ready, horizon in (
        ("", "now"),
        ("readiness: {name: R, environment: prod, needs: [Released]}\n", "then"),
    ):
        made = report(tmp_path, DECISION.replace("READY", ready), LEDGER, NEVER)
        assert [(s.horizon, EN.plain(s.title), s.owner) for s in made.next_steps] == (
            [
                ("now", "Decide: decision RELEASED", "m.weber"),
                (horizon, "Start the workflow deploy.yml.", None),
            ]
        )
        assert made.next_steps[1].resolves == ("release/started", "release/again")
    own = "readiness: {name: R, environment: prod, needs: [Started]}\n"
    made = report(
        tmp_path, DECISION.replace("READY", own).replace("      - {name: Again", "#"), LEDGER, NEVER
    )
    assert [s.horizon for s in made.next_steps] == ["now", "now"]
