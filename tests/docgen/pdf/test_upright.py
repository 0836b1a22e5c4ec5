"""Whatever a page brings, its structure is one that PDF/UA allows; a page that is right stays as it is. What veraPDF says of
all this together: test_verapdf.py."""

from __future__ import annotations

from xml.etree.ElementTree import canonicalize, fromstring, tostring

import pytest

from docgen.pdf.upright import upright

CMYK = "data:image/jpeg;base64,AAAA"


def made(markup: str) -> str:
    root = fromstring(f"<html><body>{markup}</body></html>")
    upright(root)
    return canonicalize(tostring(root, "unicode")).removeprefix("<html><body>").removesuffix("</body></html>")


@pytest.mark.parametrize(
    "right",
    [
        "<h1>a</h1><h2>b</h2><h3>c</h3><h2>d</h2>",
        "<ul><li>a<ul><li>b</li></ul></li></ul><dl><dt>a</dt><dd>b</dd></dl>",
        '<table><thead><tr><th scope="col">a</th><th scope="col">b</th></tr></thead>'
        '<tbody><tr><th scope="row">c</th><td>d</td></tr></tbody></table>',
        '<p><a href="#x">b</a> x → y ✓ z</p>',
        "<pre>a\n  b</pre>",
    ],
)
def test_what_is_right_stays(right: str) -> None:
    assert made(right) == right


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("<h2>a</h2><h4>b</h4><h1>c</h1>", "<h1>a</h1><h2>b</h2><h1>c</h1>"),
        ("<p>x</p><li>a</li><dd>b</dd>", "<p>x</p><div>a</div><div>b</div>"),
        ("<ul><p>a</p><li>b</li></ul>", "<ul><li><p>a</p></li><li>b</li></ul>"),
        (
            '<a href="#x" id="y">a<b>c</b>d</a>',
            '<span id="y"><a href="#x">a</a><b><a href="#x">c</a></b><a href="#x">d</a></span>',
        ),
        ('<a href="#x"><img alt="b"/></a>', '<span><img alt="b"></img></span>'),
        ('<img title="t"/><img/>', '<img alt="t" title="t"></img><img alt="–"></img>'),
        (f'<img alt="a" src="{CMYK}"/>', '<img alt="a"></img>'),
        ("<p>→ ✓</p>", "<p>→<span> </span>✓</p>"),
        ("<pre>a\n  └ x<b>│ </b></pre>", "<pre>a\n<span>  </span>└ x<b>│<span> </span></b></pre>"),
    ],
)
def test_what_is_wrong_is_put_right(wrong: str, right: str) -> None:
    assert made(wrong) == right


def test_rows_have_as_many_cells_and_cells_a_heading() -> None:
    rows = '<tbody><tr><th>a</th><td>b</td></tr><tr><td rowspan="7" colspan="9">c</td></tr></tbody><thead><tr></tr></thead>'
    table = made(f"<table>{rows}</table>")
    assert table.count("<td") + table.count("<th") == 2 + 7 + 1 and 'rowspan="' not in table
    # The cell c has no heading: then a is none either.
    assert "<th" not in table and '<td class="head"' in table and "<thead>" not in table
    assert made("<table><tbody><tr><th>a</th></tr><tr><td>b</td></tr></tbody></table>").count("<th>a</th>")
