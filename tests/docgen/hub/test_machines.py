"""What the hub has for programs: the feed and the badges."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

import feedparser
import pytest

from checks.model import Light, Status
from docgen.hub import nights
from docgen.hub.badges import badge
from docgen.hub.feed import feed
from docgen.hub.past import Past
from docgen.i18n import Translator

sys.path.insert(0, str(Path(__file__).parents[1] / "renderers"))
import sample

ATOM = "{http://www.w3.org/2005/Atom}"
REPORT = sample.report("staging", "prod")


def past(*days: dict[str, Status]) -> Past:
    made = [
        nights.Night(
            f"2025-11-{n:02}T01:00:00.000Z", f"{n:064x}", {"prod": Light.RED}, statuses, None, f"{n}"
        )
        for n, statuses in enumerate(days, 1)
    ]
    return Past(made[:-1], made[-1])


ID = REPORT.results()[0].id
PAST = past(
    {ID: Status.OK}, {ID: Status.FAIL}, {ID: Status.FAIL}, {ID: Status.OK, "x/y/<z>\x1b": Status.WARN}
)


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_feed_is_valid_and_its_ids_stay(language: str) -> None:
    raw = feed(REPORT, PAST, Translator(language))
    read = feedparser.parse(raw)
    assert (read.bozo, read.version, read.feed.language) == (False, "atom10", language)
    assert [e.link for e in read.entries] == ["runs/2025-11-04T010000Z.html", "runs/2025-11-02T010000Z.html"]
    root = ElementTree.fromstring(raw)
    for part in (root, *root.iter(f"{ATOM}entry")):
        for wanted in ("id", "title", "updated"):
            assert len(part.findall(f"{ATOM}{wanted}")) == 1, "as RFC 4287 asks"
        assert "alternate" in [link.get("rel") for link in part.findall(f"{ATOM}link")]
    assert root.find(f"{ATOM}author/{ATOM}name") is not None
    ids = [part.findtext(f"{ATOM}id") or "" for part in (root, *root.iter(f"{ATOM}entry"))]
    assert len(set(ids)) == 3 and all(one.startswith("urn:uuid:") for one in ids)
    later = past(*[dict(night.statuses) for night in PAST.nights], {ID: Status.WARN})
    again = [e.id for e in feedparser.parse(feed(REPORT, later, Translator(language))).entries]
    assert again[1:] == ids[1:] and again[0] not in ids, "a later run adds an entry and leaves the others"


def test_the_feed_says_what_changed() -> None:
    newest, older = feedparser.parse(feed(REPORT, PAST, Translator("en"))).entries
    assert (newest.title, older.title) == ("1 resolved, 1 new check", "1 newly not met")
    assert (
        "Not met → Met" in newest.content[0].value
        and "x/y/<z>\\x1b: newly declared → Warning" in newest.content[0].value
    )
    assert feedparser.parse(feed(REPORT, past({ID: Status.OK}), Translator("en"))).entries == []


@pytest.mark.parametrize("light", Light)
def test_a_badge_says_it_in_shape_and_word(light: Light) -> None:
    environment = REPORT.environments[0]._replace(overall=light, title='<Prod & "Co">\x1b' + "x" * 99)
    root = ElementTree.fromstring(badge(REPORT, environment, Translator("de")))
    svg = "{http://www.w3.org/2000/svg}"
    words = [one.text for one in root.iter(f"{svg}text")]
    assert words[0] is not None and words[0].startswith('<Prod & "Co">\\x1b') and len(words[0]) == 60
    title = root.findtext(f"{svg}title") or ""
    assert words[1] in ("In Ordnung", "Eingeschränkt", "Kritisch", "Nicht feststellbar") and words[1] in title
    shape = root.find(f"{svg}svg")
    assert shape is not None and len(shape), "not by colour alone"
    assert root.get("role") == "img" and not [
        a for e in root.iter() for a in e.attrib if a == "style" or a.startswith("on")
    ]
    assert all(
        float(t.get("textLength", "0")) < float(root.get("width", "0")) for t in root.iter(f"{svg}text")
    )
