"""Judgements, results and the report: what follows from SOLL and IST. Text is still :class:`Message`."""

from __future__ import annotations

from typing import NamedTuple

from checks.model.facts import HostFacts
from checks.model.message import Message
from checks.model.words import (
    Area,
    Assurance,
    Disposition,
    Light,
    Observation,
    Severity,
    Status,
    Verdict,
)


class Aspect(NamedTuple):
    """One property of a check, SOLL beside IST: ``name`` "owner", ``expected`` "deploy", ``actual`` "root".

    ``name`` may be None where the values speak for themselves; ``actual`` is None where nothing was seen.
    ``near`` marks a value that conforms with a limit close by. ``note`` says what the values do not.
    """

    name: Message | None
    expected: Message
    actual: Message | None
    verdict: Verdict
    near: bool = False
    note: Message | None = None


class GateSeen(NamedTuple):
    """A gate as one check saw it: what became of each of its parts, by the path it looks for; what it would stop, and
    when it last proved itself (RFC 3339), if it did."""

    name: str
    parts: tuple[tuple[str, Verdict], ...]
    stops: Message | None = None
    proven: str | None = None


class Judgement(NamedTuple):
    """A kind's answer for one check. ``reason`` explains an undetermined verdict, or adds to a deviation;
    ``remedy`` is what would settle or repair it, more exactly than the kind's general remedy.
    ``observation`` is that of the probe that decided the verdict. ``awaiting``: a human decision is open, and whose.
    ``assurance``: how well it is known, where that is not what its kind says. ``stands_for``: names under which other
    checks may know what this one is about; ``behind``: it was not reached because of what one of these names, the
    most exact first."""

    verdict: Verdict
    observation: Observation
    aspects: tuple[Aspect, ...] = ()
    reason: Message | None = None
    remedy: Message | None = None
    awaiting: str | None = None
    assurance: Assurance | None = None
    stands_for: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    since: str | None = None
    gate: GateSeen | None = None


class Evidence(NamedTuple):
    """The redacted view of one fact behind a result."""

    source: str
    host: str
    command: str
    exit_code: int | None
    excerpt: str
    sha256: str
    observed_at: str
    observation: Observation
    reason: Message | None = None
    truncated: bool = False


class Result(NamedTuple):
    """A check on a host, judged."""

    id: str
    name: Message
    kind: str
    environment: str | None
    host: str | None
    status: Status
    observation: Observation
    verdict: Verdict
    disposition: Disposition
    severity: Severity
    soll: Message
    aspects: tuple[Aspect, ...]
    reason: Message | None
    remedy: Message | None
    because: tuple[str, ...] = ()
    assurance: Assurance | None = None
    waived_until: str | None = None
    waived_day: str | None = None
    waived_reason: str | None = None
    awaiting: str | None = None
    evidence: tuple[Evidence, ...] = ()
    origin: str = ""
    stands_for: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    since: str | None = None
    gate: GateSeen | None = None


class ComponentResult(NamedTuple):
    id: str
    name: str
    soll: str | None
    status: Status
    severity: Severity
    about: Area
    assurance: Assurance | None
    because: tuple[str, ...]
    remedy: Message | None
    owner: str | None
    links: tuple[tuple[str, str], ...]
    results: tuple[Result, ...]


class SectionResult(NamedTuple):
    id: str
    name: str
    environment: str | None
    components: tuple[ComponentResult, ...]


class EnvironmentResult(NamedTuple):
    """``verdict`` is the sentence that says what matters; ``asked`` are the questions that any check answers."""

    name: str
    title: str
    production: bool
    overall: Light
    operation: Light
    delivery: Light
    operation_text: Message
    delivery_text: Message
    verdict: Message
    counts: dict[Status, int]
    asked: tuple[Area, ...] = (Area.OPERATION, Area.DELIVERY)


class Blocker(NamedTuple):
    id: str
    title: Message
    critical: bool
    environment: str | None
    cause: Message
    impact: Message
    since: str | None
    blocks: tuple[str, ...]
    remedy: Message | None
    owner: str | None


class NextStep(NamedTuple):
    """``horizon``: now, then or optional. ``command`` is what to type, if there is something to type."""

    priority: int
    horizon: str
    title: Message
    environment: str | None
    goal: Message
    expected: Message
    command: str | None
    owner: str | None
    resolves: tuple[str, ...]


class FlowStep(NamedTuple):
    number: int
    name: str
    group: str | None
    status: Status
    because: tuple[str, ...]
    results: tuple[str, ...]
    note: Message | None = None


class Flow(NamedTuple):
    name: str
    environment: str | None
    steps: tuple[FlowStep, ...]


class Layer(NamedTuple):
    """A place in which a gate is used: in a workflow, on a folder, in a rehearsal. ``cells`` in the order of the gate's
    parts; None: this layer does not look at that part."""

    name: str
    environment: str | None
    kind: str
    status: Status
    assurance: Assurance | None
    cells: tuple[Status | None, ...]
    stops: Message | None
    proven: str | None
    results: tuple[str, ...]


class GateMatrix(NamedTuple):
    name: str
    parts: tuple[str, ...]
    layers: tuple[Layer, ...]


class Item(NamedTuple):
    """A line of a list: components or checks under the name by which they were meant."""

    name: str
    status: Status
    assurance: Assurance | None
    said: Message | None
    results: tuple[str, ...]


class Readiness(NamedTuple):
    """Whether something can be done: ``ready`` if all of ``needs`` is met. ``then`` comes into play when it is done."""

    name: str
    environment: str | None
    ready: bool
    needs: tuple[Item, ...]
    then: tuple[Item, ...]


class KnownProblem(NamedTuple):
    """A problem that is known; ``solved`` None: its checks could not tell."""

    name: str
    environment: str | None
    solved: bool | None
    critical: bool
    said: Message | None
    example: str | None
    solution: str | None
    results: tuple[str, ...]


class Coverage(NamedTuple):
    declared: int
    observed: int
    undetermined: int


class Report(NamedTuple):
    project: str
    language: str
    timezone: str
    owner: str | None
    generated_at: str
    valid_until: str
    snapshot_sha256: str
    collected_at: str
    finished_at: str
    spec_file: str
    spec_sha256: str
    docgen: str
    overall: Light
    environments: tuple[EnvironmentResult, ...]
    sections: tuple[SectionResult, ...]
    blockers: tuple[Blocker, ...]
    next_steps: tuple[NextStep, ...]
    flows: tuple[Flow, ...]
    gates: tuple[GateMatrix, ...]
    readiness: tuple[Readiness, ...]
    problems: tuple[KnownProblem, ...]
    coverage: Coverage
    hosts: tuple[HostFacts, ...]
    warnings: tuple[Message, ...] = ()

    def results(self) -> list[Result]:
        """Every result, in the order of the spec."""
        return [r for s in self.sections for c in s.components for r in c.results]

    def counts(self) -> dict[Status, int]:
        """How many results have each status, zeros included."""
        counts = dict.fromkeys(Status, 0)
        for result in self.results():
            counts[result.status] += 1
        return counts
