from __future__ import annotations

import pytest

from checks.kinds import kind
from checks.model import Fact, Judgement, Observation, Verdict
from checks.testing import judge, observed, validated

RELOAD = "/usr/bin/systemctl reload nginx"


def entry(*commands: str, options: str = "!authenticate", users: str = "root", groups: str = "") -> str:
    listed = "".join(f"\t{command}\n" for command in commands)
    also = f"    RunAsGroups: {groups}\n" if groups else ""
    return f"\nSudoers entry:\n    RunAsUsers: {users}\n{also}    Options: {options}\n    Commands:\n{listed}"


def said(*entries: str, text: str = "", uid: int = 1001, groups: tuple[str, ...] = ()) -> Fact:
    listed = "User deploy may run the following commands on web1:\n" + "".join(entries)
    value = {"uid": uid, "user": "deploy", "groups": ["deploy", *groups], "sudo": "/usr/bin/sudo"}
    return observed({**value, "text": text or listed}, observed_at="2026-01-01T00:00:00Z")


def judged(fact: Fact, *declared: str) -> Judgement:
    return judge(
        "sudo-nothing-wider", {"declared": [{"may": one} for one in declared or (RELOAD,)]}, list=fact
    )


def test_exactly_what_is_declared() -> None:
    assert judged(said(entry(RELOAD))).verdict is Verdict.CONFORM
    assert judged(said(entry("/bin/systemctl reload nginx"))).verdict is Verdict.CONFORM
    assert judged(said(entry('/usr/bin/id ""')), "/usr/bin/id").verdict is Verdict.CONFORM


@pytest.mark.parametrize(
    ("listed", "why"),
    [
        ("ALL", "every command"),
        ("/usr/bin/systemctl", "any arguments"),
        ("/usr/bin/systemctl reload *", "a wildcard, which also matches spaces and slashes"),
        ("/usr/bin/system?tl reload nginx", "a wildcard in the name of the command"),
        ("/usr/bin/", "every command of a directory"),
        ("/usr/bin/systemctl ^reload nginx$", "a pattern, not one command"),
        ("^/usr/bin/systemctl$ reload nginx", "a pattern, not one command"),
        ("/usr/bin/systemctl stop nginx", "a command that is not declared"),
        ("/usr/bin/chmod", "a command that is not declared, with any arguments"),
    ],
)
def test_wider(listed: str, why: str) -> None:
    judgement = judged(said(entry(RELOAD, listed)))
    assert judgement.verdict is Verdict.DEVIATES
    (aspect,) = judgement.aspects
    assert aspect.actual
    assert aspect.actual.id == why
    assert aspect.name
    assert aspect.name.params["value"] == f"(root) NOPASSWD: {listed}"


def test_wider_in_whom_it_may_be() -> None:
    for fact in (said(entry(RELOAD, users="ALL")), said(entry(RELOAD, users="root, www-data"))):
        assert judged(fact).verdict is Verdict.DEVIATES
    assert judged(said(entry(RELOAD, groups="ALL"))).verdict is Verdict.DEVIATES
    assert judged(said(entry(RELOAD, groups="root"))).verdict is Verdict.CONFORM


def test_the_environment_counts() -> None:
    assert judged(said(entry(RELOAD, options="setenv, !authenticate"))).verdict is Verdict.DEVIATES


def test_a_right_with_a_password_is_a_right_and_is_said_to_be_one() -> None:
    judgement = judged(said(entry(RELOAD), entry("/usr/bin/id", options="authenticate")))
    assert judgement.verdict is Verdict.DEVIATES
    assert judgement.aspects[0].note


def test_a_rule_that_forbids_is_no_right() -> None:
    assert judged(said(entry(RELOAD, "!/usr/bin/bash"))).verdict is Verdict.CONFORM
    assert judged(said(entry("ALL"), entry("!ALL", users="ALL"), entry(RELOAD))).verdict is Verdict.CONFORM
    assert judged(said(entry("ALL", "!/usr/bin/bash"))).verdict is Verdict.DEVIATES


def test_a_list_that_cannot_be_seen_proves_nothing() -> None:
    judgement = judged(said(text="sudo: a password is required\n"))
    assert (judgement.verdict, judgement.observation) == (Verdict.UNDETERMINED, Observation.DENIED)
    assert judgement.remedy
    assert f"deploy ALL=(root) NOPASSWD: {RELOAD}" in judgement.remedy.params.values()


def test_no_right_at_all_is_nothing_wider() -> None:
    assert judged(said(text="Sorry, user deploy may not run sudo on web1.\n")).verdict is Verdict.CONFORM


@pytest.mark.parametrize("group", ["docker", "lxd", "disk"])
def test_groups_as_good_as_root(group: str) -> None:
    for fact in (
        said(entry(RELOAD), groups=(group,)),
        said(text="sudo: a password is required\n", groups=(group,)),
        said(text="Sorry, user deploy may not run sudo on web1.\n", groups=(group,)),
    ):
        assert judged(fact).verdict is Verdict.DEVIATES


def test_the_group_sudo() -> None:
    assert judged(said(text="sudo: a password is required\n", groups=("sudo",))).verdict is Verdict.DEVIATES
    assert judged(said(entry(RELOAD), groups=("sudo",))).verdict is Verdict.CONFORM, (
        "the list says what it grants"
    )


def test_root_may_do_everything() -> None:
    assert judged(said(uid=0)).verdict is Verdict.DEVIATES


def test_many_rules_are_counted() -> None:
    judgement = judged(said(entry(*(f"/usr/bin/x{i}" for i in range(50)))))
    assert len(judgement.aspects) == 21
    actual = judgement.aspects[-1].actual
    assert actual
    assert actual.params["n"] == 30


def test_a_secret_in_a_rule_is_not_compared() -> None:
    assert judged(said(entry(RELOAD, "/usr/bin/x --token=‹redacted›"))).verdict is Verdict.UNDETERMINED


def test_all_declared_rights_of_the_host_count() -> None:
    its = kind("sudo-nothing-wider")
    one, two = (
        validated("sudo-nothing-wider", {"declared": [{"may": m}]}) for m in (RELOAD, "/usr/bin/id -u")
    )
    assert its.peers
    merged = its.peers(one, (one, two, one))
    assert len(merged.declared) == 2
    fact = said(entry(RELOAD, "/usr/bin/id -u"))
    assert its.judge(merged, {"list": fact}).verdict is Verdict.CONFORM
    assert its.judge(one, {"list": fact}).verdict is Verdict.DEVIATES


def test_what_is_wider_reads_well_beside_what_is_wanted() -> None:
    (one,) = judged(said(entry("ALL"))).aspects
    assert (one.expected.id, one.actual and one.actual.id) == ("not granted", "every command")
