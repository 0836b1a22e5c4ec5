"""The spec as it applies: checks bound to environments and hosts, with variables filled in and ids given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from checks.model import Area, Message, Probe, Severity
from checks.spec.documents import Documents
from checks.spec.preflight import Preflight
from checks.spec.publish import Publish


class Check(NamedTuple):
    """One declared check on one host (``host`` None: seen from where docgen runs).

    ``probes`` are bound to ``at`` ("environment/host"). ``needs`` are ids of checks. ``fault`` is set where its kind
    failed to make probes. For ``docgen explain``: ``written`` is what the spec says of the kind (None: another check
    brought this one along), ``severity_from`` where the severity was decided, ``sources`` where variables were set.
    ``gate``: the name of the gate that it is part of, and what it looks for, as written there.
    """

    id: str
    name: Message
    kind: str
    params: Any
    environment: str | None
    host: str | None
    severity: Severity
    needs: tuple[str, ...]
    soll: Message
    remedy: Message | None
    owner: str | None
    origin: str
    probes: dict[str, Probe]
    deadline: float | None = None
    sources: tuple[tuple[str, str], ...] = ()
    written: Any = None
    severity_from: str = ""
    fault: str = ""
    gate: tuple[str, str] | None = None


class Component(NamedTuple):
    id: str
    name: str
    soll: str | None
    about: Area
    severity: Severity | None
    remedy: str | None
    owner: str | None
    links: tuple[tuple[str, str], ...]
    checks: tuple[Check, ...]


class Section(NamedTuple):
    id: str
    name: str
    environment: str | None
    components: tuple[Component, ...]

    def mapped(self, change: Callable[[Check], Check]) -> Section:
        """This section with `change` made to each of its checks."""
        components = tuple(c._replace(checks=tuple(map(change, c.checks))) for c in self.components)
        return self._replace(components=components)


class Host(NamedTuple):
    """A host as the sources need it. ``ssh`` is user@host:port or ``local``; paths are absolute. ``strict``: the deadline
    is the spec's own, and holds for what takes long by its nature, too."""

    id: str
    name: str
    environment: str
    ssh: str
    identity: str | None
    known_hosts: str | None
    jump: str | None
    passphrase: dict[str, str] | None
    connect_timeout: float
    deadline: float
    origin: str
    strict: bool = False


class Environment(NamedTuple):
    name: str
    title: str
    production: bool
    root: str | None
    url: str | None
    hosts: tuple[Host, ...]
    preflight: Preflight = Preflight()


class Step(NamedTuple):
    name: str
    group: str | None
    shows: tuple[str, ...]


class Flow(NamedTuple):
    name: str
    environment: str | None
    steps: tuple[Step, ...]


class Readiness(NamedTuple):
    """``needs`` and ``then`` are ids of checks, by the name under which they were meant."""

    name: str
    environment: str | None
    needs: tuple[tuple[str, tuple[str, ...]], ...]
    then: tuple[tuple[str, tuple[str, ...]], ...]


class KnownProblem(NamedTuple):
    """``shows`` are ids of checks."""

    name: str
    environment: str | None
    shows: tuple[str, ...]
    critical: bool
    example: str | None
    solution: str | None


class Waiver(NamedTuple):
    """``until`` is RFC 3339 in UTC; the waiver holds before it. ``written`` is the last day or time as written."""

    pattern: str
    until: str
    written: str
    reason: str
    by: str
    origin: str


class Spec(NamedTuple):
    """What should be. ``file`` is the path as given; ``sha256`` that of its bytes; ``translations`` are the texts of the
    spec by language, each with its translation. ``github``: where the builds are, as the source wants it;
    ``github_deadline``: how long all requests about them may take together, in seconds; None: the spec does not say."""

    file: str
    folder: str
    sha256: str
    project: str
    language: str
    timezone: str
    owner: str | None
    valid_for: float
    secrets: dict[str, dict[str, str]]
    environments: tuple[Environment, ...]
    sections: tuple[Section, ...]
    gates: dict[str, list[dict[str, Any]]]
    flows: tuple[Flow, ...]
    waivers: tuple[Waiver, ...]
    readiness: tuple[Readiness, ...] = ()
    problems: tuple[KnownProblem, ...] = ()
    unselected: tuple[str, ...] = ()
    """The titles of the environments that were left out."""
    translations: dict[str, dict[str, str]] = {}
    github: dict[str, str | None] | None = None
    github_deadline: float | None = None
    documents: Documents = Documents()
    publish: Publish = Publish()

    @property
    def repository(self) -> str:
        """``owner/name`` of the repository of the builds; empty where none is named."""
        return str(self.github["repository"]) if self.github else ""

    def select(self, environments: list[str] | tuple[str, ...]) -> Spec:
        """This spec with only `environments` and the sections of none. Raises KeyError for an unknown name."""
        known = [e.name for e in self.environments]
        for name in environments:
            if name not in known:
                raise KeyError(name)
        wanted = set(environments)
        return self._replace(
            environments=tuple(e for e in self.environments if e.name in wanted),
            sections=tuple(s for s in self.sections if s.environment in wanted or s.environment is None),
            flows=tuple(f for f in self.flows if f.environment in wanted or f.environment is None),
            readiness=tuple(r for r in self.readiness if r.environment in wanted or r.environment is None),
            problems=tuple(p for p in self.problems if p.environment in wanted or p.environment is None),
            unselected=tuple(e.title for e in self.environments if e.name not in wanted),
        )

    def checks(self) -> list[Check]:
        """Every check, in the order of the file."""
        return [check for s in self.sections for c in s.components for check in c.checks]

    def probes(self) -> dict[str, Probe]:
        """Every probe once, keyed by id; of the same probe with two deadlines, the longer."""
        found: dict[str, Probe] = {}
        for check in self.checks():
            for probe in check.probes.values():
                known = found.get(probe.id)
                if known is None or probe.deadline > known.deadline:
                    found[probe.id] = probe
        return found

    def runs_application_code(self) -> list[Probe]:
        """The probes that run the application's own code (``php artisan …``)."""
        return [p for p in self.probes().values() if p.args.get("application")]
