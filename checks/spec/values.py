"""Values: what a check says of its kind, with variables filled in, validated for one environment and host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from pydantic import ValidationError

from checks.errors import Problem
from checks.kinds.interface import Kind
from checks.model import Message, Probe, bound, msg, phrase
from checks.model import text as words
from checks.spec import access, declared, spec
from checks.spec.items import Item
from checks.spec.validate import problems_of
from checks.spec.variables import Scope, expand_all, mentions, scope_of
from checks.spec.yaml import Document, Path_

_LONGEST = 60


@dataclass
class Values:
    """Fills in and validates; remembers what it has done, since most values are the same on every host."""

    document: Document
    written: declared.Spec
    environments: Mapping[str, spec.Environment]
    variables: dict[str, str]
    problems: list[Problem]
    _addresses: dict[tuple[str, str | None], str | None] = field(default_factory=dict)
    _scopes: dict[tuple[str | None, str | None], Scope] = field(default_factory=dict)
    _of_documents: dict[str | None, dict[str, Any]] = field(default_factory=dict)
    _validated: dict[tuple[str, int, str | None, str], Any] = field(default_factory=dict)

    @cached_property
    def github(self) -> dict[str, str | None] | None:
        """Where the builds are, as the source wants it."""
        return self.written.github.model_dump(exclude={"deadline"}) if self.written.github else None

    @cached_property
    def gates(self) -> dict[str, dict[str, str]]:
        """What each gate wants to be in a release: the paths of its files and directories, and which of both."""
        return {name: dict(_inside(checks)) for name, checks in self.written.gates.items()}

    @cached_property
    def hosts(self) -> tuple[str, ...]:
        """The ids of all declared hosts."""
        return tuple(host.id for own in self.environments.values() for host in own.hosts)

    def params(self, item: Item, environment: str | None, host: str | None) -> Any:
        """The validated params of `item` on `host`; None after noting problems."""
        scope = self.scope(environment, host)
        base = self.environments[environment].root if environment else None
        if item.root is not None:
            base = self.text(item.root, scope, item.at)
        moving = mentions(item.raw)
        # Python keeps one object for equal small numbers and letters: `port: 9` may be the same as `keep: 9`.
        key = (item.kind.name, id(item.raw), base, f"{environment}/{host}")
        if key not in self._validated:
            raw = item.raw
            if moving:
                raw = expand_all(raw, scope, lambda name, hint: self._undefined(item.value_at, name, hint))
            value = raw if isinstance(raw, dict) or not item.kind.shorthand else {_key(item.kind): raw}
            if not isinstance(value, dict):
                self._no_short_form(item)
                self._validated[key] = None
                return None
            try:
                self._validated[key] = item.kind.params.model_validate(
                    value, context=self._context(environment, host, base)
                )
            except ValidationError as error:
                found = problems_of(error, self.document, item.value_at, item.kind.params)
                if not isinstance(item.raw, dict):
                    line, column = self.document.at(item.value_at)
                    found = [Problem(p.file, line, column, p.message, p.hint) for p in found]
                self.problems += found
                self._validated[key] = None
        return self._validated[key]

    def _no_short_form(self, item: Item) -> None:
        fields = item.kind.params.model_fields
        needed = [f.alias or name for name, f in fields.items() if f.is_required()]
        hint = f"write its keys: `{item.kind.name}: {{{', '.join(f'{name}: …' for name in needed)}}}`"
        problem = self.document.problem(item.value_at, f"`{item.kind.name}` has no short form", hint)
        self.problems.append(problem)

    def _context(self, environment: str | None, host: str | None, root: str | None) -> dict[str, Any]:
        """What the validation of a kind's params may refer to."""
        own, github = self.environments.get(environment or ""), self.github
        of_all = {"root": root, "github": github, "gates": self.gates, "hosts": self.hosts}
        of_all["documents"] = self._documents(environment)
        if own is None:
            return {**of_all, "url": None, "address": None}
        place = (own.name, host)
        if place not in self._addresses:
            target = next((h.ssh for h in own.hosts if h.name == host), "")
            address = "127.0.0.1" if target == access.LOCAL else access.host_name(target) if target else None
            self._addresses[place] = address
        return {**of_all, "url": own.url, "address": self._addresses[place], "environment": own.name}

    def _documents(self, environment: str | None) -> dict[str, Any]:
        """Where the documents of `environment`, and of none, are, and which there should be; ``roots``: the folder of each
        environment on its hosts."""
        if environment not in self._of_documents:
            its = self.written.documents
            about = {None, environment} if environment else {None, *self.environments}
            self._of_documents[environment] = {
                "folders": its.folders,
                "expected": [
                    one.model_dump(include={"path", "name", "contains", "describes", "past"})
                    for one in its.expected
                    if one.environment in about
                ],
                "roots": {name: one.root for name, one in self.environments.items() if one.root},
            }
        return self._of_documents[environment]

    def label(self, item: Item, environment: str | None, host: str | None) -> Message:
        """How readers see the check."""
        if item.common.name:
            return words(item.common.name)
        subject = expand_all(item.subject, self.scope(environment, host), lambda name, hint: None)
        named = phrase(item.kind.name, {})
        its = item.raw.get(item.kind.shorthand or "") if isinstance(item.raw, dict) else item.raw
        if not isinstance(its, str) and len(subject) > _LONGEST:  # a list, for want of a word
            subject = f"{subject[: _LONGEST - 1]}…"
        # A dot is the folder of the environment itself: that says nothing.
        return (
            msg("{kind} {subject:code}", kind=named, subject=subject) if subject not in ("", ".") else named
        )

    def scope(self, environment: str | None, host: str | None) -> Scope:
        """The variables visible in `environment` on `host`."""
        key = (environment, host)
        if key not in self._scopes:
            roots = {name: own.root for name, own in self.environments.items()}
            self._scopes[key] = scope_of(self.written, environment, host, self.variables, roots)
        return self._scopes[key]

    def text(self, value: str | None, scope: Scope, at: Path_) -> str | None:
        """`value` with its variables filled in."""
        if value is None:
            return None
        return scope.expand(value, lambda name, hint: self._undefined(at, name, hint))

    def _undefined(self, at: Path_, name: str, hint: str) -> None:
        self.problems.append(self.document.problem(at, f"the variable {{{name}}} is not defined", hint))


_SILENT = phrase("", {})


class Asked(NamedTuple):
    """What a check asks and wants: its SOLL, its probes bound to their place, and why there are none."""

    soll: Message = _SILENT
    probes: dict[str, Probe] = {}
    fault: str = ""


def ask(
    its: Kind,
    params: Any,
    soll: Message | None,
    environment: str | None,
    host: str | None,
    deadline: float | None,
) -> Asked:
    """The probes of a check on `host`; `soll` and `deadline` are those of the spec, if it has any."""
    at = f"{environment}/{host}" if host else None
    try:
        soll = soll or its.soll(params)
        probes = bound(its.probes(params), at, deadline)
    except Exception as error:  # noqa: BLE001 - a broken kind is one broken row, not a broken report
        return Asked(soll or _SILENT, {}, f"{type(error).__name__}: {error}")
    return Asked(soll, probes)


def _inside(checks: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for check in checks:
        for name, kind in (("file", "file"), ("directory", "folder")):
            said = check.get(name)
            path = said.get("path") if isinstance(said, dict) else said
            if isinstance(path, str) and not path.startswith(("/", "{", "~")):
                yield path.removeprefix("./").rstrip("/"), kind


def _key(its: Kind) -> str:
    """The shorthand as it is written in a mapping."""
    return (its.shorthand or "").strip("_").replace("_", "-")
