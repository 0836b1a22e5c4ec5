"""What stands in the title block of a document."""

from __future__ import annotations

import re
from typing import NamedTuple

from checks.model import Report
from docgen.documents.interface import Document
from docgen.i18n import Translator
from docgen.renderers.document.notes import Notes, Places, notes
from docgen.translated import translated

_STAMP = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}(-part-\d+)?$")


class About(NamedTuple):
    """``id`` is made from the kind, the environment, the time and the snapshot: the same document has the same id.
    ``at`` and ``until`` are RFC 3339 in UTC, ``local`` the first in the zone of the spec, "" where that is the same. What
    a document has not, because it was not composed of a report, is empty. ``notes``: the results that it speaks of."""

    id: str
    project: str
    environment: str
    at: str
    until: str
    local: str
    snapshot: str
    spec: str
    docgen: str
    notes: Notes = Notes()

    @property
    def id_parts(self) -> tuple[str, str]:
        """The id, and what of its end no line should break: the time and the checksum."""
        stamp = _STAMP.search(self.id)
        at = stamp.start() if stamp else len(self.id)
        return self.id[:at], self.id[at:]


def about(document: Document, report: Report, language: str, evidence: Places = {}) -> About:  # noqa: B006
    """The title block of `document`, composed of `report`, for readers of `language`; what was seen of its results stands at
    `evidence`, else in the document itself."""
    made = identified(document.kind, document.environment, report, language)
    return made._replace(notes=notes(document, report, evidence))


def identified(kind: str, environment: str | None, report: Report, language: str) -> About:
    """The title block of what is called `kind` and is about `environment`, or all."""
    report = translated(report, language)
    titles = {e.name: e.title for e in report.environments}
    stamp = re.sub(r"[^0-9TZ]", "", report.collected_at.split(".")[0].rstrip("Z") + "Z")
    parts = (kind, environment, stamp, report.snapshot_sha256[:8])
    return About(
        id="-".join(part for part in parts if part),
        project=report.project,
        environment=titles.get(environment or "", environment or ""),
        at=report.collected_at,
        until=report.valid_until,
        local=Translator(language).local(report.collected_at, report.timezone),
        snapshot=report.snapshot_sha256,
        spec=f"{report.spec_file} {report.spec_sha256}",
        docgen=report.docgen,
    )
