"""References between checks: ``needs`` by name or id, to ids; unknown ones and cycles are problems."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

from checks.errors import Problem
from checks.spec import declared, spec
from checks.spec.slug import slug
from checks.spec.yaml import Document, Path_


@dataclass(slots=True)
class _Declared:
    component: str
    name: str
    environment: str | None
    host: str | None
    component_needs: list[str]
    check_needs: list[str]
    component_at: Path_
    check_at: Path_


class References:
    """Knows every check by the names under which it may be referred to."""

    def __init__(self, document: Document, names: set[str]) -> None:
        """`names`: of all declared components, also those without one valid check."""
        self._document = document
        self._declared_names = {slug(name) for name in names}
        self._checks: dict[str, _Declared] = {}

    def declare(
        self,
        check_id: str,
        component_id: str,
        environment: str | None,
        host: str | None,
        common: declared.CommonCheck,
        component: declared.Component,
        at: Path_,
    ) -> None:
        """Makes a check known, with what it needs. All of them, before the first is looked for."""
        component_at = at[:4] if at[0] == "sections" else at
        self._checks[check_id] = _Declared(
            component_id, component.name, environment, host, component.needs, common.needs, component_at, at
        )

    @cached_property
    def _names(self) -> dict[str, list[str]]:
        """The ids of checks by every name that may stand for them."""
        names: dict[str, list[str]] = {}
        for check_id, own in self._checks.items():
            section, part = own.component.split("/", 1)
            last = check_id.split("/", 2)[2].split("@")[0]
            for name in {
                f"{section}/{part}/{last}",
                f"{section}/{part}",
                f"{part}/{last}",
                part,
                slug(own.name),
                last,
                check_id,
            }:
                names.setdefault(name, []).append(check_id)
        return names

    def find(self, name: str, origin: _Declared | None, environment: str | None) -> list[str]:
        """The ids of the checks called `name`: in the same component first, then the same section, the same
        environment, anywhere."""
        keys = [name, "/".join(slug(part) for part in name.split("/"))]
        ids = next((self._names[key] for key in keys if key in self._names), [])
        if origin:
            environment = origin.environment
            section = origin.component.split("/")[0]
            for narrower in (
                [
                    i
                    for i in ids
                    if self._checks[i].component == origin.component
                    and i.count("/") == 2
                    and keys[1] in i.split("/")[2]
                ],
                [i for i in ids if i.split("/")[0] == section],
            ):
                if narrower:
                    return narrower
        same = [i for i in ids if self._checks[i].environment == environment]
        return same or ids

    def resolve(self, sections: list[spec.Section], problems: list[Problem]) -> dict[str, tuple[str, ...]]:
        """What each check needs, as ids of checks."""
        needs: dict[str, tuple[str, ...]] = {}
        for check_id, own in self._checks.items():
            wanted: list[str] = []
            for names, at in ((own.component_needs, own.component_at), (own.check_needs, own.check_at)):
                for index, name in enumerate(names):
                    found = [i for i in self.find(name, own, own.environment) if i != check_id]
                    if not found and slug(name) not in self._declared_names:
                        problems.append(self.unknown((*at, "needs", index), name))
                    same_host = [i for i in found if self._checks[i].host in (own.host, None)]
                    wanted += same_host or found
            if wanted:
                needs[check_id] = tuple(dict.fromkeys(wanted))
        self._cycles(needs, problems)
        return needs

    def unknown(self, at: Path_, name: str) -> Problem:
        """The problem of a reference to nothing."""
        components = {c.component.split("/")[1]: c.component for c in self._checks.values()}
        close = get_close_matches(slug(name.rsplit("/", 1)[-1]), list(components), 1)
        hint = f"did you mean `{components[close[0]]}`?" if close else "write the name of a component"
        return self._document.problem(at, f"`{name}` is not the name of a component or check", hint)

    def _cycles(self, needs: dict[str, tuple[str, ...]], problems: list[Problem]) -> None:
        done: set[str] = set()
        reported: set[frozenset[str]] = set()
        for start in needs:
            stack: list[tuple[str, int]] = [(start, 0)]
            trail: list[str] = []
            while stack:
                node, index = stack.pop()
                if index == 0:
                    if node in done:
                        continue
                    trail.append(node)
                following = needs.get(node, ())
                if index < len(following):
                    stack.append((node, index + 1))
                    target = following[index]
                    if target in trail:
                        ring = trail[trail.index(target) :]
                        shown = list(dict.fromkeys(self._checks[i].component for i in [*ring, target]))
                        if frozenset(shown) not in reported:
                            reported.add(frozenset(shown))
                            at = (*self._checks[node].component_at, "needs")
                            text = " → ".join([*shown, shown[0]])
                            problems.append(
                                self._document.problem(at, f"`needs` goes in a circle: {text}", key=True)
                            )
                    elif target not in done:
                        stack.append((target, 0))
                else:
                    done.add(node)
                    trail.pop()
