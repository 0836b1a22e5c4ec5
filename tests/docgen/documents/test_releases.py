"""What is proposed for removal, and what stays because somebody speaks of it."""

from __future__ import annotations

from typing import Any

from docgen.documents import composed
from docgen.renderers.document import render

from .demo import Demo, altered, commands

REMOVE = "Remove what nobody needs"


def removed(demo_source: Any) -> list[str]:
    return [one.rpartition("/")[2] for one in commands(composed("releases", demo_source), REMOVE)]


def with_old(source: Any, *names: str) -> Any:
    def more(value: Any) -> Any:
        like = value["releases"][0]
        return {
            **value,
            "releases": [*value["releases"], *({**like, "name": name} for name in names)],
            "count": value["count"] + len(names),
        }

    return altered(source, "rollback", "folder", more)


def test_what_an_exception_speaks_of_stays_with_its_reason_and_its_end(demo: Demo) -> None:
    source = demo.source("blocked")
    waiver = source.spec.waivers[0]
    assert removed(source) == []
    page = render(composed("releases", source), source.report, "md", "en").decode()
    assert f"an exception until the end of {waiver.written}: Kept for the analysis" in page
    # Without the exception the check of the spec still looks into it; without that nobody speaks of it.
    bare = source.spec._replace(
        sections=tuple(
            s._replace(components=tuple(c for c in s.components if c.name != "Old releases"))
            for s in source.spec.sections
        ),
        waivers=(),
    )
    source = altered(source._replace(spec=bare), "rollback", "folder", lambda value: value)
    assert removed(source) == [
        min(p.name for p in (demo.folders["blocked"] / "world/production/releases").iterdir())
    ]


def test_only_what_nobody_speaks_of_is_proposed_for_removal(demo: Demo) -> None:
    source = with_old(demo.source("blocked"), "20200101_000000-aaaaaaaa", "29990101_000000-bbbbbbbb")
    # Not what is newer than the live one: it may just be on its way.
    assert removed(source) == ["20200101_000000-aaaaaaaa"]

    def marked(value: Any) -> Any:
        entry = {"timestamp": "2026-01-01T00:00:00Z", "action": "mark-bad", "environment": "production",
                 "result": "ok", "release": "20200101_000000-aaaaaaaa", "until": "2099-12-31"}  # fmt: skip
        return {
            **value,
            "entries": [*value["entries"], {"file": "m.json", "line": 1, "entry": entry, "error": None}],
        }

    source = altered(source, "ledger", "entries", marked)
    assert removed(source) == []
    page = render(composed("releases", source), source.report, "md", "en").decode()
    assert "the ledger speaks of it, until 2099-12-31 00:00 UTC (`m.json`)" in page
