"""Small worlds, made once for all tests here, and a browser."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
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

    def listed(self, *revoked: str, by: str = "ca", days: int = 7) -> bytes:
        """The revocation list of `by`, valid from a week ago for that and so many `days`, in which those `revoked` are."""
        issuer = x509.load_pem_x509_certificate((self.folder / f"{by}.pem").read_bytes())
        key: Any = serialization.load_pem_private_key((self.folder / f"{by}.key").read_bytes(), None)
        now = datetime.now(UTC).replace(microsecond=0)
        made = x509.CertificateRevocationListBuilder().issuer_name(issuer.subject)
        made = made.last_update(now - timedelta(days=7)).next_update(now + timedelta(days=days))
        for name in revoked:
            number = x509.load_pem_x509_certificate((self.folder / f"{name}.pem").read_bytes()).serial_number
            one = (
                x509.RevokedCertificateBuilder()
                .serial_number(number)
                .revocation_date(now - timedelta(days=1))
            )
            made = made.add_revoked_certificate(one.build())
        return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

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
    (own.folder / "chain.pem").write_text(
        "".join((own.folder / f"{n}.pem").read_text() for n in ("leaf", "ca"))
    )
    (own.folder / "ca.crl").write_bytes(own.listed())
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


class Clock(BaseHTTPRequestHandler):
    """A timestamp authority of OpenSSL."""

    folder: Path
    url: str
    asked = 0

    def do_POST(self) -> None:
        type(self).asked += 1
        (self.folder / "q.tsq").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
        subprocess.run(
            ["openssl", "ts", "-reply", "-queryfile", "q.tsq", "-signer", "clock.pem", "-inkey", "clock.key",
             "-chain", "ca.pem", "-config", "ts.cnf", "-section", "tsa", "-out", "r.tsr"],
            cwd=self.folder, check=True, capture_output=True,
        )  # fmt: skip
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.end_headers()
        self.wfile.write((self.folder / "r.tsr").read_bytes())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="session")
def clock(keys: Keys) -> Iterator[type[Clock]]:
    """A timestamp authority at ``url``."""
    (keys.folder / "ts.cnf").write_text(
        "[tsa]\nserial = serial\ndefault_policy = 1.2.3.4\ndigests = sha256\nsigner_digest = sha256\n"
        "ess_cert_id_alg = sha256\n"
    )
    (keys.folder / "serial").write_text("01\n")
    Clock.folder = keys.folder
    with HTTPServer(("127.0.0.1", 0), Clock) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        Clock.url = f"http://127.0.0.1:{server.server_port}/"
        yield Clock
        server.shutdown()


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
