"""The pages of the hub over a report, a ledger and records in which everything is hostile."""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

from checks.knowledge.ledgers import understood
from checks.model import Status
from checks.spec.spec import Waiver
from docgen.hub import nights
from docgen.hub.badges import badge
from docgen.hub.components import component, gone
from docgen.hub.deployments import deployments, entry
from docgen.hub.exceptions import exceptions
from docgen.hub.feed import feed
from docgen.hub.ledgers import Book, Filed
from docgen.hub.past import Past, further
from docgen.hub.runs import run
from docgen.hub.views import Seen, history, home
from docgen.i18n import Translator
from docgen.renderers.layout import Layout
from docgen.renderers.page import Frame

sys.path.insert(0, str(Path(__file__).parents[1] / "renderers"))
import sample

BAD = sample.HOSTILE
ONES: dict[str, Any] = {"component": component, "gone": gone, "run": run, "entry": entry}
VIEWS: dict[str, Any] = {
    "history": history,
    "home": home,
    "exceptions": exceptions,
    "deployments": deployments,
}


class Tags(HTMLParser):
    """Whatever a browser might run or load."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        source = given.get("src") or ""
        if tag in ("script", "img") and not source.startswith(("assets", "../", "badges/")):
            self.found.append(f"{tag} {source}")
        self.found += [f"{tag} {name}" for name in given if name.startswith("on") or name == "style"]
        if (given.get("href") or "").startswith(("javascript:", "//")):
            self.found.append(f"{tag} {given['href']}")


def pages() -> tuple[Seen, dict[str, bytes]]:
    report = sample.poisoned()._replace(
        collected_at="2025-11-01T23:15:00Z", valid_until="2025-11-02T23:15:00Z"
    )
    night = nights.of(report)
    old = night._replace(
        collected_at="2025-10-30T01:00:00Z", snapshot=BAD, before=BAD, sha256=BAD,
        statuses={**night.statuses, f"{BAD}/{BAD}/{BAD}": Status.FAIL, "../../x/y": Status.OK},
    )  # fmt: skip
    said = {
        "action": BAD, "result": BAD, "release": BAD, "timestamp": "2025-10-30T01:00:00Z", "changes_made": [BAD],
        "preflight_checks": [{"name": BAD, "status": BAD, "detail": BAD}],
    }  # fmt: skip
    filed = (
        Filed("ledger/x.y", understood(said, BAD), said, None),
        Filed("ledger/x.z", understood({}, BAD), None, BAD),
    )
    spec: Any = SimpleNamespace(waivers=(Waiver("*", "2099-01-01T00:00:00Z", "2099-01-01", BAD, BAD, ""),))
    books = {e.name: Book(filed, 0, True) for e in report.environments}
    snapshot: Any = None
    seen = Seen(spec, snapshot, report, Layout(report), Past([old], night), books, [], [], [])
    made = {}
    for page in further(report, seen.past, books):
        frame = Frame("en", "../" * page.name.count("/"), BAD, (), ("de", "x"))
        made[page.name] = ONES[page.kind](page.name, seen, frame, Translator("en"))
    for name, view in VIEWS.items():
        made[name] = view(seen, Frame("en", "", BAD, (), ("de", "x")), Translator("en"))
    return seen, made


def test_nothing_that_was_said_runs_or_is_invisible() -> None:
    seen, made = pages()
    assert {name.split("/")[0] for name in made} == {"checks", "runs", "ledger", *VIEWS}
    for name, page in made.items():
        assert ".." not in name and "<" not in name
        text = page.decode()
        tags = Tags()
        tags.feed(text)
        assert tags.found == [], name
        assert "\x1b" not in text and "\u202e" not in text, name
        assert "alert(1)" in text, f"{name} shows what was said"
    t = Translator("de")
    ElementTree.fromstring(feed(seen.report, seen.past, t))
    ElementTree.fromstring(badge(seen.report, seen.report.environments[0], t))
