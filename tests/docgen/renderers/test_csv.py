"""CSV: a row for each check, and no cell is a formula."""

from __future__ import annotations

import csv
import io

import pytest

from checks.model import Status
from docgen.renderers import render
from docgen.renderers.csv import COLUMNS

from . import sample


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_every_check_is_a_row() -> None:
    report = sample.report("staging", "prod")
    text = render(report, "csv", "de")
    found = rows(text)
    assert [(r["id"], r["status"]) for r in found] == [(r.id, r.status.value) for r in report.results()]
    assert text.startswith(",".join(COLUMNS) + "\r\n")
    assert {"Nicht erfüllt", "Erfüllt"} <= {r["status_text"] for r in found}


@pytest.mark.parametrize(
    "said", ['=HYPERLINK("http://evil.example")', "+1", "-1+1", "@SUM(A1)", " =1", "\t=1"]
)
def test_no_cell_is_a_formula(said: str) -> None:
    bad = sample.result("staging/one/a", said, Status.FAIL, sample.aspect(said, said, said))
    report = sample.report()
    component = sample.component("staging/one", said, bad)
    report = report._replace(sections=(report.sections[1]._replace(components=(component,)),))
    (row,) = rows(render(report, "csv", "en"))
    assert not [cell for cell in row.values() if cell.lstrip().startswith(("=", "+", "-", "@"))]
    assert row["component"].endswith(said.replace("\t", "\\t"))
