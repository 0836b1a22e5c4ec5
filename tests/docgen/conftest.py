"""Small worlds, made once for all tests here, and a browser."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, sync_playwright

from checks import snapshot as snapshots
from checks.collect import collect
from checks.model import Snapshot
from checks.spec import load
from checks.spec.spec import Spec

from .. import shared
from ..world.client import Client
from .hub.handbook import Handbook, written_down

SPEC = """\
project: Shop
language: en
timezone: Europe/Berlin
owner: Platform team
documents: {organisation: Example Ltd, classification: Internal}
secrets:
  hub: {env: DOCGEN_TEST_HUB}
environments:
  prod: {host: local, root: {root}}
  staging: {host: local, root: {root}}
sections:
  - name: Release
    environment: prod
    components:
      - name: Files
        owner: Web team
        checks:
          - file: there.txt
          - file: missing.txt
          - {file: gone.txt, id: excused}
      - name: Größe
        needs: Files
        checks: [{file: after.txt}]
  - name: Rehearsal
    environment: staging
    components:
      - name: Files
        checks: [{file: there.txt}]
exceptions:
  - {check: release/files/excused, until: 2126-01-01, reason: not needed, by: M. Weber}
translations:
  de: {Internal: Intern, Platform team: Plattform-Team}
"""


class Keys(NamedTuple):
    """A key with its self-signed certificate, one of an authority, and one with a passphrase in an archive."""

    folder: Path

    def made(self, name: str, subject: str, *more: str) -> None:
        """A key `name`.key and its certificate `name`.pem, self-signed."""
        self.openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
            "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/O=Example Ltd/CN={subject}", *more,
        )  # fmt: skip
        (self.folder / f"{name}.key").chmod(0o600)

    def issued(self, name: str, subject: str, by: str, usage: str) -> None:
        """A key `name`.key and its certificate `name`.pem with the extension `usage`, issued by `by`."""
        self.openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={subject}",
        )  # fmt: skip
        (self.folder / "ext").write_text(usage + "\n")
        self.openssl(
            "x509", "-req", "-in", f"{name}.csr", "-CA", f"{by}.pem", "-CAkey", f"{by}.key", "-CAcreateserial",
            "-days", "20", "-extfile", "ext", "-out", f"{name}.pem",
        )  # fmt: skip
        (self.folder / f"{name}.key").chmod(0o600)

    def openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    own = Keys(tmp_path_factory.mktemp("keys"))
    own.made("own", "docgen of Example Ltd")
    own.made("other", "Somebody else")
    own.made("ca", "Example CA", "-addext", "basicConstraints=critical,CA:TRUE")
    own.issued("leaf", "Reports of Example Ltd", "ca", "keyUsage=critical,digitalSignature,nonRepudiation")
    own.issued("clock", "Example Clock", "ca", "extendedKeyUsage=critical,timeStamping")
    own.openssl(
        "pkcs12", "-export", "-in", "leaf.pem", "-inkey", "leaf.key", "-certfile", "ca.pem",
        "-passout", "pass:opensesame", "-out", "leaf.p12",
    )  # fmt: skip
    (own.folder / "leaf.p12").chmod(0o600)
    return own


class World(NamedTuple):
    folder: Path
    spec: Spec
    snapshot: Snapshot

    @property
    def config(self) -> str:
        return str(self.folder / "docgen.yml")

    @property
    def saved(self) -> str:
        return str(self.folder / "snapshot.json")


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A spec with what the first page has to show, and its snapshot."""
    folder = tmp_path_factory.mktemp("pdf")
    root = folder / "root"
    root.mkdir()
    (root / "there.txt").write_text("x")
    (folder / "docgen.yml").write_text(SPEC.replace("{root}", str(root)))
    spec = load(folder / "docgen.yml")
    snapshot = collect(spec)
    (folder / "snapshot.json").write_bytes(snapshots.dump(snapshot))
    return World(folder, spec, snapshot)


@pytest.fixture(scope="session")
def demo_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder that ``docgen demo --state`` lays out; who changes something in it takes a copy."""

    def made(state: str) -> Path:
        def make(folder: Path) -> None:
            ran = Client(folder).docgen("demo", "-o", "demo", "--state", state)
            assert ran.code == 0, ran.everything

        return shared.once(tmp_path_factory, f"demo-{state}", make) / "demo"

    return made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For one module: what playwright starts keeps the event loop of the whole process."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.fail("These tests need a browser: sudo apt-get install --yes chromium", pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def handbook(tmp_path_factory: pytest.TempPathFactory) -> Handbook:
    """Hand-written documents, and their PDFs."""
    return written_down(tmp_path_factory.mktemp("handbook"))
