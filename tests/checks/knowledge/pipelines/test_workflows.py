"""Whole workflows, realistic and hostile: what a gate, a job, a pipeline is worth in them, and the line that decides."""

from __future__ import annotations

import re
from typing import Any

import pytest

from checks.model import Judgement, Verdict
from checks.testing import judge, observed
from docgen.i18n import Translator

from ...github import job, value

GOOD, BAD, UNSURE = Verdict.CONFORM, Verdict.DEVIATES, Verdict.UNDETERMINED
CHECKOUT = "uses: actions/checkout@v4"
UNPACK = "tar -xzf b.tgz -C new"
GATE = "test -f new/artisan\ntest -f new/public/index.php\ntest -d new/app"
ANY = "strategy: {matrix: {path: '${{ fromJSON(inputs.p) }}'}}"
AXIS = "strategy: {matrix: {path: [artisan, public/index.php, app]}}"
MIGRATE = "php new/artisan migrate --force"
SWITCH = "ln -sfn new current"
FILES = {
    "gate.sh": f"#!/bin/bash\nset -e\n{GATE}\n",
    "lib.sh": 'need() {\n  [ -e "$1" ] || { echo no; exit 1; }\n}\n',
}


def flow(*steps: str, top: str = "", job: str = "", more: str = "") -> str:
    """A workflow of one job. A step is a script, or ``uses: …``, or keys and a script with ``---`` between."""
    lines = [
        "on: push",
        *top.splitlines(),
        "jobs:",
        "  deploy:",
        *(f"    {line}" for line in job.splitlines()),
    ]
    lines.append("    steps:")
    for step in steps:
        head, _, script = step.partition("---\n")
        if not script and not step.startswith("uses:"):
            head, script = "", step
        own = [*head.strip().splitlines(), *(["run: |"] if script else [])]
        own += [f"  {line}" for line in script.splitlines()]
        lines += [("        " if number else "      - ") + line for number, line in enumerate(own)]
    return "\n".join(lines) + "\n" + more


def gated(gate: str, **more: str) -> str:
    return flow(CHECKOUT, UNPACK, gate, MIGRATE, SWITCH, **more)


def before(*steps: str) -> str:
    """The gate is a script of the repository, and `steps` come before it."""
    return flow(CHECKOUT, UNPACK, *steps, "./gate.sh", MIGRATE, SWITCH)


def remote(script: str, version: str = "v1", **inputs: str) -> str:
    given = "".join(f"  {name}: {one}\n" for name, one in {"host": "h", **inputs}.items())
    lines = "\n".join(f"    {line}" for line in script.splitlines())
    return flow(f"uses: appleboy/ssh-action@{version}\nwith:\n{given}  script: |\n{lines}")


def fact(text: str, jobs: list[dict[str, Any]] | None, files: dict[str, str]) -> Any:
    its = value(text, jobs)
    for version in (its["file"], its["next"]):
        if version:
            version["texts"] += [{"path": path, "text": one} for path, one in files.items()]
    return observed(its)


def shown(made: Judgement) -> str:
    t = Translator("en")
    odd = [a for a in made.aspects if a.verdict is not GOOD or a.near]
    said = [one for a in odd for one in (a.name, a.actual, a.note) if one is not None]
    return " | ".join(t.plain(one) for one in [*said, *([made.reason] if made.reason else [])])


def composite(run: str, inputs: str = "") -> str:
    lines = "".join(f"        {line}\n" for line in run.splitlines())
    return f"{inputs}runs:\n  using: composite\n  steps:\n    - shell: bash\n      run: |\n{lines}"


