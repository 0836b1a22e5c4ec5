"""Results and the report: what follows from SOLL and IST. Text is still :class:`Message`."""

from __future__ import annotations

from typing import NamedTuple

from checks.model.facts import HostFacts
from checks.model.judgement import Aspect, GateSeen
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
    waived_reason: Message | None = None
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


class Standing(NamedTuple):
    """How the components of a section stand. Met, ``proven``: and seen live; ``rehearsed``: and seen in a dry run;
    ``implemented``: and only read in a file. ``broken``: not met; ``held``: not reached because of what is not met;
    ``open``: everything else that is not settled."""

    name: str
    environment: str | None
    proven: tuple[Item, ...]
    rehearsed: tuple[Item, ...]
    implemented: tuple[Item, ...]
    broken: tuple[Item, ...]
    held: tuple[Item, ...]
    open: tuple[Item, ...]


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
    standing: tuple[Standing, ...] = ()
    translations: dict[str, dict[str, str]] = {}

    def results(self) -> list[Result]:
        """Every result, in the order of the spec."""
        return [r for s in self.sections for c in s.components for r in c.results]

    def counts(self) -> dict[Status, int]:
        """How many results have each status, zeros included."""
        counts = dict.fromkeys(Status, 0)
        for result in self.results():
            counts[result.status] += 1
        return counts
