"""Binding: declared sections and checks to environments, hosts, variables and ids."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from checks.errors import Problem
from checks.kinds import KINDS, kind, names
from checks.kinds.interface import Kind
from checks.model import Message, Probe, msg, text
from checks.spec import declared, spec
from checks.spec.references import References
from checks.spec.slug import slug
from checks.spec.validate import problems_of
from checks.spec.variables import Scope, expand_all, mentions
from checks.spec.yaml import Document, Path_

_COMMON = {
    field.alias or name for name, field in declared.CommonCheck.model_fields.items()
}


class Binder:
    """Collects checks and problems while walking through the declared sections once."""

    def __init__(
        self,
        document: Document,
        written: declared.Spec,
        environments: Mapping[str, spec.Environment],
        variables: dict[str, str],
        problems: list[Problem],
    ) -> None:
        self.document, self.written, self.environments = document, written, environments
        self.variables, self.problems = variables, problems
        self.references = References(document, {c.name for s in written.sections for c in s.components})
        self._scopes: dict[tuple[str | None, str | None], Scope] = {}
        self._validated: dict[tuple[int, str | None, str], Any] = {}
        self._sections: list[spec.Section] = []

    # -- sections ------------------------------------------------------------------------------------

    def sections(self) -> tuple[spec.Section, ...]:
        """All sections, bound, with the ids in ``needs`` resolved."""
        seen: dict[str, Path_] = {}
        for path, section in self._paired(("sections",), self.written.sections):
            for name in self._environments_of(section, path):
                section_id = section.id or slug(section.name)
                if section.environments:
                    section_id = f"{section_id}-{name}"
                self._unique(seen, section_id, path, "section")
                components = tuple(self._components(section, section_id, name, path))
                self._sections.append(spec.Section(section_id, section.name, name, components))
        self._sections = [self._with_peers(section) for section in self._sections]
        needs = self.references.resolve(self._sections, self.problems)
        self._sections = [_map_checks(s, lambda c: replace(c, needs=needs.get(c.id, ()))) for s in self._sections]
        return tuple(self._sections)

    def _environments_of(self, section: declared.Section, path: Path_) -> list[str | None]:
        wanted: list[str | None] = list(section.environments or [section.environment])
        result: list[str | None] = []
        for index, name in enumerate(wanted):
            if name is None or name in self.environments:
                result.append(name)
            elif name not in self.document.data.get("environments", {}):
                at = (*path, "environments", index) if section.environments else (*path, "environment")
                self.problems.append(self._unknown(at, "environment", name, list(self.environments)))
                result.append(next(iter(self.environments), None))  # to find the problems below it as well
        return result

    def _components(
        self, section: declared.Section, section_id: str, environment: str | None, path: Path_
    ) -> Iterator[spec.Component]:
        seen: dict[str, Path_] = {}
        for at, component in self._paired((*path, "components"), section.components):
            for name in component.only or []:
                if name not in self.environments:
                    self.problems.append(self._unknown((*at, "only"), "environment", name, list(self.environments)))
            if component.only and environment not in component.only:
                continue
            component_id = f"{section_id}/{component.id or slug(component.name)}"
            self._unique(seen, component_id, at, "component")
            scope = self._scope(environment, None)
            checks = tuple(self._checks(component, component_id, environment, at))
            if not component.checks:
                self.problems.append(
                    self.document.problem((*at, "checks"), "an empty list of checks: nothing to check", key=True)
                )
            yield spec.Component(
                id=component_id,
                name=component.name,
                soll=self._text(component.soll, scope, (*at, "soll")),
                about=component.about,
                severity=component.severity,
                remedy=self._text(component.remedy, scope, (*at, "remedy")),
                owner=component.owner,
                links=tuple((link.title, self._text(link.to, scope, (*at, "links")) or "") for link in component.links),
                checks=checks,
            )

    # -- checks --------------------------------------------------------------------------------------

    def _checks(
        self, component: declared.Component, component_id: str, environment: str | None, path: Path_
    ) -> Iterator[spec.Check]:
        seen: dict[str, Path_] = {}
        companions: set[str] = set()
        for at, raw, root in self._items(component, path):
            split = self._split(raw, at)
            if split is None:
                continue
            name, common = split
            hosts = self._hosts(environment, common.hosts or component.hosts, at)
            check_slug = slug(common.id or common.name or f"{name} {_subject(kind(name), raw[name])}")
            if f"{component_id}/{check_slug}" in seen:
                check_slug = f"{check_slug}-{slug(json.dumps(raw, sort_keys=True), 6)[-6:]}"
            self._unique(seen, f"{component_id}/{check_slug}", at, "check")
            for host in hosts:
                made = self._check(name, raw[name], (*at, name), common, component, environment, host, root)
                if made is None:
                    continue
                params, sources = made
                on = None if not kind(name).on_host(params) else host
                if host is not hosts[0] and on is None:
                    continue
                if host is None and kind(name).on_host(params):
                    self._no_host(at, name, environment)
                    continue
                where = (component_id, environment, on, at, common, component)
                label = common.name and text(common.name)
                subject = expand_all(_subject(kind(name), raw[name]), self._scope(environment, host), lambda n, h: None)
                label = label or msg("{kind} {subject:code}", kind=name, subject=subject)
                yield self._bound(kind(name), params, check_slug, label, where, sources)
                for companion in kind(name).companions(params):
                    key = f"{companion.suffix}@{on}"
                    if key in companions:
                        self._extra_peers.setdefault((companion.kind, environment, on), []).append(
                            kind(companion.kind).params.model_validate(companion.params)
                        )
                        continue
                    companions.add(key)
                    its = kind(companion.kind)
                    its_params = its.params.model_validate(companion.params)
                    its_common = common.model_copy(update={"soll": None, "name": None, "remedy": None})
                    where = (component_id, environment, on, at, its_common, component)
                    yield self._bound(its, its_params, companion.suffix, its.soll(its_params), where, sources)

    @property
    def _extra_peers(self) -> dict[tuple[str, str | None, str | None], list[Any]]:
        return self.__dict__.setdefault("_extra_peers_store", {})

    def _items(self, component: declared.Component, path: Path_) -> Iterator[tuple[Path_, dict[str, Any], str | None]]:
        """The checks of a component with their places; a ``gate`` gives the checks of that gate."""
        for at, raw in self._paired((*path, "checks"), component.checks):
            if "gate" not in raw:
                yield at, raw, None
                continue
            use = raw["gate"] if isinstance(raw["gate"], dict) else {"name": raw["gate"]}
            extra = set(raw) - {"gate"} - _COMMON
            for key in extra:
                self.problems.append(self.document.problem((*at, key), f"unknown key `{key}`", key=True))
            try:
                gate = declared.GateUse.model_validate(use)
            except ValidationError as error:
                self.problems += problems_of(error, self.document, (*at, "gate"), declared.GateUse)
                continue
            if gate.name not in self.written.gates:
                self.problems.append(self._unknown((*at, "gate"), "gate", gate.name, list(self.written.gates)))
                continue
            common = {key: value for key, value in raw.items() if key in _COMMON - {"name", "id"}}
            for index, item in enumerate(self.written.gates[gate.name]):
                yield ("gates", gate.name, index), {**common, **item}, gate.in_

    def _split(self, raw: dict[str, Any], at: Path_) -> tuple[str, declared.CommonCheck] | None:
        """The kind's name and the common keys of a check; None after noting a problem."""
        candidates = [key for key in raw if key not in _COMMON]
        known = [key for key in candidates if key in KINDS or key in names()]
        if len(candidates) != 1 or not known:
            wrong = [key for key in candidates if key not in known]
            for key in wrong:
                close = get_close_matches(key, [*names(), *_COMMON, "gate"], 1)
                hint = f"did you mean `{close[0]}`?" if close else f"the kinds are {', '.join(sorted(names()))}"
                what = "unknown kind of check" if len(candidates) == 1 else "unknown key"
                self.problems.append(self.document.problem((*at, key), f"{what} `{key}`", hint, key=True))
            if len(known) > 1:
                both = " and ".join(f"`{key}`" for key in known)
                self.problems.append(self.document.problem(at, f"two kinds in one check: {both}", "make them two checks"))
            if not candidates:
                self.problems.append(self.document.problem(at, "a check without a kind", "such as `- file: path`"))
            return None
        common = {key: value for key, value in raw.items() if key in _COMMON}
        try:
            return known[0], declared.CommonCheck.model_validate(common) if common else _NOTHING
        except ValidationError as error:
            self.problems += problems_of(error, self.document, at, declared.CommonCheck)
            return None

    def _hosts(self, environment: str | None, wanted: list[str] | None, at: Path_) -> list[str | None]:
        if environment is None:
            return [None]
        known = [host.name for host in self.environments[environment].hosts]
        for name in wanted or []:
            if name not in known:
                self.problems.append(self._unknown((*at, "on"), "host", name, known))
        return [name for name in known if wanted is None or name in wanted] or [None]

    def _no_host(self, at: Path_, name: str, environment: str | None) -> None:
        if environment is None:
            hint = "give the section an `environment`"
            message = f"`{name}` looks at a server, but its section has no environment"
        else:
            hint = "add `host: user@server` (or `host: local`) to it"
            message = f"`{name}` looks at a server, but the environment `{environment}` has no host"
        self.problems.append(self.document.problem(at, message, hint))

    def _check(
        self,
        name: str,
        raw: Any,
        at: Path_,
        common: declared.CommonCheck,
        component: declared.Component,
        environment: str | None,
        host: str | None,
        root: str | None,
    ) -> tuple[Any, tuple[tuple[str, str], ...]] | None:
        """The validated params, and where the values of its variables came from."""
        its = kind(name)
        scope = self._scope(environment, host)
        base = self.environments[environment].root if environment else None
        if root is not None:
            base = self._text(root, scope, at)
        moving = mentions(raw)
        key = (id(raw), base, f"{environment}/{host}" if moving else "")
        sources: dict[str, str] = {}
        if key not in self._validated:
            filled = raw
            if moving:
                filled = expand_all(raw, scope, lambda n, hint: self._undefined(at, n, hint))
            value = filled if isinstance(filled, dict) else {its.shorthand: filled} if its.shorthand else filled
            shown = at if isinstance(filled, dict) else at[:-1]
            try:
                context = {"root": base, "url": self.environments[environment].url if environment else None}
                self._validated[key] = its.params.model_validate(value, context=context)
            except ValidationError as error:
                found = problems_of(error, self.document, at if isinstance(raw, dict) else shown, its.params)
                if not isinstance(raw, dict):
                    line, column = self.document.at(at)
                    found = [Problem(p.file, line, column, p.message, p.hint) for p in found]
                self.problems += found
                self._validated[key] = None
        if moving:
            sources = self._variables_in(raw, scope)
        params = self._validated[key]
        return None if params is None else (params, tuple(sources.items()))

    def _variables_in(self, raw: Any, scope: Scope) -> dict[str, str]:
        dumped = json.dumps(raw)
        found = {}
        for name in scope.names():
            if f"{{{name}}}" in dumped and (value := scope.get(name)):
                found[f"{{{name}}}"] = f"{value[0]} ({value[1]})"
        return found

    def _bound(
        self,
        its: Kind,
        params: Any,
        check_slug: str,
        name: Message,
        where: tuple[str, str | None, str | None, Path_, declared.CommonCheck, declared.Component],
        sources: tuple[tuple[str, str], ...],
    ) -> spec.Check:
        component_id, environment, host, at, common, component = where
        check_id = f"{component_id}/{check_slug}" + (f"@{host}" if host else "")
        scope = self._scope(environment, host)
        self.references.declare(check_id, component_id, environment, host, common, component, at)
        remedy = self._text(common.remedy, scope, (*at, "remedy"))
        soll = self._text(common.soll, scope, (*at, "soll"))
        check = spec.Check(
            id=check_id,
            name=name,
            kind=its.name,
            params=params,
            environment=environment,
            host=host,
            severity=common.severity or component.severity or its.severity,
            needs=(),
            soll=text(soll) if soll else Message(id=""),
            remedy=text(remedy) if remedy else None,
            owner=common.owner or component.owner or self.written.owner,
            origin="{}:{}:{}".format(self.document.file, *self.document.at(at)),
            probes={},
            sources=sources,
        )
        return check if its.peers else with_probes(check, its, common.deadline)

    def _with_peers(self, section: spec.Section) -> spec.Section:
        """`section` with the kinds that look at their peers completed: all checks are known now."""

        def complete(check: spec.Check) -> spec.Check:
            its = kind(check.kind)
            if not its.peers:
                return check
            key = (check.kind, check.environment, check.host)
            peers = [c.params for s in self._sections for m in s.components for c in m.checks if (c.kind, c.environment, c.host) == key]
            peers += self._extra_peers.get(key, [])
            return with_probes(replace(check, params=its.peers(check.params, tuple(peers))), its, None)

        return _map_checks(section, complete)

    # -- flows and references ------------------------------------------------------------------------

    def flows(self) -> tuple[spec.Flow, ...]:
        """The declared flows with their steps' components resolved to ids of checks."""
        flows = []
        for path, flow in self._paired(("flow",), self.written.flow):
            if flow.environment is not None and flow.environment not in self.environments:
                at = (*path, "environment")
                self.problems.append(self._unknown(at, "environment", flow.environment, list(self.environments)))
                continue
            steps = []
            for at, step in self._paired((*path, "steps"), flow.steps):
                shows: list[str] = []
                for name in step.shows or [step.name]:
                    ids = self.references.find(name, None, flow.environment)
                    if ids:
                        shows += ids
                    else:
                        self.problems.append(self.references.unknown((*at, "shows") if step.shows else at, name))
                steps.append(spec.Step(step.name, step.group, tuple(dict.fromkeys(shows))))
            flows.append(spec.Flow(flow.name, flow.environment, tuple(steps)))
        return tuple(flows)

    def check_references(self) -> None:
        """Notes gates that are broken although nothing uses them."""
        used = {g for g in self.written.gates if f'"{g}"' in json.dumps(self.document.data.get("sections", []))}
        for name, items in self.written.gates.items():
            if not items:
                self.problems.append(self.document.problem(("gates", name), "an empty gate: nothing to check"))
            for index, raw in enumerate(items):
                split = None if name in used else self._split(raw, ("gates", name, index))
                if split:
                    scope = next(iter(self.environments), None)
                    at: Path_ = ("gates", name, index, split[0])
                    self._check(split[0], raw[split[0]], at, split[1], _NO_COMPONENT, scope, None, "/")

    # -- small things --------------------------------------------------------------------------------

    def _paired(self, path: Path_, items: list[Any]) -> Iterator[tuple[Path_, Any]]:
        for index, item in enumerate(items):
            yield (*path, index), item

    def _scope(self, environment: str | None, host: str | None) -> Scope:
        from checks.spec.load import scope_of

        key = (environment, host)
        if key not in self._scopes:
            self._scopes[key] = scope_of(self.written, environment, host, self.variables)
        return self._scopes[key]

    def _text(self, value: str | None, scope: Scope, at: Path_) -> str | None:
        if value is None:
            return None
        return scope.expand(value, lambda name, hint: self._undefined(at, name, hint))

    def _undefined(self, at: Path_, name: str, hint: str) -> None:
        self.problems.append(self.document.problem(at, f"the variable {{{name}}} is not defined", hint))

    def _unknown(self, at: Path_, what: str, name: str, known: list[str]) -> Problem:
        close = get_close_matches(name, known, 1)
        hint = f"did you mean `{close[0]}`?" if close else f"there are: {', '.join(known) or 'none'}"
        return self.document.problem(at, f"unknown {what} `{name}`", hint)

    def _unique(self, seen: dict[str, Path_], id_: str, at: Path_, what: str) -> None:
        if id_ in seen:
            line = self.document.at(seen[id_])[0]
            hint = f"the first is in line {line}; give one of them another `name` or `id`"
            self.problems.append(self.document.problem(at, f"a second {what} with the id `{id_}`", hint))
        seen[id_] = at


