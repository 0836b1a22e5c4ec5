"""``docgen publish``, over the bundled example."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from checks.model import Status
from docgen.hub import nights, run
from docgen.hub.folder import Folder
from docgen.i18n import Translator

from ...world.client import Client, Ran
from . import sample


class Hub:
    def __init__(self, folder: Path) -> None:
        self.client, self.path = Client(folder), folder / "hub"

    def publish(self) -> Ran:
        return self.client.docgen(*sample.PUBLISH, "--no-pdf")

    def read(self, name: str) -> str:
        return (self.path / "current" / name).read_text()


@pytest.fixture(scope="module")
def hub(night: Path, tmp_path_factory: pytest.TempPathFactory) -> Hub:
    made = Hub(tmp_path_factory.mktemp("publish"))
    shutil.copytree(night, made.client.folder, symlinks=True, dirs_exist_ok=True)
    return made


def test_every_page_in_both_languages(hub: Hub) -> None:
    release = hub.path / "current"
    pages = {
        lang: {str(p.relative_to(release / lang)) for p in (release / lang).rglob("*.html")}
        for lang in ("de", "en")
    }
    assert pages["de"] == pages["en"] > {
        "index.html", "status-staging.html", "status-prod.html", "deploy-prod.html", "gates.html", "history.html",
        "auditors.html", "release.html", "deployments.html", "exceptions.html", "summary.html",
        "ledger-prod.html", "rollback-prod.html",
    }  # fmt: skip
    assert "completion-prod.html" not in pages["de"], "a report that would not be true is not there"
    components = {
        c["id"].replace("/", ".")
        for s in json.loads(hub.read("en/status.json"))["sections"]
        for c in s["components"]
    }
    assert {f"checks/{one}.html" for one in components} <= pages["de"]
    assert "is not complete" in hub.read("en/index.html")
    assert "url=de/index.html" in hub.read("index.html") or "url=en/index.html" in hub.read("index.html")


def test_every_page_says_until_when_it_is_valid(hub: Hub) -> None:
    release = hub.path / "current"
    until = json.loads(hub.read("manifest.json"))["valid_until"]
    assert until[:16].replace("T", " ") in hub.read("valid.css")
    for language, words in (("de", "gültig bis"), ("en", "valid until")):
        for page in (release / language).rglob("*.html"):
            text = page.read_text()
            said = f"{words} {Translator(language).time(until)}" in text
            # The page of a document stays as it is from one night to the next.
            assert said or ("/documents/" in str(page) and "valid.css" in text and words in text), page


def test_the_manifest_names_every_file(hub: Hub) -> None:
    release = (hub.path / "current").resolve()
    said = json.loads(hub.read("manifest.json"))["files"]
    there = {str(p.relative_to(release)) for p in release.rglob("*") if p.is_file()} - {
        "manifest.json",
        *run.FILES,
    }
    assert set(said) == there
    for name, its in said.items():
        data = (release / name).read_bytes()
        assert (its["sha256"], its["bytes"]) == (hashlib.sha256(data).hexdigest(), len(data))


def test_the_home_page_says_how_it_stands(hub: Hub) -> None:
    page = re.sub(r"<[^>]+>", " ", hub.read("en/index.html"))
    assert "API Gateway: Limited" in page
    assert "a password is required" in page and "m.weber" in page
    assert "89 before the introduction" in page
    german = hub.read("de/index.html")
    for english in ("Environments", "Needs a decision", "Provenance", "Overview"):
        assert english not in german


def test_a_second_night_is_compared_with_the_first(hub: Hub) -> None:
    report = json.loads(hub.read("en/status.json"))
    first = hub.path / "current" / nights.FOLDER
    (file,) = first.glob("*.json")
    one = nights.parse(file.read_bytes())
    assert one and one.snapshot == report["snapshot"]["sha256"]
    better = {id_: Status.OK if status is Status.FAIL else status for id_, status in one.statuses.items()}
    days = [(date.fromisoformat(one.day) - timedelta(days=n)).isoformat() for n in (3, 2)]
    before = one._replace(collected_at=f"{days[0]}T01:00:00.000Z", statuses=better)
    (hub.path / "current" / before.file).write_bytes(nights.dump(before))
    assert hub.publish().code == 1
    page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", hub.read("en/index.html")))
    assert re.search(r"Since the last run ?: [23] newly not met", page), page[:3000]
    assert len(list((hub.path / "current" / nights.FOLDER).glob("*.json"))) == 2
    test_the_manifest_names_every_file(hub)
    history = hub.read("en/history.html")
    assert f"runs/{one.name}.html" in history and "no run" in history
    page = hub.read(f"en/runs/{before.name}.html")
    assert "the oldest run that is kept" in page and hashlib.sha256(nights.dump(before)).hexdigest() in page
    page = hub.read(f"en/runs/{one.name}.html")
    assert f"No run on: {days[1]}, " in page and "is there unaltered" in page
    assert "newly not met" in page and "checks/staging-deployment.permissions-fix.html#" in page
    page = hub.read("en/checks/staging-deployment.permissions-fix.html")
    assert f'<a href="../runs/{one.name}.html">' in page and "86 before the introduction" in page
    for language in ("de", "en"):
        links = re.findall(r'href="([^"]+)"', hub.read(f"{language}/changes.atom"))
        assert f"runs/{one.name}.html" in links
        assert all((hub.path / "current" / language / link).is_file() for link in links)
    back = hub.client.docgen("hub", "rollback", "--to", "hub")
    assert back.code == 0 and "releases" in back.stdout


def test_what_is_no_hub_is_not_rolled_back(hub: Hub) -> None:
    ran = hub.client.docgen("hub", "rollback", "--to", "w")
    assert ran.code == 2 and "is no hub" in ran.stderr


def test_a_second_run_while_one_is_under_way_says_so(hub: Hub) -> None:
    with Folder(hub.path).locked():
        ran = hub.publish()
    assert ran.code == 75 and "another run" in ran.stderr
