"""The PDF of a document: tagged, complete, the same every time; and its writer asks nobody for anything."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from checks.errors import DocgenError
from checks.model import Status, msg, text
from docgen.documents.interface import Code, Document, Mark, Paragraph, Section, Table
from docgen.i18n import Translator
from docgen.pdf import press
from docgen.renderers.document import pdf
from docgen.renderers.document.about import About

ABOUT = About("sample-20260101T000000Z", "Shop & Co", "Prod", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "",
              "a" * 64, "docgen.yml", "0")  # fmt: skip


def document(*sections: Section) -> Document:
    return Document("sample", msg("Backups: {environment}", environment="<b>Prod</b>"), "prod",
                    text("Ärger & Größe"), Status.FAIL, sections)  # fmt: skip


def words(made: bytes, tmp_path: Path) -> str:
    (tmp_path / "x.pdf").write_bytes(made)
    done = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "x.pdf"), "-"], capture_output=True, check=True
    )
    return done.stdout.decode()


def test_it_is_whole_tagged_and_the_same_every_time(tmp_path: Path) -> None:
    rows = tuple((text(f"row {n}"), Mark(Status.OK, msg("Met")), text("x")) for n in range(120))
    table = Table((msg("Check"), msg("Status"), msg("IST")), rows)
    made = pdf.render(document(Section(text("One"), (table,))), ABOUT, Translator("de"))
    assert made == pdf.render(document(Section(text("One"), (table,))), ABOUT, Translator("de"))
    shown = words(made, tmp_path)
    assert "Backups: <b>Prod</b>" in shown and "Ärger & Größe" in shown
    assert all(f"row {n}" in shown for n in (0, 60, 119))
    assert shown.count("Erfüllt") == 120
    info = subprocess.run(
        ["pdfinfo", str(tmp_path / "x.pdf")], capture_output=True, text=True, check=True
    ).stdout
    assert "Tagged:          yes" in info
    pages = shown.count("\f")
    assert pages > 2 and shown.count(ABOUT.id) >= pages  # on every page, and in the title block


def test_long_words_stay_on_the_page(tmp_path: Path) -> None:
    row = (text("name"), text("a" * 300), text("b"))
    made = pdf.render(
        document(Section(text("One"), (Table((text("A"), text("B"), text("C")), (row,)), Code("c" * 400)))),
        ABOUT, Translator("en"),
    )  # fmt: skip
    (tmp_path / "y.pdf").write_bytes(made)
    boxes = subprocess.run(
        ["pdftotext", "-bbox", str(tmp_path / "y.pdf"), "-"], capture_output=True, text=True
    ).stdout
    ends = [float(part.split('"')[1]) for part in boxes.split("xMax=")[1:] if part.startswith('"')]
    assert ends and max(ends) < 595.3 - 30


def test_a_missing_library_is_named_with_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "weasyprint").mkdir()
    (tmp_path / "weasyprint/__init__.py").write_text("raise OSError('cannot load library libpango-1.0-0')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(DocgenError, match=r"libpango.*apt-get install libpango-1.0-0"):
        pdf.render(document(), ABOUT, Translator("en"))


def test_a_document_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(press, "SECONDS", 0.05)
    with pytest.raises(DocgenError, match="not finished within"):
        pdf.render(document(Section(text("One"), (Paragraph(text("x")),))), ABOUT, Translator("en"))