def with_probes(check: spec.Check, its: Kind, deadline: float | None) -> spec.Check:
    """`check` with its SOLL text and its probes, bound to its host."""
    at = f"{check.environment}/{check.host}" if check.host else None
    try:
        soll = check.soll if check.soll.id else its.soll(check.params)
        probes: dict[str, Probe] = {
            role: Probe.model_construct(
                at=None if p.at is None else at, verb=p.verb, args=p.args, deadline=deadline or p.deadline
            )
            for role, p in its.probes(check.params).items()
        }
    except Exception as error:  # noqa: BLE001 - a broken kind is one broken row, not a broken report
        return replace(check, fault=f"{type(error).__name__}: {error}")
    return replace(check, soll=soll, probes=probes)


def _map_checks(section: spec.Section, change: Any) -> spec.Section:
    components = tuple(replace(c, checks=tuple(change(check) for check in c.checks)) for c in section.components)
    return replace(section, components=components)


def _subject(its: Kind, raw: Any) -> str:
    """What a check is about, in a word: its shorthand value, as declared."""
    value = raw.get(its.shorthand) if isinstance(raw, dict) and its.shorthand else raw
    if isinstance(value, list):
        return " ".join(map(str, value))
    if value is None or isinstance(value, dict):
        return json.dumps(raw, sort_keys=True, ensure_ascii=False) if raw else ""
    return str(value)


_NOTHING = declared.CommonCheck()
_NO_COMPONENT = declared.Component(name="", checks=[])
