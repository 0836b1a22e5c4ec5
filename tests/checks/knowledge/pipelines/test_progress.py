"""How far a step came that does several things: as far as the last line of its log tells, and no further."""

from __future__ import annotations

import pytest

from checks.knowledge.pipelines.deeds import doing
from checks.knowledge.pipelines.progress import states_of
from checks.knowledge.pipelines.reader import read

from ...github import job, value

TEXT = """\
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - name: Deploy
        uses: appleboy/ssh-action@v1
        with:
          host: h
          script: |
            set -e
            cd /srv/app
            for f in public/index.php artisan; do
              test -e releases/new/$f || { echo "missing: $f"; exit 1; }
            done
            php artisan migrate --force
            sudo chown -R www-data shared
            ln -sfn /srv/app/releases/new current
            sudo systemctl reload nginx
"""
ACTS = ("gate", "migrate", "permissions", "switch", "reload nginx")
PATH = ".github/workflows/deploy.yml"


def words(line: str | None, text: str = TEXT) -> list[str]:
    """How far each of ACTS came, where the step failed and `line` is the last of its log."""
    reading = read(PATH, ((PATH, text),), "current", None, None)
    seen = value(text, [job("deploy", "failure", ("Deploy", "failure"))], line=line)
    return [states_of(seen, reading, doing(reading, act))[0].word for act in ACTS]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (None, "unknown unknown unknown unknown undone"),
        ("Process exited with status 1", "unknown unknown unknown unknown undone"),
        ("err: sudo: a password is required", "done done unsure unsure unsure"),
        ("chown: changing ownership of 'shared/x': Operation not permitted", "done done failed not-reached not-reached"),
        ("err: bash: line 7: php: command not found", "done failed not-reached not-reached not-reached"),
        ("ln: failed to create symbolic link 'current': Permission denied", "done done done failed not-reached"),
        ("out: missing: public/index.php", "failed not-reached not-reached not-reached not-reached"),
        ("missing: something else", "unknown unknown unknown unknown undone"),
        ("chmod: Operation not permitted", "unknown unknown unknown unknown undone"),
    ],
)  # fmt: skip
def test_the_last_line_tells_which_command_it_was(line: str | None, expected: str) -> None:
    assert words(line) == [word.replace("-", " ") for word in expected.split()]


def test_what_goes_on_after_a_failure_proves_nothing_by_what_comes_later() -> None:
    loose = TEXT.replace("            set -e\n", "")
    assert words("ln: failed to create symbolic link", loose) == [
        "done", "unsure", "unsure", "failed", "unsure",
    ]  # fmt: skip


def test_a_step_that_does_one_thing_failed_at_that() -> None:
    alone = TEXT[: TEXT.index("            for f")] + "            ln -sfn /srv/app/releases/new current\n"
    reading = read(PATH, ((PATH, alone),), "current", None, None)
    seen = value(alone, [job("deploy", "failure", ("Deploy", "failure"))], line="whatever")
    assert [s.word for s in states_of(seen, reading, doing(reading, "switch"))] == ["failed"]
