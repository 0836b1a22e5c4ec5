"""Evidence has an address: printed at the row, resolved in the list of the PDF, and the same in the hub."""

from __future__ import annotations

import re

import pytest

from checks.model import Report, msg
from docgen.i18n import Translator
from docgen.renderers import html, paper
from docgen.renderers.cover import Stated, cover
from docgen.renderers.document.about import identified
from docgen.renderers.evidence import address, catalogue, ends, once

from . import sample

LINK, PLACE = re.compile(r'href="#(e[0-9a-f]{8})"'), re.compile(r' id="(e[0-9a-f]{8})"')


def on_paper(report: Report, part: int = 1) -> str:
    t = Translator("en")
    first = cover(report, None, msg("Status report"), None, Stated(), t)
    return paper.render(report, identified("status", None, report, "en"), first, t, part)


@pytest.fixture(scope="module")
def report() -> Report:
    return sample.report("staging", "prod")


def test_each_address_leads_to_one_place_and_the_hub_knows_the_same(report: Report) -> None:
    page, hub = on_paper(report), html.render(report, Translator("en"))
    told = {one.address for one in catalogue(report.results())}
    assert len(told) > 3
    for made in (page, hub):
        places = PLACE.findall(made)
        assert len(places) == len(set(places)) and set(places) == told
        assert set(LINK.findall(made)) <= told
    assert len(set(LINK.findall(page))) > 3


def test_an_address_is_made_of_what_was_seen() -> None:
    one = sample.evidence()
    assert address(one) == address(one._replace(excerpt="other", exit_code=7))
    assert (
        len({address(one), *(address(one._replace(**{f: "x"})) for f in ("host", "command", "sha256"))}) == 4
    )
    assert address(one._replace(observed_at="2026-01-01T00:00:00Z")) != address(one)
    first = once()
    assert [first("a"), first("b"), first("a")] == [True, True, False]


def test_of_a_long_command_both_ends_are_shown() -> None:
    assert ends("stat  x") == "stat x"
    shown = ends(f"stat -c {'%n ' * 40} -- /var/www/current/.env")
    assert len(shown) <= 90 and shown.startswith("stat -c ") and shown.endswith("-- /var/www/current/.env")
    shown = ends(
        "sh -c '…' # tries out the newest of /srv/www/tmp/production/backups-of-the-database/by-night/db-*.sql.gz"
    )
    assert shown == "sh -c '…' # tries out the … /tmp/production/backups-of-the-database/by-night/db-*.sql.gz"
    assert len(ends("x" * 200)) == 90


def test_flows_and_gates_stand_in_the_pdf(report: Report) -> None:
    page = on_paper(report)
    assert report.flows and report.gates
    for flow in report.flows:
        assert f"Flow: {flow.name}" in page
        assert all(step.name in page for step in flow.steps)
    for gate in report.gates:
        assert f"Gate: {gate.name}" in page
        assert all(layer.name in page for layer in gate.layers)


def test_no_file_is_long_has_each_heading_of_columns_once_and_resolves_its_own_addresses() -> None:
    long = sample.large(1300)
    assert paper.parts(long) == 2
    for part in (1, 2):
        page = on_paper(long, part)
        assert set(LINK.findall(page)) <= set(PLACE.findall(page))
        rows = [table for table in page.split("<table") if 'class="row"' in table and "SOLL" in table]
        assert 0 < sum(table.count('class="row"') for table in rows) <= paper.MOST
        assert len(rows) == len(re.findall("<h2>[^<]*: [0-9]+ checks?</h2>", page))