WHOLE = "set -e\n" + "\n".join((UNPACK, GATE, MIGRATE, SWITCH))
QUOTED = GATE.replace("\n", "; ")
LOOP = "for f in artisan public/index.php app; do {} new/$f; done"
ACTION = "runs:\n  using: composite\n  steps:\n    - uses: ./{}\n"
WITH_INPUT = composite(GATE.replace("new/", "${{ inputs.dir }}/"), "inputs:\n  dir: {default: new}\n")
GUARDED = "if: always() && steps.gate.outcome == 'success'"
MAKEFILE = "all:\n\techo\ngate:\n\t@test -f new/artisan\n\ttest -f new/public/index.php\n\ttest -d new/app\nother:\n\ttrue\n"
PACKAGE = (
    '{"scripts": {\n  "gate": "test -f new/artisan && test -f new/public/index.php && test -d new/app"\n}}'
)
LATER = f"  switch:\n    needs: deploy\n    if: {{}}\n    steps:\n      - run: |\n          {MIGRATE}\n          {SWITCH}\n"

# What the workflow is, the verdict, and a piece of the line that is named for it.
WORKFLOWS: list[tuple[str, Verdict, str | None, dict[str, str]]] = [
    # as people write it
    (gated(GATE), GOOD, None, {}),
    (gated(f"{GATE}; echo done"), GOOD, None, {}),
    (before(), GOOD, None, {}),
    (before("chmod +x gate.sh", "echo hi > notes.sh"), GOOD, None, {}),
    (gated("source gate.sh"), GOOD, None, {}),
    (gated(". ./lib.sh\nneed new/artisan\nneed new/public/index.php\nneed new/app"), GOOD, None, {}),
    (gated(f"cat > check.sh <<'E'\nset -e\n{GATE}\nE\nbash check.sh"), GOOD, None, {}),
    (gated(f"bash -euo pipefail -c '{QUOTED}; echo'"), GOOD, None, {}),
    (gated(f"eval '{QUOTED}'"), GOOD, None, {}),
    (gated(LOOP.format("timeout 5 test -e")), GOOD, None, {}),
    (gated(LOOP.format("sudo -u www-data test -e")), GOOD, None, {}),
    (gated(LOOP.format("nice env A=1 test -e")), GOOD, None, {}),
    (gated(f"shell: sh\n---\n{GATE}"), GOOD, None, {}),
    (gated(GATE, top="defaults:\n  run:\n    shell: bash -e {0}"), GOOD, None, {}),
    (gated("shell: bash\n---\n{\n" + GATE + "\n} | tee log"), GOOD, None, {}),
    (gated(f'echo "sha=$GITHUB_SHA" >> "$GITHUB_OUTPUT"\n{GATE}'), GOOD, None, {}),
    (before('echo "$HOME/.composer/vendor/bin" >> $GITHUB_PATH'), GOOD, None, {}),
    (before("uses: shivammathur/setup-php@v2", "composer install\nnpm ci && npm run build\nmake build"), GOOD, None, {}),
    (gated("make gate"), GOOD, None, {"Makefile": MAKEFILE}),
    (gated("npm run gate"), GOOD, None, {"package.json": PACKAGE}),
    (gated("composer gate"), GOOD, None, {"composer.json": PACKAGE}),
    (gated("uses: ./a"), GOOD, None, {"a/action.yml": ACTION.format("b"), "b/action.yml": composite(GATE)}),
    (gated("uses: ./a"), GOOD, None, {"a/action.yml": WITH_INPUT}),
    (gated(GATE, top="x: &e\n  A: b\nenv: *e"), GOOD, None, {}),
    (remote(WHOLE), GOOD, None, {}),
    (remote(WHOLE.removeprefix("set -e\n"), "v1.0.3", script_stop="true"), GOOD, None, {}),
    (flow(CHECKOUT, UNPACK, f"id: gate\n---\n{GATE}", f"{GUARDED}\n---\n{MIGRATE}\n{SWITCH}"), GOOD, None, {}),
    (flow(CHECKOUT, UNPACK, GATE, MIGRATE, SWITCH, "echo x > gate.sh"), GOOD, None, {}),
    # the script is another one by then
    (before("echo 'exit 0' > gate.sh"), UNSURE, "echo 'exit 0'", {}),
    (before("printf 'exit 0\\n' >> ./gate.sh"), UNSURE, "printf", {}),
    (before("sed -i 's/exit 1/exit 0/' gate.sh"), UNSURE, "sed -i", {}),
    (before("cp other.sh gate.sh"), UNSURE, "cp other.sh", {}),
    (before("cp ci/gate.sh ."), UNSURE, "cp ci/gate.sh", {}),
    (before("mv -f other.sh ./gate.sh"), UNSURE, "mv -f", {}),
    (before("curl -fsSLo gate.sh https://x/g.sh"), UNSURE, "curl", {}),
    (before("wget -O gate.sh https://x/g.sh"), UNSURE, "wget", {}),
    (before("echo true | tee gate.sh"), UNSURE, "tee", {}),
    (before("git checkout origin/main -- gate.sh"), UNSURE, "git checkout", {}),
    (before("git pull origin main"), UNSURE, "git pull", {}),
    (flow("uses: actions/download-artifact@v4", UNPACK, "./gate.sh", MIGRATE, SWITCH), UNSURE, "./gate.sh", {}),
    (before("cat > gate.sh <<'E'\nexit 0\nE"), BAD, None, {}),
    (gated("working-directory: ci\n---\n./gate.sh"), UNSURE, "./gate.sh", {}),
    # the shell is not what it seems
    (gated(GATE, top="env:\n  BASH_ENV: .ci/env.sh"), UNSURE, None, {}),
    (gated(f"env: {{SHELLOPTS: noexec}}\n---\n{GATE}"), UNSURE, "SHELLOPTS", {}),
    (before('echo "BASH_ENV=$PWD/x.sh" >> $GITHUB_ENV'), UNSURE, "BASH_ENV", {}),
    (gated(f"shopt -s expand_aliases\nalias test=true\n{GATE}"), UNSURE, "alias test", {}),
    (gated(f"test() {{ return 0; }}\n{GATE}"), BAD, None, {}),
    (gated(f"set() {{ :; }}\n{GATE}"), UNSURE, "set() {", {}),
    (gated(f"set +e\n{GATE}"), BAD, "test -f new/artisan", {}),
    (gated(f"bye() {{ exit 0; }}\ntrap bye EXIT\n{GATE}"), BAD, "trap bye", {}),
    (gated(GATE, top="defaults:\n  run:\n    shell: bash {0}"), BAD, "test -f new/artisan", {}),
    (gated(GATE, job="defaults: {run: {shell: pwsh}}"), UNSURE, "run: |", {}),
    (gated(GATE, job="runs-on: windows-latest"), UNSURE, "run: |", {}),
    # what cannot be followed
    (gated(f"docker run --rm -v $PWD:/w alpine sh -ec '{QUOTED}'"), UNSURE, "docker run", {}),
    (gated(f"docker compose exec app sh -ec '{QUOTED}'"), UNSURE, "docker compose", {}),
    (gated("make gate"), UNSURE, "make gate", {}),
    (gated("make gate"), UNSURE, "make gate", {"Makefile": MAKEFILE.replace("gate:", "gate: all")}),
    (gated("npm run gate"), UNSURE, "npm run gate", {}),
    (gated("composer run-script gate"), UNSURE, "composer run", {}),
    (gated("python3 gate.py new"), UNSURE, "python3", {}),
    (gated("./bin/gate new"), UNSURE, "./bin/gate", {}),
    (gated('eval "$CHECKS"'), UNSURE, "eval", {}),
    (gated("curl -fsSL https://x/gate.sh | bash"), UNSURE, "curl", {}),
    (gated("bash <(curl -fsSL https://x/gate.sh)"), UNSURE, "bash <(", {}),
    (gated("printf '%s\\n' artisan app | xargs -I{} test -e new/{}"), UNSURE, "xargs", {}),
    (gated("find new -maxdepth 0 -exec test -f {}/artisan \\;"), UNSURE, "find new", {}),
    (gated("parallel test -e new/{} ::: artisan public/index.php app"), UNSURE, "parallel", {}),
    (gated('while read -r f; do test -e "new/$f"; done < gate.txt'), UNSURE, "while read", {}),
    (gated("for f in $FILES; do test -e new/$f; done"), UNSURE, "for f in", {}),
    (gated("test -e new/${{ matrix.path }}", job=ANY), UNSURE, "test -e new", {}),
    (gated("test -e new/${{ matrix.path }}", job="strategy: {matrix: {path: [artisan]}}"), BAD, "test -e new", {}),
    (gated("test -e new/${{ matrix.path }}", job=AXIS), GOOD, None, {}),
    (gated("test -e new/$P", job="env: {P: '${{ matrix.path }}'}\n" + AXIS), GOOD, None, {}),
    (gated("test -e new/${{ matrix.path }} || true", job=AXIS), BAD, "|| true", {}),
    (gated("if: matrix.path != 'app'\n---\ntest -e new/${{ matrix.path }}", job=AXIS), UNSURE, "matrix.path !=", {}),
    (gated("ls new/artisan new/public/index.php >/dev/null\nls -d new/app"), GOOD, None, {}),
    (gated("stat new/artisan new/public/index.php new/app"), GOOD, None, {}),
    (gated("cd new\nls {artisan,public/index.php} app"), GOOD, None, {}),
    (gated("ls new/artisan new/app"), BAD, "ls new", {}),
    (gated("ls new/artisan new/public/index.php new/app || true"), BAD, "|| true", {}),
    (gated("shell: bash {0}\n---\nls new/artisan new/public/index.php new/app\necho"), BAD, "ls new", {}),
    (gated("ls new/$PART new/artisan new/app"), UNSURE, "ls new", {}),
    (gated("ls new/artisan new/public/*"), UNSURE, "ls new", {}),
    (gated("ls new/artisan || true\n" + GATE), GOOD, None, {}),
    (gated(GATE + "\nls -la new new/vendor || true"), GOOD, None, {}),
    (gated("[ -e new/artisan ] && [ -e new/public/index.php ] && [ -e new/app ] && echo ok\necho"), BAD, "echo ok", {}),
    (gated("[ -e new/artisan ] && [ -e new/public/index.php ] && [ -e new/app ] && echo ok"), GOOD, None, {}),
    (gated("uses: acme/release-gate@v1"), UNSURE, "acme/", {}),
    (gated("uses: docker://alpine\nwith: {args: test -f new/artisan}"), UNSURE, "docker://", {}),
    (gated("uses: ./a"), UNSURE, None, {"a/action.yml": ACTION.format("gone")}),
    # fewer than nine
    (gated(GATE.replace("test -d", "# test -d")), BAD, None, {}),
    (gated(GATE.replace("-d new/app", "-f new/artisan")), BAD, None, {}),
    (gated(LOOP.format("test -e").replace(" app;", ";")), BAD, None, {}),
    (gated("make gate"), BAD, None, {"Makefile": MAKEFILE.replace("test -d", "# test -d")}),
    (gated(f"{GATE} || echo '::error::app'"), BAD, "|| echo", {}),
    # a failure that stops nothing
    (gated("make gate"), BAD, None, {"Makefile": MAKEFILE.replace("\ttest -d", "\t-test -d")}),
    (gated("{\n" + GATE + "\n} | tee log"), BAD, "test -f new/artisan", {}),
    (gated(f"(\n{GATE}\n) || true"), BAD, "test -f new/artisan", {}),
    (gated("./gate.sh &"), BAD, "./gate.sh &", {}),
    (gated(f"gate() {{ {GATE.replace(chr(10), ' && ')}; }}\nif ! gate; then echo bad; fi"), BAD, "if ! gate", {}),
    (gated(f"exit 0\n{GATE}"), BAD, "exit 0", {}),
    (gated(f"continue-on-error: ${{{{ inputs.soft }}}}\n---\n{GATE}"), UNSURE, "continue-on-error", {}),
    (gated(f"if: false\n---\n{GATE}"), BAD, "if: false", {}),
    (gated(f"bash -c '{QUOTED}; echo'"), BAD, "bash -c", {}),
    (remote(WHOLE.removeprefix("set -e\n")), BAD, "test -f new/artisan", {}),
    (remote(WHOLE.removeprefix("set -e\n"), script_stop="true"), BAD, "test -f new/artisan", {}),
    # what goes on although it failed, and in which order
    (flow(CHECKOUT, UNPACK, GATE, f"if: always()\n---\n{MIGRATE}\n{SWITCH}"), BAD, MIGRATE, {}),
    (flow(CHECKOUT, UNPACK, GATE, "if: ${{ !cancelled() }}\n---\n" + f"{MIGRATE}\n{SWITCH}"), BAD, MIGRATE, {}),
    (flow(CHECKOUT, UNPACK, GATE, more=LATER.format("always()")), BAD, MIGRATE, {}),
    (flow(CHECKOUT, UNPACK, GATE, more=LATER.format("always() && inputs.go")), UNSURE, MIGRATE, {}),
    (flow(CHECKOUT, UNPACK, GATE, more=LATER.format("success()")), GOOD, None, {}),
    (flow(CHECKOUT, UNPACK, GATE, more=LATER.format("success()").replace("    needs: deploy\n", "")), BAD, MIGRATE, {}),
    (flow(CHECKOUT, UNPACK, MIGRATE, SWITCH, GATE), BAD, MIGRATE, {}),
    (flow(CHECKOUT, UNPACK, "rsync -a new/ current/", GATE, MIGRATE), BAD, "rsync", {}),
    # no workflow at all
    (gated(f"shell: sh\nshell: bash\n---\n{GATE}"), UNSURE, "shell: bash", {}),
    (gated(f"if: !failure()\n---\n{GATE}"), UNSURE, "!failure", {}),
    (gated(GATE) + "x: " + "[" * 5000 + "]" * 5000 + "\n", UNSURE, None, {}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "verdict", "piece", "files"), WORKFLOWS)
