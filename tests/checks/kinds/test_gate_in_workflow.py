from __future__ import annotations

from typing import Any

import pytest

from checks.model import Assurance, Judgement, Verdict, msg
from checks.testing import judge, observed
from docgen.i18n import Translator

from ..github import job, value

EN = Translator("en")
HEAD = "on: push\njobs:\n  deploy:\n    steps:\n"
EXTRACT = "      - name: Extract\n        run: ssh h 'tar -xzf b.tgz -C /srv/new'\n"
GATE = """\
      - name: Gate
        run: |
          ssh h bash -se <<'E'
          cd /srv/new
          test -f artisan
          test -f public/index.php
          test -d app
          E
"""
MIGRATE = "      - name: Migrate\n        run: ssh h 'cd /srv/new && php artisan migrate --force'\n"
SWITCH = "      - name: Switch\n        run: ssh h 'ln -sfn /srv/new /srv/current'\n"
WHOLE = HEAD + EXTRACT + GATE + MIGRATE + SWITCH
STEPS = ("Extract", "Gate", "Migrate", "Switch")
RAN = [job("deploy", "success", *((step, "success") for step in STEPS))]


def said(text: str | None, jobs: list[dict[str, Any]] | None = RAN, *, more: dict[str, str] | None = None,
         following: str | None = None, **params: Any) -> Judgement:  # fmt: skip
    params = {"after": ["extract"], "before": ["migrate", "switch"], **params}
    declared = {"gate": "release-structure", "workflow": "deploy.yml", **params}
    return judge(
        "gate-in-workflow", declared, run=observed(value(text, jobs, following=following, **more or {}))
    )


def shown(made: Judgement) -> str:
    return " | ".join(str(a.actual.params if a.actual else a.note and a.note.params) for a in made.aspects)


def test_whole_in_its_place_and_effective_is_proven_by_a_run_and_else_implemented() -> None:
    assert (said(WHOLE).verdict, said(WHOLE).assurance) == (Verdict.CONFORM, Assurance.PROVEN)
    never = said(WHOLE, None)
    assert (never.verdict, never.assurance) == (Verdict.CONFORM, Assurance.IMPLEMENTED)


@pytest.mark.parametrize(
    "text",
    [
        HEAD + EXTRACT + MIGRATE + SWITCH + GATE,
        HEAD + EXTRACT + MIGRATE + GATE + SWITCH,
        HEAD + GATE + EXTRACT + MIGRATE + SWITCH,
        WHOLE.replace("          test -d app\n", ""),
        WHOLE.replace("test -f public/index.php", "test -f public/index.html"),
        WHOLE.replace("bash -se", "bash -s"),
        WHOLE.replace("test -d app", "test -d app || true"),
        WHOLE.replace("      - name: Gate\n", "      - name: Gate\n        continue-on-error: true\n"),
        WHOLE.replace("      - name: Gate\n", "      - name: Gate\n        if: false\n"),
        WHOLE.replace("      - name: Gate\n", "      - name: Gate\n        if: ${{ failure() }}\n"),
        WHOLE.replace("      - name: Gate\n", "      - name: Gate\n        if: github.event_name == 'pull_request'\n"),
        WHOLE.replace("      - name: Switch\n", "      - name: Switch\n        if: always()\n"),
        WHOLE.replace("cd /srv/new\n          test -f artisan", "test -f /srv/current/artisan\n          cd /srv/new"),
        WHOLE.replace("test -f artisan", "# test -f artisan"),
        WHOLE.replace("test -f artisan", "echo test -f artisan"),
        HEAD.replace("steps", "continue-on-error: true\n    steps") + EXTRACT + GATE + MIGRATE + SWITCH,
        HEAD,
        None,
    ],
)  # fmt: skip
def test_what_makes_it_worthless_is_found(text: str | None) -> None:
    if text == HEAD:
        text = HEAD + "      - run: npm ci\n"
    assert said(text).verdict is Verdict.DEVIATES, shown(said(text))


