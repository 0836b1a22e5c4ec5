"""Views on the checks that the spec declares beside its sections: flows, readiness, known problems."""

from __future__ import annotations

from collections.abc import Sequence

from checks.errors import Problem
from checks.spec import declared, spec
from checks.spec.references import References
from checks.spec.values import Values
from checks.spec.yaml import Document, Path_


class Views:
    """Resolves the names in the views of `written` to ids of checks; notes what is wrong in `problems`."""

    def __init__(
        self, document: Document, written: declared.Spec, references: References, problems: list[Problem],
        environments: Sequence[str], values: Values,
    ) -> None:  # fmt: skip
        self._document, self._written, self._references = document, written, references
        self._problems, self._environments, self._values = problems, list(environments), values

    def flows(self) -> tuple[spec.Flow, ...]:
        """The flows."""
        made = []
        for index, flow in enumerate(self._written.flow):
            path = self._path("flow", index)
            if not self._known(flow.environment, path):
                continue
            steps = []
            for number, step in enumerate(flow.steps):
                at = (*path, "steps", number)
                at = (*at, "shows") if step.shows else at
                shows = [
                    i for name in step.shows or [step.name] for i in self._ids(name, flow.environment, at)
                ]
                steps.append(spec.Step(step.name, step.group, tuple(dict.fromkeys(shows))))
            made.append(spec.Flow(flow.name, flow.environment, tuple(steps)))
        return tuple(made)

    def readiness(self) -> tuple[spec.Readiness, ...]:
        """What must be so before something can be done."""
        made = []
        for index, one in enumerate(self._written.readiness):
            path = self._path("readiness", index)
            if not self._known(one.environment, path):
                continue
            if not one.needs:
                said = "an empty list of needs: it would be ready whatever is found"
                self._problems.append(self._document.problem((*path, "needs"), said, key=True))
            needs, then = (
                tuple(
                    (name, tuple(self._ids(name, one.environment, (*path, key, n))))
                    for n, name in enumerate(names)
                )
                for key, names in (("needs", one.needs), ("then", one.then))
            )
            made.append(spec.Readiness(one.name, one.environment, needs, then))
        return tuple(made)

    def known_problems(self) -> tuple[spec.KnownProblem, ...]:
        """The problems that are known."""
        made = []
        for index, one in enumerate(self._written.problems):
            path: Path_ = ("problems", index)
            if not self._known(one.environment, path):
                continue
            shows = [i for name in one.shows for i in self._ids(name, one.environment, (*path, "shows"))]
            scope = self._values.scope(one.environment, None)
            example, solution = (
                self._values.text(said, scope, (*path, key))
                for key, said in (("example", one.example), ("solution", one.solution))
            )
            its = tuple(dict.fromkeys(shows))
            made.append(spec.KnownProblem(one.name, one.environment, its, one.critical, example, solution))
        return tuple(made)

    def _path(self, key: str, index: int) -> Path_:
        return (key, index) if isinstance(self._document.data[key], list) else (key,)

    def _known(self, environment: str | None, path: Path_) -> bool:
        if environment is None or environment in self._environments:
            return True
        at = (*path, "environment")
        self._problems.append(self._document.unknown(at, "environment", environment, self._environments))
        return False

    def _ids(self, name: str, environment: str | None, at: Path_) -> list[str]:
        ids = self._references.find(name, None, environment)
        if not ids:
            self._problems.append(self._references.unknown(at, name))
        return ids
