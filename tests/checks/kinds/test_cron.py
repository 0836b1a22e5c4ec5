from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from checks.model import Judgement, Message, Verdict
from checks.testing import denied, judge, observed, validated


def entry(
    user: str = "root", schedule: str = "0 3 * * *", source: str = "/etc/cron.d/app", **more: str
) -> dict[str, str]:
    return {
        "user": user,
        "schedule": schedule,
        "command": "backup.sh",
        "source": source,
        "ignored": "",
        **more,
    }


def seen(declared: Any, *found: dict[str, str], unread: tuple[str, ...] = ()) -> Judgement:
    hidden = [{"path": path, "user": "deploy" if path == "crontab -l" else ""} for path in unread]
    return judge(
        "cron", declared, entries=observed({"found": list(found), "unread": hidden, "own": "deploy"})
    )


SPOOL = "/var/spool/cron/crontabs"


def words(message: Message | None) -> str:
    assert message
    return message.id + " " + " ".join(map(str, message.params.values()))


def test_found() -> None:
    assert seen("backup", entry()).verdict is Verdict.CONFORM
    assert (
        seen({"runs": "backup", "user": "root", "schedule": "00 3 * * *"}, entry()).verdict is Verdict.CONFORM
    )


def test_not_found_although_everything_could_be_read() -> None:
    assert seen("backup").verdict is Verdict.DEVIATES


def test_another_time() -> None:
    judgement = seen({"runs": "backup", "schedule": "0 4 * * *"}, entry(), unread=(SPOOL,))
    assert judgement.verdict is Verdict.DEVIATES
    assert (
        seen({"runs": "backup", "schedule": "0 4 * * *"}, entry(), entry(schedule="0 4 * * *")).verdict
        is Verdict.CONFORM
    )


@pytest.mark.parametrize(
    ("declared", "found"),
    [
        ({"runs": "backup", "schedule": "0 4 * * *"}, entry()),
        ("backup", entry(source="/etc/cron.d/app.conf", ignored="name")),
    ],
)
def test_an_entry_that_does_not_count_beside_a_closed_file(declared: Any, found: dict[str, str]) -> None:
    assert seen(declared, found, unread=("/etc/cron.d/secret",)).verdict is Verdict.UNDETERMINED
    assert seen(declared, found).verdict is Verdict.DEVIATES


def test_another_user() -> None:
    judgement = seen({"runs": "backup", "user": "www-data"}, entry())
    assert judgement.verdict is Verdict.DEVIATES
    assert "root" in words(judgement.aspects[0].actual)
    assert "/etc/cron.d/app www-data" in words(judgement.remedy), "not a second entry"
    personal = seen({"runs": "backup", "user": "www-data"}, entry(source="/var/spool/cron/crontabs/root"))
    assert personal.remedy is None, "the kind's own: add it to that user's"


@pytest.mark.parametrize(
    ("declared", "unread", "verdict"),
    [
        ("backup", SPOOL, Verdict.UNDETERMINED),
        ({"runs": "backup", "user": "root"}, SPOOL, Verdict.UNDETERMINED),
        ({"runs": "backup", "user": "deploy"}, SPOOL, Verdict.DEVIATES),
        ({"runs": "backup", "user": "deploy"}, "crontab -l", Verdict.UNDETERMINED),
        ({"runs": "backup", "user": "root"}, "crontab -l", Verdict.DEVIATES),
        ({"runs": "backup", "user": "deploy"}, "/etc/cron.d/secret", Verdict.UNDETERMINED),
    ],
)
def test_what_could_hold_it_and_cannot_be_read(declared: Any, unread: str, verdict: Verdict) -> None:
    judgement = seen(declared, unread=(unread,))
    assert judgement.verdict is verdict
    if verdict is Verdict.UNDETERMINED:
        assert unread in words(judgement.reason)
        assert judgement.remedy


def test_what_cron_passes_over_does_not_count() -> None:
    for ignored in ("name", "mode"):
        assert seen("backup", entry(ignored=ignored)).verdict is Verdict.DEVIATES
        assert seen("backup", entry(ignored=ignored), entry()).verdict is Verdict.CONFORM
    judgement = seen("backup", entry(ignored="end"))
    assert judgement.verdict is Verdict.CONFORM
    assert judgement.aspects[0].near


def test_the_folders_of_programs() -> None:
    daily = entry(schedule="@daily", source="/etc/cron.daily", command="/etc/cron.daily/backup")
    assert seen({"runs": "backup", "schedule": "@daily"}, daily).verdict is Verdict.CONFORM
    assert seen({"runs": "backup", "schedule": "0 0 * * *"}, daily).verdict is Verdict.DEVIATES


def test_denied() -> None:
    assert judge("cron", "x", entries=denied()).verdict is Verdict.UNDETERMINED


@pytest.mark.parametrize(
    "declared", ["", "(", {"runs": "x", "schedule": "daily"}, {"runs": "x", "schedule": "* * *"}]
)
def test_nonsense(declared: Any) -> None:
    with pytest.raises(ValidationError, match="expected"):
        validated("cron", declared)


@pytest.mark.parametrize(
    ("found", "remedy"),
    [
        (entry(), "Change when the entry runs, in {place:code}, to {time:code} /etc/cron.d/app 0 4 * * *"),
        (entry(source="crontab -l", user="deploy"), "crontab -e -u deploy"),
        (entry(source="/var/spool/cron/crontabs/root"), "crontab -e -u root"),
        (
            entry(source="/etc/cron.daily", command="/etc/cron.daily/backup", schedule="@daily"),
            "an entry of its own",
        ),
        (
            entry(source="/etc/cron.d/my app.sh", ignored="name"),
            "mv -- '/etc/cron.d/my app.sh' /etc/cron.d/my-app-sh",
        ),
        (
            entry(source="/etc/cron.daily", command="/etc/cron.daily/backup.sh", ignored="name"),
            "mv -- /etc/cron.daily/backup.sh /etc/cron.daily/backup-sh",
        ),
        (
            entry(source="/etc/cron.daily", command="/etc/cron.daily/backup", ignored="mode"),
            "chmod +x -- /etc/cron.daily/backup",
        ),
    ],
)
def test_an_entry_that_is_there_is_not_to_be_added(found: dict[str, str], remedy: str) -> None:
    judgement = seen({"runs": "backup", "schedule": "0 4 * * *"}, found)
    assert judgement.verdict is Verdict.DEVIATES
    assert remedy in words(judgement.remedy)
