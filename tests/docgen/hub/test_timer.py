"""The units and the line that ``docgen hub timer`` writes, held against systemd and a shell."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from docgen.cli import main_group
from docgen.hub import timer

from ...world.machine import cannot

ODD = "x=50% $HOME \"a\" 'b' \\c ; `id` %h"


def write(*arguments: str) -> Result:
    return CliRunner().invoke(main_group, ["hub", "timer", *arguments])


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    if not program:
        cannot("there is no systemd-analyze")
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=600)


def test_systemd_takes_the_units_and_finds_them_tight(tmp_path: Path) -> None:
    done = write(
        "--user", "daemon", "--folder", "/etc", "--write", "/srv/docs", "--htpasswd", "/etc/docgen/htpasswd",
        "--credential", "hub=/etc/docgen/hub.secret", "-o", str(tmp_path), "--", "status", "--var", ODD,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    service, clock = tmp_path / "docgen-hub.service", tmp_path / "docgen-hub.timer"
    verified = analyze("verify", str(clock), str(service))
    assert (verified.returncode, verified.stderr) == (0, "")
    rated = analyze("security", "--offline=true", "--threshold=20", str(service))
    assert rated.returncode == 0, rated.stdout
    assert float(re.findall(r"exposure level for docgen-hub.service: ([\d.]+)", rated.stdout)[0]) < 2


def test_what_stands_in_the_units() -> None:
    done = write(
        "--user", "docgen", "--folder", "/etc/docgen", "--at", "04:30", "--write", "/srv/docs", "--within", "20",
        "--credential", "hub=/run/hub", "--htpasswd", "/etc/docgen/htpasswd", "--name", "nightly",
        "--", "status", "-c", "docgen.yml", "-o", "/srv/docs/index.html",
    )  # fmt: skip
    service, clock = done.stdout.split("# nightly.timer\n")
    docgen = Path(sys.executable).with_name("docgen")
    for line in (
        f"ExecStart={docgen} status -c docgen.yml -o /srv/docs/index.html",
        f"ExecStartPre=-{docgen} hub passwd remove --expired --htpasswd /etc/docgen/htpasswd",
        "User=docgen",
        "WorkingDirectory=/etc/docgen",
        "LoadCredential=hub:/run/hub",
        "ReadWritePaths=/srv/docs",
        "ReadWritePaths=/etc/docgen",
        "TimeoutStartSec=20min",
        "SuccessExitStatus=1 3",
        "ProtectSystem=strict",
        "CacheDirectory=nightly",
        "Environment=XDG_CACHE_HOME=%C/nightly",
    ):
        assert f"\n{line}\n" in service
    assert "\nOnCalendar=*-*-* 04:30:00\n" in clock and "\nPersistent=true\n" in clock
    bare = write("--user", "docgen", "--", "status").stdout
    assert not re.search("ExecStartPre|ReadWritePaths|LoadCredential", bare)


@pytest.mark.parametrize("place", ["/srv/hub", "/tmp/hub", "/var/tmp/hub"])
def test_the_service_sees_what_it_is_to_write_to(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/opt/docgen/bin/python")
    service = write("--user", "docgen", "--folder", "/etc", "--write", place, "--", "status").stdout
    assert ("\nPrivateTmp=yes\n" in service) == (place == "/srv/hub")


def test_with_publish_the_pages_are_looked_after_every_hour(tmp_path: Path) -> None:
    options = (
        "--user",
        "daemon",
        "--folder",
        "/etc",
        "--write",
        "/srv/docs",
        "--htpasswd",
        "/etc/docgen/htpasswd",
    )
    publish = ("publish", "--to", "/srv/docs", "-c", "docgen.yml", "--var", "a=b", "--no-pdf")
    done = write(*options, "-o", str(tmp_path), "--", *publish)
    assert done.exit_code == 0 and "docgen-hub.timer docgen-hub-expire.timer" in done.output, done.output
    service = (tmp_path / "docgen-hub-expire.service").read_text()
    line = "hub expire --to /srv/docs --quiet --config docgen.yml --var a=b\n"
    assert line in service and "ExecStartPre" not in service and "\nReadWritePaths=/srv/docs\n" in service
    assert "\nOnCalendar=*-*-* *:30:00\n" in (tmp_path / "docgen-hub-expire.timer").read_text()
    verified = analyze("verify", *map(str, tmp_path.iterdir()))
    assert (verified.returncode, verified.stderr) == (0, "")
    cron = write(*options[:4], "--cron", "--", *publish).stdout.splitlines()
    assert cron[0].startswith("0 3 * * * cd /etc && ") and cron[1].startswith("30 * * * * cd /etc && ")
    assert f"{cron[1]}\n".endswith(line) and len(cron) == 2
    assert write(*options, "--", "publish", "--nonsense").exit_code == 2


def test_a_word_is_one_word_for_systemd() -> None:
    words = timer.units(run(("status", "--var", ODD)))["docgen-hub.service"]
    line = re.findall("^ExecStart=(.*)$", words, re.MULTILINE)[0]
    assert line.endswith(' status --var "x=50%% $$HOME \\"a\\" \'b\' \\\\c ; `id` %%h"')


SAYS = (sys.executable, "-c", "import json, os, sys; print(json.dumps([os.getcwd(), *sys.argv[1:]]))")


def run(arguments: tuple[str, ...], htpasswd: str | None = None, **more: str) -> timer.Run:
    values = {"name": "docgen-hub", "user": "docgen", "folder": "/etc", "at": "03:05", **more}
    return timer.Run(program=SAYS, arguments=arguments, within=60, htpasswd=htpasswd, **values)


def test_the_line_for_cron_does_the_same() -> None:
    line = timer.crontab(run(("status", "--var", ODD), "/etc/docgen/htpasswd"))
    when, command = line.split(" * * * ")
    assert when == "5 3" and line.count("\n") == 1
    assert not re.search(r"(?<!\\)%", line), "for cron, the line would end there"
    done = subprocess.run(["sh", "-c", command.replace("\\%", "%")], capture_output=True, text=True)
    assert done.stderr == ""
    first, second = map(json.loads, done.stdout.splitlines())
    assert first == ["/etc", "hub", "passwd", "remove", "--expired", "--htpasswd", "/etc/docgen/htpasswd"]
    assert second == ["/etc", "status", "--var", ODD]
    assert "hub passwd" not in timer.crontab(run(("status",)))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--user", "docgen"], "Missing argument"),
        (["--", "status"], "--user"),
        (["--user", "root", "--", "status"], "needs no root"),
        (["--user", "docgen", "--", "reboot"], "no command 'reboot'"),
        (["--user", "a b", "--", "status"], "name of an account"),
        (["--user", "docgen", "--at", "25:00", "--", "status"], "such as 03:00"),
        (["--user", "docgen", "--at", "03:00\nOnBootSec=1", "--", "status"], "such as 03:00"),
        (["--user", "docgen", "--write", "/srv\nUser=root", "--", "status"], "absolute path"),
        (["--user", "docgen", "--write", "srv", "--", "status"], "absolute path"),
        (["--user", "docgen", "--write", "/srv/%h", "--", "status"], "absolute path"),
        (["--user", "docgen", "--folder", "/a b", "--", "status"], "absolute path"),
        (["--user", "docgen", "--credential", "hub", "--", "status"], "NAME=FILE"),
        (["--user", "docgen", "--credential", "a:b=/x", "--", "status"], "name of a credential"),
        (["--user", "docgen", "--name", "../x", "--", "status"], "expected a name"),
        (["--user", "docgen", "--", "status", "a\nb"], "control character"),
        (["--user", "docgen", "--cron", "-o", "/tmp", "--", "status"], "crontab -e"),
        (["--user", "docgen", "--cron", "--credential", "a=/x", "--", "status"], "no credentials"),
        (["--user", "docgen", "-o", "/no/such", "--", "status"], "no folder"),
    ],
)
def test_nonsense_is_refused(arguments: list[str], said: str) -> None:
    done = write(*arguments)
    assert done.exit_code != 0 and said in f"{done.output}{done.exception}" and "[Service]" not in done.output
