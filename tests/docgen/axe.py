"""axe-core on a page that a browser shows, in every mode in which it can be read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
UNFOLD = "document.querySelectorAll('details').forEach(d => d.open = true)"
NARROW = 360
"""Pixels."""
MODES: dict[str, tuple[tuple[int, int], dict[str, Any], list[str]]] = {
    "light": ((1280, 800), {"media": "screen", "color_scheme": "light"}, []),
    "dark": ((1280, 800), {"media": "screen", "color_scheme": "dark"}, []),
    "narrow": (
        (NARROW, 800),
        {"media": "screen", "color_scheme": "light"},
        ["target-size", "scrollable-region-focusable"],
    ),
    "print": ((688, 1000), {"media": "print", "color_scheme": "light"}, []),
}
"""Size of the window, what is emulated, and the rules beside contrast that come out otherwise than in the first mode."""

# Contrast is what takes axe its time. Elements of the same style on the same ground have the same contrast: one of each will
# do, that with the longest text, since axe does not judge a single sign. The ground is what is painted under them, by all
# that they lie in.
_ONE_OF_EACH = """() => {
    const ground = new Map([[null, ""]]), seen = new Map();
    for (const e of document.querySelectorAll("body, body *")) {
        const s = getComputedStyle(e), own = s.backgroundColor + s.backgroundImage + s.opacity;
        const plain = own === "rgba(0, 0, 0, 0)none1", before = ground.get(e.parentElement) ?? "";
        ground.set(e, plain ? before : before + "|" + own);
        const text = [...e.childNodes].map(n => n.nodeType === 3 ? n.data.trim() : "").join("");
        if (!text || !e.checkVisibility()) continue;
        const key = [ground.get(e), s.color, s.fontSize, s.fontWeight, s.position, s.textShadow, e.tagName].join();
        if (text.length > (seen.get(key)?.length ?? 0)) seen.set(key, {e, length: text.length});
    }
    return [...seen.values()].map(one => one.e);
}"""
_RUN = f"""async ([all, rules]) => {{
    const options = {{resultTypes: ["violations"], preload: false}}, one = ({_ONE_OF_EACH})();
    const colours = {{...options, runOnly: {{type: "rule", values: ["color-contrast"]}}}};
    const found = [await axe.run({{include: one}}, colours)];
    if (all) found.push(await axe.run(document, {{...options, runOnly: {{type: "tag", values: all}}, rules: {{
        "color-contrast": {{enabled: false}}}}}}));
    if (rules.length) found.push(await axe.run(document, {{...options, runOnly: {{type: "rule", values: rules}}}}));
    return [found.flatMap(f => f.passes).length, one.length, found.flatMap(f => f.violations).flatMap(v => v.nodes.map(n =>
        `${{v.id}}: ${{n.html.slice(0, 160)}} (${{n.failureSummary}})`)),
        document.documentElement.scrollWidth - document.documentElement.clientWidth];
}}"""


def violations(page: Page, *modes: str) -> Iterator[str]:
    """What axe finds on `page` as it stands there, in each of the `modes` (without: in all of ``MODES``), and where it
    scrolls sideways; with all rules in the first, and in the others with those that come out otherwise."""
    page.evaluate(AXE)
    for number, mode in enumerate(modes or MODES):
        size, emulated, rules = MODES[mode]
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(**emulated)
        passed, looked, found, wider = page.evaluate(_RUN, [None if number else WCAG, rules])
        assert looked and passed, f"axe has not looked at the page: {page.url}"
        yield from (f"{mode}: {one}" for one in found)
        if wider > 0 and emulated["media"] == "screen":
            yield f"{mode}: {wider} pixels wider than the window"
