"""The press fetches nothing, whatever a page asks, and shows no character that its fonts do not have."""

from __future__ import annotations

import socket
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest

from checks.errors import DocgenError
from docgen.pdf.press import File, press
from docgen.renderers.page import shell

AT = "2026-01-01T00:00:00Z"
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        one.settimeout(0.1)
        yield one


def page(body: str) -> str:
    """Only fonts in a page can be shown."""
    return f'<html lang="en"><title>x</title><style>{shell("document").style}</style><p>x</p>{body}'


def data(text: str, type: str) -> str:
    return f"data:{type};base64,{b64encode(text.encode()).decode()}"


XLINK = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
VECTORS = {
    "image": '<img src="{url}" alt="x">',
    "style sheet": '<link rel="stylesheet" href="{url}">',
    "import": '<style>@import url("{url}");</style>',
    "background": '<p style="background: url({url})">x</p>',
    "list mark": '<ul style="list-style-image: url({url})"><li>x</li></ul>',
    "generated content": '<style>p::before {{ content: url("{url}") }}</style><p>x</p>',
    "font": '<style>@font-face {{ font-family: n; src: url("{url}") }} p {{ font-family: n }}</style><p>x</p>',
    "object": '<object data="{url}">x</object>',
    "embed": '<embed src="{url}">',
    "drawing": f'<svg {XLINK} width="9" height="9"><image xlink:href="{{url}}" width="9" height="9"/></svg>',
    "use in a drawing": f'<svg {XLINK} width="9" height="9"><use href="{{url}}#x"/></svg>',
    "attachment of the page": '<link rel="attachment" href="{url}">',
    "attachment behind a link": '<p><a rel="attachment" href="{url}">x</a></p>',
    "base": '<base href="{url}/"><img src="x.png" alt="x">',
    "colour profile": '<style>@color-profile --x {{ src: url("{url}") }} p {{ color: color(--x 1) }}</style><p>x</p>',
    "border": '<p style="border: 5px solid; border-image: url({url}) 1">x</p>',
}


def holds_something(made: bytes, tmp_path: Path) -> bool:
    """Whether an image, or a file, got into the PDF."""
    (tmp_path / "x.pdf").write_bytes(made)
    with pikepdf.open(tmp_path / "x.pdf") as document:
        sorts = [str(o.get("/Subtype", o.get("/Type", ""))) for o in document.objects if hasattr(o, "keys")]
        return "/Image" in sorts or "/EmbeddedFile" in sorts or len(document.attachments) > 0


@pytest.mark.parametrize("name", VECTORS)
def test_nothing_is_fetched(name: str, listening: socket.socket, tmp_path: Path) -> None:
    """From the network nor from this machine: there is no PDF, or there is nothing in it."""
    secret = tmp_path / "secret.png"
    secret.write_bytes(b64decode(PNG))
    web = f"http://127.0.0.1:{listening.getsockname()[1]}/x.png"
    asked = VECTORS[name].format(url=web) + VECTORS[name].format(url=f"file://{secret}")
    try:
        made = press(page(asked), AT)
    except DocgenError as error:
        assert "asked for" in str(error)
    else:
        assert not holds_something(made, tmp_path)
    with pytest.raises(TimeoutError):
        listening.accept()


def test_a_drawing_or_sheet_in_the_page_fetches_nothing_either(
    listening: socket.socket, tmp_path: Path
) -> None:
    web = f"http://127.0.0.1:{listening.getsockname()[1]}/x.png"
    drawn = data(
        f'<svg {XLINK} width="9" height="9"><image href="{web}" width="9" height="9"/></svg>', "image/svg+xml"
    )
    sheet = data(f'@import url("{web}"); p {{ background: url("{web}") }}', "text/css")
    for inner in (f'<img src="{drawn}" alt="x">', f'<link rel="stylesheet" href="{sheet}"><p>x</p>'):
        try:
            press(page(inner), AT)
        except DocgenError as error:
            assert "asked for" in str(error)
        with pytest.raises(TimeoutError):
            listening.accept()


def test_what_stands_in_the_page_is_shown_and_what_is_given_is_attached(tmp_path: Path) -> None:
    shown = page(f'<img alt="a dot" src="data:image/png;base64,{PNG}">')
    made = press(shown, AT, (File("b.json", b"{}", "application/json", "B", "Data"),))
    assert holds_something(made, tmp_path)
    with pikepdf.open(tmp_path / "x.pdf") as document:
        file = document.attachments["b.json"].get_file()
        assert (file.read_bytes(), file.mime_type) == (b"{}", "application/json")
        assert str(document.attachments["b.json"].obj["/AFRelationship"]) == "/Data"


def test_a_character_that_no_font_here_has_is_spelled_out(tmp_path: Path) -> None:
    (tmp_path / "x.pdf").write_bytes(press(page("<p>Größe → 漢 Ж 🔥 é <code>525 → 5</code> <b>✓ 0</b>"), AT))
    shown = subprocess.run(["pdftotext", str(tmp_path / "x.pdf"), "-"], capture_output=True, text=True).stdout
    assert "Größe →" in shown and "\\u{6f22}" in shown and "\\u{1f525}" in shown and "é 525 → 5 ✓ 0" in shown
    fonts = subprocess.run(["pdffonts", str(tmp_path / "x.pdf")], capture_output=True, text=True).stdout
    assert all("docgen" in line for line in fonts.splitlines()[2:]), fonts