def test_a_gate(text: str, verdict: Verdict, piece: str | None, files: dict[str, str]) -> None:
    declared = {
        "gate": "release-structure",
        "workflow": "deploy.yml",
        "after": ["extract"],
        "before": ["migrate", "switch"],
    }
    made = judge("gate-in-workflow", declared, run=fact(text, None, {**FILES, **files}))
    assert made.verdict is verdict, f"{shown(made)}\n{text}"
    if piece is not None:
        line = next(n for n, one in enumerate(text.splitlines(), 1) if piece in one)
        assert re.search(rf":{line}\b|line {line}:", shown(made)), f"line {line}: {shown(made)}\n{text}"
    assert verdict is GOOD or shown(made)


def inside(key: str) -> dict[str, str]:
    """An action `a` whose step is the gate, with `key` in line 8."""
    head = "name: a\ninputs:\n  dir: {default: x}\nruns:\n  using: composite\n  steps:\n    - shell: bash\n"
    body = "".join(f"        {line}\n" for line in GATE.splitlines())
    return {"a/action.yml": f"{head}      {key}\n      run: |\n{body}"}


NESTED = {"b/action.yml": ACTION.format("a").rstrip() + "\n      if: inputs.go == 'y'\n"}


@pytest.mark.parametrize(
    ("step", "files", "verdict", "said"),
    [
        ("uses: ./a", inside("if: inputs.dir == 'x'"), GOOD, ""),
        ("uses: ./a", inside("if: inputs.dir == 'y'"), BAD, "if: inputs.dir == 'y' (action.yml:8)"),
        ("uses: ./a\nwith: {dir: y}", inside("if: inputs.dir == 'y'"), GOOD, ""),
        ("uses: ./a\nwith: {dir: y}", inside("if: inputs.dir == 'x'"), BAD, "(action.yml:8)"),
        (
            "uses: ./a\nwith: {dir: '${{ vars.DIR }}'}",
            inside("if: inputs.dir == 'y'"),
            UNSURE,
            "unclear: if: inputs.dir == 'y' (action.yml:8)",
        ),
        ("uses: ./a", inside("if: env.X == 'y'"), UNSURE, "unclear: if: env.X == 'y' (action.yml:8)"),
        ("uses: ./a\nif: inputs.go", inside("if: env.X == 'y'"), UNSURE, "(action.yml:8)"),
        ("uses: ./b", inside("id: x") | NESTED, UNSURE, "unclear: if: inputs.go == 'y' (action.yml:5)"),
        ("uses: ./a\nif: ${{ false }}", inside("id: x"), BAD, "if: ${{ false }} (deploy.yml:9)"),
        ("uses: ./a", inside("continue-on-error: true"), BAD, "continue-on-error: true (action.yml:8)"),
        (
            "uses: ./a",
            inside("continue-on-error: ${{ inputs.soft }}"),
            UNSURE,
            "unclear: continue-on-error: ${{ inputs.soft }} (action.yml:8)",
        ),
        (
            "uses: ./a\ncontinue-on-error: true",
            inside("id: x"),
            BAD,
            "continue-on-error: true (deploy.yml:9)",
        ),
        ('name: Gate\nif: inputs.go\n---\nif [ -n "$CI" ]; then\n' + GATE + "\nfi", {}, UNSURE, "if [ -n"),
    ],
)
def test_a_gate_that_depends_although_its_step_went_well(
    step: str, files: dict[str, str], verdict: Verdict, said: str
) -> None:
    text = gated(step if "---" in step else f"{step}\nname: Gate")
    steps = [(name, "success") for name in ("Set up job", "Run tar", "Gate", "Run php", "Run ln")]
    declared = {"gate": "release-structure", "workflow": "deploy.yml", "before": ["migrate", "switch"]}
    made = judge("gate-in-workflow", declared, run=fact(text, [job("deploy", "success", *steps)], files))
    assert (made.verdict, said in shown(made)) == (verdict, True), f"{shown(made)}\n{text}"


