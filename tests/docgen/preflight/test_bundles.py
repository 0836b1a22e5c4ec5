"""A bundle from an address, and from the run that built it."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from checks.spec import load
from docgen.i18n import Translator
from docgen.preflight.bundles import NotFetched, fetched, problem

from ...checks.github import BASE, GitHub, artifact
from ...checks.servers import web

DATA = b"\x1f\x8b the bundle"
DIGEST = hashlib.sha256(DATA).hexdigest()
NOTED = f"{DIGEST}  shop.tar.gz\n".encode()
RUNS = f"{BASE}/runs/7/artifacts"


def spec(folder: Path, github: str = "", sections: str = "[]") -> Any:
    path = folder / "docgen.yml"
    path.write_text(
        f"project: T\nenvironments: {{prod: {{host: local, root: /srv}}}}\n{github}\nsections: {sections}\n"
    )
    return load(path)


def why(given: str, its: Any) -> str:
    with pytest.raises(NotFetched) as error, fetched(given, its):
        pass
    return Translator("en").plain(error.value.why)


def test_an_address_with_its_checksum_beside_it(tmp_path: Path) -> None:
    routes = {"/b/shop.tar.gz": (302, {"Location": "/store"}, b""), "/store": (200, {}, DATA),
              "/b/shop.tar.gz.sha256": (200, {}, NOTED)}  # fmt: skip
    with web(routes) as server:
        with fetched(f"{server.url}/b/shop.tar.gz?signature=x", spec(tmp_path)) as got:
            assert (got.file.name, got.file.read_bytes(), got.noted) == ("shop.tar.gz", DATA, DIGEST)
        assert not got.file.parent.exists()
        assert server.requests[-1][1] == "/b/shop.tar.gz.sha256?signature=x"


@pytest.mark.parametrize(
    ("beside", "noted"),
    [((404, {}, b""), None), ((200, {}, b"0" * 64 + b"  other.tar.gz\n"), "–"), ((200, {}, b"<html>"), "–")],
)
def test_what_stands_beside_it(tmp_path: Path, beside: Any, noted: str | None) -> None:
    routes = {"/shop.tar.gz": (200, {}, DATA), "/shop.tar.gz.sha256": beside}
    with web(routes) as server, fetched(f"{server.url}/shop.tar.gz", spec(tmp_path)) as got:
        assert got.noted == noted


@pytest.mark.parametrize(
    ("routes", "said"),
    [
        ({}, "answered 404"),
        ({"/s.tgz": (302, {"Location": "/s.tgz"}, b"")}, "redirects too often"),
        ({"/s.tgz": (302, {"Location": "file:///etc/passwd"}, b"")}, "no https"),
        ({"/s.tgz": (200, {}, DATA), "/s.tgz.sha256": (500, {}, b"")}, "answered 500"),
    ],
)
def test_an_address_that_gives_nothing(tmp_path: Path, routes: dict[str, Any], said: str) -> None:
    with web(routes) as server:
        assert said in why(f"{server.url}/s.tgz", spec(tmp_path))


def test_nobody_listens(tmp_path: Path) -> None:
    said = why("http://127.0.0.1:9/s.tgz?signature=x", spec(tmp_path))
    assert "Connection refused" in said and "signature" not in said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("https://me:secret@example.com/s.tgz", "process list"),
        ("https://example.com/", "address of a file"),
        ("http://example.com/s.tgz?signature=secret", "expected https"),
        ("http://127.0.0.1:8000/s.tgz", "expected https"),
        ("http://localhost/s.tgz", "expected https"),
        ("run:latest", "number of a run"),
        ("run:", "number of a run"),
        ("run:7", "names no repository"),
    ],
)
def test_what_is_refused_before_anything_is_asked(tmp_path: Path, given: str, said: str) -> None:
    wrong = problem(given, spec(tmp_path), None)
    assert wrong and said in wrong and "secret" not in wrong


def test_http_with_a_checksum_will_do(tmp_path: Path) -> None:
    assert problem("http://example.com/s.tgz", spec(tmp_path), DIGEST) is None


def packed(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


WHOLE = packed(**{"shop.tar.gz": DATA, "shop.tar.gz.sha256": NOTED})
BUILD = "[{name: Build, components: [{name: B, checks: [{bundle: {workflow: build.yml, artifact: 'deployment-*'}}]}]}]"


@pytest.fixture
def github() -> Any:
    with GitHub().serving() as served:
        served.answers[RUNS] = {
            "artifacts": [artifact("coverage", id=8), artifact("deployment-1", digest=None)]
        }
        served.answers[f"{BASE}/artifacts/9/zip"] = WHOLE
        yield served


def of(github: GitHub, folder: Path, sections: str = BUILD) -> Any:
    return spec(folder, f"github: {{repository: acme/api-gateway, api: {github.url}}}", sections)


def test_what_a_run_left(tmp_path: Path, github: GitHub) -> None:
    with fetched("run:7", of(github, tmp_path)) as got:
        assert (got.file.name, got.file.read_bytes(), got.noted) == ("shop.tar.gz", DATA, DIGEST)


@pytest.mark.parametrize(
    ("answers", "sections", "said"),
    [
        ({}, "[]", "several artifacts: coverage, deployment-1"),
        ({RUNS: {"artifacts": []}}, BUILD, "left no artifact"),
        ({RUNS: {"artifacts": [artifact("deployment-1", expired=True)]}}, BUILD, "has expired"),
        ({RUNS: {"artifacts": [artifact("deployment-1")]}}, BUILD, "not what the service says"),
        ({RUNS: (404, {}, b"{}")}, BUILD, "the token may not see it"),
        ({f"{BASE}/artifacts/9/zip": b"no zip"}, BUILD, "cannot be opened"),
        ({f"{BASE}/artifacts/9/zip": packed(**{"a.txt": b""})}, BUILD, "holds 0 bundles"),
        ({f"{BASE}/artifacts/9/zip": packed(**{"a.tgz": b"", "b.tgz": b""})}, BUILD, "holds 2 bundles"),
    ],
)
def test_a_run_that_gives_nothing(
    tmp_path: Path, github: GitHub, answers: dict[str, Any], sections: str, said: str
) -> None:
    github.answers |= answers
    assert said in why("run:7", of(github, tmp_path, sections))


def test_a_name_in_the_artifact_leads_nowhere(tmp_path: Path, github: GitHub) -> None:
    github.answers[f"{BASE}/artifacts/9/zip"] = packed(**{"../../../shop.tar.gz": DATA})
    with fetched("run:7", of(github, tmp_path)) as got:
        assert got.file.read_bytes() == DATA and got.file.parent.name.startswith("docgen-bundle-")


def test_of_several_bundles_the_one_with_a_checksum_is_meant(tmp_path: Path, github: GitHub) -> None:
    files = {"assets.zip": b"x", "shop.tar.gz": DATA, "shop.tar.gz.sha256": NOTED}
    github.answers[f"{BASE}/artifacts/9/zip"] = packed(**files)
    with fetched("run:7", of(github, tmp_path)) as got:
        assert (got.file.name, got.noted) == ("shop.tar.gz", DIGEST)


def test_an_artifact_that_was_uploaded_as_it_is_is_the_bundle(tmp_path: Path, github: GitHub) -> None:
    github.answers[RUNS] = {"artifacts": [artifact("../deployment-1", digest=None)]}
    github.answers[f"{BASE}/artifacts/9/zip"] = DATA
    with fetched("run:7", of(github, tmp_path, "[]")) as got:
        assert (got.file.name, got.file.read_bytes(), got.noted) == ("deployment-1.tar.gz", DATA, None)
        assert got.file.parent.name.startswith("docgen-bundle-")
