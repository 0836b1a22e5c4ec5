"""``docgen history`` and ``docgen diff``: over records, reports and a snapshot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from checks.model import Light, Status
from docgen.hub import nights
from docgen.hub.nights import Night

from ...world.client import Client

ID = "production/app/file-artisan@web"


def hub(folder: Path, *statuses: Status | None) -> list[Path]:
    """A hub in `folder` with a record for each status of :data:`ID`, one a day; None: no run on that day."""
    (folder / nights.FOLDER).mkdir(parents=True)
    files: list[Path] = []
    before = None
    for day, status in enumerate(statuses, 1):
        if status is None:
            continue
        light = Light.GREEN if status is Status.OK else Light.RED
        raw = nights.dump(
            Night(
                f"2025-11-{day:02}T01:00:00.000Z",
                f"{day:064x}",
                {"prod": light},
                {ID: status, "a/b/c": Status.OK},
                before,
            )
        )
        made = nights.parse(raw)
        assert made
        before = made.sha256
        files.append(folder / made.file)
        files[-1].write_bytes(raw)
    return files


def test_the_runs_with_what_changed_and_the_missing_ones(client: Client) -> None:
    hub(client.folder / "hub", Status.OK, Status.FAIL, None, Status.OK)
    ran = client.docgen("history")
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.stdout.splitlines() == [
        "2025-11-04 01:00 UTC  prod: In order  (1 resolved)",
        "2025-11-03  no run",
        "2025-11-02 01:00 UTC  prod: Critical  (1 newly not met)",
        "2025-11-01 01:00 UTC  prod: In order",
    ]
    ran = client.docgen("history", "hub", "--check", "artisan", "--lang", "de")
    assert ran.stdout.splitlines() == [
        ID,
        "  + Erfüllt: 04.11.2025, 01:00 UTC · 1 Lauf",
        "  x Nicht erfüllt: 02.11.2025, 01:00 UTC · 1 Lauf",
        "  + Erfüllt: 01.11.2025, 01:00 UTC · 1 Lauf",
    ]
    body = json.loads(client.docgen("history", "--check", ID, "-f", "json").stdout)
    assert (body["schema"], body["whole"], [r["link"] for r in body["runs"]]) == (
        "docgen/history/v1", True, ["follows", "follows", "first"],
    )  # fmt: skip
    assert body["checks"][ID][0] == {
        "status": "ok", "first": "2025-11-04T01:00:00.000Z", "last": "2025-11-04T01:00:00.000Z", "runs": 1,
    }  # fmt: skip


@pytest.mark.parametrize("how", ["altered", "taken out"])
def test_a_record_that_is_not_as_it_was(client: Client, how: str) -> None:
    files = hub(client.folder / "hub", Status.OK, Status.FAIL, Status.OK)
    if how == "altered":
        files[1].write_bytes(files[1].read_bytes().replace(b'"fail"', b'"ok"'))
    else:
        files[1].unlink()
    ran = client.docgen("history")
    assert ran.code == 4 and "altered or taken out" in ran.stderr
    assert "is not there, or was altered since" in ran.stdout.splitlines()[1]


def test_what_is_no_hub(client: Client) -> None:
    ran = client.docgen("history", ".")
    assert ran.code == 2 and "remembers no run" in ran.stderr
    hub(client.folder / "hub", Status.OK)
    ran = client.docgen("history", "--check", "nothing")
    assert ran.code == 2 and "no run knew such a check" in ran.stderr


def report(folder: Path, name: str, status: str, actual: str) -> str:
    check = {"id": ID, "status": status, "aspects": [{"expected": "0644", "actual": actual}]}
    body = {
        "schema": "docgen/report/v1",
        "snapshot": {"collected_at": "2025-11-05T01:00:00.000Z", "sha256": "ab"},
        "sections": [{"components": [{"checks": [check]}]}],
    }
    (folder / name).write_text(json.dumps(body))
    return name


def test_two_runs_compared(client: Client) -> None:
    old, new = hub(client.folder / "hub", Status.OK, Status.FAIL)
    ran = client.docgen("diff", old, new)
    assert ran.code == 1
    assert ran.stdout.splitlines() == [
        "2025-11-01 01:00 UTC -> 2025-11-02 01:00 UTC",
        "1 newly not met, 1 unchanged",
        "",
        f"x {ID}: Met -> Not met",
    ]
    same = client.docgen("diff", old, old)
    assert (same.code, same.stdout.splitlines()[1]) == (0, "2 unchanged")
    of = report(client.folder, "report.json", "fail", "0600")
    body = json.loads(client.docgen("diff", new, of, "-f", "json").stdout)
    assert body["changes"] == [{"id": "a/b/c", "before": "ok", "after": None}] and body["unchanged"] == 1


def test_the_same_status_with_other_values(client: Client) -> None:
    old, new = (report(client.folder, f"{mode}.json", "fail", mode) for mode in ("0600", "\x1b[31m0640"))
    assert client.docgen("diff", old, new).code == 0
    ran = client.docgen("diff", old, new, "--values")
    assert ran.code == 1 and f'x {ID}: ["0600"] -> ["\\u001b[31m0640"]' in ran.stdout


def test_a_snapshot_is_judged_and_then_compared(client: Client) -> None:
    (client.folder / "artisan").touch()
    client.spec("project: X\nenvironments: {prod: {host: local, root: .}}\nsections:\n"
                "  - {name: S, environment: prod, components: [{name: C, checks: [file: artisan]}]}\n")  # fmt: skip
    assert client.docgen("status", "--save", "old.json", "-q").code == 0
    (client.folder / "artisan").unlink()
    assert client.docgen("status", "--save", "new.json", "-q").code == 1
    ran = client.docgen("diff", "old.json", "new.json")
    assert ran.code == 1 and "x s/c/file-artisan@local: Met -> Not met" in ran.stdout, ran.everything
    old = client.folder / "old.json"
    old.write_text(old.read_text().replace("artisan", "artison"))
    assert client.docgen("diff", "old.json", "new.json").code == 4


@pytest.mark.parametrize(
    ("content", "said"),
    [("{", "is not JSON"), ('{"schema": "x"}', "found 'x'"), ("[]", "found None"),
     ('{"schema": "docgen/report/v1"}', "no whole report"), ('{"schema": "docgen/night/v1"}', "expected")],
)  # fmt: skip
def test_what_cannot_be_compared(client: Client, content: str, said: str) -> None:
    (client.folder / "x.json").write_text(content)
    ran = client.docgen("diff", "x.json", "x.json")
    assert ran.code == 2 and said in ran.stderr, ran.everything