NEON = "parameters:\n    level: 5\n    paths:\n        - app\n"
STAN = "phpstan analyse --level=5"
JOBS: list[tuple[str, dict[str, Any], Verdict, dict[str, str]]] = [
    ("vendor/bin/phpstan analyse --level=5", {"runs": [STAN]}, GOOD, {}),
    ("vendor/bin/phpstan analyse -l 5", {"runs": [STAN]}, GOOD, {}),
    ("vendor/bin/phpstan analyse -l5", {"runs": [STAN]}, GOOD, {}),
    ("vendor/bin/phpstan analyse", {"runs": [STAN]}, GOOD, {"phpstan.neon": NEON}),
    ("vendor/bin/phpstan analyse -c ci/stan.neon", {"runs": [STAN]}, GOOD, {"ci/stan.neon": NEON}),
    (
        "composer analyse",
        {"runs": [STAN]},
        GOOD,
        {"composer.json": f'{{"scripts": {{"analyse": "{STAN}"}}}}'},
    ),
    ("vendor/bin/phpstan analyse", {"runs": [STAN]}, BAD, {"phpstan.neon.dist": NEON.replace("5", "3")}),
    ("vendor/bin/phpstan analyse --level 3", {"runs": [STAN]}, BAD, {"phpstan.neon": NEON}),
    ("vendor/bin/phpstan analyse -l max", {"runs": [STAN]}, BAD, {}),
    ("vendor/bin/phpstan analyse --level=5 --generate-baseline", {"runs": [STAN]}, BAD, {}),
    ("vendor/bin/phpstan analyse --level=5 || true", {"runs": [STAN]}, BAD, {}),
    ("vendor/bin/phpstan analyse", {"runs": [STAN]}, UNSURE, {}),
    ("composer install --no-dev -o", {"runs": ["composer install --no-dev"]}, GOOD, {}),
    ("COMPOSER_NO_DEV=1 composer install", {"runs": ["composer install --no-dev"]}, GOOD, {}),
    ("env: {COMPOSER_NO_DEV: 1}\n---\ncomposer install", {"runs": ["composer install --no-dev"]}, GOOD, {}),
    ("env: {COMPOSER_NO_DEV: 0}\n---\ncomposer install", {"runs": ["composer install --no-dev"]}, BAD, {}),
    ("composer install --no-dev=false", {"runs": ["composer install --no-dev"]}, BAD, {}),
    ("mysqldump shop > db.sql 2> /dev/null", {"does": ["backup database"]}, GOOD, {}),
    ("set -o pipefail\nmysqldump shop | tee db.sql > /dev/null", {"does": ["backup database"]}, GOOD, {}),
    ("pg_dump -Fc shop -f db.dump", {"does": ["backup database"]}, GOOD, {}),
    ("mysqldump shop > /dev/null", {"does": ["backup database"]}, BAD, {}),
    ("mysqldump shop | gzip > /dev/null", {"does": ["backup database"]}, BAD, {}),
    ("mysqldump --result-file=/dev/null shop", {"does": ["backup database"]}, BAD, {}),
    ("ssh h 'mysqldump shop' > /dev/null", {"does": ["backup database"]}, BAD, {}),
    ("tar -czf sicherungen/a.tgz current", {"does": ["backup app"]}, GOOD, {}),
    ("tar -czf /dev/null backups", {"does": ["backup app"]}, BAD, {}),
]


