"""No table runs over the edge of the paper, and none that has room is touched."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from docgen.pdf.fitting import shared
from docgen.pdf.press import press
from docgen.renderers.document.about import About
from docgen.renderers.page import shell

EDGE = 45.3
"""Of the text, from the left and from the right, in points: 16 mm."""
WIDTH = 595.3
HASH = "a77bf7584f15c95fdac5b9d5ba94bf913ff1df99"


class Word(NamedTuple):
    left: float
    right: float
    height: float
    text: str


def table(*rows: Sequence[str]) -> str:
    cells = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="article"><table>{cells}</table></div>'


def on_paper(body: str, tmp_path: Path) -> list[Word]:
    """The words of `body`, and where they stand: pdftotext tells of those beyond the edge, too."""
    style = shell("document", also=("paper", "written")).style
    page = f'<html lang="en"><title>x</title><style>{style}</style><h1>x</h1>{body}'
    (tmp_path / "x.pdf").write_bytes(press(page, "2026-01-01T00:00:00Z"))
    said = subprocess.run(
        ["pdftotext", "-bbox", str(tmp_path / "x.pdf"), "-"], capture_output=True, text=True
    )
    found = re.findall(r'<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>', said.stdout)
    return [Word(float(a), float(c), float(d) - float(b), text) for a, b, c, d, text in found]


@pytest.mark.parametrize(
    "rows",
    [
        [[f"Verantwortlicher{n}" for n in range(8)]],
        [[HASH] * 4],
        [["x" * 120] * 2],
        [["abcdefghijklmnop"] * 14],
        [[f"{n}.000" for n in range(60)]],
        [
            [
                "1",
                f"<code>sha256:{HASH}{HASH}</code>",
                HASH,
                "Das Bündel, das am Abend gebaut wurde",
                "Betrieb",
            ]
        ],
        [["x", f"<ul><li>{HASH * 4}</li></ul>", f"<pre>{HASH * 4}</pre>"]],
        [[f"<table><tr><td>{HASH}</td><td>{HASH}</td></tr></table>", HASH, HASH]],
    ],
)
def test_all_of_a_wide_table_is_on_the_paper(rows: list[list[str]], tmp_path: Path) -> None:
    found = on_paper(table(*rows), tmp_path)
    beyond = [one for one in found if one.left < EDGE - 1 or one.right > WIDTH - EDGE + 1]
    assert not beyond
    asked = re.sub(r"<[^>]*>|\s", "", "".join(cell for row in rows for cell in row))
    assert not Counter(asked) - Counter("".join(one.text for one in found)), "something is lost"


def test_a_table_with_room_keeps_its_type_and_its_words(tmp_path: Path) -> None:
    row = [f"deploy-staging-{n}" for n in range(8)]
    found = on_paper(table(row, ["a short text"] * 8), tmp_path)
    assert {round(one.height, 1) for one in found if one.text == "short"} == {round(8.6 * 1.3, 1)}
    assert [one.text for one in found].count("deploy-") == 8


def test_smaller_type_comes_before_broken_words_and_is_that_of_the_one_table_alone(tmp_path: Path) -> None:
    wide = [f"Verantwortlicher{n}" for n in range(8)]
    found = {one.text: one for one in on_paper(table(wide) + table(["beside", "it"]), tmp_path)}
    assert set(wide) <= set(found)
    assert found[wide[0]].height < 0.9 * found["beside"].height


def test_long_words_do_not_press_the_others_together() -> None:
    assert shared(100, [60, 60], [60, 60]) == pytest.approx([50, 50])
    assert shared(100, [5, 20, 200], [5, 60, 200]) == pytest.approx([5, 47.5, 47.5])
    assert shared(200, [40, 10, 300], [40, 500, 500]) == pytest.approx([40, 80, 80])


def test_numbers_of_lists_stand_beside_their_items(tmp_path: Path) -> None:
    items = "".join(f"<li>item{n}</li>" for n in range(1, 102))
    body = f'<div class="article"><ol>{items}</ol><ol style="counter-reset: item 8"><li>nine</li><li>ten</li></ol></div>'
    found = on_paper(body, tmp_path)
    for at, one in enumerate(found):
        if re.fullmatch(r"\d+\.", one.text):
            assert found[at + 1].left > one.right + 2, (one, found[at + 1])
    numbers = [one.text for one in found if re.fullmatch(r"\d+\.", one.text)]
    assert numbers == [*(f"{n}." for n in range(1, 102)), "9.", "10."]


def test_what_says_what_a_table_is_stays_with_it(tmp_path: Path) -> None:
    facts = '<table class="facts"><tbody><tr><th scope="row">fact</th><td>value</td></tr></tbody></table>'
    body = "".join(
        f'<section class="fresh"><div style="height: {at}pt"></div><p>above</p>{facts}</section>'
        for at in range(670, 740, 6)
    )
    on_paper(body, tmp_path)
    said = subprocess.run(["pdftotext", str(tmp_path / "x.pdf"), "-"], capture_output=True, text=True).stdout
    pages = [page for page in said.split("\f") if "above" in page or "fact" in page]
    assert len(pages) == 12 and all("above" in page and "fact" in page for page in pages)


def test_an_id_is_broken_before_its_time_alone() -> None:
    about = About("status-prod-20261127T231325Z-a3e9ade0", *[""] * 8)
    assert about.id_parts == ("status-prod-", "20261127T231325Z-a3e9ade0")
    assert about._replace(id=f"{about.id}-part-2").id_parts[1] == "20261127T231325Z-a3e9ade0-part-2"
    assert about._replace(id="other").id_parts == ("other", "")
