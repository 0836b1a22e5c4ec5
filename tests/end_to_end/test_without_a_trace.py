"""A run leaves the server as it was, and runs what `docgen plan` prints and nothing else."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

from checks.kinds import KINDS, kind
from checks.knowledge.builds import OfGitHub

from ..world.client import DOCGEN
from ..world.strange import Proxy
from ..world.world import PROD, World

ALL_KINDS = [
    "file: current/artisan",
    "file: current/missing",
    "directory: {path: current/vendor, empty: false}",
    f"symlink: {{path: current, into: '{PROD}/releases'}}",
    "permissions: {path: shared/.env, mode: '0640', owner: deploy, group: www-data}",
    "checksum: {path: current/REVISION, sha256: '" + "0" * 64 + "'}",
    "content: {path: shared/.env, contains: APP_ENV}",
    "command: {run: [uname, -s], stdout: {contains: Linux}}",
    "php: {version: '>=8', path: current, artisan: '11', autoload: true, runs-application-code: true}",
    "service: nginx",
    "process: nginx",
    "http: /health",
    "http: {url: /healthcheck.php, from: host}",
    "port: {port: 1, host: 127.0.0.1, from: host}",
    "disk: {path: /, min-free: 1M}",
    "package: bash",
    "release: {}",
    "sudo: /usr/bin/systemctl reload nginx",
    "cron: backup-app",
    "timer: docgen-publish.timer",
    "absent: current/public/phpinfo.php",
    "web-exposure: {}",
    "hub-access: {}",
]


def settled(condition: Callable[[], bool], within: float = 5.0) -> bool:
    end = time.monotonic() + within
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def difference(before: dict[str, str], after: dict[str, str]) -> dict[str, tuple[str | None, str | None]]:
    return {
        path: (before.get(path), after.get(path))
        for path in before.keys() | after.keys()
        if before.get(path) != after.get(path)
    }


def every_kind() -> list[str]:
    """At least one check of each kind there is: those above, and the examples of the others."""
    known = set(KINDS)
    here = [check for check in ALL_KINDS if check.split(":", 1)[0] in known]
    no_server = {name for name in known if issubclass(kind(name).params, OfGitHub)}  # test_builds.py
    elsewhere = {"sudo-nothing-wider"} | no_server  # the first comes with another
    others = known - {check.split(":", 1)[0] for check in here} - elsewhere
    return here + [kind(name).example for name in sorted(others)]


def test_a_full_status_changes_no_file_and_leaves_no_process(world: World) -> None:
    world.sudoers("deploy ALL=(root) /usr/bin/systemctl reload nginx")
    checks = every_kind()
    world.check(*checks)
    files, processes = world.files(), world.processes()
    ran = world.status("--env", "prod")
    assert len({check["kind"] for check in ran.checks}) >= len({c.split(":", 1)[0] for c in checks})
    assert difference(files, world.files()) == {}
    assert settled(lambda: world.processes() == processes), world.processes()


def test_repositories_are_read_back_without_a_trace(world: World) -> None:
    world.root(
        """
        mkdir -p /srv/backup && cd /srv/backup && echo correct horse battery >password
        export HOME=/root BORG_PASSCOMMAND='cat /srv/backup/password'
        restic -r restic --password-file password init && restic -r restic --password-file password backup /etc/hostname
        borg init -e repokey borg && borg create borg::one /etc/hostname
        chown -R deploy: /srv/backup
        """
    )
    known = "password-file: /srv/backup/password, max-age: 1h"
    world.check(
        f"restic: {{repository: /srv/backup/restic, {known}, contains: [/etc/hostname], read-data: true}}",
        f"borg: {{repository: /srv/backup/borg, {known}, contains: [etc/hostname], read-data: true}}",
    )
    files, processes = world.files(), world.processes()
    ran = world.status("--env", "prod")
    assert [check["status"] for check in ran.checks] == ["ok", "ok"], ran.everything
    assert "correct horse" not in ran.everything
    assert difference(files, world.files()).keys() == {"/tmp"}, (
        "the scratch folder of borg came and went in it"
    )
    assert settled(lambda: world.processes() == processes), world.processes()


def test_nothing_stays_after_a_command_that_timed_out(world: World) -> None:
    world.check(
        "file: current/artisan",
        """\
        command: {run: [sleep, '1000'], may-change-the-server: true}
        deadline: 1s
        """,
        """\
        command: {run: [sh, -c, 'trap "" TERM; sleep 1000 & sleep 1000'], may-change-the-server: true}
        deadline: 1s
        """,
    )
    files, processes = world.files(), world.processes()
    started = time.monotonic()
    ran = world.status("--env", "prod")
    assert time.monotonic() - started < 20
    assert ran.code == 3
    assert [(c["status"], c["observation"]) for c in ran.checks] == [
        ("ok", "observed"), ("unknown", "timeout"), ("unknown", "timeout"),
    ]  # fmt: skip
    assert difference(files, world.files()) == {}
    assert settled(lambda: world.processes() == processes), world.processes()


def test_nothing_stays_after_the_host_ran_out_of_time(world: World) -> None:
    world.check(
        "file: current/artisan", "command: {run: [sleep, '1000'], may-change-the-server: true}\ndeadline: 5m"
    )
    path = world.folder / "docgen.yml"
    path.write_text(path.read_text().replace("connect-timeout: 5s", "connect-timeout: 5s, deadline: 3s"))
    processes = world.processes()
    started = time.monotonic()
    ran = world.status("--env", "prod")
    assert time.monotonic() - started < 15
    assert ran.code == 3
    assert [c["status"] for c in ran.checks] == ["ok", "unknown"], [c["message"] for c in ran.checks]
    assert settled(lambda: world.processes() == processes, 10), world.processes()


def test_nothing_stays_after_docgen_was_killed(world: World) -> None:
    world.check("command: {run: [sleep, '1000'], may-change-the-server: true}\ndeadline: 5m")
    processes = world.processes()
    process = subprocess.Popen(
        [DOCGEN, "status", "--env", "prod"], cwd=world.folder, env=world.environment(),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert settled(lambda: any("sleep 1000" in row for row in world.processes()), 15)
    process.kill()
    process.wait(10)
    assert settled(lambda: world.processes() == processes, 10), world.processes()


# --- the plan ---------------------------------------------------------------------------------------------------


def test_what_the_plan_prints_is_what_runs(world: World) -> None:
    world.check(*every_kind())
    document = world.docgen("plan", "--env", "prod", "--format", "json").stdout
    (host,) = json.loads(document)["hosts"]
    planned = {tuple(command["argv"]) for command in host["commands"]}
    assert len(planned) > 3
    trace = world.folder / "trace"
    listener = outside_pid(world, world.root("cat /run/sshd.pid").strip())
    # One file per process: in a common one, lines of processes that run at once are torn apart.
    options = ["-ff", "-qq", "-xx", "-s", "1000000", "-e", "trace=execve", "-e", "signal=none"]
    tracer = subprocess.Popen(["strace", *options, "-o", trace, "-p", listener])
    try:
        assert settled(lambda: "TracerPid:\t0" not in Path(f"/proc/{listener}/status").read_text(), 10)
        assert world.status("--env", "prod").code in {0, 1, 3}
    finally:
        tracer.terminate()
        tracer.wait(10)
    ran = executed("".join(part.read_text() for part in world.folder.glob("trace.*")))
    framed = {argv[4:] for argv in ran if argv[:3] == ("timeout", "-k", "2")}
    assert framed == planned
    # Whatever else was started belongs to the frame, or stands in the text of a planned command.
    frame = {"sshd", "sshd-session", "sshd-auth", "bash", "env", "sh", "cat", "timeout", "true", "head"}
    frame |= {"sed", "awk", "date", "id"}  # of the stand-ins for systemctl and crontab
    words = set(re.findall(r"[\w.+-]+", "\n".join("\n".join(argv) for argv in planned)))
    assert {Path(argv[0]).name for argv in ran} <= frame | words


def executed(trace: str) -> list[tuple[str, ...]]:
    """The argument lists of the successful execve calls of a trace, the run's marker as ``$M``."""
    found = []
    for line in trace.splitlines():
        if match := re.search(r'execve\("[^"]*", \[(.*?)\], .* = 0$', line):
            words = [bytes.fromhex(text.replace("\\x", "")) for text in re.findall(r'"([^"]*)"', match[1])]
            shown = [word.decode("utf-8", "backslashreplace") for word in words]
            found.append(tuple(re.sub(r"docgen-[0-9a-f]{32}", "$M", word) for word in shown))
    return found


