"""PDFs that are signed: what signs, what it refuses, what the first page says of it, and what readers of PDF make of it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from asn1crypto.x509 import Name
from click.testing import CliRunner, Result
from pydantic import ValidationError

from checks.evaluate import evaluate
from checks.spec.documents import Sign
from docgen.cli import main_group
from docgen.pdf import revocation
from docgen.pdf.carried import origin
from docgen.pdf.press import press
from docgen.pdf.sign import Unsignable, seal
from docgen.renderers import pdf
from docgen.renderers.page import shell

AT = "2026-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def plain() -> bytes:
    return press(f'<html lang="en"><title>x</title><style>{shell("document").style}</style><p>x</p>', AT)


def pdfsig(made: bytes, folder: Path, *options: str) -> str:
    (folder / "x.pdf").write_bytes(made)
    ran = subprocess.run(["pdfsig", *options, str(folder / "x.pdf")], capture_output=True, text=True)
    return ran.stdout + ran.stderr


def test_what_is_signed_is_what_was_there_and_a_signature_behind_it(
    plain: bytes, keys: Any, tmp_path: Path
) -> None:
    own = seal(Sign(certificate="own.pem", key="own.key"), str(keys.folder))
    made = own.signed(plain)
    assert made.startswith(plain) and len(made) > len(plain)
    said = pdfsig(made, tmp_path)
    assert "Signature is Valid" in said and "Total document signed" in said
    assert "ETSI.CAdES.detached" in said and "docgen of Example Ltd" in said


def test_an_archive_with_its_passphrase_signs_too(
    plain: bytes, keys: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("opensesame\n")
    secret.chmod(0o600)
    monkeypatch.setenv("DOCGEN_TEST_PASS", "opensesame")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    for how in ({"file": str(secret)}, {"env": "DOCGEN_TEST_PASS"}, {"credential": "secret"}):
        own = seal(Sign.model_validate({"pkcs12": "leaf.p12", "passphrase": how}), str(keys.folder))
        assert own.name == "Reports of Example Ltd"
    assert "Signature is Valid" in pdfsig(own.signed(plain), tmp_path)


@pytest.mark.parametrize(
    ("sign", "mode", "said"),
    [
        ({"certificate": "own.pem", "key": "own.key"}, 0o640, "can be read by others"),
        ({"certificate": "own.pem", "key": "none.key"}, 0o600, "No such file"),
        ({"certificate": "other.pem", "key": "own.key"}, 0o600, "is not that of the certificate"),
        ({"certificate": "own.key", "key": "own.key"}, 0o600, "cannot be opened"),
        ({"pkcs12": "leaf.p12"}, 0o600, "needs a passphrase"),
        ({"pkcs12": "leaf.p12", "passphrase": {"env": "DOCGEN_TEST_NONE"}}, 0o600, "is not set"),
        ({"pkcs12": "leaf.p12", "passphrase": {"env": "DOCGEN_TEST_PASS"}}, 0o600, "the passphrase is wrong"),
    ],
)
def test_what_cannot_sign_is_refused_with_the_reason(
    keys: Any, monkeypatch: pytest.MonkeyPatch, sign: Any, mode: int, said: str
) -> None:
    monkeypatch.setenv("DOCGEN_TEST_PASS", "guess-me-not")
    (keys.folder / "own.key").chmod(mode)
    try:
        with pytest.raises(Unsignable, match=said) as error:
            seal(Sign.model_validate(sign), str(keys.folder))
    finally:
        (keys.folder / "own.key").chmod(0o600)
    assert "guess-me-not" not in str(error.value)


def test_a_certificate_for_something_else_signs_and_it_is_said(
    keys: Any, plain: bytes, tmp_path: Path
) -> None:
    told: list[str] = []
    keys.issued("tls", "www.example.com", "ca", "extendedKeyUsage=serverAuth")
    its = seal(Sign(certificate="tls.pem", key="tls.key"), str(keys.folder), tell=told.append)
    assert "Signature is Valid" in pdfsig(its.signed(plain), tmp_path)
    assert len(told) == 1 and "tls.pem is for something else than signing documents" in told[0]


def test_a_key_in_the_hub_is_refused_also_behind_a_link(keys: Any, tmp_path: Path) -> None:
    (tmp_path / "link.key").symlink_to(keys.folder / "own.key")
    sign = Sign(certificate=str(keys.folder / "own.pem"), key="link.key")
    with pytest.raises(Unsignable, match="a web server serves"):
        seal(sign, str(tmp_path), keys.folder)
    assert seal(sign, str(tmp_path), tmp_path / "elsewhere").name == "docgen of Example Ltd"


def test_the_spec_names_a_pair_or_an_archive() -> None:
    for wrong in (
        {},
        {"key": "a"},
        {"key": "a", "certificate": "b", "pkcs12": "c"},
        {"timestamp": "ftp://x"},
    ):
        with pytest.raises(ValidationError):
            Sign.model_validate(wrong)


def signing(small: Any, keys: Any, tmp_path: Path, more: str = "") -> Path:
    """The spec of `small`, with what signs."""
    config = tmp_path / "docgen.yml"
    its = f"sign: {{certificate: {keys.folder}/leaf.pem, key: {keys.folder}/leaf.key{more}}}"
    text = Path(small.config).read_text().replace("documents: {", f"documents: {{{its}, ")
    config.write_text(text.replace("host: local, root: ", f"host: local, root: {small.folder}/", 0))
    return config


def docgen(*arguments: str) -> Result:
    return CliRunner().invoke(main_group, list(arguments))


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ({"common_name": "Reports", "organization_name": "Example Ltd"}, "Reports (Example Ltd)"),
        (
            {"common_name": "Reports of Example Ltd", "organization_name": "Example Ltd"},
            "Reports of Example Ltd",
        ),
        ({"organization_name": "Example Ltd"}, "Example Ltd"),
        ({"common_name": "Reports"}, "Reports"),
        ({"country_name": "DE"}, "Country: DE"),
    ],
)
def test_who_signed_is_called_by_name_and_house(subject: dict[str, str], said: str) -> None:
    assert revocation.name(Name.build(subject)) == said


def test_a_report_is_signed_stamped_and_verified(small: Any, keys: Any, clock: Any, tmp_path: Path) -> None:
    config = signing(small, keys, tmp_path, f", timestamp: '{clock.url}'")
    made = tmp_path / "signed.pdf"
    ran = docgen("status", "-c", str(config), "--from", small.saved, "-o", str(made))
    assert ran.exit_code == 1, ran.output
    shown = subprocess.run(["pdftotext", "-l", "1", str(made), "-"], capture_output=True, text=True).stdout
    assert "signed (PAdES) by Reports of Example Ltd" in shown and "Not signed" not in shown
    assert "Signature is Valid" in pdfsig(made.read_bytes(), tmp_path)
    ran = docgen("verify", str(made), "--trust", str(keys.folder / "ca.pem"))
    assert ran.exit_code == 0, ran.output
    assert "Up to the signature behind it, the file is the same to the byte" in ran.output
    assert "PAdES-B-T. Timestamp of Example Clock: 20" in ran.output and "leads to Example CA" in ran.output
    assert "Reports of Example Ltd signed exactly this file" in ran.output
    ran = docgen("verify", str(made), "--trust", str(keys.folder / "other.pem"))
    assert ran.exit_code == 1 and "Nothing was altered" in ran.output and "Altered" not in ran.output
    assert clock.asked >= 1


def test_without_an_answer_there_is_no_timestamp_and_it_is_said(
    plain: bytes, keys: Any, tmp_path: Path
) -> None:
    told: list[str] = []
    sign = Sign(certificate="own.pem", key="own.key", timestamp="http://127.0.0.1:9/")
    its = seal(sign, str(keys.folder), tell=told.append)
    made = its.signed(plain)
    assert "Signature is Valid" in pdfsig(made, tmp_path)
    assert its.signed(plain).startswith(plain)  # and who was silent is not asked again
    assert len(told) == 1 and "gave no timestamp" in told[0]
    assert its.weak(made) and not its.weak(plain)


def test_signing_can_be_left_out_and_asked_for(small: Any, keys: Any, tmp_path: Path) -> None:
    config, made = str(signing(small, keys, tmp_path)), tmp_path / "x.pdf"
    call = ["status", "--from", small.saved, "-o", str(made)]
    assert docgen(*call, "-c", config, "--no-sign").exit_code == 1
    assert b"/ByteRange" not in made.read_bytes()
    ran = docgen(*call, "-c", small.config, "--sign")
    assert ran.exit_code == 2 and "names no key to sign with" in ran.output
    os.chmod(keys.folder / "leaf.key", 0o644)
    try:
        ran = docgen(*call, "-c", config)
    finally:
        os.chmod(keys.folder / "leaf.key", 0o600)
    assert isinstance(ran.exception, Unsignable)


def test_the_key_is_nowhere_in_what_is_made(small: Any, keys: Any) -> None:
    own = seal(Sign(certificate="own.pem", key="own.key"), str(keys.folder))
    report, of = evaluate(small.spec, small.snapshot), origin(small.spec, small.snapshot, {})
    made = pdf.render(report, "en", of, seal=own._replace(apply=None))
    lines = [line for line in (keys.folder / "own.key").read_text().splitlines() if "-" not in line]
    assert lines and not any(line.encode() in made for line in lines)
    assert "PRIVATE" not in repr(own)
