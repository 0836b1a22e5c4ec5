"""A signed PDF that somebody had his hands on: `docgen verify` says what was done to it, and a file that was made to harm
who verifies it comes to nothing."""

from __future__ import annotations

import io
import random
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from click.testing import CliRunner, Result

from checks.evaluate import evaluate
from checks.spec.documents import Sign
from docgen.cli import main_group
from docgen.pdf import guard, press, sign, verify
from docgen.pdf.carried import origin
from docgen.pdf.ends import ends
from docgen.pdf.opened import opened
from docgen.pdf.sign import Seal, seal
from docgen.renderers import pdf


@pytest.fixture(scope="module")
def own(keys: Any) -> Seal:
    return seal(Sign(certificate="leaf.pem", key="leaf.key"), str(keys.folder))


@pytest.fixture(scope="module")
def base(small: Any, own: Seal) -> bytes:
    """What was written, before it was signed."""
    report, of = evaluate(small.spec, small.snapshot), origin(small.spec, small.snapshot, {})
    return pdf.render(report, "en", of, seal=own._replace(apply=None))


@pytest.fixture(scope="module")
def made(base: bytes, own: Seal) -> bytes:
    return own.signed(base)


@pytest.fixture(autouse=True)
def quick(base: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Writing it again gives the same: that it does is shown elsewhere."""
    (tmp_path / "base.pdf").write_bytes(base)
    versions = opened(tmp_path / "base.pdf").manifest
    assert versions is not None
    monkeypatch.setattr(press, "engine", lambda: versions.engine)
    monkeypatch.setattr(verify, "_again", lambda *_: base)


@pytest.fixture
def verified(tmp_path: Path) -> Callable[..., Result]:
    def run(content: bytes, *options: str) -> Result:
        (tmp_path / "x.pdf").write_bytes(content)
        return CliRunner().invoke(main_group, ["verify", str(tmp_path / "x.pdf"), *options])

    return run


def updated(raw: bytes, change: Callable[[Any], None]) -> bytes:
    """`raw` with an update behind it, as any editor writes one."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(io.BytesIO(raw))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    assert out.getvalue().startswith(raw)
    return out.getvalue()


def other_page(writer: Any) -> None:
    """Another first page."""
    from pyhanko.pdf_utils import generic

    page = writer.root["/Pages"]["/Kids"][0]
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"q Q"))
    writer.update_container(page)


def other_attachment(name: str, change: Callable[[bytes], bytes]) -> Callable[[Any], None]:
    def inner(writer: Any) -> None:
        names = writer.root["/Names"]["/EmbeddedFiles"]["/Names"]
        for at in range(0, len(names), 2):
            if names[at] == name:
                stream = names[at + 1]["/EF"]["/F"]
                stream._data, stream._encoded_data = change(stream.data), None
                writer.update_container(stream)

    return inner


def test_as_it_was_signed_it_holds(made: bytes, verified: Any, keys: Any) -> None:
    ran = verified(made)
    assert ran.exit_code == 0, ran.output
    assert "the signature holds, and is over the whole file" in ran.output
    assert "issued by Example CA (Example Ltd), which was not looked at" in ran.output
    assert "whose key that is, the certificate itself cannot prove" in ran.output
    assert "by its own account: there is no timestamp" in ran.output
    own_root = verified(made, "--trust", str(keys.folder / "leaf.pem"))
    assert own_root.exit_code == 0, own_root.output


def test_who_is_trusted_is_named_by_a_certificate(
    made: bytes, verified: Any, keys: Any, tmp_path: Path
) -> None:
    (tmp_path / "made.pdf").write_bytes(made)
    (tmp_path / "broken.pem").write_bytes((keys.folder / "ca.pem").read_bytes().replace(b"MII", b"MIJ", 1))
    (tmp_path / "empty.pem").write_bytes(b"")
    for wrong in (
        keys.folder / "ca.key",
        *(tmp_path / one for one in ("made.pdf", "broken.pem", "empty.pem")),
    ):
        ran = verified(made, "--trust", str(keys.folder / "ca.pem"), "--trust", str(wrong))
        assert ran.exit_code == 2 and f"--trust {wrong}: that is no certificate" in ran.output, ran.output
    keys.openssl("x509", "-in", "ca.pem", "-outform", "DER", "-out", "ca.der")
    both = (keys.folder / "ca.key").read_text() + (keys.folder / "ca.pem").read_text()
    (tmp_path / "both.pem").write_text(both)
    for right in (keys.folder / "ca.der", tmp_path / "both.pem"):
        assert verified(made, "--trust", str(right)).exit_code == 0


