"""What stands where on a status page, before there is a page: order, groups and sentences. No markup."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from checks.model import (
    Aspect,
    ComponentResult,
    Disposition,
    HostFacts,
    Message,
    Observation,
    Report,
    Result,
    SectionResult,
    Status,
    Verdict,
    msg,
    text,
)

OPEN = frozenset({Status.FAIL, Status.PENDING, Status.WARN})


class Row(NamedTuple):
    """A result and where it belongs."""

    result: Result
    component: ComponentResult
    section: SectionResult


class Place(NamedTuple):
    """A component that ids point to: `anchor` is the id of its first result meant, None if it is not in
    this report; `meant` how many of its results are meant."""

    label: str
    anchor: str | None
    meant: int


class Group(NamedTuple):
    """Rows under one heading: those that one root cause (`causes`) holds up, those of one `host` that was not
    reached, else those of one component."""

    rows: tuple[Row, ...]
    causes: tuple[Place, ...] = ()
    host: HostFacts | None = None

    @property
    def mixed(self) -> bool:
        """Whether the rows may belong to different components."""
        return bool(self.causes) or self.host is not None

    @property
    def component(self) -> ComponentResult:
        return self.rows[0].component

    @property
    def section(self) -> SectionResult:
        return self.rows[0].section

    @property
    def remedy(self) -> Message | None:
        """The component's remedy, if something of it is to be settled and no row says it already."""
        remedy = self.component.remedy
        if self.mixed or not any(_settled_by_remedy(row.result) for row in self.rows):
            return None
        return None if any(result.remedy == remedy for result in self.component.results) else remedy


class Layout:
    """Every result of `report` exactly once: in `deviations`, `undetermined`, `exceptions`, `met` or
    `inapplicable`."""

    def __init__(self, report: Report) -> None:
        self._rows = {r.id: Row(r, c, s) for s in report.sections for c in s.components for r in c.results}
        self._components = {c.id: c for s in report.sections for c in s.components}
        self._lost = {h.id: h for h in report.hosts if h.observation is not Observation.OBSERVED}
        self._crowded = Counter(h.environment for h in report.hosts)
        rows = list(self._rows.values())
        self.deviations = self._open([row for row in rows if row.result.status in OPEN])
        self.undetermined = self._open([row for row in rows if row.result.status is Status.UNKNOWN])
        self.exceptions = _by_component(row for row in rows if row.result.status is Status.WAIVED)
        self.met = _by_component(row for row in rows if row.result.status is Status.OK)
        self.inapplicable = _by_component(row for row in rows if row.result.status is Status.NOT_APPLICABLE)

    def places(self, ids: Iterable[str]) -> tuple[Place, ...]:
        """The components behind `ids` (of results or components), each once, in the order given."""
        found: dict[str, list[Row]] = {}
        for id in ids:
            rows = self._behind(id)
            found.setdefault(rows[0].component.id if rows else id, []).extend(rows)
        return tuple(
            Place(rows[0].component.name, rows[0].result.id, len({r.result.id for r in rows}))
            if rows
            else Place(id, None, 0)
            for id, rows in found.items()
        )

    def says_host(self, result: Result) -> bool:
        """Whether the host of `result` must be said, because its environment has several."""
        return result.host is not None and self._crowded[result.environment or ""] > 1

    def _behind(self, id: str) -> list[Row]:
        if id in self._rows:
            return [self._rows[id]]
        component = self._components.get(id)
        if component is None:
            return []
        rows = [self._rows[r.id] for r in component.results]
        return sorted(rows, key=lambda row: row.result.status.rank)

    def _roots(self, result: Result) -> tuple[str, ...]:
        """The ids at the beginning of the chain that holds `result` up."""
        roots: dict[str, None] = {}
        seen = {result.id}
        queue = list(result.because)
        while queue:
            id = queue.pop(0)
            if id in seen:
                continue
            seen.add(id)
            behind = [row for row in self._behind(id) if row.result.status is not Status.OK]
            further = [b for row in behind for b in row.result.because if row.result.status is Status.PENDING]
            if further:
                queue.extend(further)
            else:
                roots[id] = None
        return tuple(roots) or result.because

    def _open(self, rows: list[Row]) -> tuple[Group, ...]:
        held: dict[tuple[str, ...], list[Row]] = {}
        causes_of: dict[tuple[str, ...], tuple[Place, ...]] = {}
        silent: dict[str, list[Row]] = {}
        own: list[Row] = []
        for row in rows:
            if row.result.status is Status.PENDING and row.result.because:
                causes = self.places(self._roots(row.result))
                key = tuple(place.label for place in causes)
                held.setdefault(key, []).append(row)
                if sum(p.meant for p in causes) >= sum(p.meant for p in causes_of.get(key, ())):
                    causes_of[key] = causes
            elif row.result.status is Status.UNKNOWN and _host_id(row.result) in self._lost:
                silent.setdefault(_host_id(row.result), []).append(row)
            else:
                own.append(row)
        groups = list(_by_component(own))
        groups += [Group(tuple(members), causes=causes_of[key]) for key, members in held.items()]
        groups += [Group(tuple(members), host=self._lost[id]) for id, members in silent.items()]
        return tuple(sorted(groups, key=lambda g: min(_rank(row.result) for row in g.rows)))


