from __future__ import annotations

import pytest

from checks.knowledge.crontab import Entry, entries, is_schedule, same

SYSTEM = """\
# 1 2 * * * root commented-out
SHELL=/bin/sh
MAILTO = "a@b"
09,39 *  * * *   root   run this  --now
@daily www-data php artisan schedule:run
  5 4 * * mon-fri deploy indented
1 2 3 broken
"""


def test_only_what_cron_would_act_on() -> None:
    assert list(entries(SYSTEM, with_user=True)) == [
        Entry("09,39 * * * *", "root", "run this  --now"),
        Entry("@daily", "www-data", "php artisan schedule:run"),
        Entry("5 4 * * mon-fri", "deploy", "indented"),
    ]
    assert list(entries("@reboot x y\n", with_user=False)) == [Entry("@reboot", "", "x y")]


@pytest.mark.parametrize(
    ("one", "other", "same_"),
    [
        ("09,39 * * * *", "39,9 * * * *", True),
        ("*/15 * * * *", "0,15,30,45 * * * *", True),
        ("0-59/15 * * * *", "*/15 * * * *", True),
        ("@daily", "0 0 * * *", True),
        ("@daily", "@midnight", True),
        ("0 3 * * 7", "0 3 * * sun", True),
        ("0 3 * JAN Mon-Fri", "0  3 * 1 1-5", True),
        ("0 3 * * *", "0 4 * * *", False),
        ("0 3 1 * *", "0 3 1 * 1", False),
        ("0 3 1 * *", "0 3 1 * 0-6", False),
        ("@reboot", "@daily", False),
        ("H 3 * * *", "0 3 * * *", False),
    ],
)
def test_schedules(one: str, other: str, same_: bool) -> None:
    assert same(one, other) is same_


@pytest.mark.parametrize(
    "text", ["", "* * * *", "60 * * * *", "* * * * * *", "@sometimes", "5/2 * * * *", "a * * * *"]
)
def test_no_schedule(text: str) -> None:
    assert not is_schedule(text)
    assert is_schedule("*/5 8-18 * * 1-5")
    assert is_schedule("@reboot")
