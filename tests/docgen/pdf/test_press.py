"""The press shows what stands in a page, attaches what is given, and shows no character that its fonts do not have."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest

from checks.errors import DocgenError
from docgen.pdf.press import File, press
from docgen.renderers.page import shell

AT = "2026-01-01T00:00:00Z"
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def page(body: str) -> str:
    """Only fonts in a page can be shown."""
    return f'<html lang="en"><title>x</title><style>{shell("document").style}</style><p>x</p>{body}'


def holds_something(made: bytes, tmp_path: Path) -> bool:
    """Whether an image, or a file, got into the PDF."""
    (tmp_path / "x.pdf").write_bytes(made)
    with pikepdf.open(tmp_path / "x.pdf") as document:
        sorts = [str(o.get("/Subtype", o.get("/Type", ""))) for o in document.objects if hasattr(o, "keys")]
        return "/Image" in sorts or "/EmbeddedFile" in sorts or len(document.attachments) > 0


def test_what_stands_in_the_page_is_shown_and_what_is_given_is_attached(tmp_path: Path) -> None:
    shown = page(f'<img alt="a dot" src="data:image/png;base64,{PNG}">')
    made = press(shown, AT, (File("b.json", b"{}", "application/json", "B", "Data"),))
    assert holds_something(made, tmp_path)
    with pikepdf.open(tmp_path / "x.pdf") as document:
        file = document.attachments["b.json"].get_file()
        assert (file.read_bytes(), file.mime_type) == (b"{}", "application/json")
        assert str(document.attachments["b.json"].obj["/AFRelationship"]) == "/Data"


def test_what_takes_too_long_is_ended_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    order = {"page": "<p>x y z " * 20_000, "at": AT, "files": [], "manifest": None}
    code = "import sys; from docgen.pdf.child import main; sys.exit(main(3 << 30, 1))"
    ran = subprocess.run(
        [sys.executable, "-P", "-c", code], input=json.dumps(order).encode(), capture_output=True
    )
    assert ran.returncode == -signal.SIGXCPU and not ran.stdout
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: ran)
    with pytest.raises(DocgenError, match="not finished within 300 s of computing"):
        press(page("<p>x</p>"), AT)


def test_a_character_that_no_font_here_has_is_spelled_out(tmp_path: Path) -> None:
    body = "<p>Größe → 漢 Ж 🔥 é <code>525 → 5</code> <b>✓ 0</b> Łukasz <b>Şahin</b> <code>Dvořák ă</code>"
    (tmp_path / "x.pdf").write_bytes(press(page(body), AT))
    shown = subprocess.run(["pdftotext", str(tmp_path / "x.pdf"), "-"], capture_output=True, text=True).stdout
    assert "Größe →" in shown and "\\u{6f22}" in shown and "[fire]" in shown and "é 525 → 5 ✓ 0" in shown
    assert "Łukasz Şahin Dvořák ă" in shown
    fonts = subprocess.run(["pdffonts", str(tmp_path / "x.pdf")], capture_output=True, text=True).stdout
    assert all("docgen" in line for line in fonts.splitlines()[2:]), fonts
