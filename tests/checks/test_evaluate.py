"""Judging: from facts to statuses, needs, exceptions, lights and what follows."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from checks import snapshot as snapshots
from checks import views
from checks.evaluate import evaluate, for_account, judge_facts
from checks.kinds import kind
from checks.model import (
    Assurance,
    Fact,
    HostFacts,
    Light,
    Observation,
    Report,
    Snapshot,
    Status,
    Verdict,
    msg,
)
from checks.spec import Spec, load
from checks.testing import observed
from docgen.i18n import Translator

FILE = {"type": "file", "mode": 0o644, "size": 5, "target": None, "resolved": None}


def spec(tmp_path: Path, body: str, environments: str = "prod: {host: local, root: /srv}") -> Spec:
    path = tmp_path / "docgen.yml"
    head = f"project: P\ntimezone: Europe/Berlin\nenvironments: {{{environments}}}\n"
    path.write_text(head + dedent(body), "utf-8")
    return load(path)


def report(spec: Spec, facts: dict[str, Any] | None = None, lost: str = "") -> Report:
    """The report where every file is there but those in `facts`, which name a path's observation."""
    facts = facts or {}
    found = {}
    for probe in spec.probes().values():
        observation = Observation(facts.get(probe.args["path"], "unreachable" if lost else "observed"))
        seen = observation is Observation.OBSERVED
        reason = None if seen else msg("Why: {what:code}", what=observation.value)
        found[probe.id] = Fact(
            probe=probe.id,
            at=probe.at,
            verb=probe.verb,
            observation=observation,
            value=FILE if seen else None,
            reason=reason,
        )
    hosts = tuple(
        HostFacts(
            id=h.id,
            environment=e.name,
            host=h.name,
            address=h.ssh,
            observation=Observation.UNREACHABLE if lost else Observation.OBSERVED,
            reason=msg(lost) if lost else None,
        )
        for e in spec.environments
        for h in e.hosts
    )
    made = Snapshot(
        docgen="0",
        project="P",
        spec_sha256=spec.sha256,
        environments=("prod",),
        collected_at="2026-07-01T12:00:00.000Z",
        finished_at="2026-07-01T12:00:01.000Z",
        valid_until="2026-07-02T12:00:00.000Z",
        hosts=hosts,
        facts=found,
    )
    return evaluate(spec, snapshots.freeze(made))


CHAIN = """\
sections:
  - name: S
    environment: prod
    components:
      - {name: Root, checks: [{file: root}]}
      - {name: Middle, needs: Root, checks: [{file: middle}]}
      - {name: Leaf, needs: Middle, checks: [{file: leaf}, {file: other}]}
      - {name: Apart, about: delivery, checks: [{file: apart}]}
"""


def statuses(made: Report) -> dict[str, Status]:
    return {r.id.split("/")[2].split("@")[0]: r.status for r in made.results()}


def test_all_well_is_green(tmp_path: Path) -> None:
    made = report(spec(tmp_path, CHAIN))
    assert set(statuses(made).values()) == {Status.OK}
    assert (made.overall, made.environments[0].operation) == (Light.GREEN, Light.GREEN)
    assert made.blockers == made.next_steps == ()
    assert made.coverage.declared == made.coverage.observed == 5


def test_what_needs_a_failed_check_is_pending_whatever_was_seen(tmp_path: Path) -> None:
    made = report(spec(tmp_path, CHAIN), {"/srv/root": "absent"})
    assert statuses(made) == {
        "file-root": Status.FAIL,
        "file-middle": Status.PENDING,
        "file-leaf": Status.PENDING,
        "file-other": Status.PENDING,
        "file-apart": Status.OK,
    }
    leaf = next(r for r in made.results() if "file-leaf" in r.id)
    assert leaf.because == ("s/root/file-root@local",)
    assert (leaf.verdict, leaf.observation) == (Verdict.CONFORM, Observation.OBSERVED)
    assert made.environments[0].overall is Light.YELLOW


def test_one_root_cause_and_what_it_holds_up(tmp_path: Path) -> None:
    made = report(spec(tmp_path, CHAIN), {"/srv/root": "absent", "/srv/leaf": "absent"})
    assert [b.id for b in made.blockers] == ["s/root"]
    assert made.blockers[0].blocks == ("s/middle", "s/leaf")
    assert made.next_steps[0].resolves == ("s/root", "s/middle", "s/leaf")
    assert "3 checks not reached" in Translator("en").plain(made.environments[0].verdict)


def test_denied_is_unknown_and_never_green(tmp_path: Path) -> None:
    made = report(spec(tmp_path, CHAIN), {"/srv/apart": "denied"})
    assert statuses(made)["file-apart"] is Status.UNKNOWN
    assert made.environments[0].delivery is Light.GREY
    assert made.environments[0].overall is Light.YELLOW
    assert made.coverage.undetermined == 1


