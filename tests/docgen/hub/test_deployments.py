"""Pages about ledgers, approvals and exceptions, over a release folder of this machine."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest

from checks import snapshot as snapshots
from checks.spec import load
from docgen.hub.build import build

from ...world.client import Client

SPEC = """
project: Shop
language: en
owner: Team
environments: {prod: {title: Production, host: local, root: .}}
exceptions:
  - {check: shop/app/file-gone, reason: It <b>moves</b> later, by: M. Weber, until: 2099-01-31}
  - {check: shop/app/file-there, reason: Long ago, by: N. Otto, until: 2020-01-31}
  - {check: shop/app/file-here, reason: Just in case, by: N. Otto, until: 2099-01-31}
sections:
  - name: Shop
    environment: prod
    components:
      - {name: App, checks: [file: gone, file: there, file: here]}
      - {name: Ledger, checks: [ledger: "ledger/*.json"]}
"""
PREFLIGHT = {
    "timestamp": "2025-11-01T23:10:00Z", "action": "preflight", "environment": "prod", "result": "success",
    "preflight_checks": [
        {"name": "<i>disk</i>", "status": "pass", "detail": "5 GiB free"},
        {"name": "sudo", "status": "fail", "detail": "asks for a password"},
        {"name": "odd", "status": ["x"]}, "no check",
    ],
}  # fmt: skip
DEPLOY = {
    "timestamp": "2025-11-01T22:24:00Z",
    "action": "deploy",
    "environment": "prod",
    "result": "failed",
    "commit": "4144baac",
}


def text(page: bytes) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page.decode())))


def made(client: Client) -> dict[str, bytes]:
    assert client.docgen("status", "--save", "snapshot.json", "-q").code in (0, 1, 3)
    spec = load(client.folder / "docgen.yml")
    return build(spec, snapshots.read(client.folder / "snapshot.json"), [], {}).files


def write(folder: Path, **entries: object) -> None:
    (folder / "ledger").mkdir(exist_ok=True)
    for name, entry in entries.items():
        raw = entry if isinstance(entry, str) else json.dumps(entry)
        (folder / "ledger" / f"{name}.json").write_text(raw)


@pytest.fixture
def files(client: Client) -> dict[str, bytes]:
    client.spec(SPEC)
    (client.folder / "here").touch()
    write(client.folder, a=PREFLIGHT, b=DEPLOY, c="{no json")
    return made(client)


def test_each_entry_has_a_page_that_stays(client: Client, files: dict[str, bytes]) -> None:
    pages = sorted(name for name in files if name.startswith("en/ledger/"))
    assert len(pages) == 3
    assert re.fullmatch(r"en/ledger/prod\.20251101-222400-deploy-[0-9a-f]{8}\.html", pages[0])
    listed = files["en/deployments.html"].decode()
    assert all(name.removeprefix("en/") in listed for name in pages) and "unreadable" in listed
    tried = files[pages[1]].decode()
    assert "&lt;i&gt;disk&lt;/i&gt;" in tried and "<i>disk" not in tried
    assert (
        "failed" in text(files[pages[1]])
        and "asks for a password" in tried
        and "no check" not in tried.split("_raw")[0]
    )
    (client.folder / "ledger/b.json").rename(client.folder / "ledger/moved.json")
    write(client.folder, d={**DEPLOY, "timestamp": "2025-11-02T22:24:00Z"})
    again = made(client)
    assert set(pages[:2]) < set(again), "another name of the file, and a later entry, change no address"


def test_what_a_deployment_waits_for(files: dict[str, bytes]) -> None:
    page = text(files["en/release.html"])
    assert "2025-11-01 23:10 UTC preflight success (rehearsal)" in page
    for empty in (
        "The spec does not say what must be so before a deployment", "No check of the spec is about a decision",
    ):  # fmt: skip
        assert empty in page


def test_exceptions_say_who_and_until_when_and_how_they_stand(files: dict[str, bytes]) -> None:
    page = files["en/exceptions.html"].decode()
    rows = [
        text(row.encode()).strip() for row in re.findall(r"<tr><th scope=\"row\">.*?</tr>", page, re.DOTALL)
    ][:3]
    assert "Long ago N. Otto end of 2020-01-31 ended" in rows[0]
    assert "<b>moves</b>" not in page and "It <b>moves</b> later M. Weber end of 2099-01-31 holds" in rows[1]
    assert "Just in case N. Otto end of 2099-01-31 not needed: nothing deviates" in rows[2]
    assert "No check rests on the word of a person" in page


def test_an_empty_page_says_why(client: Client) -> None:
    client.spec("project: X\nenvironments: {prod: {host: local, root: .}}\nsections:\n"
                "  - {name: S, environment: prod, components: [{name: C, checks: [file: gone]}]}\n")  # fmt: skip
    files = made(client)
    assert "No ledger is declared (kind: ledger), so no deployment is known." in text(
        files["en/deployments.html"]
    )
    assert "no preflight is known" in text(files["en/release.html"])
    assert "The spec declares no exception" in text(files["en/exceptions.html"])
    history = text(files["en/history.html"])
    assert "0 of 1 runs" in history and "has not happened in the runs that are kept" in history
