"""``docgen guide sudo``: sudoers files judged offline."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest

from ...world.client import Client, Ran

RULES = """\
# what a hand-written report once proposed
deploy ALL=(root) NOPASSWD:/usr/bin/chown
deploy ALL=(root) NOPASSWD:/usr/bin/chmod
deploy ALL=(root) NOPASSWD:/usr/sbin/service php8.3-fpm reload
deploy ALL=(root) NOPASSWD:/bin/systemctl reload nginx
"""
NEEDS = """\
# of the workflow
sudo /usr/sbin/service php8.3-fpm reload
sudo systemctl reload nginx
/usr/bin/chown -R -h -P --from=www-data deploy:www-data "/srv/a b"
/usr/bin/systemctl reload php8.3-fpm
"""
FACTS = {
    "paths": {"/srv/app": "deploy:www-data 2775"},
    "groups": [],
    "uid": 1000,
    "host": "web1",
    "sysctl": {},
}


def guide(client: Client, *more: str, sudoers: str = RULES, needs: str = NEEDS, facts: Any = FACTS) -> Ran:
    client.write("rules", sudoers)
    client.write("needs", needs)
    client.write("facts.json", facts if isinstance(facts, str) else json.dumps(facts, indent=1))
    given = ("--sudoers", "rules", "--user", "deploy", "--needs", "needs", "--facts", "facts.json")
    return client.docgen("guide", "sudo", *given, *more)


def test_the_rules_that_a_report_once_proposed_give_root_away(client: Client) -> None:
    ran = guide(client, "--format", "json")
    assert ran.code == 1
    found = json.loads(ran.stdout)
    assert found["grants_root"] is True
    assert found["missing"] == ["/usr/bin/systemctl reload php8.3-fpm"]
    assert {(f["id"], f["line"]) for f in found["findings"] if f["severity"] == "critical"} == {
        (id_, line) for id_ in ("NO_ARGS", "PERM_CHANGE") for line in (2, 3)
    }
    first = found["findings"][0]
    assert set(first) == {"id", "severity", "rule", "file", "line", "message", "fix"}
    assert first["rule"] == "/usr/bin/chown"


def test_what_it_writes_is_accepted_and_leaves_nothing_to_say(client: Client) -> None:
    client.write("before", RULES)
    needs = NEEDS.replace("systemctl reload nginx", "/usr/bin/systemctl reload nginx")
    drop = guide(client, "--format", "sudoers", needs=needs).stdout
    if visudo := shutil.which("visudo", path="/usr/sbin:/usr/bin"):
        done = subprocess.run(
            [visudo, "-s", "-cf", str(client.write("drop", drop))], capture_output=True, timeout=30
        )
        assert done.returncode == 0, done.stdout
    again = guide(client, "--format", "json", sudoers=drop, needs=needs)
    found = json.loads(again.stdout)
    assert (again.code, found["findings"], found["missing"]) == (0, [], [])
    assert found["drop_in"]["checked"] is (True if visudo else None)


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("format_", ["text", "md"])
def test_a_guide_to_read(client: Client, language: str, format_: str) -> None:
    ran = guide(client, "--format", format_, "--lang", language)
    for part in ("/etc/sudoers.d/deploy.new", "visudo -s -cf", "PERM_CHANGE", "sudo -k -n -l", "rules:2"):
        assert part in ran.stdout
    assert ("praktisch zu root" in ran.stdout) is (language == "de")


def test_what_is_hostile_stays_text(client: Client) -> None:
    rules = "deploy ALL=(root) NOPASSWD: /usr/bin/\x1b[31m`id`<script>|x\nevil\x07 line\n"
    for format_ in ("text", "md"):
        shown = guide(client, "--format", format_, sudoers=rules).stdout
        assert "\x1b" not in shown and "\x07" not in shown


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"needs": "/usr/bin/id\nbin/x\n"}, "needs:2: expected a command with its whole path"),
        ({"needs": "sudo 'x\n"}, "needs:1: "),
        ({"needs": "sudo -n\n"}, "needs:1: there is no command"),
        ({"facts": '{\n "paths": [,]}'}, "facts.json:2: "),
        ({"facts": {"paths": {"/x": "deploy"}}}, "expected OWNER:GROUP MODE"),
        ({"facts": {"groups": "sudo"}}, "groups: expected list"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(client: Client, changed: dict[str, Any], said: str) -> None:
    ran = guide(client, **changed)
    assert ran.code == 2
    assert said in ran.stderr
    assert ran.stdout == ""


def test_a_file_that_is_not_there(client: Client) -> None:
    ran = client.docgen("guide", "sudo", "--sudoers", "none", "--user", "deploy")
    assert (ran.code, ran.stdout) == (2, "")
    assert "none: No such file" in ran.stderr


def test_a_folder_with_what_it_includes(client: Client) -> None:
    (client.folder / "etc/sudoers.d").mkdir(parents=True)
    client.write("etc/sudoers", "@includedir /etc/sudoers.d\n@include local\n@include /etc/none\n")
    client.write("etc/local", "deploy ALL=(root) NOPASSWD: /usr/bin/vim\n")
    client.write("etc/sudoers.d/deploy", "deploy ALL=(root) NOPASSWD: /usr/bin/systemctl reload nginx\n")
    ran = client.docgen(
        *("guide", "sudo", "--sudoers", "etc/sudoers", "--sudoers", "etc/sudoers.d", "--user", "deploy"),
        *("--format", "json"),
    )
    found = json.loads(ran.stdout)
    assert {f["id"] for f in found["findings"]} == {"NO_ARGS", "EDITOR"}
    assert {f["file"] for f in found["findings"]} == {"etc/local"}
    assert any("/etc/none" in one for one in found["assumed"])


def test_lines_of_shell_and_programs_without_a_path(client: Client) -> None:
    lines = [
        "cd /srv && sudo -n systemctl reload nginx && sudo -u www-data APP_ENV=prod /usr/bin/php /srv/x 2>&1",
        "sudo php-of-ours x",
    ]
    ran = guide(client, "--format", "json", needs="\n".join(lines) + "\n")
    found = json.loads(ran.stdout)
    second = "sudo -u www-data APP_ENV=prod /usr/bin/php /srv/x"
    assert found["missing"] == [f"{second}", lines[1]]
    text = found["drop_in"]["text"]
    assert "deploy ALL=(root) NOPASSWD: /bin/systemctl reload nginx\n" in text
    assert 'env_keep += "APP_ENV"\n' in text and text.count("/usr/bin/php /srv/x") == 1
    assert [one["command"] for one in found["drop_in"]["refused"]] == [lines[1]]
    ran = guide(
        client, "--format", "json", sudoers="Defaults env_reset\n", needs="sudo systemctl reload nginx\n"
    )
    found = json.loads(ran.stdout)
    assert found["drop_in"]["text"] == "deploy ALL=(root) NOPASSWD: /usr/bin/systemctl reload nginx\n"
    assert any("/usr/bin/systemctl" in one for one in found["assumed"])


def test_a_file_without_end(client: Client) -> None:
    ran = client.docgen("guide", "sudo", "--sudoers", "/dev/zero", "--user", "deploy")
    assert ran.code == 2 and "more than 4 MiB" in ran.stderr