@pytest.mark.parametrize(("step", "params", "verdict", "files"), JOBS)
def test_a_job(step: str, params: dict[str, Any], verdict: Verdict, files: dict[str, str]) -> None:
    declared = {"workflow": "deploy.yml", "job": "deploy", **params}
    made = judge("job", declared, run=fact(flow(CHECKOUT, step), None, files))
    assert made.verdict is verdict, shown(made)


def on(text: str) -> str:
    return flow(SWITCH).replace("on: push\n", text + "\n")


DUMP = "tar -czf backups/a.tgz current\nmysqldump s > b.sql"
PLAIN = flow(UNPACK, GATE, MIGRATE, SWITCH)
PIPELINES: list[tuple[str, dict[str, Any], Verdict, str | None]] = [
    (on('"on": push'), {"triggers": {"push": []}}, GOOD, None),
    (on("on:\n  push:\n    branches:\n      - main"), {"triggers": {"push": ["main"]}}, GOOD, None),
    (on("on:\n  pull_request: {types: [opened, synchronize, reopened]}"), {"triggers": {"pull_request": []}}, GOOD, None),
    (on("on:\n  workflow_run: {workflows: [B], types: [completed]}"), {"triggers": {"workflow_run": ["B"]}}, GOOD, None),
    (on("on:\n  push: {branches: [main], paths-ignore: ['**']}"), {"triggers": {"push": ["main"]}}, BAD, None),
    (on("on:\n  push: {branches: ['**', '!main']}"), {"triggers": {"push": ["main"]}}, BAD, None),
    (on("on:\n  push: {branches-ignore: [main]}"), {"triggers": {"push": ["main"]}}, BAD, None),
    (on("on: workflow_dispatch"), {"triggers": {"push": ["main"]}}, BAD, None),
    (on("on: pull_request"), {"triggers": {"push": []}}, BAD, None),
    (on("on:\n  pull_request: {types: [closed]}"), {"triggers": {"pull_request": []}}, BAD, None),
    (on("on:\n  workflow_run: {workflows: [B], types: [requested]}"), {"triggers": {"workflow_run": ["B"]}}, BAD, None),
    (flow("rm current\nln -s new current"), {"does": ["switch"], "atomic": False}, GOOD, None),
    (flow("ln -s new next\nmv -T next current"), {"does": ["switch"]}, GOOD, None),
    (flow("ln -sf new current"), {"does": ["switch"], "atomic": False}, BAD, None),
    (flow("ln -s new current"), {"does": ["switch"], "atomic": False}, BAD, None),
    (flow("mv next current"), {"does": ["switch"]}, BAD, None),
    (flow("rsync -a new/ h:/srv/current/"), {"does": ["switch"]}, BAD, None),
    (flow("cp -r new/. current/"), {"does": ["switch"]}, BAD, None),
    (flow(f'A="php new/artisan"\n$A migrate --force\n{SWITCH}'), {"order": ["migrate", "switch"]}, GOOD, None),
    (flow(f"$PHP new/artisan migrate --force\n{SWITCH}"), {"order": ["migrate", "switch"]}, GOOD, None),
    (flow("vendor/bin/dep deploy"), {"does": ["switch"]}, UNSURE, None),
    (flow("uses: deployphp/action@v1"), {"does": ["switch"]}, UNSURE, None),
    (flow("\n".join((UNPACK, GATE, MIGRATE, SWITCH))), {}, GOOD, PLAIN),
    (flow(UNPACK, MIGRATE, GATE, SWITCH), {}, BAD, PLAIN),
    (flow(UNPACK, f"{GATE} || true", MIGRATE, SWITCH), {}, BAD, PLAIN),
    (flow(UNPACK, GATE, f"sudo {MIGRATE}", SWITCH), {}, BAD, PLAIN),
    (flow(UNPACK, GATE, f"sudo {MIGRATE}", SWITCH), {"unlike": ["migrate"]}, GOOD, PLAIN),
    (flow("tar -czf backups/a.tgz current"), {}, BAD, flow(DUMP)),
    (flow("tar -czf backups/a.tgz current"), {"unlike": ["backup database"]}, GOOD, flow(DUMP)),
    (flow(DUMP), {}, GOOD, flow("tar -czf backups/a.tgz current")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "params", "verdict", "like"), PIPELINES)
