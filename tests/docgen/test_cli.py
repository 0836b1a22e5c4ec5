"""The command line: exit codes, streams, errors, as a user meets them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from docgen import exits

DOCGEN = [sys.executable, "-m", "docgen"]
SPEC = """\
project: Shop
environments:
  prod: {host: local, root: ROOT}
sections:
  - name: Basis
    environment: prod
    components:
      - name: Files
        checks: [{file: there}, {file: SECOND, severity: SEVERITY}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "there").write_text("x")
    return tmp_path


def spec(folder: Path, second: str = "there2", severity: str = "high", more: str = "") -> None:
    (folder / "there2").write_text("x")
    text = SPEC.replace("ROOT", str(folder)).replace("SECOND", second).replace("SEVERITY", severity) + more
    (folder / "docgen.yml").write_text(text)


def docgen(folder: Path, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    variables = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TERM")} | env
    return subprocess.run(
        [*DOCGEN, *args],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        timeout=600,
        encoding="utf-8",
    )


@pytest.mark.parametrize(
    ("second", "severity", "args", "code"),
    [
        ("there2", "high", [], exits.OK),
        ("gone", "high", [], exits.DEVIATION),
        ("gone", "low", [], exits.OK),
        ("gone", "low", ["--fail-on", "warn"], exits.DEVIATION),
        ("there2/x/" + "y" * 300, "high", [], exits.DEVIATION),
    ],
)
def test_exit_codes_follow_the_report(
    folder: Path, second: str, severity: str, args: list[str], code: int
) -> None:
    spec(folder, second, severity)
    ran = docgen(folder, "status", "--env", "prod", *args)
    assert ran.returncode == code, ran.stdout + ran.stderr


def test_nothing_checked_is_3_and_never_green(folder: Path) -> None:
    (folder / "docgen.yml").write_text("project: P\nenvironments: {prod: {host: local}}\nsections: []\n")
    ran = docgen(folder, "status", "--format", "json")
    assert ran.returncode == exits.UNDETERMINED
    assert json.loads(ran.stdout)["overall"] == "grey"


def test_an_invalid_spec_is_2_with_every_problem_on_stderr(folder: Path) -> None:
    (folder / "docgen.yml").write_text("project: P\nenviroments: {}\nenvironments: {p: {hosts: []}}\n")
    ran = docgen(folder, "status")
    assert (ran.returncode, ran.stdout) == (exits.USAGE, "")
    assert "docgen.yml:2:1: unknown key `enviroments` (did you mean `environments`?)" in ran.stderr
    assert "docgen.yml:3:27: an empty list of hosts" in ran.stderr
    assert "2 problems; nothing was contacted." in ran.stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["status", "--env", "prd"], "Did you mean 'prod'?"),
        (["status", "--format", "xlsx"], "'xlsx' is not one of"),
        (["stats"], "Did you mean 'status'?"),
        (["deploy"], "No such command 'deploy'"),
        (["status", "--var", "x"], "expected NAME=VALUE"),
        (["status", "-c", "none.yml"], "none.yml:1:1: no such file"),
        (["gate", "x", "--env", "prod"], "has no gate 'x'"),
        (["gate", "x"], "Name either a release folder"),
        (["explain", "nonsense-entirely"], "There is no check or kind"),
        (["status", "--from", "docgen.yml"], "is not JSON"),
        (["status", "-o", "."], "is a directory"),
        (["status", "-c", "."], "is a directory"),
    ],
)
def test_wrong_usage_is_2_and_says_what_to_do(folder: Path, args: list[str], said: str) -> None:
    spec(folder)
    ran = docgen(folder, *args)
    assert ran.returncode == exits.USAGE, ran.stderr
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr


def test_the_spec_is_looked_for_upwards(folder: Path) -> None:
    spec(folder)
    (folder / "a/b").mkdir(parents=True)
    assert docgen(folder / "a/b", "status").returncode == exits.OK
    empty = folder / "empty"
    empty.mkdir()
    (folder / "docgen.yml").unlink()
    assert "Write one with `docgen init`" in docgen(empty, "status").stderr


def test_the_same_snapshot_gives_the_same_bytes_in_every_format(folder: Path) -> None:
    spec(folder, "gone")
    docgen(folder, "status", "--save", "snapshot.json")
    for format_ in ("text", "html", "md", "json", "github"):
        runs = {
            docgen(
                folder, "status", "--from", "snapshot.json", "-f", format_, TZ=zone, COLUMNS=columns
            ).stdout
            for zone, columns in (("Asia/Tokyo", "40"), ("America/New_York", "200"))
        }
        assert len(runs) == 1
        assert "".join(runs)


def test_a_live_run_and_its_snapshot_say_the_same(folder: Path) -> None:
    spec(folder, "gone")
    live = docgen(folder, "status", "--save", "snapshot.json", "-f", "json")
    assert docgen(folder, "status", "--from", "snapshot.json", "-f", "json").stdout == live.stdout


def test_an_altered_snapshot_is_refused(folder: Path) -> None:
    spec(folder)
    docgen(folder, "status", "--save", "snapshot.json")
    path = folder / "snapshot.json"
    path.write_text(path.read_text().replace('"size":1', '"size":2', 1))
    ran = docgen(folder, "status", "--from", "snapshot.json")
    assert ran.returncode == exits.INTERNAL
    assert "was altered" in ran.stderr


