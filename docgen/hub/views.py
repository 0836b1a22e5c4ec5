"""The pages that only the hub has: home, history, and the one for auditors."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from jinja2 import Template

from checks.model import ComponentResult, Light, Message, Report, Status, msg, nmsg
from docgen import labels
from docgen.documents.interface import NotYet
from docgen.hub import nights
from docgen.hub.nights import Night
from docgen.hub.pages import Page
from docgen.i18n import Translator
from docgen.renderers import html as status_page
from docgen.renderers.page import Frame, jinja, message_markup, shell
from docgen.renderers.printable import one_line

_SHOWN = 12


class Paper(NamedTuple):
    """A PDF of the hub; ``size`` in bytes."""

    file: str
    title: Message
    environment: str | None
    size: int
    sha256: str


class Seen(NamedTuple):
    """What the pages are made from: the report in the language of the reader, this night and those before, the pages that
    there are, the titles of those that were refused and why, and the PDFs."""

    report: Report
    night: Night
    kept: list[Night]
    pages: list[Page]
    refused: list[tuple[Message, NotYet]]
    papers: list[Paper]


class Strip(NamedTuple):
    """90 nights of one environment: ``bars`` (x, class), ``sums`` in words, ``told`` the nights that were not in order."""

    bars: tuple[tuple[int, str], ...]
    first: str
    last: str
    sums: tuple[Message, ...]
    told: tuple[tuple[str, Message, str], ...]


def strip(seen: Seen, environment: str) -> Strip:
    """The nights of `environment`, for the eye and in words."""
    days = nights.strip([*seen.kept, seen.night], environment, seen.night.day)
    names = [_class(light) for _, light in days]
    counts = {name: names.count(name) for name in dict.fromkeys(names)}
    words = {
        "green": nmsg("{n} in order", "{n} in order", n=counts.get("green", 0)),
        "yellow": nmsg("{n} limited", "{n} limited", n=counts.get("yellow", 0)),
        "red": nmsg("{n} critical", "{n} critical", n=counts.get("red", 0)),
        "grey": nmsg("{n} could not be determined", "{n} could not be determined", n=counts.get("grey", 0)),
        "none": nmsg("{n} run missing", "{n} runs missing", n=counts.get("none", 0)),
        "before": nmsg(
            "{n} before the introduction", "{n} before the introduction", n=counts.get("before", 0)
        ),
    }
    told = tuple(
        (day, labels.LIGHT[light] if isinstance(light, Light) else msg("no run"), _class(light))
        for day, light in reversed(days)
        if light not in (Light.GREEN, "before")
    )
    return Strip(
        tuple((10 * n, name) for n, name in enumerate(names)),
        days[0][0],
        days[-1][0],
        tuple(said for name, said in words.items() if counts.get(name)),
        told,
    )


def _class(light: Light | str | None) -> str:
    return light.value if isinstance(light, Light) else light or "none"


def home(seen: Seen, frame: Frame, t: Translator) -> bytes:
    """The first page: how it stands, what needs a decision, what changed, the newest documents."""
    report = seen.report
    components = {c.id: (s, c) for s in report.sections for c in s.components}
    changed = nights.changes(seen.kept[-1] if seen.kept else None, seen.night)
    groups: dict[tuple[str, Status | None, Status | None], int] = {}
    for one in changed:
        key = (one.id.split("@")[0].rpartition("/")[0], one.before, one.after)
        groups[key] = groups.get(key, 0) + 1
    rows = [(components.get(id_), id_, before, after, n) for (id_, before, after), n in groups.items()]
    return _rendered(
        "home",
        frame,
        t,
        seen,
        strips={e.name: strip(seen, e.name) for e in report.environments},
        decisions=_decisions(seen),
        changed=rows[:_SHOWN],
        more=max(0, len(rows) - _SHOWN),
        sums=_sums(changed),
        before=seen.kept[-1].collected_at if seen.kept else None,
        ages=status_page.ages(t),
    )


def _decisions(seen: Seen) -> list[tuple[ComponentResult, Message, str | None]]:
    """What waits for a person: approvals that are open, and what blocks."""
    found: list[tuple[ComponentResult, Message, str | None]] = []
    blocked = {b.id for b in seen.report.blockers}
    for section in seen.report.sections:
        for component in section.components:
            waiting = next((r for r in component.results if r.awaiting and r.status is Status.PENDING), None)
            if waiting is not None:
                who = waiting.awaiting if waiting.awaiting != "–" else component.owner
                found.append((component, labels.status_label(waiting), who))
            elif component.id in blocked:
                found.append((component, labels.STATUS[Status.FAIL], component.owner or seen.report.owner))
    return found


def _sums(changed: list[nights.Change]) -> list[Message]:
    """How many changes of which sort."""
    fine = (Status.OK, Status.NOT_APPLICABLE, Status.WAIVED)
    worse = sum(c.after is Status.FAIL for c in changed)
    lost = sum(c.after in (Status.PENDING, Status.UNKNOWN) for c in changed)
    solved = sum(c.after in fine and c.before is not None and c.before not in fine for c in changed)
    new = sum(c.before is None for c in changed)
    told = [
        (worse, nmsg("{n} newly not met", "{n} newly not met", n=worse)),
        (lost, nmsg("{n} no longer reached", "{n} no longer reached", n=lost)),
        (solved, nmsg("{n} resolved", "{n} resolved", n=solved)),
        (new, nmsg("{n} new check", "{n} new checks", n=new)),
    ]
    return [said for n, said in told if n]


def history(seen: Seen, frame: Frame, t: Translator) -> bytes:
    """Every night that is kept, with its lights and what changed in it."""
    every = [*seen.kept, seen.night]
    rows = [
        (night, nights.changes(before, night)) for before, night in zip([None, *every], every, strict=False)
    ]
    return _rendered("history", frame, t, seen, rows=rows[::-1], sums=_sums)


def auditors(seen: Seen, frame: Frame, t: Translator) -> bytes:
    """What an auditor downloads, with what it is and how to verify it."""
    return _rendered("auditors", frame, t, seen)


def _rendered(name: str, frame: Frame, t: Translator, seen: Seen, **more: Any) -> bytes:
    titles = {e.name: e.title for e in seen.report.environments}
    made = _template(name).render(
        t=t,
        frame=frame,
        report=seen.report,
        seen=seen,
        place=lambda name: titles.get(name, name) if name else "",
        m=lambda message: message_markup(t, message) if isinstance(message, Message) else message,
        local=t.local(seen.report.collected_at, seen.report.timezone),
        **more,
    )
    return made.encode("utf-8", "backslashreplace")


@cache
def _template(name: str) -> Template:
    environment = jinja()
    environment.filters["line"] = one_line
    environment.globals.update(
        shell=shell("page", "page"),
        LIGHT=labels.LIGHT,
        LIGHT_MARK=labels.LIGHT_STATUS,
        STATUS=labels.STATUS,
    )
    return environment.get_template(f"hub/{name}.html.j2")
