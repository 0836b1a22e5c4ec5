"""Markdown: every check has its row, and nothing from outside becomes markup."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from checks.model import Report
from docgen.i18n import Translator
from docgen.renderers import markdown

sys.path.insert(0, str(Path(__file__).parent))
import sample


def rows(page: str) -> list[list[str]]:
    """The cells of all rows of tables with six columns, heads and rules left out."""
    cells = [re.split(r"(?<!\\)\|", line)[1:-1] for line in page.splitlines() if line.startswith("|")]
    found = [[cell.strip() for cell in row] for row in cells if len(row) == 6]
    return [row for row in found if set(row[0]) != {"-"} and row[0] not in ("Component", "Komponente")]


@pytest.mark.parametrize(
    "report", [sample.report("staging"), sample.report(language="de"), sample.poisoned()]
)
def test_every_check_is_one_row(report: Report) -> None:
    page = markdown.render(report, Translator(report.language))
    assert len(rows(page)) == len(report.results()) > 0


def test_hostile_text_stays_text() -> None:
    page = markdown.render(sample.poisoned(), Translator("en"))
    blocks = MarkdownIt("commonmark", {"html": True}).enable("table").parse(page)
    kinds = {token.type for block in blocks for token in [block, *(block.children or ())]}
    assert {"td_open", "code_inline"} <= kinds
    assert not kinds & {"html_block", "html_inline", "image", "link_open"}
    assert "\x1b" not in page
    assert "\u202e" not in page


def test_a_question_that_nobody_asks_has_no_light() -> None:
    report = sample.report("staging")
    (environment,) = report.environments
    silent = environment._replace(asked=())
    page = markdown.render(report._replace(environments=(silent,)), Translator("en"))
    assert re.search(r"^\| Operation \| – \|", page, re.M)
    assert re.search(r"^\| Delivery \| 🟡", markdown.render(report, Translator("en")), re.M)


def test_nothing_checked_says_so() -> None:
    page = markdown.render(sample.empty(), Translator("de"))
    assert "⚪" in page
    assert "🟢" not in page