def test_what_cannot_be_written_is_4_and_leaves_the_old_file(folder: Path) -> None:
    spec(folder)
    ran = docgen(folder, "status", "-o", "no/such/folder.html")
    assert ran.returncode == exits.INTERNAL
    assert "could not be written" in ran.stderr


def test_a_reader_that_goes_away_is_no_error(folder: Path) -> None:
    spec(folder)
    done = subprocess.run(
        f"{sys.executable} -m docgen status -v | head -1",
        shell=True,
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert "Shop" in done.stdout
    assert done.stderr == ""


def test_it_works_with_the_environment_of_cron(folder: Path) -> None:
    spec(folder)
    done = subprocess.run(
        [*DOCGEN, "status", "-o", "status.md", "--lang", "de"],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": "/", "LC_ALL": "POSIX"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == exits.OK, done.stderr
    assert "✅" in (folder / "status.md").read_text("utf-8")


def test_quiet_is_one_line_per_environment(folder: Path) -> None:
    spec(folder, "gone")
    ran = docgen(folder, "status", "-q")
    assert ran.stdout == "! prod: limited. Files: file gone: missing.\n"


def test_a_gate_runs_on_a_folder_and_on_the_live_release(folder: Path) -> None:
    spec(folder, more="gates:\n  structure: [{file: artisan}, {directory: app}]\n")
    release = folder / "current"
    (release / "app").mkdir(parents=True)
    assert docgen(folder, "gate", "structure", str(release)).returncode == exits.DEVIATION
    (release / "artisan").write_text("x")
    assert docgen(folder, "gate", "structure", str(release)).returncode == exits.OK
    assert docgen(folder, "gate", "structure", "--env", "prod").returncode == exits.OK


def test_explain_says_where_values_come_from_and_what_was_seen(folder: Path) -> None:
    spec(folder, "'{name}'", more="variables: {name: gone}\n")
    docgen(folder, "status", "--save", "s.json")
    said = docgen(folder, "explain", "files/file-name", "--from", "s.json").stdout
    for expected in (
        "docgen.yml:9:",
        "{name} = gone (variables of the spec)",
        "Not met",
        "missing",
        "stat -c",
    ):
        assert expected in said
    assert "A regular file is present" in docgen(folder, "explain", "file").stdout


def test_the_plan_is_what_runs(folder: Path) -> None:
    spec(folder)
    plan = json.loads(docgen(folder, "plan", "-f", "json").stdout)
    (host,) = plan["hosts"]
    assert host["id"] == "prod/local"
    assert [c["argv"][0] for c in host["commands"]] == ["sh", "stat", "sh"]
    assert f"{folder}/there" in docgen(folder, "plan").stdout


def test_the_schema_admits_the_spec_and_not_a_wrong_one(folder: Path) -> None:
    import jsonschema
    import yaml

    spec(folder)
    schema = json.loads(docgen(folder, "schema").stdout)
    good = yaml.safe_load((folder / "docgen.yml").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(good, schema)
    good["sections"][0]["components"][0]["checks"].append({"fil": "x"})
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(good, schema)


def test_explain_is_german_where_readers_look(folder: Path) -> None:
    spec(folder, "gone", more="translations: {de: {Files: Dateien}}\n")
    docgen(folder, "status", "--save", "s.json")
    said = docgen(folder, "explain", "files/file-gone", "--from", "s.json", "--lang", "de").stdout
    for expected in (
        "Eine reguläre Datei ist vorhanden",
        "hoch (aus der Prüfung)",
        "festgelegt in",
        "Nicht erfüllt",
        "nachweislich nicht vorhanden",
    ):
        assert expected in said
    for english in ("declared at", "severity", "seen ", "proven absent", "A regular file"):
        assert english not in said
    why = said.split("warum", 1)[1].split("festgelegt in", 1)[0]
    assert max(map(len, why.splitlines())) <= 100
    assert "Eine reguläre Datei" in docgen(folder, "explain", "--lang", "de").stdout


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="needs /dev/full")
@pytest.mark.parametrize("unbuffered", ["1", ""])
@pytest.mark.parametrize("args", [["status"], ["plan"], ["schema"], ["explain"], ["--help"]])
def test_a_full_disk_is_4_and_named(
    folder: Path, args: list[str], unbuffered: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec(folder)
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [*DOCGEN, *args], cwd=folder, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60
        )
    assert ran.returncode == exits.INTERNAL
    assert ran.stderr == "docgen: the output could not be written: No space left on device\n"


def test_what_is_no_file_is_written_to_and_not_replaced(folder: Path) -> None:
    spec(folder)
    pipe, link = folder / "pipe", folder / "link"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE, text=True) as reader:
        assert docgen(folder, "status", "-o", "pipe", "-f", "md").returncode == exits.OK
        assert reader.stdout is not None
        assert reader.stdout.read().startswith("# Shop")
    assert pipe.is_fifo()
    link.symlink_to("real.md")
    assert docgen(folder, "status", "-o", "link", "-f", "md").returncode == exits.OK
    assert link.is_symlink()
    assert (folder / "real.md").read_text().startswith("# Shop")