def test_what_was_not_compared_shows_what_is_declared(tmp_path: Path) -> None:
    body = CHAIN.replace("{file: apart}", "{permissions: {path: apart, mode: '0640', owner: deploy}}")
    made = report(spec(tmp_path, body), {"/srv/apart": "unreachable"})
    shown = Translator("en").plain(next(r for r in made.results() if "apart" in r.id).soll)
    assert shown == "rights on /srv/apart · mode: 0640, owner: deploy"


@pytest.mark.parametrize("observation", ["denied", "unreachable", "timeout", "malformed", "error", "stale"])
def test_nothing_that_was_not_observed_is_ok(tmp_path: Path, observation: str) -> None:
    made = report(spec(tmp_path, CHAIN), {"/srv/apart": observation})
    result = next(r for r in made.results() if "apart" in r.id)
    assert (result.status, result.observation) == (Status.UNKNOWN, observation)
    assert result.reason is not None


def test_an_unreached_host_is_grey_with_one_cause(tmp_path: Path) -> None:
    made = report(spec(tmp_path, CHAIN), lost="refused")
    assert set(statuses(made).values()) == {Status.UNKNOWN}
    assert made.overall is Light.GREY
    assert [b.id for b in made.blockers] == ["host/prod/local"]


def test_a_snapshot_without_the_answer_says_so(tmp_path: Path) -> None:
    old = spec(tmp_path, CHAIN)
    snapshot = Snapshot(
        docgen="0",
        project="P",
        spec_sha256="other",
        environments=("prod",),
        collected_at="2026-07-01T12:00:00.000Z",
        finished_at="2026-07-01T12:00:01.000Z",
        valid_until="2026-07-02T12:00:00.000Z",
        hosts=(),
        facts={},
    )
    made = evaluate(old, snapshots.freeze(snapshot))
    assert {r.observation for r in made.results()} == {Observation.NOT_ATTEMPTED}
    assert made.overall is Light.GREY
    assert "was changed after" in Translator("en").plain(made.warnings[0])


def test_critical_is_red_and_low_only_warns(tmp_path: Path) -> None:
    body = """\
    sections:
      - name: S
        environment: prod
        components:
          - {name: A, checks: [{file: a, severity: SEVERITY}]}
    """
    facts = {"/srv/a": "absent"}
    red = report(spec(tmp_path, body.replace("SEVERITY", "critical")), facts)
    low = report(spec(tmp_path, body.replace("SEVERITY", "low")), facts)
    assert (red.overall, red.results()[0].status) == (Light.RED, Status.FAIL)
    assert (low.overall, low.results()[0].status) == (Light.YELLOW, Status.WARN)


def test_the_project_follows_production(tmp_path: Path) -> None:
    body = """\
    sections:
      - {name: P, environment: prod, components: [{name: A, checks: [{file: /p, severity: critical}]}]}
      - {name: S, environment: test, components: [{name: A, checks: [{file: /s, severity: critical}]}]}
    """
    made = spec(tmp_path, body, "prod: {host: local}, test: {host: local}")
    assert report(made, {"/s": "absent"}).overall is Light.YELLOW
    assert report(made, {"/p": "absent"}).overall is Light.RED
    assert report(made, {"/p": "denied"}).overall is Light.GREY
    assert report(made).overall is Light.GREEN


@pytest.mark.parametrize(
    ("until", "status", "disposition"),
    [("2026-07-01", Status.WAIVED, "waived"), ("2026-06-30", Status.FAIL, "waiver_expired")],
)
def test_an_exception_holds_until_its_day_is_over(
    tmp_path: Path, until: str, status: Status, disposition: str
) -> None:
    body = CHAIN + f"exceptions: [{{check: s/root, until: {until}, reason: known, by: lead}}]\n"
    made = report(spec(tmp_path, body), {"/srv/root": "absent"})
    root = made.results()[0]
    assert (root.status, root.disposition, root.verdict) == (status, disposition, Verdict.DEVIATES)
    assert (made.results()[1].status is Status.PENDING) is (status is Status.FAIL)


def test_an_exception_that_matches_nothing_is_told(tmp_path: Path) -> None:
    body = CHAIN + "exceptions: [{check: s/gone, until: 2026-12-31, reason: r, by: b}]\n"
    said = [Translator("en").plain(w) for w in report(spec(tmp_path, body)).warnings]
    assert said == ["The exception for s/gone (docgen.yml:12:14) matches no check."]


def test_nothing_checked_is_grey_and_said(tmp_path: Path) -> None:
    made = report(spec(tmp_path, "sections: []\n"))
    assert made.overall is Light.GREY
    assert "Nothing was checked" in Translator("en").plain(made.environments[0].verdict)


