"""Signatures that are to hold for years: revocation lists, certificates and a timestamp over all of it, in the file."""

from __future__ import annotations

import random
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from click.testing import CliRunner, Result
from pydantic import ValidationError

from checks.evaluate import evaluate
from checks.spec.documents import Sign
from docgen.assets import asset_root
from docgen.cli import main_group
from docgen.pdf import press, revocation, sign, verify
from docgen.pdf.carried import origin
from docgen.pdf.ends import ends
from docgen.pdf.opened import opened
from docgen.pdf.sign import Seal, Unsignable, seal
from docgen.renderers import pdf

from ...checks.servers import closed_port, web


def sealed(
    keys: Any, clock: Any, *lists: str, told: list[str] | None = None, file: str = "chain.pem"
) -> Seal:
    its = Sign(certificate=file, key="leaf.key", timestamp=clock.url, revocation=list(lists))
    return seal(its, str(keys.folder), tell=([] if told is None else told).append)


@pytest.fixture(scope="module")
def base(small: Any, keys: Any, clock: Any) -> bytes:
    """What was written, before it was signed."""
    report, of = evaluate(small.spec, small.snapshot), origin(small.spec, small.snapshot, {})
    return pdf.render(report, "en", of, seal=sealed(keys, clock, "ca.crl")._replace(apply=None))


@pytest.fixture(scope="module")
def made(base: bytes, keys: Any, clock: Any) -> bytes:
    with web({"/ca.crl": (200, {}, (keys.folder / "ca.crl").read_bytes())}) as server:
        own = sealed(keys, clock, f"{server.url}/ca.crl")
        assert [path for _, path, _ in server.requests] == ["/ca.crl"]
    made = own.signed(base)
    assert not own.weak(made)
    return made


