"""HTML: the status page as one file that asks nobody for anything.

Style, script, fonts and marks stand inside the file; the content security policy names the two by their
digest and allows nothing else. The templates escape everything, and spell out what a reader could not see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any
from urllib.parse import quote, urlsplit

from jinja2 import Environment, Template

from checks.model import Evidence, Light, Message, Report, Result, Status, Verdict, msg, nmsg
from docgen import labels
from docgen.i18n import Translator
from docgen.renderers.evidence import address, once
from docgen.renderers.flow import draw
from docgen.renderers.layout import Layout, is_marked, remarks
from docgen.renderers.page import Frame, jinja, message_markup, shell, spared
from docgen.renderers.printable import one_line

ORDER = (
    Status.OK,
    Status.WARN,
    Status.FAIL,
    Status.PENDING,
    Status.UNKNOWN,
    Status.WAIVED,
    Status.NOT_APPLICABLE,
)
"""In which the counts of the statuses stand."""
_HORIZON = {"now": msg("Now"), "then": msg("Then"), "optional": msg("Optional")}
_LIGHT_COLOUR = {Light.GREEN: "0b5a30", Light.YELLOW: "b07a10", Light.RED: "8e1015", Light.GREY: "6f7886"}
"""For the icon in the browser's tab, where style sheets do not reach."""
_STEPS = 3
"""So many next steps are shown at once; the further ones are folded."""


def render(
    report: Report,
    translator: Translator,
    frame: Frame | None = None,
    page_of: Callable[[str], str] | None = None,
) -> str:
    """`report` as one self-contained HTML document; in a `frame`, as a page of the hub, in which a component has a page
    of its own: `page_of` its id."""
    t = translator
    layout = Layout(report)
    counts = report.counts()
    context = shared(report, t, layout) | {
        "frame": frame,
        "page_of": page_of,
        "several": len(report.environments) > 1,
        "counts": [(status, counts[status]) for status in ORDER],
        "steps": (report.next_steps[:_STEPS], report.next_steps[_STEPS:]),
        "headings": _headings(report, layout),
        "ages": ages(t),
        "drawings": [(flow, draw(flow)) for flow in report.flows],
        "remedies": [b.remedy for b in report.blockers if b.remedy is not None],
        "local": t.local(report.collected_at, report.timezone),
    }
    made = _template().render(context)
    return made if frame else spared(made, shell("page", "page"))


def shared(report: Report, t: Translator, layout: Layout) -> dict[str, Any]:
    """What the rows of a table need to know, on whichever page they stand."""
    titles = {e.name: e.title for e in report.environments}
    several = len(titles) > 1
    return {
        "t": t,
        "report": report,
        "layout": layout,
        "once": once(),
        "remedies": (),
        "page_of": None,
        "number": lambda n: nmsg("{n} check", "{n} checks", n=n),
        "place": lambda name: titles.get(name, name) if several and name else "",
        "exact": lambda moment: exact(t, moment),
        "m": lambda message: message_markup(t, message),
        "remedy": lambda message: message_markup(t, message, block=True),
    }


def _headings(report: Report, layout: Layout) -> dict[str, Message]:
    """Headings that say the result, where it has a number."""

    def size(groups: Iterable[Any]) -> int:
        return sum(len(group.rows) for group in groups)

    shown, declared = len(report.results()), report.coverage.declared
    components = sum(len(s.components) for s in report.sections)
    open_, waived = size(layout.deviations), size(layout.exceptions)
    met, idle = size(layout.met), size(layout.inapplicable)
    return {
        "counts": nmsg(
            "{n} check declared, {shown} shown", "{n} checks declared, {shown} shown", n=declared, shown=shown
        ),
        "open": msg("{n:int} of {all:int} checks.", n=open_, all=shown),
        "undetermined": msg("{n:int} of {all:int} checks.", n=size(layout.undetermined), all=shown),
        "exceptions": nmsg("{n} exception", "{n} exceptions", n=waived),
        "met": nmsg("{n} check met", "{n} checks met", n=met),
        "idle": nmsg("{n} check not applicable", "{n} checks not applicable", n=idle),
        "components": nmsg("{n} component", "{n} components", n=components),
        "warnings": nmsg("{n} note on this run", "{n} notes on this run", n=len(report.warnings)),
        "blocker": nmsg("Blocker", "Blockers", n=1),
        "blockers": nmsg("Blocker", "Blockers", n=len(report.blockers)),
        "later": nmsg("{n} further step", "{n} further steps", n=len(report.next_steps) - _STEPS),
        "steps": nmsg("Next step", "Next steps", n=len(report.next_steps)),
    }


def ages(t: Translator) -> dict[str, str]:
    """What the page's script says, for one and for ``{n}`` units."""
    units = {
        "minute": nmsg("collected {n} minute ago", "collected {n} minutes ago", n=1),
        "hour": nmsg("collected {n} hour ago", "collected {n} hours ago", n=1),
        "day": nmsg("collected {n} day ago", "collected {n} days ago", n=1),
    }
    texts = {name: t.plain(message) for name, message in units.items()}
    for name, message in units.items():
        texts[f"{name}s"] = t.plain(message.model_copy(update={"params": {"n": "{n}"}}))
    texts["now"] = t("collected just now")
    texts["expired"] = t("Expired: {age}, says nothing about today", age="{age}")
    return texts


def exact(t: Translator, moment: str) -> str:
    """`moment` to the second."""
    text = t.time(moment)
    return text.replace(moment[11:16], moment[11:19], 1) if moment.endswith("Z") and text != moment else text


def anchor(id: str) -> str:
    """The fragment that leads to the check `id` on its page."""
    return "#" + quote(id.encode(errors="surrogateescape"), safe="/@:._~-")


def _web(url: str) -> bool:
    """Whether `url` may be a link: an absolute web address; paths and other schemes are shown as text."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and url.isascii() and url.isprintable()


def _summary(evidence: tuple[Evidence, ...]) -> Message:
    if len(evidence) == 1:
        return msg("Show evidence")
    return nmsg("Show {n} piece of evidence", "Show {n} pieces of evidence", n=len(evidence))


def reason_as_ist(result: Result, told: Message | None) -> Message | None:
    """What stands as IST where no aspect was compared; not the reason that is `told` already."""
    if result.aspects:
        return None
    if result.reason is not None and result.reason != told:
        return result.reason
    if result.verdict is Verdict.CONFORM:
        return msg("as required")
    return msg("not seen")


@cache
def _template() -> Template:
    return environment().get_template("status.html.j2")


def environment() -> Environment:
    """The environment for templates that show rows of checks."""
    environment = jinja()
    environment.tests["marked"] = is_marked
    environment.tests["web"] = _web
    environment.filters.update(href=anchor, anchor=anchor)
    environment.filters["line"] = one_line
    environment.globals.update(
        shell=shell("page", "page"),
        STATUS=labels.STATUS,
        LIGHT=labels.LIGHT,
        LIGHT_MARK=labels.LIGHT_STATUS,
        LIGHT_COLOUR=_LIGHT_COLOUR,
        ASSURANCE=labels.ASSURANCE,
        LAYER=labels.LAYER,
        SEVERITY=labels.SEVERITY,
        STANDING=labels.STANDING,
        OBSERVATION=labels.OBSERVATION,
        HORIZON=_HORIZON,
        status_label=labels.status_label,
        remarks=remarks,
        ist_reason=reason_as_ist,
        summary=_summary,
        address=address,
    )
    return environment
