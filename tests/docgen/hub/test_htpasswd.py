"""The accounts of a hub: what the command writes, nginx accepts."""

from __future__ import annotations

import base64
import fcntl
import grp
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from docgen.cli import main_group
from docgen.hub import htpasswd, passwords
from docgen.hub.accounts import Account, NoAccount, parse, render

from ...world.machine import cannot

Nginx = Callable[[str, int], Path]
PASSWORD = "correct horse battery"
TODAY = htpasswd.today()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "etc/htpasswd"


def passwd(file: Path, *arguments: str, stdin: str = "") -> Result:
    verb, *rest = arguments
    return CliRunner().invoke(
        main_group, ["hub", "passwd", verb, *rest, "--htpasswd", str(file)], input=stdin or None
    )


def add(file: Path, name: str, *options: str, password: str = PASSWORD) -> Result:
    done = passwd(file, "add", name, "--owner", "Platform team", "--stdin", *options, stdin=f"{password}\n")
    assert done.exit_code == 0, done.output
    return done


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def status(port: int, path: str, name: str = "", password: str = "") -> int:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
    if name:
        pair = base64.b64encode(f"{name}:{password}".encode()).decode()
        request.add_header("Authorization", f"Basic {pair}")
    try:
        with urllib.request.urlopen(request, timeout=600) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_nginx_accepts_what_was_written(file: Path, tmp_path: Path, nginx: Nginx) -> None:
    add(file, "m.weber")
    add(file, "auditor@example.com", "--group", "sudo", password="Überraschung für später")
    made = passwd(file, "add", "robot", "--owner", 'O\'Neil: "ops"; {x}', "--generate").stdout.strip()
    (tmp_path / "www/sudo").mkdir(parents=True)
    for page in ("index.html", "sudo/index.html"):
        (tmp_path / "www" / page).write_text("page")
    port = free_port()
    nginx(
        f"server {{ listen 127.0.0.1:{port}; root {tmp_path}/www; auth_basic hub; auth_basic_user_file {file};\n"
        f"location /sudo/ {{ auth_basic_user_file {file}.sudo; }} }}",
        port,
    )
    who = {"m.weber": PASSWORD, "auditor@example.com": "Überraschung für später", "robot": made}
    assert {n: status(port, "/", n, p) for n, p in who.items()} == dict.fromkeys(who, 200)
    assert {n: status(port, "/", n, p + "x") for n, p in who.items()} == dict.fromkeys(who, 401)
    assert [status(port, "/sudo/", n, p) for n, p in who.items()] == [401, 200, 401]
    assert passwd(file, "remove", "m.weber").exit_code == 0
    assert [status(port, "/", n, p) for n, p in who.items()] == [401, 200, 200]
    assert passwd(file, "remove", "auditor@example.com").exit_code == 0
    assert [status(port, "/sudo/", n, p) for n, p in who.items()] == [401, 401, 401]
    assert status(port, "/") == 401


def test_what_is_made_is_printed_once_and_long(file: Path) -> None:
    done = passwd(file, "add", "robot", "--owner", "ops", "--generate")
    password = done.stdout.strip()
    assert len(set(password)) > 8 and len(password) == 27
    (account,) = htpasswd.read(file)
    assert passwords.fits(password.encode(), account.hash) and not passwords.fits(b"other", account.hash)
    assert account.hash.startswith("$2b$08$"), "what cannot be guessed need not be slow"
    assert password not in file.read_text() + done.stderr
    add(file, "person")
    assert htpasswd.read(file)[1].hash.startswith("$2b$10$")


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("ü" * 37, "has 74 bytes"),
        ("x" * 73, "has 73 bytes"),
        ("short", "at least 12"),
        ("", "at least 12"),
        ("with\x00a zero byte", "cannot be typed"),
        ("with a \x1b[2J escape", "cannot be typed"),
    ],
)
def test_passwords_that_are_refused(password: str, said: str) -> None:
    with pytest.raises(NoAccount, match=said):
        passwords.hashed(password, 8)


def test_72_bytes_count_whole() -> None:
    hash_ = passwords.hashed("x" * 72, 8)
    assert passwords.fits(b"x" * 72, hash_)
    assert not passwords.fits(b"x" * 71 + b"y", hash_) and not passwords.fits(b"x" * 73, hash_)


