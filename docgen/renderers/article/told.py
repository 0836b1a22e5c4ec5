"""What a PDF says of a hand-written document beside its text: as it is attached, so that the pages can be made again."""

from __future__ import annotations

import hashlib
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from checks.knowledge.documents.findings import Finding
from checks.model import Message, Verdict

SEEN = ("claim", "host", "rights", "run")
"""The sorts of statements that are held against what was collected, not against the repository."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, serialize_by_alias=True)


class Found(_Strict):
    """What was found out about a statement, as :class:`Finding` has it."""

    line: int
    sort: str
    verdict: Verdict
    said: str
    actual: Message | None


class Link(_Strict):
    """Where a link leads: to the address `href` (empty: nowhere from a PDF); ``path`` is the file that it means."""

    href: str
    path: str


class Told(_Strict):
    """``path``, ``commit`` and ``at`` (RFC 3339, UTC) are those of the document, ``sha256`` that of its file; ``masked``:
    what is attached differs from that. ``moment`` is the date of the PDF; ``held`` the commit that the statements were held
    against. ``collected``, ``until`` and ``snapshot`` are those of the snapshot, empty where nothing was held against it.
    ``links`` and ``pictures`` by how they are written; a picture is the name of its attachment, or why it is not shown."""

    schema_: Literal["docgen/written/v1"] = Field("docgen/written/v1", alias="schema")
    path: str
    name: str
    language: Literal["de", "en"]
    project: str
    organisation: str
    classification: str
    zone: str
    sha256: str
    masked: bool
    commit: str
    at: str
    moment: str
    held: str
    collected: str
    until: str
    snapshot: str
    findings: tuple[Found, ...]
    links: dict[str, Link]
    pictures: dict[str, str | Message]

    def dump(self) -> bytes:
        """As it is attached."""
        return self.model_dump_json(indent=1).encode("utf-8", "backslashreplace") + b"\n"

    @classmethod
    def load(cls, data: bytes) -> Told:
        """What :meth:`dump` gave. Raises ValueError where it is something else."""
        return cls.model_validate_json(data)

    @property
    def found(self) -> tuple[Finding, ...]:
        """What was found out about each statement."""
        return tuple(
            Finding(self.path, one.line, one.sort, one.verdict, one.said, one.actual) for one in self.findings
        )

    @property
    def drifted(self) -> frozenset[int]:
        """The lines of which something does not hold."""
        return frozenset(one.line for one in self.findings if one.verdict is Verdict.DEVIATES and one.line)

    @property
    def source(self) -> str:
        """The name of the attached text."""
        ending = self.path.rpartition(".")[2].lower()
        return f"source.{ending}" if ending in ("html", "htm", "json") else "source.md"

    @property
    def id(self) -> str:
        """Of the document as it is here: the same text, of which the same is known, has the same."""
        stamp = "".join(c for c in self.moment.split(".")[0] if c in "0123456789T")
        return f"{self.name[:48].strip('-')}-{stamp}Z-{hashlib.sha256(self.dump()).hexdigest()[:8]}"


def kept(findings: tuple[Finding, ...]) -> tuple[Found, ...]:
    """`findings`, as they are attached."""
    return tuple(
        Found(line=one.line, sort=one.sort, verdict=one.verdict, said=one.said, actual=one.actual)
        for one in findings
    )
