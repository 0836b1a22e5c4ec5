"""``docgen preflight`` against the real server: what it finds, and that it leaves nothing."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import signal
import subprocess
import tarfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner

from docgen.commands.preflight import command
from docgen.preflight import host

from ..checks.servers import Authority, web
from ..world.client import DOCGEN, Ran
from ..world.world import PROD, RELEASE, World

GATES = """\
gates:
  release-structure: [file: artisan, file: public/index.php, file: vendor/autoload.php, directory: app]
sections: []
"""
CACHES = b"<?php file_put_contents(getenv('APP_CONFIG_CACHE'), '<?php return [1];'); echo 'Laravel Framework 11.46.0';"
"""What an artisan does that does just enough, whatever it is asked."""
NO_CACHE = b"<?php if ($argv[1] === '--version') echo 'Laravel Framework 11.46.0';"


class Site(NamedTuple):
    """The server, and the files of a release as they were packed."""

    world: World
    files: dict[str, bytes]

    def spec(self, prod: str = "", rest: str = GATES) -> None:
        self.world.spec(self.world.environments(prod=prod) + rest)

    def bundle(
        self,
        change: Callable[[tarfile.TarFile], None] | None = None,
        without: str = "",
        level: int = 1,
        **other: bytes,
    ) -> Path:
        """A bundle of the release, with `change` made to it, or `without` a file; compressed at `level`."""
        path = self.world.folder / "bundle.tar.gz"
        with tarfile.open(path, "w:gz", format=tarfile.GNU_FORMAT, compresslevel=level) as tar:
            for name, data in self.files.items():
                if not without or (name != without and not name.startswith(f"{without}/")):
                    add(tar, name, data)
            for name, data in other.items():
                add(tar, name, data)
            if change:
                change(tar)
        path.with_name("bundle.tar.gz.sha256").write_text(f"{sha256(path)}  bundle.tar.gz\n")
        return path

    def run(self, *arguments: str | Path, **options: Any) -> Ran:
        return self.world.docgen(
            "preflight",
            "--env",
            "prod",
            "--bundle",
            "bundle.tar.gz",
            "--format",
            "json",
            *arguments,
            **options,
        )


def add(
    tar: tarfile.TarFile, name: str, data: bytes = b"", type_: bytes = tarfile.REGTYPE, link: str = ""
) -> None:
    one = tarfile.TarInfo(name)
    one.type, one.size, one.linkname, one.mode = type_, len(data), link, 0o644
    tar.addfile(one, io.BytesIO(data))


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def statuses(ran: Ran) -> dict[str, str]:
    return {one["name"]: one["status"] for one in ran.report["preflight_checks"]}


def details(ran: Ran) -> dict[str, str]:
    return {one["name"]: one["detail"] for one in ran.report["preflight_checks"]}


def folders(world: World) -> str:
    """What a preflight made anywhere on the server. Whatever is new lies in an upper layer or in memory: there it is
    found in a hundredth of the time that a walk through the whole machine takes."""
    return world.root(
        "find /world/layers/*/upper /tmp /run /dev/shm -name '.docgen-preflight-*' | sed 's|^/world/layers/[0-9]*/upper||'; "
        "ls -A /srv/test 2>/dev/null || :"
    )


PARENT = f"/world/layers/0/upper{PROD}"


def files(world: World) -> dict[str, str]:
    """All files of the server, without those that a login and a PHP server write."""
    seen = world.files()
    return {path: shown for path, shown in seen.items() if not path.endswith((PROD, "/sshd.log"))}


@pytest.fixture
def site(world: World) -> Iterator[Site]:
    """The server, and a release to be packed; afterwards the server is as it was."""
    raw = subprocess.run(
        world.enter(
            "tar",
            "-C",
            f"{PROD}/releases/{RELEASE}",
            "--exclude=./.env",
            "--exclude=./storage",
            "-cf",
            "-",
            ".",
        ),
        capture_output=True,
        check=True,
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(raw)) as tar:
        found = {
            one.name.removeprefix("./"): tar.extractfile(one).read()  # type: ignore[union-attr]
            for one in tar
            if one.isfile()
        }
    made = Site(world, found)
    made.spec()
    yield made


@pytest.fixture
def untouched(site: Site) -> Iterator[Site]:
    before, processes = files(site.world), site.world.processes()
    yield site
    end = time.monotonic() + 300
    while time.monotonic() < end and (folders(site.world) or site.world.processes() != processes):
        time.sleep(0.05)
    assert folders(site.world) == ""
    after = files(site.world)
    assert {p: (before.get(p), after.get(p)) for p in before | after if before.get(p) != after.get(p)} == {}
    assert site.world.processes() == processes


def test_a_release_that_is_as_it_should_be(untouched: Site) -> None:
    untouched.bundle()
    ran = untouched.run()
    assert ran.code == 0, ran.everything
    assert set(statuses(ran).values()) == {"pass"}, details(ran)
    assert ran.report["verdict"] == "go"
    entries = list((untouched.world.folder / "ledger").iterdir())
    assert [json.loads(one.read_text()) for one in entries] == [ran.report]
    assert oct(entries[0].stat().st_mode & 0o777) == "0o640"
    assert {"timestamp", "action", "environment", "host", "result", "bundle_info", "preflight_checks", "changes_made",
            "production_impact", "next_steps"} <= set(ran.report)  # fmt: skip
    assert ran.report["bundle_info"]["sha256"] == sha256(untouched.world.folder / "bundle.tar.gz")
    assert ran.report["bundle_info"]["commit"] == "4144baac"
    assert ran.report["changes_made"] == []
    assert ran.report["production_impact"].startswith("none: ")


@pytest.mark.parametrize(
    ("without", "check"),
    [
        ("artisan", "file artisan"),
        ("public/index.php", "file public/index.php"),
        ("vendor/autoload.php", "file vendor/autoload.php"),
        ("app", "directory app"),
    ],
)
def test_each_part_of_the_gate(untouched: Site, without: str, check: str) -> None:
    untouched.bundle(without=without)
    ran = untouched.run()
    assert ran.code == 1, ran.everything
    assert statuses(ran)[check] == "fail"
    assert check in ran.report["blocking"]
    others = {"file artisan", "file public/index.php", "file vendor/autoload.php", "directory app"} - {check}
    assert {statuses(ran)[one] for one in others} == {"pass"}
    assert ran.report["result"] == "failed"


@pytest.mark.parametrize(
    ("file", "content", "check", "said"),
    [
        (
            "vendor/autoload.php",
            b"<?php throw new Exception('broken-autoload');",
            "autoloader loads",
            "broken-autoload",
        ),
        ("vendor/autoload.php", b"<?php exit(0);", "autoloader loads", "before all was loaded"),
        ("vendor/autoload.php", b"<?php return true;", "autoloader loads", "gives no loader of Composer"),
        ("artisan", b"", "php artisan --version", "did not say its version"),
        (
            "artisan",
            b"<?php echo 'Warning: Undefined x on line 7';",
            "php artisan --version",
            "did not say its version: Warning",
        ),
        ("artisan", b"<?php echo 'Laravel';", "php artisan --version", "did not say its version: Laravel"),
        ("artisan", NO_CACHE, "php artisan config:cache", "left no cache"),
        ("artisan", CACHES.replace(b"<?php return [1];", b""), "php artisan config:cache", "left no cache"),
        ("artisan", CACHES.replace(b"[1]", b"[]"), "php artisan config:cache", "is empty"),
        ("artisan", CACHES.replace(b"[1]", b"1"), "php artisan config:cache", "no list of settings"),
        ("artisan", CACHES.replace(b"[1]", b"["), "php artisan config:cache", "Parse error"),
        ("artisan", b"<?php fwrite(STDERR, 'no-kernel'); exit(3);", "php artisan --version", "no-kernel"),
        ("config/app.php", b"<?php return 'nothing';", "php artisan config:cache", "not an array"),
    ],
)
def test_the_application_itself(untouched: Site, file: str, content: bytes, check: str, said: str) -> None:
    del untouched.files[file]
    untouched.bundle(**{file: content})
    ran = untouched.run()
    assert ran.code == 1, ran.everything
    assert statuses(ran)[check] == "fail"
    assert said in details(ran)[check]


def test_a_cache_that_was_packed_is_not_one_that_was_made(untouched: Site) -> None:
    del untouched.files["artisan"]
    shipped = {"bootstrap/cache/config.php": b"<?php return ['app' => []];"}
    untouched.bundle(artisan=NO_CACHE, **shipped)
    ran = untouched.run()
    assert ran.code == 1, ran.everything
    assert "left no cache" in details(ran)["php artisan config:cache"]
    own_place = CACHES.replace(b"getenv('APP_CONFIG_CACHE')", b"'bootstrap/cache/config.php'")
    untouched.bundle(artisan=own_place, **shipped)
    ran = untouched.run()
    assert ran.code == 0, ran.everything
    assert details(ran)["php artisan config:cache"] == "1 group of settings"


def test_the_application_is_not_run_where_the_spec_forbids_it(untouched: Site) -> None:
    untouched.spec("preflight: {application: false}")
    del untouched.files["artisan"]
    untouched.bundle(artisan=b"<?php exit(3);")
    ran = untouched.run()
    assert ran.code == 0, ran.everything
    assert not [name for name in statuses(ran) if "php" in name.split()]


@pytest.mark.parametrize("how", ["option", "beside", "not named beside"])
def test_a_wrong_checksum(untouched: Site, how: str) -> None:
    bundle = untouched.bundle()
    beside = bundle.with_name("bundle.tar.gz.sha256")
    more = ("--sha256", "ab" * 32) if how == "option" else ()
    if how != "option":
        beside.write_text("ab" * 32 + ("  bundle.tar.gz\n" if how == "beside" else "  other.tar.gz\n"))
    ran = untouched.run(*more)
    assert ran.code == 1, ran.everything
    assert statuses(ran)["checksum"] == "fail"
    other = f"{sha256(bundle)} instead of {'ab' * 32}"
    assert details(ran)["checksum"] == (
        "bundle.tar.gz.sha256 names no bundle.tar.gz." if how == "not named beside" else other
    )
    assert statuses(ran)["extraction"] == "skipped"
    assert statuses(ran)["file artisan"] == "skipped"


def test_nothing_says_what_the_checksum_should_be(untouched: Site) -> None:
    untouched.bundle().with_name("bundle.tar.gz.sha256").unlink()
    ran = untouched.run()
    assert ran.code == 0, ran.everything
    assert statuses(ran)["checksum"] == "warn"
    known = sha256(untouched.world.folder / "bundle.tar.gz")
    compare, deploy = ran.report["next_steps"]
    assert compare.startswith(f"Compare the SHA-256 {known}") and deploy.startswith("Deploy")
    shown = untouched.run("--format", "text", "--lang", "en").stdout
    assert "GO, but nothing says that the bundle is the one that was built" in shown
    assert "everything that was tried" not in shown


def test_a_bundle_that_is_there_already(site: Site) -> None:
    bundle, world = site.bundle(), site.world
    world.put("/home/deploy/there.tar.gz", bundle.read_bytes())
    world.put("/home/deploy/there.tar.gz.sha256", f"{sha256(bundle)}  there.tar.gz\n")
    before = files(world)
    ran = site.run("--bundle", "host:/home/deploy/there.tar.gz")
    assert ran.code == 0, ran.everything
    assert statuses(ran)["checksum"] == "pass"
    assert "upload" not in statuses(ran)
    assert files(world) == before
    world.put("/home/deploy/there.tar.gz.sha256", f"{'ab' * 32}  there.tar.gz\n")
    assert statuses(site.run("--bundle", "host:/home/deploy/there.tar.gz"))["checksum"] == "fail"
    world.put("/home/deploy/there.tar.gz.sha256", f"{'ab' * 32}  other.tar.gz\n")
    assert (
        "names no there.tar.gz" in details(site.run("--bundle", "host:/home/deploy/there.tar.gz"))["checksum"]
    )


@pytest.mark.parametrize(
    ("make", "status", "said"),
    [
        (":", "fail", "/srv/test/b.tar is not there."),
        ("mkfifo b.tar", "fail", "is no regular file, but: fifo"),
        ("mknod b.tar c 1 5", "fail", "is no regular file, but: character special file"),
        ("mkdir b.tar", "fail", "is no regular file, but: directory"),
        ("ln -s b.tar b.tar", "unknown", "Too many levels of symbolic links"),
        ("echo >b.tar; chmod 600 b.tar", "unknown", "Permission denied"),
        ("echo >b.tar; mkfifo b.tar.sha256", "unknown", "b.tar.sha256: no regular file"),
        ("echo >b.tar; echo >b.tar.sha256; chmod 600 b.tar.sha256", "unknown", "Permission denied"),
    ],
    ids=["missing", "pipe", "endless", "folder", "loop", "denied", "pipe beside", "denied beside"],
)
def test_a_bundle_on_the_host_that_is_none(site: Site, make: str, status: str, said: str) -> None:
    site.world.root(f"mkdir -p /srv/test; cd /srv/test; {make}")
    begun = time.monotonic()
    ran = site.run("--bundle", "host:/srv/test/b.tar")
    assert time.monotonic() - begun < 20
    assert ran.code == {"fail": 1, "unknown": 3}[status], ran.everything
    assert (statuses(ran)["checksum"], statuses(ran)["extraction"]) == (status, "skipped")
    assert said in details(ran)["checksum"]


def big(tar: tarfile.TarFile) -> None:
    add(tar, "big", os.urandom(3 * 1024**2))


def test_a_bundle_from_an_address(untouched: Site) -> None:
    path = untouched.bundle()
    beside = path.with_name("bundle.tar.gz.sha256").read_bytes()
    with web({"/b.tgz": (200, {}, path.read_bytes()), "/b.tgz.sha256": (200, {}, beside)}) as server:
        address, known = f"{server.url}/b.tgz", ("--sha256", sha256(path))
        alone = untouched.run("--bundle", address)
        assert (alone.code, "expected https://, or --sha256" in alone.stderr) == (2, True), alone.everything
        planned = untouched.run("--bundle", address, *known, "--plan")
        assert f"(fetched from {address}) is sent to" in planned.stdout and not server.requests
        ran = untouched.run("--bundle", address, *known)
        assert (ran.code, ran.report["bundle_info"]["sha256"]) == (0, sha256(path)), ran.everything
        gone = untouched.run("--bundle", f"{server.url}/nothing.tgz", *known)
        assert gone.code == 3 and f"{server.url}/nothing.tgz answered 404" in gone.stderr


def test_a_bundle_from_an_address_with_its_checksum_beside_it(untouched: Site) -> None:
    path, authority = untouched.bundle(), Authority(untouched.world.folder)
    trusting = {"SSL_CERT_FILE": str(authority.file)}
    noted = {"/b.tgz": f"{sha256(path)}  b.tgz\n", "/c.tgz": f"{sha256(path)}  other.tgz\n"}
    routes = {f"{name}.sha256": (200, {}, text.encode()) for name, text in noted.items()}
    routes |= dict.fromkeys(noted, (200, {}, path.read_bytes()))
    with web(routes, authority.server("localhost"), "localhost") as server:
        ran = untouched.run("--bundle", f"{server.url}/b.tgz", env=trusting)
        assert (ran.code, statuses(ran)["checksum"]) == (0, "pass"), ran.everything
        named_otherwise = untouched.run("--bundle", f"{server.url}/c.tgz", env=trusting)
        assert "names no c.tgz" in details(named_otherwise)["checksum"]


@pytest.mark.parametrize("inodes", [0, 60], ids=["bytes", "inodes"])
def test_a_full_disk(site: Site, inodes: int) -> None:
    site.spec("preflight: {scratch: /srv/test/small, reserve: 0}")
    site.bundle(None if inodes else big)
    site.world.file_system("/srv/test/small", size="64m" if inodes else "4m", inodes=inodes)
    site.world.root("chown deploy /srv/test/small")
    ran = site.run()
    assert ran.code == 1, ran.everything
    assert statuses(ran)["disk space"] == "fail"
    assert site.world.root("ls -A /srv/test/small") == "filling\n"


def optimistic(site: Site, size: str, taken: int) -> None:
    """A small disk of which `df` says that it has room, until something is unpacked there: it looked before somebody else
    took `taken` bytes. The ledger lies on another one."""
    site.spec("preflight: {scratch: /srv/test/small, reserve: 0, ledger: ledger}")
    site.world.root(f"install -d -o deploy -m 750 {PROD}/ledger")
    site.world.file_system("/srv/test/small", size=size)
    site.world.root(
        "chown deploy /srv/test/small; mv /usr/bin/df /usr/bin/df.away; echo /usr/bin/df >>/world/away; "
        f"head -c {taken} /dev/zero >/srv/test/small/others"
    )
    site.world.put(
        "/usr/bin/df",
        '#!/bin/sh\n[ ! -d /srv/test/small/.docgen*/release ] || exec df.away "$@"\n'
        "echo x; echo none 9000000 0 9000000 0% /srv/test/small\n",
        owner="root",
        mode="755",
    )


def no_go_and_clean(site: Site, ran: Ran, check: str, said: str) -> None:
    assert ran.code == 1, ran.everything
    assert statuses(ran)[check] == "fail"
    assert said in details(ran)[check]
    assert (statuses(ran)["cleanup"], statuses(ran)["server unchanged"]) == ("pass", "pass")
    assert site.world.root("ls -A /srv/test/small") == "filling\nothers\n"
    assert json.loads(site.world.root(f"cat {PROD}/ledger/*.json")) == ran.report


def test_a_disk_that_is_full_before_the_upload_ends(site: Site) -> None:
    bundle = site.bundle(big)
    assert bundle.stat().st_size > 3 * 1024**2
    optimistic(site, "4m", 2500000)
    no_go_and_clean(site, site.run(), "upload", "No space left on device")


def test_a_disk_that_is_full_before_all_is_unpacked(site: Site) -> None:
    """It unpacks to more than `df` promised."""
    site.bundle(lambda tar: add(tar, "zeros", bytes(20 * 1024**2)))
    optimistic(site, "4m", 500000)
    ran = site.run()
    no_go_and_clean(site, ran, "extraction", "The disk is full: /srv/test/small")
    assert statuses(ran)["upload"] == "pass"
    assert statuses(ran)["file artisan"] == "skipped"


def test_a_disk_that_somebody_fills_meanwhile(site: Site) -> None:
    """From when it is unpacked on, another process takes what is left, until nothing is."""
    site.spec("preflight: {scratch: /srv/test/small, reserve: 0}")
    site.world.file_system("/srv/test/small", size="64m")
    site.world.root("chown deploy /srv/test/small")
    del site.files["artisan"]
    waits = b"<?php for ($n = 0; disk_free_space('.') > 0 && $n < 100; $n++) usleep(100000); "
    site.bundle(
        lambda tar: [add(tar, f"zeros{n}", bytes(1024**2)) for n in range(15)] and None,
        artisan=waits + CACHES.removeprefix(b"<?php "),
    )
    eats = "cd /srv/test/small; until [ -d .docgen*/release ]; do :; done; cat /dev/zero >others"
    eater = subprocess.Popen(site.world.enter("sh", "-c", eats), stderr=subprocess.DEVNULL)
    ran = site.run()
    assert eater.wait(10) != 0  # it got all there was
    assert ran.code == 1, ran.everything
    first = ran.report["blocking"][0]
    assert "The disk is full: /srv/test/small" in details(ran)[first], details(ran)
    assert statuses(ran)["cleanup"] == "pass"
    assert site.world.root("ls -A /srv/test/small") == "filling\nothers\n"
    assert len(list((site.world.folder / "ledger").iterdir())) == 1


def many(tar: tarfile.TarFile) -> None:
    for number in range(3000):
        add(tar, f"many/{number}")


HOSTILE: dict[str, Callable[[tarfile.TarFile], None]] = {
    "traversal": lambda tar: add(tar, "../../../../srv/test/owned", b"x"),
    "traversal inside": lambda tar: add(tar, "app/../../owned", b"x"),
    "absolute": lambda tar: add(tar, "/srv/test/owned", b"x"),
    "symlink absolute": lambda tar: add(tar, "l", type_=tarfile.SYMTYPE, link="/srv/test"),
    "symlink up": lambda tar: add(tar, "app/l", type_=tarfile.SYMTYPE, link="../../.."),
    "symlink through a symlink": lambda tar: (
        add(tar, "d", type_=tarfile.SYMTYPE, link="."), add(tar, "e", type_=tarfile.SYMTYPE, link="d/.."),
    )[0],
    "behind a symlink": lambda tar: (
        add(tar, "d", type_=tarfile.SYMTYPE, link="app"), add(tar, "d/owned", b"x"),
    )[0],
    "hard link absolute": lambda tar: add(tar, "h", type_=tarfile.LNKTYPE, link="/etc/passwd"),
    "hard link up": lambda tar: add(tar, "h", type_=tarfile.LNKTYPE, link="../../shared/.env"),
    "hard link to a symlink": lambda tar: (
        add(tar, "app/s", type_=tarfile.SYMTYPE, link="../x"), add(tar, "h", type_=tarfile.LNKTYPE, link="app/s"),
    )[0],
    "device": lambda tar: add(tar, "null", type_=tarfile.CHRTYPE),
    "fifo": lambda tar: add(tar, "pipe", type_=tarfile.FIFOTYPE),
    "new line in a name": lambda tar: add(tar, "a\nb", b"x"),
    "bomb": lambda tar: add(tar, "zeros", bytes(200 * 1024**2)),
    "larger than allowed": lambda tar: add(tar, "zeros", bytes(300 * 1024**2)),
    "thousands of files": many,
}  # fmt: skip


def setuid(tar: tarfile.TarFile) -> None:
    one = tarfile.TarInfo("su")
    one.mode = 0o4755
    tar.addfile(one)


@pytest.mark.parametrize("how", [*HOSTILE, "setuid"])
def test_a_hostile_bundle(untouched: Site, how: str) -> None:
    untouched.spec("preflight: {max-size: 250M, max-members: 2000}")
    untouched.bundle(HOSTILE.get(how, setuid))
    ran = untouched.run()
    assert ran.code == 1, ran.everything
    assert statuses(ran)["bundle content is safe to unpack"] == "fail", details(ran)
    assert statuses(ran)["extraction"] == "skipped"
    assert untouched.world.root("find /srv /var/www -name 'owned*'") == ""


@pytest.mark.parametrize("how", ["cut off", "no archive", "empty", "damaged"])
def test_a_broken_bundle(untouched: Site, how: str) -> None:
    bundle = untouched.bundle()
    whole = bundle.read_bytes()
    middle = len(whole) // 2
    damaged = whole[:middle] + bytes(40) + whole[middle + 40 :]
    changed = {"cut off": whole[:middle], "no archive": b"hello", "empty": b"", "damaged": damaged}[how]
    bundle.write_bytes(changed)
    ran = untouched.run("--sha256", sha256(bundle))
    assert ran.code == 1, ran.everything
    assert statuses(ran)["bundle content is safe to unpack"] == "fail", details(ran)


def test_a_zip_is_no_bundle_and_what_would_be_is_said(untouched: Site) -> None:
    bundle = untouched.bundle()
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.writestr("artisan", "<?php")
    said = details(untouched.run("--sha256", sha256(bundle)))["bundle content is safe to unpack"]
    assert said == "It is no tar archive, be it packed with gzip, bzip2, xz, zstd or not at all."


def test_several_reasons_stand_apart(untouched: Site) -> None:
    def two(tar: tarfile.TarFile) -> None:
        add(tar, "pipe", type_=tarfile.FIFOTYPE)
        add(tar, "/absolute")

    untouched.bundle(two)
    said = details(untouched.run())["bundle content is safe to unpack"]
    first, second = said.split(" · ")
    assert first.endswith("special file: pipe") and second.startswith("It holds an absolute path")


def test_a_gate_in_the_report_is_of_the_release_not_of_a_folder_that_is_gone(untouched: Site) -> None:
    untouched.bundle(without="public/index.php")
    shown = untouched.run("--format", "md", "--lang", "en").stdout
    gate = shown.partition("Gate release-structure")[2].partition("What it left")[0]
    assert "public/index.php" in gate and "artisan" in gate
    assert ".docgen-preflight-" not in gate


@pytest.mark.parametrize("packing", ["none", "bz2", "xz"])
def test_other_packings(untouched: Site, packing: str) -> None:
    bundle = untouched.bundle()
    with tarfile.open(bundle) as old:
        content = [(one.name, old.extractfile(one).read()) for one in old]  # type: ignore[union-attr]
    with tarfile.open(bundle, "w" if packing == "none" else f"w:{packing}") as tar:  # type: ignore[call-overload]
        for name, data in content:
            add(tar, name, data)
    assert untouched.run("--sha256", sha256(bundle)).code == 0


# --- interrupted ------------------------------------------------------------------------------------------------

SLOW = b"<?php if ($argv[1] === '--version') { sleep(60); }"


def slow(site: Site) -> subprocess.Popen[bytes]:
    """A preflight that is at the release's own code, which takes its time."""
    site.files.pop("artisan", None)
    site.bundle(artisan=SLOW)
    process = subprocess.Popen(
        [DOCGEN, "preflight", "--env", "prod", "--bundle", "bundle.tar.gz", "--format", "json"],
        cwd=site.world.folder, env=site.world.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    end = time.monotonic() + 300
    while not any("artisan --version" in row for row in site.world.processes()):
        assert time.monotonic() < end and process.poll() is None, process.communicate()
        time.sleep(0.1)
    assert folders(site.world)
    return process


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130), (signal.SIGKILL, -9)],
)
def test_docgen_is_ended(untouched: Site, number: int, code: int) -> None:
    process = slow(untouched)
    process.send_signal(number)
    said = process.communicate(timeout=600)
    assert process.returncode == code, said
    if code > 0:
        assert folders(untouched.world) == ""  # it waits until the folder is gone
        assert (b"Interrupted." if code == 130 else b"what was on the host or fetched is removed") in said[1]


