"""What is called root-equivalent really is, and the form that is called safe withstands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from checks.knowledge.sudo.files import read
from checks.knowledge.sudo.host import Entry, Host
from checks.knowledge.sudo.judge import judge

from ....world.world import World

SECRET = "/root/secret-of-the-test"
PATHS = {"/srv/t": "root:root 755", "/srv/t/tree": "deploy:deploy 755"}
HOST = Host(
    "deploy",
    {path: Entry.read(text) for path, text in PATHS.items()},
    frozenset(),
    1500,
    "world",
    {"fs.protected_hardlinks": "1"},
)


@pytest.fixture
def tree(world: World) -> Iterator[World]:
    """A secret of root's, and a folder of deploy's in one of root's."""
    world.root(
        f"rm -rf /srv/t {SECRET}; mkdir -p /srv/t/tree; chown deploy:deploy /srv/t/tree; chmod 755 /srv/t; "
        f"echo once >{SECRET}; chmod 600 {SECRET}; mkdir -p /srv/t/log"
    )
    yield world
    world.root(f"rm -rf /srv/t {SECRET}")


GIVES_ROOT = {
    "/usr/bin/cat /srv/t/log/*": f"sudo -n cat /srv/t/log/../../..{SECRET}",
    "ALL, !/usr/bin/cat": f"cp /usr/bin/cat /srv/t/tree/c; sudo -n /srv/t/tree/c {SECRET}",
    "/usr/bin/cat /srv/t/tree/x": f"ln -sf {SECRET} /srv/t/tree/x; sudo -n cat /srv/t/tree/x",
    "/srv/t/tree/x": f"printf '#!/bin/sh\\ncat {SECRET}\\n' >/srv/t/tree/x; chmod +x /srv/t/tree/x; sudo -n /srv/t/tree/x",
    r"/usr/bin/chown deploy\:deploy /srv/t/tree/x": f"ln -sf {SECRET} /srv/t/tree/x; "
    f"sudo -n chown deploy:deploy /srv/t/tree/x; test ! -r {SECRET} || cat {SECRET}; stat -Lc %U /srv/t/tree/x",
    "/usr/bin/find /srv/t/log -newer /srv/t/log *": f"sudo -n find /srv/t/log -newer /srv/t/log -o -exec cat {SECRET} ';'",
    "/usr/bin/env": f"sudo -n env cat {SECRET}",
    "/usr/bin/timeout *": f"sudo -n timeout 5 cat {SECRET}",
}


@pytest.mark.parametrize("rule", GIVES_ROOT)
def test_what_gives_root_away_does(tree: World, rule: str) -> None:
    line = f"deploy ALL=(root) NOPASSWD: {rule}"
    assert judge(read({"rules": line + "\n"}), HOST).grants_root
    tree.sudoers(line)
    tree.root("chmod 711 /root")
    try:
        ran = tree.ssh(GIVES_ROOT[rule])
    finally:
        tree.root("chmod 700 /root")
    assert ran.stdout.strip() in (b"once", b"deploy", b"once\ndeploy"), (ran.stdout, ran.stderr)


def test_a_variable_that_is_kept_reaches_the_command(tree: World) -> None:
    rules = [
        'Defaults:deploy env_keep += "LD_PRELOAD"',
        "deploy ALL=(root) NOPASSWD: /usr/bin/printenv LD_PRELOAD",
    ]
    found = judge(read({"rules": "\n".join(rules)}), HOST)
    assert found.grants_root and {f.id for f in found.findings} == {"ENV_KEEP"}
    tree.sudoers(*rules)
    assert b"/srv/t/none.so" in tree.ssh("sudo -n LD_PRELOAD=/srv/t/none.so printenv LD_PRELOAD").stdout
    tree.sudoers(rules[1])
    assert b"/srv/t/none.so" not in tree.ssh("sudo -n LD_PRELOAD=/srv/t/none.so printenv LD_PRELOAD").stdout


@pytest.mark.parametrize("swap", ["x", "x/y", "."])
def test_chown_with_from_withstands(tree: World, swap: str) -> None:
    """Whatever stands at the place, nothing of root's is handed over."""
    words = "/usr/bin/chown -R -h -P --from=www-data deploy:deploy /srv/t/tree/x"
    line = f"deploy ALL=(root) NOPASSWD: {words.replace('=', chr(92) + '=').replace(':', chr(92) + ':')}"
    assert not judge(read({"rules": line + "\n"}), HOST._replace(sysctl={})).grants_root
    tree.sudoers(line)
    links = {
        "x": f"ln -s {SECRET} /srv/t/tree/x",
        "x/y": f"mkdir /srv/t/tree/x; ln -s {SECRET} /srv/t/tree/x/y",
        ".": "ln -s /root /srv/t/tree/x",
    }
    ran = tree.ssh(f"{links[swap]}; sudo -n {words}")
    assert b"password" not in ran.stderr
    assert tree.root(f"stat -c %U /root {SECRET}").split() == ["root", "root"]
