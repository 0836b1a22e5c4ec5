"""A page carries the fonts that it needs, and no others."""

from __future__ import annotations

from base64 import b64encode

import pytest

from docgen.faces import needed
from docgen.renderers.page import shell, spared

DRAWN = "<svg><text>\u0141".encode()
FONT = shell("page").style.count("@font-face")


def faces(body: str) -> int:
    return needed(f"<style>{shell('page').style}</style>{body}").count("@font-face")


def picture(sort: str) -> str:
    return f'<img src="data:{sort};base64,{b64encode(DRAWN).decode()}">'


@pytest.mark.parametrize(
    ("body", "more"),
    [
        ("<p>Gr\u00f6\u00dfe", 0),
        ("<p>a \u2192 b", 4),
        ("<p>\u0141ukasz", 4),
        ("<p>&#x141;ukasz", 4),
        ("<p>\u0103", 4),
        ("<p>\u0141ukasz \u2192 \u0103", 12),
        ("<p>\u6f22", 0),
        (picture("image/svg+xml"), 4),
        (picture("image/png"), 0),
        ('<style>a::after { content: "\\2192" }</style>', 4),
    ],
)
def test_a_face_is_there_for_what_is_written(body: str, more: int) -> None:
    assert faces(body) == faces("") + more and (FONT, faces("")) == (16, 4)


def test_the_policy_admits_what_is_left() -> None:
    own = shell("page", "page")
    made = f'<meta content="{own.policy}"><style>{own.style}</style><p>x'
    left = spared(made, own)
    assert left.count("@font-face") < FONT and own.policy not in left
    assert left.count("sha256-") == made.count("sha256-")
