"""Backups on a real server, over SSH: copies on another machine."""

from __future__ import annotations

import json

import pytest

from tests.world.world import PROD, World

NAME = "app-20251101_225026.tar.gz"
COPIES = "/srv/test/copies"


def spec(world: World, port: int, *, on: str, path: str = COPIES) -> None:
    head = world.environments().replace(
        f"    host: {world.target}\n",
        f"    hosts: {{web1: {world.target}, backup1: 'deploy@127.0.0.1:{port}'}}\n",
        1,
    )
    check = {
        "files": "backups/app-*.tar.gz", "checksum": False, "private": False,
        "copy": {"path": path, **({"host": on} if on else {})},
    }  # fmt: skip
    rows = [
        "sections: [{name: S, environment: prod, components: [{name: C, on: web1, checks: ["
        + json.dumps({"backup": check})
        + "]}]}]"
    ]
    world.spec(head + "\n".join(rows) + "\n")


def seen(world: World) -> tuple[int, str, str]:
    """The exit code, and what is said of the copy."""
    ran = world.status("--env", "prod")
    (one,) = [a for a in ran.check()["aspects"] if a["name"] == "copy"]
    return ran.code, one["verdict"], (one["actual"] or {}).get("id", "")


@pytest.fixture
def backup(world: World) -> str:
    """The newest backup, of which there is a copy in another folder."""
    path = f"{PROD}/backups/{NAME}"
    world.root(
        f"rm {PROD}/backups/app-*; tar -czf {path} -C /etc hostname hosts; chown deploy {path}; "
        f"mkdir -p {COPIES}; cp {path} {COPIES}/; chmod -R a+rX /srv/test"
    )
    return path


def test_a_copy_on_another_machine(world: World, backup: str) -> None:
    spec(world, world.second_machine(), on="backup1")
    assert seen(world) == (0, "conform", "the same size and checksum")
    world.root(f"printf x | dd of={COPIES}/{NAME} bs=1 seek=20 conv=notrunc status=none")
    assert seen(world) == (1, "deviates", "the same size, another checksum")
    world.root(f"chmod 600 {COPIES}/{NAME}; chown root {COPIES}/{NAME}")
    assert seen(world)[:2] == (3, "undetermined")
    world.root(f"truncate -s 20 {COPIES}/{NAME}")
    assert seen(world)[1] == "deviates"
    world.root(f"mv {COPIES}/{NAME} {COPIES}/app-0.tar.gz")
    assert seen(world) == (1, "deviates", "{file:code} is missing; {newest}")
    world.root(f"chmod 700 {COPIES}; chown root {COPIES}")
    assert seen(world)[:2] == (3, "undetermined")
    world.root(f"rm -r {COPIES}")
    assert seen(world) == (1, "deviates", "the folder is missing")


def test_what_is_no_copy(world: World, backup: str) -> None:
    port = world.second_machine()
    spec(world, world.ports.ssh, on="backup1")  # another name of the same machine
    assert seen(world) == (1, "deviates", "no copy: it lies on the same file system")
    spec(world, port, on="")
    assert seen(world) == (1, "deviates", "no copy: it lies on the same file system")
    world.file_system("/srv/test/disk")
    world.root(f"cp {backup} /srv/test/disk/; chmod 644 /srv/test/disk/*")
    spec(world, port, on="", path="/srv/test/disk")
    assert seen(world) == (1, "deviates", "no copy: it lies on the same machine")
    spec(world, port, on="backup1", path=f"{PROD}/backups")  # as over NFS
    assert seen(world) == (1, "deviates", "no copy: it is the same file, on the same file system")


def test_a_second_place_that_is_not_reached_or_not_declared(world: World, backup: str) -> None:
    spec(world, 1, on="backup1")
    assert seen(world)[:2] == (3, "undetermined")
    spec(world, 1, on="backup2")
    ran = world.status("--env", "prod")
    assert ran.code == 2 and "prod/web1, prod/backup1" in ran.stderr
