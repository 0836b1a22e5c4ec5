"""What readers see are their words, not those of the code: in lists of evidence, of acts and in the names of checks."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from checks.knowledge.pipelines.acts import ACTS
from checks.model import Status, code, msg, text
from docgen.documents import composed
from docgen.documents.interface import Document, Table
from docgen.documents.preflight import compose, next_steps
from docgen.documents.shipment import _ACTS
from docgen.i18n import Translator
from docgen.preflight.judge import item
from docgen.preflight.outcome import Bundle, Outcome
from docgen.renderers.asked import asked
from docgen.renderers.document import render

from .demo import STATES, Demo

DE = Translator("de")
ENGLISH = re.compile(r"(?<![\w/.$-])(the|of|then|from|with|and|up|to|its|read|as|names?|here)(?![\w/-])")


def _tables(document: Document) -> list[Table]:
    return [block for section in document.sections for block in section.blocks if isinstance(block, Table)]


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
    table = next(one for one in _tables(composed("deploy", demo.source("blocked"))) if one.hosts)
    shown = {DE.plain(row[1]) for row in table.rows if hasattr(row[1], "id")}
    assert {"sichern", "entpacken", "umschalten"} <= shown


def test_no_check_is_called_by_a_dot(demo: Demo) -> None:
    names = [DE.plain(one.name) for one in demo.source("blocked").report.results()]
    assert "Rollback" in names and not [one for one in names if one.endswith(" .")]


def test_a_status_is_not_broken_where_another_column_is_wide(demo: Demo, tmp_path: Path) -> None:
    items = [
        item(
            "checksum",
            Status.FAIL,
            msg("{own:code} instead of {expected:code}", own="0" * 64, expected="1" * 64),
        )
    ]
    items += [item(one, Status.PENDING, text("y")) for one in ("listing", "extraction", "autoload")]
    at = demo.source("blocked").report.collected_at
    outcome = Outcome("prod", "h", "h", at, at, "", Bundle("b", 1), tuple(items), (), (), None, None,
                      demo.source("blocked").report)  # fmt: skip
    (tmp_path / "x.pdf").write_bytes(render(compose(outcome), outcome.report, "pdf", "de"))
    command = ["pdftotext", "-layout", "-f", "2", str(tmp_path / "x.pdf"), "-"]
    shown = subprocess.run(command, capture_output=True, text=True).stdout
    assert re.search(r"Prüfsumme +Nicht erfüllt +0{64}", shown, re.M)
    for name in ("Inhalt", "Entpacken", "Autoloader"):
        assert re.search(rf"{name} +Nicht erreicht +y$", shown, re.M), shown


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
    assert outcome.blocking[0].title in [row[0] for row in _tables(compose(outcome))[0].rows]
    (kept,) = next_steps(outcome, lambda one: code(one.name))
    assert "bundle content is safe to unpack" in DE.plain(kept)
