"""The press shows what stands in a page, attaches what is given, and shows no character that its fonts do not have."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import pikepdf
import pytest
from fontTools.ttLib import TTFont

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


def boxes(made: bytes) -> int:
    """How many of the glyphs that are drawn are in no font: a reader shows an empty box."""
    lacking = seen = 0
    with pikepdf.open(io.BytesIO(made)) as document:
        for page in document.pages:
            fonts: dict[str, int] = {}
            known = 0
            for content in (page, *_forms(page)):
                fonts |= {name: _glyphs(font) for name, font in content.Resources.get("/Font", {}).items()}
                for operands, operator in pikepdf.parse_content_stream(content):
                    if str(operator) == "Tf":
                        known = fonts[str(operands[0])]
                    elif str(operator) in ("Tj", "TJ"):
                        for text in operands[0] if str(operator) == "TJ" else operands:
                            raw = bytes(text) if isinstance(text, pikepdf.String) else b""
                            drawn = [int.from_bytes(raw[n : n + 2]) for n in range(0, len(raw), 2)]
                            seen += len(drawn)
                            lacking += sum(one == 0 or one >= known for one in drawn)
    assert seen
    return lacking


def _glyphs(font: pikepdf.Object) -> int:
    file = font.DescendantFonts[0].FontDescriptor.FontFile2.read_bytes()
    return int(TTFont(io.BytesIO(file))["maxp"].numGlyphs)


def _forms(page: pikepdf.Page) -> list[pikepdf.Object]:
    every = page.Resources.get("/XObject", {})
    return [
        one
        for one in every.values()
        if one.get("/Subtype") == "/Form" and "/Font" in one.get("/Resources", {})
    ]


DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="20"><text y="12">Ł ✅ Ł</text></svg>'


@pytest.mark.parametrize(
    "body",
    [
        *(f"<p>{one}</p><pre><code>{one}</code></pre><b>{one}</b>" for one in "✅✔☑✗✘✖➡⬅"),
        "<p>Łódź Łask</p><h1>✓ ✓ Zażółć\u00a0ęść</h1><b>ő Ł\tš\u2009ř\u202fŁ</b> <code>ă → ă</code>",
        "<p>✓</p> <p>✓ \n ✓</p> Ł <i>Ł</i> <code>Ł</code> Ł",
        f'<img alt="a" src="data:image/svg+xml;base64,{b64encode(DRAWING.encode()).decode()}">',
    ],
)
def test_there_is_no_empty_box(body: str) -> None:
    assert boxes(press(page(body), AT)) == 0