@pytest.mark.parametrize("cost", ["4", "12", "31"])
def test_costs_that_nginx_would_pay_for_each_picture(file: Path, cost: str) -> None:
    assert passwd(file, "add", "a", "--owner", "x", "--generate", "--cost", cost).exit_code == 2


def test_a_password_is_never_an_argument(file: Path) -> None:
    shown = CliRunner().invoke(main_group, ["hub", "passwd", "add", "--help"]).output
    assert "--password" not in shown
    assert passwd(file, "add", "a", PASSWORD, "--owner", "x").exit_code == 2
    without = passwd(file, "add", "a", "--owner", "x", stdin=PASSWORD)
    assert without.exit_code == 2 and "--stdin or --generate" in without.output
    assert not file.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "a:b", "--owner", "x"),
        ("add", "a b", "--owner", "x"),
        ("add", "#a", "--owner", "x"),
        ("add", "a\nroot", "--owner", "x"),
        ("add", "a", "--owner", "x\nevil:$2b$08$x"),
        ("add", "a", "--owner", " "),
        ("add", "a", "--owner", "x", "--group", "../x"),
        ("add", "a", "--owner", "x", "--group", ""),
        ("add", "a", "--owner", "x", "--until", "2020-01-01"),
        ("add", "a", "--owner", "x", "--until", "soon"),
        ("add", "a"),
        ("add", "a", "--owner", "x", "--stdin"),
        ("remove", "nobody"),
        ("remove",),
    ],
)
def test_nonsense_is_refused(file: Path, arguments: tuple[str, ...]) -> None:
    more = ("--generate",) if arguments[0] == "add" else ()
    done = passwd(file, *arguments, *more)
    assert done.exit_code == 2 or isinstance(done.exception, NoAccount)
    assert not file.exists()


@pytest.mark.parametrize("place", ["hub/htpasswd", "hub/current/htpasswd", "hub/current/de/htpasswd"])
def test_accounts_lie_in_no_hub(tmp_path: Path, place: str) -> None:
    (tmp_path / "hub/releases/1/de").mkdir(parents=True)
    (tmp_path / "hub/current").symlink_to("releases/1")
    ran = passwd(tmp_path / place, "add", "anna", "--owner", "x", "--stdin", stdin=f"{PASSWORD}\n")
    assert ran.exit_code == 2 and "lies within the hub" in ran.output
    assert not list(tmp_path.rglob("*htpasswd*"))


def test_one_that_is_there_is_not_overwritten(file: Path) -> None:
    add(file, "a")
    before = file.read_bytes()
    again = passwd(file, "add", "a", "--owner", "x", "--generate")
    assert again.exit_code == 2 and "--replace" in again.output and file.read_bytes() == before
    add(file, "a", "--replace", "--group", "sudo", password="another long password")
    (account,) = htpasswd.read(file)
    assert passwords.fits(b"another long password", account.hash) and account.groups == ("sudo",)


def test_those_whose_time_is_over_go_with_every_write(file: Path) -> None:
    add(file, "stays", "--until", str(TODAY))
    old = Account("old", passwords.hashed(PASSWORD, 8), "x", TODAY - timedelta(days=1), ("sudo",))
    file.write_text(render([*htpasswd.read(file), old]))
    htpasswd.group_file(file, "sudo").write_text(render([old], "sudo"))
    assert "(expired)" in passwd(file, "list").stdout
    done = add(file, "new")
    assert "time is over: old" in done.stderr
    assert [a.name for a in htpasswd.read(file)] == ["stays", "new"]
    group = htpasswd.group_file(file, "sudo")
    assert htpasswd.read(group) == [] and group.exists(), "without the file nginx would answer with an error"
    file.write_text(render([*htpasswd.read(file), old]))
    assert passwd(file, "remove", "--expired").exit_code == 0
    assert [a.name for a in htpasswd.read(file)] == ["stays", "new"]
    file.write_text(render([*htpasswd.read(file), old]))
    assert htpasswd.prune(file) == ["old"]
    assert htpasswd.prune(file.with_name("none")) == [] and not file.with_name("none").exists()


