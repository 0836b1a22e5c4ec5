"""Hosts that answer, but not as they should."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ..world.client import DOCGEN
from ..world.world import PROD, World


def command(run: str, more: str = "") -> str:
    """A check of a shell command of the spec's own."""
    return f"command: {{run: [sh, -c, '{run}'], may-change-the-server: true{more}}}"


def test_a_noisy_login_shell_is_ignored_and_mentioned(world: World) -> None:
    world.noisy_shell()
    ran = world.look("file: current/artisan", "file: current/missing")
    assert ran.code == 1 and [c["status"] for c in ran.checks] == ["ok", "fail"]
    assert "Welcome to gateway" in str(ran.report["warnings"])


def test_a_shell_that_forges_answers_is_not_believed(world: World) -> None:
    world.put("/home/deploy/.bashrc", "printf '\\ndocgen-0 > 0\\nuid=0(root)\\ndocgen-0 < 0\\n'\n")
    ran = world.look("file: current/missing")
    assert (ran.code, ran.check()["status"]) == (1, "fail")
    assert ran.report["hosts"][0]["account"] == "deploy"


def test_a_login_shell_that_ends_at_once(world: World) -> None:
    world.put("/home/deploy/.bashrc", "echo 'This account is not available.'; exit 1\n")
    ran = world.look("file: current/artisan")
    assert (ran.code, ran.check()["status"], ran.report["overall"]) == (3, "unknown", "grey")
    assert "This account is not available." in str(ran.report), "what the host said instead"


@pytest.mark.parametrize(
    ("check", "tool"),
    [("disk: {path: /, min-free: 1M}", "df"), ("package: bash", "dpkg"), ("sudo: /bin/true", "sudo")],
)
def test_a_missing_tool(world: World, check: str, tool: str) -> None:
    world.missing_tool("dpkg-query" if tool == "dpkg" else tool)
    ran = world.look(check, "file: current/artisan")
    seen = next(c for c in ran.checks if c["kind"] == check.split(":")[0])
    assert seen["status"] in {"unknown", "fail"}, seen
    if tool != "sudo":
        assert seen["status"] == "unknown" and tool in seen["message"], seen
    assert ran.checks[-1]["status"] == "ok"


def test_a_connection_that_is_cut_in_the_middle(world: World) -> None:
    world.put("/srv/test/slow", "#!/bin/sh\necho beginning\nsleep 60\n", mode="755")
    world.check(
        "file: current/artisan",
        "command: {run: [/srv/test/slow], may-change-the-server: true}\ndeadline: 90s",
    )
    process = subprocess.Popen(
        [DOCGEN, "status", "--env", "prod", "--format", "json", "-o", "out.json"], cwd=world.folder,
        env=world.environment(), stderr=subprocess.PIPE,
    )  # fmt: skip
    end = time.monotonic() + 300
    while not any("sleep 60" in row for row in world.processes()):
        assert time.monotonic() < end and process.poll() is None
        time.sleep(0.05)
    world.root("pkill -KILL -f '^sshd(-session)?: deploy'")
    _, said = process.communicate(timeout=600)
    assert process.returncode == 3, said

    report = json.loads((world.folder / "out.json").read_text())
    checks = report["sections"][0]["components"][0]["checks"]
    assert checks[-1]["status"] == "unknown"
    assert "cut off after" in checks[-1]["message"], checks[-1]["message"]


def test_a_command_that_never_ends(world: World) -> None:
    started = time.monotonic()
    ran = world.look(
        "file: current/artisan", command("sleep 1000") + "\ndeadline: 2s", "directory: current/vendor"
    )
    assert time.monotonic() - started < 15
    assert [(c["status"], c["observation"]) for c in ran.checks] == [
        ("ok", "observed"), ("unknown", "timeout"), ("ok", "observed"),
    ]  # fmt: skip
    assert "2 s" in ran.checks[1]["message"]


@pytest.mark.parametrize(
    "shout",
    [
        "head -c 10000000 /dev/zero; head -c 8000000 /dev/zero >&2",
        "head -c 8000000 /dev/zero >&2; head -c 10000000 /dev/zero",
        "yes",
        "yes >&2",
    ],
)
def test_much_output_is_capped_and_the_cap_is_said(world: World, shout: str) -> None:
    started = time.monotonic()
    ran = world.look(
        "file: current/artisan",
        command(shout, ", stdout: {contains: never}") + "\ndeadline: 5s",
        "file: current/composer.json",
    )
    assert time.monotonic() - started < 40
    first, loud, last = ran.checks
    assert (first["status"], last["status"]) == ("ok", "ok")
    assert loud["status"] in {"unknown", "fail"}
    assert len(ran.stdout) < 200_000


PEAK = """import resource, subprocess, sys
subprocess.run(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)"""


def test_endless_output_does_not_fill_the_memory(world: World) -> None:
    world.check(command("yes", ", stdout: {contains: never}") + "\ndeadline: 5s")
    ran = world.docgen("status", "--env", "prod", prefix=(sys.executable, "-c", PEAK))
    assert 1024 < int(ran.stderr.split()[-1]) < 300 * 1024  # KiB


