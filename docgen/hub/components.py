"""The page of a component, for good: what it wants, what was seen and how, and its last 90 nights."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from jinja2 import Template

from checks.model import Message, nmsg
from docgen.hub import places
from docgen.hub.nights import Period
from docgen.hub.past import Past
from docgen.hub.strips import SHAPES, Strip
from docgen.hub.views import Seen, rendered
from docgen.i18n import Translator
from docgen.renderers import html as status_page
from docgen.renderers.layout import Row
from docgen.renderers.page import Frame

_PERIODS = 30


def component(page: str, seen: Seen, frame: Frame, t: Translator) -> bytes:
    """The page called `page`, which is that of a component of the report."""
    report, past, layout = seen.report, seen.past, seen.layout
    section, own = next(
        (s, c) for s in report.sections for c in s.components if places.component(c.id) == page
    )
    blocked = [id_ for one in report.blockers if one.id == own.id for id_ in one.blocks]
    context: dict[str, Any] = status_page.shared(report, t, layout) | {
        "frame": frame,
        "s": section,
        "c": own,
        "environment": next((e for e in report.environments if e.name == section.environment), None),
        "because": layout.places(own.because),
        "holds": layout.places(blocked),
        "rows": [Row(r, own, section) for r in own.results],
        "past": [(r, past.check(r.id), past.periods(r.id)) for r in own.results],
        "dropped": _past(past, past.dropped.get(page, ())),
        "oldest": past.nights[0].name,
        "most": _PERIODS,
        "runs": runs,
        "run": lambda name: f"{frame.up}{places.night(name)}.html",
        "ages": status_page.ages(t),
        "local": t.local(report.collected_at, report.timezone),
    }
    return _template().render(context).encode("utf-8", "backslashreplace")


def gone(page: str, seen: Seen, frame: Frame, t: Translator) -> bytes:
    """The page called `page`, which is that of a component that is no longer declared."""
    checks = seen.past.gone(seen.report)[page]
    return rendered("gone", frame, t, seen, id=places.component_of(checks[0]), past=_past(seen.past, checks))


def _past(past: Past, checks: Iterable[str]) -> list[tuple[str, Strip, list[Period]]]:
    return [(one, past.check(one), past.periods(one)) for one in checks]


def runs(n: int) -> Message:
    """How many runs."""
    return nmsg("{n} run", "{n} runs", n=n)


@cache
def _template() -> Template:
    environment = status_page.environment()
    # All pages of components lie in one folder.
    environment.filters["href"] = lambda id_: places.check(id_).removeprefix("checks/")
    environment.globals["SHAPES"] = SHAPES
    return environment.get_template("hub/component.html.j2")
