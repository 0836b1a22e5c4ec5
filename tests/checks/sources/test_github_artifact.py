"""The artifact of a run, opened: what was packed, what was built, and what is damaged."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checks.knowledge.archives import as_expression
from checks.model import Fact, Observation, probe
from checks.sources import api, github_artifact, network
from checks.sources.etags import shared

from ...world.strange import Dribbling, Silent
from ..github import BASE, REPOSITORY, GitHub, artifact

NAME = "deployment-bundle-4144baac.tar.gz"
TOKEN = "github_pat_11ABCDEFG0canaryCANARYcanary"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    shared.cache_clear()
    yield
    shared.cache_clear()


@pytest.fixture
def github() -> Iterator[GitHub]:
    with GitHub().serving() as made:
        yield made


def bundle(*names: str) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = 100
            archive.addfile(member, io.BytesIO(name.encode().ljust(100)))
    return made.getvalue()


def packed(content: bytes, noted: str | None = None, name: str = NAME) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, content)
        if noted != "":
            archive.writestr(f"{name}.sha256", noted or f"{hashlib.sha256(content).hexdigest()}  {name}\n")
    return made.getvalue()


def asked(github: GitHub, content: bytes | None = None, **more: Any) -> Fact:
    if content is not None:
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        github.answers[f"{BASE}/runs/7/artifacts"] = {
            "artifacts": [artifact("deployment-bundle-1", **{"digest": digest, **more})]
        }
        github.answers[f"{BASE}/artifacts/9/zip"] = content
    source = {
        "repository": REPOSITORY,
        "api": github.url,
        "token": "{secret.github}",
        "answers": None,
        "checkout": None,
    }
    contains = [as_expression(name) for name in ("artisan", "public/index.php", "app")]
    made = probe("github_artifact", here=True, source=source, workflow="build.yml", branch=None, event=None,
                 artifact="deployment-bundle-*", contains=contains)  # fmt: skip
    (fact,) = network.observe_all([made], network.dial_from_here, {"github": TOKEN}, at_most=1)
    return fact


WHOLE = bundle("./artisan", "./public/index.php", "./app/Kernel.php")


def test_what_is_in_it_and_the_token_stays_at_the_api(github: GitHub) -> None:
    fact = asked(github, packed(WHOLE))
    value = fact.value
    assert (value["name"], value["size"], value["members"], value["broken"]) == (NAME, len(WHOLE), 3, None)
    assert value["found"] == [True, True, True]
    assert value["sha256"] == hashlib.sha256(WHOLE).hexdigest() and value["sha256"] in value["noted"]
    assert f"sha256:{value['packed_sha256']}" == value["artifact"]["digest"]
    stored = [headers for server, _, _, headers in github.requests if server == "storage"]
    assert len(stored) == 1 and "Authorization" not in stored[0]
    assert TOKEN not in fact.model_dump_json()


def test_it_is_downloaded_once(github: GitHub) -> None:
    first = asked(github, packed(WHOLE)).value
    github.requests.clear()
    github.statuses.clear()
    shared.cache_clear()  # another run
    assert asked(github).value == first
    assert set(github.statuses) == {304} and not [s for s, *_ in github.requests if s == "storage"]
    other = asked(github, packed(bundle("./artisan"))).value
    assert other["found"] == [True, False, False]


def test_several_checks_download_it_once(github: GitHub) -> None:
    asked(github, packed(WHOLE))
    shared.cache_clear()
    github.requests.clear()
    source = {"repository": REPOSITORY, "api": github.url, "token": None, "answers": None, "checkout": None}
    args = {
        "source": source,
        "workflow": "build.yml",
        "branch": None,
        "event": None,
        "artifact": "deployment-bundle-*",
    }
    github.answers[f"{BASE}/artifacts/9/zip"] = changed = packed(bundle("artisan"))
    digest = f"sha256:{hashlib.sha256(changed).hexdigest()}"
    github.answers[f"{BASE}/runs/7/artifacts"] = {
        "artifacts": [artifact("deployment-bundle-1", digest=digest)]
    }
    wishes = ([], [as_expression("artisan")], [as_expression("app")])
    made = [probe("github_artifact", here=True, contains=contains, **args) for contains in wishes]
    facts = network.observe_all(made, network.dial_from_here, {}, at_most=8)
    assert [f.value["found"] for f in facts] == [[], [True], [False]]
    assert len([s for s, *_ in github.requests if s == "storage"]) == 1


@pytest.mark.parametrize("cut", [512, 612, 1024 + 100])
def test_cut_off_before_it_was_packed(github: GitHub, cut: int) -> None:
    content = gzip.compress(gzip.decompress(WHOLE)[:cut])
    assert asked(github, packed(content)).value["broken"]


def test_without_a_digest_it_is_downloaded_once_too(github: GitHub) -> None:
    first = asked(github, packed(WHOLE), digest="").value
    shared.cache_clear()
    github.statuses.clear()
    assert asked(github, digest="").value == first and set(github.statuses) == {304}


def test_what_was_not_what_the_service_says_is_not_kept(github: GitHub) -> None:
    asked(github, packed(WHOLE), digest="sha256:" + "0" * 64)
    shared.cache_clear()
    github.requests.clear()
    asked(github)
    assert [s for s, *_ in github.requests if s == "storage"]


def test_a_member_that_is_missing(github: GitHub) -> None:
    assert asked(github, packed(bundle("artisan", "public/index.html", "app/"))).value["found"] == [
        True,
        False,
        True,
    ]


@pytest.mark.parametrize("damage", ["cut", "flipped", "tail", "none"])
def test_what_is_damaged_is_found_whatever_its_checksum_says(github: GitHub, damage: str) -> None:
    content = bytearray(WHOLE)
    if damage == "cut":
        content = content[:-40]
    if damage == "flipped":
        content = bytearray(gzip.compress(gzip.decompress(WHOLE), mtime=0))
        content[-8] ^= 1
    if damage == "tail":
        content = bytearray(gzip.compress(gzip.decompress(WHOLE)[:700]))
    value = asked(github, packed(bytes(content))).value
    assert (value["broken"] is None) is (damage == "none"), value


def test_other_packings(github: GitHub) -> None:
    as_it_is = asked(github, WHOLE).value
    assert (as_it_is["name"], as_it_is["members"], as_it_is["noted"]) == ("", 3, None)
    assert asked(github, b"no zip at all").value["broken"]
    empty = asked(github, packed(b"x", name="readme.txt")).value
    assert (empty["name"], empty["broken"]) == (None, None)
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("artisan", "x")
    assert asked(github, packed(inner.getvalue(), name="b.zip")).value["found"] == [True, False, False]


def test_a_bomb_is_not_unpacked(github: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(github_artifact, "LARGEST", 100_000)
    bomb = io.BytesIO()
    with tarfile.open(fileobj=bomb, mode="w:gz") as archive:
        member = tarfile.TarInfo("artisan")
        member.size = 2_000_000
        archive.addfile(member, io.BytesIO(bytes(member.size)))
    assert "too large" in asked(github, packed(bomb.getvalue())).value["broken"]


def test_none_and_expired(github: GitHub) -> None:
    assert asked(github, packed(WHOLE), expired=True).value["artifact"]["expired"] is True
    github.answers[f"{BASE}/runs/7/artifacts"] = {"artifacts": [artifact("other")]}
    assert asked(github).value["artifact"] is None
    github.answers[f"{BASE}/workflows/build.yml/runs"] = {"workflow_runs": []}
    assert asked(github).value["run"] is None
    github.answers[f"{BASE}/workflows/build.yml/runs"] = (403, {}, b"")
    assert asked(github).observation is Observation.DENIED


def test_a_download_that_falls_silent_is_given_up(github: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "IDLE", 0.3)
    with Silent() as storage:
        github.storage = f"http://127.0.0.1:{storage.port}"
        started = time.monotonic()
        fact = asked(github, packed(WHOLE))
        assert time.monotonic() - started < 5, "its deadline is 10 s"
        assert fact.observation is Observation.TIMEOUT and fact.reason and fact.reason.params["limit"] == 0.3
        assert storage.accepted


def test_an_answer_that_trickles_in_is_no_download(github: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "WHOLE", 1.0)
    with Dribbling() as slow:
        github.url = f"http://127.0.0.1:{slow.port}"
        started = time.monotonic()
        fact = asked(github)
        assert time.monotonic() - started < 5, "its deadline is 10 s"
        assert fact.observation is Observation.TIMEOUT and fact.reason and fact.reason.params["limit"] == 1.0


@pytest.mark.parametrize(("strict", "seconds"), [(False, 300), (True, 10)])
def test_a_download_that_goes_on_outlasts_the_budget_unless_that_is_declared(
    strict: bool, seconds: float
) -> None:
    download = probe("github_artifact", here=True, deadline=300)
    run, page = (probe(verb, here=True, deadline=300) for verb in ("github", "http"))
    budget = network.Budget(10, strict=strict)
    found = [round(budget.deadline(one)) for one in (download, run, page)]
    assert found == [seconds, 10, 300]
    over = network.Budget(0, strict=strict)
    assert [over.deadline(one) for one in (download, run)] == [0, 0]


def test_a_download_that_begins_late_ends_no_later_and_waiting_for_hosts_is_no_slowness(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(network.time, "monotonic", lambda: clock[0])
    download, run = (probe(verb, here=True, deadline=300) for verb in ("github_artifact", "github"))
    budget = network.Budget(120, strict=False)
    clock[0] += 100
    assert (budget.deadline(download), budget.deadline(run)) == (200, 20)
    budget.answered()
    clock[0] += 3600
    budget.resume()
    assert (budget.deadline(download), budget.deadline(run)) == (200, 20)