@pytest.mark.parametrize(
    ("usage", "code"),
    [
        ("extendedKeyUsage=serverAuth", 1),
        ("extendedKeyUsage=clientAuth,timeStamping", 1),
        ("keyUsage=digitalSignature\nextendedKeyUsage=serverAuth", 1),
        ("keyUsage=keyEncipherment", 1),
        ("extendedKeyUsage=critical,serverAuth,emailProtection", 0),
        ("extendedKeyUsage=codeSigning", 0),
        ("extendedKeyUsage=anyExtendedKeyUsage", 0),
        ("extendedKeyUsage=1.3.6.1.5.5.7.3.36", 0),
        ("extendedKeyUsage=1.2.840.113583.1.1.5", 0),
        ("extendedKeyUsage=1.3.6.1.4.1.311.10.3.12", 0),
        ("keyUsage=nonRepudiation", 0),
        ("", 0),
    ],
)
def test_a_certificate_for_something_else_is_no_signer_whom_one_trusts(
    small: Any, keys: Any, verified: Any, monkeypatch: pytest.MonkeyPatch, usage: str, code: int
) -> None:
    keys.issued("purpose", "www.example.com", "ca", usage)
    other = seal(Sign(certificate="purpose.pem", key="purpose.key"), str(keys.folder))
    report, of = evaluate(small.spec, small.snapshot), origin(small.spec, small.snapshot, {})
    unsigned = pdf.render(report, "en", of, seal=other._replace(apply=None))
    monkeypatch.setattr(verify, "_again", lambda *_: unsigned)
    made = other.signed(unsigned)
    ran = verified(made, "--trust", str(keys.folder / "ca.pem"))
    assert ran.exit_code == code, ran.output
    if code:
        assert "but is for something else than signing documents" in ran.output
        assert "Nothing was altered, but it is not signed by anybody whom you trust" in ran.output
    assert verified(made, "--trust", str(keys.folder / "purpose.pem")).exit_code == 0
    assert verified(made).exit_code == 0


def test_one_changed_byte_is_found_wherever_it_is(made: bytes, base: bytes, tmp_path: Path) -> None:
    seed = random.Random(3)
    room = made.find(b"/Contents <30") + 11
    hollow = made.find(b"0" * 40, room)
    letter = next(n for n in range(room, hollow) if made[n : n + 1].isalpha())
    places = [(seed.randrange(len(made)), 1 << seed.randrange(7)) for _ in range(24)]
    # The same digit as a small letter, and what fills the room that was kept for the signature.
    places += [(len(base) + 5, 1), (len(made) - 3, 1), (letter, 0x20), (hollow + 50, 1)]
    for place, bit in places:
        broken = bytearray(made)
        broken[place] ^= bit
        (tmp_path / "y.pdf").write_bytes(broken)
        found = verify.verify(opened(tmp_path / "y.pdf"))
        assert any(one.holds is False for one in found), (place, found)


def test_what_frames_the_signature_is_as_it_was_written(made: bytes, tmp_path: Path) -> None:
    """In no signature: lengths, versions, algorithms, and capitals in the name of the issuer."""
    room = made.find(b"/Contents <30") + 10
    issuer = made.rfind(b"Example CA".hex().upper().encode(), room, made.find(b"0" * 40, room))
    algorithm = bytes.fromhex("300d06096086480165030402010500").hex().upper().encode()
    first = made.find(algorithm, room)
    second = made.rfind(algorithm, room, made.find(b"0" * 40, room))
    assert issuer > 0 and 0 < first < second
    places = [
        (room + 7, 1),
        (first - 5, 2),
        (first + 12, 1),
        (first + 29, 1),
        (second + 29, 4),
        (second + 27, 1),
        (issuer, 2),
    ]
    for place, bit in places:
        broken = bytearray(made)
        broken[place] ^= bit
        (tmp_path / "y.pdf").write_bytes(broken)
        found = verify.verify(opened(tmp_path / "y.pdf"))
        assert any(one.holds is False for one in found), (place, found)


def test_a_changed_byte_of_a_page_breaks_the_signature_and_is_placed(made: bytes, verified: Any) -> None:
    with pikepdf.open(io.BytesIO(made)) as document:
        packed = document.pages[1].Contents.read_raw_bytes()
    broken = bytearray(made)
    broken[made.find(packed) + 20] ^= 1
    ran = verified(bytes(broken))
    assert ran.exit_code == 1, ran.output
    assert "in the content of page 2" in ran.output
    assert "the file was changed after it was signed" in ran.output


