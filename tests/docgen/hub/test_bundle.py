"""The PDFs of a hub are made once; the bundle of them verifies itself with what every machine has, and says what was
changed in it."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from checks import snapshot as snapshots
from checks.errors import DocgenError
from checks.evaluate import evaluate
from checks.spec.documents import Sign
from docgen.documents import composed
from docgen.documents.interface import Source
from docgen.hub.bundle import bundle
from docgen.hub.papers import jobs, listed, papers
from docgen.i18n import LANGUAGES
from docgen.pdf.carried import origin
from docgen.pdf.receipt import looked
from docgen.pdf.sign import seal
from docgen.renderers import render


class Packed(NamedTuple):
    """``made`` makes the bundle again, ``pdfs`` are the paths that were made, in their order; ``unsigned`` is the same
    that nobody signed."""

    file: bytes
    unsigned: bytes
    made: Callable[[], tuple[Any, bytes]]
    pdfs: list[str]
    papers: list[Any]


@pytest.fixture(scope="module")
def packed(small: Any, keys: Any, tmp_path_factory: pytest.TempPathFactory) -> Packed:
    cache = tmp_path_factory.mktemp("cache")
    own = seal(Sign(certificate="leaf.pem", key="leaf.key"), str(keys.folder))
    report, of = evaluate(small.spec, small.snapshot), origin(small.spec, small.snapshot, {})
    document = composed("summary", Source(small.spec, small.snapshot, report, None))
    wanted = jobs({"summary": document}, report, {}, of, own)
    told: list[str] = []
    first = papers(wanted, cache, told.append)
    (cache / "old.pdf").write_bytes(b"")
    assert papers(wanted, cache, told.append) == first
    files = {f"{one}/status.json": render(report, "json", one).encode() for one in LANGUAGES}
    files["snapshot.json"] = snapshots.dump(small.snapshot)

    def made() -> tuple[Any, bytes]:
        return bundle(files, papers(wanted, cache, told.append), of.raw, report, ["2026-01-01"], own, cache)

    (_, file), again = made(), made()
    assert again[1] == file
    assert not (cache / "old.pdf").exists()
    seen, altered = list(told), next(cache.glob("*.pdf"))
    altered.write_bytes(altered.read_bytes().replace(b"%PDF", b"%PdF"))
    again_made = papers(wanted, cache, told.append)
    # Signed anew, it has other bytes; what was altered is in none.
    assert all(one.data.startswith(b"%PDF") for one in again_made.values())
    assert len(told) == len(seen) + 1, "that one alone is made again"
    elsewhere = tmp_path_factory.mktemp("unsigned")
    plain = papers(jobs({"summary": document}, report, {}, of), elsewhere, told.append)
    _, unsigned = bundle(files, plain, of.raw, report, ["2026-01-01"], None, elsewhere)
    return Packed(file, unsigned, made, seen, listed(wanted, first, "de"))


def laid_out(packed: bytes, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(packed)) as file:
        file.extractall(folder)
    (found,) = folder.glob("audit-*")
    return found


@pytest.fixture
def unpacked(packed: Packed, tmp_path: Path) -> Path:
    return laid_out(packed.file, tmp_path)


def verify(folder: Path, *more: str, shell: str = "sh", path: str | None = None, **given: str) -> Any:
    environment = {**os.environ, "PATH": path or os.environ["PATH"], **given}
    program = shutil.which(shell) or shell
    command = [program, *(["sh"] if shell == "busybox" else []), str(folder / "VERIFY.sh"), *more]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd="/")


def test_each_pdf_is_made_once_and_counted(packed: Packed) -> None:
    assert sorted(packed.pdfs) == ["de/summary.pdf", "en/summary.pdf"]
    (one,) = packed.papers
    assert one.pages >= 2 and one.size > 10_000 and len(one.sha256) == 64


def test_what_is_in_it(packed: Packed, unpacked: Path, small: Any) -> None:
    told, file = packed.made()
    assert (told.size, told.sha256) == (len(file), hashlib.sha256(file).hexdigest())
    names = {str(one.relative_to(unpacked)) for one in unpacked.rglob("*") if one.is_file()}
    assert told.inside == len(names)
    assert names == {
        "README.txt", "SHA256SUMS", "SHA256SUMS.p7s", "VERIFY.sh", "certificate.pem", "de/status.json",
        "de/summary.pdf", "en/status.json", "en/summary.pdf", "manifest.json", "receipts.json", "snapshot.json",
        "spec.yml",
    }  # fmt: skip
    manifest = json.loads((unpacked / "manifest.json").read_bytes())
    for name, its in manifest["files"].items():
        data = (unpacked / name).read_bytes()
        assert (its["bytes"], its["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    assert manifest["snapshot"] == small.snapshot.sha256 and manifest["files"]["de/summary.pdf"]["pages"] >= 2
    receipts = json.loads((unpacked / "receipts.json").read_bytes())
    programs = [one["by"].split()[0] for one in receipts["files"]["de/summary.pdf"]["checks"]]
    assert programs == ["qpdf", "docgen", "pdfsig"] and "no validator ran" in receipts["not_looked_at"]


def test_it_verifies_itself_with_any_shell(unpacked: Path, keys: Any) -> None:
    for shell in ("sh", "dash", "bash", "busybox"):
        ran = verify(unpacked, shell=shell)
        assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout + ran.stderr
        assert "+ 11 files, as SHA256SUMS says" in ran.stdout and "CN = Reports of Example Ltd" in ran.stdout
        assert "2 of 2 PDFs are signed, and the signatures hold" in ran.stdout
    ran = verify(unpacked, "--trust", str(keys.folder / "ca.pem"))
    assert ran.returncode == 0 and "by the word of an authority that you trust" in ran.stdout, ran.stdout
    ran = verify(unpacked, "--trust", str(keys.folder / "other.pem"))
    assert ran.returncode == 1 and "not by whom you trust" in ran.stdout, ran.stdout


def bare(folder: Path) -> Path:
    """A folder with no more programs than every machine has."""
    (folder / "bare").mkdir()
    for name in (
        "sh",
        "sha256sum",
        "cut",
        "dirname",
        "basename",
        "find",
        "sed",
        "sort",
        "uniq",
        "tr",
        "grep",
        "cat",
    ):
        (folder / "bare" / name).symlink_to(shutil.which(name) or "")
    return folder / "bare"


def test_who_is_trusted_is_named_by_a_certificate(unpacked: Path, keys: Any) -> None:
    for wrong in (keys.folder / "ca.key", unpacked / "en/summary.pdf", unpacked / "none.pem"):
        ran = verify(unpacked, "--trust", str(wrong))
        assert ran.returncode == 2 and "certificate" in ran.stderr and not ran.stdout, ran.stdout


def test_what_it_could_not_look_at_it_says(unpacked: Path, tmp_path: Path) -> None:
    ran = verify(unpacked, path=str(bare(tmp_path)))
    assert ran.returncode == 3, ran.stdout + ran.stderr
    assert "openssl is missing" in ran.stdout and "python3 is missing" in ran.stdout


def sealed_anew(folder: Path, name: str) -> None:
    """`name`, as whoever has no key would make it fit."""
    sums = (folder / "SHA256SUMS").read_text().splitlines()
    digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    kept = [line for line in sums if not line.endswith(f"  {name}")]
    (folder / "SHA256SUMS").write_text("\n".join(sorted([*kept, f"{digest}  {name}"])) + "\n")


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def test_it_says_what_was_changed(unpacked: Path) -> None:
    def wrong(*said: str) -> None:
        ran = verify(unpacked)
        assert ran.returncode == 1, ran.stdout + ran.stderr
        assert all(one in ran.stdout for one in said), ran.stdout

    (unpacked / "more.txt").write_text("x")
    wrong("x more.txt was added")
    (unpacked / "more.txt").unlink()
    assert verify(unpacked).returncode == 0
    pdf = unpacked / "en/summary.pdf"
    flip(pdf, 5000)
    wrong("x en/summary.pdf was altered or exchanged")
    sealed_anew(unpacked, "en/summary.pdf")
    wrong("the signature of SHA256SUMS does not hold", "en/summary.pdf: its signature does not hold")
    (unpacked / "SHA256SUMS.p7s").unlink()
    wrong("en/summary.pdf: its signature does not hold")
    flip(pdf, 5000)
    with pdf.open("ab") as file:
        file.write(b"% more\n")
    sealed_anew(unpacked, "en/summary.pdf")
    wrong("en/summary.pdf: something was added behind its signature")
    pdf.unlink()
    wrong("x en/summary.pdf is missing")


@pytest.mark.parametrize("shell", ["dash", "bash", "busybox"])
def test_what_was_added_is_found_however_it_is_called(unpacked: Path, shell: str) -> None:
    def added(name: str, said: str) -> None:
        ran = verify(unpacked, shell=shell)
        assert ran.returncode == 1 and f"x {said}" in ran.stdout, (name, ran.stdout, ran.stderr)
        assert ran.stdout.count("\nx ") + ran.stdout.startswith("x ") == 1, (name, ran.stdout)

    # The beginning of a name that is listed, names with blanks in them, and what grep would take for an option.
    for name in (
        "s",
        "README",
        "en/status",
        "README.txt de",
        " README.txt",
        "README.txt ",
        "-e",
        "en/.x",
        "a\\b",
    ):
        (unpacked / name).write_text("x")
        added(name, f"{name} was added\n")
        (unpacked / name).unlink()
    (unpacked / "README.txt\n.").mkdir()
    shutil.copy(unpacked / "spec.yml", unpacked / "README.txt\n./spec.yml")
    added("lines", "a file or folder with a line break in its name was added")
    shutil.rmtree(unpacked / "README.txt\n.")
    os.mkfifo(unpacked / "pipe")
    added("pipe", "pipe was added")
    (unpacked / "pipe").unlink()
    (unpacked / "link").symlink_to("spec.yml")
    added("link", "link is a link")
    (unpacked / "link").unlink()
    (unpacked / "spec.yml").rename(unpacked.parent / "elsewhere")
    (unpacked / "spec.yml").symlink_to("../elsewhere")
    added("exchanged", "spec.yml is a link")


def test_a_line_without_an_end_counts(unpacked: Path) -> None:
    sums = unpacked / "SHA256SUMS"
    sums.write_text(sums.read_text() + "0" * 64 + "  more.txt")
    ran = verify(unpacked)
    assert ran.returncode == 1 and "x more.txt is missing" in ran.stdout, ran.stdout
    sums.unlink()
    ran = verify(unpacked)
    assert ran.returncode == 1 and "Altered" in ran.stdout, ran.stdout


def test_a_signature_that_was_taken_away_is_missed(unpacked: Path, tmp_path: Path) -> None:
    (unpacked / "SHA256SUMS.p7s").unlink()
    (unpacked / "README.txt").write_text("x")
    sealed_anew(unpacked, "README.txt")
    for path in (None, str(bare(tmp_path))):
        ran = verify(unpacked, path=path)
        assert ran.returncode == 1, ran.stdout
        assert "x the signature of SHA256SUMS is missing: manifest.json says that it was signed" in ran.stdout


def test_what_nobody_signed_proves_no_more_than_that_it_is_whole(packed: Packed, tmp_path: Path) -> None:
    folder = laid_out(packed.unsigned, tmp_path)
    for shell in ("dash", "bash", "busybox"):
        ran = verify(folder, shell=shell)
        assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout + ran.stderr
        assert "This proves only that no file was damaged: nothing is signed" in ran.stdout
    was = (folder / "README.txt").read_bytes()
    (folder / "README.txt").write_text("x")
    sealed_anew(folder, "README.txt")
    for shell in ("dash", "bash", "busybox"):
        ran = verify(folder, shell=shell)
        assert ran.returncode == 1, ran.stdout
        assert "manifest.json does not say the same as SHA256SUMS of: README.txt" in ran.stdout
    (folder / "README.txt").write_bytes(was)
    sealed_anew(folder, "README.txt")
    assert verify(folder).returncode == 0
    sums = (folder / "SHA256SUMS").read_text().splitlines(keepends=True)
    (folder / "SHA256SUMS").write_text("".join(line for line in sums if "README.txt" not in line))
    (folder / "README.txt").unlink()
    ran = verify(folder)
    assert ran.returncode == 1 and "same as SHA256SUMS of: README.txt" in ran.stdout, ran.stdout


def signed_anew(folder: Path, keys: Any, by: str) -> None:
    """SHA256SUMS with the signature of `by`, and all else as it was."""
    keys.openssl(
        "cms", "-sign", "-binary", "-in", str(folder / "SHA256SUMS"), "-signer", f"{by}.pem", "-inkey", f"{by}.key",
        "-outform", "PEM", "-out", str(folder / "SHA256SUMS.p7s"),
    )  # fmt: skip


@pytest.mark.parametrize(
    "usage",
    [
        "keyUsage=critical,digitalSignature,nonRepudiation",
        "keyUsage=critical,digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth",
    ],
)
def test_another_certificate_of_the_same_authority_is_not_taken_for_it(
    unpacked: Path, keys: Any, usage: str
) -> None:
    keys.issued("rival", "www.example.com", "ca", usage)
    (unpacked / "spec.yml").write_text("project: Other\n")
    sealed_anew(unpacked, "spec.yml")
    signed_anew(unpacked, keys, "rival")
    for options in (("--trust", str(keys.folder / "ca.pem")), ()):
        ran = verify(unpacked, *options)
        assert ran.returncode == 1 and "+ SHA256SUMS is signed" not in ran.stdout, ran.stdout
    ran = verify(unpacked, "--trust", str(keys.folder / "ca.pem"))
    assert "not signed with certificate.pem, but by CN = www.example.com" in ran.stdout, ran.stdout
    (unpacked / "certificate.pem").write_bytes((keys.folder / "rival.pem").read_bytes())
    ran = verify(unpacked, "--trust", str(keys.folder / "ca.pem"))
    assert "summary.pdf: it is not signed with certificate.pem" in ran.stdout, ran.stdout


@pytest.mark.parametrize(
    ("usage", "trusted"),
    [
        ("extendedKeyUsage=serverAuth", False),
        ("extendedKeyUsage=clientAuth,timeStamping", False),
        ("keyUsage=digitalSignature\nextendedKeyUsage=serverAuth", False),
        ("keyUsage=keyEncipherment", False),
        ("extendedKeyUsage=critical,serverAuth,emailProtection", True),
        ("extendedKeyUsage=codeSigning", True),
        ("extendedKeyUsage=anyExtendedKeyUsage", True),
        ("extendedKeyUsage=1.3.6.1.5.5.7.3.36", True),
        ("extendedKeyUsage=1.2.840.113583.1.1.5", True),
        ("extendedKeyUsage=1.3.6.1.4.1.311.10.3.12", True),
        ("keyUsage=nonRepudiation", True),
        ("", True),
    ],
)
def test_a_certificate_for_something_else_is_no_signer_whom_one_trusts(
    unpacked: Path, keys: Any, usage: str, trusted: bool
) -> None:
    keys.issued("rival", "www.example.com", "ca", usage)
    shutil.copy(keys.folder / "rival.pem", unpacked / "certificate.pem")
    sealed_anew(unpacked, "certificate.pem")
    signed_anew(unpacked, keys, "rival")
    ran = verify(unpacked, "--trust", str(keys.folder / "ca.pem"))
    assert ("+ SHA256SUMS is signed: CN = www.example.com" in ran.stdout) is trusted, ran.stdout
    assert ("is for something else than signing documents" in ran.stdout) is not trusted, ran.stdout
    assert ran.returncode == 1  # its PDFs are signed with another
    for options in ((), ("--trust", str(keys.folder / "rival.pem"))):
        assert "+ SHA256SUMS is signed: CN = www.example.com" in verify(unpacked, *options).stdout


def test_whom_the_machine_trusts_is_not_trusted_for_it(unpacked: Path, keys: Any, tmp_path: Path) -> None:
    hashed = subprocess.run(
        ["openssl", "x509", "-in", keys.folder / "ca.pem", "-noout", "-hash"], capture_output=True, text=True
    )
    shutil.copy(keys.folder / "ca.pem", tmp_path / f"{hashed.stdout.strip()}.0")
    ran = verify(unpacked, "--trust", str(keys.folder / "other.pem"), SSL_CERT_DIR=str(tmp_path))
    assert ran.returncode == 1 and "+ SHA256SUMS is signed" not in ran.stdout, ran.stdout
    assert "2 of 2 PDFs are signed" not in ran.stdout, ran.stdout


def test_another_snapshot_does_not_fit_the_pdfs(unpacked: Path) -> None:
    flip(unpacked / "snapshot.json", 100)
    sealed_anew(unpacked, "snapshot.json")
    (unpacked / "SHA256SUMS.p7s").unlink()
    ran = verify(unpacked)
    assert ran.returncode == 1 and "another snapshot than the one in this bundle" in ran.stdout, ran.stdout


def test_a_pdf_with_a_fault_gets_no_receipt(unpacked: Path) -> None:
    made = (unpacked / "de/summary.pdf").read_bytes()
    assert looked(made, "x").pages >= 2
    with pytest.raises(DocgenError, match="x is not as it must be"):
        looked(made.replace(b"/ETSI.CAdES.detached", b"/ETSI.CAdES.detache_"), "x")
    with pytest.raises(DocgenError, match="x is not as it must be"):
        looked(made[: made.index(b"%%EOF") // 2] + b"\n%%EOF\n", "x")
