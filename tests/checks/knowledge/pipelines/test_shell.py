"""Shell scripts, read: which test for a file stops the run, which does not, and what cannot be told."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from checks.knowledge.pipelines.fates import STOPS, Fate, Ran
from checks.knowledge.pipelines.shell import Program, commands
from checks.knowledge.pipelines.workspace import Workspace


def ran(script: str, *, errexit: bool = True, pipefail: bool = False, **scripts: str) -> list[Ran]:
    scripts = {"gate.sh": "test -f x\necho\n", **scripts}
    program = Program("", 1, "", STOPS, STOPS, errexit, pipefail, "", {}, Workspace(scripts))
    return commands(script, program)


def found(script: str, **more: object) -> dict[str, tuple[bool | None, str]]:
    """By path: whether a missing file stops the run, and what decides it."""
    made = {}
    for one in ran(script, **more):  # type: ignore[arg-type]
        if (
            one.argv[0] == "test"
            and len(one.argv) == 3
            and one.argv[1] in ("-f", "-d", "-e", "-s")
            and not one.absent
        ):
            doubt = next((f for f in (one.only, one.fails) if f is not None and f.stops is not True), STOPS)
            made[one.argv[2]] = (doubt.stops, doubt.why)
    return made


LOOP = 'bad=0\nfor f in y x; do test -f "$f" || bad=$((bad+1)); done\n'

FED = "ssh host bash -se <<'E'{}\ntest -f x\necho\nE"

STOPPING = [
    "ssh host STAGE=test bash -se <<'E'\ntest -f x\necho\nE",
    "ssh host sudo -u app bash -se <<E\ntest -f x\necho\nE",
    "ssh host A=1 sudo -u app env B=2 bash -se <<'E'\ntest -f x\necho\nE",
    'ssh host bash <<< "set -e; test -f x; echo"',
    "bash -e <<< 'test -f x; echo'",
    "for f in x y; do test -f $f; break; done",
    "for g in 1 2; do for f in a; do break; done; test -f x; done",
    "for g in 1 2; do for f in a b; do [ $f = a ] && break; done; test -f x; done",
    "n=0\nfor f in y x; do if [ ! -f $f ]; then n=1; break; fi; done\n[ $n -eq 0 ] || exit 1",
    "for f in y x z; do [ ! -f $f ] && { echo no; exit 1; }; done\ntrue",
    FED.format(" || exit 1") + "\ntrue",
    FED.format(" || { echo no; exit 1; }") + "\ntrue",
    FED.format(" && echo ok"),
    FED.format(" > log 2>&1"),
    "set -o pipefail\n" + FED.format(" | tee log") + "\ntrue",
    "set -o pipefail\n" + FED.format(" 2>&1 | tee log") + "\ntrue",
    "bash -e <<E || exit 1\ntest -f x\nE",
    LOOP + "if [ $bad -eq 0 ]; then echo ok; else exit 1; fi",
    LOOP + "if ! [ $bad -eq 0 ]; then exit 1; fi",
    LOOP + "[ $bad -lt 1 ] || exit 1",
    "ssh host bash -se <<'E' || exit 1\ntest -f x\nE",
    "ssh host bash -se <<'E' || { echo no; exit 3; }\ntest -f x\nE\necho",
    "set -o pipefail\nssh host bash -se <<'E' | tee log\ntest -f x\nE",
    "ssh host bash -se <<'E' && echo ok || exit 1\ntest -f x\nE\ntrue",
    LOOP + "(( bad == 0 )) || exit 1",
    "test -f x",
    "[ -f x ]",
    "[[ -f x ]]",
    "test -f x || exit 1",
    "test -f x || { echo no; exit 1; }",
    "test -f x || (echo no; exit 1)",
    "[ ! -f x ] && exit 1\ntrue",
    "! test -f x && exit 1\ntrue",
    "test ! -f x && { echo no; exit 2; }\ntrue",
    "if [ ! -f x ]; then echo no; exit 1; fi",
    "if ! [ -f x ]; then exit 1; fi",
    "if [ -f x ]; then echo ok; else exit 1; fi",
    "if [ -f x ]; then :; else exit 3; fi",
    "if [ ! -f y ] || [ ! -f x ]; then exit 1; fi",
    "[[ -f y && -f x ]] || exit 1",
    "test -f y -a -f x || exit 1",
    "for f in y x; do test -f $f; done",
    'for f in y x; do [ -f "$f" ] || { echo no; exit 1; }; done',
    'F=(y x)\nfor f in "${F[@]}"; do test -f "$f"; done',
    'die() { echo "$1"; exit 1; }\ntest -f x || die no',
    'need() { [ -f "$1" ] || { echo no; exit 1; }; }\nneed y\nneed x',
    'need() { test -f "$1"; }\nneed x',
    'need() { if [ ! -f "$1" ]; then return 1; fi; }\nneed x',
    'bad=0\nfor f in y x; do [ -f "$f" ] || bad=1; done\n[ "$bad" -eq 0 ] || exit 1',
    'bad=0\nfor f in y x; do test -f "$f" || bad=$((bad+1)); done\nif [ $bad -gt 0 ]; then exit 1; fi',
    "bad=0\ntest -f x || bad=1\nexit $bad",
    'm=()\nfor f in y x; do [ -f "$f" ] || m+=("$f"); done\nif [ ${#m[@]} -gt 0 ]; then echo "${m[*]}"; exit 1; fi',
    "(test -f x)",
    "{ test -f x; }",
    "bash -c 'test -f x'",
    "bash -ec 'test -f x; echo'",
    "ssh host 'test -f x'",
    "ssh -p 22 -i key user@host 'set -e; test -f x; echo'",
    "ssh host 'test -f x && echo ok'",
    "ssh host bash -se <<'E'\ntest -f x\necho\nE",
    "ssh host 'bash -s' <<E\nset -euo pipefail\ntest -f x\necho\nE",
    "cat <<'E' | ssh host bash -e\ntest -f x\necho\nE",
    "SSH='ssh -o BatchMode=yes host'\n$SSH 'test -f x'",
    "timeout 60 ssh host 'test -f x'",
    "sudo -u www test -f x",
    "set +e\nset -e\ntest -f x\ntrue",
    "set -o pipefail\ntest -f x | tee log\ntrue",
    "if true; then test -f x; fi",
    "y=$(test -f x)",
    'y=$(test -f x && echo 1)\n[ -n "$y" ] || exit 1',
    "source gate.sh",
    "test -f x || exit",
    "test -f x || exit $?",
    "if test -f x; then :; else exit $?; fi",
    "if test -f x; then :; else echo no; false; fi",
    "set +e; test -f x; exit $?",
    "set +e; test -f x; rc=$?; exit $rc",
    "set +e\ntest -f x\nrc=$?\nif [ $rc -ne 0 ]; then exit $rc; fi",
    "set +e\ntest -f x\nif [ $? -ne 0 ]; then echo no; exit 1; fi",
    "test -f x | tee log; exit ${PIPESTATUS[0]}",
    "test -f x | tee log; [ ${PIPESTATUS[0]} -eq 0 ] || exit 1",
    "ok=true; test -f x || ok=false; $ok || exit 1",
    "ok=true\nfor f in y x; do [ -f $f ] || ok=false; done\nif ! $ok; then exit 1; fi",
    "ok=1; for f in y x; do [ -f $f ] || ok=0; done; [ $ok = 1 ] || exit 1",
    "bad=0\ntest -f x || bad=1\nif [[ $bad == 1 ]]; then exit 1; fi",
    "e=0; for f in y x; do [ -f $f ] || let e++ || true; done; (( e == 0 )) || exit 1",
    "test -f x && exit 0; exit 1",
    "if test -f x; then exit 0; fi\nexit 1",
    "for f in y x; do [ -f $f ] && continue; echo no; exit 1; done",
    "for f in y x; do if [ -f $f ]; then continue; fi; exit 1; done",
    "for f in {y,x}; do test -f $f; done",
    'need() { for f; do test -f "$f" || return 1; done; }\nneed y x',
    'need() { test -f "$1" && return 0; return 1; }\nneed x',
    'need() { [[ -f "$1" ]] || { echo no; return 1; }; echo ok; }\nneed y || exit 1\nneed x || exit 1',
    "test -f x || (echo no; exit 1); echo",
    "[[ ! -f x ]] && echo no && exit 1\ntrue",
    "bash -euxo pipefail -c 'test -f x; true'",
    "out=$(test -f x) || exit 1",
    "trap 'rm -f z' EXIT\ntest -f x",
    "trap 'rm -f z; exit' EXIT\ntest -f x",
    "trap 'rc=$?; rm -f z; exit $rc' EXIT\ntest -f x",
    "trap 'exit 0' EXIT\ntrap - EXIT\ntest -f x",
    "trap 'exit 0' INT TERM\ntest -f x",
    "exec 2>&1\ntest -f x",
    "builtin test -f x",
    "while ! test -f x; do echo; exit 1; done",
    "until test -f x; do exit 1; done",
]


@pytest.mark.parametrize("script", STOPPING)
def test_a_missing_file_stops_the_run(script: str) -> None:
    assert found(script)["x"] == (True, ""), script


PASSING = [
    ("test -f x || true", "|| true"),
    ("test -f x || :", "|| :"),
    ("test -f x || echo no", "|| echo no"),
    ("test -f x || { echo no; exit 0; }", "exit 0"),
    ("set +e\ntest -f x\ntrue", "no set -e"),
    ("test -f x && echo ok\ntrue", "&& echo ok"),
    ("test -f x | tee log\ntrue", "| without pipefail"),
    ("test -f x &\nwait", "&"),
    ("if test -f x; then echo ok; fi", "if test -f x"),
    ("if [ ! -f x ]; then echo no; fi", "if [ ! -f x ]"),
    ("[ -f x ] || bad=1\ntrue", "bad="),
    (LOOP + "if [ $bad -eq 0 ]; then exit 1; fi", "[ $bad -eq 0 ]"),
    (LOOP + "[ $bad -gt 0 ] || exit 1", "[ $bad -gt 0 ]"),
    (LOOP + "if ! [ $bad -ne 0 ]; then exit 1; fi", "! [ $bad -ne 0 ]"),
    ("ssh host bash -s <<'E' || true\ntest -f x\nE", "|| true"),
    ("ssh host bash -s <<'E' || echo no\ntest -f x\nE", "|| echo no"),
    ("ssh host <<'E' || true\nset -e\ntest -f x\nE", "|| true"),
    ("ssh host bash -se <<'E' && echo ok\ntest -f x\nE\ntrue", "&& echo ok"),
    ("ssh host bash -se <<'E' &\ntest -f x\nE\nwait", "&"),
    ("ssh host bash -se <<'E' | tee log\ntest -f x\nE", "| without pipefail"),
    ("for f in y; do break; test -f x; done", "never reached: break"),
    ("exit 0\ntest -f x", "never reached: exit 0"),
    ("if false; then test -f x; fi", "if false"),
    ("ssh host 'test -f x; echo'", "no set -e"),
    ("ssh host 'test -f x' || true", "|| true"),
    ('ssh host bash <<< "set -e; test -f x" || true', "|| true"),
    ('ssh host bash <<< "test -f x; echo"', "no set -e"),
    ("ssh host bash -s <<'E'\ntest -f x\necho\nE", "no set -e"),
    ("ssh host 'test -f x' | tee log", "| without pipefail"),
    ("for f in y x; do break; test -f $f; done", "never reached: break"),
    ("for f in y x; do continue; test -f $f; done", "never reached: continue"),
    ("for f in y x; do echo $f && continue; test -f $f; done", "never reached: echo $f && continue"),
    ("for f in y x; do { break; }; test -f $f; done", "never reached: { break; }"),
    ("for f in y x; do test -f $f; break; done", "never reached: break"),
    ("for f in y x; do test -f $f; exit 0; done", "never reached: exit 0"),
    ("for f in y x; do exit 0; test -f $f; done", "never reached: exit 0"),
    ("while true; do break; test -f x; done", "never reached: break"),
    ('need() { for f; do return 0; test -f "$f"; done; }\nneed x', "never reached: return 0"),
    (FED.format(" || true"), "|| true"),
    (FED.format(" || echo no"), "|| echo no"),
    (FED.format(" && echo ok") + "\ntrue", "&& echo ok"),
    (FED.format(" && echo ok || true"), "|| true"),
    (FED.format(" | tee log"), "| without pipefail"),
    (FED.format(" 2>&1 | tee log"), "| without pipefail"),
    (FED.format(" | tee log && echo ok"), "| without pipefail"),
    (FED.format(" &"), "&"),
    ("bash -e <<E || true\ntest -f x\nE", "|| true"),
    ("[ -f y -o -f x ] || exit 1", "-o"),
    ("trap 'exit 0' EXIT\ntest -f x", "trap exit 0"),
    ("trap 'exit 0' ERR\ntest -f x", "trap exit 0"),
    ("trap 'set +e' ERR\ntest -f x; echo", "trap set +e"),
    ("trap 'rm -f z; exit $?' EXIT\ntest -f x", "trap rm -f z; exit $?"),
    ("bye() { rm -f z; exit 0; }\ntrap bye EXIT\ntest -f x", "trap bye"),
    ("trap bye EXIT\nbye() { exit 0; }\ntest -f x", "trap bye"),
    ("test -f x || { echo no; exit; }", "exit"),
    ("if [ ! -f x ]; then exit; fi", "exit"),
    ("if [ ! -f x ]; then exit $?; fi", "exit $?"),
    ("test -f x || exit 256", "exit 256"),
    ("test -f x || exit 00", "exit 00"),
    ("set -n\ntest -f x", "set -n"),
    ("set -o noexec; test -f x", "set -o noexec"),
    ("exec true; test -f x", "never reached: exec true"),
    ("source gate.sh || exit 1", "set -e in a condition"),
    ("set +e; test -f x; rc=$?; rc=0; exit $rc", "rc=0"),
    ("set +e; test -f x; rc=$?; echo; rc=$?; exit $rc", "rc=$?"),
    ("x=1; [ -f x ] && x=0; echo $x", "x="),
    ("n=0; (test -f x || n=1); [ $n -eq 0 ] || exit 1", "n="),
    ("n=0\ntest -f x || n=1\nn=0\n[ $n -eq 0 ] || exit 1", "n=0"),
    ("for f in y x; do n=0; [ -f x ] || n=1; done\nn=0\n[ $n -eq 0 ] || exit 1", "n=0"),
    ("false && { test -f x; }\ntrue", "false && …"),
    ("for f in; do test -f x; done", "for f in nothing"),
    ('need() { test -f "$1"; }\nneed x || true', "|| true"),
]


@pytest.mark.parametrize(("script", "why"), PASSING)
def test_a_missing_file_is_passed_over(script: str, why: str) -> None:
    assert found(script)["x"] == (False, why)


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("test -f x || notify admin", "|| notify admin"),
        ('if [ "$CI" = 1 ]; then test -f x; fi', 'if [ "$CI" = 1 ]'),
        ("case $1 in a) test -f x;; esac", "case $1 in a) test -f x;; esac"),
        ("while read -r l; do test -f x; done", "while read -r l; do test -f x; done"),
        ("for f in $(ls); do test -f x; done", "for f in …"),
        ("echo $(test -f x)", "in $(…)"),
        ("local y=$(test -f x)", "in $(…)"),
        ("exit() { :; }\n[[ -f x ]] || exit 1\ntrue", "exit() …"),
        ("shopt -s expand_aliases\nalias test=true\ntest -f x", "alias test=true"),
        ("test -f x &\nwait $!", "&"),
        ("until test -f x; do break; done", "until test -f x; do break; done"),
        ("test -f x || exit $((1-1))", "exit $((1-1))"),
        ("n=0\nfor f in y x; do test -f $f && n=$((n+1)); done\n[ $n -eq 2 ] || exit 1", "n="),
        ('[ -n "$SKIP" ] && exit 0\ntest -f x', 'unless [ -n "$SKIP" ] && exit 0'),
        ('if [ -n "$SKIP" ]; then exit 0; fi\ntest -f x', 'unless if [ -n "$SKIP" ]; then exit 0; fi'),
        ('for f in y x; do [ -n "$S" ] && break; test -f $f; done', 'unless [ -n "$S" ] && break'),
        ('for f in y x; do test -f $f; [ -n "$S" ] && break; done', 'unless [ -n "$S" ] && break'),
        ('for f in y x; do [ -n "$S" ] && continue; test -f $f; done', 'unless [ -n "$S" ] && continue'),
        (
            'for f in y x; do if [ -n "$S" ]; then break; fi; test -f $f; done',
            'unless if [ -n "$S" ]; then break; fi',
        ),
        ("n=0\ntest -f x || n=$((n+1))\n[ $n -lt 3 ] || exit 1", "[ $n -lt 3 ]"),
    ],
)
def test_what_cannot_be_told_is_said_to_be_unclear(script: str, why: str) -> None:
    assert found(script)["x"] == (None, why)


def test_what_is_not_run_is_not_found() -> None:
    for script in ("# test -f x", 'echo "test -f x"', ": <<'E'\ntest -f x\nE", "cat <<E\ntest -f x\nE"):
        assert "x" not in found(script), script


AWAY = ("source", "ssh", "SSH", "sudo", "E\n", "die no")
HERE = [
    one for one in [*STOPPING, *(script for script, _ in PASSING)] if not any(word in one for word in AWAY)
]


@pytest.mark.parametrize("script", HERE)
def test_bash_itself_agrees(script: str, tmp_path: Path) -> None:
    """What is said of a script is what the real bash does with it where the file is missing."""
    (tmp_path / "y").touch()
    done = subprocess.run(["bash", "-e", "-c", script], cwd=tmp_path, capture_output=True)
    assert found(script)["x"][0] is (done.returncode != 0)


def test_lines_places_and_folders() -> None:
    made = ran('cd /srv\nssh -i k "$U@h" "cd /app/releases\n  cd new && test -f x"\ntest -f y')
    found = [(one.line, one.place, one.folder) for one in made if one.argv[0] == "test"]
    assert found == [(3, "ssh ${U}@h", "/app/releases/new"), (4, "", "/srv")]


def test_variables_that_are_known_and_that_are_not() -> None:
    made = ran('BASE=/srv\nREL="$BASE/releases/$NAME"\ntest -f "$REL/x"\ntest -f ${BASE}/y')
    assert [one.argv[2] for one in made if one.argv[0] == "test"] == ["/srv/releases/${NAME}/x", "/srv/y"]


def test_scripts_of_the_repository_are_followed() -> None:
    files = {"scripts/gate.sh": '#!/bin/bash -e\ntest -f "$1/x"\ntrue\n', "lib.sh": "set +e\n"}
    made = ran("./scripts/gate.sh release\nbash scripts/gate.sh other", **files)
    found = [(one.file, one.line, one.argv[2], one.fails) for one in made if one.argv[0] == "test"]
    lost = Fate(False, "no set -e", 2, "scripts/gate.sh")
    assert found == [("scripts/gate.sh", 2, "release/x", STOPS), ("scripts/gate.sh", 2, "other/x", STOPS)] or found == [
        ("scripts/gate.sh", 2, "release/x", STOPS), ("scripts/gate.sh", 2, "other/x", lost)]  # fmt: skip


@pytest.mark.parametrize(
    "script",
    [
        "ssh h 'bash -s' -- \"$REL\" < scripts/p.sh",
        "cat scripts/p.sh | ssh h bash -se",
        "ssh h bash -se < ./scripts/p.sh",
    ],
)
def test_scripts_that_are_fed_to_another_host_are_followed(script: str) -> None:
    made = ran(script, **{"scripts/p.sh": "set -e\ntest -f x\ntrue\n"})
    assert [(one.place, one.fails) for one in made if one.argv == ("test", "-f", "x")] == [("ssh h", STOPS)]


@pytest.mark.parametrize(
    "script",
    ["ssh h bash -s < p.sh", "bash /tmp/p.sh", "./p.sh", "ssh h 'bash /tmp/p.sh'", "cat p.sh | ssh h sh"],
)
def test_scripts_that_are_not_known_are_unclear(script: str) -> None:
    assert any(one.argv == ("?",) and one.fails.why.endswith("p.sh") for one in ran(script))


def test_a_heredoc_that_is_changed_before_it_is_run_is_unclear() -> None:
    assert any(one.argv[0] == "?" for one in ran('ssh h bash <<< "$SCRIPT"'))
    assert any(one.argv[0] == "?" for one in ran('ssh h bash <<< "$(cat gate)"')), "what is read there"
    assert any(one.argv == ("?",) for one in ran("sed s/x/y/ <<E | ssh h bash -e\ntest -f x\nE"))


def test_what_does_not_parse_is_said() -> None:
    assert any(one.argv == ("?",) and one.fails.stops is None for one in ran("if [ -f x ]; then echo"))


@pytest.mark.parametrize(
    "script",
    [
        "f0() { test -f x; }\n"
        + "".join(f"f{n}() {{ f{n - 1}; f{n - 1}; }}\n" for n in range(1, 40))
        + "f39",
        "f() { f; f; }\nf",
        "a=xxxxxxxxxx\n" + 'a="$a$a"\n' * 60 + "test -f $a",
        "echo\n" * 40_000 + "test -f x",
        "for a in 1 2 3 4 5 6 7 8; do " * 6 + "test -f x; " + "done; " * 6,
    ],
    ids=["functions", "recursion", "doubling", "long", "loops"],
)
def test_a_script_that_would_take_for_ever_ends(script: str) -> None:
    started = time.process_time()
    made = ran(script)
    assert time.process_time() - started < 20
    if "echo" in script or "f39" in script:
        assert any(one.argv == ("?",) for one in made), "what was not read is said"


CODE = "curl -s -o /dev/null -w '%{http_code}' $URL/health"


@pytest.mark.parametrize(
    ("script", "stops"),
    [
        (f'[ "$({CODE})" = 200 ] || exit 1', True),
        (f'if [ "$({CODE})" != 200 ]; then exit 1; fi', True),
        (f'S=$({CODE})\nif [ "$S" != "200" ]; then echo $S; exit 1; fi', True),
        (f"S=$({CODE})\n[[ $S == 200 ]] || {{ echo bad; exit 1; }}", True),
        (f"S=$({CODE} || true)\n[[ $S == 200 ]] || exit 1", False),
        (f"S=$({CODE} || true)\necho $S", False),
        ("curl -s $URL/health | grep -q ok", True),
        ("curl -s $URL/health | jq -re .status", True),
        ("curl -fsS $URL/health | jq .status", False),
        ("for i in 1 2 3; do curl -fsS $URL/health && exit 0; sleep 2; done; exit 1", None),
    ],
)
def test_a_request_whose_answer_is_looked_at(script: str, stops: bool | None) -> None:
    assert {one.fails.stops for one in ran(script) if one.argv[0] == "curl"} == {stops}


def test_recursion_ends() -> None:
    assert len(ran("f() { f; test -f x; }\nf")) < 100
    assert len(ran("./a.sh", **{"a.sh": "./a.sh\ntest -f x\n"})) < 100
    assert len(ran("bash -c '" * 3000 + "'" * 3000)) < 10_000


SENT = "test -f x\necho\n"


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("ssh T 'cd /srv && bash -se' <<'E'\n" + SENT + "E", {"/srv/x": True}),
        ("ssh T 'cd /srv; bash -se' <<'E'\n" + SENT + "E", {"/srv/x": True}),
        ('R=/srv\nssh T "cd $R && bash -es" <<E\n' + SENT + "E", {"/srv/x": True}),
        ("R=/srv\nssh T \"cd '$R' && bash -es\" <<E\n" + SENT + "E", {"/srv/x": True}),
        ("ssh T 'cd /srv && bash -s' <<'E'\n" + SENT + "E", {"/srv/x": False}),
        ("ssh T 'cd /srv && sh -s' <<'E'\nset -e\n" + SENT + "E", {"/srv/x": True}),
        ("ssh T 'cd /srv && bash -se || true' <<'E'\n" + SENT + "E", {"/srv/x": False}),
        ("ssh T 'cd /srv && bash -se; echo ok' <<'E'\n" + SENT + "E", {"/srv/x": False}),
        ("ssh T 'set -e; cd /srv; bash -se; echo ok' <<'E'\n" + SENT + "E", {"/srv/x": True}),
        ("ssh T 'cd /srv && bash -se' <<'E' || true\n" + SENT + "E", {"/srv/x": False}),
        ("ssh T 'cd /srv && bash -s -- .' < strict.sh", {"/srv/./x": True}),
        ("cat strict.sh | ssh T 'cd /srv && bash -s'", {"/srv/x": True}),
        ("cat <<'E' | ssh T 'cd /srv && bash -se'\n" + SENT + "E", {"/srv/x": True}),
        ("ssh T 'mkdir -p /srv && cd /srv && sudo -u app bash -se' <<'E'\n" + SENT + "E", {"/srv/x": True}),
        ("ssh A 'ssh B \"cd /srv && bash -se\"' <<'E'\n" + SENT + "E", {"/srv/x": True}),
        ("ssh T bash -c '\"cd /srv && bash -se\"' <<'E'\n" + SENT + "E", {"/srv/x": True}),
        ("ssh T 'f() { cd /srv; bash -se; }; f' <<'E'\n" + SENT + "E", {"/srv/x": True}),
        ("ssh T 'if [ -d /srv ]; then cd /srv; bash -se; fi' <<'E'\n" + SENT + "E", {"/srv/x": None}),
    ],
)  # fmt: skip
def test_a_script_sent_to_the_shell_at_the_end_of_a_remote_command(
    script: str, expected: dict[str, bool | None]
) -> None:
    files = {"strict.sh": '#!/bin/bash\nset -e\ncd "${1:-.}"\ntest -f x\necho\n'}
    if "--" not in script:
        files["strict.sh"] = files["strict.sh"].replace('cd "${1:-.}"\n', "")
    made = {
        f"{one.folder}/{one.argv[2]}": (one.only or one.fails).stops
        for one in ran(script, **files)
        if one.argv[0] == "test" and one.argv[1] == "-f"
    }
    assert made == expected


@pytest.mark.parametrize(
    "command",
    [
        "cat > log; bash -se",
        "php artisan down && bash -se",
        "su - app",
        "sudo -iu app",
        "cd /srv && sudo su - app",
    ],
)
def test_whoever_else_may_read_what_is_sent_leaves_it_unclear(command: str) -> None:
    made = ran(f"ssh T '{command}' <<'E'\n{SENT}E")
    assert any(one.argv == ("?",) for one in made), made
    assert not [one for one in made if one.argv[0] == "test"]


@pytest.mark.parametrize(
    "command", ["cat > .env", "cd /srv && tee .env", "mysql app", "cd /srv && php artisan tinker"]
)
def test_what_is_sent_to_no_shell_is_no_script(command: str) -> None:
    assert not any(one.argv[0] in ("?", "test") for one in ran(f"ssh T '{command}' <<'E'\n{SENT}E"))


def test_quotes_inside_a_remote_command_are_those_of_the_remote_shell() -> None:
    sent = "R=/srv/new\nssh T \"bash -s -- '$R'\" <<'E'\nset -e\ncd \"$1\"\ntest -f x\nE"
    assert [one.folder for one in ran(sent) if one.argv[0] == "test"] == ["/srv/new"]
    unknown = sent.removeprefix("R=/srv/new\n")
    assert [one.folder for one in ran(unknown) if one.argv[0] == "test"] == ["${R}"]
    assert [one.argv for one in ran("R=/srv\nssh T \"ls -l '$R' \\$R\"") if one.argv[0] == "ls"] == [
        ("ls", "-l", "/srv", "/srv")
    ]


TRIES = "for i in 1 2 3; do {}; sleep 5; done"


@pytest.mark.parametrize(
    ("script", "stops", "why"),
    [
        (TRIES.format("test -f x && break"), False, "after the last try it goes on"),
        (TRIES.format("if test -f x; then break; fi"), False, "after the last try it goes on"),
        (TRIES.format("test -f x && { echo ok; break; }"), False, "after the last try it goes on"),
        ("for ((i=0; i<3; i++)); do test -f x && break; sleep 5; done", False, "after the last try it goes on"),
        (TRIES.format("test -f x && break; [ $i = 3 ] && exit 1"), None, "break"),
        (TRIES.format("test -f x && break") + "\n[ $i -lt 3 ] || exit 1", None, "break"),
        ("ok=0\n" + TRIES.format("test -f x && ok=1 && break") + "\n[ $ok = 1 ] || exit 1", None, ""),
        ("while true; do test -f x && break; sleep 5; done", None, "while true; do test -f x && break; sleep 5; done"),
        ("for ((i=0; i<3; i++)); do test -f x; done", True, ""),
        ("for ((i=0; i<$N; i++)); do test -f x; done", None, "for ((i=0; i<$N; i++))"),
        ("test -f x && echo ok\ntrue", False, "&& echo ok"),
    ],
)  # fmt: skip
def test_what_becomes_of_the_last_try(script: str, stops: bool | None, why: str) -> None:
    made = found(script)
    assert made["x"][0] is stops and (not why or made["x"][1] == why), made


def test_words_of_a_loop_with_a_variable_in_them_are_listed() -> None:
    script = 'for f in app-$T.tar.gz "db-${T}.sql.gz"; do test -f "$f"; done'
    assert found(script) == {"app-${T}.tar.gz": (True, ""), "db-${T}.sql.gz": (True, "")}
    for unknown in ("$F", "$A$B", "$D/*", "$(cat list)"):
        assert [one[0] for one in found(f'for f in {unknown}; do test -f "$f"; done').values()] == [None]


@pytest.mark.parametrize(
    ("script", "clear"),
    [
        ("cat a.sh b.sh | ssh T 'cd /srv && bash -s'", False),
        ("sed s/a/b/ gate.sh | ssh T bash -se", False),
        ("sed s/a/b/ gate.sh | ssh T", False),
        ("sed s/a/b/ gate.sh | sudo bash", False),
        ("ssh T 'cat gate.sh | bash -s'", False),
        ("ssh T 'cd /srv && bash -s' < <(cat gate.sh)", False),
        ("ssh T 'cd /srv && bash -s' < gone.sh", False),
        ("ssh T \"cd /srv && $(cat gate.sh)\"", False),
        ("tar -cz new | ssh T 'cd /srv && tar -xz'", True),
        ("echo $PW | sudo -S -v", True),
        ("echo y | bash -c 'cat'", True),
        ("ssh T 'bash -s < gate.sh'", False),
        ("$(which php) artisan migrate", False),
        ("ssh T 'ls | grep x'", True),
    ],
)  # fmt: skip
def test_a_pipe_into_a_shell(script: str, clear: bool) -> None:
    assert any(one.argv[0] == "?" for one in ran(script)) is not clear


@pytest.mark.parametrize(
    ("script", "folder", "stops"),
    [
        ("(cd /srv && bash -se) <<'E'\ntest -f x\necho\nE", "/srv", True),
        ("{ cd /srv; bash -s; } <<'E'\ntest -f x\necho\nE", "/srv", False),
        ("(cd /srv && bash -e) < gate.sh", "/srv", True),
        ("( set -e\ntest -f x\necho\n) || exit 1", "", False),
    ],
)
def test_a_group_of_commands(script: str, folder: str, stops: bool) -> None:
    made = [one for one in ran(script) if one.argv[0] == "test"]
    assert [(one.folder, one.fails.stops) for one in made] == [(folder, stops)]
    if "||" in script:
        assert made[0].fails.why == "set -e in a condition"


def test_a_group_that_reads_a_file_nobody_knows() -> None:
    assert any(one.argv == ("?",) for one in ran("{ cd /srv; bash -s; } < gone.sh"))
    assert not any(one.argv[0] == "?" for one in ran("while read -r f; do echo $f; done < list.txt"))