def test_a_changed_verdict_and_an_exchanged_attachment_in_an_update_are_named(
    made: bytes, verified: Any
) -> None:
    def better(report: bytes) -> bytes:
        return report.replace(b'"verdict": "deviates"', b'"verdict": "conform"', 1)

    ran = verified(updated(made, other_attachment("report.json", better)))
    assert ran.exit_code == 1
    assert "report.json is not the one that the manifest names" in ran.output
    assert "Something was added behind the signature" in ran.output
    ran = verified(updated(made, other_attachment("snapshot.json", lambda _: b"{}")))
    assert ran.exit_code == 1 and "snapshot.json is not the one" in ran.output


def test_another_page_in_an_update_is_named_whoever_signs_it(
    made: bytes, base: bytes, own: Seal, verified: Any
) -> None:
    ran = verified(updated(made, other_page))
    assert ran.exit_code == 1 and "Something was added behind the signature" in ran.output
    ran = verified(own.signed(updated(base, other_page)))
    assert ran.exit_code == 1, ran.output
    assert f"changed before it was signed, from byte {len(base)} on" in ran.output


def test_a_signature_that_brings_another_page_along_is_no_signature(
    base: bytes, own: Seal, verified: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bytes of docgen stand there, and the update behind them, rightly signed, shows something else."""
    from pyhanko.pdf_utils import incremental_writer

    real = incremental_writer.IncrementalPdfFileWriter

    class Hostile(real):  # type: ignore[misc, valid-type]
        def __init__(self, *arguments: Any, **more: Any) -> None:
            super().__init__(*arguments, **more)
            other_page(self)

    with monkeypatch.context() as during:
        during.setattr(incremental_writer, "IncrementalPdfFileWriter", Hostile)
        forged = own.signed(base)
    assert forged.startswith(base) and ends(forged) == [len(base), len(forged)]
    ran = verified(forged)
    assert ran.exit_code == 1 and "What was added with the signature changes page 1" in ran.output, ran.output


def test_a_swapped_or_missing_or_uncalled_for_signature_is_named(
    made: bytes, base: bytes, keys: Any, verified: Any, small: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = seal(Sign(certificate="other.pem", key="other.key"), str(keys.folder))
    ran = verified(other.signed(base))
    assert ran.exit_code == 1
    assert "The signature is by Somebody else" in ran.output and "whom the first page names" in ran.output
    ran = verified(base)
    assert ran.exit_code == 1
    assert "the first page says that Reports of Example Ltd signed" in ran.output
    with monkeypatch.context() as during:
        during.setattr(press, "engine", dict)  # so the pages are not compared
        ran = verified(made, "--trust", str(keys.folder / "other.pem"))
    assert ran.exit_code == 1 and "Nothing was altered" not in ran.output, ran.output
    assert "not signed by anybody whom you trust, and not all of this PDF could be looked at" in ran.output
    monkeypatch.setattr(sign, "FIELD", "Another")
    ran = verified(other.signed(made))
    assert ran.exit_code == 1, ran.output
    unsigned = pdf.render(evaluate(small.spec, small.snapshot), "en", origin(small.spec, small.snapshot, {}))
    monkeypatch.setattr(verify, "_again", lambda *_: unsigned)
    assert verified(unsigned).exit_code == 0
    ran = verified(other.signed(unsigned))
    assert (
        ran.exit_code == 1 and f"added to the file behind its end, from byte {len(unsigned)} on" in ran.output
    )
    ran = verified(unsigned, "--trust", str(keys.folder / "ca.pem"))
    assert (
        ran.exit_code == 1
        and "There is no signature in it" in ran.output
        and "Nothing was altered" in ran.output
    )


def test_what_a_signature_is_stored_in_may_be_anything(made: bytes, base: bytes, tmp_path: Path) -> None:
    """Every byte of the update but those of the signature itself: the reader of signatures meets all of it."""
    tail = made[len(base) :]
    first, last = tail.index(b"/Contents <") + 11, tail.index(b">", tail.index(b"/Contents <"))
    seed = random.Random(5)
    for place in [n for n in range(len(tail)) if not first <= n < last][::61]:
        broken = bytearray(made)
        broken[len(base) + place] ^= 1 << seed.randrange(8)
        (tmp_path / "y.pdf").write_bytes(broken)
        found = verify.verify(opened(tmp_path / "y.pdf"))
        assert any(one.holds is False for one in found), (place, found)


def test_a_file_that_was_cut_off_says_so_wherever(made: bytes, base: bytes, verified: Any) -> None:
    for length in (len(made) - 2, len(made) - 400, len(base) + 100, len(base) - 10, len(base) // 2):
        ran = verified(made[:length])
        assert ran.exit_code == 1, (length, ran.output)
        assert "a part of it is missing" in ran.output
    ran = verified(made + b"\n%%EOF\n")
    assert ran.exit_code == 1, ran.output


def test_what_stands_behind_the_end_of_a_file_is_said_to_be_added(
    made: bytes, base: bytes, small: Any, verified: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    unsigned = pdf.render(evaluate(small.spec, small.snapshot), "en", origin(small.spec, small.snapshot, {}))
    for raw in (made, unsigned):
        monkeypatch.setattr(verify, "_again", lambda *_, raw=raw: base if raw is made else raw)
        for more in (b"\n", b" ", b"\r\n", b"\n% comment\n", b"\n%%EOF\n", b"\0" * 300, unsigned, made):
            ran = verified(raw + more)
            assert ran.exit_code == 1, (more[:20], ran.output)
            assert f"x Something was added to the file behind its end, from byte {len(raw)} on" in ran.output
            assert "missing" not in ran.output and ran.output.count("x ") == 1, (more[:20], ran.output)
    added = updated(made, other_page)
    monkeypatch.setattr(verify, "_again", lambda *_: base)
    ran = verified(added + b"\n")
    assert f"behind its end, from byte {len(added)} on" in ran.output
    assert f"Something was added behind the signature, from byte {len(made)} on" in ran.output


def harmful(name: str, base: bytes) -> bytes:
    """A file that wants more than there is."""
    with pikepdf.open(io.BytesIO(base)) as document:
        if name == "bomb":
            packer = zlib.compressobj(9)
            packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(300)) + packer.flush()
            stream = document.attachments["snapshot.json"].obj["/EF"]["/F"]
            stream.write(packed, filter=pikepdf.Name.FlateDecode)
        elif name == "loop":
            document.pages[0].obj["/Kids"] = document.Root.Pages.Kids
            document.pages[0].obj["/Type"] = pikepdf.Name.Pages
            document.Root.Pages.Kids[0] = document.Root.Pages
        elif name == "names":
            tree = document.Root.Names.EmbeddedFiles
            del tree["/Names"]
            tree["/Kids"] = pikepdf.Array([tree, tree])
        out = io.BytesIO()
        document.save(out)
    return out.getvalue()


@pytest.mark.parametrize("name", ["bomb", "loop", "names"])
def test_a_file_that_was_made_to_harm_comes_to_nothing(name: str, base: bytes, verified: Any) -> None:
    ran = verified(harmful(name, base))
    assert ran.exit_code in (1, 3), ran.output
    assert ran.output.startswith(("x ", "? "))
    if name == "bomb":
        assert "snapshot.json: its content is damaged, or too large" in ran.output


def test_an_expression_that_never_ends_is_ended(
    base: bytes, verified: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import re

    real = verify._judged

    def judged(*arguments: Any) -> Any:
        re.match(r"(a+)+$", "a" * 64 + "b")  # as it may stand in any spec
        return real(*arguments)

    monkeypatch.setattr(verify, "_judged", judged)
    monkeypatch.setattr(guard, "CPU", 1)
    ran = verified(base)
    assert ran.exit_code == 3, ran.output
    assert "it took more than 1 s of computing" in ran.output and "It cannot be told" in ran.output


def test_what_works_on_a_file_ends_in_time_and_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    import os
    import time

    assert guard.guarded(lambda: b"done") == b"done"
    with pytest.raises(RuntimeError, match="ValueError: no"):
        guard.guarded(lambda: bytes([int("no")]) if "no".isdigit() else raising())
    monkeypatch.setattr(guard, "BYTES", 1 << 30)
    assert "memory" in guard.guarded(lambda: bytes(2 << 30)).id  # type: ignore[union-attr]
    assert "broke off" in guard.guarded(lambda: os.kill(os.getpid(), 9) or b"").id  # type: ignore[union-attr]
    monkeypatch.setattr(guard, "SECONDS", 1)
    began = time.monotonic()
    late = guard.guarded(lambda: (time.sleep(60), b"")[1])
    assert late.id == "it took more than {n:int} s" and time.monotonic() - began < 10  # type: ignore[union-attr]


def raising() -> bytes:
    raise ValueError("no")
