"""What a document counts adds up, and is said to be what it is."""

from __future__ import annotations

import re

import pytest

from docgen.documents import composed, deployments
from docgen.documents.completion import DOCUMENT as COMPLETION
from docgen.documents.interface import NotYet, Table
from docgen.i18n import Translator
from docgen.renderers.cover import Stated, cover
from docgen.renderers.document import render

from .demo import STATES, Demo, altered


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("environment", ["prod", "staging", None])
def test_the_sums_of_the_summary_add_up(demo: Demo, state: str, environment: str | None) -> None:
    source = demo.source(state, environment)
    document = composed("summary", source)
    (table,) = [b for s in document.sections if s.heading.id == "What was counted" for b in s.blocks]
    assert isinstance(table, Table)
    t = Translator("en")
    rows = [[int(t.plain(cell)) for cell in row[1:]] for row in table.rows]  # type: ignore[arg-type]
    assert all(sum(row[:-1]) == row[-1] for row in rows)
    assert [sum(column) for column in zip(*rows[:-1], strict=True)] == rows[-1]
    shown = [s for s in source.report.sections if environment is None or s.environment in (environment, None)]
    assert rows[-1][-1] == sum(len(c.results) for s in shown for c in s.components)


def test_the_first_page_counts_what_the_deployment_guide_says(demo: Demo) -> None:
    source = demo.source("blocked")
    document = composed("deploy", source)
    t = Translator("en")
    first = cover(source.report, source.spec, document.title, "prod", Stated(), t, (), document.also)
    counts = dict(first.counts)
    assert sum(counts.values()) == first.declared
    assert counts["fail"] > 0 and first.deviations  # type: ignore[index]
    scope = {t.plain(name): "; ".join(map(t.plain, said)) for name, said in first.scope}
    assert "of Staging deployment only what this waits for: Permissions Fix" in scope["Checked"]
    assert "not selected: everything else of Staging" in scope["Not checked"]
    plain = cover(source.report, source.spec, document.title, "prod", Stated(), t)
    assert first.declared > plain.declared and not plain.deviations


def test_what_is_no_part_of_the_deployment_does_not_refuse_its_report(demo: Demo) -> None:
    source = demo.source("deployed", "staging")
    hub = [r for r in source.report.results() if "documentation-hub" in r.id]
    assert any(r.status == "unknown" for r in hub)
    page = render(COMPLETION.compose(source), source.report, "md", "en").decode()
    assert "/docs" not in page

    def broken(value: dict[str, object] | None) -> dict[str, object] | None:
        return value and {**value, "status": 500}

    with pytest.raises(NotYet):
        COMPLETION.compose(altered(source, "http", "answer", broken))


def test_the_completion_report_counts_smoke_tests_and_names_the_approval(demo: Demo) -> None:
    source = demo.source("deployed")
    urls = [one.check.params.url for one in deployments.smoke(source)]
    assert len(urls) == 2 and not [url for url in urls if ".env" in url or ".git" in url]
    page = render(COMPLETION.compose(source), source.report, "md", "en").decode()
    assert "/.env" not in page and "PROD-DEPLOY FREIGEGEBEN" in page.split(". Approval")[1]


def test_the_refusal_shows_how_to_declare_what_is_missing(demo: Demo) -> None:
    ran = demo.guide("sudo", "blocked", "-e", "prod", "--lang", "de")
    assert ran.code == 1 and "sudo-rules: {needs: [/usr/bin/systemctl reload nginx]}" in ran.stderr
    # In the words of the reader, those of the spec too.
    assert "Produktion" in ran.stderr and "Production" not in ran.stderr


def test_a_wide_table_can_be_scrolled_by_everybody(demo: Demo) -> None:
    source = demo.source("blocked")
    page = render(composed("deploy", source), source.report, "html", "en").decode()
    regions = re.findall(r'<div class="scroll" tabindex="0" role="region" aria-label="Table (\d+): \S', page)
    assert regions == [str(n) for n in range(1, page.count('<div class="scroll"') + 1)] != []
    assert page.count('<p class="hint">') == page.count('<table class="grid wide') > 0


def test_a_name_that_is_not_there_is_answered_with_the_nearest(demo: Demo) -> None:
    ran = demo.client.docgen("guide", "deply")
    assert ran.code == 2 and "deploy" in ran.stderr
