"""The one base error. Everything a user can cause derives from it and says what, where and what to do."""

from __future__ import annotations


class DocgenError(Exception):
    """An error with a message for people: shown as it is, without a traceback."""


class SpecError(DocgenError):
    """An invalid spec. ``problems`` holds every problem of the file, in the order of its lines."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(set(problems), key=lambda p: (p.file, p.line, p.column, p.message))
        super().__init__("\n".join(str(p) for p in self.problems))


class Problem:
    """One problem at one place. ``line`` and ``column`` count from 1."""

    __slots__ = ("column", "file", "hint", "line", "message")

    def __init__(self, file: str, line: int, column: int, message: str, hint: str = "") -> None:
        self.file, self.line, self.column, self.message, self.hint = file, line, column, message, hint

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}: " if self.file else ""
        return f"{place}{self.message}" + (f" ({self.hint})" if self.hint else "")

    def _key(self) -> tuple[str, int, int, str]:
        return (self.file, self.line, self.column, self.message)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Problem) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())


class Refused(DocgenError):
    """The transport was asked to run something that is not in the plan."""
