from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import time
from base64 import b64encode
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

from checks.model import Flow, FlowStep, Report, Status, Verdict, msg
from docgen.assets import asset_root
from docgen.i18n import Translator
from docgen.renderers import html
from docgen.renderers.flow import WIDTH, draw
from docgen.renderers.layout import Layout, remarks
from docgen.renderers.printable import one_line, printable

sys.path.insert(0, str(Path(__file__).parent))
import sample


class Page(HTMLParser):
    """A parsed page: its elements, the raw text of script and style, and all readable text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.raw: dict[str, list[str]] = {"script": [], "style": []}
        self.words: list[str] = []
        self._inside = ""
        self.feed(source)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in self.raw:
            self._inside = tag
            self.raw[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.raw[self._inside][-1] += data
        else:
            self.words.append(data)

    def values(self, attribute: str) -> list[str]:
        return [attrs[attribute] or "" for _, attrs in self.elements if attribute in attrs]

    def rows(self) -> list[str]:
        return [a["id"] or "" for tag, a in self.elements if tag == "tbody" and "id" in a]


def rendered(report: Report | None = None, language: str = "en") -> str:
    return html.render(report or sample.report(), Translator(language))


def page(report: Report | None = None) -> Page:
    return Page(rendered(report))


def only(*results: object, **update: object) -> Report:
    """A report with one component that holds `results`."""
    report = sample.report()
    section = report.sections[1]
    one = sample.component("staging/one", "One", *results)  # type: ignore[arg-type]
    sections = (section._replace(components=(one,)),)
    return report._replace(**{"sections": sections, "blockers": (), "flows": (), **update})  # type: ignore[arg-type]


def test_same_report_same_bytes_in_any_zone_and_process() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import sample, hashlib;"
        "from docgen.i18n import Translator; from docgen.renderers import html;"
        "text = html.render(sample.report('staging', 'prod'), Translator('de'));"
        "print(hashlib.sha256(text.encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "TZ": zone, "PYTHONHASHSEED": seed, "PYTHONPATH": str(asset_root())},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for zone, seed in (("UTC", "1"), ("Pacific/Auckland", "2"))
    }
    assert digests == {
        hashlib.sha256(rendered(sample.report("staging", "prod"), "de").encode()).hexdigest() + "\n"
    }


@pytest.mark.parametrize("report", [sample.report(), sample.report("staging", "prod"), sample.large(120)])
def test_every_result_is_one_row(report: Report) -> None:
    assert Counter(page(report).rows()) == Counter(r.id for r in report.results())


def test_ids_are_unique_and_every_link_inside_the_page_has_a_target() -> None:
    parsed = page(sample.report("staging", "prod"))
    ids = Counter(parsed.values("id"))
    assert [id for id, count in ids.items() if count > 1] == []
    inside = {href[1:] for href in parsed.values("href") if href.startswith("#")}
    assert inside
    assert inside <= set(ids)


def test_hostile_text_stays_text() -> None:
    source = rendered(sample.poisoned())
    source.encode()
    parsed = Page(source)
    assert parsed.raw["script"] == [(asset_root() / "site/script/page.js").read_text(encoding="utf-8")]
    assert len(parsed.raw["style"]) == 1
    tags = {tag for tag, _ in parsed.elements}
    assert not tags & {
        "img",
        "iframe",
        "object",
        "embed",
        "form",
        "base",
        "audio",
        "video",
        "input",
        "button",
    }
    for _tag, attrs in parsed.elements:
        assert not [name for name in attrs if name.startswith("on") or name in ("style", "src", "srcset")]
    for href in parsed.values("href"):
        assert href.startswith(("#", "data:image/svg+xml,%3Csvg "))
    assert "\x1b" not in source
    assert "\u202e" not in source
    assert "\\x1b[31m\\u202e\\xff" in parsed.text
    assert "{{7*7}}" in parsed.text
    assert len(parsed.rows()) == len(sample.poisoned().results())


def test_only_absolute_web_addresses_become_links() -> None:
    links = (
        ("good", "https://wiki.example.com/sudo"),
        ("script", "javascript:alert(1)"),
        ("data", "data:text/html,x"),
        ("relative", "docs/guide.md"),
        ("schemeless", "//evil.example/"),
        ("broken", "http://[::1"),
    )
    report = only(sample.result("staging/one/x", "x", Status.FAIL))
    component = report.sections[0].components[0]._replace(links=links)
    section = report.sections[0]._replace(components=(component,))
    parsed = page(report._replace(sections=(section,)))
    outside = [h for h in parsed.values("href") if not h.startswith(("#", "data:image/svg+xml"))]
    assert outside == ["https://wiki.example.com/sudo"]
    assert "javascript:alert(1)" in parsed.text


def test_policy_admits_exactly_the_style_and_script_of_the_page() -> None:
    parsed = page()
    policies = [
        a["content"] or "" for t, a in parsed.elements if a.get("http-equiv") == "Content-Security-Policy"
    ]
    assert len(policies) == 1
    for kind in ("style", "script"):
        (text,) = parsed.raw[kind]
        digest = b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policies[0]
    assert policies[0].startswith("default-src 'none';")
    assert "unsafe" not in policies[0]


def test_nothing_in_the_page_points_outside() -> None:
    (style,) = page().raw["style"]
    assert {url[:24] for url in re.findall(r'url\("?([^)]*)', style)} == {"data:font/woff2;base64,d"}
    assert "@import" not in style


def test_order_of_the_page() -> None:
    source = rendered()
    places = [
        source.index(text)
        for text in (
            "<h1>",
            'id="_age"',
            'class="lights"',
            'id="_blockers"',
            'id="_next"',
            'id="_counts"',
            'id="_deviations"',
            'id="_flow"',
            'id="_remaining"',
            'id="_provenance"',
        )
    ]
    assert places == sorted(places)


def test_counts_add_up() -> None:
    report = sample.report()
    text = page(report).text
    assert "19 checks declared, 19 shown" in text
    assert "8 + 1 + 2 + 5 + 1 + 1 + 1 = 19" in text
    assert "8 of 19 checks. In brackets" in text
    assert "1 of 19 checks. Neither met nor not met" in text


def test_differences_in_marks_and_in_words() -> None:
    source, text = rendered(), page().text
    assert '<b class="soll"><span class="vh">required: </span>[deploy]</b>' in source
    assert '<b class="ist"><span class="vh">seen: </span>[root]</b>' in source
    assert "Difference: owner: root instead of deploy" in text
    assert "mode: 0755 instead of 2775 (setgid is missing)" in text
    assert "15 d (SOLL: at least 14 d)" in text
    assert "[www-data]" not in text


def test_pending_stands_under_its_root_cause() -> None:
    groups = Layout(sample.report()).deviations
    held = [g for g in groups if g.causes]
    # The smoke tests are held up by the switch, which is itself held up by the missing right.
    assert [[p.label for p in g.causes] for g in held] == [["Permissions Fix"]]
    assert {row.component.name for row in held[0].rows} == {"Symlink Switch", "Smoke Tests"}
    text = page().text
    assert "Not reached because of Permissions Fix · 4 checks" in text
    assert text.count("does not count") >= 4


def test_a_host_that_was_not_reached_is_said_once() -> None:
    text = page(sample.report("staging", "prod")).text
    assert "Host not reached: www2.example.com · Production · 2 checks · see the blocker above" in text
    # The blocker says why; the rows only say that nothing was seen.
    assert text.count("no route to www2.example.com") == 1
    assert "at least 5.0 GiB free on /var not seen" in text


def test_further_steps_are_folded() -> None:
    parsed = page()
    assert "Show all: 1 further step" in parsed.text
    assert parsed.text.count("Renew the certificate.") == 2


def test_a_circle_of_causes_ends() -> None:
    a = sample.result("staging/one/a", "a", Status.PENDING, because=("staging/one/b",))
    b = sample.result("staging/one/b", "b", Status.PENDING, because=("staging/one/a",))
    assert sorted(page(only(a, b)).rows()) == ["staging/one/a", "staging/one/b"]


def test_without_aspects_soll_and_reason_stand_in() -> None:
    asked = sample.result(
        "staging/one/a", "a", Status.UNKNOWN, soll=msg("a file"), reason=msg("access denied here")
    )
    silent = sample.result("staging/one/b", "b", Status.FAIL, soll=msg("a folder"))
    text = page(only(asked, silent)).text
    assert "a file access denied here" in text
    assert text.count("access denied here") == 1
    assert "a folder not seen" in text


def test_waiver_shows_until_when_and_why() -> None:
    text = page().text
    assert "Exception until 2025-12-01 00:00 UTC" in text
    assert "load test until the end of November" in text
    assert "ended on 2025-10-31 00:00 UTC: migration of the storage" in text


def test_several_environments_have_a_verdict_each() -> None:
    parsed = page(sample.report("staging", "prod"))
    assert "API Gateway: Could not be determined" in parsed.text
    assert "Staging: limited." in parsed.text
    assert "Production: could not be determined. www2.example.com was not reached." in parsed.text
    assert parsed.text.count("May we deploy?") == 2
    assert "Certificate · Production · Operation" in parsed.text
    assert "not reached : deploy@www2.example.com:22 (Production)" in parsed.text


def test_nothing_checked_is_not_green() -> None:
    text = page(sample.empty()).text
    assert "Nothing was checked" in text
    assert "No deviations" not in text
    assert "Met" not in text.replace("0 Met", "")


def test_a_report_without_deviations_says_so() -> None:
    good = sample.result("staging/one/a", "a", Status.OK, sample.aspect(None, "present", "present"))
    assert "No deviations Every check is met, excepted or not applicable." in page(only(good)).text


def test_evidence_is_complete() -> None:
    noisy = sample.evidence("cat /var/log/x", "line one\n\x1b]0;title\x07\tend", exit_code=3, truncated=True)
    source = rendered(only(sample.result("staging/one/a", "a", Status.FAIL, evidence=(noisy,))))
    assert '<pre translate="no">line one\n\\x1b]0;title\\x07\tend</pre>' in source
    text = Page(source).text
    for part in (
        "cat /var/log/x",
        noisy.sha256,
        "2025-11-01 23:15:04 UTC",
        "Exit code 3",
        "longer than docgen reads",
    ):
        assert part in text


def test_age_is_left_to_the_reader() -> None:
    source = rendered()
    age = re.search(r'<b id="_age"[^>]*></b>', source)
    assert age
    assert " hidden " in age[0]
    for text in (
        "collected 1 minute ago",
        "collected {n} minutes ago",
        "collected {n} days ago",
        "Expired: {age}",
    ):
        assert text in age[0]


def test_local_time_stands_in_brackets_once() -> None:
    assert "as of 2025-11-01 23:15 UTC (2025-11-02 00:15 CET)" in page().text
    assert "as of 2025-11-01 23:15 UTC valid until" in page(sample.report(zone="UTC")).text
    nearby = sample.report(zone="Europe/Berlin")._replace(collected_at="2025-11-01T12:00:00Z")
    assert "as of 2025-11-01 12:00 UTC (13:00 CET)" in page(nearby).text


def test_static_texts_follow_the_language() -> None:
    assert '<html lang="de">' in rendered(language="de")
    assert "01.11.2025, 23:15 UTC" in Page(rendered(language="de")).text


def test_a_large_report_is_quick() -> None:
    def took(report: Report) -> float:
        start = time.process_time()
        rendered(report)
        return time.process_time() - start

    hundred = sample.large(100)
    rendered(hundred)
    assert took(sample.large(1000)) < 25 * min(took(hundred) for _ in range(3))


def test_the_fonts_are_small_and_licensed() -> None:
    fonts = asset_root() / "site/fonts"
    assert sum(f.stat().st_size for f in fonts.glob("*.woff2")) < 250_000
    assert "SIL Open Font License" in (fonts / "OFL.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain", "plain"),
        ("Größe → 5", "Größe → 5"),
        ("a\x1b[31m", "a\\x1b[31m"),
        ("a\u202eb\u2066c", "a\\u202eb\\u2066c"),
        ("a\udcffb", "a\\xffb"),
        ("a\ud800b", "a\\ud800b"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("a\r\nb", "a\\x0d\nb"),
    ],
)
def test_printable(raw: str, shown: str) -> None:
    assert printable(raw) == shown


def test_one_line_spells_out_newlines() -> None:
    assert one_line("a\nb\tc") == "a\\nb\\tc"


def _flow(count: int, broken: int) -> Flow:
    def status(n: int) -> Status:
        return Status.OK if n < broken else Status.FAIL if n == broken else Status.PENDING

    steps = [
        FlowStep(number=n, name=f"Step number {n}", group="g", status=status(n), because=(), results=())
        for n in range(1, count + 1)
    ]
    return Flow(name="f", environment=None, steps=tuple(steps))


@pytest.mark.parametrize(("count", "rows"), [(0, 0), (1, 1), (13, 1), (14, 2), (30, 3)])
def test_a_flow_is_drawn_whole_and_inside_its_frame(count: int, rows: int) -> None:
    drawing = draw(_flow(count, 5))
    assert len(drawing.tracks) == rows
    stops = [stop for track in drawing.tracks for stop in track.stops]
    assert [stop.step.number for stop in stops] == list(range(1, count + 1))
    assert all(0 < stop.x < WIDTH for stop in stops)
    assert all(track.y < drawing.height for track in drawing.tracks)


def test_a_flow_stops_where_it_failed() -> None:
    lines = draw(_flow(6, 3)).tracks[0].lines
    assert [line.reached for line in lines] == [True, True, False, False, False]
    assert [line.stopped for line in lines] == [False, False, True, False, False]


def test_remarks_do_not_repeat_what_is_shown() -> None:
    reason = msg("because")
    row = sample.result("a/b/c", "c", Status.UNKNOWN, reason=reason)
    assert remarks(row, shown=(reason,)) == []
    assert [sentence.id for _, sentence in remarks(row)] == ["because"]


def test_undetermined_aspects_keep_their_note() -> None:
    unseen = sample.aspect("owner", "deploy", None, Verdict.UNDETERMINED, note="the folder is closed")
    text = page(only(sample.result("staging/one/a", "a", Status.UNKNOWN, unseen))).text
    assert "owner required: [deploy]" in text
    assert "seen: [not seen]" in text
    assert "Note: the folder is closed" in text
