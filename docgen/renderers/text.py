"""Text for the terminal: the verdict first, then what blocks, what to do, what deviates. No colour carries
meaning that a word and a sign do not."""

from __future__ import annotations

from collections import Counter

from rich.text import Text

from checks.model import (
    Area,
    Aspect,
    Assurance,
    Blocker,
    ComponentResult,
    EnvironmentResult,
    Flow,
    Observation,
    Report,
    Result,
    SectionResult,
    Status,
    msg,
    nmsg,
)
from checks.phrases import beside, differing, ist, said_by_soll, soll
from docgen.i18n import Translator
from docgen.labels import ASCII, ASSURANCE, LIGHT, LIGHT_STATUS, STATUS, STYLE, status_label
from docgen.renderers.lines import Lines
from docgen.renderers.printable import one_line as printable
from docgen.renderers.text_views import views

WIDTH = 100
_STATUS_WIDTH = 27
Row = tuple[SectionResult, ComponentResult, Result]
_MET = (Status.OK, Status.NOT_APPLICABLE)


def render(
    report: Report, translator: Translator, *, width: int = WIDTH, colour: bool = False, verbose: bool = False
) -> str:
    """`report` as text of at most `width` columns. `verbose` also lists what is met, row by row."""
    return _Page(report, translator, min(width, WIDTH), colour, verbose).render()


def summary(report: Report, t: Translator) -> str:
    """One line per environment, for ``-q`` and logs."""
    lines = []
    for environment in report.environments:
        sign = ASCII[LIGHT_STATUS[environment.overall]]
        same = environment.title.casefold() == environment.name.casefold()
        named = "" if same else f"{environment.name}: "
        lines.append(f"{sign} {named}{printable(t.plain(environment.verdict))}")
    return "\n".join(lines) + "\n" if lines else f"? {t('Nothing was checked.')}\n"