def test_a_flow_shows_the_state_of_its_components(tmp_path: Path) -> None:
    body = (
        CHAIN
        + "flow: {name: Deploy, environment: prod, steps: [Root, {name: Then, shows: [Middle, Leaf]}]}\n"
    )
    made = report(spec(tmp_path, body), {"/srv/root": "absent"})
    assert [s.status for s in made.flows[0].steps] == [Status.FAIL, Status.PENDING]
    assert made.flows[0].steps[1].because == ("s/root/file-root@local",)


def test_a_judgement_that_raises_is_undetermined_with_the_reason(tmp_path: Path) -> None:
    check = spec(tmp_path, CHAIN).checks()[0]
    judged = judge_facts(kind("file"), check.params, {"path": observed("nonsense")})
    assert (judged.verdict, judged.observation) == (Verdict.UNDETERMINED, Observation.MALFORMED)
    assert judged.reason and "TypeError" in Translator("en").plain(judged.reason)


def test_a_grant_names_the_account_of_the_run() -> None:
    made = for_account(
        msg("{a} {command:code}", a=msg("{b}", b="u:ACCOUNT:r"), command="-m u:ACCOUNT:x"), "deploy"
    )
    assert Translator("en").plain(made) == "u:deploy:r -m u:deploy:x"


def test_evidence_says_how_it_came_not_what_the_host_is_called(tmp_path: Path) -> None:
    remote = spec(tmp_path, CHAIN, "prod: {hosts: {local: deploy@web.example}, root: /srv}")
    assert {e.source for r in report(remote).results() for e in r.evidence} == {"ssh"}
    assert {e.source for r in report(spec(tmp_path, CHAIN)).results() for e in r.evidence} == {"local"}


def test_the_cause_names_every_check_that_failed_and_the_impact_what_is_not_ready(tmp_path: Path) -> None:
    body = CHAIN.replace("[{file: root}]", "[{file: root}, {file: stem}, {file: trunk}, {file: bark}]")
    body += "readiness: {name: Release, environment: prod, needs: [Leaf]}\n"
    gone = dict.fromkeys(("/srv/root", "/srv/stem", "/srv/trunk", "/srv/bark"), "absent")
    (blocker,) = report(spec(tmp_path, body), gone).blockers
    cause, impact = (Translator("en").plain(one) for one in (blocker.cause, blocker.impact))
    assert [name in cause for name in ("root", "stem", "trunk", "bark")] == [True, True, True, False]
    assert cause.endswith("1 further check is not met.")
    assert impact.endswith("Not ready because of this: Release.")


def test_the_only_check_of_a_component_is_not_named_again_in_the_title(tmp_path: Path) -> None:
    (blocker,) = report(spec(tmp_path, CHAIN), {"/srv/root": "absent"}).blockers
    assert Translator("en").plain(blocker.title) == "Root: missing"


def test_where_things_stand_tells_what_was_seen_live_from_what_failed(tmp_path: Path) -> None:
    made = report(spec(tmp_path, CHAIN), {"/srv/middle": "absent", "/srv/apart": "denied"})
    (standing,) = made.standing
    named = {group: [item.name for item in getattr(standing, group)] for group in standing._fields[2:]}
    assert named == {
        "proven": ["Root"], "rehearsed": [], "implemented": [], "broken": ["Middle"], "held": ["Leaf"], "open": ["Apart"],
    }  # fmt: skip


def test_what_is_met_but_only_read_in_a_file_does_not_work_yet(tmp_path: Path) -> None:
    made = report(spec(tmp_path, CHAIN))
    (section,) = made.sections
    root = section.components[0]._replace(assurance=Assurance.IMPLEMENTED)
    (standing,) = views.standing([section._replace(components=(root, *section.components[1:]))])
    assert [item.name for item in standing.implemented] == ["Root"]
    assert "Root" not in [item.name for item in standing.proven]


@pytest.mark.parametrize(
    ("severity", "light"), [("critical", Light.RED), ("high", Light.YELLOW), ("low", Light.GREEN)]
)
def test_what_is_built_for_all_may_keep_each_from_being_deployed_to(
    tmp_path: Path, severity: str, light: Light
) -> None:
    build = (
        "  - {name: Build, environment: prod, components: [{name: Bundle, about: delivery, "
        f"severity: {severity}, checks: [{{file: bundle}}]}}]}}\n"
    )
    its = spec(tmp_path, CHAIN + build)
    its = its._replace(
        sections=tuple(s._replace(environment=None) if s.name == "Build" else s for s in its.sections)
    )
    assert report(its).environments[0].delivery is Light.GREEN
    made = report(its, {"/srv/bundle": "absent"}).environments[0]
    assert (made.operation, made.delivery, made.overall) == (Light.GREEN, light, light)
    assert ("Bundle" in Translator("en").plain(made.delivery_text)) is (severity != "low")