def outside_pid(world: World, inside: str) -> str:
    """The process number, as the test sees it, of a process of the server."""
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text()
        except OSError:
            continue
        numbers = re.search(r"^NSpid:\t(\d+)\t(\d+)$", text, re.M)
        if (
            numbers
            and numbers[2] == inside
            and status.parent.joinpath("ns/pid").readlink() == world.namespace
        ):
            return numbers[1]
    raise AssertionError(f"no process {inside}")


def test_the_plan_contacts_nobody_and_says_what_a_run_would(world: World) -> None:
    world.host_down()
    world.web_server_down()
    world.check(*every_kind())
    ran = world.docgen("plan", "--env", "prod")
    assert ran.code == 0, ran.everything
    assert world.target in ran.stdout
    for word in ("stat", "current/artisan", "sudo", "systemctl", "/health"):
        assert word in ran.stdout, word


def test_a_command_off_the_list_is_refused_before_anything_is_contacted(world: World) -> None:
    with Proxy(world.ports.ssh) as proxy:
        for command in ("[rm, -rf, /srv/x]", "[systemctl, restart, nginx]", "[sudo, reboot]", "[sh, -c, id]"):
            world.check(f"command: {{run: {command}}}", port=proxy.port)
            ran = world.docgen("status", "--env", "prod")
            assert ran.code == 2, ran.everything
            assert "docgen.yml:" in ran.stderr
        assert proxy.accepted == 0


def test_a_spec_cannot_smuggle_a_shell(world: World) -> None:
    world.check(
        "file: \"/srv/x; touch /tmp/owned\"", "file: '/srv/$(touch /tmp/owned)'", "file: '/srv/`touch /tmp/owned`'",
        "directory: \"/srv/x\\n touch /tmp/owned\"", "service: 'nginx; touch /tmp/owned'",
        textwrap.dedent("""service: "nginx$(touch /tmp/owned)" """),
    )  # fmt: skip
    files = world.files()
    world.docgen("status", "--env", "prod")
    assert difference(files, world.files()) == {}


def test_quoting(world: World) -> None:
    """What the plan prints can be typed as it stands."""
    world.check('file: "/srv/test/it\'s $HOME"')
    planned = world.docgen("plan", "--env", "prod").stdout
    commands = "\n".join(line for line in planned.splitlines() if not line.startswith("#"))
    assert "/srv/test/it's $HOME" in shlex.split(commands)
