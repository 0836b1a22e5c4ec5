"""Our matcher and our parser say what the real sudo says."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from checks.knowledge.sudo import dropin
from checks.knowledge.sudo.files import read
from checks.knowledge.sudo.host import Host
from checks.knowledge.sudo.needs import decide
from checks.knowledge.sudo.needs import read as need
from checks.knowledge.sudo.policy import Policy

from ....world.machine import cannot
from ....world.world import World

HOST = Host("deploy", {}, frozenset({"www-data"}), 1500, "world")

# Rules, and commands that are asked for; the answers are sudo's.
CASES = {
    "exact": (
        [
            r"deploy ALL=(root) NOPASSWD: /usr/bin/chown -R deploy\:www-data /srv/x\ y",
            'deploy ALL=(root) NOPASSWD: /usr/bin/id "", /usr/bin/w',
        ],
        [
            "/usr/bin/chown -R deploy:www-data '/srv/x y'",
            "/usr/bin/chown -R deploy:www-data /srv/x y",
            "/usr/bin/chown '-R deploy:www-data' '/srv/x y'",
            "/usr/bin/chown -R deploy:www-data '/srv/x y/'",
            "/usr/bin/id",
            "/usr/bin/id -u",
            "/bin/id",
            "/usr/bin/w -h",
        ],
    ),
    "wildcards": (
        [
            "deploy ALL=(root) NOPASSWD: /usr/bin/cat /var/log/nginx/*, /usr/bin/ch*",
            "deploy ALL=(root) NOPASSWD: /usr/bin/systemctl reload php[0-9].?-fpm",
        ],
        [
            "/usr/bin/cat /var/log/nginx/../../../etc/shadow",
            "/usr/bin/cat /var/log/nginx/x /etc/shadow",
            "/usr/bin/cat /var/log/nginx",
            "/usr/bin/systemctl reload php8.3-fpm",
            "/usr/bin/systemctl reload php8.33-fpm",
            "/usr/bin/chmod 777 /etc/shadow",
            "/usr/bin/env id",
        ],
    ),
    "folders": (
        ["deploy ALL=(root) NOPASSWD: /usr/sbin/, !/usr/sbin/visudo"],
        ["/usr/sbin/chroot / id", "/usr/sbin/visudo", "/usr/bin/id"],
    ),
    "regex": (
        [
            "deploy ALL=(root) NOPASSWD: /usr/bin/systemctl ^(reload|restart) php[0-9][.][0-9]-fpm$",
            "deploy ALL=(root) NOPASSWD: /usr/bin/id ^-[un]$",
        ],
        [
            "/usr/bin/systemctl reload php8.3-fpm",
            "/usr/bin/systemctl reload php8.3-fpm nginx",
            "/usr/bin/systemctl stop php8.3-fpm",
            "/usr/bin/id -u",
            "/usr/bin/id -un",
        ],
    ),
    "last match": (
        [
            "deploy ALL=(root) NOPASSWD: ALL",
            "deploy ALL=(root) !/usr/bin/id, NOPASSWD: /usr/bin/id -u",
            "deploy ALL=(root) !/usr/bin/whoami",
        ],
        ["/usr/bin/id", "/usr/bin/id -u", "/usr/bin/whoami", "/usr/bin/w"],
    ),
    "aliases": (
        [
            "User_Alias TEAM = deploy, !root : OTHERS = nobody",
            "Cmnd_Alias A = /usr/bin/id -u, /usr/bin/id -g : B = A, /usr/bin/w, \\",
            "    !/usr/bin/id -g",
            "Host_Alias HERE = ALL, !elsewhere",
            "TEAM HERE=(root) NOPASSWD: B",
            "OTHERS ALL=(root) NOPASSWD: /usr/bin/who",
        ],
        ["/usr/bin/id -u", "/usr/bin/id -g", "/usr/bin/w", "/usr/bin/who"],
    ),
    "whom it is for": (
        [
            "%www-data ALL=(root) NOPASSWD: /usr/bin/id -u",
            "%nobody-knows ALL=(root) NOPASSWD: /usr/bin/id -g",
            "ALL, !deploy ALL=(root) NOPASSWD: /usr/bin/w",
            "deploy elsewhere=(root) NOPASSWD: /usr/bin/who",
            '"deploy" ALL=(root) NOPASSWD: /usr/bin/uptime # to the end: /usr/bin/who',
        ],
        ["/usr/bin/id -u", "/usr/bin/id -g", "/usr/bin/w", "/usr/bin/who", "/usr/bin/uptime"],
    ),
    "as whom": (
        [
            "deploy ALL=(www-data : adm) NOPASSWD: /usr/bin/id -u",
            "deploy ALL=(ALL, !root) NOPASSWD: /usr/bin/id -g",
            "deploy ALL=(: adm) NOPASSWD: /usr/bin/w",
        ],
        [
            "sudo -u www-data /usr/bin/id -u",
            "sudo -u www-data -g adm /usr/bin/id -u",
            "sudo -g adm /usr/bin/w",
            "sudo -g www-data /usr/bin/id -u",
            "sudo /usr/bin/id -u",
            "sudo -u nobody /usr/bin/id -g",
            "sudo /usr/bin/id -g",
        ],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_who_may_what(world: World, name: str) -> None:
    rules, asked = CASES[name]
    world.sudoers(*rules)
    groups = frozenset(world.ssh("id -Gn").stdout.decode().split())
    host = HOST._replace(groups=groups, name=world.ssh("uname -n").stdout.decode().strip())
    needs = [need(line, "deploy") for line in asked]
    script = []
    for one in needs:
        user = f"-u {one.user} " if one.named and not (one.group and one.user == "deploy") else ""
        group = f"-g {one.group} " if one.group else ""
        script.append(f"sudo -k -n {user}{group}-l {shlex.join(one.argv)} >/dev/null 2>&1; echo $?")
    answers = world.ssh("\n".join(script)).stdout.decode().split()
    listing = Policy(read({"deploy": "\n".join(rules)}), host).listing(surely=True)
    ours = {line: decide(one, listing)[0] for line, one in zip(asked, needs, strict=True)}
    assert ours == {line: code == "0" for line, code in zip(asked, answers, strict=True)}
    assert set(ours.values()) == {True, False}


GOOD = [
    r"deploy ALL = /usr/bin/x a\:b \, \= \\ c\#d \* \[ \! ^ =x y=z",
    'deploy ALL = /usr/bin/x "", /usr/bin/y',
    "deploy ALL=NOPASSWD: SETENV: /a, (www-data) /b, /c : h2 = /d",
    "deploy ALL=(root) TIMEOUT=5m NOTAFTER=20301231235959Z NOEXEC: /usr/bin/id -u # comment",
    "deploy ALL=(root) /usr/bin/x ^foo, bar:baz=(x)$, /usr/bin/y",
    "deploy ALL=(root) ^/usr/bin/(a|b)$ ^c$",
    "#1001, %#33, +net, %a\\ b ALL=(#0 : #33) ALL, !/usr/bin/su, !!/usr/bin/w",
    "deploy h1, !h2, 10.0.0.0/8 = sudoedit /etc/hosts, sudoedit /x /y",
    "deploy ALL=(root) sha224:0d46ffae8f7b1d8a8b7a15d9b5c3d0b7d5a2c4f86fb5a5e5d3c8b8d5 /usr/bin/id",
    "deploy ALL = /usr/bin/with\\ space/x\\:y *",
    "Cmnd_Alias A = /a, \\\n  /b : B = !A, ALL",
    f"deploy ALL = sha256:{43 * 'a'}= /x, /y, sha512:{128 * '0'} ALL",
]
BAD = [
    "deploy ALL = sha512:YWJj /x",
    f"deploy ALL = sha256:{63 * '0'} /x",
    "deploy ALL=(root:) /x",
    "deploy ALL=(root) NOPASSWD: chown",
    "deploy ALL=(root) NOPASSWD: /usr/bin/chown deploy:www-data /x",
    "deploy ALL=(root) NOPASSWD: /usr/bin/x ^foo",
    "deploy ALL=(root /usr/bin/x",
    "deploy ALL NOPASSWD: /usr/bin/x",
    "deploy web1 web2 = ALL",
    "Cmnd_Alias low = /usr/bin/x",
    'deploy ALL = /usr/bin/x \\"q',
    "deploy ALL = NOPASSWD /usr/bin/x",
    "deploy ALL = /usr/bin/x,",
    "Defaults > root !authenticate",
]


@pytest.mark.parametrize("text", [*GOOD, *BAD])
def test_what_sudo_reads_is_read_and_nothing_else(text: str, tmp_path: Path) -> None:
    if not (tool := shutil.which("cvtsudoers")):
        cannot("cvtsudoers is not here; it comes with sudo")
    path = tmp_path / "rules"
    path.write_text(text + "\n")
    done = subprocess.run([tool, "-f", "json", str(path)], capture_output=True, text=True, timeout=600)
    ours = read({"rules": text + "\n"})
    assert bool(ours.problems) is bool(done.stderr), (ours.problems, done.stderr)
    if not done.stderr:
        theirs = _commands(json.loads(done.stdout))
        mine = [
            command.path + (f" {command.arguments}" if command.arguments else "")
            for command in [e.command for e in ours.entries]
            + [c for some in ours.commands.values() for c in some]
        ]
        assert sorted(mine) == sorted(theirs)


def _commands(document: dict[str, object]) -> list[str]:
    """Every command in what cvtsudoers prints."""
    if isinstance(document, list):
        return [one for part in document for one in _commands(part)]
    if not isinstance(document, dict):
        return []
    here = [document[key] for key in ("command", "cmndalias") if isinstance(document.get(key), str)]
    return here + [one for value in document.values() for one in _commands(value)]  # type: ignore[misc,arg-type]


def test_a_drop_in_allows_exactly_what_is_needed(world: World) -> None:
    lines = [
        "sudo /usr/bin/systemctl reload nginx",
        "sudo /usr/bin/chown -R -h -P --from=www-data deploy:www-data '/srv/a b/c,d#e'",
        "sudo /usr/bin/id",
        "sudo -u www-data /usr/bin/test -e '/srv/*' '^x' 'a\\b' ! [ = 1 ]",
        "sudo -u www-data -g adm /usr/bin/id -u",
        "sudo /usr/bin/chmod -R 775 /srv/storage",
    ]
    needs = [need(line, "deploy") for line in lines]
    drop = dropin.write("deploy", needs, HOST)
    assert [one.line for one, _ in drop.refused] == [lines[-1]]
    world.sudoers(*drop.text.splitlines())
    for one in needs[:-1]:
        call = re.sub(r"^sudo ", "sudo -k -n ", one.line).replace(" /usr/bin", " -l /usr/bin", 1)
        assert world.ssh(call).returncode == 0, call
        assert world.ssh(f"{call} more").returncode == 1, call
    listing = Policy(read({"deploy": drop.text}), HOST).listing(surely=True)
    assert all(decide(one, listing)[0] for one in needs[:-1])
    assert not decide(needs[-1], listing)[0]
