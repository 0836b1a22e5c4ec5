"""Which calls of sudo a workflow makes on a server, and which of them are exact."""

from __future__ import annotations

import pytest

from checks.knowledge.pipelines.reader import read
from checks.knowledge.sudo.called import Call, calls, undeclared
from checks.knowledge.sudo.needs import read as need

PATH = ".github/workflows/deploy.yml"


def called(script: str, runs_on: str = "ubuntu-latest", env: str = "BASE: /srv/app") -> list[Call]:
    body = "".join(f"          {line}\n" for line in script.splitlines())
    text = f"""on: push
env:
  {env}
jobs:
  deploy:
    runs-on: {runs_on}
    steps:
      - run: |
{body}"""
    return calls(read(PATH, ((PATH, text),), "current", None, None), "deploy")


@pytest.mark.parametrize(
    ("script", "line"),
    [
        ('ssh deploy@web1 "sudo -n /usr/bin/systemctl reload nginx"', "sudo -n /usr/bin/systemctl reload nginx"),
        ('ssh web1 "sudo -u www-data /usr/bin/php $BASE/artisan up"', "sudo -u www-data /usr/bin/php /srv/app/artisan up"),
        ("ssh web1 bash -s <<'END'\nset -e\nsudo /usr/bin/id\nEND", "sudo /usr/bin/id"),
        ("ssh web1 'timeout 30 sudo /usr/bin/id'", "sudo /usr/bin/id"),
    ],
)  # fmt: skip
def test_exact_calls(script: str, line: str) -> None:
    (call,) = called(script)
    assert (call.line, call.why) == (line, None)
    assert call.need and call.place.startswith("ssh ")
    assert call.where.startswith(f"{PATH}:")


@pytest.mark.parametrize(
    "script",
    [
        "ssh web1 'sudo /usr/bin/chown deploy \"$TARGET\"'",
        'ssh web1 "sudo /usr/bin/chown deploy ${{ vars.TARGET }}"',
        "ssh web1 'ls | xargs -r sudo /usr/bin/rm --'",
        "ssh web1 'sudo /usr/bin/rm /srv/app/cache/*'",
        "ssh web1 'doas /usr/bin/id'",
        "ssh web1 'sudo ./tool'",
    ],
)
def test_what_is_not_exact_is_asked_for_and_never_widened(script: str) -> None:
    (call,) = called(script)
    assert call.need is None
    assert call.why is not None


def test_calls_on_githubs_own_runner_are_not_the_servers() -> None:
    script = "sudo apt-get install -y jq\necho 'sudo rm'\n# sudo id"
    assert called(script) == []
    (call,) = called("sudo /usr/bin/id", "[self-hosted, linux]")
    assert call.line == "sudo /usr/bin/id"


def test_a_declared_command_stands_for_the_call() -> None:
    found = called("ssh web1 'sudo systemctl reload nginx; sudo systemctl reload php8.3-fpm'")
    declared = [need("/usr/bin/systemctl reload nginx", "deploy")]
    assert [call.line for call in undeclared(found, declared)] == ["sudo systemctl reload php8.3-fpm"]
    as_other = [need("sudo -u www-data /usr/bin/systemctl reload nginx", "deploy")]
    assert len(list(undeclared(found, as_other))) == 2