class _Page:
    def __init__(self, report: Report, t: Translator, width: int, colour: bool, verbose: bool) -> None:
        self.report, self.t, self.width, self.verbose = report, t, width, verbose
        self.names = {c.id: c.name for s in report.sections for c in s.components}
        self.places = {c.id: self._place(s) for s in report.sections for c in s.components}
        self.owner = {r.id: c for s in report.sections for c in s.components for r in c.results}
        self.out = Lines(t, width, colour)

    def render(self) -> str:
        self._head()
        for blocker in self.report.blockers:
            self._blocker(blocker)
        self._next_steps()
        self._counts()
        self._deviations()
        self._undetermined()
        for flow in self.report.flows:
            self._flow(flow)
        views(self.report, self.out)
        self._met()
        self._provenance()
        return self.out.text()

    # -- parts ---------------------------------------------------------------------------------------

    def _head(self) -> None:
        report, t = self.report, self.t
        titles = [e.title for e in report.environments]
        name = printable(" · ".join([report.project, *titles]) if len(titles) <= 3 else report.project)
        as_of = t("As of {at:time}", at=report.collected_at)
        if local := t.local(report.collected_at, report.timezone):
            as_of += f" ({local})"
        until = t("valid until {at:time}", at=report.valid_until)
        if len(name) + 2 + len(as_of) <= self.width:
            self.out.pair(Text(name, style="bold"), as_of)
            self.out.pair(Text(""), until)
        else:
            for line in (Text(name, style="bold"), Text(as_of), Text(until)):
                self.out.wrap(line)
        for warning in report.warnings:
            self.out.wrap(Text("! ").append_text(self.out.rich(warning)), hang=2)
        for environment in report.environments:
            self._environment(environment)
        if not report.environments:
            self.out.line()
            self.out.wrap(Text(t("Nothing was checked."), style="bold"))

    def _environment(self, environment: EnvironmentResult) -> None:
        self.out.line()
        self.out.wrap(self.out.rich(environment.verdict, "bold"))
        self.out.line()
        label = max(len(self.t("Operation")), len(self.t("Delivery"))) + 2
        for area, title, light, said in (
            (Area.OPERATION, self.t("Operation"), environment.operation, environment.operation_text),
            (Area.DELIVERY, self.t("Delivery"), environment.delivery, environment.delivery_text),
        ):
            if area not in environment.asked:
                self.out.wrap(Text(f"  {title:<{label}}- ").append_text(self.out.rich(said)))
                continue
            lead = Text(f"  {title:<{label}}")
            lead.append(
                f"{ASCII[LIGHT_STATUS[light]]} {self.t.plain(LIGHT[light])}",
                style=STYLE[LIGHT_STATUS[light]],
            )
            lead.append(" " * max(2, 4 + label + 20 - len(lead.plain)))
            self.out.wrap(lead.append_text(self.out.rich(said)), hang=label + 24)

    def _blocker(self, blocker: Blocker) -> None:
        t = self.t
        self.out.title(t("BLOCKER"))
        line = Text("  x ", style=STYLE[Status.FAIL]).append_text(self.out.rich(blocker.title))
        if blocker.environment:
            line.append(f"  [{printable(blocker.environment)}]", style="dim")
        self.out.wrap(line, hang=4)
        rows = [(t("Cause"), blocker.cause), (t("Impact"), blocker.impact)]
        if blocker.since:
            rows.append((t("Since"), msg("{at:time}", at=blocker.since)))
        held = [self.names.get(i, i) for i in blocker.blocks]
        if blocker.environment is None:
            held = [f"{name}{self.places.get(i, '')}" for name, i in zip(held, blocker.blocks, strict=True)]
        if held:
            shown = ", ".join(held[:12]) + (" …" if len(held) > 12 else "")
            rows.append((t("Holds up"), msg("{names}", names=shown)))
        if blocker.owner:
            rows.append((t("Owner"), msg("{name}", name=blocker.owner)))
        if blocker.remedy:
            rows.append((t("Remedy"), blocker.remedy))
        width = max(len(name) for name, _ in rows) + 3
        for name, text in rows:
            self.out.said(Text(f"    {name:<{width}}"), text, hang=4 + width)

    def _next_steps(self) -> None:
        if not self.report.next_steps:
            return
        t = self.t
        self.out.title(t("NEXT STEP"))
        words = {"now": t("now"), "then": t("then"), "optional": t("optional")}
        width = max(map(len, words.values())) + 2
        limit = len(self.report.next_steps) if self.verbose else 6
        for step in self.report.next_steps[:limit]:
            lead = Text(f"  {words[step.horizon]:<{width}}")
            owner = f" ({step.owner})" if step.owner else ""
            self.out.said(lead, step.title, hang=2 + width, tail=owner)
        rest = len(self.report.next_steps) - limit
        if rest > 0:
            more = nmsg("{n} more step; all with -v", "{n} more steps; all with -v", n=rest)
            self.out.wrap(Text(" " * (2 + width)).append_text(self.out.rich(more)), hang=2 + width)

    def _counts(self) -> None:
        counts, t = self.report.counts(), self.t
        declared = self.report.coverage.declared
        words = {
            Status.OK: t("met"),
            Status.WARN: t.plain(nmsg("warning", "warnings", n=counts[Status.WARN])),
            Status.FAIL: t("not met"),
            Status.PENDING: t("not reached"),
            Status.UNKNOWN: t("could not be determined"),
            Status.WAIVED: t.plain(nmsg("exception", "exceptions", n=counts[Status.WAIVED])),
            Status.NOT_APPLICABLE: t("not applicable"),
        }
        self.out.line()
        head = t.plain(nmsg("{n} CHECK", "{n} CHECKS", n=declared))
        line = Text(head, style="bold").append("   ")
        shown = [s for s in words if counts[s] or s in (Status.OK, Status.FAIL)]
        line.append(" · ".join(f"{counts[s]} {words[s]}" for s in shown))
        self.out.wrap(line, hang=3)

    def _deviations(self) -> None:
        t = self.t
        rows = [*self._rows(Status.FAIL), *self._rows(Status.WARN)]
        waived = self._rows(Status.WAIVED)
        pending = [(section, result) for section, _, result in self._rows(Status.PENDING)]
        if not rows and not pending and not waived:
            return
        self.out.pair(Text(t("DEVIATIONS"), style="bold"), t("assurance"), before=True)
        for section, component, result in rows:
            self._deviation(section, component, result)
        self._pending(pending)
        for _, component, result in waived:
            label = f"{ASCII[Status.WAIVED]} {t.plain(status_label(result))}"
            head = Text("  ").append(f"{label:<{_STATUS_WIDTH - 2}}  ", style=STYLE[Status.WAIVED])
            head.append(f"{printable(component.name)}: ").append_text(self.out.rich(result.name))
            self.out.wrap(head, hang=2 + _STATUS_WIDTH)
            if result.waived_reason:
                self.out.wrap(Text("      ").append_text(self.out.rich(result.waived_reason)), hang=6)
            if self.verbose:
                self._soll_and_ist(result)

    def _rows(self, status: Status) -> list[Row]:
        sections = self.report.sections
        return [(s, c, r) for s in sections for c in s.components for r in c.results if r.status is status]

    def _undetermined(self) -> None:
        """What is not known to deviate, and not known to be met either."""
        rows = self._rows(Status.UNKNOWN)
        if not rows:
            return
        self.out.title(self.t("COULD NOT BE DETERMINED"))
        lost = {h.id: h for h in self.report.hosts if h.observation is not Observation.OBSERVED}
        silent: dict[str, list[Row]] = {}
        for section, component, result in rows:
            place = f"{result.environment}/{result.host}"
            if place in lost:
                silent.setdefault(place, []).append((section, component, result))
            else:
                self._deviation(section, component, result)
        for place, group in silent.items():
            self._not_reached_host(lost[place].host, group)

    def _deviation(self, section: SectionResult, component: ComponentResult, result: Result) -> None:
        t = self.t
        label = f"{ASCII[result.status]} {t.plain(status_label(result))}"
        head = Text("  ").append(f"{label:<{_STATUS_WIDTH}}", style=STYLE[result.status])
        head.append(f"{printable(component.name)}: ").append_text(self.out.rich(result.name))
        head.append(self._where(section, result))
        assurance = t.plain(ASSURANCE[result.assurance]) if result.assurance else "–"
        self.out.pair(head, assurance, hang=2 + _STATUS_WIDTH)
        differences = differing(result)
        width = max(len(t("SOLL")), len(t("IST"))) + 2
        required, seen = self._sides(result, differences)
        self.out.wrap(Text(f"      {t('SOLL'):<{width}}").append_text(required), hang=6 + width)
        self.out.wrap(Text(f"      {t('IST'):<{width}}").append_text(seen), hang=6 + width)
        notes = [a.apart or a.note for a in result.aspects] + ([result.reason] if differences else [])
        for index, note in enumerate(notes):
            if note is None or note in notes[:index]:
                continue
            self.out.wrap(Text(" " * (6 + width)).append_text(self.out.rich(note)), hang=6 + width)
        # Of a component with several deviations, the next steps name the remedy of the worst alone.
        if result.remedy and (result.status is Status.UNKNOWN or self.verbose):
            self.out.said(Text(" " * (6 + width)), result.remedy, hang=6 + width)

    def _sides(self, result: Result, differences: list[Aspect]) -> tuple[Text, Text]:
        required, seen = Text(), Text()
        if result.soll.id:
            required.append_text(self.out.rich(result.soll))
        elif not result.aspects:
            required.append_text(self.out.rich(result.name))
        for aspect in beside(result):
            marked = aspect in differences
            for side, value in ((required, aspect.expected), (seen, aspect.actual or msg("not seen"))):
                if side is required and not marked and said_by_soll(result, aspect):
                    continue
                if len(side):
                    side.append(" · ")
                if aspect.name is not None:
                    side.append_text(self.out.rich(aspect.name)).append(" ")
                said = self.out.rich(value)
                side.append_text(Text("[").append_text(said).append("]") if marked else said)
                if marked and side is seen:
                    side.stylize("bold", len(side) - len(said) - 2)
        if not len(seen):
            why = result.reason or msg("not seen")
            seen = self.out.rich(why)
        return required, seen

    def _not_reached_host(self, host: str, group: list[Row]) -> None:
        t = self.t
        label = f"{ASCII[Status.UNKNOWN]} {t.plain(STATUS[Status.UNKNOWN])}"
        head = Text("  ").append(f"{label:<{_STATUS_WIDTH}}", style=STYLE[Status.UNKNOWN])
        # Why stands once, with the blocker.
        count = nmsg(
            "{n} check on {host:code}, which was not reached",
            "{n} checks on {host:code}, which was not reached",
            n=len(group),
            host=host,
        )
        head.append_text(self.out.rich(count)).append(self._place(group[0][0]))
        self.out.wrap(head, hang=2 + _STATUS_WIDTH)
        names = Counter(component.name for _, component, _ in group)
        listed = ", ".join(f"{printable(name)} ({n})" for name, n in names.items())
        self.out.wrap(Text(f"      {listed}"), hang=6)
        if self.verbose:
            for section, _, result in group:
                self._row(section, result)

    def _row(self, section: SectionResult, result: Result) -> None:
        """One check with its SOLL and IST, without emphasis: what is met, and what need not be shown one by one."""
        head = Text("  ").append(f"{ASCII[result.status]} ", style=STYLE[result.status])
        head.append(f"{printable(self.owner[result.id].name)}: ").append_text(self.out.rich(result.name))
        self.out.wrap(head.append(self._where(section, result)), hang=4)
        self._soll_and_ist(result)

    def _soll_and_ist(self, result: Result) -> None:
        for name, said in ((self.t("SOLL"), soll(result)), (self.t("IST"), ist(result))):
            self.out.wrap(Text(f"      {name:<6}").append_text(self.out.rich(said)), hang=12)

    def _where(self, section: SectionResult, result: Result) -> str:
        host = f" @{printable(result.host)}" if result.host and len(self.report.hosts) > 1 else ""
        return host + self._place(section)

    def _place(self, section: SectionResult) -> str:
        several = section.environment and len(self.report.environments) > 1
        return f" [{printable(section.environment or '')}]" if several else ""

    def _pending(self, pending: list[tuple[SectionResult, Result]]) -> None:
        t = self.t
        groups: dict[tuple[str, ...], list[tuple[SectionResult, Result]]] = {}
        for section, result in pending:
            causes = tuple(dict.fromkeys(self.owner[i].name for i in result.because))
            groups.setdefault(causes, []).append((section, result))
        for causes, group in groups.items():
            names = Counter(self.owner[result.id].name for _, result in group)
            label = f"{ASCII[Status.PENDING]} {t.plain(STATUS[Status.PENDING])}"
            head = Text("  ").append(f"{label:<{_STATUS_WIDTH}}", style=STYLE[Status.PENDING])
            blamed = t("blocked by {names}", names=", ".join(causes)) if causes else t("awaiting approval")
            self.out.wrap(head.append(printable(blamed)), hang=2 + _STATUS_WIDTH)
            listed = ", ".join(f"{printable(name)} ({n})" for name, n in names.items())
            self.out.wrap(Text(" " * (2 + _STATUS_WIDTH)).append(listed), hang=2 + _STATUS_WIDTH)
            for section, result in group if self.verbose else ():
                self._row(section, result)

    def _flow(self, flow: Flow) -> None:
        steps = [f"{s.number:>2} {ASCII[s.status]} {printable(s.name)}" for s in flow.steps]
        if not steps:
            return
        self.out.title(f"{self.t('FLOW')}  {printable(flow.name)}")
        column = max(map(len, steps)) + 3
        across = max(1, (self.out.width - 2) // column)
        down = -(-len(steps) // across)
        for row in range(down):
            line = Text("  ")
            for index in range(row, len(steps), down):
                line.append(f"{steps[index]:<{column}}", style=STYLE[flow.steps[index].status])
            self.out.wrap(line)

    def _met(self) -> None:
        t = self.t
        met = sum(r.status in _MET for r in self.report.results())
        if not met:
            return
        self.out.line()
        count = t.plain(nmsg("{n} check", "{n} checks", n=met))
        hint = "" if self.verbose else "; " + t("SOLL and IST of each row with -v")
        self.out.wrap(Text(t("MET"), style="bold").append(f"  {count}{hint}"))
        for section in self.report.sections:
            if self.verbose:
                for result in (r for c in section.components for r in c.results if r.status in _MET):
                    self._row(section, result)
                continue
            if said := self._met_of(section):
                head = Text("  ").append("+ ", style=STYLE[Status.OK])
                head.append(f"{printable(section.name)}{self._place(section)}  ")
                self.out.wrap(head.append(said), hang=6)

    def _met_of(self, section: SectionResult) -> str:
        """The components of `section` with their checks that are met: those seen live first, then what is only
        rehearsed or read in a file."""
        groups = []
        for assurance in reversed(list(Assurance)):
            names = Counter(
                printable(c.name)
                for c in section.components
                for r in c.results
                if r.status in _MET and (r.assurance or Assurance.PROVEN) is assurance
            )
            listed = ", ".join(f"{name} ({n})" for name, n in names.items())
            if listed:
                lead = "" if assurance is Assurance.PROVEN else self.t.plain(ASSURANCE[assurance]) + ": "
                groups.append(lead + listed)
        return "; ".join(groups)

    def _provenance(self) -> None:
        report, t = self.report, self.t
        self.out.line()
        seen = list(dict.fromkeys(f"{h.account or '?'}@{h.host}" for h in report.hosts if not h.reason))
        said = t(
            "Snapshot {digest} · {file} {spec} · read-only",
            digest=report.snapshot_sha256[:12] + "…",
            file=report.spec_file,
            spec=report.spec_sha256[:8],
        )
        if seen:
            said += ", " + t("as {accounts}", accounts=", ".join(seen[:6]) + (" …" if len(seen) > 6 else ""))
        self.out.wrap(Text(printable(said)))