@pytest.fixture
def verified(base: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    (tmp_path / "x.pdf").write_bytes(base)
    manifest = opened(tmp_path / "x.pdf").manifest
    assert manifest
    monkeypatch.setattr(press, "engine", lambda: manifest.engine)
    monkeypatch.setattr(verify, "_again", lambda *_: base)  # that it gives the same is shown elsewhere

    def run(content: bytes, *options: str) -> Result:
        (tmp_path / "x.pdf").write_bytes(content)
        return CliRunner().invoke(main_group, ["verify", str(tmp_path / "x.pdf"), *options])

    return run


def test_it_says_since_when_it_is_proved_and_that_nothing_was_revoked(
    base: bytes, made: bytes, keys: Any, verified: Any
) -> None:
    assert made.startswith(base) and len(ends(made)) == 3
    ran = verified(made, "--trust", str(keys.folder / "ca.pem"))
    assert ran.exit_code == 0, ran.output
    assert "is over the whole file up to the timestamp behind it" in ran.output
    assert (
        "PAdES-B-LTA. Timestamp of Example Clock: 20" in ran.output and "it leads to Example CA" in ran.output
    )
    assert "No certificate was revoked, by lists of Example CA (Example Ltd) as of 20" in ran.output
    assert "Reports of Example Ltd signed exactly this file" in ran.output
    assert verified(made).exit_code == 0
    assert verified(made, "--trust", str(keys.folder / "other.pem")).exit_code == 1
    keys.made("ca2", "Example CA", "-addext", "basicConstraints=critical,CA:TRUE")
    ran = verified(made, "--trust", str(keys.folder / "ca2.pem"))  # another one of the same name
    assert ran.exit_code == 1 and "it does not lead to anybody whom you trust" in ran.output, ran.output
    assert "are not enough" not in ran.output and "by lists of Example CA" in ran.output
    german = verified(made, "--lang", "de").output
    assert "Kein Zertifikat war widerrufen, laut Sperrlisten von Example CA" in german


def test_other_readers_take_it(made: bytes, keys: Any, tmp_path: Path) -> None:
    (tmp_path / "x.pdf").write_bytes(made)
    said = subprocess.run(["pdfsig", "-nocert", tmp_path / "x.pdf"], capture_output=True, text=True).stdout
    assert "Signature is Valid" in said and "Total document signed" in said
    with pikepdf.open(tmp_path / "x.pdf") as document:
        assert len(document.Root.DSS.CRLs) == 1 and len(document.Root.DSS.Certs) == 3
    # The script in the audit bundle, which has openssl at most.
    text = (asset_root() / "site/audit/VERIFY.sh").read_text()
    code = re.findall(
        r"^import .*?(?=^LIMIT)|^def signature.*?(?=^snapshot = )", text, re.DOTALL | re.MULTILINE
    )
    words: dict[str, Any] = {}
    exec("\n".join(code), words)
    words["sys"].argv[1:] = [str(keys.folder / "ca.pem"), (keys.folder / "leaf.pem").read_text()]
    assert words["signature"](made)[0] is True
    assert words["signature"](made + b" ")[0] is False
    assert words["signature"](made.replace(b"%PDF-1.7", b"%PDF-1.6", 1))[0] is False


def test_one_changed_byte_behind_the_signature_is_found(made: bytes, verified: Any) -> None:
    _, signed, _ = ends(made)
    for at in random.Random(7).sample(range(signed, len(made) - 2), 12):
        other = bytearray(made)
        other[at] ^= 0x04
        ran = verified(bytes(other))
        assert ran.exit_code == 1 or bytes(other)[at - 1 : at + 1].isalnum(), (at, ran.output)
        assert ran.exit_code in (0, 1, 3)


def test_what_is_added_behind_it_or_with_it_is_named(
    made: bytes, keys: Any, clock: Any, verified: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = verified(made + b"\n% more\n%%EOF\n")
    assert ran.exit_code == 1 and f"behind its end, from byte {len(made)} on" in ran.output, ran.output
    monkeypatch.setattr(sign, "FIELD", "Another")
    ran = verified(sealed(keys, clock).signed(made))
    said = f"Something was added behind the signature, from byte {len(made)} on"
    assert ran.exit_code == 1 and said in ran.output, ran.output
    signed = made[: ends(made)[1]]

    def stamped(change: Callable[[Any], None]) -> bytes:
        from pyhanko.sign.signers import PdfTimeStamper

        from docgen.pdf.stamp import authority
        from docgen.pdf.update import behind, update

        writer = update(signed)
        change(writer)
        made_ = PdfTimeStamper(authority(clock.url), field_name="T").timestamp_pdf(writer, "sha256")
        return behind(signed, made_)

    def other_page(writer: Any) -> None:
        from pyhanko.pdf_utils import generic

        page = writer.find_page_for_modification(0)[0].get_object()
        page[generic.pdf_name("/Contents")] = writer.add_object(
            generic.StreamObject(stream_data=b"0 0 9 9 re f")
        )
        writer.update_container(page)

    ran = verified(stamped(other_page))
    assert ran.exit_code == 1 and "What was added with the signature changes page 1" in ran.output, ran.output
    ran = verified(stamped(lambda writer: None))
    assert ran.exit_code == 1 and "What was added with the signature" in ran.output, ran.output


def test_nothing_is_signed_with_what_was_revoked(keys: Any, clock: Any) -> None:
    (keys.folder / "revoked.crl").write_bytes(keys.listed("leaf"))
    with pytest.raises(Unsignable, match=r"of Reports of Example Ltd was revoked on 20.* Nothing is signed"):
        sealed(keys, clock, "revoked.crl")


def test_an_authority_of_time_that_was_revoked_proves_nothing(
    base: bytes, keys: Any, clock: Any, verified: Any
) -> None:
    (keys.folder / "clock.crl").write_bytes(keys.listed("clock"))
    told: list[str] = []
    own = sealed(keys, clock, "clock.crl", told=told)
    assert len(ends(own.signed(base))) == 2 and len(ends(own.signed(base))) == 2
    assert len(told) == 1 and "Example Clock was revoked" in told[0]


def test_what_the_lists_in_the_file_say_counts(
    base: bytes, keys: Any, clock: Any, verified: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from asn1crypto import crl

    for names, code, said in (
        (("leaf",), 1, "of Reports of Example Ltd was revoked on"),
        (
            (),
            3,
            "? The revocation lists in the file are not enough for the certificate of Reports of Example Ltd.\n",
        ),
    ):
        raw = keys.listed(*names, days=7 if names else -1)
        with monkeypatch.context() as during:
            during.setattr(revocation, "issued", lambda *_, raw=raw: [crl.CertificateList.load(raw)])
            forged = sealed(keys, clock, "ca.crl").signed(base)
        ran = verified(forged, "--trust", str(keys.folder / "ca.pem"))
        assert ran.exit_code == code and said in ran.output, ran.output


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ((404, {}, b""), "answered 404"),
        ((200, {}, b"<html>"), "is no revocation list"),
        ((200, {}, b"0" * (revocation.MOST + 1)), "is larger than 2 MiB"),
        ("expired", "Example"),
        ("other", "Example"),
        (None, "gave no answer"),
    ],
)
def test_without_lists_that_are_enough_it_is_less_and_it_is_said(
    base: bytes, keys: Any, clock: Any, verified: Any, reply: Any, said: str
) -> None:
    content = {"expired": lambda: keys.listed(days=-1), "other": lambda: keys.listed(by="other")}
    answer = (200, {}, content[reply]()) if isinstance(reply, str) else reply
    told: list[str] = []
    with web({"/ca.crl": answer}) as server:
        place = f"{server.url}/ca.crl" if answer else f"http://127.0.0.1:{closed_port()}/ca.crl"
        own = sealed(keys, clock, place, told=told)
    assert len(told) == 1 and "PAdES-B-T instead of B-LTA" in told[0] and said in told[0], told
    signed = own.signed(base)
    assert len(ends(signed)) == 2 and own.weak(signed)
    if reply is None:
        assert "PAdES-B-T. Timestamp of Example Clock" in verified(own.signed(base)).output


def test_what_the_spec_may_say(keys: Any, clock: Any) -> None:
    with pytest.raises(ValidationError, match="needs `timestamp`"):
        Sign.model_validate({"certificate": "a", "key": "b", "revocation": "ca.crl"})
    with pytest.raises(Unsignable, match="no certificate of an authority"):
        sealed(keys, clock, "ca.crl", file="leaf.pem")
    told: list[str] = []
    sealed(keys, clock, "none.crl", told=told)
    assert "none.crl cannot be read" in told[0]