def test_output_that_is_not_utf8(world: World) -> None:
    world.put("/srv/test/latin1", b"Gr\xfcn\n")
    ran = world.look("command: {run: [cat, /srv/test/latin1], stdout: {contains: Gr}}")
    assert (ran.code, ran.check()["status"]) == (0, "ok"), ran.check()
    assert ran.check()["evidence"][0]["excerpt"] == "Gr\\xfcn\n"


def test_the_login_shells_language_changes_nothing(world: World) -> None:
    world.put(
        "/home/deploy/.bashrc", "export LANG=de_DE.UTF-8 LC_ALL=de_DE.UTF-8 LANGUAGE=de POSIXLY_CORRECT=1\n"
    )
    world.denied(f"{PROD}/shared")
    ran = world.look("file: shared/.env", "file: current/missing")
    assert [c["observation"] for c in ran.checks] == ["denied", "absent"]


def test_an_account_with_another_shell(world: World) -> None:
    for shell in ("/bin/sh", "/bin/dash"):
        world.root(f"sed -i 's|^deploy:.*|deploy:x:2042:2042:Deployment:/home/deploy:{shell}|' /etc/passwd")
        assert world.look("file: current/artisan").code == 0
    world.root(
        "sed -i 's|^deploy:.*|deploy:x:2042:2042:Deployment:/home/deploy:/usr/sbin/nologin|' /etc/passwd"
    )
    try:
        ran = world.look("file: current/artisan")
        assert (ran.code, ran.report["overall"]) == (3, "grey")
    finally:
        world.root("sed -i 's|^deploy:.*|deploy:x:2042:2042:Deployment:/home/deploy:/bin/bash|' /etc/passwd")


def test_a_clock_that_is_wrong_is_said(world: World) -> None:
    world.put(
        "/usr/local/bin/date",
        '#!/bin/sh\n[ "$1" = +%s ] && exec /usr/bin/date -d "3 hours ago" +%s\nexec /usr/bin/date "$@"\n',
        mode="755",
    )
    try:
        ran = world.look("file: current/artisan")
        assert abs(ran.report["hosts"][0]["clock_skew"] + 3 * 3600) < 60
        assert "clock" in str(ran.report["warnings"]).lower()
    finally:
        world.root("rm /usr/local/bin/date")


def test_hosts_named_alike_do_not_collide(world: World) -> None:
    names = ("a/b", "a-b", "a b", "..", "con", "A-B")
    hosts = "\n".join(f"      '{name}': {world.target}" for name in names)
    world.spec(
        world.environments().replace(f"    host: {world.target}\n", f"    hosts:\n{hosts}\n", 1)
        + "sections:\n  - name: Server\n    environment: prod\n"
        "    components: [{name: Release, checks: [file: current/artisan]}]\n"
    )
    ran = world.status("--env", "prod", "-o", "out.json")
    if ran.code == 2:
        assert "docgen.yml:" in ran.stderr  # refused with its place
        return
    text = (world.folder / "out.json").read_text()

    checks = json.loads(text)["sections"][0]["components"][0]["checks"]
    assert len({check["id"] for check in checks}) == len(names)
    assert {check["status"] for check in checks} == {"ok"}


def test_a_terminal_is_never_asked_for(world: World) -> None:
    world.put("/home/deploy/.bashrc", "[ -t 0 ] && echo TTY; [ -t 1 ] && echo TTY; :\n")
    ran = world.look("file: current/artisan")
    assert ran.code == 0 and "TTY" not in str(ran.report)


def test_sudo_that_wants_a_terminal_or_is_not_for_this_account(world: World) -> None:
    messages = set()
    world.sudoers("Defaults:deploy requiretty", "deploy ALL=(root) NOPASSWD: /usr/bin/systemctl reload nginx")
    messages.add(said(world))
    world.sudoers("")
    messages.add(said(world))
    world.missing_tool("sudo")
    messages.add(said(world))
    assert len(messages) == 3, messages


def said(world: World) -> str:
    ran = world.look("sudo: /usr/bin/systemctl reload nginx")
    (check,) = [c for c in ran.checks if c["kind"] == "sudo"]
    assert check["status"] in {"fail", "unknown"}
    return f"{check['ist']} {check['message']}"


def test_killed_while_it_writes_leaves_the_last_good_report(world: World) -> None:
    world.check(*(f"file: current/file{n}" for n in range(50)))
    assert world.docgen("status", "--env", "prod", "-o", "page.html").code == 1
    good = (world.folder / "page.html").read_bytes()
    for wait in (0.2, 0.5, 0.7, 0.8, 0.9, 1.0):
        process = subprocess.Popen(
            [DOCGEN, "status", "--env", "prod", "-o", "page.html"], cwd=world.folder, env=world.environment(),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(wait)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
        now = Path(world.folder / "page.html").read_bytes()
        assert now == good or now.rstrip().endswith(b"</html>")
