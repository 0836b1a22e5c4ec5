"""What readers see are their words, not those of the code: in lists of evidence, of acts and in the names of checks."""

from __future__ import annotations

import re

from checks.knowledge.pipelines.acts import ACTS
from checks.model import Status, code, text
from docgen.documents import composed
from docgen.documents.interface import Table
from docgen.documents.preflight import next_steps
from docgen.documents.shipment import _ACTS
from docgen.i18n import Translator
from docgen.preflight.judge import item
from docgen.preflight.outcome import Bundle, Outcome
from docgen.renderers.asked import asked

from .demo import STATES, Demo

DE = Translator("de")
ENGLISH = re.compile(r"(?<![\w/.$-])(the|of|then|from|with|and|up|to|its|read|as|names?|here)(?![\w/-])")


def test_what_docgen_says_of_a_question_is_in_the_language_of_the_reader(demo: Demo) -> None:
    seen = {e.command for s in STATES for r in demo.source(s).report.results() for e in r.evidence}
    own = {one for one in seen if ENGLISH.search(one)}
    assert len(own) > 10
    assert not [one for one in own if ENGLISH.search(asked(one, DE))]
    assert [asked(one, Translator("en")) for one in own] == [*own]


def test_a_command_of_a_shell_stays_as_it_was_typed() -> None:
    for one in ("cat -- '/srv/read the files of here'", "ls -l -- and from here", "stat -c %n -- 'up to'"):
        assert asked(one, DE) == one
    assert asked("sh -c '…' # tries out the newest of '/srv/of'", DE).endswith("'/srv/of'")
    assert asked("GET http://x/ (from here, 2 s, as of)", DE).startswith("GET http://x/ (von hier, 2 s, als ")


def test_acts_have_words_in_the_guide(demo: Demo) -> None:
    assert set(_ACTS) == set(ACTS)
    table = next(
        block
        for section in composed("deploy", demo.source("blocked")).sections
        for block in section.blocks
        if isinstance(block, Table) and block.hosts
    )
    shown = {DE.plain(row[1]) for row in table.rows if hasattr(row[1], "id")}
    assert {"sichern", "entpacken", "umschalten"} <= shown


def test_no_check_is_called_by_a_dot(demo: Demo) -> None:
    names = [DE.plain(one.name) for one in demo.source("blocked").report.results()]
    assert "Rollback" in names and not [one for one in names if one.endswith(" .")]


def test_a_preflight_names_what_blocks_as_its_table_does(demo: Demo) -> None:
    items = (
        item("listing", Status.FAIL, text("x")),
        item("checksum", Status.FAIL, text("x")),
        item("checksum", Status.UNKNOWN, text("x")),
    )
    report = demo.source("blocked").report
    outcome = Outcome("prod", "h", "h", "", "", "", Bundle("b", 1), items, (), (), None, None, report)
    (shown,) = next_steps(outcome)
    assert DE.plain(shown) == "Das in Ordnung bringen, dann erneut erproben: Inhalt · Prüfsumme"
    (kept,) = next_steps(outcome, lambda one: code(one.name))
    assert "bundle content is safe to unpack" in DE.plain(kept)
