from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from checks.model import Fact, Judgement, Verdict
from checks.testing import denied, judge, observed, validated

from ...world.world import STAGING, World
from ..github import job, value

RELOAD = "/usr/bin/systemctl reload nginx"
ROOT = {"entry": "root:root 755", "absent": False, "writable": False, "below": "", "real": ""}
MINE = ROOT | {"writable": True}


def said(
    *rules: str,
    options: str = "!authenticate",
    groups: tuple[str, ...] = (),
    defaults: str = "env_reset, secure_path=/usr/sbin\\:/usr/bin",
    text: str | None = None,
    uid: int = 1001,
    **paths: dict[str, Any],
) -> Fact:
    listed = f"Matching Defaults entries for deploy on web1:\n    {defaults}\n\n"
    listed += "User deploy may run the following commands on web1:\n"
    for rule in rules:
        listed += f"\nSudoers entry:\n    RunAsUsers: root\n    Options: {options}\n    Commands:\n\t{rule}\n"
    value = {
        "uid": uid, "user": "deploy", "groups": ["deploy", *groups], "sudo": "/usr/bin/sudo", "host": "web1",
        "text": listed if text is None else text, "hardlinks": "1",
        "paths": {"/srv": ROOT, "/srv/app": ROOT, **{f"/srv/{name}": one for name, one in paths.items()}},
    }  # fmt: skip
    return observed(value, observed_at="2026-01-01T00:00:00Z")


def ids(judgement: Judgement) -> set[str]:
    found = {str(a.actual.params.get("id", "missing")) for a in judgement.aspects if a.actual}
    return {one for one in found if one != "RUNAS_IMPLICIT"}


def judged(fact: Fact, *needs: str) -> Judgement:
    return judge("sudo-rules", {"needs": list(needs or (RELOAD,))}, list=fact)


def test_exactly_what_is_needed() -> None:
    assert judged(said(RELOAD)).verdict is Verdict.CONFORM
    refused = "Sorry, user deploy may not run sudo on web1.\n"
    assert judge("sudo-rules", {"needs": []}, list=said(text=refused)).verdict is Verdict.CONFORM


@pytest.mark.parametrize(
    ("fact", "id_"),
    [
        (said(RELOAD, "ALL"), "ALL_COMMANDS"),
        (said(RELOAD, "/usr/bin/chown"), "PERM_CHANGE"),
        (said(RELOAD, "/usr/bin/systemctl reload *"), "SYSTEMCTL_WIDE"),
        (said(RELOAD, "/usr/bin/id"), "UNUSED_GRANT"),
        (said(RELOAD, groups=("docker",)), "GROUP_MEMBERSHIP"),
        (said(RELOAD, defaults="!env_reset"), "ENV_RESET_OFF"),
        (said(RELOAD, "/srv/app/run", **{"app/run": MINE}), "WRITABLE_TARGET"),
        (said(RELOAD, "/srv/app/run", **{"app/run": ROOT | {"real": "/home/deploy/run"}}), "WRITABLE_TARGET"),
        (said(RELOAD, options="setenv, !authenticate"), "SETENV"),
        (said(RELOAD, options="authenticate"), "missing"),
        (said("/usr/bin/systemctl reload php8.3-fpm"), "missing"),
        (said(text="Sorry, user deploy may not run sudo on web1.\n"), "missing"),
    ],
)
def test_findings(fact: Fact, id_: str) -> None:
    judgement = judged(fact)
    assert judgement.verdict is Verdict.DEVIATES
    assert id_ in ids(judgement)


def test_a_program_of_root_in_folders_of_root_is_no_finding() -> None:
    fact = said(RELOAD, '/srv/app/run ""', **{"app/run": ROOT})
    assert not ids(judged(fact, RELOAD, "/srv/app/run")) & {"WRITABLE_TARGET", "PARENT_WRITABLE"}


def test_what_is_below_counts() -> None:
    rule = "/usr/bin/chmod -R 775 /srv/app"
    fact = said(rule, app=ROOT | {"below": "/srv/app/storage"})
    assert "CHMOD_TREE_RACE" in ids(judged(fact, rule))


def test_without_needs_nothing_is_superfluous() -> None:
    judgement = judge("sudo-rules", {}, list=said("/usr/bin/id"))
    assert "UNUSED_GRANT" not in ids(judgement) and "missing" not in ids(judgement)


@pytest.mark.parametrize(
    "fact",
    [
        said(text="sudo: a password is required\n"),
        said(text="sudo: sorry, you must have a tty to run sudo\n"),
        said(text="sudo: unable to open /etc/sudoers\n"),
        said(RELOAD, "/usr/bin/x --token=‹redacted›"),
        denied(),
    ],
)
def test_what_was_not_seen_is_undetermined(fact: Fact) -> None:
    assert judged(fact).verdict is Verdict.UNDETERMINED