@pytest.mark.parametrize(
    "text",
    [
        WHOLE.replace("      - name: Gate\n", "      - name: Gate\n        if: inputs.check\n"),
        WHOLE.replace("test -d app", "test -d app || report"),
        HEAD + EXTRACT + GATE + SWITCH,
        WHOLE.replace("test -f artisan", 'if [ "$CHECK" = 1 ]; then test -f artisan; fi'),
        HEAD + EXTRACT + "      - uses: ./.github/actions/gate\n" + MIGRATE + SWITCH,
        HEAD + EXTRACT + "      - shell: python\n        run: import gate\n" + MIGRATE + SWITCH,
        WHOLE.replace("steps:\n", "steps: [\n"),
        WHOLE.replace("      - name: Gate\n", "      - name: Gate\n        <<: {continue-on-error: true}\n"),
        HEAD + EXTRACT + "      - run: ${{ vars.PREPARE }}\n" + GATE + MIGRATE + SWITCH,
        HEAD + EXTRACT + "      - run: ./unknown.sh\n" + GATE + MIGRATE + SWITCH,
        HEAD + "      - run: make deploy\n",
    ],
)
def test_what_cannot_be_told_is_undetermined(text: str) -> None:
    assert said(text, None).verdict is Verdict.UNDETERMINED, shown(said(text, None))


def test_an_if_that_cannot_be_told_is_settled_by_a_run() -> None:
    text = WHOLE.replace("      - name: Gate\n", "      - name: Gate\n        if: inputs.check\n")
    assert said(text).verdict is Verdict.CONFORM
    skipped = [job("deploy", "success", *((s, "skipped" if s == "Gate" else "success") for s in STEPS))]
    assert said(text, skipped).verdict is Verdict.DEVIATES


def test_more_than_the_spec_declares_is_a_warning() -> None:
    made = said(WHOLE.replace("test -d app", "test -d app\n          test -f composer.json"))
    assert made.verdict is Verdict.CONFORM and any(a.near for a in made.aspects)
    assert "composer.json" in shown(made)


@pytest.mark.parametrize(
    "gate",
    [
        "for f in artisan public/index.php app; do test -e $f || exit 1; done",
        'check() { [ -e "$1" ] || { echo "no $1"; exit 1; }; }\n          check artisan; check public/index.php; check app',
        "test -f artisan && test -f public/index.php && test -d app || exit 1",
        "if [ ! -f artisan ] || [ ! -f public/index.php ] || [ ! -d app ]; then exit 1; fi",
        "docgen gate release-structure .",
    ],
)
def test_other_ways_to_write_it(gate: str) -> None:
    text = WHOLE.replace("test -f artisan\n          test -f public/index.php\n          test -d app", gate)
    assert said(text).verdict is Verdict.CONFORM, shown(said(text))


def test_files_of_the_repository_are_followed() -> None:
    called = HEAD + EXTRACT + "      - name: Gate\n        run: ./scripts/gate.sh\n" + MIGRATE + SWITCH
    script = "set -e\nfor f in artisan public/index.php app; do ssh h test -e /srv/new/$f; done\n"
    assert said(called, more={"scripts__gate__sh": script}).verdict is Verdict.CONFORM
    bad = script.replace("set -e\n", "")
    assert said(called, more={"scripts__gate__sh": bad}).verdict is Verdict.DEVIATES
    here = "      - name: Extract\n        run: tar -xzf b.tgz -C new\n"
    used = HEAD + here + "      - name: Gate\n        uses: ./gate\n" + MIGRATE + SWITCH
    action = "runs:\n  using: composite\n  steps:\n    - shell: bash\n      run: |\n        test -f new/artisan\n        test -f new/public/index.php\n        test -d new/app\n"  # noqa: E501
    assert said(used, more={"gate__action__yml": action}).verdict is Verdict.CONFORM


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        ("cd /srv/new\n          test", "cd /srv/current\n          test", Verdict.DEVIATES),
        ("cd /srv/new\n          test", "cd /srv/new/../current\n          test", Verdict.DEVIATES),
        ("cd /srv/new\n          test", "cd /srv/old\n          test", Verdict.DEVIATES),
        ("cd /srv/new\n          test", "cd $OLD\n          test", Verdict.UNDETERMINED),
        ("cd /srv/new\n          test", "test", Verdict.DEVIATES),
        ("ssh h bash -se", "ssh other bash -se", Verdict.UNDETERMINED),
    ],
)
def test_a_gate_on_something_else_is_worth_nothing(old: str, new: str, verdict: Verdict) -> None:
    assert old in WHOLE
    assert said(WHOLE.replace(old, new), None).verdict is verdict, shown(said(WHOLE.replace(old, new), None))


