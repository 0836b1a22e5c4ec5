"""Backups on a real server, over SSH: copies on another machine, and what is odd about files."""

from __future__ import annotations

import json
import shlex
import tarfile
from typing import Any

import pytest

from tests.world.strange import Proxy
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


ROOM = "/srv/test/b"
MAKE = "tar -czf {0} -C /etc hostname; chmod 640 {0}; chown deploy {0}"
SUM = "(cd {1}; sha256sum {2} >{2}.sha256; chmod 644 {2}.sha256)"


@pytest.mark.parametrize(
    ("name", "after", "more", "status", "wrong"),
    [
        ("app-1.tar.gz", "", {}, "ok", []),
        ("app-a b.tar.gz", "", {}, "ok", []),
        ("-app-1.tar.gz", "", {"files": "-app-*.tar.gz"}, "ok", []),
        ("app-Größe.tar.gz", "", {}, "ok", []),
        ("app-$(id)'\".tar.gz", "", {}, "ok", []),
        ("app-back\\slash.tar.gz", "", {}, "ok", []),
        ("app-[1].tar.gz", "", {}, "ok", []),
        ("app-a\nb.tar.gz", "", {}, "unknown", None),
        # links
        ("real/app-1.tar.gz", "ln -s real d", {"files": "d/app-*.tar.gz"}, "ok", []),
        ("real/app-1.tar.gz", "ln -s real/app-1.tar.gz app-1.tar.gz", {}, "fail", [""]),
        ("app-1.tar.gz", "ln -s /nowhere app-2.tar.gz; ln -s app-1.tar.gz app-latest.tar.gz", {}, "ok", []),
        ("app-1.tar.gz", "mkdir app-2.tar.gz; mkfifo app-3.tar.gz", {}, "ok", []),
        # times
        ("app-1.tar.gz", "touch -d '2 days' app-1.tar.gz", {}, "unknown", ["age"]),
        ("app-1.tar.gz", "touch -d '2 days' app-1.tar.gz", {"max-age": None}, "unknown", ["age"]),
        ("app-1.tar.gz", "touch -d '3 days ago' app-1.tar.gz", {}, "fail", ["age"]),
        ("app-20251101.tar.gz", "cp -a app-20251101.tar.gz app-20251102.tar.gz; touch -d '1 day ago' app-20251102*",
         {"max-age": None}, "warn", ["the newest"]),
        # folders by date
        ("2025-11-02/app.tar.gz", "", {"files": "*/app.tar.gz", "dated": False}, "ok", []),
        ("2025-11-02/app.tar.gz", "", {"files": "*/app.tar.gz"}, "fail", ["age", "the newest"]),
        ("2025/11/02/app 1.tar.gz", "", {"files": "*/*/*/app*.tar.gz", "dated": False}, "ok", []),
        ("2025-11-02/app.tar.gz", "cp -a 2025-11-02 2025-11-01; touch -d '3 days ago' 2025-11-01/*; rm 2025-11-01/*256",
         {"files": "*/app.tar.gz", "every": "3d", "dated": False}, "fail", ["series"]),
        ("2025-11-02/app.tar.gz", "mkdir 2025-11-03", {"files": "*/app.tar.gz", "dated": False}, "ok", []),
        ("2025-11-02/app.tar.gz", "mkdir -m 700 2025-11-03", {"files": "*/app.tar.gz"}, "unknown", None),
        ("a/b/app.tar.gz", "", {"files": "*/app.tar.gz"}, "fail", [""]),
        # checksums
        ("app-1.tar.gz", "sha256sum --tag app-1.tar.gz >app-1.tar.gz.sha256", {}, "ok", []),
        ("app-1.tar.gz", "openssl dgst -sha256 app-1.tar.gz >app-1.tar.gz.sha256", {}, "ok", []),
        ("app-1.tar.gz", "sha256sum -b app-1.tar.gz | tr a-f A-F | sed 's/ .*/ *app-1.tar.gz\\r/' >app-1.tar.gz.sha256",
         {}, "ok", []),
        ("app-1.tar.gz", "sha256sum /etc/hostname app-1.tar.gz >app-1.tar.gz.sha256", {}, "ok", []),
        ("app-1.tar.gz", "sha256sum /etc/hostname >app-1.tar.gz.sha256", {}, "fail", ["checksum"]),
        ("app-1.tar.gz", "cp /etc/hostname x; sha256sum x | sed s/x/app-1.tar.gz/ >app-1.tar.gz.sha256", {}, "fail",
         ["checksum"]),
        ("app-1.tar.gz", "rm *.sha256", {}, "fail", ["checksum"]),
        ("app-1.tar.gz", "chown root *.sha256; chmod 600 *.sha256", {}, "unknown", ["checksum"]),
        ("app-1.tar.gz", "rm *.sha256; seq 9999 | sed 's/.*/& x/' >S; sha256sum app-* >>S", {"checksum": "S"}, "ok", []),
        ("n/app.tar.gz", "cd n; rm *256; sha256sum app.tar.gz >S", {"checksum": "S", "files": "*/app.tar.gz"}, "ok", []),
    ],
)  # fmt: skip
def test_what_is_odd_about_files(
    world: World, name: str, after: str, more: dict[str, Any], status: str, wrong: list[str] | None
) -> None:
    path = f"{ROOM}/{name}"
    folder, _, base = path.rpartition("/")
    steps = "; ".join((MAKE, SUM)).replace("sha256sum {2}", "sha256sum -- {2}")
    steps = steps.replace(">{2}.sha256", ">./{2}.sha256").replace("chmod 644 {2}", "chmod 644 ./{2}")
    made = steps.format(*map(shlex.quote, (path, folder, base)))
    world.root(
        f"mkdir -p {shlex.quote(folder)}; chmod -R a+rX /srv/test; umask 022; {made}; cd {ROOM}; {after or ':'}"
    )
    check = {"max-age": "26h"} | more
    check["files"] = f"{ROOM}/{more.get('files', 'app-*.tar.gz')}"
    ran = world.look("backup: " + json.dumps({k: v for k, v in check.items() if v is not None}))
    one = ran.check()
    seen = [str(a["name"] or "") for a in one["aspects"] if a["verdict"] != "conform" or a["near"]]
    assert one["status"] == status, one
    if wrong is not None:
        assert [name for name in seen if name != "proven up to"] == wrong, one


def test_two_gigabytes_are_verified_without_crossing_the_network(world: World) -> None:
    """A tar of one member that is one hole: read in full on the server, twice."""
    size, path = 2 * 1024**3, f"{ROOM}/app-1.tar"
    member = tarfile.TarInfo("app/data")
    member.size = size
    world.put(path, member.tobuf(), mode="640")
    world.root(
        f"truncate -s {512 + size + 1024} {path}; chmod a+rX {ROOM}; {SUM.format(path, ROOM, 'app-1.tar')}"
    )
    check = f"backup: {{files: '{ROOM}/app-*.tar', max-age: 1h, contains: [app/data]}}"
    with Proxy(world.ports.ssh) as proxy:
        world.pin(world.ports.ssh, proxy.port)
        ran = world.look(check, port=proxy.port)
        assert (ran.code, ran.check()["status"]) == (0, "ok"), ran.check()
        last = ran.check()["aspects"][-1]
        assert (last["name"], last["verdict"]) == ("proven up to", "conform")
        assert 5_000 < proxy.carried < 200_000
