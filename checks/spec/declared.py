"""The spec as written: pydantic models of ``docgen.yml``, before variables and environments are applied."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from checks.model import Area, Severity
from checks.spec import access
from checks.spec.access import Declared, GitHub, Host, Secret, SshOptions, host_name
from checks.spec.documents import Documents
from checks.spec.documents import Expected as Expected
from checks.spec.documents import Sign as Sign
from checks.spec.preflight import Preflight
from checks.spec.publish import Publish
from checks.units import Duration


def _zone(value: str) -> str:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("not a known time zone; write it like Europe/Berlin or UTC") from error
    return value


class Environment(Declared):
    title: str | None = None
    """How readers see it. Default: the name."""
    production: bool | None = None
    """Whether the project's light follows this environment. Default: true if it is called prod or production,
    or is the only one."""
    host: Annotated[Host, BeforeValidator(access.host)] | None = None
    """The only host: user@host:port, ``local``, or a mapping."""
    hosts: Annotated[dict[str, Host], BeforeValidator(access.hosts)] | None = None
    """Several hosts: a list, or names with their hosts."""
    root: str | None = None
    """Base directory; relative paths in checks start here."""
    url: str | None = None
    """Base URL; paths in http checks start here."""
    ssh: SshOptions = SshOptions()
    """How to connect to its hosts."""
    variables: dict[str, str | int | float | bool] = {}
    """Values for ``{name}`` in this environment."""
    preflight: Preflight = Preflight()
    """How `docgen preflight` tries a release on its host."""

    @model_validator(mode="after")
    def _either(self) -> Self:
        if self.host and self.hosts:
            raise ValueError("expected either host or hosts, not both")
        return self

    def all_hosts(self) -> dict[str, Host]:
        """Hosts by name, in the order of the spec."""
        if self.host:
            return {host_name(self.host.ssh): self.host}
        return dict(self.hosts or {})


def _one_or_many(value: Any) -> Any:
    return [value] if isinstance(value, str | dict) else value


Names = Annotated[list[str], BeforeValidator(_one_or_many)]


class Link(Declared):
    title: str
    """What readers see."""
    to: str
    """A document's path or URL."""


def _link(value: Any) -> Any:
    return {"title": value, "to": value} if isinstance(value, str) else value


class Component(Declared):
    name: str
    """How readers see it, and how `needs` and `flow` refer to it."""
    id: str | None = None
    """Part of the ids in reports. Default: from the name."""
    soll: str | None = None
    """What should be, in the words of its owner."""
    about: Area = Area.OPERATION
    """Which question it answers: `operation` (is what runs healthy?) or `delivery` (may we deploy?)."""
    severity: Severity | None = None
    """Default for its checks. Without it each kind has its own."""
    needs: Names = []
    """Components or checks without which this one proves nothing."""
    only: Names | None = None
    """The environments in which it exists, where the section has several."""
    hosts: Names | None = Field(default=None, alias="on")
    """The hosts it is checked on. Default: all of the environment."""
    remedy: str | None = None
    """What to do when it is not as it should be. Without it each kind has its own."""
    owner: str | None = None
    """Who answers for it."""
    links: list[Annotated[Link, BeforeValidator(_link)]] = []
    """Documents that belong to it: a path or URL, or a mapping with ``title`` and ``to``."""
    checks: list[dict[str, Any]]
    """At least one check."""


class Section(Declared):
    name: str
    """How readers see it."""
    id: str | None = None
    """Part of the ids in reports. Default: from the name."""
    environment: str | None = None
    """The environment it is about. Without one it is about no environment, and part of every selection."""
    environments: list[str] | None = None
    """Several: the section then exists once for each."""
    components: list[Component]
    """What it consists of."""

    @model_validator(mode="after")
    def _either(self) -> Self:
        if self.environment and self.environments is not None:
            raise ValueError("expected either environment or environments, not both")
        if self.environments == []:
            raise ValueError("an empty list of environments: nothing to check")
        return self


