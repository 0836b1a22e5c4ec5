"""Text: fits its width, repeats nothing by colour alone, shows everything that is not met."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from checks.model import Report, Status
from docgen.i18n import Translator
from docgen.renderers import text

sys.path.insert(0, str(Path(__file__).parent))
import sample


def shown(report: Report, *, width: int = 100, colour: bool = False, verbose: bool = False) -> str:
    return text.render(report, Translator(report.language), width=width, colour=colour, verbose=verbose)


@pytest.mark.parametrize("width", [60, 80, 100])
@pytest.mark.parametrize("language", ["de", "en"])
def test_only_what_is_to_be_copied_is_wider_than_the_terminal(width: int, language: str) -> None:
    report = sample.report(language=language)
    wide = [line for line in shown(report, width=width, verbose=True).splitlines() if len(line) > width]
    assert [line for line in wide if "/" not in line and "deploy" not in line] == []


def test_colour_only_repeats() -> None:
    report = sample.report()
    coloured = shown(report, colour=True)
    assert "\x1b[" in coloured
    plain = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert [line.rstrip() for line in plain.splitlines()] == shown(report).splitlines()


@pytest.mark.parametrize("language", ["de", "en"])
def test_with_v_every_check_is_shown_with_soll_and_ist(language: str) -> None:
    report = sample.report("staging", language=language)
    page = shown(report, verbose=True, width=400)
    t = Translator(language)
    for result in report.results():
        assert t.plain(result.name) in page, result.id


def test_what_is_not_met_is_shown_without_v() -> None:
    report = sample.report("staging")
    page = shown(report, width=400)
    for result in report.results():
        if result.status in (Status.FAIL, Status.UNKNOWN, Status.WARN):
            assert Translator("en").plain(result.name) in page, result.id


def test_hostile_text_cannot_steer_a_terminal() -> None:
    page = shown(sample.poisoned(), verbose=True)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", page)
    page.encode("utf-8")


def test_nothing_checked_is_not_in_order() -> None:
    assert "In order" not in shown(sample.empty())
