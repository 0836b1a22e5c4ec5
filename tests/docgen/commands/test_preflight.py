"""``docgen preflight`` on this machine: what needs no server."""

from __future__ import annotations

import hashlib
import json
import tarfile
from pathlib import Path

import pytest

from ...world.client import Client


@pytest.fixture
def site(client: Client) -> Client:
    root = client.folder / "app"
    for name in ("releases/1", "shared"):
        (root / name).mkdir(parents=True)
    (root / "current").symlink_to("releases/1")
    client.write("artisan", "<?php")
    with tarfile.open(client.folder / "bundle.tar", "w") as tar:
        tar.add(client.folder / "artisan", "artisan")
    digest = hashlib.sha256((client.folder / "bundle.tar").read_bytes()).hexdigest()
    client.write("bundle.tar.sha256", f"{digest}  bundle.tar\n")
    client.spec(
        "project: App\n"
        "environments: {prod: {host: local, root: app, preflight: {application: false, reserve: 0, configuration: []}}}\n"
        "gates: {structure: [file: artisan]}\n"
    )
    return client


def content(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_go_on_this_machine(site: Client) -> None:
    before = content(site.folder / "app")
    ran = site.docgen("preflight", "--bundle", "bundle.tar", "--ledger", "kept", "--format", "json")
    assert ran.code == 0, ran.everything
    assert ran.report["result"] == "success"
    assert content(site.folder / "app") == before
    (entry,) = (site.folder / "kept").iterdir()
    assert json.loads(entry.read_text()) == ran.report


def test_no_entry_is_written_over(site: Client) -> None:
    for _ in range(3):
        assert site.docgen("preflight", "--bundle", "bundle.tar").code == 0
    kept = content(site.folder / "ledger")
    assert len(kept) == 3
    # By their names they stand in their order, those of the same second, too.
    times = [json.loads((site.folder / "ledger" / name).read_text())["timestamp"] for name in kept]
    assert times == sorted(times)


def test_without_a_checksum_the_verdict_says_so(site: Client) -> None:
    (site.folder / "bundle.tar.sha256").unlink()
    ran = site.docgen("preflight", "--bundle", "bundle.tar", "--format", "md", "--lang", "de")
    assert ran.code == 0 and "**GO, aber nichts belegt, dass das Bundle das gebaute ist" in ran.stdout
    assert "mit der vergleichen, die der Build genannt hat" in ran.stdout


def test_german_and_english_say_the_same(site: Client) -> None:
    english = site.docgen("preflight", "--bundle", "bundle.tar", "--format", "md", "--lang", "en").stdout
    german = site.docgen("preflight", "--bundle", "bundle.tar", "--format", "md", "--lang", "de").stdout
    assert "**GO: everything" in english
    assert "**GO: Alles" in german
    for mark in ("✅", "⚠️", "❌", "❔", "⏳"):
        assert english.count(mark) == german.count(mark), mark


def test_an_unknown_gate_is_named_with_its_line(site: Client) -> None:
    text = (site.folder / "docgen.yml").read_text()
    site.spec(text.replace("application: false", "gates: [structur]"))
    ran = site.docgen("preflight", "--bundle", "bundle.tar")
    assert ran.code == 2
    assert "docgen.yml:2" in ran.stderr
    assert "structure" in ran.stderr