@pytest.mark.parametrize(
    ("shell", "verdict"),
    [
        ("bash", Verdict.CONFORM),
        ("bash -e {0}", Verdict.CONFORM),
        ("bash --noprofile --norc {0}", Verdict.DEVIATES),
        ("bash {0}", Verdict.DEVIATES),
        ("bash -ec true {0}", Verdict.UNDETERMINED),
        ("pwsh", Verdict.UNDETERMINED),
    ],
)
def test_the_shell_of_the_step(shell: str, verdict: Verdict) -> None:
    gate = "      - name: Gate\n        shell: SHELL\n        run: |\n          test -f new/artisan\n          test -f new/public/index.php\n          test -d new/app\n          echo ok\n"  # noqa: E501
    text = HEAD + "      - run: tar -xzf b.tgz -C new\n" + gate.replace("SHELL", shell) + MIGRATE + SWITCH
    assert said(text, None).verdict is verdict, shown(said(text, None))


def test_one_that_may_be_skipped_is_a_warning_where_it_ran() -> None:
    text = WHOLE.replace("      - name: Gate\n", "      - name: Gate\n        if: inputs.gate != 'no'\n")
    assert any(a.near for a in said(text).aspects) and said(text, None).verdict is Verdict.UNDETERMINED


def test_what_another_job_runs_does_not_excuse_a_check_that_is_missing() -> None:
    other = "  other:\n    steps:\n      - run: ./unknown.sh\n"
    text = WHOLE.replace("          test -d app\n", "") + other
    assert said(text, None).verdict is Verdict.DEVIATES
    alone = HEAD + EXTRACT + "      - run: ssh h bash -s < unknown.sh\n" + MIGRATE + SWITCH
    assert said(alone, None).verdict is Verdict.UNDETERMINED


def test_across_jobs_the_needs_decide() -> None:
    two = (
        "on: push\njobs:\n  gate:\n    steps:\n"
        + EXTRACT
        + GATE
        + "  switch:\n    needs: gate\n    steps:\n"
        + MIGRATE
        + SWITCH
    )
    assert said(two, None).verdict is Verdict.CONFORM, shown(said(two, None))
    assert said(two.replace("    needs: gate\n", ""), None).verdict is Verdict.DEVIATES


def test_the_next_run_counts_as_well() -> None:
    made = said(WHOLE, following=WHOLE.replace("test -d app", "test -d app || true"))
    assert made.verdict is Verdict.DEVIATES and "|| true" in shown(made)
    assert said(WHOLE, following=WHOLE + "# a comment\n").verdict is Verdict.CONFORM


def test_a_run_that_stopped_before_it_did_not_reach_it() -> None:
    stopped = [job("deploy", "failure", ("Extract", "failure"), ("Gate", "skipped"), ("Migrate", "skipped"))]
    made = said(WHOLE, stopped)
    assert (made.verdict, made.behind[0]) == (Verdict.UNDETERMINED, "deploy.yml/deploy/Extract")


def test_a_second_gate_that_holds_is_enough() -> None:
    first = GATE.replace("- name: Gate", "- name: First").replace(
        "test -f artisan", "test -f artisan || true"
    )
    assert said(HEAD + EXTRACT + first + GATE + MIGRATE + SWITCH, None).verdict is Verdict.CONFORM


def test_a_called_workflow_that_is_not_called() -> None:
    text = (
        "on: push\njobs:\n  gate:\n    if: false\n    uses: ./.github/workflows/gate.yml\n"
        "  switch:\n    needs: gate\n    steps:\n" + MIGRATE + SWITCH
    )
    called = "on: workflow_call\njobs:\n  gate:\n    steps:\n" + EXTRACT + GATE
    value_ = value(text, None)
    value_["next"]["texts"].append({"path": ".github/workflows/gate.yml", "text": called})
    declared = {"gate": "release-structure", "workflow": "deploy.yml"}
    assert judge("gate-in-workflow", declared, run=observed(value_)).verdict is Verdict.DEVIATES
    value_["next"]["texts"][0]["text"] = text.replace("    if: false\n", "")
    assert judge("gate-in-workflow", declared, run=observed(value_)).verdict is Verdict.CONFORM