def _step(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


class Step(Declared):
    name: str
    """How readers see it."""
    shows: Names = []
    """The components or checks whose state it shows. Default: the component of the same name."""
    group: str | None = None
    """The job it belongs to."""


class FlowDecl(Declared):
    name: str
    """How readers see it."""
    environment: str | None = None
    """The environment it is about."""
    steps: list[Annotated[Step, BeforeValidator(_step)]]
    """In their order. A step is a name, or a mapping."""


class Readiness(Declared):
    """What must be so before something can be done, and what follows from it then."""

    name: str
    """What is to be done, as readers see it: `Production deployment`."""
    environment: str | None = None
    """The environment it is about."""
    needs: Annotated[list[str], BeforeValidator(_one_or_many)]
    """The components or checks that must be met before, in their order."""
    then: Names = []
    """The components or checks that come into play then: the gate before the switch, the rollback."""


class KnownProblem(Declared):
    """A problem that somebody learned from. It stays in the report when it is solved, with the check that proves it."""

    name: str
    """How readers see it."""
    environment: str | None = None
    """The environment it is about."""
    shows: Names
    """The components or checks that tell whether it is solved."""
    critical: bool = False
    """Whether it holds up operation or delivery while it is not solved."""
    example: str | None = None
    """Where it was learned: a release, an incident."""
    solution: str | None = None
    """What was, or is to be, done about it."""


class Exception_(Declared):
    """A deviation that somebody accepted, until a date."""

    check: str
    """Id of a check or component; ``*`` stands for anything."""
    until: str
    """Last day (2026-12-31, in the spec's time zone) or a time with its zone."""
    reason: str
    """Why it is accepted."""
    by: str
    """Who accepted it."""


class CommonCheck(Declared):
    """The keys any check may carry beside its kind."""

    name: str | None = None
    """How readers see it. Default: the kind and what it is about."""
    id: str | None = None
    """The last part of its id in reports. Default: from the name."""
    severity: Severity | None = None
    """How much a deviation weighs. Default: the component's, else the kind's."""
    soll: str | None = None
    """What should be, in your words. Default: in the kind's."""
    needs: Names = []
    """Components or checks without which this one proves nothing."""
    remedy: str | None = None
    """What to do about a deviation."""
    hosts: Names | None = Field(default=None, alias="on")
    """The hosts it is checked on. Default: the component's `on`, else all of the environment."""
    deadline: Duration | None = None
    """How long each of its probes may take."""


class GateUse(Declared):
    """``gate``: the checks of a named gate."""

    name: str
    """A key of `gates`."""
    in_: str = "{root}/current"
    """The folder its relative paths start in."""


class Spec(Declared):
    """``docgen.yml``"""

    project: str
    """What the report is about, as readers see it."""
    language: Literal["de", "en"] = "en"
    """The language of the report."""
    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    """The zone in which readers see times, and in which a day of an exception ends."""
    owner: str | None = None
    """Who answers for what has no owner of its own."""
    valid_for: Duration = 86400.0
    """How long a report is taken for the present. Default: 24h."""
    variables: dict[str, str | int | float | bool] = {}
    """Values for ``{name}`` anywhere in the spec."""
    secrets: dict[str, Secret] = {}
    """Secrets by reference, for ``{secret.name}``."""
    ssh: SshOptions = SshOptions()
    """How to connect to all hosts."""
    github: GitHub | None = None
    """Where the builds are, for checks of workflows."""
    environments: dict[str, Environment]
    """What there is to look at: staging, prod, and the like."""
    gates: dict[str, list[dict[str, Any]]] = {}
    """Named lists of checks, to be used in several places."""
    sections: list[Section] = []
    """What should be, part by part."""
    flow: Annotated[list[FlowDecl], BeforeValidator(_one_or_many)] = []
    """The steps of a pipeline with the state of each: one mapping, or a list of them."""
    readiness: Annotated[list[Readiness], BeforeValidator(_one_or_many)] = []
    """What must be so before something can be done: one mapping, or a list of them."""
    problems: list[KnownProblem] = []
    """Problems that are known, and the checks that tell whether they are solved."""
    documents: Documents = Documents()
    """The documents that people wrote, for `docgen docs` and the check `documents`."""
    publish: Publish = Publish()
    """The nightly run: who is told, and how to reach the web server."""
    exceptions: list[Exception_] = []
    """Deviations that somebody accepted until a date."""
    translations: dict[Literal["de", "en"], dict[str, str]] = {}
    """What readers see of this file in another language: texts as they stand in it, each with its translation."""