def _host_id(result: Result) -> str:
    return f"{result.environment}/{result.host}"


def _rank(result: Result) -> float:
    # What a failure holds up stands right behind the failures, before what merely awaits a person.
    return result.status.rank + (0.5 if result.status is Status.PENDING and not result.because else 0)


def _by_component(rows: Iterable[Row]) -> tuple[Group, ...]:
    components: dict[str, list[Row]] = {}
    for row in rows:
        components.setdefault(row.component.id, []).append(row)
    return tuple(Group(tuple(members)) for members in components.values())


def _settled_by_remedy(result: Result) -> bool:
    return result.status in (Status.FAIL, Status.UNKNOWN, Status.WARN)


def is_marked(aspect: Aspect) -> bool:
    """Whether SOLL and IST of `aspect` are set off from one another: they differ, nearly, or perhaps."""
    return aspect.near or aspect.verdict in (Verdict.DEVIATES, Verdict.UNDETERMINED)


def differences(result: Result) -> tuple[Message, ...]:
    """Where SOLL and IST of `result` differ, as sentences."""
    return tuple(_difference(a) for a in result.aspects if is_marked(a))


def _difference(a: Aspect) -> Message:
    if a.apart is not None:
        return a.apart
    actual = a.actual or msg("not seen")
    if a.verdict is Verdict.UNDETERMINED:
        sentence = msg("{actual}, required is {expected}", actual=actual, expected=a.expected)
    elif a.verdict is Verdict.DEVIATES:
        sentence = msg("{actual} instead of {expected}", actual=actual, expected=a.expected)
    else:
        sentence = msg("{actual} (SOLL: {expected})", actual=actual, expected=a.expected)
        sentence = actual if actual == a.expected else sentence
    if a.name is not None:
        sentence = msg("{name}: {value}", name=a.name, value=sentence)
    if a.note is not None:
        sentence = msg("{sentence} ({note})", sentence=sentence, note=a.note)
    return sentence


def remarks(result: Result, *, shown: tuple[Message | None, ...] = ()) -> list[tuple[Message, Message]]:
    """What a reader must know of `result` besides SOLL and IST, as pairs of label and sentence; without the
    reason if that is `shown` elsewhere."""
    lines: list[tuple[Message, Message]] = []
    status = result.status
    if status in (Status.FAIL, Status.WARN):
        lines += [(msg("Difference"), sentence) for sentence in differences(result)]
    elif status is Status.UNKNOWN:
        notes = [a.note for a in result.aspects if a.note is not None and is_marked(a)]
        lines += [(msg("Note"), note) for note in notes]
    elif status is Status.WAIVED:
        lines += [(msg("Deviation"), sentence) for sentence in differences(result)]
        if result.waived_reason:
            lines.append((msg("Exception"), result.waived_reason))
    if result.reason is not None and result.reason not in shown:
        label = msg("Not counted") if status is Status.PENDING and result.because else msg("Reason")
        lines.append((label, result.reason))
    if status is Status.PENDING and result.awaiting:
        lines.append((msg("Approval by"), msg("{value}", value=result.awaiting)))
    lines += _disposition(result)
    if _settled_by_remedy(result) and result.remedy is not None:
        lines.append((msg("What settles it") if status is Status.UNKNOWN else msg("Remedy"), result.remedy))
    return lines


def _disposition(result: Result) -> list[tuple[Message, Message]]:
    if result.disposition is Disposition.WAIVER_EXPIRED:
        until = msg("ended on {until:time}", until=result.waived_until)
        return [
            (
                msg("Exception"),
                msg("{until}: {reason}", until=until, reason=result.waived_reason or text("–")),
            )
        ]
    if result.disposition is Disposition.ATTESTED:
        return [(msg("Attested"), msg("a person answers for this; it was not observed."))]
    if result.disposition is Disposition.ATTESTATION_LAPSED:
        return [(msg("Attestation"), msg("it has lapsed and no longer counts."))]
    return []