def test_the_list_has_no_hashes(file: Path) -> None:
    add(file, "a", "--group", "sudo", "--group", "evidence", "--until", "2099-12-31")
    shown = passwd(file, "list").stdout
    assert all(word in shown for word in ("a", "Platform team", "2099-12-31", "evidence, sudo"))
    assert json.loads(passwd(file, "list", "--json").stdout) == [
        {
            "name": "a",
            "owner": "Platform team",
            "until": "2099-12-31",
            "groups": ["evidence", "sudo"],
            "expired": False,
        }
    ]
    assert "$2b$" not in shown


def test_lines_of_others_stay(file: Path) -> None:
    file.parent.mkdir()
    others = "# by hand\nadmin:$apr1$abc$def\nci:$6$salt$hash\n"
    file.write_text(others)
    add(file, "a")
    text = file.read_text()
    assert all(line in text for line in others.splitlines())
    add(file, "b")
    assert file.read_text().count("# by hand") == 1
    file.write_text("half a line\n")
    assert isinstance(passwd(file, "add", "c", "--owner", "x", "--generate").exception, NoAccount)
    assert file.read_text() == "half a line\n"


def test_a_line_says_what_it_was_made_of() -> None:
    account = Account("a", "$2b$08$x", 'It\'s "ours": #1; a=b, c', date(2030, 1, 2), ("one", "two"))
    assert parse(account.line(), "f") == [account]
    assert account.line().split(":")[:2] == ["a", "$2b$08$x"]


def test_mode_owner_and_group(file: Path) -> None:
    add(file, "a", "--group", "sudo")
    assert {oct(p.stat().st_mode & 0o7777) for p in (file, htpasswd.group_file(file, "sudo"))} == {"0o640"}
    if os.geteuid() != 0:
        cannot("only root gives files away")
    www = grp.getgrnam("www-data").gr_gid
    assert file.stat().st_gid == www
    os.chown(file, 12345, 54321)
    file.chmod(0o644)
    add(file, "b", "--group", "late")
    assert (file.stat().st_uid, file.stat().st_gid, file.stat().st_mode & 0o777) == (12345, 54321, 0o640)
    assert htpasswd.group_file(file, "late").stat().st_gid == 54321
    other = file.with_name("other")
    assert passwd(other, "add", "a", "--owner", "x", "--generate", "--web-group", "daemon").exit_code == 0
    assert other.stat().st_gid == grp.getgrnam("daemon").gr_gid
    done = passwd(other.with_name("z"), "add", "a", "--owner", "x", "--generate", "--web-group", "no-such")
    assert done.exit_code == 4 and "no group 'no-such'" in done.output


def test_a_link_stays_a_link(file: Path, tmp_path: Path) -> None:
    add(file, "a")
    link = tmp_path / "link"
    link.symlink_to(file)
    add(link, "b")
    assert link.is_symlink() and [a.name for a in htpasswd.read(file)] == ["a", "b"]


def test_many_at_once_lose_nothing(file: Path) -> None:
    def one(n: int) -> None:
        htpasswd.update(file, lambda all_: [*all_, Account(f"user{n}", "$2b$08$x", "x")])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(40)))
    assert len(htpasswd.read(file)) == 40


def test_who_waits_too_long_is_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(file, "a")
    monkeypatch.setattr(htpasswd, "PATIENCE", 0.1)
    with file.with_name(".htpasswd.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = passwd(file, "add", "b", "--owner", "x", "--generate")
    assert done.exit_code == 75 and "another run" in done.output


WRITER = """
import sys
from pathlib import Path
from docgen.hub import htpasswd
from docgen.hub.accounts import Account
n = 0
while True:
    n += 1
    htpasswd.update(Path(sys.argv[1]), lambda all_: [Account(f"u{i}", "$2b$08$x", "x" * 200) for i in range(100 + n % 2)])
"""


def test_a_run_that_is_killed_leaves_the_old_file_or_the_new_one(file: Path) -> None:
    htpasswd.update(file, lambda _: [Account(f"u{i}", "$2b$08$x", "x" * 200) for i in range(100)])
    for turn in range(12):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(file)])
        time.sleep(0.25 + turn * 0.013)
        assert len(htpasswd.read(file)) in (100, 101)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        assert len(htpasswd.read(file)) in (100, 101)
    add(file, "after")
    assert sorted(p.name for p in file.parent.iterdir()) == [".htpasswd.lock", "htpasswd"]