def test_a_gate_that_is_not_in_the_spec_is_an_error() -> None:
    with pytest.raises(ValueError, match="release-structure"):
        said(WHOLE, gate="other")
    with pytest.raises(ValueError, match="expected one of backup"):
        said(WHOLE, before=["deploy"])


def test_what_is_said_of_a_job_names_the_line_where_it_stands() -> None:
    """And its file: the condition of a called workflow stands where it is called."""

    def note(text: str, **more: Any) -> str:
        (it,) = (a for a in said(text, None, **more).aspects if a.name and a.name.id == "a failure")
        return EN.plain(it.note or it.actual or msg(""))

    job = HEAD.replace("    steps", "    runs-on: x\n    if: inputs.go\n    steps")
    assert note(job + WHOLE.removeprefix(HEAD)) == "unclear: if: inputs.go (deploy.yml:5)"
    lax = job.replace("if: inputs.go", "continue-on-error: true")
    assert "(deploy.yml:5)" in note(lax + WHOLE.removeprefix(HEAD))
    caller = "on: push\njobs:\n  all:\n    uses: ./.github/workflows/inner.yml\n    if: inputs.go\n"
    inner = {".github/workflows/inner.yml": WHOLE.replace("on: push", "on: workflow_call")}
    assert note(caller, more=inner) == "unclear: if: inputs.go (deploy.yml:5)"
    own = {
        ".github/workflows/inner.yml": (job + WHOLE.removeprefix(HEAD)).replace(
            "on: push", "on: workflow_call"
        )
    }
    assert "(inner.yml:5)" in note(caller.replace("    if: inputs.go\n", ""), more=own)


@pytest.mark.parametrize("place", ["      - name: Gate\n        ", "  deploy:\n    "])
def test_one_that_only_runs_after_a_failure_is_not_called_missing(place: str) -> None:
    text = WHOLE.replace(
        place[:-8] if place.startswith("      ") else place[:-4], place + "if: failure()\n", 1
    )
    made = said(text, None)
    assert made.verdict is Verdict.DEVIATES and made.aspects[0].actual is not None
    words = EN.plain(made.aspects[0].actual)
    line = text[: text.index("if: failure()")].count("\n") + 1
    assert words == f"3 checks that only run after a failure: if: failure() (deploy.yml:{line})"


def test_what_is_missing_beside_it_still_is() -> None:
    late = "      - name: Late\n        if: failure()\n        run: ssh h 'test -d /srv/new/app'\n"
    text = WHOLE.replace("          test -f public/index.php\n          test -d app\n", "") + late
    made = said(text, None)
    assert made.verdict is Verdict.DEVIATES and made.aspects[0].actual is not None
    words = EN.plain(made.aspects[0].actual)
    assert "1 check that only runs after a failure" in words and words.endswith("missing: public/index.php")


def test_lines_of_different_files_are_compared_by_their_steps() -> None:
    called = "      - name: Gate\n        run: ./scripts/gate.sh\n"
    script = {
        "scripts__gate__sh": "set -e\nfor f in artisan public/index.php app; do ssh h test -e /srv/new/$f; done\n"
    }
    text = HEAD + EXTRACT + MIGRATE + called + SWITCH
    words = [EN.plain(a.actual) for a in said(text, None, more=script).aspects if a.actual]
    assert "no: the gate in step Gate (gate.sh:2), that in step Migrate (deploy.yml:8)" in words
    plain = [
        EN.plain(a.actual) for a in said(HEAD + EXTRACT + MIGRATE + GATE + SWITCH, None).aspects if a.actual
    ]
    assert "no: the gate in deploy.yml:13, that in deploy.yml:8" in plain
    order = {"workflow": "deploy.yml", "order": ["gate", "migrate"]}
    made = judge("pipeline", order, run=observed(value(text, None, **script)))
    words = [EN.plain(a.actual) for a in made.aspects if a.actual]
    assert "no: step Migrate (deploy.yml:8), then step Gate (gate.sh:2)" in words
