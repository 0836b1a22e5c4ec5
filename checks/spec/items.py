"""The items of a ``checks:`` list: which kind each is, and what its common keys say. Gates are unfolded here."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, NamedTuple

from pydantic import ValidationError

from checks.errors import Problem
from checks.kinds import KINDS, kind, names
from checks.kinds.interface import Kind
from checks.spec import declared
from checks.spec.slug import slug
from checks.spec.validate import problems_of
from checks.spec.yaml import Document, Path_

COMMON = {field.alias or name for name, field in declared.CommonCheck.model_fields.items()}
_RIGHTS = ("owner", "group", "mode")
_RIGHTS_HINT = "to check it, write `- permissions: {{path: …, {}: …}}`"
_NOTHING = declared.CommonCheck()


class Item(NamedTuple):
    """One check as written: its kind, what it says of that kind, its common keys, where it stands, and the
    folder that its relative paths start in (None: the environment's root)."""

    kind: Kind
    raw: Any
    common: declared.CommonCheck
    at: Path_
    root: str | None

    @property
    def value_at(self) -> Path_:
        """The place of what it says of its kind."""
        return (*self.at, self.kind.name)

    @property
    def subject(self) -> str:
        """What it is about, in a word: its shorthand value, as written."""
        short = self.kind.shorthand
        value = self.raw.get(short or "") if isinstance(self.raw, dict) else self.raw
        if value is None and isinstance(self.raw, dict):
            value = [self.raw[key] for key in self.kind.subject if key in self.raw] or None
        if isinstance(value, list):
            return " ".join(map(str, value))
        if value is None or isinstance(value, dict):
            return json.dumps(self.raw, sort_keys=True, ensure_ascii=False) if self.raw else ""
        return str(value)

    @property
    def name(self) -> str:
        """The last part of its id, as far as it goes by its name."""
        return slug(self.common.id or self.common.name or f"{self.kind.name} {self.subject}")

    @property
    def digest(self) -> str:
        """Six characters that tell it from others of its name."""
        return slug(json.dumps([self.raw, self.root], sort_keys=True), 6)[-6:]


class Items:
    """Reads items; notes what is wrong with them in `problems`."""

    def __init__(self, document: Document, written: declared.Spec, problems: list[Problem]) -> None:
        self._document, self._gates, self._problems = document, written.gates, problems

    def of(self, component: declared.Component, path: Path_) -> Iterator[Item]:
        """The items of `component`; a ``gate`` gives those of that gate, with its own common keys below theirs."""
        for index, raw in enumerate(component.checks):
            at: Path_ = (*path, "checks", index)
            if "gate" not in raw:
                yield from self._read(raw, at, None)
            else:
                yield from self._gate(raw, at)

    def named(self, component: declared.Component, path: Path_) -> list[tuple[Item, str]]:
        """The items of `component` with the last part of the id of each. Those that would have the same one all get
        something of what they say into it, so that none depends on their order."""
        items = [(item, item.name) for item in self.of(component, path)]
        times = Counter(name for _, name in items)
        return [
            (item, f"{name}-{item.digest}" if times[name] > 1 and not item.common.id else name)
            for item, name in items
        ]

    def of_gate(self, name: str) -> Iterator[Item]:
        """The items of the gate called `name`, as if used nowhere."""
        for index, raw in enumerate(self._gates[name]):
            yield from self._read(raw, ("gates", name, index), None)

    def _gate(self, raw: dict[str, Any], at: Path_) -> Iterator[Item]:
        for key in set(raw) - {"gate"} - COMMON:
            self._problems.append(self._document.problem((*at, key), f"unknown key `{key}`", key=True))
        use = raw["gate"] if isinstance(raw["gate"], dict) else {"name": raw["gate"]}
        try:
            gate = declared.GateUse.model_validate(use)
        except ValidationError as error:
            self._problems += problems_of(error, self._document, (*at, "gate"), declared.GateUse)
            return
        if gate.name not in self._gates:
            self._problems.append(self._document.unknown((*at, "gate"), "gate", gate.name, list(self._gates)))
            return
        common = {key: value for key, value in raw.items() if key in COMMON - {"name", "id"}}
        for index, item in enumerate(self._gates[gate.name]):
            yield from self._read({**common, **item}, ("gates", gate.name, index), gate.in_)

    def _read(self, raw: dict[str, Any], at: Path_, root: str | None) -> Iterator[Item]:
        """The item `raw`, or nothing after noting a problem."""
        candidates = [key for key in raw if key not in COMMON]
        known = [key for key in candidates if key in KINDS or key in names()]
        if len(candidates) != 1 or not known:
            self._no_kind(at, candidates, known)
            if len(known) != 1:
                return  # with one kind, what it says is looked at all the same
        common = {key: value for key, value in raw.items() if key in COMMON}
        try:
            valid = declared.CommonCheck.model_validate(common) if common else _NOTHING
        except ValidationError as error:
            self._problems += problems_of(error, self._document, at, declared.CommonCheck)
            valid = _NOTHING
        yield Item(kind(known[0]), raw[known[0]], valid, at, root)

    def _no_kind(self, at: Path_, candidates: list[str], known: list[str]) -> None:
        def note(path: Path_, message: str, hint: str, *, key: bool = False) -> None:
            self._problems.append(self._document.problem(path, message, hint, key=key))

        for name in (key for key in candidates if key not in known):
            close = get_close_matches(name, [*names(), *COMMON, "gate"], 1)
            if name in _RIGHTS:
                note((*at, name), f"unknown key `{name}`", _RIGHTS_HINT.format(name), key=True)
                continue
            hint = f"did you mean `{close[0]}`?" if close else f"the kinds are {', '.join(sorted(names()))}"
            what = "unknown kind of check" if len(candidates) == 1 else "unknown key"
            note((*at, name), f"{what} `{name}`", hint, key=True)
        if len(known) > 1:
            both = " and ".join(f"`{key}`" for key in known)
            note(at, f"two kinds in one check: {both}", "make them two checks")
        if not candidates:
            note(at, "a check without a kind", "write it like `- file: path`")
