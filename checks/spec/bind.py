"""Binding: declared sections and checks to environments, hosts, variables and ids."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from checks.errors import Problem
from checks.kinds import kind
from checks.kinds.interface import Kind
from checks.model import Message, text
from checks.spec import declared, spec
from checks.spec.items import Item, Items
from checks.spec.references import References
from checks.spec.slug import slug
from checks.spec.values import Asked, Values, ask
from checks.spec.variables import mentions
from checks.spec.yaml import Document, Path_

Place = tuple[
    str, str | None, str | None
]  # a kind in an environment on a host: those that share it are peers


class _Where(NamedTuple):
    """Where a check belongs."""

    component_id: str
    component: declared.Component
    environment: str | None
    host: str | None
    at: Path_


@dataclass
class Binder:
    """Collects checks and problems while walking through the declared sections once."""

    document: Document
    written: declared.Spec
    environments: Mapping[str, spec.Environment]
    variables: dict[str, str]
    problems: list[Problem]
    _merged: dict[Place, list[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.values = Values(self.document, self.written, self.environments, self.variables, self.problems)
        self.items = Items(self.document, self.written, self.problems)
        self.references = References(
            self.document, {c.name for s in self.written.sections for c in s.components}
        )

    def sections(self) -> tuple[spec.Section, ...]:
        """All sections, bound, with the ids in ``needs`` resolved."""
        seen: dict[str, Path_] = {}
        made: list[spec.Section] = []
        for index, section in enumerate(self.written.sections):
            path: Path_ = ("sections", index)
            for name in self._environments_of(section, path):
                section_id = section.id or slug(section.name)
                if section.environments:
                    section_id = f"{section_id}-{name}"
                self._unique(seen, section_id, path, "section")
                components = tuple(self._components(section, section_id, name, path))
                made.append(spec.Section(section_id, section.name, name, components))
        made = self._with_peers(made)
        needs = self.references.resolve(made, self.problems)
        return tuple(s.mapped(lambda c: c._replace(needs=needs[c.id]) if c.id in needs else c) for s in made)

    def unused_gates(self) -> None:
        """Notes what is wrong with gates that no section uses; the others were read with their sections."""
        used = json.dumps(self.document.data.get("sections", []))
        for name, items in self.written.gates.items():
            if not items:
                self.problems.append(
                    self.document.problem(("gates", name), "an empty gate: nothing to check")
                )
            for item in self.items.of_gate(name) if f'"{name}"' not in used else ():
                self.values.params(item._replace(root="/"), next(iter(self.environments), None), None)

    def _environments_of(self, section: declared.Section, path: Path_) -> list[str | None]:
        if section.environments is None and section.environment is None:
            return [None]
        wanted = section.environments or [section.environment or ""]
        result: list[str | None] = []
        for index, name in enumerate(wanted):
            if name in self.environments:
                result.append(name)
            elif name not in self.document.data.get("environments", {}):
                at = (*path, "environments", index) if section.environments else (*path, "environment")
                self._unknown(at, "environment", name, list(self.environments))
                result.append(next(iter(self.environments), None))  # to find the problems below it as well
        return result

    def _components(
        self, section: declared.Section, section_id: str, environment: str | None, path: Path_
    ) -> Iterator[spec.Component]:
        seen: dict[str, Path_] = {}
        for index, component in enumerate(section.components):
            at: Path_ = (*path, "components", index)
            for name in component.only or []:
                if name not in self.environments:
                    self._unknown((*at, "only"), "environment", name, list(self.environments))
            if component.only and environment not in component.only:
                continue
            component_id = f"{section_id}/{component.id or slug(component.name)}"
            self._unique(seen, component_id, at, "component")
            if not component.checks:
                message = "an empty list of checks: nothing to check"
                self.problems.append(self.document.problem((*at, "checks"), message, key=True))
            scope = self.values.scope(environment, None)
            yield spec.Component(
                id=component_id,
                name=component.name,
                soll=self.values.text(component.soll, scope, (*at, "soll")),
                about=component.about,
                severity=component.severity,
                remedy=self.values.text(component.remedy, scope, (*at, "remedy")),
                owner=component.owner,
                links=tuple(
                    (link.title, self.values.text(link.to, scope, (*at, "links")) or "")
                    for link in component.links
                ),
                checks=tuple(self._checks(component, component_id, environment, at)),
            )

    def _checks(
        self, component: declared.Component, component_id: str, environment: str | None, path: Path_
    ) -> Iterator[spec.Check]:
        seen: dict[str, Path_] = {}
        items = self.items.named(component, path)
        companions = {name for _, name in items}
        for item, name in items:
            self._unique(seen, f"{component_id}/{name}", item.at, "check")
            hosts = self._hosts(environment, item.common.hosts or component.hosts, item.at)
            for host in hosts:
                params = self.values.params(item, environment, host)
                if params is None:
                    # What is wrong with the needs of a broken check is said in the same run.
                    broken = _Where(component_id, component, environment, host, item.at)
                    self._declare(f"{component_id}/{name}@{host}", item.common, broken)
                    continue
                on = host if item.kind.on_host(params) else None
                if on is None and host is not hosts[0]:
                    continue  # seen from here: the same for every host
                if host is None and item.kind.on_host(params):
                    self._no_host(item, environment)
                    continue
                where = _Where(component_id, component, environment, on, item.at)
                yield self._bound(
                    item.kind,
                    params,
                    name,
                    self.values.label(item, environment, host),
                    item.common,
                    where,
                    item.raw,
                )
                yield from self._companions(item, params, where, companions)

    def _companions(self, item: Item, params: Any, where: _Where, known: set[str]) -> Iterator[spec.Check]:
        """The results of their own that a check brings along, each once per component and host; none that the
        component declares itself."""
        for companion in item.kind.companions(params):
            its = kind(companion.kind)
            own = its.params.model_validate(companion.params)
            key = f"{companion.suffix}@{where.host}"
            if key in known or companion.suffix in known:
                self._merged.setdefault((its.name, where.environment, where.host), []).append(own)
                continue
            known.add(key)
            common = item.common.model_copy(update={"soll": None, "name": None, "remedy": None})
            yield self._bound(
                its, own, companion.suffix, its.soll(own), common, where, item.raw, companion=True
            )

    def _bound(
        self,
        its: Kind,
        params: Any,
        name: str,
        label: Message,
        common: declared.CommonCheck,
        where: _Where,
        raw: Any,
        *,
        companion: bool = False,
    ) -> spec.Check:
        check_id = f"{where.component_id}/{name}" + (f"@{where.host}" if where.host else "")
        scope = self.values.scope(where.environment, where.host)
        self._declare(check_id, common, where)
        remedy = self.values.text(common.remedy, scope, (*where.at, "remedy"))
        soll = self.values.text(common.soll, scope, (*where.at, "soll"))
        soll_text = text(soll) if soll else None
        mine = ((common.severity, "the check"), (where.component.severity, "its component"))
        severity, decided = next(((one, by) for one, by in mine if one), (its.severity, "the kind"))
        asked = (
            Asked()
            if its.peers
            else ask(its, params, soll_text, where.environment, where.host, common.deadline)
        )
        return spec.Check(
            id=check_id,
            name=label,
            kind=its.name,
            params=params,
            environment=where.environment,
            host=where.host,
            severity=severity,
            severity_from=decided,
            written=None if companion else raw,
            gate=_gate(where.at, raw),
            needs=(),
            soll=asked.soll,
            remedy=text(remedy) if remedy else None,
            owner=where.component.owner or self.written.owner,
            origin="{}:{}:{}".format(self.document.file, *self.document.at(where.at)),
            probes=asked.probes,
            fault=asked.fault,
            deadline=common.deadline,
            sources=tuple(scope.origins(raw)) if mentions(raw) else (),
        )

    def _declare(self, check_id: str, common: declared.CommonCheck, where: _Where) -> None:
        self.references.declare(
            check_id, where.component_id, where.environment, where.host, common, where.component, where.at
        )

    def _hosts(self, environment: str | None, wanted: list[str] | None, at: Path_) -> list[str | None]:
        if environment is None:
            return [None]
        known = [host.name for host in self.environments[environment].hosts]
        wrong = [name for name in wanted or [] if name not in known]
        for name in wrong:
            self._unknown((*at, "on"), "host", name, known)
        return [name for name in known if wanted is None or wrong or name in wanted] or [None]

    def _with_peers(self, sections: list[spec.Section]) -> list[spec.Section]:
        """`sections` with the kinds that look at their peers completed: all checks are known now."""
        peers: dict[Place, list[Any]] = {key: list(params) for key, params in self._merged.items()}
        for check in (c for s in sections for m in s.components for c in m.checks):
            peers.setdefault((check.kind, check.environment, check.host), []).append(check.params)

        def complete(check: spec.Check) -> spec.Check:
            its = kind(check.kind)
            if not its.peers:
                return check
            params = its.peers(check.params, tuple(peers[check.kind, check.environment, check.host]))
            own = check.soll if check.soll.id else None
            asked = ask(its, params, own, check.environment, check.host, check.deadline)
            return check._replace(params=params, soll=asked.soll, probes=asked.probes, fault=asked.fault)

        return [section.mapped(complete) for section in sections]

    def _no_host(self, item: Item, environment: str | None) -> None:
        message, hint = "its section has no environment", "give the section an `environment`"
        if environment is not None:
            message = f"the environment `{environment}` has no host"
            hint = "add `host: user@server` (or `host: local`) to it"
        said = f"`{item.kind.name}` looks at a server, but {message}"
        self.problems.append(self.document.problem(item.at, said, hint))

    def _unknown(self, at: Path_, what: str, name: str, known: list[str]) -> None:
        self.problems.append(self.document.unknown(at, what, name, known))

    def _unique(self, seen: dict[str, Path_], id_: str, at: Path_, what: str) -> None:
        if id_ in seen:
            line = self.document.at(seen[id_])[0]
            hint = f"the first is in line {line}; give one of them another `name` or `id`"
            self.problems.append(self.document.problem(at, f"a second {what} with the id `{id_}`", hint))
        seen[id_] = at


def _gate(at: Path_, raw: Any) -> tuple[str, str] | None:
    """The gate that the item at `at` belongs to, and what it looks for."""
    if at[0] != "gates":
        return None
    path = raw.get("path") if isinstance(raw, dict) else raw
    return str(at[1]), path.removeprefix("./").rstrip("/") if isinstance(path, str) else json.dumps(raw)