def test_the_connection_is_cut(untouched: Site) -> None:
    process = slow(untouched)
    untouched.world.root("pkill -KILL -f '[s]shd: deploy'")
    out, err = process.communicate(timeout=600)
    assert process.returncode == 3, (out, err)
    entry = json.loads(out)
    checks = {one["name"]: one["status"] for one in entry["preflight_checks"]}
    assert checks["php artisan --version"] == "unknown"
    assert checks["cleanup"] == "pass"  # seen through another connection
    assert checks["server unchanged"] == "pass"
    assert entry["result"] == "unknown"


def test_the_connection_is_cut_during_the_upload(untouched: Site) -> None:
    untouched.bundle(lambda tar: add(tar, "big", bytes(150 * 1024**2)), level=0)
    process = subprocess.Popen(
        [DOCGEN, "preflight", "--env", "prod", "--bundle", "bundle.tar.gz", "--format", "json"],
        cwd=untouched.world.folder, env=untouched.world.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    end = time.monotonic() + 300
    while not untouched.world.root(
        f"find {PROD}/.docgen-preflight-* -name bundle -size +1M 2>/dev/null || :"
    ):
        assert time.monotonic() < end and process.poll() is None, process.communicate()
    untouched.world.root("pkill -KILL -f '[s]shd: deploy'")
    out, err = process.communicate(timeout=600)
    assert process.returncode == 3, (out, err)
    assert {one["name"]: one["status"] for one in json.loads(out)["preflight_checks"]}["upload"] == "unknown"


def test_the_host_falls_silent(untouched: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its connections stay, and nobody answers: with the real limits it would take 45 seconds."""
    monkeypatch.setattr(host, "BEAT", 1.0)
    monkeypatch.setattr(host, "SILENCE", 4.0)
    monkeypatch.chdir(untouched.world.folder)
    untouched.files.pop("artisan", None)
    untouched.bundle(artisan=SLOW)
    stopped: list[float] = []

    def stop() -> None:
        end = time.monotonic() + 300
        while time.monotonic() < end:
            if any("artisan --version" in row for row in untouched.world.processes()):
                time.sleep(3)  # it is not given up while it answers
                untouched.world.root("pkill -STOP sshd")
                stopped.append(time.monotonic())
                return
            time.sleep(0.1)

    thread = threading.Thread(target=stop)
    thread.start()
    try:
        arguments = ["--env", "prod", "--bundle", "bundle.tar.gz", "--format", "json"]
        ran = CliRunner().invoke(command, arguments)
        took = time.monotonic() - stopped[0]
    finally:
        thread.join()
        untouched.world.root("pkill -CONT sshd")
    # A call that it took and did not answer stays open as long as this process does: here, not where docgen has ended.
    untouched.world.root(r"pkill -KILL -f '^sshd: (\[|unknown|deploy)' || :")
    assert ran.exit_code == 3, ran.output
    assert took < 4 + 5 + 3 * 6, took
    (path,) = (untouched.world.folder / "ledger").iterdir()
    checks = {one["name"]: one for one in json.loads(path.read_text())["preflight_checks"]}
    assert checks["connection"]["detail"] == "The host said nothing for 4 s; it was given up."
    assert checks["php artisan --version"]["status"] == "unknown"
    assert "removes it by itself" in checks["cleanup"]["detail"]


def test_two_at_once(untouched: Site) -> None:
    first = slow(untouched)
    second = untouched.run()
    assert second.code == 75, second.everything
    assert "under way" in second.stderr
    assert first.poll() is None
    first.terminate()
    first.communicate(timeout=600)
    assert not (untouched.world.folder / "ledger").exists()


def test_what_a_guard_could_not_remove_is_found_next_time(site: Site) -> None:
    process = slow(site)
    site.world.root("pkill -STOP -u deploy; pkill -KILL -u deploy")  # none may see the other go
    process.communicate(timeout=600)
    left = folders(site.world).strip()
    assert left
    site.files["artisan"] = subprocess.run(
        site.world.enter("cat", f"{PROD}/releases/{RELEASE}/artisan"), capture_output=True, check=True
    ).stdout
    site.bundle()
    ran = site.run()
    assert ran.code == 0, ran.everything
    assert statuses(ran)["leftover of an earlier run"] == "warn"
    assert left in details(ran)["leftover of an earlier run"]
    assert folders(site.world).strip() == left
    again = site.run("--remove-leftovers")
    assert statuses(again)["leftover of an earlier run"] == "pass"
    assert folders(site.world) == ""


# --- what it leaves ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (f"ln -sfn {PROD}/releases/20251030_181500-3fa2c1d0 {PROD}/current", "current"),
        (f"chmod 600 {PROD}/releases/{RELEASE}/artisan", "mode"),
        (f"touch {PROD}/releases/{RELEASE}/public/index.php", "index.php"),
        (f"echo X=1 >>{PROD}/shared/.env", "content"),
        (f": >{PROD}/shared/storage/app/new", "new"),
        ("sed -i s/MainPID=4242/MainPID=4343/ /run/systemd-stand-in/nginx.service", "MainPID"),
        (f"chmod 777 {PROD}/shared/storage/logs/laravel.log", "mode"),
    ],
    ids=["current", "mode", "touched", "configuration", "new", "service", "mode of a log"],
)
def test_a_difference_is_found_and_named(site: Site, change: str, said: str) -> None:
    section = "sections: [{name: S, environment: prod, components: [{name: C, checks: [service: nginx]}]}]"
    site.spec(rest=GATES.replace("sections: []", section))
    process = slow(site)
    site.world.root(change)
    site.world.root("pkill -KILL -f '[a]rtisan --version'")
    out, _ = process.communicate(timeout=600)
    entry = json.loads(out)
    checks = {one["name"]: one for one in entry["preflight_checks"]}
    assert checks["server unchanged"]["status"] == "fail", entry
    assert "cannot be told apart" in checks["server unchanged"]["detail"]
    assert any(said in one for one in entry["differences"]), entry["differences"]
    assert process.returncode == 1


def test_what_the_application_logs_meanwhile_blocks_nothing(site: Site) -> None:
    log = f"{PROD}/shared/storage/logs/laravel.log"
    site.world.root(f"chmod 666 {log}")
    del site.files["artisan"]
    site.bundle(artisan=CACHES + f"file_put_contents('{log}', 'x', FILE_APPEND);".encode())
    ran = site.run()
    assert ran.code == 0, ran.everything
    assert any("laravel.log" in one for one in ran.report["differences"])


def test_what_a_release_starts_ends_with_it(untouched: Site) -> None:
    del untouched.files["artisan"]
    untouched.bundle(artisan=CACHES + b"exec('setsid sleep 300 >/dev/null 2>&1 &');")
    assert untouched.run().code == 0


def test_folders_that_nobody_may_enter_are_removed_too(untouched: Site) -> None:
    def closed(tar: tarfile.TarFile) -> None:
        one = tarfile.TarInfo("closed")
        one.type, one.mode = tarfile.DIRTYPE, 0o500
        tar.addfile(one)
        add(tar, "closed/file", b"x")

    untouched.bundle(closed)
    untouched.run()


# --- the entry --------------------------------------------------------------------------------------------------


def test_the_entry_in_the_ledger_of_the_host(site: Site) -> None:
    site.world.root(f"install -d -o deploy -m 750 {PROD}/ledger")
    rest = """gates: {release-structure: [file: artisan, file: public/index.php, directory: app]}
sections:
  - name: S
    environment: prod
    components:
      - name: C
        checks:
          - rehearsal: {files: ledger/*.json, gate: release-structure, all: true}
          - ledger: {files: ledger/*.json, requires: [timestamp, host, result, commit, bundle, checks, impact, next_steps]}
"""
    site.spec("preflight: {ledger: ledger}", rest)
    site.bundle()
    ran = site.run("--run", "19003120779")
    assert ran.code == 0, ran.everything
    assert not (site.world.folder / "ledger").exists()
    name = site.world.root(f"ls -A {PROD}/ledger").strip()
    assert name.startswith("deployment_ledger_preflight_")
    assert json.loads(site.world.root(f"cat {PROD}/ledger/{name}")) == ran.report
    assert site.world.root(f"stat -c '%a %U' {PROD}/ledger/{name}") == "640 deploy\n"
    assert ran.report["bundle_info"]["run"] == "19003120779"
    status = site.world.status("--env", "prod")
    assert {c["kind"]: c["status"] for c in status.checks} == {"rehearsal": "ok", "ledger": "ok"}, (
        status.stdout
    )
    site.bundle(without="artisan")
    assert site.run().code == 1
    failed = site.world.status("--env", "prod")
    assert {c["kind"]: c["status"] for c in failed.checks}["rehearsal"] == "fail"


def test_entries_of_the_same_second(site: Site) -> None:
    """Whoever writes it first has the name: nothing is written over, and no entry is lost."""
    site.world.root(f"install -d -o deploy -m 750 {PROD}/ledger")
    rest = GATES.replace(
        "sections: []",
        "sections: [{name: S, environment: prod, components: [{name: C, checks: [ledger: ledger/*.json]}]}]",
    )
    site.spec("preflight: {ledger: ledger}", rest)
    site.bundle()
    # Every name of the next minutes is taken, as if others had just been faster.
    site.world.root(
        f"cd {PROD}/ledger; now=$(date +%s); for s in $(seq 0 120); do "
        "n=deployment_ledger_preflight_$(date -u -d @$((now+s)) +%Y%m%d_%H%M%S); "
        "echo other >$n.json; mkdir ${n}_02.json; done"
    )
    ran = site.run()
    assert ran.code == 0, ran.everything
    name = ran.stderr.strip().rpartition("/")[2]
    assert re.fullmatch(r"deployment_ledger_preflight_\d{8}_\d{6}_03\.json", name), ran.stderr
    assert json.loads(site.world.root(f"cat {PROD}/ledger/{name}")) == ran.report
    assert site.world.root(f"cat {PROD}/ledger/*_??????.json | sort -u") == "other\n"
    assert site.world.root(f"ls -A {PROD}/ledger | grep -c '^[.]' || :") == "0\n"
    again = site.world.root(f"cd {PROD}/ledger; rm -r *_02.json *_??????.json; ls")
    assert again == f"{name}\n"
    status = site.world.status("--env", "prod")
    assert {c["kind"]: c["status"] for c in status.checks} == {"ledger": "ok"}, status.stdout


def test_what_a_program_printed_does_no_harm_in_the_entry(site: Site) -> None:
    site.world.root(f"install -d -o deploy -m 750 {PROD}/ledger")
    rest = GATES.replace(
        "sections: []",
        "sections: [{name: S, environment: prod, components: [{name: C, checks: [ledger: ledger/*.json]}]}]",
    )
    site.spec("preflight: {ledger: ledger}", rest)
    del site.files["artisan"]
    site.bundle(artisan=CACHES + rb"""echo "\x1b]0;owned\x07\u{202e} <script>javascript:x</script>";""")
    ran = site.run()
    assert ran.code == 0, ran.everything
    assert ran.stdout.replace("\n", "").isprintable()
    said = details(ran)["php artisan --version"]
    assert r"\x1b]0;owned\x07\u202e \x3cscript>javascript\x3ax\x3c/script>" in said
    status = site.world.status("--env", "prod")
    assert {c["kind"]: c["status"] for c in status.checks} == {"ledger": "ok"}, status.stdout


def test_an_entry_that_cannot_be_written_is_an_error(site: Site) -> None:
    site.spec("preflight: {ledger: /etc}")
    site.bundle()
    ran = site.run()
    assert ran.code == 4, ran.everything
    assert "/etc: The entry was not written: cannot create /etc/.deployment" in ran.stderr
    assert "Permission denied. The account that logs in must be able to write in /etc." in ran.stderr
    assert ran.report["verdict"] == "go"
    (kept,) = (site.world.folder / "ledger").iterdir()  # beside the spec, so that it is not lost
    assert json.loads(kept.read_text()) == ran.report and str(kept) in ran.stderr
    site.spec("preflight: {ledger: nowhere}")
    ran = site.run()
    assert ran.code == 4, ran.everything
    assert (
        f"there is no such folder. The account that logs in must be able to write in {PROD}/nowhere."
        in ran.stderr
    )


# --- the command ------------------------------------------------------------------------------------------------


def test_nothing_is_contacted_for_the_plan_and_what_runs_is_in_it(untouched: Site) -> None:
    untouched.bundle()
    log = untouched.world.log()
    ran = untouched.run("--plan")
    assert ran.code == 0, ran.everything
    assert untouched.world.log() == log
    for part in ("mkdir -m 700", "rm -rf", "sha256sum", "tar -tvf", "tar -xf", "config:cache", "df -Pk"):
        assert part in ran.stdout, part


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--bundle", "nothing.tar.gz"), "is no file"),
        (("--bundle", "host:there"), "host:/PATH"),
        (("--sha256", "abc"), "64 hexadecimal"),
        (("--env", "nowhere"), "no environment"),
        (("--host", "other"), "no host"),
    ],
)
def test_wrong_usage(site: Site, arguments: tuple[str, ...], said: str) -> None:
    site.bundle()
    log = site.world.log()
    ran = site.run(*arguments)
    assert ran.code == 2, ran.everything
    assert said in ran.stderr
    assert site.world.log() == log


def test_no_gate_is_no_go(untouched: Site) -> None:
    untouched.spec(rest="sections: []\n")
    untouched.bundle()
    ran = untouched.run()
    assert ran.code == 3, ran.everything
    assert statuses(ran)["gates"] == "unknown"


def test_a_host_that_is_down(site: Site) -> None:
    site.bundle()
    site.world.host_down()
    ran = site.run()
    assert ran.code == 3
    assert "refused the connection" in ran.stderr


@pytest.mark.parametrize(
    ("switch", "code", "said"),
    [
        (lambda world: world.missing_tool("flock"), 3, "flock"),
        (lambda world: world.root(f"chown root {PROD}"), 1, "Permission denied"),
        (lambda world: world.root(f"mv {PROD} {PROD}-away"), 1, "No such file"),
    ],
    ids=["no flock", "not writable", "no root"],
)
def test_what_makes_it_impossible(site: Site, switch: Callable[[World], None], code: int, said: str) -> None:
    site.bundle()
    switch(site.world)
    ran = site.run()
    site.world.root(f"[ ! -d {PROD}-away ] || mv {PROD}-away {PROD}")
    assert ran.code == code, ran.everything
    seen = details(ran)["folder of its own"] if code == 1 else ran.stderr
    assert said in seen
    assert "scratch in preflight" in seen if said == "Permission denied" else "scratch" not in seen


def test_who_has_to_decide(site: Site) -> None:
    rest = GATES.replace(
        "sections: []",
        """owner: Release team
sections:
  - name: Freigabe
    environment: prod
    components:
      - name: Approval
        checks:
          - approval: {decision: PROD-DEPLOY FREIGEGEBEN, files: ledger/*.json, by: [anna]}
""",
    )
    site.spec(rest=rest)
    site.bundle()
    ran = site.run("--format", "text", "--lang", "en")
    assert ran.code == 0, ran.everything
    assert "decision is open" in ran.stdout
    assert "anna" in ran.stdout
    assert "Release team" in ran.stdout


def test_all_formats(site: Site) -> None:
    site.bundle(without="app")
    for name in ("report.md", "report.html", "report.pdf", "report.txt"):
        assert (
            site.run("--format", {"txt": "text"}.get(name[-3:], name.partition(".")[2]), "-o", name).code == 1
        )
        content = (site.world.folder / name).read_bytes()
        assert content.startswith(b"%PDF") if name.endswith("pdf") else b"NO-GO" in content


def test_the_shell_of_the_account_is_noisy(site: Site) -> None:
    site.world.noisy_shell()
    site.bundle()
    assert site.run().code == 0


def test_the_environment_file_only_where_the_spec_says_so(untouched: Site) -> None:
    del untouched.files["artisan"]
    code = (
        CACHES
        + b"echo ' ', is_file('.env') ? 'with' : 'without', getenv('HOME') === dirname(__DIR__).'/' ? '' : ' elsewhere';"
    )
    untouched.bundle(artisan=code)
    assert details(untouched.run())["php artisan --version"] == "Laravel Framework 11.46.0 without"
    untouched.spec("preflight: {dotenv: shared/.env}")
    assert details(untouched.run())["php artisan --version"] == "Laravel Framework 11.46.0 with"