def test_a_pipeline(text: str, params: dict[str, Any], verdict: Verdict, like: str | None) -> None:
    declared, facts = {"workflow": "deploy.yml", **params}, {"run": fact(text, None, {})}
    if like is not None:
        declared["like"] = "other.yml"
        facts["like"] = observed(value(like, None, workflow="other.yml"))
    assert judge("pipeline", declared, **facts).verdict is verdict, shown(
        judge("pipeline", declared, **facts)
    )


DUMMY = """\
on: push
jobs:
  dummy:
    steps:
      - run: echo ok
  bundle:
    if: github.event_name == 'push'
    steps:
      - run: make
"""


@pytest.mark.parametrize(
    ("jobs", "verdict"),
    [
        ([job("bundle", "success", ("Set up job", "success"), ("Run make", "success"))], GOOD),
        ([job("dummy", "success", ("Run echo ok", "success")), job("bundle", "skipped")], BAD),
        ([job("bundle", "success", ("Set up job", "success"), ("Run make", "skipped"))], BAD),
        ([job("other", "success", ("Run it", "success"))], GOOD),
    ],
)
def test_a_run_that_went_well(jobs: list[dict[str, Any]], verdict: Verdict) -> None:
    seen = observed(value(DUMMY, jobs), observed_at="2025-11-02T00:51:00Z")
    made = judge("workflow", {"file": "deploy.yml"}, run=seen)
    assert made.verdict is verdict, shown(made)


@pytest.mark.parametrize(
    ("step", "verdict"), [("ls -la new", UNSURE), ("ls -la", BAD), ("test -d new", GOOD)]
)
def test_a_list_of_files_may_be_meant_as_a_gate(step: str, verdict: Verdict) -> None:
    declared = {"workflow": "deploy.yml", "does": ["gate"]}
    made = judge("pipeline", declared, run=fact(gated(step), None, FILES))
    assert made.verdict is verdict, shown(made)
