"""What keeps a hub from being published."""

from __future__ import annotations

import pytest

from docgen.hub.verify import problems

FINE = (
    '<html lang="de"><head><link rel="stylesheet" href="../assets/a.css"></head><body id="x">%s</body></html>'
)
OTHER = {"assets/a.css": b"", "en/b.html": b'<html lang="en"><p id="here">x</p></html>'}


def wrong(body: str) -> list[str]:
    return problems({"de/a.html": (FINE % body).encode(), **OTHER})


@pytest.mark.parametrize(
    "body",
    [
        "",
        '<a href="../en/b.html">b</a> <a href="../en/b.html#here">b</a> <a href="#x">x</a>',
        '<a href="https://example.com/">elsewhere</a> <a href="mailto:a@example.com">a</a>',
        '<img src="data:image/svg+xml,x" alt="">',
    ],
)
def test_what_is_fine(body: str) -> None:
    assert wrong(body) == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('<a href="c.html">c</a>', "leads nowhere"),
        ('<a href="../../etc/passwd">c</a>', "leads nowhere"),
        ('<a href="../en/b.html#there">c</a>', "no such place"),
        ('<a href="#nowhere">c</a>', "no such place"),
        ('<img src="https://example.com/a.png" alt="">', "from elsewhere"),
        ('<script src="//example.com/a.js"></script>', "from elsewhere"),
        ("<script>alert(1)</script>", "with its own text"),
        ("<style>b{}</style>", "a <style>"),
        ('<b style="color:red">c</b>', "'style' in <b>"),
        ('<b onclick="x()">c</b>', "'onclick' in <b>"),
        ('<a href="javascript:x()">c</a>', "a link to 'javascript:x()'"),
        ('<b id="x">c</b>', "the id 'x' twice"),
    ],
)
def test_what_is_not(body: str, said: str) -> None:
    found = wrong(body)
    assert len(found) == 1 and found[0].startswith("de/a.html: ") and said in found[0]


def test_a_page_says_its_language() -> None:
    assert problems({"a.html": b"<html></html>"}) == ["a.html: it does not say its language"]


@pytest.mark.parametrize(
    ("style", "fine"),
    [
        ("@font-face{src:url(f.woff2)}", True),
        ("@font-face{src:url( 'f.woff2' )}", True),
        ("b{background:url(data:image/png;base64,x)}", True),
        ('@font-face{src:url("g.woff2")}', False),
        ("@font-face{src:url(https://example.com/f.woff2)}", False),
    ],
)
def test_a_font_that_is_not_there(style: str, fine: bool) -> None:
    found = problems({"assets/a.css": style.encode(), "assets/f.woff2": b""})
    assert (found == []) is fine, found
