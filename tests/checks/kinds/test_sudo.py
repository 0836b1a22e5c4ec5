from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from checks.kinds import kind
from checks.model import Fact, Judgement, Message, Observation, Verdict
from checks.testing import judge, observed, validated

RELOAD = "/usr/bin/systemctl reload nginx"
NOT_ALLOWED_TO_LIST = "sudo: a password is required\n"
NO_RIGHTS = "Sorry, user deploy may not run sudo on web1.\n"


def entry(*commands: str, options: str = "!authenticate", users: str = "root") -> str:
    listed = "".join(f"\t{command}\n" for command in commands)
    shown = f"    Options: {options}\n" if options else ""
    return f"\nSudoers entry:\n    RunAsUsers: {users}\n{shown}    Commands:\n{listed}"


def said(
    *entries: str,
    text: str = "",
    uid: int = 1001,
    groups: tuple[str, ...] = (),
    sudo: bool = True,
    **more: Any,
) -> Fact:
    listed = "User deploy may run the following commands on web1:\n" + "".join(entries)
    value = {"uid": uid, "user": "deploy", "groups": ["deploy", *groups], "text": text or listed}
    return observed({**value, "sudo": "/usr/bin/sudo" if sudo else None}, **more)


def asked(fact: Fact, declared: Any = RELOAD) -> Judgement:
    return judge("sudo", declared, list=fact)


def ist(judgement: Judgement) -> str:
    actual = judgement.aspects[0].actual
    assert actual
    return actual.id


def params(message: Message | None) -> str:
    assert message
    return " ".join(map(str, message.params.values()))


def test_allowed_without_a_password() -> None:
    assert asked(said(entry(RELOAD))).verdict is Verdict.CONFORM


def test_allowed_with_a_password_is_not_enough() -> None:
    for options in ("authenticate", ""):
        judgement = asked(said(entry("/usr/bin/id"), entry(RELOAD, options=options)))
        assert judgement.verdict is Verdict.DEVIATES
        assert ist(judgement) == "a password is required"
        assert f"(root) PASSWD: {RELOAD}" in params(judgement.reason)


def test_not_allowed() -> None:
    judgement = asked(said(entry("/usr/bin/systemctl reload nginx.service")))
    assert (judgement.verdict, ist(judgement)) == (Verdict.DEVIATES, "not allowed")
    assert f"deploy ALL=(root) NOPASSWD: {RELOAD}" in params(judgement.remedy)


def test_no_right_without_a_password_can_be_seen() -> None:
    judgement = asked(said(text=NOT_ALLOWED_TO_LIST))
    assert (judgement.verdict, ist(judgement)) == (Verdict.DEVIATES, "not granted without a password")
    assert "visudo -s -cf /etc/sudoers.d/deploy" in params(judgement.remedy)


def test_no_right_at_all() -> None:
    judgement = asked(said(text=NO_RIGHTS))
    assert (judgement.verdict, ist(judgement)) == (Verdict.DEVIATES, "the account may not use sudo at all")


def test_a_later_rule_takes_it_back() -> None:
    assert asked(said(entry("ALL"), entry("!/usr/bin/systemctl"))).verdict is Verdict.DEVIATES


@pytest.mark.parametrize(
    "fact",
    [
        said(sudo=False),
        said(text="sudo: sorry, you must have a tty to run sudo\n"),
        said(text='sudo: The "no new privileges" flag is set\n'),
        said(text=""" sudo: PAM account management error: Permission denied\n"""),
        said(entry(RELOAD), truncated=True),
    ],
)
def test_where_sudo_does_not_answer(fact: Fact) -> None:
    for name, declared in (("sudo", RELOAD), ("sudo-nothing-wider", {"declared": [{"may": RELOAD}]})):
        judgement = judge(name, declared, list=fact)
        assert judgement.verdict is Verdict.UNDETERMINED, name
        assert judgement.reason


def test_a_tty_is_a_matter_of_one_line() -> None:
    judgement = asked(said(text="sudo: sorry, you must have a tty to run sudo\n"))
    assert "Defaults:deploy !requiretty" in params(judgement.remedy)
    assert judgement.observation is Observation.DENIED


def test_a_redacted_rule_is_not_judged() -> None:
    for listed in ("/usr/bin/x --token=‹redacted›", "‹redacted› --token=abc"):
        assert asked(said(entry(listed)), "/usr/bin/x --token=abc").verdict is Verdict.UNDETERMINED


def test_root_needs_no_sudo() -> None:
    judgement = asked(said(uid=0, sudo=False))
    assert judgement.verdict is Verdict.CONFORM
    assert "root" in ist(judgement)


def test_as_another_account() -> None:
    wanted = {"may": ["/usr/bin/php", "artisan"], "as": "www-data"}
    assert asked(said(entry("/usr/bin/php artisan", users="www-data")), wanted).verdict is Verdict.CONFORM
    assert asked(said(entry("/usr/bin/php artisan")), wanted).verdict is Verdict.DEVIATES


def test_it_brings_along_that_nothing_wider_is_granted() -> None:
    (companion,) = kind("sudo").companions(validated("sudo", {"may": RELOAD, "as": "root"}))
    assert companion.kind == companion.suffix == "sudo-nothing-wider"
    assert (
        kind(companion.kind).params.model_validate(companion.params).declared[0].right().arguments
        == "reload nginx"
    )


@pytest.mark.parametrize(
    "command",
    [
        "systemctl reload nginx",
        "sudo /usr/bin/id",
        "",
        "/usr/bin/systemctl reload *",
        "/usr/bin/",
        "sudoedit",
        "/x 'a",
    ],
)
def test_one_exact_command(command: str) -> None:
    with pytest.raises(ValidationError, match="expected"):
        validated("sudo", command)


def test_asked_on_this_machine() -> None:
    """Whoever runs the tests: there is an answer, and it is not made up."""
    judgement = judge("sudo", "/usr/bin/docgen-surely-not-there --now")
    assert judgement.aspects or judgement.reason
