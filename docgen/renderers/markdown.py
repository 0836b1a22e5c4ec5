"""Markdown: the report as a document for repositories and wikis. Everything from outside is escaped."""

from __future__ import annotations

from checks.model import (
    Area,
    ComponentResult,
    Item,
    Layer,
    Observation,
    Report,
    Result,
    SectionResult,
    Status,
    msg,
    nmsg,
)
from checks.phrases import difference, headline, ist, soll
from docgen.i18n import Translator
from docgen.labels import ASSURANCE, EMOJI, LAYER, LIGHT, LIGHT_EMOJI, STANDING, STATUS, status_label
from docgen.renderers.escape import Markdown

_LOST = msg("The host was not reached; see the blocker.")


def render(report: Report, translator: Translator) -> str:
    """`report` as GitHub-flavoured Markdown."""
    return "\n".join(_Page(report, translator).lines()) + "\n"


class _Page(Markdown):
    def __init__(self, report: Report, t: Translator) -> None:
        super().__init__(t)
        self.report = report
        self.names = {c.id: c.name for s in report.sections for c in s.components}
        self.places = {
            c.id: f" ({s.environment})" for s in report.sections for c in s.components if s.environment
        }
        self.lost = {h.id for h in report.hosts if h.observation is not Observation.OBSERVED}
        self.owner = {r.id: c.name for s in report.sections for c in s.components for r in c.results}

    def lines(self) -> list[str]:
        report, t = self.report, self.t
        out = [
            f"# {self.plain(report.project)}: {LIGHT_EMOJI[report.overall]} {t.plain(LIGHT[report.overall])}",
            "",
        ]
        out.append(
            t("As of {at:time}", at=report.collected_at)
            + " · "
            + t("valid until {at:time}", at=report.valid_until)
        )
        out.append("")
        for warning in report.warnings:
            out += [f"> ⚠️ {self.text(warning)}", ""]
        for e in report.environments:
            out += [f"## {LIGHT_EMOJI[e.overall]} {self.text(e.verdict)}", ""]
            out += [f"| {t('Question')} | {t('Light')} | |", "|---|---|---|"]
            for area, name, light, said in (
                (Area.OPERATION, t("Operation"), e.operation, e.operation_text),
                (Area.DELIVERY, t("Delivery"), e.delivery, e.delivery_text),
            ):
                shown = f"{LIGHT_EMOJI[light]} {t.plain(LIGHT[light])}" if area in e.asked else "–"
                out.append(f"| {name} | {shown} | {self.text(said)} |")
            out.append("")
        out += (
            self._blockers()
            + self._steps()
            + self._counts()
            + self._standing()
            + self._flows()
            + self._readiness()
            + self._gates()
            + self._problems()
            + self._undetermined()
            + self._table()
            + self._provenance()
        )
        return out

    def _blockers(self) -> list[str]:
        t, out = self.t, list[str]()
        for b in self.report.blockers:
            out += [f"## {t.plain(nmsg('Blocker', 'Blockers', n=1))}: {self.text(b.title)}", ""]
            rows = [(t("Cause"), self.text(b.cause)), (t("Impact"), self.text(b.impact))]
            if b.since:
                rows.append((t("Since"), t("{at:time}", at=b.since)))
            if b.blocks:
                held = (
                    self.names.get(i, i) + ("" if b.environment else self.places.get(i, "")) for i in b.blocks
                )
                rows.append((t("Holds up"), ", ".join(map(self.plain, held))))
            if b.remedy:
                rows.append((t("Remedy"), self.text(b.remedy)))
            if b.owner:
                rows.append((t("Owner"), self.plain(b.owner)))
            out += [f"- **{name}:** {said}" for name, said in rows] + [""]
        return out

    def _steps(self) -> list[str]:
        if not self.report.next_steps:
            return []
        words = {"now": self.t("now"), "then": self.t("then"), "optional": self.t("optional")}
        out = [f"## {self.t.plain(nmsg('Next step', 'Next steps', n=1))}", ""]
        for step in self.report.next_steps:
            owner = f" ({self.plain(step.owner)})" if step.owner else ""
            out.append(f"{step.priority}. **{words[step.horizon]}:** {self.text(step.title)}{owner}")
        return [*out, ""]

    def _counts(self) -> list[str]:
        counts, t = self.report.counts(), self.t
        head = t.plain(nmsg("{n} check declared", "{n} checks declared", n=self.report.coverage.declared))
        row = " · ".join(f"{EMOJI[s]} {counts[s]} {t.plain(STATUS[s])}" for s in _SHOWN)
        return [f"## {head}", "", row, ""]

    def _standing(self) -> list[str]:
        t = self.t
        out = [f"## {t('Where things stand')}", ""]
        for section in self.report.standing:
            where = f" · {self.plain(section.environment)}" if section.environment else ""
            out.append(f"- **{self.plain(section.name)}**{where}")
            for group, (_, word) in STANDING.items():
                if items := getattr(section, group):
                    out.append(f"  - {t.plain(word)}: {', '.join(self.plain(item.name) for item in items)}")
        return [*out, ""] if self.report.standing else []

    def _flows(self) -> list[str]:
        out = []
        for flow in self.report.flows:
            out += [f"## {self.t('Flow')}: {self.plain(flow.name)}", ""]
            out += [
                f"{s.number}. {EMOJI[s.status]} {self.plain(s.name)}: {self.t.plain(status_label(s))}"
                for s in flow.steps
            ]
            out.append("")
        return out

    def _readiness(self) -> list[str]:
        t, out = self.t, list[str]()
        for one in self.report.readiness:
            word = t("ready") if one.ready else t("not ready")
            out += [f"## {self.plain(one.name)}: {word}", "", f"**{t('Needed first')}**", ""]
            out += [self._item(item) for item in one.needs]
            if one.then:
                out += ["", f"**{t('Comes into play then')}**", ""]
                out += [self._item(item) for item in one.then]
            out.append("")
        return out

    def _item(self, item: Item) -> str:
        known = f" ({self.t.plain(ASSURANCE[item.assurance])})" if item.assurance else ""
        said = f": {self.text(item.said)}" if item.said else ""
        return f"- {EMOJI[item.status]} {self.plain(item.name)}{known}{said}"

    def _gates(self) -> list[str]:
        t, out = self.t, list[str]()
        for gate in self.report.gates:
            out += [f"## {t('Gate')}: {self.plain(gate.name)}", ""]
            head = [self._layer(layer) for layer in gate.layers]
            out += [f"| {' | '.join([t('Looks for'), *head])} |", "|---" * (len(head) + 1) + "|"]
            for n, part in enumerate(gate.parts):
                cells = (layer.cells[n] for layer in gate.layers)
                marks = [f"{EMOJI[cell]} {t.plain(STATUS[cell])}" if cell else "–" for cell in cells]
                out.append(f"| {' | '.join([self.code(part), *marks])} |")
            stops = [self.text(layer.stops) if layer.stops else "–" for layer in gate.layers]
            known = [t.plain(ASSURANCE[x.assurance]) if x.assurance else "–" for x in gate.layers]
            proven = [t("{at:time}", at=layer.proven) if layer.proven else "–" for layer in gate.layers]
            for name, cells_ in (
                (t("Would stop"), stops),
                (t("Assurance"), known),
                (t("Last proved"), proven),
            ):
                out.append(f"| {' | '.join([f'**{name}**', *cells_])} |")
            out.append("")
        return out

    def _layer(self, layer: Layer) -> str:
        where = [self.plain(layer.environment)] if layer.environment else []
        where += [self.text(LAYER[layer.kind])] if layer.kind in LAYER else []
        return self.plain(layer.name) + (f" ({', '.join(where)})" if where else "")

    def _problems(self) -> list[str]:
        if not self.report.problems:
            return []
        t = self.t
        out = [f"## {t('Known problems')}", ""]
        for one in self.report.problems:
            word = {True: t("solved"), False: t("not solved"), None: t("could not be determined")}[one.solved]
            mark = EMOJI[{True: Status.OK, False: Status.FAIL, None: Status.UNKNOWN}[one.solved]]
            out.append(f"- {mark} **{self.plain(one.name)}**: {word}")
            rows = [(t("Example"), one.example), (t("Solution"), one.solution)]
            out += [f"  - {name}: {self.plain(said)}" for name, said in rows if said]
            if one.said:
                out.append(f"  - {t('IST')}: {self.text(one.said)}")
        return [*out, ""]

    def _undetermined(self) -> list[str]:
        rows = [self._row(c, r, s) for s, c, r in self._results() if r.status is Status.UNKNOWN]
        return [f"## {self.t('Could not be determined')}", "", *self._head(), *rows, ""] if rows else []

    def _table(self) -> list[str]:
        out = list[str]()
        for section in self.report.sections:
            rows = [
                self._row(c, r)
                for s, c, r in self._results()
                if s is section and r.status is not Status.UNKNOWN
            ]
            if rows:
                out += [f"## {self._title(section)}", "", *self._head(), *rows, ""]
        return out

    def _results(self) -> list[tuple[SectionResult, ComponentResult, Result]]:
        return [(s, c, r) for s in self.report.sections for c in s.components for r in c.results]

    def _head(self) -> list[str]:
        t = self.t
        head = " | ".join([t("Component"), t("Check"), t("SOLL"), t("IST"), t("Status"), t("Assurance")])
        return [f"| {head} |", "|---|---|---|---|---|---|"]

    def _title(self, section: SectionResult) -> str:
        return self.plain(section.name) + (
            f" · {self.plain(section.environment)}" if section.environment else ""
        )

    def _row(self, component: ComponentResult, result: Result, section: SectionResult | None = None) -> str:
        """One row of a table; with `section`, where the table is not that section's."""
        lost = result.status is Status.UNKNOWN and f"{result.environment}/{result.host}" in self.lost
        seen = self.text(_LOST if lost else ist(result))
        different = difference(result)
        if different and result.status in (Status.FAIL, Status.WARN):
            seen = f"**{seen}**"
        why = headline(result) if result.status is Status.UNKNOWN and not lost else None
        if why and why != ist(result):
            seen += " — " + self.text(why)
        if result.because:
            causes = ", ".join(dict.fromkeys(self.owner[i] for i in result.because))
            seen += " — " + self.plain(self.t("blocked by {names}", names=causes))
        assurance = self.t.plain(ASSURANCE[result.assurance]) if result.assurance else "–"
        name = self.text(result.name) + (f" @{self.plain(result.host)}" if result.host else "")
        status = f"{EMOJI[result.status]} {self.text(status_label(result))}"
        about = self.plain(component.name) + (f" ({self._title(section)})" if section else "")
        cells = [about, name, self.text(soll(result)), seen, status, assurance]
        return f"| {' | '.join(cells)} |"

    def _provenance(self) -> list[str]:
        report, t = self.report, self.t
        out = [f"## {t('Provenance')}", ""]
        out.append(
            "- "
            + t(
                "Collected {begin:time} to {end:time}, automatically and read-only",
                begin=report.collected_at,
                end=report.finished_at,
            )
        )
        for host in report.hosts:
            account = f"{self.code(host.account)}@" if host.account else ""
            reached = self.text(_LOST) if host.id in self.lost else t("reached")
            out.append(f"- {account}{self.plain(host.host)} ({self.plain(host.environment)}): {reached}")
        out.append(f"- Snapshot sha256 {self.code(report.snapshot_sha256)}")
        out.append(f"- {self.plain(report.spec_file)} sha256 {self.code(report.spec_sha256)}")
        out.append(f"- docgen {self.plain(report.docgen)}")
        out.append(f"- {t('A snapshot in time; no statement of conformity with any standard.')}")
        return out


_SHOWN = (
    Status.OK,
    Status.WARN,
    Status.FAIL,
    Status.PENDING,
    Status.UNKNOWN,
    Status.WAIVED,
    Status.NOT_APPLICABLE,
)
