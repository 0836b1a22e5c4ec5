"""The page in a real browser: axe-core, requests, script off, keyboard, paper and narrow screens."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from checks.model import Report
from docgen.i18n import LANGUAGES, Translator
from docgen.renderers import html

from .. import axe

sys.path.insert(0, str(Path(__file__).parent))
import sample


class _Site:
    """A page behind a loopback server that remembers what it was asked for."""

    def __init__(self) -> None:
        self.source = b""
        self.asked: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(site.source)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"


@pytest.fixture
def site() -> Iterator[_Site]:
    site = _Site()
    thread = threading.Thread(target=site.server.serve_forever, daemon=True)
    thread.start()
    yield site
    site.server.shutdown()
    thread.join()
    site.server.server_close()


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Any]:
    """``show(report, language, **context)``: the page of `report`, open in a browser of its own."""
    contexts = []

    def show(
        report: Report, language: str = "en", *, media: str | None = None, now: str = "", **options: Any
    ) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        if now:
            page.clock.set_fixed_time(now)
        if media:
            page.emulate_media(media=media)  # type: ignore[arg-type]
        file = tmp_path / "page.html"
        file.write_text(html.render(report, Translator(language)), encoding="utf-8")
        page.goto(file.as_uri())
        return page

    yield show
    for context in contexts:
        context.close()


def test_what_is_wrong_in_one_mode_alone_is_found(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content(
        """<!doctype html><html lang="en"><title>Modes</title><style>
        @media (prefers-color-scheme: dark) { .dark { color: #777; background: #888 } }
        @media (max-width: 400px) { .narrow { width: 700px } }
        @media print { .print { color: #777; background: #888 } }
        </style><main><h1>Modes</h1><p>Text<p class="dark">Dark<p class="narrow">Narrow<p class="print">Print</main>"""
    )
    found = [re.findall("^([a-z]+): (color-contrast|[0-9]+ pixels)", one)[0] for one in axe.violations(page)]
    page.close()
    assert [mode for mode, _ in found] == ["dark", "narrow", "print"]
    assert [what for _, what in found][::2] == ["color-contrast"] * 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_in_any_mode(show: Any, language: str) -> None:
    page = show(sample.report(), language)
    if language == "de":
        assert list(axe.violations(page, "light")) == []
    page.evaluate(axe.UNFOLD)
    # What is dark or printed has the same colours in every language.
    assert list(axe.violations(page, *(axe.MODES if language == "de" else ("light", "narrow")))) == []


def test_axe_finds_nothing_in_the_readers_own_colours(show: Any) -> None:
    page = show(sample.report(), forced_colors="active")
    page.evaluate(axe.UNFOLD)
    assert list(axe.violations(page, "light")) == []


@pytest.mark.parametrize("report", [sample.report("staging", "prod"), sample.empty(), sample.poisoned()])
def test_axe_finds_nothing_in_other_reports(show: Any, report: Report) -> None:
    page = show(report)
    page.evaluate(axe.UNFOLD)
    assert list(axe.violations(page, "light")) == []


@pytest.mark.parametrize("report", [sample.report("staging", "prod"), sample.poisoned()])
def test_no_request_but_the_page_itself(browser: Browser, site: _Site, report: Report) -> None:
    site.source = html.render(report, Translator("en")).encode()
    page = browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    requests: list[str] = []
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.requestWillBeSent", lambda event: requests.append(event["request"]["url"]))
    page.goto(site.url, wait_until="networkidle")
    page.evaluate(axe.UNFOLD)
    page.emulate_media(media="print")
    page.wait_for_load_state("networkidle")
    page.close()
    assert [url for url in requests if not url.startswith("data:")] == [site.url]
    assert site.asked == ["/"]
    # The policy is in force: what it refuses would be a complaint here.
    assert complaints == []


def test_fonts_are_the_pages_own(show: Any) -> None:
    page = show(sample.report())
    page.evaluate("document.fonts.ready")
    loaded = page.evaluate(
        """[...document.fonts].filter(f => f.status == 'loaded')
        .map(f => `${f.family.replaceAll('"', '')} ${f.weight}`)"""
    )
    assert {"docgen Sans 400", "docgen Sans 600", "docgen Mono 400", "docgen Mono 600"} <= set(loaded)


def test_without_script_everything_is_there(show: Any) -> None:
    report = sample.report()
    page = show(report, java_script_enabled=False)
    t = Translator("en")
    text = page.locator("body").inner_text()
    for part in (
        "as of 2025-11-01 23:15 UTC",
        "valid until 2025-11-02 23:15 UTC",
        t.plain(report.environments[0].verdict),
    ):
        assert part in text
    assert not page.locator("#_age").is_visible()
    for summary in page.locator("details.fold > summary").all():
        summary.click()
    for result in report.results():
        assert page.locator(f'[id="{result.id}"]').is_visible()
    page.locator("details.evidence > summary").first.click()
    assert page.locator("details.evidence pre").first.is_visible()


@pytest.mark.parametrize(
    ("now", "said", "expired"),
    [
        ("2025-11-01T23:15:20Z", "collected just now", False),
        ("2025-11-01T23:16:10Z", "collected 1 minute ago", False),
        ("2025-11-01T23:27:00Z", "collected 12 minutes ago", False),
        ("2025-11-02T22:15:00Z", "collected 23 hours ago", False),
        ("2025-11-04T23:27:00Z", "Expired: collected 3 days ago, says nothing about today", True),
    ],
)
def test_the_age_comes_from_the_readers_clock(show: Any, now: str, said: str, expired: bool) -> None:
    age = show(sample.report(), now=now).locator("#_age")
    assert age.is_visible()
    assert age.inner_text() == said
    assert ("expired" in (age.get_attribute("class") or "")) is expired


def test_a_clock_that_is_behind_says_nothing(show: Any) -> None:
    assert not show(sample.report(), now="2025-10-01T00:00:00Z").locator("#_age").is_visible()


def test_paper_shows_everything_but_the_age(show: Any) -> None:
    report = sample.report()
    page = show(report, now="2025-11-01T23:27:00Z", media="print", java_script_enabled=True)
    assert page.locator("details[open]").count() == 0
    for result in report.results():
        box = page.locator(f'[id="{result.id}"]').bounding_box()
        assert box, result.id
        assert box["height"] > 10
    # What is met stands there in one line; whoever doubts it has the page.
    for excerpt in page.locator(".row:not(.ok) details.evidence pre").all():
        assert (excerpt.bounding_box() or {"height": 0})["height"] > 5
    assert not page.locator("#_age").is_visible()
    assert not page.locator("nav").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_a_sheet_of_paper_is_no_telephone(show: Any) -> None:
    page = show(sample.report(), media="print", viewport={"width": 688, "height": 1000})  # A4 without margins
    assert page.locator("svg.flow").first.is_visible()
    assert page.locator("thead").first.bounding_box()["height"] > 10
    cells = page.locator(".row tr:first-child").first.locator("th, td").all()
    assert len({round(cell.bounding_box()["y"]) for cell in cells}) == 1


def test_a_link_into_folded_rows_unfolds_them(show: Any) -> None:
    page = show(sample.report())
    row = page.locator('[id="build/artifact/retention"]')
    assert not row.is_visible()
    page.evaluate("location.hash = 'build/artifact/retention'")
    row.wait_for(state="visible", timeout=60_000)


@pytest.mark.parametrize("width", [1280, 390])
def test_keyboard_reaches_every_control_and_shows_where_it_is(show: Any, width: int) -> None:
    page = show(sample.report("staging", "prod"), viewport={"width": width, "height": 900})
    controls = page.evaluate(
        "[...document.querySelectorAll('a[href], summary, [tabindex=\"0\"]')].filter(e => e.checkVisibility()).length"
    )
    seen = 0
    for _ in range(controls + 5):
        page.keyboard.press("Tab")
        focus = page.evaluate(
            """() => { const e = document.activeElement; if (!e || e === document.body) return null;
            const s = getComputedStyle(e), b = e.getBoundingClientRect();
            return {html: e.outerHTML.slice(0, 120), outline: parseFloat(s.outlineWidth),
                    style: s.outlineStyle,
                    height: b.height, width: b.width, top: b.top, bottom: b.bottom}; }"""
        )
        if focus is None:
            break
        seen += 1
        assert focus["outline"] >= 3, focus
        assert focus["style"] == "solid", focus
        assert focus["height"] >= 24, focus
        assert focus["width"] >= 24, focus
        assert focus["bottom"] > 0, focus
        assert focus["top"] < 900, focus
    assert seen == controls


@pytest.mark.parametrize("report", [sample.report("staging", "prod"), sample.poisoned()])
def test_nothing_scrolls_sideways_at_320_pixels(show: Any, report: Report) -> None:
    page = show(report, viewport={"width": 320, "height": 640})
    page.evaluate(axe.UNFOLD)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_tables_keep_their_meaning_when_their_rows_stack(show: Any) -> None:
    page = show(sample.report(), viewport={"width": 390, "height": 844})
    table = page.get_by_role("table", name="Deviations and open points")
    assert table.get_by_role("columnheader").count() == 5
    assert table.get_by_role("rowheader").count() > 5


def test_nothing_lies_upon_what_comes_next_when_rows_stack(show: Any) -> None:
    page = show(sample.report(), viewport={"width": 390, "height": 844})
    bottoms = page.evaluate(
        """() => [...document.querySelectorAll("tr.deep")].filter(deep => deep.checkVisibility()).map(deep =>
            [deep.previousElementSibling.lastElementChild.getBoundingClientRect().bottom,
             deep.getBoundingClientRect().top])"""
    )
    assert bottoms
    assert all(before <= after for before, after in bottoms), bottoms


def test_text_can_be_spaced_out(show: Any) -> None:
    page = show(sample.report(), viewport={"width": 390, "height": 844})
    page.evaluate(axe.UNFOLD)
    page.evaluate(
        """() => { const sheet = new CSSStyleSheet();
        sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
            word-spacing: 0.16em !important; }`);
        document.adoptedStyleSheets = [sheet]; }"""
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
