"""The pages that only the hub has: home, history, and the one for auditors; what all its own pages share."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from jinja2 import Template

from checks.knowledge.moments import rfc3339
from checks.model import ComponentResult, Message, Report, Snapshot, Status, msg, nmsg
from checks.spec.spec import Spec
from docgen import labels
from docgen.documents.compose import said
from docgen.documents.interface import NotYet, Source
from docgen.hub import places
from docgen.hub.articles import Article, stands
from docgen.hub.ledgers import Book
from docgen.hub.nights import Night, missed, sums
from docgen.hub.pages import Page
from docgen.hub.past import Past
from docgen.hub.strips import SHAPES
from docgen.i18n import Translator
from docgen.pdf.receipt import LOOKED
from docgen.renderers import html as status_page
from docgen.renderers.layout import Layout
from docgen.renderers.page import Frame, jinja, message_markup, shell
from docgen.renderers.printable import one_line

_SHOWN = 12


class Paper(NamedTuple):
    """A PDF of the hub; ``size`` in bytes, 0 where there is none. ``path`` is that of the hand-written document that it is
    of, empty for others; ``language`` that of its text."""

    file: str
    title: Message
    environment: str | None
    size: int
    sha256: str
    pages: int
    path: str = ""
    language: str = ""


class Bundle(NamedTuple):
    """The audit bundle. ``file`` is its name in the hub; ``size`` in bytes; ``inside`` how many files it holds.
    ``checks`` are the programs that looked at the PDFs, what they looked at, and at how many; ``signer`` the name in the
    certificate and its fingerprint."""

    file: str
    size: int
    sha256: str
    inside: int
    checks: tuple[tuple[str, str, int], ...]
    signer: tuple[str, str] | None


class Seen(NamedTuple):
    """What the pages are made from: the report in the language of the reader and what stands where in it, the runs, the
    ledgers by environment, the pages that there are, those that were refused (title, why, kind), the PDFs, and the bundle
    of them all, if there is one."""

    spec: Spec
    snapshot: Snapshot
    report: Report
    layout: Layout
    past: Past
    books: Mapping[str, Book]
    pages: list[Page]
    refused: list[tuple[Message, NotYet, str]]
    papers: list[Paper]
    bundle: Bundle | None = None
    newest: tuple[Article, ...] = ()
    """The hand-written documents that were changed last."""

    def source(self, environment: str | None) -> Source:
        """What documents about `environment` are composed of."""
        return Source(self.spec, self.snapshot, self.report, environment)


def home(seen: Seen, frame: Frame, t: Translator) -> bytes:
    """The first page: how it stands, what needs a decision, what changed, the newest documents."""
    report = seen.report
    components = {c.id: (s, c) for s in report.sections for c in s.components}
    past = seen.past
    changed = past.changed[past.night.name]
    groups: dict[tuple[str, Status | None, Status | None], int] = {}
    for one in changed:
        key = (one.id.split("@")[0].rpartition("/")[0], one.before, one.after)
        groups[key] = groups.get(key, 0) + 1
    rows = [(components.get(id_), id_, before, after, n) for (id_, before, after), n in groups.items()]
    return rendered(
        "home",
        frame,
        t,
        seen,
        strips={e.name: past.environment(e.name) for e in report.environments},
        decisions=_decisions(seen),
        changed=rows[:_SHOWN],
        more=max(0, len(rows) - _SHOWN),
        sums=sums(changed),
        before=past.kept[-1] if past.kept else None,
        ages=status_page.ages(t),
        length=lambda n: nmsg("{n} page", "{n} pages", n=n),
        stands=stands,
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
                found.append((component, labels.AWAITING, who))
            elif component.id in blocked:
                found.append((component, labels.STATUS[Status.FAIL], component.owner or seen.report.owner))
    return found


def history(seen: Seen, frame: Frame, t: Translator) -> bytes:
    """Every run that is kept, with its lights and what changed in it; and what the runs come to, in figures."""
    past, report = seen.past, seen.report
    names = {r.id: (c.name, r.name) for s in report.sections for c in s.components for r in c.results}
    rows: list[tuple[Night | None, str]] = []
    for night in reversed(past.nights):
        if rows and (after := next(one for one, _ in reversed(rows) if one)):
            rows += [(None, day) for day in reversed(missed(night, after))]
        rows.append((night, night.name))
    return rendered(
        "history", frame, t, seen,
        rows=rows, sums=sums, names=names, past=past,
        environments=[(e, past.figures(e.name), past.environment(e.name)) for e in report.environments],
    )  # fmt: skip


def auditors(seen: Seen, frame: Frame, t: Translator) -> bytes:
    """What an auditor downloads, with what it is and how to verify it."""
    days = [night.day for night in seen.past.nights]
    period = msg("one run, on {day:day}", day=days[0])
    if len(days) > 1:
        period = msg(
            "{n:int} runs, from {first:day} to {last:day}", n=len(days), first=days[0], last=days[-1]
        )
    n = seen.bundle.inside if seen.bundle else 0
    return rendered(
        "auditors", frame, t, seen,
        period=period,
        inside=nmsg("{n} file", "{n} files", n=n),
        faultless=lambda n: nmsg("{n} PDF, nothing to object to", "{n} PDFs, nothing to object to", n=n),
    )  # fmt: skip


def rendered(name: str, frame: Frame, t: Translator, seen: Seen, **more: Any) -> bytes:
    """The page made by the template `name`, which gets what there is `more`."""
    titles = {e.name: e.title for e in seen.report.environments}
    made = _template(name).render(
        t=t,
        frame=frame,
        report=seen.report,
        seen=seen,
        place=lambda name: titles.get(name, name) if name else "",
        m=lambda message: message_markup(t, message) if isinstance(message, Message) else message,
        local=t.local(seen.report.collected_at, seen.report.timezone),
        check=lambda id_: frame.up + places.check(id_),
        moment=lambda when: t.time(rfc3339(when)),
        number=lambda n: nmsg("{n} entry", "{n} entries", n=n),
        run=lambda name: f"{frame.up}{places.night(name)}.html",
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
        SHAPES=SHAPES,
        label=labels.status_label,
        said=said,
        LOOKED=LOOKED,
    )
    return environment.get_template(f"hub/{name}.html.j2")
