"""Rights through sudo, as the observing account really has them."""

from __future__ import annotations

import pytest

from ..world.client import Ran
from ..world.world import STAGING, World

CHOWN = f"/usr/bin/chown -R -h -P --from=www-data deploy:www-data {STAGING}/shared/storage"
CHECK = f"sudo: {CHOWN}"
EXACT = (
    "deploy ALL=(root) {tag}/usr/bin/chown -R -h -P --from\\=www-data deploy\\:www-data "
    + f"{STAGING}/shared/storage"
)


def statuses(ran: Ran) -> tuple[str, str]:
    """Of the right itself, and of "nothing wider"."""
    by_kind = {check["kind"]: check["status"] for check in ran.checks}
    return by_kind["sudo"], by_kind["sudo-nothing-wider"]


def test_exactly_the_right_and_no_other(world: World) -> None:
    world.sudoers(EXACT.format(tag="NOPASSWD: "))
    ran = world.look(CHECK, environment="staging")
    assert (ran.code, *statuses(ran)) == (0, "ok", "ok"), ran.checks


def test_not_granted(world: World) -> None:
    ran = world.look(CHECK, environment="staging")
    assert ran.code == 1
    right, wider = statuses(ran)
    assert right == "fail" and wider != "ok"
    (check,) = [c for c in ran.checks if c["kind"] == "sudo"]
    assert "NOPASSWD" in str(check["remedy"]) and "--from\\=www-data" in str(check["remedy"])
    assert "visudo" in str(check["remedy"])


def test_granted_with_a_password_is_a_deviation(world: World) -> None:
    world.sudoers(EXACT.format(tag=""))
    ran = world.look(CHECK, environment="staging")
    assert ran.code == 1 and statuses(ran)[0] == "fail"


def test_granted_with_a_password_beside_another_right_without(world: World) -> None:
    """`sudo -n -l COMMAND` exits with 0 here, and a run would still be refused."""
    world.sudoers(EXACT.format(tag=""), "deploy ALL=(root) NOPASSWD: /usr/bin/systemctl reload nginx")
    assert world.ssh(f"sudo -n -l {CHOWN}").returncode == 0
    ran = world.look(CHECK, "sudo: /usr/bin/systemctl reload nginx", environment="staging")
    by_command = {c["soll"]: c["status"] for c in ran.checks if c["kind"] == "sudo"}
    assert sorted(by_command.values()) == ["fail", "ok"], by_command
    assert ran.code == 1


@pytest.mark.parametrize(
    "rule",
    [
        "deploy ALL=(ALL) NOPASSWD: ALL",
        "deploy ALL=(ALL:ALL) ALL",
        "deploy ALL=(root) NOPASSWD: /usr/bin/chown",
        "deploy ALL=(root) NOPASSWD: /usr/bin/chown -R * /var/www/*",
        "deploy ALL=(root) NOPASSWD: /usr/bin/ch*",
        "deploy ALL=(root) NOPASSWD: /usr/bin/",
        "deploy ALL=(root) NOPASSWD: /usr/bin/systemctl",
        "deploy ALL=(root) NOPASSWD: ALL, !/usr/bin/bash",
        "deploy ALL=(root) NOPASSWD: sudoedit /etc/hosts",
        "deploy ALL=(www-data) NOPASSWD: /usr/bin/id",
        "deploy ALL=(root) /usr/bin/vi",
        "%deploy ALL=(root) NOPASSWD: /usr/bin/chmod -R 775 /srv",
    ],
)
def test_granted_too_widely(world: World, rule: str) -> None:
    world.sudoers(EXACT.format(tag="NOPASSWD: "), rule)
    ran = world.look(CHECK, environment="staging")
    right, wider = statuses(ran)
    assert (ran.code, wider) == (1, "fail"), ran.checks
    if "(root) NOPASSWD: ALL" not in rule and "ALL) ALL" not in rule:
        assert right == "ok"


def test_almost_the_command_is_not_the_command(world: World) -> None:
    world.sudoers(EXACT.format(tag="NOPASSWD: ") + "/")
    ran = world.look(CHECK, environment="staging")
    assert statuses(ran) == ("fail", "fail")


def test_a_later_rule_wins(world: World) -> None:
    world.sudoers(EXACT.format(tag="NOPASSWD: "), EXACT.format(tag="PASSWD: "))
    assert statuses(world.look(CHECK, environment="staging"))[0] == "fail"
    world.sudoers(EXACT.format(tag="PASSWD: "), EXACT.format(tag="NOPASSWD: "))
    assert statuses(world.look(CHECK, environment="staging"))[0] == "ok"


def test_a_command_that_is_not_installed(world: World) -> None:
    world.sudoers("deploy ALL=(root) NOPASSWD: /usr/sbin/service php8.3-fpm reload, /opt/none/tool x")
    ran = world.look("sudo: /opt/none/tool x", "sudo: /usr/sbin/service php8.3-fpm reload")
    assert {c["status"] for c in ran.checks if c["kind"] == "sudo"} <= {"ok", "fail", "unknown"}
    assert next(c for c in ran.checks if c["kind"] == "sudo-nothing-wider")["status"] == "ok"


def test_a_syntax_error_elsewhere_in_sudoers_hides_nothing(world: World) -> None:
    world.sudoers(EXACT.format(tag="NOPASSWD: "))
    world.root(
        "echo 'deploy ALL=(root NOPASSWD: broken' >/etc/sudoers.d/zz-broken; chmod 440 /etc/sudoers.d/zz-broken"
    )
    ran = world.look(CHECK, environment="staging")
    assert statuses(ran)[0] in {"ok", "unknown"}
    assert ran.code in {0, 3}


def test_asking_leaves_no_mark_and_asks_for_no_password(world: World) -> None:
    files = world.files()
    for rules in ((), (EXACT.format(tag=""),)):
        if rules:
            world.sudoers(*rules)
            files = world.files()
        world.look(CHECK, environment="staging")
        assert world.files() == files