def test_a_group_counts_even_where_rules_are_not_seen() -> None:
    judgement = judged(said(text="sudo: a password is required\n", groups=("sudo",)))
    assert judgement.verdict is Verdict.DEVIATES
    assert ids(judgement) == {"GROUP_MEMBERSHIP"}


def test_root_may_do_everything() -> None:
    assert judged(said(text="", uid=0)).verdict is Verdict.DEVIATES


@pytest.mark.parametrize("need", ["systemctl reload nginx", "sudo", "/x 'a"])
def test_needs_are_commands(need: str) -> None:
    with pytest.raises(ValidationError):
        validated("sudo-rules", {"needs": [need]})


HANDWRITTEN = (
    "deploy ALL=(root) NOPASSWD:/usr/bin/chown",
    "deploy ALL=(root) NOPASSWD:/usr/bin/chmod",
    "deploy ALL=(root) NOPASSWD:/usr/sbin/service php8.3-fpm reload",
    "deploy ALL=(root) NOPASSWD:/bin/systemctl reload nginx",
)


def test_rules_that_look_right_and_give_root_away(world: World) -> None:
    """On a real server."""
    world.sudoers(*HANDWRITTEN)
    needs = ["/usr/sbin/service php8.3-fpm reload", "/bin/systemctl reload nginx"]
    ran = world.look(f"sudo-rules: {{needs: {needs}}}", environment="staging")
    assert ran.code == 1
    assert ran.check()["ist"].count("PERM_CHANGE") == 2, ran.check()
    world.sudoers(*HANDWRITTEN[2:])
    ran = world.look(f"sudo-rules: {{needs: {needs}}}", environment="staging")
    assert (ran.code, ran.check()["status"]) == (0, "ok"), ran.check()


def test_owners_are_those_of_the_server(world: World) -> None:
    world.sudoers(f"deploy ALL=(root) NOPASSWD: {STAGING}/shared/tool")
    world.root(f"printf '#!/bin/sh\\n' >{STAGING}/shared/tool; chmod 755 {STAGING}/shared/tool")
    ran = world.look("sudo-rules: {}", environment="staging")
    assert ran.code == 1
    assert "WRITABLE_TARGET" in ran.check()["ist"]


@pytest.mark.parametrize("owner", ["root", "deploy"])
def test_a_folder_that_root_walks_through(world: World, owner: str) -> None:
    rule = "/usr/bin/chmod -R 775 /srv/tree"
    world.root(f"mkdir -p /srv/tree/a/b; chown -R root:root /srv/tree; chown {owner} /srv/tree/a/b")
    world.sudoers(f"deploy ALL=(root) NOPASSWD: {rule}")
    ran = world.look(f"sudo-rules: {{needs: [{rule}]}}", environment="staging")
    assert ("CHMOD_TREE_RACE" in ran.check()["ist"]) is (owner == "deploy"), ran.check()


def workflow(*lines: str) -> Fact:
    """A workflow that runs `lines` on a server."""
    body = "".join(f"          {line}\n" for line in ("ssh deploy@web1 <<'END'", *lines, "END"))
    text = f"on: push\njobs:\n  deploy:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n{body}"
    return observed(value(text, [job("deploy", "success", ("Run", "success"))]))


@pytest.mark.parametrize(
    ("lines", "rules", "verdict", "ids_"),
    [
        ([f"sudo -n {RELOAD}"], [RELOAD], Verdict.CONFORM, set()),
        ([f"sudo -n {RELOAD}"], [RELOAD, "/usr/bin/id -u"], Verdict.DEVIATES, {"UNUSED_GRANT"}),
        ([f"sudo -n {RELOAD}", "sudo /usr/bin/id -u"], [RELOAD], Verdict.DEVIATES, {"missing"}),
        ([f"sudo {RELOAD}", 'sudo "$TOOL" x'], [RELOAD, "/usr/bin/id -u"], Verdict.UNDETERMINED, set()),
    ],
)
def test_needs_of_a_workflow(lines: list[str], rules: list[str], verdict: Verdict, ids_: set[str]) -> None:
    made = judge("sudo-rules", {"needs": {"workflow": "deploy.yml"}}, list=said(*rules), run=workflow(*lines))
    assert made.verdict is verdict, made
    assert verdict is Verdict.CONFORM or ids(made) == ids_


@pytest.mark.parametrize(("host", "verdict"), [("deploy@web1", Verdict.DEVIATES), ("web2", Verdict.CONFORM)])
def test_only_what_runs_on_the_host(host: str, verdict: Verdict) -> None:
    wanted = {"needs": {"workflow": "deploy.yml", "host": host}}
    refused = said(text="Sorry, user deploy may not run sudo on web1.\n")
    assert judge("sudo-rules", wanted, list=refused, run=workflow(f"sudo {RELOAD}")).verdict is verdict
