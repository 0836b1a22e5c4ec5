"""The world itself, looked at with ssh and plain HTTP: what the other tests rely on."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from .machine import Machine, needs_root, wait_for
from .strange import Banner, Proxy, Silent
from .world import PROD, RELEASE, STAGING, World


def fetch(url: str, timeout: float = 60.0, context: ssl.SSLContext | None = None) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=timeout, context=context) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def text(done: subprocess.CompletedProcess[bytes]) -> str:
    return (done.stdout + done.stderr).decode()


# --- all well -----------------------------------------------------------------------------------------------


def test_deploy_logs_in_with_its_key_and_is_nobody_special(world: World) -> None:
    assert text(world.ssh("id")) == "uid=2042(deploy) gid=2042(deploy) groups=2042(deploy)\n"
    assert "a password is required" in text(world.ssh("sudo -n true"))


@pytest.mark.parametrize("root", [PROD, STAGING])
def test_a_release_is_complete_and_works(world: World, root: str) -> None:
    commands = ("pwd -P", "php artisan --version", "php artisan migrate:status", "cat .env >/dev/null")
    autoload = "php -r \"require 'vendor/autoload.php'; echo 'autoload-ok';\""
    seen = text(world.ssh(" && ".join((f"cd {root}/current", *commands, autoload))))
    assert seen.startswith(f"{root}/releases/{RELEASE}\nLaravel Framework 11.46.0\n")
    assert "Ran" in seen and seen.endswith("autoload-ok")
    owners = text(
        world.ssh(f"stat -c '%U:%G %a' {root}/shared/storage {root}/shared/.env {root}/current/artisan")
    )
    assert owners.splitlines() == ["deploy:www-data 2775", "deploy:www-data 640", "deploy:deploy 755"]
    assert (
        text(world.ssh(f"cd {root}/backups && sha256sum --quiet -c *.sha256 && gzip -t *.gz && echo good"))
        == "good\n"
    )


@pytest.mark.parametrize("environment", ["prod", "staging"])
def test_the_smoke_endpoints_answer(world: World, environment: str) -> None:
    url = world.url[environment]
    assert fetch(f"{url}/health") == (200, '{"status":"healthy","version":"4144baac"}\n')
    assert fetch(f"{url}/api/health-check")[0] == 200
    assert fetch(f"{url}/healthcheck.php") == (200, "OK\n")
    assert "assets/app-4ed993c7.js" in fetch(f"{url}/build/manifest.json")[1]
    assert fetch(f"{url}/build/assets/app-4ed993c7.js")[0] == 200
    assert fetch(f"{url}/.env")[0] == 403
    assert fetch(f"{url}/backup.sql")[0] == 404


def test_https_has_a_certificate_of_the_worlds_authority(world: World) -> None:
    context = ssl.create_default_context(cafile=str(world.ca))
    assert fetch(f"https://localhost:{world.ports.tls}/health", context=context)[0] == 200


def test_the_stand_in_for_systemctl_answers(world: World) -> None:
    show = text(world.ssh("systemctl show -p Id -p ActiveState,LoadState nginx nosuch.service"))
    assert show == (
        "Id=nginx.service\nLoadState=loaded\nActiveState=active\n\nId=nosuch.service\nLoadState=not-found\nActiveState=inactive\n"
    )
    assert text(
        world.ssh(
            "systemctl is-active nginx; systemctl is-enabled nginx; systemctl is-active nosuch; echo $?"
        )
    ) == ("active\nenabled\ninactive\n3\n")
    assert "docgen-publish.timer" in text(world.ssh("systemctl list-timers --all --no-pager"))
    assert "backup-app" in text(world.ssh("crontab -l"))


# --- switches -----------------------------------------------------------------------------------------------


def test_sudo_with_a_password_and_without(world: World) -> None:
    world.sudoers("deploy ALL=(root) /usr/bin/chown root /srv/x")
    assert "a password is required" in text(world.ssh("sudo -n -ll"))
    world.sudoers("deploy ALL=(root) NOPASSWD: /usr/bin/systemctl is-active nginx")
    assert text(world.ssh("sudo -n /usr/bin/systemctl is-active nginx")) == "active\n"
    assert "!authenticate" in text(world.ssh("sudo -n -ll"))


@pytest.mark.parametrize(
    ("state", "seen"), [("500", 500), ("wrong-body", "Be right back.\n"), ("serve-dot-files", None)]
)
def test_the_web_servers_bad_states(world: World, state: str, seen: object) -> None:
    world.http(state)
    answer = fetch(f"{world.url['prod']}/health")
    if seen is not None:
        assert seen in answer
    else:
        assert fetch(f"{world.url['prod']}/.env")[0] == 404
    assert fetch(f"{world.url['staging']}/health")[0] == 200


def test_a_redirect(world: World) -> None:
    world.http("redirect")
    with pytest.raises(urllib.error.HTTPError):  # a redirect that leads to itself
        urllib.request.urlopen(f"{world.url['prod']}/health", timeout=60)


def test_silent_and_dribbling(world: World) -> None:
    world.http("silent")
    with pytest.raises(TimeoutError):
        fetch(f"{world.url['prod']}/health", timeout=0.5)
    world.http("dribble", "staging")
    with urllib.request.urlopen(f"{world.url['staging']}/health", timeout=60) as answer:
        assert answer.status == 200 and answer.read(2) == b".."


def test_ports_closed_and_open_again(machine: Machine, tmp_path: Path) -> None:
    world = World(machine, tmp_path)
    world.host_down()
    world.web_server_down()
    assert b"Connection refused" in world.ssh("true").stderr
    world.reset()
    assert world.ssh("true").returncode == 0
    assert fetch(f"{world.url['prod']}/health")[0] == 200


def test_another_host_key_is_refused_by_openssh(world: World) -> None:
    world.other_host_key()
    assert b"REMOTE HOST IDENTIFICATION HAS CHANGED" in world.ssh("true").stderr


def test_a_noisy_shell(world: World) -> None:
    world.noisy_shell()
    assert world.ssh("echo value").stdout == b"Welcome to gateway\nvalue\nbye\n"


def test_denied_is_for_deploy_only(world: World) -> None:
    world.denied(f"{PROD}/shared")
    assert b"Permission denied" in world.ssh(f"cat {PROD}/shared/.env").stderr
    assert "APP_KEY" in world.root(f"cat {PROD}/shared/.env")


def test_links_that_dangle_and_leave(world: World) -> None:
    world.dangling()
    assert world.ssh(f"test -e {PROD}/current").returncode == 1
    world.outside("staging")
    assert text(world.ssh(f"readlink -f {STAGING}/current")) == "/srv/test/elsewhere\n"


@pytest.mark.parametrize(
    "name", [b"two words", b'it\'s "quoted"', b"line\nbreak", b"-rf", b"gr\xfcn", b"$(reboot)"]
)
def test_odd_file_names(world: World, name: bytes) -> None:
    path = os.fsdecode(b"/srv/test/" + name)
    world.put(path, "x")
    assert name in world.ssh("printf '%s' /srv/test/*").stdout


def test_small_file_systems(world: World) -> None:
    world.file_system("/srv/test/disk", size="1m", used_kib=900)
    used = text(world.ssh("df -P -k /srv/test/disk | tail -1")).split()
    assert used[5] == "/srv/test/disk" and int(used[4].rstrip("%")) >= 85


def test_a_missing_tool(world: World) -> None:
    world.missing_tool("df")
    assert world.ssh("df").returncode == 127


# --- without a trace ----------------------------------------------------------------------------------------


def test_reset_undoes_everything(machine: Machine, tmp_path: Path) -> None:
    world = World(machine, tmp_path)

    def seen() -> str:
        return world.root("find /var/www /home /etc/*.d /run/gateway /run/systemd-stand-in /srv /tmp "
                          "-printf '%p %m %U %G %l\\n'; (command -v df || :); cat /proc/mounts; "
                          "cat /run/systemd-stand-in/nginx.service")  # fmt: skip

    before, processes = seen(), world.processes()
    world.root(f"rm -r {PROD}/current/public; chmod 777 {STAGING}; touch /tmp/left /home/deploy/left")
    world.sudoers("deploy ALL=(ALL) NOPASSWD: ALL")
    world.service_down("nginx")
    world.http("500")
    world.denied(f"{PROD}/shared")
    world.noisy_shell()
    world.file_system("/srv/test/disk")
    world.missing_tool("df")
    world.ssh("(sleep 1000 </dev/null >/dev/null 2>&1 &)")
    assert seen() != before and world.processes() != processes
    world.reset()
    assert seen() == before
    assert world.processes() == processes


def test_a_look_with_ssh_changes_no_file_and_leaves_no_process(world: World) -> None:
    files, processes = world.files(), world.processes()
    world.ssh(f"cat /etc/passwd; ls -lR {PROD}; sudo -k -n -l; php {PROD}/current/artisan --version")
    assert world.files() == files
    wait_until(lambda: world.processes() == processes)


def test_every_change_of_a_file_is_seen(world: World) -> None:
    before = world.files()
    world.root(
        f"touch -m -d yesterday /etc/services; chmod 600 {PROD}/current/artisan; : >/srv/new; rm /etc/motd"
    )
    changed = {path for path, state in world.files().items() if before.get(path) != state}
    for path in (
        "/etc/services",
        f"/var/www/api-gateway/releases/{RELEASE}/artisan",
        "/srv/new",
        "/etc/motd",
    ):
        assert any(name.endswith(path) for name in changed), path
    world.root("rm /srv/new")


def test_nothing_reaches_the_machine_below(world: World) -> None:
    world.put("/srv/test/trace", "x")
    world.root("echo changed >>/etc/hostname")
    assert not Path("/srv/test").exists() and not Path("/var/www/api-gateway").exists()
    assert "changed" not in Path("/etc/hostname").read_text()
    world.root("echo gateway >/etc/hostname")


def test_a_second_world_beside_it_ends_without_a_trace(tmp_path: Path) -> None:
    needs_root()
    mounts = Path("/proc/self/mounts").read_text()
    started = time.monotonic()
    machine = Machine(tmp_path)
    took = time.monotonic() - started
    inside = machine.root("cat /run/sshd.pid")
    outside = [
        pid
        for pid in os.listdir("/proc")
        if pid.isdigit() and cmdline(pid).startswith("sshd: /usr/sbin/sshd -f /etc/g")
    ]
    machine.stop()
    wait_for(machine.ports.ssh, open_=False)
    assert inside.strip() and outside
    assert Path("/proc/self/mounts").read_text() == mounts
    assert not list((tmp_path / "mem").iterdir())
    assert took < 60, "a world should start within three seconds; this took far longer"


KILLED = """
import importlib, sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
machine = importlib.import_module("tests.world.machine").Machine(Path(sys.argv[2]))
print(machine.ports.ssh, flush=True)
time.sleep(60)
"""


def test_it_ends_with_a_test_run_that_is_killed(tmp_path: Path) -> None:
    needs_root()
    root = Path(__file__).parents[2]
    runner = subprocess.Popen(
        [sys.executable, "-c", KILLED, root, tmp_path], stdout=subprocess.PIPE, text=True
    )
    assert runner.stdout
    port = int(runner.stdout.readline())
    wait_for(port)
    runner.kill()
    runner.wait(10)
    wait_for(port, open_=False)
    runner.stdout.close()


def cmdline(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def wait_until(condition: object, within: float = 5.0) -> None:
    end = time.monotonic() + within
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not become true in time"
        time.sleep(0.05)


# --- strange servers ----------------------------------------------------------------------------------------


def test_the_proxy_counts_round_trips(world: World) -> None:
    with Proxy(world.ports.ssh, delay=0.02) as proxy:
        world.pin(proxy.port)
        done = world.ssh("cat", data=b"x" * 1_000_000, port=proxy.port)
        assert done.stdout == b"x" * 1_000_000, done.stderr
        assert 5 <= proxy.turns <= 40


def test_a_silent_port_and_a_banner() -> None:
    with Silent() as silent, Banner() as banner:
        for port, said in ((silent.port, b""), (banner.port, b"SSH-2.0-x\r\n")):
            with socket.create_connection(("127.0.0.1", port)) as one:
                one.settimeout(0.3)
                assert one.recv(11) == said if said else True
                with pytest.raises(TimeoutError):
                    one.recv(1)
