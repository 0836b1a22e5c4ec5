"""What a line of shell calls through sudo, and what a drop-in for it lets run."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from checks.knowledge.sudo import dropin
from checks.knowledge.sudo.files import read
from checks.knowledge.sudo.host import Host
from checks.knowledge.sudo.judge import judge
from checks.knowledge.sudo.needs import Need, read_all

from ....world.world import World

HOST = Host("deploy", {}, frozenset({"deploy"}), 1500, "world", {"fs.protected_hardlinks": "1"})

TYPED = {
    "sudo -nu www-data php x": ("www-data", "php x"),
    "sudo -p '' -H --user=www-data -- /usr/bin/php 'a b'": ("www-data", "/usr/bin/php 'a b'"),
    "DEBIAN_FRONTEND=noninteractive sudo /usr/bin/apt-get update": ("root", "/usr/bin/apt-get update"),
    "sudo A=1 B=2 /usr/bin/id": ("root", "/usr/bin/id"),
    "sudo /usr/bin/id A=1": ("root", "/usr/bin/id A=1"),
    "timeout 30 sudo -n /usr/bin/id": ("root", "/usr/bin/id"),
    "sudo -C 3 -T 5 -g www-data /usr/bin/id": ("deploy", "/usr/bin/id"),
    "sudo -n /usr/bin/id >/dev/null 2>&1 || true": ("root", "/usr/bin/id"),
    "cd /srv/app && sudo /usr/bin/id -u # who": ("root", "/usr/bin/id -u"),
    "sudo -e /etc/motd": ("root", "sudoedit /etc/motd"),
    "sudo -i -u app bin/x": ("app", "/bin/bash -c bin/x"),
    "systemctl reload nginx;": ("root", "systemctl reload nginx"),
    "/usr/bin/find /srv -exec ls {} ;": ("root", "/usr/bin/find /srv -exec ls '{}' ';'"),
    r"sudo /usr/bin/find /srv -exec ls {} \;": ("root", "/usr/bin/find /srv -exec ls '{}' ';'"),
    "sudo /usr/bin/echo 'a;b' \"c && d\" e\\|f": ("root", "/usr/bin/echo 'a;b' 'c && d' 'e|f'"),
}


@pytest.mark.parametrize("line", TYPED)
def test_what_is_typed(line: str) -> None:
    (need,) = read_all(line, "deploy")
    assert (need.user, shlex.join(need.argv)) == TYPED[line]
    assert need.line == line


def test_several_calls_in_one_line() -> None:
    line = 'ssh -p 22 deploy@host "cd /srv && sudo /usr/bin/id -u; sudo -n /usr/bin/id -g" && sudo /usr/bin/w'
    assert [need.line for need in read_all(line, "deploy")] == [
        "sudo /usr/bin/id -u",
        "sudo -n /usr/bin/id -g",
        "sudo /usr/bin/w",
    ]


RULE = "deploy ALL=(root) NOPASSWD: "


@pytest.mark.parametrize(
    ("rules", "line", "granted"),
    [
        (RULE + "/usr/bin/id", "sudo APP=1 /usr/bin/id", False),
        (RULE + "SETENV: /usr/bin/id", "sudo APP=1 /usr/bin/id", True),
        ('Defaults env_keep += "APP_*"\n' + RULE + "/usr/bin/id", "sudo APP_X=1 /usr/bin/id", True),
        ('Defaults!/usr/bin/w env_keep += "APP"\n' + RULE + "/usr/bin/id", "sudo APP=1 /usr/bin/id", False),
        (RULE + "/usr/bin/id", "sudo LC_ALL=C TZ=UTC /usr/bin/id", True),
        (RULE + "/usr/bin/id", "APP=1 sudo /usr/bin/id", True),
        (RULE + "/usr/bin/id", "sudo -E /usr/bin/id", False),
        (RULE + "ALL", "sudo -E /usr/bin/id", True),
        (RULE + "NOSETENV: ALL", "sudo -E /usr/bin/id", False),
        (RULE + "/usr/bin/id", "sudo --preserve-env=APP /usr/bin/id", False),
        (RULE + "/usr/bin/id", "sudo -D /srv /usr/bin/id", False),
        ("deploy ALL=(root) CWD=* NOPASSWD: /usr/bin/id", "sudo -D /srv /usr/bin/id", True),
        ("Defaults runas_default=www-data\ndeploy ALL=NOPASSWD: /usr/bin/id", "sudo /usr/bin/id", True),
        ("Defaults runas_default=www-data\n" + RULE + "/usr/bin/id", "sudo /usr/bin/id", False),
        ("Defaults exempt_group=deploy\ndeploy ALL=(root) /usr/bin/id", "sudo /usr/bin/id", True),
        ("Defaults secure_path=/usr/bin\n" + RULE + "/usr/sbin/nginx -t", "sudo nginx -t", False),
        (RULE + "/usr/bin/id", "sudo -s /usr/bin/id", False),
        ("deploy ALL=(root) /usr/bin/id", "sudo -g deploy /usr/bin/id", True),
        (RULE + "/usr/bin/id", "sudo -g other /usr/bin/id", False),
        ("deploy ALL=NOPASSWD: /usr/bin/id", "sudo -u root -g other /usr/bin/id", True),
        (RULE + "/usr/bin/id", "sudo -u root -g other /usr/bin/id", False),
        ("deploy ALL=(#33) NOPASSWD: /usr/bin/id", "sudo -u www-data /usr/bin/id", True),
        ("Defaults exempt_group=deploy\ndeploy ALL=(root) PASSWD: /usr/bin/id", "sudo /usr/bin/id", True),
        (RULE + "ALL", "sudo -i", True),
    ],
)
def test_what_sudo_would_let_run(rules: str, line: str, granted: bool) -> None:
    found = judge(read({"rules": rules + "\n"}), HOST, read_all(line, "deploy"))
    assert found.missing == ([] if granted else [line])


NEEDED = [
    "sudo -n /usr/bin/echo plain",
    "sudo -u www-data /usr/bin/echo 'ünï' 'tab?[x]*' 'back\\slash' '!x' '#y' '^z$' '^z' '\"'",
    "sudo -u www-data -- /usr/bin/echo ^z$ foo",
    "sudo -nu www-data /usr/bin/id -un",
    "sudo APP_ENV=prod /usr/bin/id -u",
    "sudo -u www-data -E /usr/bin/printenv HOME",
    "sudo -u www-data --preserve-env=FOO,BAR /usr/bin/printenv FOO",
    "sudo /usr/bin/echo a=b c:d e,f 'g h' = : , -- '' 'a  b'",
    "sudo -g www-data /usr/bin/id -gn",
    "sudo /usr/bin/uptime",
    "sudo /usr/bin/echo sudoedit ALL '(x)' '{a,b}' '~' '@x' '+y' '%z' 'a;b|c&d' '<>' \"it's\"",
]


def _call(need: Need, argv: tuple[str, ...], more: str = "") -> str:
    """Runs it, with values for the variables that it names."""
    words = ["sudo", "-k", "-n", *(["-E"] if "E" in need.switches else [])]
    words += ["-u", need.user] if need.named and need.user != "deploy" else []
    words += ["-g", need.group] if need.group else []
    words += [f"{name}=v" for name in need.names] + ([more] if more else [])
    return f"{shlex.join([*words, *argv])} >/dev/null 2>&1; echo $?"


def test_what_is_written_lets_exactly_what_is_needed_run(world: World) -> None:
    needs = [need for line in NEEDED for need in read_all(line, "deploy")]
    drop = dropin.write("deploy", needs, HOST)
    assert not drop.refused
    world.sudoers(*drop.text.splitlines())
    script, kinds = [], []
    for need in needs:
        first, *rest = need.argv
        script.append(_call(need, need.argv))
        kinds.append((True, need.line))
        wrong = [
            (first, *rest, "more"),
            (first, *rest[:-1], (rest or [""])[-1] + "/.."),
            ("/usr/bin/who", *rest),
        ]
        wrong += [(first, *rest[:-1])] if rest else [(first, "-V")]
        for argv in wrong:
            script.append(_call(need, argv))
            kinds.append((False, f"{need.line}: {argv}"))
        if "E" not in need.switches:
            script.append(_call(need, need.argv, "OTHER=1"))
            kinds.append((False, f"{need.line}: OTHER=1"))
    codes = world.ssh("\n".join(script)).stdout.decode().split()
    assert [(code == "0", said) for code, (_, said) in zip(codes, kinds, strict=True)] == kinds
    again = judge(read({"deploy": drop.text}), HOST, needs)
    assert (again.missing, again.grants_root) == ([], False)


@pytest.mark.parametrize(
    "line",
    [
        "sudo LD_PRELOAD=/tmp/x /usr/bin/id",
        "sudo PYTHONPATH=. /usr/local/sbin/x",
        "sudo -E /usr/bin/id",
        "sudo -i",
        "sudo /usr/bin/echo 'a '",
        "sudo /usr/bin/echo a ''",
        "sudo -u app -i /srv/x",
        "sudo -D /srv /usr/bin/id",
        "sudo /usr/bin/systemctl reload php${V}-fpm",
    ],
)
def test_what_is_not_written(line: str) -> None:
    drop = dropin.write("deploy", read_all(line, "deploy"), HOST)
    assert not drop.text and drop.refused[0][1]
    assert not re.search(r"SETENV|env_keep", drop.text)


@pytest.mark.parametrize(
    "user", ["DEPLOY", "dom\\user", "a b", "user@example.org", "Defaults", "müller", 'a"b', "x$"]
)
@pytest.mark.parametrize(
    "line", ["sudo /usr/bin/id -u", "sudo -u APP A=1 /usr/bin/id", "sudo -u '#33' -g GRP /usr/bin/id"]
)
def test_names_that_mean_something_in_sudoers(user: str, line: str, tmp_path: Path) -> None:
    needs = read_all(line, user)
    drop = dropin.write(user, needs, HOST._replace(user=user))
    found = judge(read({"rules": drop.text}), HOST._replace(user=user), needs)
    assert (found.missing, [one.id for one in found.findings]) == ([], [])
    if visudo := shutil.which("visudo", path="/usr/sbin:/usr/bin"):
        path = tmp_path / "rules"
        path.write_text(drop.text)
        done = subprocess.run([visudo, "-s", "-cf", str(path)], capture_output=True, timeout=600)
        assert done.returncode == 0, (drop.text, done.stderr)


def test_nobody_is_everybody() -> None:
    drop = dropin.write("ALL", read_all("sudo /usr/bin/id", "ALL"), HOST._replace(user="ALL"))
    assert drop.text.startswith('"ALL" ALL=')
    assert judge(read({"rules": drop.text}), HOST, read_all("sudo /usr/bin/id", "deploy")).missing
