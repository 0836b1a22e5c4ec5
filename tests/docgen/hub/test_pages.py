"""The pages of the hub in a real browser, with the policy in force: axe-core on each sort, filters, keyboard, no script."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from checks import snapshot as snapshots
from checks.evaluate import evaluate
from checks.model import Light, Report, Status
from checks.spec import load
from docgen.hub import nights, rules
from docgen.hub.build import build
from docgen.hub.nights import Night
from docgen.hub.run import begun
from docgen.i18n import LANGUAGES
from docgen.renderers.evidence import address

from .. import axe
from . import sample

WEIGHED = "staging-deployment/permissions-fix"


def past(report: Report) -> list[Night]:
    """Some nights before `report`, with one missing, and with a check that is gone since."""
    made: list[Night] = []
    end = datetime.fromisoformat(report.collected_at)
    for n, (light, status) in enumerate(
        [
            (Light.GREEN, Status.OK),
            (Light.RED, Status.FAIL),
            (Light.GREY, Status.UNKNOWN),
            (Light.YELLOW, Status.WARN),
        ]
    ):
        at = (end - timedelta(days=6 - n)).strftime("%Y-%m-%dT01:00:00.000Z")
        statuses = {r.id: Status.OK for r in report.results()[:-3]} | {"build/gone/file-x@web": status}
        statuses |= {id_: status for id_ in statuses if id_.startswith(WEIGHED)}
        lights = {e.name: light for e in report.environments}
        night = nights.parse(
            nights.dump(Night(at, "ab" * 32, lights, statuses, made[-1].sha256 if made else None))
        )
        assert night
        made.append(night)
    return made


class Hub:
    """A hub on loopback, with the headers of the real one."""

    def __init__(self, folder: Path, demo: Path) -> None:
        spec, snapshot = load(demo / "docgen.yml"), snapshots.read(demo / "snapshot.json")
        self.report = evaluate(spec, snapshot)
        self.nights = past(self.report)
        self.files = build(spec, snapshot, self.nights, {}).files
        published = begun(snapshot.collected_at, None).published(snapshot.finished_at, 1)
        for name, content in {**self.files, **published.files}.items():
            (folder / "hub" / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / "hub" / name).write_bytes(content)

        class Handler(SimpleHTTPRequestHandler):
            def end_headers(self) -> None:
                for name, value in rules.HEADERS.items():
                    self.send_header(name, value)
                super().end_headers()

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder / "hub")))
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def sorts(self) -> list[str]:
        """A page of each sort, without language and ending."""
        found = sample.sorts(name.removeprefix("en/") for name in self.files if name.startswith("en/"))
        return [*found, f"checks/{WEIGHED.replace('/', '.')}", "checks/build.gone"]


@pytest.fixture(scope="module")
def hub(demo_of: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    made = Hub(tmp_path_factory.mktemp("pages"), demo_of("blocked"))
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def show(browser: Browser, hub: Hub) -> Iterator[Any]:
    """``show(page, language)``: a page of the hub. Whatever the browser complains of fails the test."""
    contexts, complaints = [], list[str]()

    def show(page: str, language: str = "en", query: str = "", **options: Any) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        shown = context.new_page()
        shown.on("console", lambda message: complaints.append(message.text))
        shown.on("pageerror", lambda error: complaints.append(str(error)))
        shown.goto(f"{hub.url}{language}/{page}.html{query}")
        return shown

    yield show
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_on_any_sort_of_page_in_any_mode(hub: Hub, browser: Browser, language: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text))
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("request", lambda one: None if one.url.startswith((hub.url, "data:")) else found.append(one.url))
    page.on("response", lambda one: found.append(f"{one.url}: {one.status}") if one.status >= 400 else None)
    for name in hub.sorts:
        page.goto(f"{hub.url}{language}/{name}.html")
        if not name.startswith("status"):  # what is folded there is looked at where the page stands alone
            page.evaluate(axe.UNFOLD)
        # What is dark or printed has the same colours in every language.
        modes = axe.MODES if language == "de" else ("light", "narrow")
        found += [f"{name}: {one}" for one in axe.violations(page, *modes)]
    context.close()
    assert found == []


def visible(page: Page) -> list[str]:
    return page.evaluate(
        "[...document.querySelectorAll('tbody.row')].filter(r => r.checkVisibility()).map(r => r.id)"
    )  # type: ignore[no-any-return]


def test_rows_are_filtered_by_status_severity_and_text(show: Any, hub: Hub) -> None:
    page = show("status-staging")
    panel = page.locator("#_filter")
    results = [r for r in hub.report.results() if r.environment in ("staging", None)]
    said = panel.get_by_role("status")
    assert said.inner_text() == f"{len(results)} of {len(results)} checks"
    assert said.get_attribute("aria-live") == "polite"
    panel.get_by_role("checkbox", name="Not met").check()
    failed = {r.id for r in results if r.status is Status.FAIL}
    assert set(visible(page)) == failed and page.url.endswith("?status=fail")
    assert said.inner_text() == f"{len(failed)} of {len(results)} checks"
    panel.get_by_label("Text").fill("SHÄRED/storage".replace("Ä", "A"))
    page.wait_for_url("**/status-staging.html?status=fail&q=SHARED%2Fstorage")
    assert [id_ for id_ in visible(page) if "shared-storage" in id_] == visible(page) != []
    other = page.get_by_role("link", name="Deutsch").get_attribute("href") or ""
    assert other.endswith("/de/status-staging.html?status=fail&q=SHARED%2Fstorage")
    panel.get_by_role("button", name="Show all").click()
    assert "?" not in page.url and said.inner_text().startswith(f"{len(results)} of")
    panel.get_by_label("Severity").select_option("critical")
    assert set(visible(page)) == {r.id for r in results if r.severity == "critical"}


def test_a_filter_is_part_of_the_address(show: Any, hub: Hub) -> None:
    page = show("status-staging", query="?status=ok&severity=high&q=%C3%9Cber%22%3E%3Cb%3E")
    panel = page.locator("#_filter")
    assert (
        panel.get_by_label("Met", exact=True).is_checked()
        and panel.get_by_label("Text").input_value() == 'Über"><b>'
    )
    assert visible(page) == []
    panel.get_by_label("Text").fill("")
    page.locator("tbody.row:not(.off)").first.wait_for()
    met = {
        r.id for r in hub.report.results()
        if r.environment in ("staging", None) and r.status is Status.OK and r.severity in ("critical", "high")
    }  # fmt: skip
    assert set(visible(page)) == met, "folded rows are shown where they are asked for"
    failed = next(r.id for r in hub.report.results() if r.status is Status.FAIL)
    page.evaluate("id => { location.hash = id; }", failed)
    page.locator(f'[id="{failed}"]').wait_for()
    assert "?" not in page.url, "a link to a row lifts the filter"


def test_a_status_that_no_row_has_is_kept(show: Any, hub: Hub) -> None:
    there = {r.status for r in hub.report.results() if r.environment in ("staging", None)}
    absent = [one.value for one in Status if one not in there]
    page = show("status-staging", query=f"?status={','.join(absent)}&severity=high")
    said = page.locator("#_filter").get_by_role("status")
    assert visible(page) == [] and said.inner_text().startswith("0 of ")
    assert page.url.endswith(f"?status={'%2C'.join(absent)}&severity=high") and absent
    page.locator("#_filter").get_by_role("button", name="Show all").click()
    assert "?" not in page.url and visible(page) != []


def test_a_piece_of_evidence_has_an_address(show: Any, hub: Hub) -> None:
    result = next(r for r in hub.report.results() if r.id.startswith(WEIGHED) and r.evidence)
    page = show(f"checks/{WEIGHED.replace('/', '.')}", query=f"#{address(result.evidence[0])}")
    assert page.locator(f"#{address(result.evidence[0])}").is_visible(), "unfolded"


def test_a_filter_hides_nothing_on_paper(show: Any, hub: Hub) -> None:
    page = show("status-staging", query="?q=nothing+is+like+this")
    assert visible(page) == []
    page.emulate_media(media="print")
    assert len(visible(page)) == sum(r.environment in ("staging", None) for r in hub.report.results())
    assert not page.locator(".filter").is_visible()


def test_without_script_there_is_no_filter_and_nothing_is_missing(show: Any) -> None:
    page = show("status-staging", query="?status=fail", java_script_enabled=False)
    assert not page.locator(".filter").is_visible()
    assert page.locator(".row.pending").first.is_visible()
    page.get_by_role("link", name="Permissions Fix").first.click()


FOCUS = """() => { const e = document.activeElement; if (!e || e === document.body) return null;
    const s = getComputedStyle(e), b = e.getBoundingClientRect();
    return {html: e.outerHTML.slice(0, 120), outline: parseFloat(s.outlineWidth), style: s.outlineStyle,
            top: b.top, bottom: b.bottom, height: b.height}; }"""


@pytest.mark.parametrize("width", [1280, 390])
def test_the_keyboard_skips_to_the_content_and_shows_where_it_is(show: Any, width: int) -> None:
    page = show("exceptions", viewport={"width": width, "height": 900})
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert page.evaluate(FOCUS)["top"] >= 0, "what has the focus is seen"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "_main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    page.goto(page.url.split("#")[0])
    wanted = page.evaluate(
        """[...document.querySelectorAll('a[href], summary, input, select, button, [tabindex="0"]')]
        .filter(e => e.checkVisibility({contentVisibilityAuto: true}) && !e.disabled).length"""
    )
    seen = 0
    for _ in range(wanted + 5):
        page.keyboard.press("Tab")
        if (focus := page.evaluate(FOCUS)) is None:
            break
        seen += 1
        assert focus["outline"] >= 3 and focus["style"] == "solid", focus
        assert focus["bottom"] > 0 and focus["top"] < 900, focus
    assert seen == wanted > (20 if width == 1280 else 8)


def test_the_menu_opens_where_there_is_no_room_for_it(show: Any) -> None:
    page = show("index", viewport={"width": 390, "height": 844}, java_script_enabled=False)
    link = page.get_by_role("navigation").get_by_role("link", name="History and figures")
    assert not link.is_visible()
    page.get_by_text("Menu").click()
    link.click()
    assert page.url.endswith("/en/history.html")
    wide = show("index", viewport={"width": 1280, "height": 844}, java_script_enabled=False)
    assert wide.get_by_role("navigation").get_by_role("link", name="History and figures").is_visible()
    assert not wide.get_by_text("Menu").is_visible()
